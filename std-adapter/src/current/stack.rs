//! What a thread is in: a stack of references, the current entity on top.

use std::cell::RefCell;
use std::marker::PhantomData;

use xray_recorder_core::kind;

use crate::entity::{Entity, EntityHandle};

thread_local! {
    static STACK: RefCell<Vec<Place>> = const { RefCell::new(Vec::new()) };
}

/// A place in the stack.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Entity(EntityHandle),
    /// None of the entities below is current from here on. What the environment says of Lambda's invocation is.
    Nobody,
    /// No entity is current from here on.
    Detached,
    /// Given up before those above it.
    Gone,
}

/// The entity on top, if there is one.
pub(crate) fn top() -> Option<EntityHandle> {
    with_top(|entity| Some(entity?.clone()))
}

/// Calls `look` with the entity on top, which spares a copy of it. No code of the user's may run meanwhile, but for a
/// logger's: one that attaches an entity in there would not find it current.
#[inline]
pub(super) fn with_top<R>(look: impl FnOnce(Option<&EntityHandle>) -> R) -> R {
    let mut look = Some(look);
    let seen = STACK.try_with(|stack| {
        let stack = stack.try_borrow().ok()?;
        let entity = match stack.last() {
            Some(Place::Entity(entity)) => Some(entity),
            Some(Place::Nobody | Place::Detached | Place::Gone) | None => None,
        };
        look.take().map(|look| look(entity))
    });
    match seen {
        Ok(Some(result)) => result,
        // A stack that is not to be had is one whose thread is going down.
        _ => look.take().map(|look| look(None)).expect("it is called once"),
    }
}

/// What is current here, to be made current elsewhere.
pub(super) fn place() -> Place {
    match top() {
        Some(entity) => Place::Entity(entity),
        None if is_detached() => Place::Detached,
        None => Place::Nobody,
    }
}

/// Whether it was said that there is to be no current entity here, by [`detach`] or
/// [`TraceFuture::detached`](crate::TraceFuture::detached): then a parent is not to be looked for elsewhere either.
///
/// ```
/// # use xray_recorder::{detach, is_detached};
/// assert!(!is_detached());
/// let detached = detach();
/// assert!(is_detached());
/// drop(detached);
/// assert!(!is_detached());
/// ```
#[must_use]
pub fn is_detached() -> bool {
    STACK
        .try_with(|stack| matches!(stack.try_borrow().as_deref().map(|stack| stack.last()), Ok(Some(Place::Detached))))
        .unwrap_or(false)
}

impl<K: kind::Kind> EntityHandle<K> {
    /// Makes this the current entity of this thread, until the guard that is returned is dropped; then the one before it
    /// is current again. Guards that are dropped in another order than the reverse of their making leave the latest
    /// one in place.
    ///
    /// It replaces `set_trace_entity` of the Python SDK: take [`current()`](crate::current()) where the work is handed
    /// over, and attach it where the work is done.
    ///
    /// Do not hold the guard across an `.await`: it cannot be sent to another thread, and other tasks of this one
    /// would see the entity. Futures have [`TraceFuture`](crate::TraceFuture).
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// let segment = recorder.begin_segment("checkout");
    /// let attached = segment.handle().attach();
    /// xray_recorder::put_annotation("tenant", "acme");
    /// drop(attached);
    /// assert!(xray_recorder::current().is_none());
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    pub fn attach(&self) -> Attached {
        Attached::on(Place::Entity(self.as_entity()))
    }

    /// Runs `work` with this as the current entity: what a task of a thread pool does, or an item of a parallel
    /// iterator.
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// let segment = recorder.begin_segment("checkout");
    /// let here = segment.handle();
    /// std::thread::scope(|scope| {
    ///     for name in ["stock", "price"] {
    ///         let here = &here;
    ///         scope.spawn(move || here.run(|| xray_recorder::in_subsegment(name, |_| ())));
    ///     }
    /// });
    /// segment.end();
    /// assert_eq!(recorder.stats().sent, 3);
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    pub fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        let _attached = self.attach();
        work()
    }
}

impl<K: kind::Kind> Entity<K> {
    /// Makes this the current entity of this thread, until the guard that is returned is dropped. See
    /// [`EntityHandle::attach`].
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// let segment = recorder.begin_segment("checkout");
    /// let attached = segment.attach();
    /// xray_recorder::begin_subsegment("price").end();
    /// drop(attached);
    /// segment.end();
    /// assert_eq!(recorder.stats().sent, 2);
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    pub fn attach(&self) -> Attached {
        Attached::on(Place::Entity(self.handle_as()))
    }
}

/// Makes no entity the current one of this thread, until the guard that is returned is dropped: for work that does not
/// belong to the request it is done in. `clear_trace_entities` of the Python SDK. In Lambda that goes for the invocation
/// that runs, too.
///
/// ```
/// # use xray_recorder::{Locked, Outbox, Recorder};
/// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
/// recorder.in_segment("checkout", |_| {
///     let detached = xray_recorder::detach();
///     assert!(xray_recorder::current().is_none());
///     drop(detached);
///     assert!(xray_recorder::current().is_some());
/// });
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
pub fn detach() -> Attached {
    Attached::on(Place::Detached)
}

/// While this is there, the entity it was made for is the current one of this thread. See [`EntityHandle::attach`].
#[derive(Debug)]
#[must_use = "the entity is current only while this is there"]
pub struct Attached {
    at: Option<usize>,
    /// It belongs to the stack of its thread: `!Send`.
    thread: PhantomData<*const ()>,
}

impl Attached {
    #[inline]
    pub(super) fn on(place: Place) -> Self {
        let at = STACK.try_with(|stack| {
            let mut stack = stack.try_borrow_mut().ok()?;
            stack.push(place);
            Some(stack.len() - 1)
        });
        Self { at: at.ok().flatten(), thread: PhantomData }
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        let Some(at) = self.at else { return };
        // What is dropped here keeps header data at most, so that nothing calls back while the stack is borrowed.
        let _ = STACK.try_with(|stack| {
            let Ok(mut stack) = stack.try_borrow_mut() else { return };
            if let Some(place) = stack.get_mut(at) {
                *place = Place::Gone;
            }
            while let Some(Place::Gone) = stack.last() {
                stack.pop();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::Unrecorded;

    /// Two that can be told apart.
    fn two() -> [EntityHandle; 2] {
        [Unrecorded::NOT_SAMPLED, Unrecorded::off()].map(EntityHandle::unrecorded)
    }

    fn header() -> Option<String> {
        top().map(|entity| entity.trace_header().to_string())
    }

    #[test]
    fn the_entity_before_is_current_again_when_one_is_given_up() {
        let [not_sampled, off] = two();
        assert_eq!(header(), None);
        let outer = not_sampled.attach();
        let inner = off.attach();
        assert_eq!(header().as_deref(), Some(""));
        drop(inner);
        assert_eq!(header().as_deref(), Some("Sampled=0"));
        let nothing = detach();
        assert_eq!(header(), None);
        drop(nothing);
        drop(outer);
        assert_eq!(header(), None);
    }

    #[test]
    fn those_given_up_in_another_order_leave_the_latest_in_place() {
        let [not_sampled, off] = two();
        let outer = not_sampled.attach();
        let inner = off.attach();
        drop(outer);
        assert_eq!(header().as_deref(), Some(""));
        let again = not_sampled.attach();
        drop(inner);
        assert_eq!(header().as_deref(), Some("Sampled=0"));
        drop(again);
        assert_eq!(header(), None);
    }

    #[test]
    fn a_thread_starts_with_no_entity() {
        let [not_sampled, _] = two();
        let _attached = not_sampled.attach();
        assert_eq!(std::thread::spawn(header).join().unwrap(), None);
    }
}
