//! A call of another service, before it is made.

use std::borrow::Cow;

use http::{Extensions, HeaderMap, Method};

use super::calls::Calls;
use super::headers::{TRACEPARENT, X_AMZN_TRACE_ID, trace_value, traceparent_value};
use super::ignore::Call;
use super::traced::Traced;
use crate::{Namespace, OutgoingRequest, begin_subsegment};

/// A request that is about to be sent.
pub(in crate::ext) struct Outgoing<'r> {
    pub(in crate::ext) method: &'r Method,
    /// The host without its port, where the request names it.
    pub(in crate::ext) host: Option<&'r str>,
    pub(in crate::ext) path: &'r str,
    pub(in crate::ext) extensions: &'r Extensions,
    pub(in crate::ext) is_grpc: bool,
}

impl Outgoing<'_> {
    /// Begins the subsegment, unless a rule says that there is to be none.
    #[track_caller]
    pub(in crate::ext) fn begin(&self, calls: &Calls, url: impl FnOnce() -> String) -> Option<Traced> {
        let &Self { method, path, extensions, .. } = self;
        let call = Call { method, host: self.host.unwrap_or_default(), path, extensions };
        if calls.ignored.iter().any(|rule| rule.goes_for(&call)) {
            return None;
        }
        let name = calls.name.as_deref().map_or_else(|| self.name(), Cow::Borrowed);
        let mut subsegment = match calls.recorder {
            Some(recorder) => recorder.begin_subsegment(&name),
            None => begin_subsegment(&name),
        };
        if subsegment.is_recorded() {
            let url = url();
            subsegment.set_namespace(Namespace::Remote).set_http_request(&OutgoingRequest {
                method: Some(method.as_str()),
                url: Some(&url),
                ..OutgoingRequest::default()
            });
        }
        Some(Traced::subsegment(subsegment))
    }

    fn name(&self) -> Cow<'_, str> {
        match self.host.map(|host| host.trim_matches(['[', ']'])).filter(|host| !host.is_empty()) {
            Some(host) if host.bytes().any(|byte| byte.is_ascii_uppercase()) => Cow::Owned(host.to_ascii_lowercase()),
            Some(host) => Cow::Borrowed(host),
            None => Cow::Borrowed(self.grpc_service().unwrap_or("UNKNOWN HOST")),
        }
    }

    /// Of `/grpc.health.v1.Health/Check` the middle.
    fn grpc_service(&self) -> Option<&str> {
        let (service, _) = self.path.strip_prefix('/').filter(|_| self.is_grpc)?.split_once('/')?;
        Some(service).filter(|service| !service.is_empty())
    }
}

/// Tells the service that is called of the trace, in place of what the request may say of one already.
pub(in crate::ext) fn inject(traced: &Traced, calls: &Calls, headers: &mut HeaderMap) {
    let outgoing = traced.trace_header();
    if let Some(value) = trace_value(&outgoing.header()) {
        headers.insert(X_AMZN_TRACE_ID, value);
    }
    if calls.traceparent || outgoing.is_w3c() {
        if let Some(value) = outgoing.traceparent().and_then(|parent| traceparent_value(&parent)) {
            headers.insert(TRACEPARENT, value);
        }
    }
}

impl Calls {
    /// A response has come: only then was the service there to record.
    pub(in crate::ext) fn responded(&self, traced: &mut Traced) {
        if self.is_traced {
            traced.set_traced();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_named_by_its_host_and_else_by_its_grpc_service() {
        let extensions = Extensions::new();
        for (host, path, is_grpc, name) in [
            (Some("API.example.com"), "/", false, "api.example.com"),
            (Some("[::1]"), "/", false, "::1"),
            (Some("10.0.0.7"), "/stock.Stock/Get", true, "10.0.0.7"),
            (None, "/stock.Stock/Get", true, "stock.Stock"),
            (None, "/stock.Stock/Get", false, "UNKNOWN HOST"),
            (None, "//Get", true, "UNKNOWN HOST"),
            (Some(""), "/", false, "UNKNOWN HOST"),
        ] {
            let method = &Method::GET;
            let outgoing = Outgoing { method, host, path, extensions: &extensions, is_grpc };
            assert_eq!(outgoing.name(), name);
        }
    }
}
