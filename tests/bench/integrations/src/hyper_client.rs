//! A call of a client on tower.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use http::{Request, Response};
use http_body::Body;
use http_body_util::{Empty, Full};
use measure::Run;
use tower::{Layer as _, Service};
use xray_recorder::ext::http_client::SubsegmentLayer;
use xray_recorder::{Recorder, Segment};

use crate::case::{Case, Variant, in_segments};
use crate::recorders::{declining, sampling};

pub(crate) const CASE: Case = Case {
    name: "http-client",
    does: "a call of a client that answers at once",
    variants: &[
        Variant { name: "without", prepare: || call(Answers, None) },
        Variant { name: "unsampled", prepare: || call(traced(), Some(|| segment(declining()))) },
        Variant { name: "sampled", prepare: || call(traced(), Some(|| segment(sampling()))) },
    ],
};

/// A service that is there at once.
#[derive(Clone)]
struct Answers;

impl Service<Request<Empty<&'static [u8]>>> for Answers {
    type Response = Response<Full<&'static [u8]>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Empty<&'static [u8]>>) -> Self::Future {
        ready(Ok(Response::new(Full::new(b"a book"))))
    }
}

fn traced() -> impl Service<Request<Empty<&'static [u8]>>, Response = Response<impl Body>, Error = Infallible> {
    SubsegmentLayer::new().layer(Answers)
}

fn segment<T>(recorder: Recorder<T>) -> Segment {
    recorder.begin_segment("checkout")
}

fn call<S, B>(mut service: S, begin: Option<fn() -> Segment>) -> Run
where
    S: Service<Request<Empty<&'static [u8]>>, Response = Response<B>, Error = Infallible> + 'static,
    B: Body,
{
    Box::new(move |times| {
        in_segments(times, begin, || {
            let request = Request::get("http://stock.example.com/books/7?x=1").body(Empty::new());
            let request = request.expect("its parts are valid");
            let mut context = Context::from_waker(Waker::noop());
            let Poll::Ready(Ok(response)) = pin!(service.call(request)).poll(&mut context) else {
                unreachable!("nothing in it waits")
            };
            let mut body = pin!(response.into_body());
            while let Poll::Ready(Some(Ok(_))) = body.as_mut().poll_frame(&mut context) {}
        });
    })
}
