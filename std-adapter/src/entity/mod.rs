//! Guards: open segments and subsegments of a server.

mod backtrace;
mod begin;
mod chain;
mod document;
mod exception;
mod fields;
mod header;
mod live;
mod page;
mod reference;
mod refusal;
mod unrecorded;
mod urls;
mod values;

use std::marker::PhantomData;

use xray_recorder_core as core;
use xray_recorder_core::{Timestamp, TraceContext, kind};

pub use self::begin::SegmentBuilder;
pub use self::header::OutgoingHeader;
pub(crate) use self::live::{DocumentHandle, DocumentSlot, Live, Trip};
use self::reference::Reference;
pub use self::reference::{EntityHandle, SegmentHandle, SubsegmentHandle};
pub(crate) use self::refusal::Refusal;
pub(crate) use self::unrecorded::{Facade, Unrecorded};
pub use self::urls::redact_urls;

/// An open segment: the work of this service for one request. See [`Entity`].
pub type Segment = Entity<kind::Segment>;

/// An open subsegment: a part of that work. See [`Entity`].
pub type Subsegment = Entity<kind::Subsegment>;

/// A guard: an open entity, which ends when it is dropped, or by [`Entity::end`].
///
/// * It never fails the program. What cannot be recorded is counted, and logged the first time.
/// * `Send` and `Sync`: children begin under `&self`, on any thread, as many at once as there are.
/// * A subsegment that ends is embedded in its parent's document if that is still open and has room; otherwise it is
///   sent by itself. It may outlive its parent.
/// * Dropped by a panic it ends with `fault`.
/// * One that is not sampled holds nothing, and every call on it is one branch.
///
/// *put* replaces by key, *set* replaces the one, *add* accumulates.
///
/// ```
/// use xray_recorder::{Locked, Outbox, Recorder};
///
/// let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
/// let mut segment = recorder.begin_segment("checkout");
/// segment.put_annotation("tenant", "acme").set_user("u-17");
/// std::thread::scope(|scope| {
///     scope.spawn(|| segment.begin_subsegment("stock").end());
///     scope.spawn(|| segment.begin_subsegment("price").end());
/// });
/// segment.end();
///
/// let stats = recorder.stats();
/// assert_eq!((stats.sent, stats.datagrams), (3, 1));
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
#[derive(Debug)]
#[must_use = "a guard that is dropped at once records an entity without duration"]
pub struct Entity<K: kind::Kind> {
    state: State,
    kind: PhantomData<fn() -> K>,
}

#[derive(Debug)]
enum State {
    Recording(Box<Live>),
    Unrecorded(Unrecorded),
}

impl<K: kind::Kind> Entity<K> {
    #[inline]
    fn recording(live: Box<Live>) -> Self {
        Self { state: State::Recording(live), kind: PhantomData }
    }

    #[inline]
    pub(crate) fn unrecorded(unrecorded: Unrecorded) -> Self {
        Self { state: State::Unrecorded(unrecorded), kind: PhantomData }
    }

    /// Whether this entity is sampled, which the services that are called hear.
    #[inline]
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        match &self.state {
            State::Recording(live) => !live.trip.unsampled,
            State::Unrecorded(unrecorded) => unrecorded.as_facade().is_some(),
        }
    }

    /// Whether what is said of this entity is kept: it is sampled, or it is recorded in case that something goes wrong
    /// ([`Builder::keep_what_went_wrong`](crate::Builder::keep_what_went_wrong)). Where values are expensive to make, ask
    /// first, or use [`Entity::put_metadata_with`].
    #[inline]
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        match &self.state {
            State::Recording(_) => true,
            State::Unrecorded(unrecorded) => unrecorded.as_facade().is_some(),
        }
    }

    /// Which trace and entity this is, when it is sampled: for logs, for headers of other protocols.
    #[inline]
    #[must_use]
    pub fn context(&self) -> Option<TraceContext> {
        match &self.state {
            State::Recording(live) => Some(live.context).filter(|_| !live.trip.unsampled),
            State::Unrecorded(unrecorded) => unrecorded.as_facade().map(|facade| facade.context),
        }
    }

    /// A reference to this entity, to hand to another thread, or to make it the current entity there or here.
    #[must_use]
    pub fn handle(&self) -> EntityHandle<K> {
        self.handle_as()
    }

    /// The same, as a reference of another kind.
    #[inline]
    pub(crate) fn handle_as<J: kind::Kind>(&self) -> EntityHandle<J> {
        EntityHandle::new(match &self.state {
            State::Recording(live) => Reference::Recording(live.reference()),
            State::Unrecorded(unrecorded) => Reference::Unrecorded(unrecorded.clone()),
        })
    }

    /// Begins a subsegment of this entity, from any thread. The current entity stays the one it is; see
    /// [`Entity::in_subsegment`].
    #[inline]
    pub fn begin_subsegment(&self, name: &str) -> Subsegment {
        match &self.state {
            State::Unrecorded(unrecorded) if unrecorded.is_plain() => Subsegment::unrecorded(Unrecorded::NOT_SAMPLED),
            _ => self.begin_child(name, None),
        }
    }

    /// Begins a subsegment whose work began at another time than now.
    pub fn begin_subsegment_at(&self, name: &str, start: Timestamp) -> Subsegment {
        self.begin_child(name, Some(start))
    }

    #[inline(never)]
    fn begin_child(&self, name: &str, start: Option<Timestamp>) -> Subsegment {
        match &self.state {
            State::Recording(live) => Subsegment::recording(live.begin_subsegment(name, start)),
            State::Unrecorded(unrecorded) => unrecorded.begin_subsegment(name, start),
        }
    }

    /// Begins a subsegment that is not recorded, and whose calls tell the services they reach not to record either. It
    /// never appears in a document.
    pub fn begin_subsegment_without_sampling(&self) -> Subsegment {
        Subsegment::unrecorded(match &self.state {
            State::Recording(live) => Unrecorded::below(&live.context, &live.trip),
            State::Unrecorded(unrecorded) => unrecorded.without_sampling(),
        })
    }

    /// The header for a request this entity makes. Of an entity that is not sampled: the trace and the data the request
    /// came with, and `Sampled=0`.
    #[must_use]
    pub fn trace_header(&self) -> OutgoingHeader {
        match &self.state {
            State::Recording(live) => OutgoingHeader::of(&live.context, &live.trip),
            State::Unrecorded(unrecorded) => unrecorded.trace_header(),
        }
    }

    /// Sends the document as it stands, in progress, so that X-Ray shows the entity before its end. That is done once: X-Ray
    /// wants at most one such document of an entity.
    pub fn send_in_progress(&mut self) -> &mut Self {
        if let State::Recording(live) = &mut self.state {
            let shared = live.shared;
            // A copy, so that nothing is sent under the document's lock.
            let datagram = live.with_page(|page| {
                let is_first = !std::mem::replace(&mut page.shown, true);
                page.document.datagram().filter(|_| is_first).map(<[u8]>::to_vec)
            });
            let sent = datagram.flatten().is_none_or(|datagram| shared.send_in_progress(&datagram));
            if !sent {
                live.with_page(|page| page.shown = false);
            }
        }
        self
    }

    /// The document as it stands, without the header line, when the entity is sampled: for a log, for a test.
    #[must_use]
    pub fn json(&mut self) -> Option<String> {
        match &mut self.state {
            State::Recording(live) => live.write(|document| document.json().map(str::to_owned)).flatten(),
            State::Unrecorded(_) => None,
        }
    }

    /// Ends the entity now. Dropping it does the same.
    #[inline]
    pub fn end(self) {
        drop(self);
    }

    /// Ends the entity at another time than now; before its start, at its start. By a panic it ends with `fault`, as when it is
    /// dropped.
    #[inline]
    pub fn end_at(mut self, at: Timestamp) {
        if let State::Recording(live) = std::mem::replace(&mut self.state, State::Unrecorded(Unrecorded::NOT_SAMPLED)) {
            end_recording(live, Some(at));
        }
    }
}

impl<K: kind::Kind> Drop for Entity<K> {
    #[inline]
    fn drop(&mut self) {
        if let State::Recording(_) = self.state {
            if let State::Recording(live) =
                std::mem::replace(&mut self.state, State::Unrecorded(Unrecorded::NOT_SAMPLED))
            {
                end_recording(live, None);
            }
        }
    }
}

#[inline(never)]
fn end_recording(mut live: Box<Live>, at: Option<Timestamp>) {
    if std::thread::panicking() && !live.began_unwinding {
        live.write(|document| core::Entity::<kind::Any>::resume(document).map(|mut entity| entity.set_fault()));
    }
    live.end(at);
}

/// Writes to the entity's document; a refusal is logged the first time and counted by the document each time.
#[inline]
fn write<K: kind::Kind, R, E: Refusal>(
    live: &mut Live,
    write: impl FnOnce(&mut core::Entity<'_, K>) -> Result<R, E>,
) -> Option<R> {
    let result = live.write(|document| core::Entity::<K>::resume(document).map(|mut entity| write(&mut entity)));
    accepted(live, result.flatten())
}

#[inline]
fn accepted<R, E: Refusal>(live: &Live, result: Option<Result<R, E>>) -> Option<R> {
    match result? {
        Ok(value) => Some(value),
        Err(error) => {
            live.shared.refused(&error);
            None
        }
    }
}
