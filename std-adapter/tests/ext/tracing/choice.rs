//! Which spans of `tracing` are recorded: by filters, by what is above them, by the sampling of their trace.

use std::sync::{Arc, Mutex};
use std::thread;

use tracing::subscriber::with_default;
use tracing::{Dispatch, Level, Subscriber, debug_span, dispatcher, info_span};
use tracing_core::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry;
use xray_recorder::ext::tracing::XRayLayer;
use xray_recorder::testing::TestRecorder;
use xray_recorder::{TraceFuture, current, detach};

use super::{outline, outline_with, subscriber};

const HEADER: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
const UNSAMPLED: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0";

/// Wants everything, as the layer `fmt` does.
struct Everything;

impl<S: Subscriber> Layer<S> for Everything {}

#[test]
fn beside_a_layer_that_wants_everything_a_span_that_is_left_out_is_seen_through() {
    let kit = TestRecorder::new();
    let subscriber = Dispatch::new(registry().with(XRayLayer::builder().build()).with(Everything));
    dispatcher::with_default(&subscriber, || {
        kit.recorder().in_segment("checkout", |_| {
            info_span!("charge").in_scope(|| {
                let quiet = debug_span!("quiet");
                thread::scope(|scope| {
                    scope.spawn(|| {
                        dispatcher::with_default(&subscriber, || {
                            quiet.in_scope(|| info_span!("task").in_scope(|| ()));
                        });
                    });
                });
            });
        });
    });
    assert_eq!(kit.trace().outline(), "checkout\n  charge\n    task\n");
}

#[test]
fn what_this_layer_leaves_out_other_layers_still_see() {
    #[derive(Clone, Default)]
    struct Seen(Arc<Mutex<Vec<&'static str>>>);
    impl<S: Subscriber> Layer<S> for Seen {
        fn on_new_span(&self, attributes: &tracing::span::Attributes<'_>, _: &tracing::Id, _: Context<'_, S>) {
            self.0.lock().unwrap().push(attributes.metadata().name());
        }
    }
    let seen = Seen::default();
    let subscriber = registry().with(XRayLayer::builder().build()).with(seen.clone());
    with_default(subscriber, || {
        debug_span!("quiet").in_scope(|| ());
        info_span!(target: "h2", "frame").in_scope(|| ());
    });
    assert_eq!(*seen.0.lock().unwrap(), ["quiet", "frame"]);
}

#[test]
fn levels_and_targets_say_which_spans_there_are() {
    let spans = || {
        for span in [
            info_span!("by default"),
            debug_span!("debug"),
            info_span!(target: "tower_http::trace", "request"),
            info_span!(target: "tower::buffer", "buffer"),
            info_span!(target: "aws_smithy_runtime::client", "try_attempt"),
            debug_span!(target: "shop::db", "db debug"),
            debug_span!(target: "shop::db::pool", "pool debug"),
            info_span!(target: "shopping", "shopping"),
        ] {
            span.in_scope(|| ());
        }
    };
    assert_eq!(outline(spans), "checkout\n  by default\n  request\n  shopping\n");
    let builder = || XRayLayer::builder().level(LevelFilter::OFF);
    let with = |builder| outline_with(builder, |_| spans());
    assert_eq!(with(builder().target("shop", Level::DEBUG)), "checkout\n  db debug\n  pool debug\n");
    let longest =
        builder().target("shop::db", Level::DEBUG).target("shop::db::pool", Level::INFO).target("shop", Level::ERROR);
    assert_eq!(with(longest), "checkout\n  db debug\n");
    assert_eq!(with(builder().target("shop*", Level::INFO)), "checkout\n  shopping\n");
    assert_eq!(with(builder().target("tower", Level::INFO)), "checkout\n  buffer\n");
    assert_eq!(with(builder().target("aws_smithy*", Level::INFO)), "checkout\n  try_attempt\n");
}

#[test]
fn a_filter_of_ones_own_goes_on_top() {
    let kit = TestRecorder::new();
    let own = tracing_subscriber::filter::filter_fn(|metadata| metadata.name() != "left out");
    with_default(registry().with(XRayLayer::builder().build().with_filter(own)), || {
        kit.recorder().in_segment("checkout", |_| {
            info_span!("left out").in_scope(|| info_span!("kept").in_scope(|| ()));
        });
    });
    assert_eq!(kit.trace().outline(), "checkout\n  kept\n");
}

#[test]
fn a_root_span_is_a_segment_where_that_is_wanted() {
    let kit = TestRecorder::new();
    dispatcher::with_default(&subscriber(XRayLayer::builder().root_segments(kit.recorder())), || {
        info_span!("job", xray.trace_header = HEADER, xray.name = "nightly job").in_scope(|| {
            info_span!("step").in_scope(|| info_span!(parent: None, "message", number = 7).in_scope(|| ()));
        });
        kit.recorder().in_segment("checkout", |_| info_span!("charge").in_scope(|| ()));
    });
    kit.assert_all_ended();
    let traces = kit.traces();
    assert_eq!(traces.iter().filter(|trace| trace.outline() == "checkout\n  charge\n").count(), 1);
    let job = traces.iter().find(|trace| trace.id() == "1-5759e988-bd862e3fe1be46a994272793").unwrap();
    job.segment("nightly job").is_segment().has("/parent_id", "53995c3f42cd8ad8").subsegment("step");
    assert_eq!(job.count(), 2);
    let message = traces.iter().find(|trace| trace.outline() == "message\n").unwrap();
    message.segment("message").has_metadata("number", &7);
}

#[test]
fn only_the_root_spans_that_are_asked_for_are_segments() {
    let kit = TestRecorder::new();
    let builder = XRayLayer::builder().root_segments_of(kit.recorder(), |span| span.name() == "job");
    dispatcher::with_default(&subscriber(builder), || {
        info_span!("program").in_scope(|| {
            info_span!("job").in_scope(|| info_span!("step").in_scope(|| ()));
            info_span!("other").in_scope(|| ());
        });
    });
    assert_eq!(kit.trace().outline(), "job\n  step\n");
}

#[test]
fn a_trace_that_is_not_sampled_is_not_looked_at_and_its_decision_goes_on() {
    struct Forbidden;
    impl std::fmt::Debug for Forbidden {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("it is not to be looked at")
        }
    }
    let kit = TestRecorder::new();
    let subscriber = subscriber(XRayLayer::builder().text_as_metadata().root_segments(kit.recorder()));
    dispatcher::with_default(&subscriber, || {
        let header = || xray_recorder::trace_header().to_string();
        kit.recorder().segment("checkout").header(UNSAMPLED).in_segment(|_| {
            let incoming = header();
            let outer = info_span!("outer", value = ?Forbidden);
            let inner = outer.in_scope(|| info_span!("inner", value = ?Forbidden, late = tracing::field::Empty));
            inner.record("late", tracing::field::debug(&Forbidden));
            thread::scope(|scope| {
                scope.spawn(|| {
                    dispatcher::with_default(&subscriber, || {
                        inner.in_scope(|| {
                            assert_eq!(header(), incoming);
                            tracing::error!(value = ?Forbidden, "not to be looked at");
                            info_span!("below").in_scope(|| assert_eq!(header(), incoming));
                        });
                    });
                });
            });
            outer.in_scope(|| assert_eq!(header(), incoming));
        });
    });
    kit.assert_nothing_sent();
    assert_eq!(kit.recorder().stats().begun, 0);
}

#[test]
fn below_a_subsegment_that_is_not_sampled_no_span_is() {
    let outline = outline_with(XRayLayer::builder(), |_| {
        info_span!("sampled").in_scope(|| {
            xray_recorder::begin_subsegment_without_sampling().run(|_| {
                info_span!("not sampled")
                    .in_scope(|| info_span!("below").in_scope(|| assert!(!xray_recorder::is_sampled())));
            });
            info_span!("again").in_scope(|| ());
        });
    });
    assert_eq!(outline, "checkout\n  sampled\n    again\n");
}

#[test]
fn where_no_entity_is_to_be_current_spans_do_not_bring_one_back() {
    let outline = outline(|| {
        info_span!("charge").in_scope(|| {
            let detached = detach();
            info_span!("apart").in_scope(|| {
                assert!(current().is_none());
                info_span!("below").in_scope(|| assert!(current().is_none()));
            });
            drop(detached);
            info_span!("again").in_scope(|| ());
        });
    });
    assert_eq!(outline, "checkout\n  charge\n    again\n");
}

#[test]
fn a_future_without_a_current_entity_has_none_in_its_spans() {
    let outline = outline(|| {
        let task = async { info_span!("apart").in_scope(|| current().is_none()) }.detached();
        let mut task = std::pin::pin!(task);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert_eq!(task.as_mut().poll(&mut context), std::task::Poll::Ready(true));
    });
    assert_eq!(outline, "checkout\n");
}
