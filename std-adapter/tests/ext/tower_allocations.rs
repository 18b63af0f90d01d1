//! A request that is not sampled allocates nothing in the layer, unless its header must go on or be answered.

#[path = "../support/counting.rs"]
mod counting;

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use tower::{Layer as _, Service};
use xray_recorder::ext::tower::SegmentLayer;
use xray_recorder::{Decision, Locked, Outbox, Recorder, Sampler, SamplingRequest, Timestamp};

struct Never;

impl Sampler for Never {
    fn decide(&self, _: &SamplingRequest<'_>, _: Timestamp) -> Option<Decision> {
        Some(Decision::of(false))
    }
}

/// A service that allocates nothing itself.
#[derive(Clone)]
struct Answers;

impl Service<Request<()>> for Answers {
    type Response = Response<Full<&'static [u8]>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Ok(Response::new(Full::new(b"a book"))))
    }
}

/// How often the layer allocates for a request with this trace header, once it has served others.
fn allocations(header: Option<&str>) -> u64 {
    let transport = Locked::new(Outbox::<8192>::new());
    let recorder = Recorder::builder().ignore_environment().sampler(Never).transport(transport).build().unwrap();
    let mut service = SegmentLayer::new(recorder).layer(Answers);
    let mut counted = 0;
    for _ in 0..3 {
        let mut request = Request::get("/books/7?x=1").header("host", "shop.example.com").header("user-agent", "UA/1");
        if let Some(header) = header {
            request = request.header("x-amzn-trace-id", header);
        }
        let request = request.body(()).unwrap();
        counted = counting::allocations(|| {
            let mut context = Context::from_waker(Waker::noop());
            let Poll::Ready(Ok(response)) = pin!(service.call(request)).poll(&mut context) else {
                panic!("it is ready")
            };
            let mut body = pin!(response.into_body());
            while let Poll::Ready(Some(Ok(_))) = body.as_mut().poll_frame(&mut context) {}
        });
    }
    assert_eq!(recorder.stats().begun, 0);
    counted
}

#[test]
fn a_request_that_is_not_sampled_and_came_without_a_header_allocates_nothing() {
    assert_eq!(allocations(None), 0);
}

#[test]
fn what_a_header_forces_is_to_keep_it_and_to_answer_it() {
    // The header's own, the value of the response's, and room for that among the response's headers.
    let allocated = allocations(Some("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"));
    assert!(allocated <= 4, "{allocated}");
}
