//! The hooks of a client's calls.

use std::sync::Arc;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextMut, BeforeSerializationInterceptorContextRef,
    BeforeTransmitInterceptorContextMut, BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, OverriddenHooks};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::region::Region;
use xray_recorder_core::kind;

use super::call::{Call, Open, Parent, Told};
use super::whitelist::{Allowed, Whitelist};
use super::{failure, wire};
use crate::{EntityHandle, HttpResponse, Namespace};

/// Records each call of a client of the AWS SDK for Rust as a subsegment. See [`aws_sdk`](super).
///
/// It is cheap to clone, and one serves any number of clients.
#[derive(Clone, Debug, Default)]
#[must_use = "it does nothing until a client has it"]
pub struct SubsegmentInterceptor {
    parent: Option<EntityHandle>,
    /// The built-in one, if none.
    whitelist: Option<Arc<Whitelist>>,
}

impl SubsegmentInterceptor {
    /// Subsegments of the current entity, with the parameters of the default [`Whitelist`].
    pub const fn new() -> Self {
        Self { parent: None, whitelist: None }
    }

    /// Subsegments of this entity, whichever is current: for one call, whose future is polled where none is.
    ///
    #[cfg_attr(not(doctest), doc = include_str!("one_call.md"))]
    ///
    /// Where the client has an interceptor too, the call is one subsegment all the same, of this entity.
    pub fn below<K: kind::Kind>(self, parent: &EntityHandle<K>) -> Self {
        Self { parent: Some(parent.as_entity()), ..self }
    }

    /// Records the parameters of this list in place of the default one.
    pub fn whitelist(self, whitelist: Whitelist) -> Self {
        Self { whitelist: Some(Arc::new(whitelist)), ..self }
    }

    /// Begins a subsegment for the call that the bag is of.
    fn begin(&self, components: &RuntimeComponents, cfg: &mut ConfigBag) -> Call {
        let given = cfg.get_mut_from_interceptor_state::<Parent>().map(|parent| parent.0.clone());
        let Some(metadata) = cfg.load::<Metadata>() else { return Call::unseen() };
        let (service, operation) = (metadata.service(), metadata.name());
        if is_own(service, operation) {
            return Call::unseen();
        }
        let parent = given.or_else(crate::current);
        let mut subsegment = match parent {
            Some(parent) if !parent.is_recorded() => parent.begin_subsegment(service),
            // What is presigned calls nothing.
            _ if may_presign(service) && is_presigning(components) => return Call::unseen(),
            Some(parent) => parent.begin_subsegment(service),
            None => crate::begin_subsegment(service),
        };
        let told = subsegment.is_recorded().then(|| {
            subsegment.set_namespace(Namespace::Aws);
            let at_most = cfg.load::<TimeoutConfig>().and_then(TimeoutConfig::operation_timeout);
            Told::new(metadata, cfg.load::<Region>(), self.whitelist.clone(), at_most)
        });
        Call::begun(subsegment, told)
    }
}

impl Intercept for SubsegmentInterceptor {
    fn name(&self) -> &'static str {
        "SubsegmentInterceptor"
    }

    /// For each hook that is said to be there, the SDK looks through all layers of the bag whether the interceptor is
    /// disabled: as expensive as all that is done here for a call that is not sampled.
    fn overridden_hooks(&self) -> OverriddenHooks {
        let hooks = OverriddenHooks::MODIFY_BEFORE_SERIALIZATION
            | OverriddenHooks::READ_AFTER_SERIALIZATION
            | OverriddenHooks::MODIFY_BEFORE_TRANSMIT
            | OverriddenHooks::READ_AFTER_EXECUTION;
        if self.parent.is_some() { hooks | OverriddenHooks::READ_BEFORE_EXECUTION } else { hooks }
    }

    fn read_before_execution(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Of all interceptors, before the first of them begins the call.
        if let Some(parent) = &self.parent {
            cfg.interceptor_state().store_put(Parent(parent.clone()));
        }
        Ok(())
    }

    /// The first hook that is told which call it is.
    fn modify_before_serialization(
        &self,
        _context: &mut BeforeSerializationInterceptorContextMut<'_>,
        components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if is_new(cfg) {
            let call = self.begin(components, cfg);
            cfg.interceptor_state().store_put(call);
        }
        Ok(())
    }

    fn read_after_serialization(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(told) = open(cfg).and_then(|open| open.told.as_deref_mut()) else { return Ok(()) };
        if !std::mem::replace(&mut told.is_serialized, true) {
            if told.allowed().is_some_and(Allowed::wants_endpoint) {
                told.path = Some(wire::path_length(context.request()));
            }
            told.keep(|allowed, put| wire::request_parameters(allowed, context.request(), put));
        }
        Ok(())
    }

    /// After signing, which no header of this name is part of.
    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(open) = open(cfg) else { return Ok(()) };
        if let Some(told) = &mut open.told {
            // Once is enough: what the attempts after the first one are sent to is the same.
            if let Some(path) = told.path.take() {
                told.keep(|allowed, put| wire::endpoint_parameters(allowed, context.request(), path, put));
            }
        }
        let header = open.subsegment.trace_header();
        if !header.is_empty() && !wire::is_presigned(context.request()) {
            wire::put_trace_header(context.request_mut(), &header);
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if is_new(cfg) {
            // Another interceptor has failed before any call began.
            let call = self.begin(components, cfg);
            cfg.interceptor_state().store_put(call);
        }
        let taken = cfg.get_mut_from_interceptor_state::<Call>().and_then(|call| call.open.take());
        let Some(mut open) = taken else { return Ok(()) };
        let Some(mut told) = open.told.take() else { return Ok(()) };
        let subsegment = &mut open.subsegment;
        told.retries = cfg.load::<RequestAttempts>().map(|attempts| attempts.attempts().saturating_sub(1));
        let answer = context.response();
        let ids = answer.map(wire::ids).unwrap_or_default();
        if let Some(answer) = answer {
            let (status, content_length) = (Some(answer.status().as_u16()), wire::content_length(answer));
            subsegment.set_http_response(&HttpResponse { status, content_length });
        }
        match (context.output_or_error(), answer) {
            (Some(Err(error)), _) => {
                if answer.is_some() && failure::is_throttling(context.inner(), components) {
                    subsegment.set_throttle();
                }
                failure::record(subsegment, error, answer, told.is_serialized);
            }
            (Some(Ok(_)), Some(answer)) => {
                told.keep(|allowed, put| wire::response_parameters(allowed, answer, put));
            }
            _ => {}
        }
        told.write(subsegment, ids);
        Ok(())
    }
}

/// Whether no call was begun yet. What is not in the bag is not looked for in all its layers.
fn is_new(cfg: &mut ConfigBag) -> bool {
    cfg.get_mut_from_interceptor_state::<Call>().is_none()
}

/// The call, if it is one that a subsegment was begun for.
fn open(cfg: &mut ConfigBag) -> Option<&mut Open> {
    cfg.get_mut_from_interceptor_state::<Call>()?.open.as_mut()
}

/// The calls that sampling and sending are made of.
fn is_own(service: &str, operation: &str) -> bool {
    service == "XRay" && matches!(operation, "GetSamplingRules" | "GetSamplingTargets" | "PutTraceSegments")
}

/// The services whose clients sign URLs for somebody else. To look at all who take part in a call is not cheap.
fn may_presign(service: &str) -> bool {
    matches!(service, "S3" | "Polly")
}

/// Whether a URL is to be signed for somebody else. Such a call is told from others by who takes part in it.
fn is_presigning(components: &RuntimeComponents) -> bool {
    components.interceptors().any(|interceptor| interceptor.name() == "SigV4PresigningInterceptor")
}

#[cfg(test)]
mod tests {
    use super::is_own;

    #[test]
    fn only_the_calls_that_sampling_and_sending_are_made_of_are_our_own() {
        for operation in ["GetSamplingRules", "GetSamplingTargets", "PutTraceSegments"] {
            assert!(is_own("XRay", operation) && !is_own("DynamoDB", operation), "{operation}");
        }
        assert!(!is_own("XRay", "GetTraceSummaries"));
    }
}
