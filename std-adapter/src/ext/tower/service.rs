//! The service.

use std::fmt;
use std::marker::PhantomData;
use std::task::{Context, Poll};

use http::{Method, Request, Response};
use http_body::Body;
use tower_service::Service;

use super::future::{Answer, SegmentFuture};
use super::layer::Settings;
use super::request::Incoming;
use crate::ext::http::{Failure, Plain, Running, Told, TracedBody};

/// A service whose requests are segments. See [`SegmentLayer`](super::SegmentLayer).
pub struct SegmentService<S, M = Plain> {
    inner: S,
    settings: Settings,
    errors: PhantomData<fn() -> M>,
}

impl<S, M> SegmentService<S, M> {
    pub(super) fn new(inner: S, settings: Settings) -> Self {
        Self { inner, settings, errors: PhantomData }
    }
}

impl<S, M, B, R> Service<Request<B>> for SegmentService<S, M>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Failure<M>,
    R: Body,
{
    type Response = Response<TracedBody<R>>;
    type Error = S::Error;
    type Future = SegmentFuture<S::Future, M>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Self { inner, settings, .. } = self;
        let incoming = Incoming::of(&request, settings);
        let (traced, is_routed) = incoming.begin(settings);
        let answer = Answer {
            wants_decision: incoming.wants_decision(),
            route: settings.route.filter(|_| traced.is_recorded() && !is_routed),
            told: Told { is_head: request.method() == Method::HEAD, annotates: settings.annotates },
        };
        SegmentFuture::new(Running::begin(Some(traced), || inner.call(request)), answer)
    }
}

impl<S: Clone, M> Clone for SegmentService<S, M> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), self.settings)
    }
}

impl<S: fmt::Debug, M> fmt::Debug for SegmentService<S, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentService").field("inner", &self.inner).finish_non_exhaustive()
    }
}
