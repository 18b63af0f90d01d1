//! The client.

use std::fmt;
use std::marker::PhantomData;
use std::task::{Context, Poll};

use http::header::HOST;
use http::uri::Authority;
use http::{Method, Request, Response};
use http_body::Body;
use tower_service::Service;

use super::future::SubsegmentFuture;
use super::layer::Settings;
use crate::ext::http::{Failure, Outgoing, Plain, Running, Told, TracedBody, inject, is_grpc, text};

/// A client whose calls are subsegments. See [`SubsegmentLayer`](super::SubsegmentLayer).
pub struct SubsegmentService<S, M = Plain> {
    inner: S,
    settings: Settings,
    errors: PhantomData<fn() -> M>,
}

impl<S, M> SubsegmentService<S, M> {
    pub(super) fn new(inner: S, settings: Settings) -> Self {
        Self { inner, settings, errors: PhantomData }
    }
}

impl<S, M, B, R> Service<Request<B>> for SubsegmentService<S, M>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Failure<M>,
    R: Body,
{
    type Response = Response<TracedBody<R>>;
    type Error = S::Error;
    type Future = SubsegmentFuture<S::Future, M>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let Self { inner, settings, .. } = self;
        let uri = request.uri();
        // Who hands over a connection names the host in a header alone.
        let named =
            uri.authority().is_none().then(|| text(request.headers(), &HOST)?.parse::<Authority>().ok()).flatten();
        let authority = uri.authority().or(named.as_ref());
        let outgoing = Outgoing {
            method: request.method(),
            host: authority.map(Authority::host),
            path: uri.path(),
            extensions: request.extensions(),
            is_grpc: is_grpc(request.headers()),
        };
        let traced = outgoing.begin(&settings.calls, || match authority {
            Some(authority) => [uri.scheme_str().unwrap_or("http"), "://", authority.as_str(), uri.path()].concat(),
            None => uri.path().to_owned(),
        });
        if let Some(traced) = &traced {
            inject(traced, &settings.calls, request.headers_mut());
        }
        let told = Told { is_head: request.method() == Method::HEAD, annotates: false };
        SubsegmentFuture::new(Running::begin(traced, || inner.call(request)), settings.clone(), told)
    }
}

impl<S: Clone, M> Clone for SubsegmentService<S, M> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), self.settings.clone())
    }
}

impl<S: fmt::Debug, M> fmt::Debug for SubsegmentService<S, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubsegmentService").field("inner", &self.inner).finish_non_exhaustive()
    }
}
