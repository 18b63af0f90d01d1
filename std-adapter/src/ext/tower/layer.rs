//! The layer, and what it can be told.

use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;

use http::{Extensions, Uri};
use tower_layer::Layer;

use super::service::SegmentService;
use super::urls::UrlsAsAnnotation;
use crate::ext::http::Plain;
use crate::{AnyTransport, Recorder};

/// Begins a segment for each request that the service below it serves. See [`tower`](super).
///
/// The parameter says how the service's errors are read; the compiler finds it. Where the type is written down, as that of a
/// field, it is `SegmentLayer<Boxed>` for a service whose errors are `Box<dyn Error + Send + Sync>`.
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
    pub(super) uri: Option<fn(&Extensions) -> Option<&Uri>>,
    pub(super) annotates: bool,
}

impl<M> SegmentLayer<M> {
    /// A layer that records with this recorder.
    #[must_use]
    pub fn new<T>(recorder: Recorder<T>) -> Self {
        let annotates = UrlsAsAnnotation::default().applies(recorder.is_in_lambda());
        let settings = Settings { recorder: recorder.erased(), client_ip: None, route: None, uri: None, annotates };
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

    /// Where the URI as it was asked for is found among the extensions of a request, if it is not that of the request any more:
    /// below `nest` axum takes the prefix off, and keeps `OriginalUri`. The URL that is recorded is of this one, and so is the
    /// path by which the sampler decides.
    ///
    /// ```
    /// use axum::Router;
    /// use axum::extract::OriginalUri;
    /// use axum::routing::get;
    /// # use xray_recorder::{Locked, Outbox, Recorder};
    /// use xray_recorder::ext::tower::SegmentLayer;
    ///
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// let layer = SegmentLayer::new(recorder).uri(|extensions| Some(&extensions.get::<OriginalUri>()?.0));
    /// let carts = Router::new().route("/{id}", get(|| async { "a book" })).layer(layer);
    /// let service: Router = Router::new().nest("/carts", carts);
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    #[must_use]
    pub fn uri(self, uri: fn(&Extensions) -> Option<&Uri>) -> Self {
        Self { settings: Settings { uri: Some(uri), ..self.settings }, ..self }
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
