//! What spans allocate: nothing where they are left out, and next to nothing where nothing is recorded.

#[path = "../support/counting.rs"]
mod counting;

use tracing::{Dispatch, Subscriber, debug_span, dispatcher, error, info_span};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry;
use xray_recorder::ext::tracing::XRayLayer;
use xray_recorder::testing::TestRecorder;

/// Wants everything, as the layer `fmt` does.
struct Everything;

impl<S: Subscriber> Layer<S> for Everything {}

/// How often `work` allocates, once everything it needs is there.
fn allocations(mut work: impl FnMut()) -> u64 {
    (0..5).for_each(|_| work());
    counting::allocations(work)
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
