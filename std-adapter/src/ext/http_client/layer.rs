//! The layer, and what it can be told.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use tower_layer::Layer;

use super::service::SubsegmentService;
use crate::ext::http::{Calls, Plain};

/// Begins a subsegment for each call that the client below it makes. See [`http_client`](super).
///
/// The parameter says how the client's errors are read; the compiler finds it. Where the type is written down, as that of a
/// field, it is `SubsegmentLayer<Boxed>` for a client whose errors are `Box<dyn Error + Send + Sync>`.
pub struct SubsegmentLayer<M = Plain> {
    settings: Settings,
    errors: PhantomData<fn() -> M>,
}

/// What a layer was told.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) calls: Arc<Calls>,
    pub(super) until_body_ends: bool,
}

impl<M> SubsegmentLayer<M> {
    /// A layer with the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Calls::new())
    }

    /// A layer that records calls as told.
    #[must_use]
    pub fn with(calls: Calls) -> Self {
        let settings = Settings { calls: Arc::new(calls), until_body_ends: false };
        Self { settings, errors: PhantomData }
    }

    /// Ends subsegments with the body of the response instead of its head. A body that is not read to its end leaves the
    /// annotation `cancelled`.
    #[must_use]
    pub fn until_body_ends(self) -> Self {
        Self { settings: Settings { until_body_ends: true, ..self.settings }, ..self }
    }
}

impl<M> Default for SubsegmentLayer<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S, M> Layer<S> for SubsegmentLayer<M> {
    type Service = SubsegmentService<S, M>;

    fn layer(&self, inner: S) -> Self::Service {
        SubsegmentService::new(inner, self.settings.clone())
    }
}

impl<M> Clone for SubsegmentLayer<M> {
    fn clone(&self) -> Self {
        Self { settings: self.settings.clone(), errors: PhantomData }
    }
}

impl<M> fmt::Debug for SubsegmentLayer<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubsegmentLayer").field("settings", &self.settings).finish()
    }
}
