//! What benchmarks measure with. A program that links this counts what it allocates.

pub mod allocations;
pub mod callgrind;
pub mod timing;

/// A program that is set up: it does what it is for as often as it is told.
pub type Run = Box<dyn FnMut(u64)>;
