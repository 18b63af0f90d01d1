//! The future of a call.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use super::layer::Settings;
use crate::ext::http::{Exchange, Failure, Running, Told, TracedBody};

pin_project! {
    /// What a client gives for a call, in the subsegment of that. See [`SubsegmentLayer`](super::SubsegmentLayer).
    #[must_use = "futures do nothing unless polled"]
    pub struct SubsegmentFuture<F, M> {
        #[pin]
        running: Running<F>,
        settings: Settings,
        told: Told,
        errors: PhantomData<fn() -> M>,
    }
}

impl<F, M> SubsegmentFuture<F, M> {
    pub(super) fn new(running: Running<F>, settings: Settings, told: Told) -> Self {
        Self { running, settings, told, errors: PhantomData }
    }
}

impl<F, M, R, E> Future for SubsegmentFuture<F, M>
where
    F: Future<Output = Result<Response<R>, E>>,
    E: Failure<M>,
    R: Body,
{
    type Output = Result<Response<TracedBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let result = ready!(this.running.as_mut().poll_inner(context));
        let mut traced = this.running.end();
        if let (Err(error), Some(traced)) = (&result, &mut traced) {
            traced.add_failure(error);
        }
        Poll::Ready(result.map(|response| {
            let exchange = traced.and_then(|mut traced| {
                this.settings.calls.responded(&mut traced);
                Exchange::begin(traced, &response, *this.told)
            });
            let exchange = exchange.filter(|exchange| this.settings.until_body_ends || exchange.awaits_status());
            response.map(|body| TracedBody::new(body, exchange))
        }))
    }
}

impl<F, M> fmt::Debug for SubsegmentFuture<F, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubsegmentFuture").finish_non_exhaustive()
    }
}
