//! The parent as a value: what a child needs to know of the entity it begins under.

use crate::header::{Sampled, TraceHeader};
use crate::id::{EntityId, TraceId};
use crate::time::Timestamp;

/// Which trace, and which entity in it: everything a subsegment must know of its parent, in 40 bytes.
///
/// A child never borrows its parent. It carries a copy of this, so that children which run at the same time are
/// siblings by construction, on any thread or task, and may end after their parent.
///
/// ```
/// use xray_recorder_core::TraceContext;
///
/// let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
/// assert_eq!(
///     context.header().to_string(),
///     "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
/// );
/// # Ok::<(), xray_recorder_core::InvalidId>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: TraceId,
    id: EntityId,
    seed: u64,
    clock_offset: i64,
}

/// The anchor of a trace that counts from boot. Beside it there is none that turns ticks into a time: it is further
/// before them than they can ever count.
const FROM_BOOT: i64 = i64::MIN;

impl TraceContext {
    /// The context of the entity `id` in the trace `trace_id`.
    #[inline]
    #[must_use]
    pub const fn new(trace_id: TraceId, id: EntityId) -> Self {
        Self { trace_id, id, seed: id.get(), clock_offset: 0 }
    }

    /// The same with a secret that no other process shares: ids of children are derived from it, without asking the
    /// host for randomness again. Without it the entity's own id is the seed, which suits deterministic tests.
    ///
    /// ```
    /// # use xray_recorder_core::TraceContext;
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// let seeded = context.with_seed(7);
    /// assert_ne!(seeded.child_id(1), context.child_id(1));
    /// # Ok::<(), xray_recorder_core::InvalidId>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The same with the clock anchor of its segment: microseconds from the host's ticks to wall time. See
    /// [`Clock::ticks`](crate::Clock::ticks).
    ///
    /// ```
    /// # use xray_recorder_core::TraceContext;
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// assert_eq!(context.with_clock_offset(-3).clock_offset(), -3);
    /// # Ok::<(), xray_recorder_core::InvalidId>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn with_clock_offset(self, micros: i64) -> Self {
        Self { clock_offset: micros, ..self }
    }

    /// The same for a trace whose times count from boot, since it began before the device knew the time of day; see
    /// [`Epoch`](crate::Epoch).
    #[inline]
    pub(crate) const fn with_times_from_boot(self) -> Self {
        Self { clock_offset: FROM_BOOT, ..self }
    }

    /// Whether the times of this trace count from boot: the host's ticks are its time.
    #[inline]
    pub(crate) const fn counts_from_boot(&self) -> bool {
        self.clock_offset == FROM_BOOT
    }

    /// The context of a child of this entity.
    ///
    /// ```
    /// # use xray_recorder_core::TraceContext;
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// let child = context.child(context.child_id(1));
    /// assert_eq!(child.trace_id(), context.trace_id());
    /// assert_ne!(child.id(), context.id());
    /// # Ok::<(), xray_recorder_core::InvalidId>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn child(self, id: EntityId) -> Self {
        Self { id, ..self }
    }

    /// The `n`th child id of this trace: never zero, and different for each `n` below 2^63. The host counts `n`, so
    /// that no two entities of a trace begun in one process get the same.
    ///
    /// ```
    /// # use xray_recorder_core::TraceContext;
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// assert_ne!(context.child_id(1), context.child_id(2));
    /// # Ok::<(), xray_recorder_core::InvalidId>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn child_id(&self, n: u64) -> EntityId {
        EntityId::derive(self.seed, n)
    }

    /// The trace.
    #[inline]
    #[must_use]
    pub const fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The entity itself: the parent of those that begin under this context.
    #[inline]
    #[must_use]
    pub const fn id(&self) -> EntityId {
        self.id
    }

    /// Microseconds from the host's ticks to wall time, fixed when the segment began. Zero where there is no anchor, and
    /// `i64::MIN` in a trace that began before its device knew the time of day, and counts from boot.
    #[inline]
    #[must_use]
    pub const fn clock_offset(&self) -> i64 {
        self.clock_offset
    }

    /// Wall time in this trace when the host's ticks are at `ticks`; the ticks themselves where it counts from boot.
    ///
    /// ```
    /// # use xray_recorder_core::{Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// assert_eq!(context.with_clock_offset(1_000_000).time_at(500_000), Timestamp::from_micros(1_500_000));
    /// # Ok::<(), xray_recorder_core::InvalidId>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn time_at(&self, ticks: u64) -> Timestamp {
        let micros = (ticks as i64).wrapping_add(self.clock_offset);
        Timestamp::from_micros(if micros < 0 { before_the_epoch(self.clock_offset, ticks) } else { micros as u64 })
    }

    /// The same for who knows that this trace does not count from boot.
    #[inline]
    pub(crate) const fn wall_at(&self, ticks: u64) -> Timestamp {
        let micros = (ticks as i64).wrapping_add(self.clock_offset);
        Timestamp::from_micros(if micros < 0 { 0 } else { micros as u64 })
    }

    /// The header that tells a downstream service about this entity: `Root`, `Parent` and `Sampled=1`. Extra data of
    /// the incoming header is added with [`TraceHeader::with_data`].
    #[inline]
    #[must_use]
    pub const fn header(&self) -> TraceHeader<'static> {
        TraceHeader::new(Some(self.trace_id), Some(self.id), Some(Sampled::Yes))
    }
}

/// Microseconds where ticks and anchor are less than nothing together. By itself, so that a trace with an anchor pays little
/// for those that count from boot.
#[cold]
#[inline(never)]
const fn before_the_epoch(clock_offset: i64, ticks: u64) -> u64 {
    if clock_offset == FROM_BOOT { ticks } else { 0 }
}
