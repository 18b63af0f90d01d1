//! Free functions on the current entity, for code that is not handed one.

use std::error::Error;

use serde::Serialize;
use xray_recorder_core::{AnnotationValue, EntityId, IntoKey};

use super::missing::Site;
use super::stack::{Attached, Place, place, top, with_top};
use crate::entity::{EntityHandle, OutgoingHeader, Segment, SegmentHandle, Subsegment, SubsegmentHandle, Unrecorded};
use crate::recorder::{current_of_environment, environment_strategy, global};

/// The current entity: of the future that is being polled, or else of this thread, or else the function's segment of the
/// invocation that runs in Lambda, where the global recorder is there. `get_trace_entity` of the Python SDK.
///
/// ```
/// # use xray_recorder::{Locked, Outbox, Recorder};
/// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
/// assert!(xray_recorder::current().is_none());
/// recorder.in_segment("checkout", |segment| {
///     assert_eq!(xray_recorder::current().unwrap().context(), segment.context());
/// });
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
#[must_use]
pub fn current() -> Option<EntityHandle> {
    top().or_else(current_of_environment)
}

/// The segment that the current entity belongs to, or is: for its user, its annotations. None in Lambda, which keeps its
/// segments to itself, and where nothing is recorded.
///
/// ```
/// # use xray_recorder::{Locked, Outbox, Recorder};
/// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
/// recorder.in_segment("checkout", |segment| {
///     xray_recorder::in_subsegment("sign-in", |_| {
///         if let Some(segment) = xray_recorder::current_segment() {
///             segment.set_user("u-17");
///         }
///     });
///     assert!(segment.json().unwrap().contains(r#""user":"u-17""#));
/// });
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
#[must_use]
pub fn current_segment() -> Option<SegmentHandle> {
    current()?.segment()
}

/// The current entity, if it is a subsegment that is recorded.
#[must_use]
pub fn current_subsegment() -> Option<SubsegmentHandle> {
    current()?.as_subsegment()
}

/// Calls `work` with the current entity, or does what the strategy says where there is none. The rules are those of
/// [`with_top`].
#[inline]
fn with_current<R>(what: &str, site: Site, work: impl FnOnce(&EntityHandle) -> R) -> Option<R> {
    let mut work = Some(work);
    let done = with_top(|entity| entity.and_then(|entity| work.take().map(|work| work(entity))));
    match (done, work) {
        (None, Some(work)) => without_top(what, site).as_ref().map(work),
        (done, _) => done,
    }
}

/// What is current here, to be made current elsewhere.
pub(super) fn carried() -> Place {
    match place() {
        // In Lambda it is the invocation that runs now, and not the one that runs then.
        Place::Nobody => current_of_environment().map_or(Place::Nobody, Place::Entity),
        place => place,
    }
}

/// The current entity where code of the user's is to run with it, if it is recorded; a copy of it.
fn expected(what: &str, site: Site) -> Option<EntityHandle> {
    if with_current(what, site, EntityHandle::is_sampled) == Some(true) { current() } else { None }
}

/// The current entity by the environment, or what the strategy says where there is none.
#[cold]
fn without_top(what: &str, site: Site) -> Option<EntityHandle> {
    let found = current_of_environment();
    if found.is_none() {
        missing(what, site);
    }
    found
}

#[cold]
fn missing(what: &str, site: Site) {
    match global() {
        Some(recorder) => recorder.context_missing(what, site),
        None => environment_strategy().apply(what, site),
    }
}

/// Begins a subsegment of the current entity, which stays the current one; see [`in_subsegment`].
///
/// ```
/// # use xray_recorder::{Locked, Outbox, Recorder};
/// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
/// recorder.in_segment("checkout", |_| {
///     let call = xray_recorder::begin_subsegment("api");
///     let header = call.trace_header().to_string();
///     assert!(header.ends_with(";Sampled=1"));
/// });
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
#[track_caller]
pub fn begin_subsegment(name: &str) -> Subsegment {
    begin_at("begin_subsegment", name, Site::here())
}

pub(crate) fn begin_at(what: &str, name: &str, site: Site) -> Subsegment {
    with_top(|entity| entity.map(|entity| entity.begin_subsegment(name)))
        .unwrap_or_else(|| begin_without_top(what, name, site))
}

#[cold]
fn begin_without_top(what: &str, name: &str, site: Site) -> Subsegment {
    match (current_of_environment(), global()) {
        (Some(current), _) => current.begin_subsegment(name),
        (None, Some(recorder)) => recorder.begin_without_current(what, site),
        (None, None) => {
            missing(what, site);
            Subsegment::unrecorded(Unrecorded::off())
        }
    }
}

/// Begins a subsegment that is not recorded, and whose calls tell the services they reach not to record either.
#[track_caller]
pub fn begin_subsegment_without_sampling() -> Subsegment {
    with_current("begin_subsegment_without_sampling", Site::here(), EntityHandle::begin_subsegment_without_sampling)
        .unwrap_or_else(|| Subsegment::unrecorded(Unrecorded::NOT_SAMPLED))
}

/// Runs `work` in a segment of the global recorder, as the current entity; it ends when `work` returns or panics. Without
/// a global recorder nothing is recorded, and what [`ContextMissing`](crate::ContextMissing) says by the environment is
/// done: an error is logged, once for this place.
///
/// ```
/// xray_recorder::in_segment("nightly job", |segment| {
///     segment.put_annotation("tenant", "acme");
/// });
/// ```
#[track_caller]
pub fn in_segment<R>(name: &str, work: impl FnOnce(&mut Segment) -> R) -> R {
    match global() {
        Some(recorder) => recorder.in_segment(name, work),
        None => {
            missing("in_segment without a global recorder", Site::here());
            Segment::unrecorded(Unrecorded::off()).run(work)
        }
    }
}

/// Runs `work` in a subsegment of the current entity, as the current one; it ends when `work` returns or panics. A panic
/// is recorded as an exception and goes on. Without a current entity `work` runs all the same.
///
/// ```
/// # use xray_recorder::{Locked, Outbox, Recorder};
/// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
/// recorder.in_segment("checkout", |_| {
///     let price = xray_recorder::in_subsegment("price", |subsegment| {
///         subsegment.put_annotation("currency", "EUR");
///         42
///     });
///     assert_eq!(price, 42);
/// });
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
#[track_caller]
pub fn in_subsegment<R>(name: &str, work: impl FnOnce(&mut Subsegment) -> R) -> R {
    begin_at("in_subsegment", name, Site::here()).run(work)
}

/// Carries the current entity to wherever a closure runs: to a thread, a thread pool, a rayon scope. For futures there
/// is [`TraceFuture::in_current_context`](crate::TraceFuture::in_current_context), for parallel iterators
/// [`EntityHandle::run`]. Where there is none here, the closure has none either, wherever it runs.
///
/// ```
/// # use xray_recorder::{Locked, Outbox, Recorder};
/// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
/// use xray_recorder::in_current_context;
///
/// recorder.in_segment("checkout", |_| {
///     let worker = std::thread::spawn(in_current_context(|| xray_recorder::in_subsegment("price", |_| 42)));
///     assert_eq!(worker.join().unwrap(), 42);
/// });
/// assert_eq!(recorder.stats().sent, 2);
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
pub fn in_current_context<R>(work: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let place = carried();
    move || {
        let _attached = Attached::on(place);
        work()
    }
}

/// Puts an annotation on the current entity. See [`Entity::put_annotation`](crate::Entity::put_annotation).
///
/// ```
/// # use xray_recorder::{Locked, Outbox, Recorder};
/// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
/// recorder.in_segment("checkout", |segment| {
///     xray_recorder::put_annotation("tenant", "acme");
///     assert!(segment.json().unwrap().contains(r#""annotations":{"tenant":"acme"}"#));
/// });
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
#[track_caller]
pub fn put_annotation<'v>(key: impl IntoKey<'v>, value: impl Into<AnnotationValue<'v>>) {
    let (key, value) = (key.into_key(), value.into());
    with_current("put_annotation", Site::here(), |current| current.annotate(key, value));
}

/// Puts a metadata value on the current entity, in the namespace `default`. See
/// [`Entity::put_metadata`](crate::Entity::put_metadata).
#[track_caller]
pub fn put_metadata<T: Serialize + ?Sized>(key: &str, value: &T) {
    if let Some(current) = expected("put_metadata", Site::here()) {
        current.put_metadata(key, value);
    }
}

/// Puts a metadata value on the current entity, in a namespace of its own. See
/// [`Entity::put_metadata_in`](crate::Entity::put_metadata_in).
#[track_caller]
pub fn put_metadata_in<T: Serialize + ?Sized>(namespace: &str, key: &str, value: &T) {
    if let Some(current) = expected("put_metadata_in", Site::here()) {
        current.put_metadata_in(namespace, key, value);
    }
}

/// Records an error on the current entity. See [`Entity::add_exception`](crate::Entity::add_exception).
#[track_caller]
pub fn add_exception<E: Error + ?Sized>(error: &E) -> Option<EntityId> {
    expected("add_exception", Site::here())?.add_exception(error)
}

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident)*) => {
        $(
            $(#[$doc])*
            #[track_caller]
            pub fn $name() {
                with_current(stringify!($name), Site::here(), |current| {
                    current.$name();
                });
            }
        )*
    };
}

flags! {
    /// Says of the current entity that the caller was at fault.
    set_error
    /// Says of the current entity that the caller was throttled, which is an error too.
    set_throttle
    /// Says of the current entity that this service, or the one called, was at fault.
    set_fault
}

/// Whether what is said of the current entity is kept; see [`Entity::is_recorded`](crate::Entity::is_recorded). Without one
/// nothing is.
#[track_caller]
#[must_use]
pub fn is_recorded() -> bool {
    with_current("is_recorded", Site::here(), EntityHandle::is_recorded).unwrap_or(false)
}

/// Whether the current entity is sampled. Without one it is not.
#[track_caller]
#[must_use]
pub fn is_sampled() -> bool {
    with_current("is_sampled", Site::here(), EntityHandle::is_sampled).unwrap_or(false)
}

/// The header for a request that the current entity makes. Without one there is nothing to say: see
/// [`OutgoingHeader::is_empty`].
#[track_caller]
#[must_use]
pub fn trace_header() -> OutgoingHeader {
    with_current("trace_header", Site::here(), EntityHandle::trace_header).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::current::ContextMissing;

    #[test]
    fn without_a_current_entity_nothing_is_recorded_and_everything_runs() {
        assert!(current().is_none() && current_segment().is_none() && current_subsegment().is_none());
        put_annotation("k", 1);
        put_metadata("k", &1);
        assert!(!is_sampled() && trace_header().is_empty());
        assert!(!in_subsegment("work", |subsegment| subsegment.is_sampled()));
        assert_eq!(in_segment("work", |_| 42), 42);
        assert!(begin_subsegment("work").context().is_none());
    }

    #[test]
    fn the_strategy_of_the_environment_is_to_log() {
        assert_eq!(environment_strategy(), ContextMissing::LogError);
    }
}
