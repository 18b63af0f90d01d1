//! Segments that are not sampled and are sent all the same, because they went wrong.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use xray_recorder_core::{DocumentView, Entity, Timestamp, kind};

/// Which segments are sent although they are not sampled: those that end with an error or a fault, and those that take
/// longer than a time. See [`Builder::keep_what_went_wrong`](crate::Builder::keep_what_went_wrong).
///
/// ```
/// use std::time::Duration;
/// use xray_recorder::{KeepWhatWentWrong, Locked, Outbox, Recorder};
///
/// let keep = KeepWhatWentWrong::per_second(5).errors(false).slower_than(Duration::from_secs(2));
/// let transport = Locked::new(Outbox::<8192>::new());
/// let recorder = Recorder::builder().keep_what_went_wrong(keep).transport(transport).build()?;
/// let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0";
/// for fault in [false, true] {
///     let mut segment = recorder.segment("checkout").header(header).begin();
///     if fault {
///         segment.set_fault();
///     }
///     assert!(segment.trace_header().to_string().ends_with(";Sampled=0"));
/// }
/// assert_eq!((recorder.stats().sent, recorder.stats().let_go), (1, 1));
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct KeepWhatWentWrong {
    per_second: u32,
    errors: bool,
    slower_than: Option<u64>,
}

impl KeepWhatWentWrong {
    /// Segments with an error or a fault, of each second so many at most.
    #[must_use]
    pub const fn per_second(most: u32) -> Self {
        Self { per_second: most, errors: true, slower_than: None }
    }

    /// Whether an error counts, which is the caller's fault; it does unless this says otherwise. A fault always does.
    #[must_use]
    pub const fn errors(self, errors: bool) -> Self {
        Self { errors, ..self }
    }

    /// Segments that take longer than this, too.
    #[must_use]
    pub fn slower_than(self, time: Duration) -> Self {
        Self { slower_than: Some(u64::try_from(time.as_micros()).unwrap_or(u64::MAX)), ..self }
    }
}

/// Decides what is kept.
#[derive(Debug)]
pub(crate) struct Keeper {
    what: KeepWhatWentWrong,
    /// The second, and how many were kept in it.
    kept: AtomicU64,
}

impl Keeper {
    pub(crate) const fn new(what: KeepWhatWentWrong) -> Self {
        Self { what, kept: AtomicU64::new(0) }
    }

    /// Whether a segment that ends, now that the ticks are at `now`, is sent.
    pub(crate) fn keeps(&self, document: &mut DocumentView, end: Timestamp, now: u64) -> bool {
        let took = end.as_micros().saturating_sub(document.start_time().as_micros());
        let Some(segment) = Entity::<kind::Segment>::resume(document) else { return false };
        let wrong = segment.is_fault() || self.what.errors && segment.is_error();
        let slow = self.what.slower_than.is_some_and(|time| took > time);
        (wrong || slow) && self.has_room(now)
    }

    fn has_room(&self, now: u64) -> bool {
        const COUNT: u64 = u32::MAX as u64;
        let second = (now / 1_000_000) << 32;
        let took = self.kept.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |kept| {
            // Ticks that two threads read by turns may be of two seconds.
            let kept = kept.max(second);
            (kept & COUNT < u64::from(self.what.per_second)).then_some(kept + 1)
        });
        took.is_ok()
    }
}
