//! References to open entities: what the current entity is, and what goes to other threads.

use std::marker::PhantomData;

use serde::Serialize;
use xray_recorder_core as core;
use xray_recorder_core::{EntityId, MetadataError, Timestamp, TraceContext, kind};

use super::live::{DocumentHandle, Live, Trip};
use super::page::Page;
use super::refusal::{Refusal, Unwritable};
use super::unrecorded::Unrecorded;
use super::{OutgoingHeader, Subsegment};
use crate::recorder::Shared;

/// A reference to an open entity, whoever has its guard: the current entity, or one that is handed to another thread.
///
/// * `Clone`, `Send` and `Sync`. It keeps nothing open: the entity ends with its guard, and a write that comes later is
///   refused and counted. A subsegment may begin all the same, and is sent by itself.
/// * Each write takes the lock of the entity's document for as long as it takes to copy the value. Where there is a
///   guard, its own calls do the same once there is a reference.
/// * [`attach`](EntityHandle::attach) makes the entity the current one of this thread; futures take a reference with
///   [`TraceFuture::in_context`](crate::TraceFuture::in_context).
///
/// ```
/// use xray_recorder::{Locked, Outbox, Recorder};
///
/// let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
/// let segment = recorder.begin_segment("checkout");
/// let here = segment.handle();
/// std::thread::spawn(move || {
///     here.put_annotation("worker", 1);
///     here.in_subsegment("price", |_| 42)
/// })
/// .join()
/// .unwrap();
/// segment.end();
/// assert_eq!(recorder.stats().sent, 2);
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
#[derive(Debug)]
pub struct EntityHandle<K: kind::Kind = kind::Any> {
    state: Reference,
    kind: PhantomData<fn() -> K>,
}

/// A reference to a segment, with what only segments have. See [`EntityHandle`].
pub type SegmentHandle = EntityHandle<kind::Segment>;

/// A reference to a subsegment, with what only subsegments have. See [`EntityHandle`].
pub type SubsegmentHandle = EntityHandle<kind::Subsegment>;

#[derive(Clone, Debug)]
pub(super) enum Reference {
    Recording(Open),
    Unrecorded(Unrecorded),
}

/// An entity that is recorded, and may have ended since.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) shared: &'static Shared,
    pub(super) context: TraceContext,
    pub(super) trip: Trip,
    pub(super) document: DocumentHandle,
    pub(super) parent: Option<DocumentHandle>,
    pub(super) segment: Option<DocumentHandle>,
    pub(super) is_subsegment: bool,
}

impl Open {
    fn begin_subsegment(&self, name: &str, start: Option<Timestamp>) -> Box<Live> {
        let segment = if self.is_subsegment { self.segment } else { Some(self.document) };
        Live::begin_below(self.shared, &self.context, Some(self.document), segment, &self.trip, name, start)
    }

    fn segment(&self) -> Option<Self> {
        if !self.is_subsegment {
            return Some(self.clone());
        }
        let document = self.segment?;
        let context = document.with(|page| page.document.context())??;
        let (parent, segment, is_subsegment) = (None, None, false);
        Some(Self { shared: self.shared, context, trip: self.trip.clone(), document, parent, segment, is_subsegment })
    }
}

impl<K: kind::Kind> Clone for EntityHandle<K> {
    fn clone(&self) -> Self {
        Self::new(self.state.clone())
    }
}

impl<K: kind::Kind> EntityHandle<K> {
    pub(super) const fn new(state: Reference) -> Self {
        Self { state, kind: PhantomData }
    }

    pub(crate) const fn unrecorded(unrecorded: Unrecorded) -> Self {
        Self::new(Reference::Unrecorded(unrecorded))
    }

    /// The same entity, whichever kind it is.
    #[must_use]
    pub fn as_entity(&self) -> EntityHandle {
        EntityHandle::new(self.state.clone())
    }

    /// Whether the entity is recorded. Where values are expensive to make, ask first.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        match &self.state {
            Reference::Recording(open) => !open.trip.unsampled,
            Reference::Unrecorded(unrecorded) => unrecorded.as_facade().is_some(),
        }
    }

    /// Whether what is said of this entity is kept; see [`Entity::is_recorded`](crate::Entity::is_recorded).
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        match &self.state {
            Reference::Recording(_) => true,
            Reference::Unrecorded(unrecorded) => unrecorded.as_facade().is_some(),
        }
    }

    /// Which trace and entity this is, when it is sampled.
    #[must_use]
    pub fn context(&self) -> Option<TraceContext> {
        match &self.state {
            Reference::Recording(open) => Some(open.context).filter(|_| !open.trip.unsampled),
            Reference::Unrecorded(unrecorded) => unrecorded.as_facade().map(|facade| facade.context),
        }
    }

    /// The time by the clock that this entity's times are taken from, where it is recorded: to say of work that is done
    /// when it began ([`begin_subsegment_at`](Self::begin_subsegment_at)).
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder, Timestamp};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// let segment = recorder.begin_segment("checkout").handle();
    /// if let Some(now) = segment.now() {
    ///     let start = Timestamp::from_micros(now.as_micros() - 5_000);
    ///     segment.begin_subsegment_at("query", start).end_at(now);
    /// }
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    #[must_use]
    pub fn now(&self) -> Option<Timestamp> {
        match &self.state {
            Reference::Recording(open) => Some(open.shared.now(&open.context)),
            Reference::Unrecorded(unrecorded) => {
                unrecorded.as_facade().map(|facade| facade.shared.now(&facade.context))
            }
        }
    }

    /// The segment this entity belongs to, or is, while that is open. None where nothing is recorded, and in Lambda, which
    /// keeps its segments to itself.
    #[must_use]
    pub fn segment(&self) -> Option<SegmentHandle> {
        match &self.state {
            Reference::Recording(open) => open.segment().map(|open| EntityHandle::new(Reference::Recording(open))),
            Reference::Unrecorded(_) => None,
        }
    }

    /// This entity as a subsegment, if it is one that is recorded.
    #[must_use]
    pub fn as_subsegment(&self) -> Option<SubsegmentHandle> {
        match &self.state {
            Reference::Recording(open) if open.is_subsegment => Some(EntityHandle::new(self.state.clone())),
            _ => None,
        }
    }

    /// Begins a subsegment of this entity. The current entity stays the one it is; see
    /// [`in_subsegment`](Self::in_subsegment).
    pub fn begin_subsegment(&self, name: &str) -> Subsegment {
        self.begin_child(name, None)
    }

    /// Begins a subsegment whose work began at another time than now.
    pub fn begin_subsegment_at(&self, name: &str, start: Timestamp) -> Subsegment {
        self.begin_child(name, Some(start))
    }

    pub(super) fn begin_child(&self, name: &str, start: Option<Timestamp>) -> Subsegment {
        match &self.state {
            Reference::Recording(open) => Subsegment::recording(open.begin_subsegment(name, start)),
            Reference::Unrecorded(unrecorded) => unrecorded.begin_subsegment(name, start),
        }
    }

    /// Begins a subsegment that is not recorded, and whose calls tell the services they reach not to record either.
    pub fn begin_subsegment_without_sampling(&self) -> Subsegment {
        Subsegment::unrecorded(match &self.state {
            Reference::Recording(open) => Unrecorded::below(&open.context, &open.trip),
            Reference::Unrecorded(unrecorded) => unrecorded.without_sampling(),
        })
    }

    /// The header for a request this entity makes. See [`Entity::trace_header`](crate::Entity::trace_header).
    #[must_use]
    pub fn trace_header(&self) -> OutgoingHeader {
        match &self.state {
            Reference::Recording(open) => OutgoingHeader::of(&open.context, &open.trip),
            Reference::Unrecorded(unrecorded) => unrecorded.trace_header(),
        }
    }

    pub(super) fn open(&self) -> Option<&Open> {
        match &self.state {
            Reference::Recording(open) => Some(open),
            Reference::Unrecorded(_) => None,
        }
    }

    /// Calls `write` with the page, if the entity is still open; otherwise counts a refusal.
    pub(super) fn with_page<R>(&self, write: impl FnOnce(&mut Page) -> Option<R>) -> Option<R> {
        match &self.state {
            Reference::Recording(open) => {
                let result = open.document.with(|page| write(page)).flatten();
                if result.is_none() {
                    open.shared.refuse(&Unwritable::Ended);
                }
                result
            }
            Reference::Unrecorded(unrecorded) => {
                if let Some(facade) = unrecorded.as_facade() {
                    facade.shared.refuse(&Unwritable::Facade);
                }
                None
            }
        }
    }

    /// Writes to the entity's document; a refusal is logged the first time and counted each time.
    pub(super) fn write<R, E: Refusal>(
        &self,
        write: impl FnOnce(&mut core::Entity<'_, K>) -> Result<R, E>,
    ) -> Option<R> {
        let result =
            self.with_page(|page| core::Entity::<K>::resume(&mut page.document).map(|mut entity| write(&mut entity)))?;
        result.inspect_err(|error| self.told(error)).ok()
    }

    fn told(&self, error: &dyn Refusal) {
        if let Some(open) = self.open() {
            open.shared.refused(error);
        }
    }

    /// Writes a value whose `Serialize` is code of the user's, outside of every lock.
    pub(super) fn write_value<T: Serialize + ?Sized>(
        &self,
        value: &T,
        write: impl FnOnce(&mut core::Entity<'_, K>, core::Encoded<'_>) -> Result<(), MetadataError>,
    ) {
        match &self.state {
            Reference::Recording(open) => {
                open.shared.encode(value, |encoded| self.write(|entity| write(entity, encoded)));
            }
            Reference::Unrecorded(_) => {
                self.with_page(|_| Some(()));
            }
        }
    }

    /// An exception recorded, without regard to what was seen before.
    pub(super) fn put_exception(&self, exception: &core::Exception<'_>) -> Option<EntityId> {
        self.write(|entity| entity.add_exception(exception))
    }
}
