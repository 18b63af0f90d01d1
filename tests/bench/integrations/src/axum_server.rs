//! A request to a server of axum's.

use std::error::Error;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::Router;
use axum::body::Body;
use axum::extract::MatchedPath;
use axum::routing::get;
use http::{Extensions, Request, Response};
use http_body::Body as _;
use http_body_util::BodyExt;
use http_body_util::combinators::MapErr;
use measure::Run;
use tower::Service;
use tower::util::MapResponseLayer;
use xray_recorder::ext::tower::SegmentLayer;

use crate::case::{Case, Variant};
use crate::recorders::{declining, sampling};

pub(crate) const CASE: Case = Case {
    name: "axum",
    does: "a request to a route of axum's, from its head to the end of the response's body",
    variants: &[
        Variant { name: "without", prepare: || serve(router(), None) },
        Variant { name: "an empty layer", prepare: || serve(router().layer(empty_layer()), None) },
        Variant { name: "unsampled", prepare: || serve(router().layer(layer(declining())), None) },
        Variant { name: "unsampled by header", prepare: || serve(router().layer(layer(sampling())), Some(UNSAMPLED)) },
        Variant { name: "sampled", prepare: || serve(router().layer(layer(sampling())), None) },
    ],
};

const UNSAMPLED: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0";

fn router() -> Router {
    Router::new().route("/books/{id}", get(async || "a book"))
}

/// What any layer costs that holds something and wraps bodies.
fn empty_layer() -> MapResponseLayer<impl FnOnce(Response<Body>) -> Response<BoxedError> + Clone> {
    let something = std::hint::black_box(7_u64);
    MapResponseLayer::new(move |response: Response<Body>| {
        std::hint::black_box(something);
        response.map(|body| body.map_err(Into::into as fn(_) -> _))
    })
}

type BoxedError = MapErr<Body, fn(axum::Error) -> Box<dyn Error + Send + Sync>>;

fn layer<T>(recorder: xray_recorder::Recorder<T>) -> SegmentLayer {
    SegmentLayer::new(recorder).route(route)
}

fn route(extensions: &Extensions) -> Option<&str> {
    extensions.get::<MatchedPath>().map(MatchedPath::as_str)
}

fn serve(mut router: Router, header: Option<&'static str>) -> Run {
    Box::new(move |times| {
        for _ in 0..times {
            let mut request = Request::get("/books/7?x=1")
                .header("host", "shop.example.com")
                .header("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36");
            if let Some(header) = header {
                request = request.header("x-amzn-trace-id", header);
            }
            let request = request.body(Body::empty()).expect("its parts are valid");
            let mut context = Context::from_waker(Waker::noop());
            let Poll::Ready(Ok(response)) = pin!(router.call(request)).poll(&mut context) else {
                unreachable!("nothing in it waits")
            };
            let mut body = pin!(response.into_body());
            while let Poll::Ready(Some(Ok(_))) = body.as_mut().poll_frame(&mut context) {}
        }
    })
}
