//! A buffer of each thread's, for what is written before a lock is taken.

use std::cell::Cell;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Calls `work` with a buffer of this size, whatever is in it. One that is called within another has one of its own.
pub(super) fn with<R>(size: usize, work: impl FnOnce(&mut [u8]) -> R) -> R {
    let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
    if buffer.len() < size {
        buffer.resize(size, 0);
    }
    let result = work(&mut buffer[..size]);
    let _ = BUFFER.try_with(|kept| kept.set(buffer));
    result
}
