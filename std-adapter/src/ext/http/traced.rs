//! What a request is recorded in.

use std::any::Any;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

#[cfg(any(feature = "tower", feature = "http-client"))]
use super::failure::Failure;
#[cfg(feature = "tower")]
use crate::Segment;
use crate::{AnnotationValue, Attached, HttpResponse, OutgoingHeader, Subsegment};

/// The entity of one request. It ends when it is dropped.
///
/// It has no reference to itself at hand to make it the current one with: that would be most of what the futures and bodies of
/// services weigh, which are copied more often than they are polled.
pub(in crate::ext) struct Traced {
    entity: Kind,
}

enum Kind {
    #[cfg(feature = "tower")]
    Segment(Segment),
    Subsegment(Subsegment),
}

/// Does the same with either kind.
macro_rules! either {
    ($traced:expr, $entity:ident => $work:expr) => {
        match $traced {
            #[cfg(feature = "tower")]
            Kind::Segment($entity) => $work,
            Kind::Subsegment($entity) => $work,
        }
    };
}

impl Traced {
    #[cfg(feature = "tower")]
    pub(in crate::ext) fn segment(segment: Segment) -> Self {
        Self { entity: Kind::Segment(segment) }
    }

    pub(in crate::ext) fn subsegment(subsegment: Subsegment) -> Self {
        Self { entity: Kind::Subsegment(subsegment) }
    }

    pub(super) fn attach(&self) -> Attached {
        either!(&self.entity, entity => entity.attach())
    }

    pub(in crate::ext) fn is_recorded(&self) -> bool {
        either!(&self.entity, entity => entity.is_recorded())
    }

    #[cfg(feature = "tower")]
    pub(in crate::ext) fn is_sampled(&self) -> bool {
        either!(&self.entity, entity => entity.is_sampled())
    }

    pub(in crate::ext) fn trace_header(&self) -> OutgoingHeader {
        either!(&self.entity, entity => entity.trace_header())
    }

    pub(in crate::ext) fn put_annotation<'v>(&mut self, key: &'v str, value: impl Into<AnnotationValue<'v>>) {
        either!(&mut self.entity, entity => drop(entity.put_annotation(key, value)));
    }

    pub(in crate::ext) fn set_response(&mut self, response: &HttpResponse) {
        either!(&mut self.entity, entity => drop(entity.set_http_response(response)));
    }

    #[cfg(any(feature = "tower", feature = "http-client"))]
    pub(in crate::ext) fn set_error(&mut self) {
        either!(&mut self.entity, entity => drop(entity.set_error()));
    }

    #[cfg(any(feature = "tower", feature = "http-client"))]
    pub(in crate::ext) fn set_throttle(&mut self) {
        either!(&mut self.entity, entity => drop(entity.set_throttle()));
    }

    #[cfg(any(feature = "tower", feature = "http-client"))]
    pub(in crate::ext) fn set_fault(&mut self) {
        either!(&mut self.entity, entity => drop(entity.set_fault()));
    }

    /// Says that the service called is traced, too; of a subsegment.
    #[cfg(any(feature = "http-client", feature = "reqwest"))]
    pub(in crate::ext) fn set_traced(&mut self) {
        match &mut self.entity {
            #[cfg(feature = "tower")]
            Kind::Segment(_) => {}
            Kind::Subsegment(subsegment) => drop(subsegment.set_traced()),
        }
    }

    #[cfg(feature = "reqwest")]
    pub(in crate::ext) fn put_metadata(&mut self, key: &str, value: &str) {
        either!(&mut self.entity, entity => drop(entity.put_metadata(key, value)));
    }

    /// Records an error of the service.
    #[cfg(any(feature = "tower", feature = "http-client"))]
    pub(in crate::ext) fn add_failure<M>(&mut self, failure: &impl Failure<M>) {
        either!(&mut self.entity, entity => failure.add_to(entity));
    }

    /// Records an error, and what caused it. The URLs in what they say lose query, user and password.
    pub(in crate::ext) fn add_error(&mut self, error: &(impl Error + ?Sized)) {
        either!(&mut self.entity, entity => drop(entity.add_redacted_exception(error, &[])));
    }

    /// Runs `work` with this as the current entity; a panic is recorded, and given to the caller to go on with. Where there
    /// is nothing to record it goes on by itself.
    pub(in crate::ext) fn catch<R>(&mut self, work: impl FnOnce() -> R) -> thread::Result<R> {
        let attached = self.attach();
        if !self.is_recorded() {
            return Ok(work());
        }
        // What a panic leaves half done is the service's own, and the panic goes on to whoever owns that.
        let result = catch_unwind(AssertUnwindSafe(work));
        drop(attached);
        if let Err(payload) = &result {
            self.add_panic(&**payload);
        }
        result
    }

    fn add_panic(&mut self, payload: &(dyn Any + Send)) {
        either!(&mut self.entity, entity => entity.add_panic(payload));
    }

    /// Runs `work`, which drops what a service has made: with this as the current entity, if what it may say is kept.
    pub(super) fn clear(&self, work: impl FnOnce()) {
        let _attached = self.is_recorded().then(|| self.attach());
        work();
    }

    /// Ends what was given up half way, after `work`, which drops it.
    pub(super) fn cancel(mut self, work: impl FnOnce()) {
        self.clear(work);
        if self.is_recorded() && !thread::panicking() {
            self.put_annotation("cancelled", true);
        }
    }
}
