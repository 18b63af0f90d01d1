//! The future of a request.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Extensions, Response};
use http_body::Body;
use pin_project_lite::pin_project;

use crate::ext::http::{Exchange, Failure, Running, Told, Traced, TracedBody, X_AMZN_TRACE_ID, trace_value};
use crate::{Sampled, TraceHeader};

pin_project! {
    /// What a service gives for a request, in the segment of that. See [`SegmentLayer`](super::SegmentLayer).
    #[must_use = "futures do nothing unless polled"]
    pub struct SegmentFuture<F, M> {
        #[pin]
        running: Running<F>,
        answer: Answer,
        errors: PhantomData<fn() -> M>,
    }
}

/// What the response is to tell, and to be asked for.
#[derive(Clone, Copy)]
pub(super) struct Answer {
    /// Whether the caller asked whether the request is recorded.
    pub(super) wants_decision: bool,
    /// Where the route is found, if it was not found in the request.
    pub(super) route: Option<fn(&Extensions) -> Option<&str>>,
    pub(super) told: Told,
}

impl Answer {
    fn apply<R: Body>(self, mut traced: Traced, mut response: Response<R>) -> Response<TracedBody<R>> {
        let outgoing = traced.trace_header();
        let decision = if traced.is_sampled() { Sampled::Yes } else { Sampled::No };
        let header = TraceHeader::new(outgoing.header().root(), None, self.wants_decision.then_some(decision));
        if let Some(value) = trace_value(&header) {
            response.headers_mut().insert(X_AMZN_TRACE_ID, value);
        }
        if let Some(route) = self.route.and_then(|route| route(response.extensions())) {
            traced.put_annotation("route", route);
        }
        let exchange = Exchange::begin(traced, &response, self.told);
        response.map(|body| TracedBody::new(body, exchange))
    }
}

impl<F, M> SegmentFuture<F, M> {
    pub(super) fn new(running: Running<F>, answer: Answer) -> Self {
        Self { running, answer, errors: PhantomData }
    }
}

impl<F, M, R, E> Future for SegmentFuture<F, M>
where
    F: Future<Output = Result<Response<R>, E>>,
    E: Failure<M>,
    R: Body,
{
    type Output = Result<Response<TracedBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let result = ready!(this.running.as_mut().poll_inner(context));
        Poll::Ready(match (result, this.running.end()) {
            (Ok(response), Some(traced)) => Ok(this.answer.apply(traced, response)),
            (Ok(response), None) => Ok(response.map(|body| TracedBody::new(body, None))),
            (Err(error), traced) => {
                traced.into_iter().for_each(|mut traced| traced.add_failure(&error));
                Err(error)
            }
        })
    }
}

impl<F, M> fmt::Debug for SegmentFuture<F, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentFuture").finish_non_exhaustive()
    }
}
