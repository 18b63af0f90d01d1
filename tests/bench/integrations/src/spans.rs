//! Spans of `tracing`.

use measure::Run;
use tracing::{Dispatch, dispatcher, info_span};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;
use xray_recorder::Segment;
use xray_recorder::ext::tracing::XRayLayer;

use crate::case::{Case, Variant, in_segments};
use crate::recorders::{declining, sampling};

pub(crate) const CASE: Case = Case {
    name: "tracing",
    does: "a span with two fields, beside a registry without a layer",
    variants: &[
        Variant { name: "without", prepare: || spans(Dispatch::new(registry()), None) },
        Variant { name: "unsampled", prepare: || spans(traced(), Some(|| declining().begin_segment("checkout"))) },
        Variant { name: "sampled", prepare: || spans(traced(), Some(|| sampling().begin_segment("checkout"))) },
    ],
};

fn traced() -> Dispatch {
    Dispatch::new(registry().with(XRayLayer::builder().annotate(["tenant"]).build()))
}

fn spans(dispatch: Dispatch, begin: Option<fn() -> Segment>) -> Run {
    Box::new(move |times| {
        dispatcher::with_default(&dispatch, || {
            in_segments(times, begin, || {
                info_span!("charge", tenant = "acme", items = 2).in_scope(|| std::hint::black_box(()));
            });
        });
    })
}
