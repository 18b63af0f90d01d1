//! Functions of `lambda_runtime` 1: each invocation runs with the segment that Lambda keeps of it as the current entity.
//! With the feature `lambda`; MSRV 1.87.
//!
//! ```no_run
//! use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
//! use xray_recorder::Recorder;
//! use xray_recorder::ext::lambda::XRayLayer;
//!
//! async fn checkout(event: LambdaEvent<u64>) -> Result<u64, Error> {
//!     Ok(xray_recorder::in_subsegment("price", |_| event.payload * 250))
//! }
//!
//! # async fn run() -> Result<(), Error> {
//! // In `main`. Once per process: it reads the environment that Lambda sets.
//! let recorder = Recorder::new();
//! Runtime::new(service_fn(checkout)).layer(XRayLayer::new(recorder)).run().await
//! # }
//! ```
//!
//! * It goes by the trace header of the invocation, `Context::xray_trace_id`, and not by the variable `_X_AMZN_TRACE_ID`,
//!   so that it is the right one where Lambda sets `AWS_LAMBDA_MAX_CONCURRENCY` and several invocations run at once
//!   (`Runtime::run_concurrent`, with the runtime's feature `concurrency-tokio`).
//! * The function's segment is Lambda's own, and cannot be written to: `put_annotation` and the like are for a subsegment.
//!   A function that has one of its own anyway names it here: [`XRayLayer::subsegment`].
//! * Nothing is flushed, as nothing is kept back: in Lambda each subsegment is sent when it ends, and those of a handler end
//!   before its answer is sent. A task that the handler leaves behind has the invocation's trace as well
//!   (`in_current_context`), but may be frozen.
//! * An error of the handler does not come by here: the runtime has made an answer of it before. It is for the handler to
//!   record ([`capture`](macro@crate::capture), [`add_exception`](crate::add_exception)).
//! * Without a header, or with one that does not say to record, nothing is; what it says goes on to the services called.
//!
//! Add it after (that is, around) other layers whose spans or calls are to be in the trace.

mod invocation;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use lambda_runtime::tower::Layer;
use lambda_runtime::{LambdaInvocation, Service};

pub use self::invocation::Invocation;
use crate::{Recorder, TraceFuture, UdpTransport};

/// A layer for `Runtime::layer`. See [`lambda`](self).
pub struct XRayLayer<T: 'static = UdpTransport> {
    recorder: Recorder<T>,
    subsegment: Option<Arc<str>>,
    annotates_cold_start: bool,
}

impl<T> XRayLayer<T> {
    /// Runs each invocation under the segment that Lambda keeps of it.
    #[must_use]
    pub fn new(recorder: Recorder<T>) -> Self {
        Self { recorder, subsegment: None, annotates_cold_start: false }
    }

    /// Runs each invocation in a subsegment of this name, which the handler finds current, for its annotations. It takes as
    /// long as the answer takes to be sent; a handler's own begins and ends with it.
    #[must_use]
    pub fn subsegment(self, name: impl Into<String>) -> Self {
        Self { subsegment: Some(Arc::from(name.into())), ..self }
    }

    /// Says of each invocation whether it is the first of its process, in an annotation `cold_start` of its
    /// [`subsegment`](Self::subsegment), called `invocation` where that has no name. Off by default: of a cold start
    /// Lambda itself records an `Init` in the function's segment, and an annotation has its price.
    #[must_use]
    pub fn annotate_cold_start(self) -> Self {
        let subsegment = self.subsegment.unwrap_or_else(|| Arc::from("invocation"));
        Self { subsegment: Some(subsegment), annotates_cold_start: true, ..self }
    }
}

impl<T> Clone for XRayLayer<T> {
    fn clone(&self) -> Self {
        Self { subsegment: self.subsegment.clone(), ..*self }
    }
}

impl<T> fmt::Debug for XRayLayer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { recorder, subsegment, annotates_cold_start } = self;
        f.debug_struct("XRayLayer")
            .field("recorder", recorder)
            .field("subsegment", subsegment)
            .field("annotates_cold_start", annotates_cold_start)
            .finish()
    }
}

impl<S, T> Layer<S> for XRayLayer<T> {
    type Service = XRayService<S, T>;

    fn layer(&self, inner: S) -> Self::Service {
        XRayService { inner, layer: self.clone(), has_served: Arc::default() }
    }
}

/// What [`XRayLayer`] makes of a service. Clones are of one process: the first invocation of all of them is the cold one.
pub struct XRayService<S, T: 'static = UdpTransport> {
    inner: S,
    layer: XRayLayer<T>,
    has_served: Arc<AtomicBool>,
}

impl<S: Clone, T> Clone for XRayService<S, T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), layer: self.layer.clone(), has_served: Arc::clone(&self.has_served) }
    }
}

impl<S: fmt::Debug, T> fmt::Debug for XRayService<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("XRayService").field("inner", &self.inner).field("layer", &self.layer).finish_non_exhaustive()
    }
}

impl<S, T> Service<LambdaInvocation> for XRayService<S, T>
where
    S: Service<LambdaInvocation, Response = ()>,
{
    type Response = ();
    type Error = S::Error;
    type Future = Invocation<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Invocation<S::Future> {
        let header = invocation.context.xray_trace_id.as_deref().unwrap_or_default();
        let segment = self.layer.recorder.facade(header);
        let is_first = !self.has_served.swap(true, Ordering::Relaxed);
        let Some(name) = &self.layer.subsegment else {
            let work = segment.run(|| self.inner.call(invocation));
            return Invocation::under(work.in_context(&segment));
        };
        let mut subsegment = segment.begin_subsegment(name);
        if self.layer.annotates_cold_start {
            subsegment.put_annotation("cold_start", is_first);
        }
        let work = subsegment.handle().run(|| self.inner.call(invocation));
        Invocation::within(work.in_subsegment(subsegment))
    }
}
