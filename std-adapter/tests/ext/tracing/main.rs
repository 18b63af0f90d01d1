//! The layer for `tracing`.

#[path = "../../support/mod.rs"]
mod support;

mod choice;
mod events;
mod fields;
mod format;
mod futures;
mod spans;

use tracing::{Dispatch, dispatcher};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;
use xray_recorder::ext::tracing::{XRayLayer, XRayLayerBuilder};
use xray_recorder::testing::{RecordedTrace, TestRecorder};

fn subscriber(builder: XRayLayerBuilder) -> Dispatch {
    Dispatch::new(registry().with(builder.build()))
}

/// Runs `work` in a segment, to whose recorder everything has gone.
fn recorded(builder: XRayLayerBuilder, work: impl FnOnce(&TestRecorder)) -> TestRecorder {
    let kit = TestRecorder::new();
    dispatcher::with_default(&subscriber(builder), || kit.recorder().in_segment("checkout", |_| work(&kit)));
    kit.assert_all_ended();
    kit
}

/// The same, and gives the trace.
fn trace(builder: XRayLayerBuilder, work: impl FnOnce(&TestRecorder)) -> RecordedTrace {
    recorded(builder, work).trace()
}

/// The same, and gives the outline of the trace.
fn outline_with(builder: XRayLayerBuilder, work: impl FnOnce(&TestRecorder)) -> String {
    trace(builder, work).outline()
}

/// The same with the defaults.
fn outline(work: impl FnOnce()) -> String {
    outline_with(XRayLayer::builder(), |_| work())
}
