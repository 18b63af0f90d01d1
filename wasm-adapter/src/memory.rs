//! What is static, and text that JavaScript wrote.

#![expect(unsafe_code, reason = "each use says why it is sound")]

use core::cell::RefCell;

/// One value for the whole module.
pub(crate) struct Single<T>(RefCell<T>);

// SAFETY: the module has one thread: its memory is not shared, which takes the `atomics` feature.
#[cfg(not(target_feature = "atomics"))]
unsafe impl<T> Sync for Single<T> {}

impl<T> Single<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(RefCell::new(value))
    }

    /// Lends the value; `None` to what is called by the host while it is lent.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut T) -> Option<R>) -> Option<R> {
        work(&mut *self.0.try_borrow_mut().ok()?)
    }

    pub(crate) fn address(&self) -> *const T {
        self.0.as_ptr()
    }
}

/// What the host wrote with `TextEncoder`.
pub(crate) fn text(bytes: &[u8]) -> &str {
    // SAFETY: an encoder writes nothing but UTF-8, and the host hands over as many bytes as it says. One that does not
    // could as well write to any other part of this memory.
    unsafe { str::from_utf8_unchecked(bytes) }
}
