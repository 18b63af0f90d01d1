//! The layer, and what it can be told.

use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;

use http::Extensions;
use tower_layer::Layer;

use super::service::SegmentService;
use super::urls::UrlsAsAnnotation;
use crate::ext::http::Plain;
use crate::{AnyTransport, Recorder};

/// Begins a segment for each request that the service below it serves. See [`tower`](super).
///
/// The parameter says how the service's errors are read; the compiler finds it.
pub struct SegmentLayer<M = Plain> {
    settings: Settings,
    errors: PhantomData<fn() -> M>,
}

/// What a layer was told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) recorder: Recorder<AnyTransport>,
    pub(super) client_ip: Option<fn(&Extensions) -> Option<IpAddr>>,
    pub(super) route: Option<fn(&Extensions) -> Option<&str>>,
    pub(super) annotates: bool,
}

impl<M> SegmentLayer<M> {
    /// A layer that records with this recorder.
    #[must_use]
    pub fn new<T>(recorder: Recorder<T>) -> Self {
        let annotates = UrlsAsAnnotation::default().applies(recorder.is_in_lambda());
        let settings = Settings { recorder: recorder.erased(), client_ip: None, route: None, annotates };
        Self { settings, errors: PhantomData }
    }

    /// Where the client's address is found among the extensions of a request, when no `X-Forwarded-For` tells it: it depends
    /// on the server.
    #[must_use]
    pub fn client_ip(self, client_ip: fn(&Extensions) -> Option<IpAddr>) -> Self {
        Self { settings: Settings { client_ip: Some(client_ip), ..self.settings }, ..self }
    }

    /// Where the template of the route is found, `/carts/{id}`, among the extensions of the request or else of the response:
    /// it goes into the annotation `route`, by which X-Ray finds all requests of a route.
    #[must_use]
    pub fn route(self, route: fn(&Extensions) -> Option<&str>) -> Self {
        Self { settings: Settings { route: Some(route), ..self.settings }, ..self }
    }

    /// Whether requests and responses are annotations, too: in Lambda, unless this says otherwise.
    #[must_use]
    pub fn urls_as_annotation(self, urls: UrlsAsAnnotation) -> Self {
        let annotates = urls.applies(self.settings.recorder.is_in_lambda());
        Self { settings: Settings { annotates, ..self.settings }, ..self }
    }
}

impl<S, M> Layer<S> for SegmentLayer<M> {
    type Service = SegmentService<S, M>;

    fn layer(&self, inner: S) -> Self::Service {
        SegmentService::new(inner, self.settings)
    }
}

impl<M> Clone for SegmentLayer<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for SegmentLayer<M> {}

impl<M> fmt::Debug for SegmentLayer<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentLayer").field("settings", &self.settings).finish()
    }
}
