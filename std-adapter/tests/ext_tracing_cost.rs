//! What spans allocate: nothing where they are left out, and next to nothing where nothing is recorded.
#![allow(unsafe_code, reason = "an allocator that counts is one that implements `GlobalAlloc`")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use tracing::{Dispatch, Subscriber, debug_span, dispatcher, error, info_span};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry;
use xray_recorder::ext::tracing::XRayLayer;
use xray_recorder::testing::TestRecorder;

/// The system's allocator, counting calls of each thread by itself: tests and their harness run at the same time.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call is passed to the system's allocator as it is; counting neither allocates nor unwinds, as the
// thread-local is initialized at compile time and has no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Gone while a thread goes down; what it allocates then is no test's.
        let _ = ALLOCATIONS.try_with(|allocations| allocations.set(allocations.get() + 1));
        // SAFETY: the caller's obligations are those of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's obligations are those of the system's allocator, which gave the block.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Wants everything, as the layer `fmt` does.
struct Everything;

impl<S: Subscriber> Layer<S> for Everything {}

/// How often `work` allocates, once everything it needs is there.
fn allocations(mut work: impl FnMut()) -> u64 {
    (0..5).for_each(|_| work());
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

/// A span in a span in a span, with values, and an error.
fn spans() {
    info_span!("outer", text = "text", debug = ?[1, 2]).in_scope(|| {
        info_span!("middle", number = 7).in_scope(|| {
            info_span!("inner").in_scope(|| error!(error = ?[1, 2], "declined {}", 1));
        });
    });
}

fn within(subscriber: impl Into<Dispatch>, work: impl FnOnce() -> u64) -> u64 {
    dispatcher::with_default(&subscriber.into(), work)
}

#[test]
fn spans_that_are_left_out_allocate_nothing() {
    let kit = TestRecorder::new();
    let work = || {
        debug_span!("quiet", text = "text")
            .in_scope(|| info_span!(target: "h2", "frame", debug = ?[1]).in_scope(|| ()));
    };
    let subscriber = Dispatch::new(registry().with(XRayLayer::builder().build()).with(Everything));
    kit.recorder().in_segment("checkout", |_| assert_eq!(within(subscriber, || allocations(work)), 0));
    assert_eq!(kit.trace().outline(), "checkout\n");
}

#[test]
fn spans_without_an_entity_allocate_nothing() {
    let subscriber = Dispatch::new(registry().with(XRayLayer::builder().build()));
    assert_eq!(within(subscriber, || allocations(spans)), 0);
}

#[test]
fn of_a_trace_that_is_not_sampled_the_first_span_allocates_once_and_no_other_does() {
    let kit = TestRecorder::new();
    kit.recorder().segment("checkout").sampled(false).in_segment(|_| {
        let subscriber = Dispatch::new(registry().with(XRayLayer::builder().text_as_metadata().build()));
        assert_eq!(within(subscriber, || allocations(spans)), 1);
    });
    kit.assert_nothing_sent();
}

#[test]
fn a_span_that_is_recorded_allocates_what_it_keeps() {
    let kit = TestRecorder::new();
    let builder = XRayLayer::builder().annotate(["tenant"]);
    let subscriber = Dispatch::new(registry().with(builder.build()));
    kit.recorder().in_segment("checkout", |_| {
        let span = || info_span!("charge", tenant = "acme", items = 2).in_scope(|| ());
        assert_eq!(within(subscriber, || allocations(span)), 1);
    });
}
