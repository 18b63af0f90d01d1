//! Segments and subsegments: typed handles on a document.

use core::marker::PhantomData;

use crate::context::TraceContext;
use crate::document::{DocumentView, Embed};
use crate::error::Full;
use crate::id::EntityId;
use crate::stats::Tally;
use crate::time::Timestamp;

/// The two kinds of entity. What only one of them may have, X-Ray's `user` or `sql` for example, exists only there.
pub mod kind {
    /// The work of one service for one request.
    #[derive(Clone, Copy, Debug)]
    #[non_exhaustive]
    pub struct Segment;

    /// A part of that work: a call of another service, a query, a computation.
    #[derive(Clone, Copy, Debug)]
    #[non_exhaustive]
    pub struct Subsegment;

    /// One of the two, where it does not matter which: what both may have exists here.
    #[derive(Clone, Copy, Debug)]
    #[non_exhaustive]
    pub struct Any;

    /// A kind of entity: [`Segment`], [`Subsegment`], or [`Any`] of them.
    pub trait Kind: sealed::Sealed {
        /// Whether an entity is of this kind.
        #[doc(hidden)]
        fn includes(is_subsegment: bool) -> bool;
    }

    impl Kind for Segment {
        #[inline(always)]
        fn includes(is_subsegment: bool) -> bool {
            !is_subsegment
        }
    }

    impl Kind for Subsegment {
        #[inline(always)]
        fn includes(is_subsegment: bool) -> bool {
            is_subsegment
        }
    }

    impl Kind for Any {
        #[inline(always)]
        fn includes(_: bool) -> bool {
            true
        }
    }

    mod sealed {
        pub trait Sealed {}
        impl Sealed for super::Segment {}
        impl Sealed for super::Subsegment {}
        impl Sealed for super::Any {}
    }
}

/// A segment: the work of one service for one request. See [`Entity`].
pub type Segment<'d> = Entity<'d, kind::Segment>;

/// A subsegment: a part of a segment's work. See [`Entity`].
pub type Subsegment<'d> = Entity<'d, kind::Subsegment>;

/// An open entity, in the document it is written to.
///
/// Time and ids are arguments: an entity does no input or output, and a [`Recorder`](crate::Recorder) is what brings it
/// together with a host. A call either does what it says or is refused and changes nothing; a refusal is counted in the
/// entity's [`Tally`]. *put* replaces by key, *set* replaces the one, *add* accumulates.
///
/// Dropping the handle does not end the entity: it is found again in its document by [`Entity::resume`].
#[derive(Debug)]
#[must_use = "an entity that is not ended stays in progress"]
pub struct Entity<'d, K> {
    pub(crate) document: &'d mut DocumentView,
    kind: PhantomData<K>,
}

impl<'d> Segment<'d> {
    /// Begins a segment in `document`, whatever was in that before. `parent` is the caller's entity, from the header of
    /// the request.
    ///
    /// The name is 1 to 200 characters: letters, numbers and blanks of any script and `_.:/%&#=+\-@`; others are left
    /// out, and a name with nothing left becomes `unnamed`.
    ///
    /// # Errors
    ///
    /// [`Full`] when the capacity is below [`MIN_CAPACITY`](crate::MIN_CAPACITY).
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
    /// let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// let mut document = Document::<512>::new();
    /// let upstream = Some("70de5b6f19ff9a0a".parse()?);
    /// let mut segment = Segment::begin(&mut document, "checkout", context, upstream, Timestamp::from_secs(1_465_510_280))?;
    /// assert_eq!(
    ///     segment.json(),
    ///     concat!(
    ///         r#"{"trace_id":"1-5759e988-bd862e3fe1be46a994272793","parent_id":"70de5b6f19ff9a0a","#,
    ///         r#""id":"53995c3f42cd8ad8","start_time":1465510280.000000,"in_progress":true          ,"name":"checkout"}"#
    ///     )
    /// );
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn begin(
        document: &'d mut DocumentView,
        name: &str,
        context: TraceContext,
        parent: Option<EntityId>,
        start: Timestamp,
    ) -> Result<Self, Full> {
        document.begin::<false>(false, name, context, parent, start)?;
        Ok(Self { document, kind: PhantomData })
    }

    /// The same by a name in which the host has put a NUL for each character beyond ASCII that X-Ray does not allow.
    ///
    /// # Errors
    ///
    /// [`Full`], as [`Self::begin`].
    #[doc(hidden)]
    #[inline]
    pub fn begin_screened(
        document: &'d mut DocumentView,
        name: &str,
        context: TraceContext,
        parent: Option<EntityId>,
        start: Timestamp,
    ) -> Result<Self, Full> {
        document.begin::<true>(false, name, context, parent, start)?;
        Ok(Self { document, kind: PhantomData })
    }
}

impl<'d> Subsegment<'d> {
    /// Begins a subsegment in `document`, whatever was in that before; `context` is its own, made by
    /// [`TraceContext::child`], and `parent` the id of the entity it belongs to.
    ///
    /// # Errors
    ///
    /// [`Full`] when the capacity is below [`MIN_CAPACITY`](crate::MIN_CAPACITY).
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Subsegment, Timestamp, TraceContext};
    /// # let parent = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// let mut document = Document::<512>::new();
    /// let context = parent.child("70de5b6f19ff9a0a".parse()?);
    /// let mut subsegment = Subsegment::begin(&mut document, "db", context, parent.id(), Timestamp::from_secs(1_465_510_280))?;
    /// assert_eq!(
    ///     subsegment.json(),
    ///     concat!(
    ///         r#"{"type":"subsegment","trace_id":"1-5759e988-bd862e3fe1be46a994272793","parent_id":"53995c3f42cd8ad8","#,
    ///         r#""id":"70de5b6f19ff9a0a","start_time":1465510280.000000,"in_progress":true          ,"name":"db"}"#
    ///     )
    /// );
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn begin(
        document: &'d mut DocumentView,
        name: &str,
        context: TraceContext,
        parent: EntityId,
        start: Timestamp,
    ) -> Result<Self, Full> {
        document.begin::<false>(true, name, context, Some(parent), start)?;
        Ok(Self { document, kind: PhantomData })
    }

    /// The same by a name in which the host has put a NUL for each character beyond ASCII that X-Ray does not allow.
    ///
    /// # Errors
    ///
    /// [`Full`], as [`Self::begin`].
    #[doc(hidden)]
    #[inline]
    pub fn begin_screened(
        document: &'d mut DocumentView,
        name: &str,
        context: TraceContext,
        parent: EntityId,
        start: Timestamp,
    ) -> Result<Self, Full> {
        document.begin::<true>(true, name, context, Some(parent), start)?;
        Ok(Self { document, kind: PhantomData })
    }
}

impl<'d, K: kind::Kind> Entity<'d, K> {
    /// The open entity in `document`, if that holds one of this kind; as an `Entity<kind::Any>` it is either.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Subsegment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// let mut document = Document::<512>::new();
    /// let _ = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(0))?;
    /// assert!(Subsegment::resume(&mut document).is_none());
    /// Segment::resume(&mut document).unwrap().set_user("u-17")?;
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn resume(document: &'d mut DocumentView) -> Option<Self> {
        (document.is_open() && K::includes(document.is_subsegment())).then_some(Self { document, kind: PhantomData })
    }

    /// The context under which children of this entity begin.
    #[inline]
    #[must_use]
    pub fn context(&self) -> TraceContext {
        // A handle exists only on a document in which an entity was begun.
        self.document.open_context()
    }

    /// What this entity carries so far.
    #[inline]
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.document.tally()
    }

    /// The document as it stands, in progress: text without the header line.
    #[inline]
    pub fn json(&mut self) -> &str {
        self.document.json().unwrap_or_default()
    }

    /// The datagram as it stands, in progress. Sending it shows the entity to the service before it ends; the document
    /// that follows later replaces it. X-Ray wants at most one of each.
    #[inline]
    pub fn datagram(&mut self) -> &[u8] {
        self.document.datagram().unwrap_or_default()
    }

    /// Embeds an ended subsegment of this entity.
    ///
    /// # Errors
    ///
    /// [`Full`] when it is to be sent by itself; see [`DocumentView::embed`].
    #[inline]
    pub fn embed(&mut self, child: &mut Ended<'_>, embed: Embed) -> Result<(), Full> {
        self.document.embed(child.document, embed)
    }

    /// Ends the entity at `at`, or at its start time where that is later.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let mut document = Document::<512>::new();
    /// let segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// let mut ended = segment.end(Timestamp::from_micros(1_465_510_280_250_000));
    /// assert!(ended.json().contains(r#""end_time":1465510280.250000,"name":"checkout""#));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn end(self, at: Timestamp) -> Ended<'d> {
        self.document.end(at);
        Ended { document: self.document }
    }
}

/// An entity that has ended: to be embedded in its parent or sent by itself. It takes no more writes.
#[derive(Debug)]
#[must_use = "an ended entity is to be embedded or sent"]
pub struct Ended<'d> {
    document: &'d mut DocumentView,
}

impl Ended<'_> {
    /// The datagram to send.
    #[inline]
    pub fn datagram(&mut self) -> &[u8] {
        self.document.datagram().unwrap_or_default()
    }

    /// The document as text, without the header line.
    #[inline]
    pub fn json(&mut self) -> &str {
        self.document.json().unwrap_or_default()
    }

    /// The context of the entity, for children that begin after it ended.
    #[inline]
    #[must_use]
    pub fn context(&self) -> TraceContext {
        self.document.open_context()
    }

    #[inline]
    pub(crate) fn view(&mut self) -> &mut DocumentView {
        self.document
    }

    /// What the document carries.
    #[inline]
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.document.tally()
    }
}
