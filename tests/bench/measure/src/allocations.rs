//! Allocations per trace, by a global allocator that counts while it is told to.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::Run;

#[global_allocator]
static GLOBAL: CountingAllocator = CountingAllocator;

static COUNTING: AtomicBool = AtomicBool::new(false);
static COUNT: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

struct CountingAllocator;

impl CountingAllocator {
    #[inline]
    fn count(size: usize) {
        if COUNTING.load(Ordering::Relaxed) {
            COUNT.fetch_add(1, Ordering::Relaxed);
            BYTES.fetch_add(size as u64, Ordering::Relaxed);
        }
    }
}

// SAFETY: every method hands its arguments to `System`, which implements the contract, and returns what it returns;
// counting touches only atomics and cannot allocate or unwind.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::count(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::count(layout.size());
        // SAFETY: the caller keeps the contract of `alloc_zeroed`, which is the same.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        Self::count(new_size);
        // SAFETY: the block came from `System` through this allocator, and the caller keeps the rest of the contract.
        unsafe { System.realloc(block, layout, new_size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block came from `System` through this allocator with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}

/// What a trace allocates.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Allocations {
    /// How often it allocates.
    pub count: f64,
    /// How many bytes it asks for.
    pub bytes: f64,
}

/// Counts over `traces` traces after as many to warm up. No other thread may allocate meanwhile.
pub fn per_trace(run: &mut Run, traces: u64) -> Allocations {
    run(traces);
    let before = (COUNT.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed));
    COUNTING.store(true, Ordering::Relaxed);
    run(traces);
    COUNTING.store(false, Ordering::Relaxed);
    let per_trace = |total: u64| total as f64 / traces as f64;
    Allocations {
        count: per_trace(COUNT.load(Ordering::Relaxed) - before.0),
        bytes: per_trace(BYTES.load(Ordering::Relaxed) - before.1),
    }
}
