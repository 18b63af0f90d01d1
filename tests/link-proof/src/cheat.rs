//! What must not link.

extern crate alloc;

/// Allocates, and lets nobody optimize it away.
pub(crate) fn allocate() {
    core::hint::black_box(alloc::string::String::from(core::hint::black_box("not without an allocator")));
}
