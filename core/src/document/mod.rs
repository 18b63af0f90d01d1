//! The document: one buffer that *is* the datagram, header line included.
//!
//! ```text
//! {"format":"json","version":1}\n{"type":…,"trace_id":…,"parent_id":…,"id":…,"start_time":…,"in_progress":true          ,"name":…, members…
//! ^ written when asked for, right-aligned ^ PREFIX                    ^ ID     ^ START       ^ CLOCK SLOT
//! ```
//!
//! Whenever the datagram is asked for, after any call, accepted or refused, it is valid; a refused call has changed
//! nothing. The closing brace stands behind the last member only while the datagram is looked at.
//!
//! Members stand in the order of first use: X-Ray ignores key order. `id` comes before any nested object, because the
//! daemon attributes a document that the service refused by the first `"id":"…"` in it.

mod begin;
mod datagram;
mod embed;
mod keyed;
mod members;
mod put;
mod section;

use core::ops::{Deref, DerefMut};

use crate::context::TraceContext;
use crate::error::Full;
use crate::id::{EntityId, TraceId};
use crate::json::SMALL;
use crate::mark::MARK_ROOM;
use crate::stats::Tally;
use crate::time::Timestamp;

pub use begin::MIN_CAPACITY;
pub use embed::{Delivery, Embed};
pub(crate) use keyed::Write;
pub(crate) use members::Member;
pub(crate) use put::{Dictation, key_of};
pub(crate) use section::Section;

/// The largest payload of a UDP datagram over IPv4, header line included.
pub const MAX_CAPACITY: usize = 65_507;

/// A buffer of `N` bytes for one segment or subsegment, the datagram it is sent as.
///
/// `N` is between [`MIN_CAPACITY`] and [`MAX_CAPACITY`]; 16,384 suits a segment on a server and 4,096 a subsegment, 256
/// a sensor. Of the capacity an eighth stays free of children and metadata, so that there is room for what the entity
/// has to say of itself when it ends, and the last 69 bytes are kept for the error flags and a cause id. Replacing a
/// value needs room for the old and the new together.
///
/// The storage is the caller's: a static, a stack variable, a pool. It is reused without being cleared, and never
/// copied: entities borrow it.
///
/// ```
/// use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
///
/// let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
/// let mut document = Document::<512>::new();
/// let segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
/// let mut ended = segment.end(Timestamp::from_secs(1_465_510_281));
/// assert_eq!(
///     core::str::from_utf8(ended.datagram())?,
///     concat!(
///         "{\"format\":\"json\",\"version\":1}\n",
///         r#"{"trace_id":"1-5759e988-bd862e3fe1be46a994272793","id":"53995c3f42cd8ad8","#,
///         r#""start_time":1465510280.000000,"end_time":1465510281.000000,"name":"checkout"}"#,
///     )
/// );
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub type Document<const N: usize> = Storage<[u8; N]>;

/// A [`Document`] of any capacity: what all entities borrow, so that their code exists once.
pub type DocumentView = Storage<[u8]>;

/// Head and bytes of a document; see [`Document`] and [`DocumentView`].
#[derive(Debug)]
pub struct Storage<B: ?Sized> {
    head: Head,
    /// Where the free space ends, by [`Room`]; zeros before the first entity.
    limits: [u16; Room::COUNT],
    /// The second, in microseconds, whose digits stand in the bytes: those of the entity begun last. Most entities
    /// begin and end in the second in which the one before began.
    second: u64,
    bytes: B,
}

impl<const N: usize> Storage<[u8; N]> {
    const CAPACITY_FITS_A_DATAGRAM: () = assert!(N <= MAX_CAPACITY, "a UDP datagram holds at most 65,507 bytes");

    /// An empty document.
    ///
    /// ```
    /// use xray_recorder_core::Document;
    ///
    /// static DOCUMENT: std::sync::Mutex<Document<1024>> = std::sync::Mutex::new(Document::new());
    /// assert!(DOCUMENT.lock().unwrap().datagram().is_none());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        let () = Self::CAPACITY_FITS_A_DATAGRAM;
        Self { head: Head::EMPTY, limits: [0; Room::COUNT], second: 0, bytes: [0; N] }
    }
}

impl<const N: usize> Deref for Storage<[u8; N]> {
    type Target = DocumentView;

    #[inline]
    fn deref(&self) -> &DocumentView {
        self
    }
}

impl<const N: usize> DerefMut for Storage<[u8; N]> {
    #[inline]
    fn deref_mut(&mut self) -> &mut DocumentView {
        self
    }
}

impl<const N: usize> Default for Storage<[u8; N]> {
    fn default() -> Self {
        Self::new()
    }
}

impl DocumentView {
    /// The capacity in bytes, header line included.
    ///
    /// ```
    /// # use xray_recorder_core::Document;
    /// assert_eq!(Document::<1024>::new().capacity(), 1024);
    /// ```
    #[inline]
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// Lets entities that are begun from now on have no more than so many bytes, where that is less than the capacity: for
    /// hosts whose storage is of one size.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// let mut document = Document::<4096>::new();
    /// document.limit(512);
    /// let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// assert!(segment.put_metadata("page", &"x".repeat(600)).is_err());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn limit(&mut self, capacity: usize) {
        self.limits = Room::limits(capacity.min(self.bytes.len()));
        self.second = NO_SECOND;
    }

    /// Has entities that are begun from now on leave the room for a mark at the end of what they may have, or not any more.
    ///
    /// That it is left is told by the room for children and metadata, which is a byte less then: a member for it would cost
    /// every document eight bytes, and more, as the bytes behind it would stand where copies of them are slow.
    pub(crate) fn keep_room_for_a_mark(&mut self, keep: bool) {
        if self.limits[Room::Final as usize] == 0 {
            self.prepare();
        }
        let capacity = usize::from(self.limits[Room::Final as usize]) + 1;
        let keeps = self.limits != Room::limits(capacity);
        if keep && !keeps {
            self.limit(capacity.saturating_sub(MARK_ROOM));
            let bulk = &mut self.limits[Room::Bulk as usize];
            *bulk = bulk.saturating_sub(1);
        } else if keeps && !keep {
            self.limit(capacity + MARK_ROOM);
        }
    }

    /// What this document carries: entities, cuts, refusals.
    #[inline]
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.head.tally
    }

    /// The context of the entity in this document, unless none was begun.
    #[inline]
    #[must_use]
    pub const fn context(&self) -> Option<TraceContext> {
        match self.head.state {
            State::Empty => None,
            State::Open | State::Ended | State::Delivered => self.head.context,
        }
    }

    /// The entity's parent: the caller's entity for a segment, if a header named one.
    #[inline]
    #[must_use]
    pub const fn parent_id(&self) -> Option<EntityId> {
        self.head.parent
    }

    /// When the entity started.
    #[inline]
    #[must_use]
    pub const fn start_time(&self) -> Timestamp {
        self.head.start
    }

    /// Whether the document holds an entity that has not ended.
    #[inline]
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.head.state == State::Open
    }

    /// Whether the document holds an entity that was neither embedded nor sent nor given up.
    #[inline]
    pub(crate) fn is_pending(&self) -> bool {
        matches!(self.head.state, State::Open | State::Ended)
    }

    /// Empties the document; what it carried is given back.
    pub(crate) fn clear(&mut self) -> Tally {
        self.head.state = State::Empty;
        self.head.tally
    }

    /// Whether the entity was embedded or sent.
    #[inline]
    pub(crate) fn is_delivered(&self) -> bool {
        self.head.state == State::Delivered
    }

    /// Remembers that the document was sent.
    #[inline]
    pub(crate) fn delivered(&mut self) {
        self.head.state = State::Delivered;
    }

    #[inline]
    pub(crate) const fn is_subsegment(&self) -> bool {
        self.head.subsegment
    }

    #[inline]
    pub(crate) const fn has(&self, member: Member) -> bool {
        self.head.members & member.bit() != 0
    }

    /// The context of the entity in this document; a handle on it exists only where one was begun.
    #[inline]
    pub(crate) const fn open_context(&self) -> TraceContext {
        match self.head.context {
            Some(context) => context,
            None => TraceContext::new(TraceId::NOOP, EntityId::PLACEHOLDER),
        }
    }

    /// Exceptions so far.
    #[inline]
    pub(crate) fn exceptions(&mut self) -> &mut u16 {
        &mut self.head.exceptions
    }

    /// Whether an annotation with this key may stand; one does from now on.
    pub(crate) fn may_have_annotation(&mut self, key: &[u8]) -> bool {
        let bit = crate::key::bit_of(key);
        let may = self.head.annotation_keys & bit != 0;
        self.head.annotation_keys |= bit;
        may
    }

    /// Whether the `aws` block may have a member with this key; it has one from now on.
    #[inline]
    pub(crate) fn may_have_aws(&mut self, key: &[u8]) -> bool {
        let Some(keys) = self.head.aws_keys.first_mut() else { return true };
        let bit = crate::key::bit_of(key);
        let may = *keys & bit != 0;
        *keys |= bit;
        may
    }

    /// Says what keys an `aws` block that was just written may have, as a filter.
    #[inline]
    pub(super) fn note_aws(&mut self, written: u32) {
        if let Some(keys) = self.head.aws_keys.first_mut() {
            *keys = written;
        }
    }

    /// Links so far.
    #[inline]
    pub(crate) fn links(&mut self) -> &mut u8 {
        &mut self.head.links
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Empty,
    Open,
    /// Ended, and to be embedded or sent.
    Ended,
    Delivered,
}

/// What is known of a document besides its bytes.
#[derive(Debug)]
struct Head {
    context: Option<TraceContext>,
    parent: Option<EntityId>,
    start: Timestamp,
    state: State,
    subsegment: bool,
    /// Whether the metadata namespace that was written last is the default one.
    default_namespace: bool,
    /// Exceptions recorded so far, of which their ids are made, and links.
    exceptions: u16,
    links: u8,
    /// Members that can stand once: a bit for each that does.
    members: u16,
    /// Index behind the last member.
    length: usize,
    /// Where a section's content starts, and the index behind its closing bracket; zero while it is absent.
    starts: [u16; Section::COUNT],
    ends: [u16; Section::COUNT],
    /// Filters of 32 bits: annotation keys, and metadata keys of all namespaces.
    annotation_keys: u32,
    metadata_keys: u32,
    /// The same of keys of the `aws` block; none where size counts, as few members are put there by themselves.
    aws_keys: [u32; AWS_FILTERS],
    tally: Tally,
}

const AWS_FILTERS: usize = if SMALL { 0 } else { 1 };

impl Head {
    /// All zeros, so that a static document takes no place in the image of a program.
    const EMPTY: Self = Self {
        context: None,
        parent: None,
        start: Timestamp::from_micros(0),
        state: State::Empty,
        subsegment: false,
        default_namespace: false,
        exceptions: 0,
        links: 0,
        members: 0,
        length: 0,
        starts: [0; Section::COUNT],
        ends: [0; Section::COUNT],
        annotation_keys: 0,
        metadata_keys: 0,
        aws_keys: [0; AWS_FILTERS],
        tally: Tally::EMPTY,
    };
}

/// A second in which no entity begins.
const NO_SECOND: u64 = 1 << 63;

/// How far a write may go: watermarks, from the end of the capacity.
#[derive(Clone, Copy)]
pub(crate) enum Room {
    /// Children and metadata stop first.
    Bulk = 0,
    /// Annotations, http and the rest of what an entity says of itself.
    Member,
    /// Flags and a cause id: they always fit.
    Final,
    /// The name: flags and a cause id have their place from the start, unless the capacity is so small that the name
    /// needs it.
    Name,
}

/// The error flags and a cause id in their longest form.
const FINAL_ROOM: usize = r#","error":true,"throttle":true,"fault":true,"cause":"0000000000000000""#.len();

/// The longest closer of a section: what is appended to one is limited without it.
const LONGEST_CLOSER: usize = 2;

impl Room {
    const COUNT: usize = 4;

    /// The index at which the free space for such a write ends. The closing brace always has its byte behind it, and
    /// so has the closer of the section that is written to.
    const fn limits(capacity: usize) -> [u16; Self::COUNT] {
        let last = capacity.saturating_sub(1);
        let member = last.saturating_sub(FINAL_ROOM + LONGEST_CLOSER);
        let bulk = member.saturating_sub(capacity / 8);
        // `Ord::min` and `max` are not const.
        let least = if last < begin::LEAST_NAME_END { last } else { begin::LEAST_NAME_END };
        let spared = last.saturating_sub(FINAL_ROOM);
        let name = if spared > least { spared } else { least };
        [bulk as u16, member as u16, last as u16, name as u16]
    }
}

impl DocumentView {
    /// The free space for a write of this kind from `at` on.
    #[inline(always)]
    fn free(&mut self, at: usize, room: Room) -> Result<&mut [u8], Full> {
        // The limit is within the bytes, which the compiler cannot know; a minimum costs less than another check.
        let end = self.bytes.len().min(self.limits[room as usize].into());
        self.bytes.get_mut(at..end).ok_or(Full)
    }
}
