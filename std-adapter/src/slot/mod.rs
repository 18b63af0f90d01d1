//! Where a document is while others may write to it.
//!
//! A document is private to its guard, and needs no lock, until the first child begins. Then it moves to a slot, where
//! the children find it by a `Copy` handle: a reference and the generation in which it was given. When the entity ends
//! the generation moves on, and a child that ends later finds a stale handle, which means: send alone. So each child
//! is embedded or sent, never both and never neither, whatever the order in which they end.
//!
//! A slot is never freed, so a handle can be a plain reference; slots are reused with the guards they belong to, and
//! there are as many as entities were open at once at most.

#[cfg(all(loom, test))]
mod model;

use crate::sync::{AtomicBool, Mutex, Ordering, lock};

/// A place for the document of one entity after another.
#[derive(Debug)]
pub(crate) struct Slot<D> {
    state: Mutex<State<D>>,
}

#[derive(Debug)]
struct State<D> {
    generation: u64,
    document: Option<D>,
}

impl<D> Slot<D> {
    /// An empty slot.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self { state: Mutex::new(State { generation: 0, document: None }) }
    }
}

impl<D> Slot<D> {
    /// Calls `look` with whatever document is in here now. The lock's rules are those of [`Handle::with`].
    pub(crate) fn look<R>(&self, look: impl FnOnce(&mut D) -> R) -> Option<R> {
        lock(&self.state).document.as_mut().map(look)
    }
}

impl<D> Default for Slot<D> {
    fn default() -> Self {
        Self::new()
    }
}

/// How a child finds its parent's document.
#[derive(Debug)]
pub(crate) struct Handle<D: 'static> {
    slot: &'static Slot<D>,
    generation: u64,
}

impl<D> Clone for Handle<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for Handle<D> {}

impl<D> Handle<D> {
    /// Calls `write` with the document, unless its entity has ended. One short lock, so `write` must not call out of this
    /// crate.
    pub(crate) fn with<R>(&self, write: impl FnOnce(&mut D) -> R) -> Option<R> {
        let mut state = lock(&self.slot.state);
        if state.generation == self.generation { state.document.as_mut().map(write) } else { None }
    }
}

/// The owner of a document: has it to itself, or shares it through a slot.
#[derive(Debug)]
pub(crate) struct Owner<D: 'static> {
    slot: &'static Slot<D>,
    generation: u64,
    shared: AtomicBool,
    private: Mutex<Option<D>>,
}

impl<D> Owner<D> {
    /// An owner that shares through `slot`, which no other owner has.
    #[must_use]
    pub(crate) fn new(slot: &'static Slot<D>) -> Self {
        let generation = lock(&slot.state).generation;
        Self { slot, generation, shared: AtomicBool::new(false), private: Mutex::new(None) }
    }

    /// The slot, for the next owner.
    #[must_use]
    pub(crate) fn into_slot(self) -> &'static Slot<D> {
        self.slot
    }

    /// Takes a document in, private.
    pub(crate) fn open(&mut self, document: D) {
        *exclusive(&mut self.private) = Some(document);
    }

    /// Shares the document, if it is not shared yet, and gives a handle to it. From any thread, from several at once.
    #[inline]
    pub(crate) fn share(&self) -> Handle<D> {
        if !self.shared.load(Ordering::Acquire) {
            self.move_to_slot();
        }
        Handle { slot: self.slot, generation: self.generation }
    }

    #[inline(never)]
    fn move_to_slot(&self) {
        // Whoever comes second waits here until the document has moved.
        let mut private = lock(&self.private);
        if let Some(document) = private.take() {
            lock(&self.slot.state).document = Some(document);
            self.shared.store(true, Ordering::Release);
        }
    }

    /// Calls `write` with the document: without a lock while it is private. `write` must not call out of this crate;
    /// where code of the user's is to run, [`Owner::private`] says whether it may.
    #[inline]
    pub(crate) fn with<R>(&mut self, write: impl FnOnce(&mut D) -> R) -> Option<R> {
        if self.is_shared() { self.with_shared(write) } else { exclusive(&mut self.private).as_mut().map(write) }
    }

    #[inline(never)]
    fn with_shared<R>(&mut self, write: impl FnOnce(&mut D) -> R) -> Option<R> {
        lock(&self.slot.state).document.as_mut().map(write)
    }

    /// The document, while nobody else has a handle to it: no lock is held, so code of the user's may run.
    #[inline]
    pub(crate) fn private(&mut self) -> Option<&mut D> {
        if self.is_shared() { None } else { exclusive(&mut self.private).as_mut() }
    }

    /// Takes the document back. Handles given so far are stale from now on.
    pub(crate) fn close(&mut self) -> Option<D> {
        if !self.is_shared() {
            return exclusive(&mut self.private).take();
        }
        self.shared = AtomicBool::new(false);
        let mut state = lock(&self.slot.state);
        state.generation += 1;
        self.generation = state.generation;
        state.document.take()
    }

    #[inline]
    fn is_shared(&mut self) -> bool {
        // Exclusive access has seen every write to the flag, so no ordering is needed.
        self.shared.load(Ordering::Relaxed)
    }
}

/// The content of a lock that nobody else can hold.
#[cfg(not(loom))]
#[inline]
fn exclusive<T>(mutex: &mut Mutex<T>) -> &mut T {
    mutex.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(loom)]
fn exclusive<T>(mutex: &mut Mutex<T>) -> &mut T {
    mutex.get_mut().unwrap()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_good_until_the_entity_ends_and_not_for_the_next_one() {
        let mut owner = Owner::new(Box::leak(Box::default()));
        owner.open("first");
        assert_eq!(owner.private(), Some(&mut "first"));
        let handle = owner.share();
        assert_eq!(owner.private(), None);
        assert_eq!(handle.with(|document| *document), Some("first"));
        assert_eq!(owner.close(), Some("first"));
        owner.open("second");
        assert_eq!(owner.share().with(|document| *document), Some("second"));
        assert_eq!(handle.with(|document| *document), None);
    }
}
