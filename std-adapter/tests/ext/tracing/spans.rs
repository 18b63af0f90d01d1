//! Spans of `tracing` as subsegments: where they stand, and when they begin and end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use tracing::subscriber::{NoSubscriber, with_default};
use tracing::{Dispatch, dispatcher, info_span, instrument};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;
use xray_recorder::ext::tracing::XRayLayer;
use xray_recorder::testing::TestRecorder;
use xray_recorder::{current, in_subsegment};

use super::{outline, outline_with, subscriber};

/// The id of the current entity.
fn current_id() -> Option<String> {
    current().and_then(|entity| entity.context()).map(|context| context.id().to_string())
}

#[test]
fn spans_and_subsegments_nest_in_each_other() {
    let outline = outline_with(XRayLayer::builder(), |kit| {
        info_span!("charge").in_scope(|| {
            in_subsegment("by hand", |_| {
                info_span!("fraud check").in_scope(|| in_subsegment("deep", |_| ()));
            });
            kit.clock().advance(Duration::from_millis(5));
            info_span!("receipt").in_scope(|| ());
        });
        in_subsegment("after", |_| ());
    });
    let expected = "checkout\n  charge\n    by hand\n      fraud check\n        deep\n    receipt\n  after\n";
    assert_eq!(outline, expected);
}

#[test]
fn what_is_instrumented_by_the_attribute_is_named_by_its_function() {
    #[instrument]
    fn price(items: u32) -> u32 {
        items * 250
    }
    assert_eq!(outline(|| assert_eq!(price(2), 500)), "checkout\n  price\n");
}

#[test]
fn without_a_current_entity_spans_are_not_recorded_and_nothing_is_missed() {
    let kit = TestRecorder::with(|builder| builder.context_missing(xray_recorder::ContextMissing::RuntimeError));
    dispatcher::with_default(&subscriber(XRayLayer::builder()), || {
        info_span!("outside").in_scope(|| {
            assert!(current().is_none());
            // One that is there before its entity belongs to none, and what is in it to the one that came since.
            kit.recorder().in_segment("checkout", |_| info_span!("inside").in_scope(|| ()));
        });
    });
    assert_eq!(kit.trace().outline(), "checkout\n  inside\n");
}

#[test]
fn a_span_entered_many_times_is_one_subsegment_from_its_making_until_it_is_left_last() {
    let kit = TestRecorder::new();
    let step = Duration::from_millis(5);
    dispatcher::with_default(&subscriber(XRayLayer::builder()), || {
        kit.recorder().in_segment("checkout", |_| {
            let span = info_span!("charge");
            let other_handle = span.clone();
            for _ in 0..3 {
                kit.clock().advance(step);
                span.in_scope(|| kit.clock().advance(step));
            }
            drop(span);
            kit.clock().advance(step);
            drop(other_handle);
            kit.clock().advance(step);
        });
    });
    let trace = kit.trace();
    assert_eq!(trace.outline(), "checkout\n  charge\n");
    trace.find("charge").lasted(step * 6);
    trace.find("checkout").lasted(step * 8);
}

#[test]
fn a_span_does_not_last_as_long_as_the_one_it_has_left_behind() {
    let kit = TestRecorder::new();
    let subscriber = subscriber(XRayLayer::builder().root_segments(kit.recorder()));
    dispatcher::with_default(&subscriber, || {
        let left_behind = info_span!("request").in_scope(|| {
            let left_behind = info_span!("charge").in_scope(|| {
                kit.clock().advance(Duration::from_millis(5));
                info_span!("audit")
            });
            kit.clock().advance(Duration::from_millis(15));
            left_behind
        });
        kit.clock().advance(Duration::from_secs(60));
        left_behind.in_scope(|| kit.clock().advance(Duration::from_secs(1)));
    });
    kit.assert_all_ended();
    let trace = kit.trace();
    assert_eq!(trace.outline(), "request\n  charge\n    audit\n");
    trace.find("request").lasted(Duration::from_millis(20));
    trace.find("charge").lasted(Duration::from_millis(5));
    trace.find("audit").lasted(Duration::from_millis(61_015));
}

#[test]
fn a_span_that_nobody_has_entered_ends_when_it_is_closed() {
    let kit = TestRecorder::new();
    dispatcher::with_default(&subscriber(XRayLayer::builder()), || {
        kit.recorder().in_segment("checkout", |_| {
            let span = info_span!("held");
            kit.clock().advance(Duration::from_millis(5));
            drop(span);
            kit.clock().advance(Duration::from_millis(5));
        });
    });
    kit.trace().find("held").lasted(Duration::from_millis(5));
}

#[test]
fn a_span_entered_on_several_threads_ends_when_the_last_one_leaves_it() {
    let kit = TestRecorder::new();
    let subscriber = subscriber(XRayLayer::builder());
    dispatcher::with_default(&subscriber, || {
        kit.recorder().in_segment("checkout", |_| {
            let span = info_span!("charge");
            span.in_scope(|| {
                thread::scope(|scope| {
                    scope.spawn(|| dispatcher::with_default(&subscriber, || span.in_scope(|| ())));
                });
                kit.clock().advance(Duration::from_millis(5));
            });
            kit.clock().advance(Duration::from_millis(5));
        });
    });
    kit.trace().find("charge").lasted(Duration::from_millis(5));
}

#[test]
fn spans_left_in_another_order_leave_the_latest_current() {
    let outline = outline(|| {
        let segment = current_id();
        let [first, second] = [info_span!("first"), info_span!("second")];
        let in_first = first.enter();
        let first_id = current_id();
        let in_second = second.enter();
        let second_id = current_id();
        assert!(segment != first_id && first_id != second_id);
        drop(in_first);
        assert_eq!(current_id(), second_id);
        in_subsegment("in second", |_| ());
        let again = second.enter();
        drop(in_second);
        assert_eq!(current_id(), second_id);
        drop(again);
        assert_eq!(current_id(), segment);
    });
    assert_eq!(outline, "checkout\n  first\n  second\n    in second\n");
}

#[test]
fn a_span_entered_again_leaves_the_one_between_current() {
    outline(|| {
        let [first, second] = [info_span!("first"), info_span!("second")];
        let _in_first = first.enter();
        let _in_second = second.enter();
        let between = current_id();
        first.in_scope(|| assert_ne!(current_id(), between));
        assert_eq!(current_id(), between);
    });
}

#[test]
fn spans_of_several_dispatchers_may_be_left_in_another_order() {
    outline(|| {
        let outer = info_span!("outer");
        let in_outer = outer.enter();
        dispatcher::with_default(&subscriber(XRayLayer::builder()), || {
            let inner = info_span!("inner");
            let _in_inner = inner.enter();
            let inner_id = current_id();
            assert_eq!(inner.id(), outer.id());
            drop(in_outer);
            assert_eq!(current_id(), inner_id);
        });
    });
}

#[test]
fn a_span_entered_within_itself_is_current_until_it_is_left_twice() {
    outline(|| {
        let span = info_span!("recursive");
        let segment = current_id();
        span.in_scope(|| {
            let inside = current_id();
            span.in_scope(|| assert_eq!(current_id(), inside));
            assert_eq!(current_id(), inside);
        });
        assert_eq!(current_id(), segment);
    });
}

#[test]
fn an_explicit_parent_wins_over_the_current_entity_and_no_parent_takes_it() {
    let outline = outline(|| {
        let [first, second] = [info_span!("first"), info_span!("second")];
        second.in_scope(|| {
            info_span!(parent: &first, "of first").in_scope(|| info_span!("below").in_scope(|| ()));
            info_span!(parent: None, "of the current one");
        });
    });
    let expected = "checkout\n  first\n    of first\n      below\n  second\n    of the current one\n";
    assert_eq!(outline, expected);
}

#[test]
fn a_span_on_another_thread_has_its_children_there() {
    let kit = TestRecorder::new();
    let subscriber = subscriber(XRayLayer::builder());
    dispatcher::with_default(&subscriber, || {
        kit.recorder().in_segment("checkout", |_| {
            let spans = ["a", "b", "c", "d"].map(|name| (name, info_span!("task", xray.name = name)));
            thread::scope(|scope| {
                for (name, span) in &spans {
                    let subscriber = &subscriber;
                    scope.spawn(move || {
                        dispatcher::with_default(subscriber, || {
                            for _ in 0..100 {
                                span.in_scope(|| in_subsegment(&format!("in {name}"), |_| ()));
                                assert!(current().is_none());
                            }
                        });
                    });
                }
            });
        });
    });
    kit.assert_all_ended();
    let trace = kit.trace();
    assert_eq!(trace.count(), 1 + 4 + 400);
    for name in ["a", "b", "c", "d"] {
        let span = trace.segment("checkout").subsegment(name);
        assert_eq!(span.subsegments(&format!("in {name}")).len(), 100);
    }
}

#[test]
fn several_dispatchers_nest_and_each_restores_what_was_current() {
    let outline = outline(|| {
        let outer = info_span!("outer");
        outer.in_scope(|| {
            let outer_id = current_id();
            dispatcher::with_default(&subscriber(XRayLayer::builder()), || {
                let inner = info_span!("inner");
                let entered = inner.enter();
                // The first span of either registry: their ids are the same.
                assert_eq!(inner.id(), outer.id());
                assert_ne!(current_id(), outer_id);
                dispatcher::with_default(&Dispatch::new(NoSubscriber::default()), || {
                    info_span!("nobody sees this").in_scope(|| in_subsegment("by hand", |_| ()));
                });
                drop(entered);
                assert_eq!(current_id(), outer_id);
            });
        });
    });
    assert_eq!(outline, "checkout\n  outer\n    inner\n      by hand\n");
}

#[test]
fn a_second_layer_of_a_subscriber_records_nothing_twice() {
    let kit = TestRecorder::new();
    let subscriber = registry().with(XRayLayer::builder().build()).with(XRayLayer::builder().build());
    with_default(subscriber, || {
        kit.recorder().in_segment("checkout", |_| {
            info_span!("charge", items = 2).in_scope(|| info_span!("below").in_scope(|| ()));
        });
    });
    kit.assert_all_ended();
    assert_eq!(kit.trace().outline(), "checkout\n  charge\n    below\n");
}

#[test]
fn a_span_closed_by_a_panic_has_a_fault() {
    let kit = TestRecorder::new();
    dispatcher::with_default(&subscriber(XRayLayer::builder()), || {
        kit.recorder().in_segment("checkout", |_| {
            let panicked = catch_unwind(AssertUnwindSafe(|| info_span!("charge").in_scope(|| panic!("card expired"))));
            assert!(panicked.is_err());
            info_span!("after").in_scope(|| ());
        });
    });
    let trace = kit.trace();
    trace.find("charge").has_fault();
    trace.find("after").has_no_fault();
    trace.segment("checkout").has_no_fault();
}

#[test]
fn a_span_may_outlive_its_parent_and_its_segment() {
    let kit = TestRecorder::new();
    dispatcher::with_default(&subscriber(XRayLayer::builder()), || {
        let late = kit.recorder().in_segment("checkout", |_| info_span!("charge").in_scope(|| info_span!("late")));
        kit.clock().advance(Duration::from_millis(5));
        late.in_scope(|| in_subsegment("later still", |_| ()));
    });
    kit.assert_all_ended();
    assert_eq!(kit.trace().outline(), "checkout\n  charge\n    late\n      later still\n");
}

#[test]
fn a_thread_that_ends_within_a_span_harms_nobody() {
    let kit = TestRecorder::new();
    let subscriber = subscriber(XRayLayer::builder());
    dispatcher::with_default(&subscriber, || {
        kit.recorder().in_segment("checkout", |_| {
            let span = info_span!("charge");
            thread::scope(|scope| {
                scope.spawn(|| std::mem::forget(span.clone().entered()));
            });
            assert!(current_id().is_some());
        });
    });
    // The handle that was forgotten keeps it open.
    assert_eq!(kit.recorder().stats().open, 1);
}
