//! What a request says of itself.

use std::borrow::Cow;

use http::header::{HOST, HeaderName, USER_AGENT};
use http::{Extensions, Request, Uri};

use super::address::{first_forwarded, host_of};
use super::layer::Settings;
use crate::ext::http::{TRACEPARENT, Traced, X_AMZN_TRACE_ID, text};
use crate::{IncomingRequest, OutgoingRequest, Sampled, SamplingRequest, TraceHeader, redact_url};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// A request that is about to be served.
pub(super) struct Incoming<'r, B> {
    request: &'r Request<B>,
    /// As it was asked for.
    uri: &'r Uri,
    header: TraceHeader<'r>,
    is_w3c: bool,
}

impl<'r, B> Incoming<'r, B> {
    pub(super) fn of(request: &'r Request<B>, settings: &Settings) -> Self {
        let [x_amzn_trace_id, traceparent] = [X_AMZN_TRACE_ID, TRACEPARENT].map(|name| request.headers().get(name));
        let header = TraceHeader::of_request(x_amzn_trace_id, traceparent);
        let asked = settings.uri.and_then(|uri| uri(request.extensions()));
        Self { request, uri: asked.unwrap_or(request.uri()), header, is_w3c: traceparent.is_some() }
    }

    /// Whether the caller asked whether the request is recorded.
    pub(super) fn wants_decision(&self) -> bool {
        self.header.sampled() == Some(Sampled::Requested)
    }

    /// Begins the segment, in Lambda a subsegment, and says whether it has its route.
    pub(super) fn begin(&self, settings: &Settings) -> (Traced, bool) {
        let recorder = settings.recorder;
        let host = self.host();
        let name = recorder.segment_name(host);
        if recorder.is_in_lambda() {
            let mut subsegment = match self.header.root() {
                // Of the invocation, where it is the adapter that calls.
                Some(_) => recorder.segment(&name).parsed_header(self.header).begin_subsegment(),
                None => recorder.begin_subsegment(&name),
            };
            if !subsegment.is_recorded() {
                return (Traced::subsegment(subsegment), false);
            }
            let facts = self.facts(settings, host);
            subsegment.set_http_request(&facts.outgoing());
            let mut traced = Traced::subsegment(subsegment);
            let is_routed = self.annotate(&mut traced, &facts, settings);
            return (traced, is_routed);
        }
        let (method, path) = (self.request.method().as_str(), path_of(self.uri));
        let request = SamplingRequest { host, method: Some(method), path: Some(path), ..SamplingRequest::default() };
        let builder = recorder.segment(&name).request(&request);
        let mut segment = builder.parsed_header(self.header).w3c(self.is_w3c).begin();
        if !segment.is_recorded() {
            return (Traced::segment(segment), false);
        }
        let facts = self.facts(settings, host);
        segment.set_http_request(&facts.incoming());
        let mut traced = Traced::segment(segment);
        let is_routed = self.annotate(&mut traced, &facts, settings);
        (traced, is_routed)
    }

    /// The host that was asked for, with its port where that was named.
    fn host(&self) -> Option<&'r str> {
        // HTTP/2 has it in the URI, HTTP/1 in a header.
        let named = text(self.request.headers(), &HOST).and_then(host_of);
        named.or_else(|| host_of(self.uri.authority()?.as_str()))
    }

    fn facts(&self, settings: &Settings, host: Option<&'r str>) -> Facts<'r> {
        let headers = self.request.headers();
        let forwarded = text(headers, &X_FORWARDED_FOR).and_then(first_forwarded);
        let connected = || settings.client_ip?(self.request.extensions()).map(|address| address.to_string());
        let scheme = self.uri.scheme_str().or_else(|| {
            let said = text(headers, &X_FORWARDED_PROTO)?.split(',').next()?.trim();
            ["https", "http"].into_iter().find(|scheme| said.eq_ignore_ascii_case(scheme))
        });
        Facts {
            method: self.request.method().as_str(),
            url: url_of(scheme.unwrap_or("http"), host, self.uri),
            user_agent: text(headers, &USER_AGENT),
            client_ip: forwarded.map(Cow::Borrowed).or_else(|| connected().map(Cow::Owned)),
            x_forwarded_for: forwarded.is_some(),
        }
    }

    fn annotate(&self, traced: &mut Traced, facts: &Facts<'_>, settings: &Settings) -> bool {
        if settings.annotates {
            facts.annotate(traced);
        }
        let route = |extensions: &'r Extensions| settings.route?(extensions);
        let route = route(self.request.extensions());
        route.into_iter().for_each(|route| traced.put_annotation("route", route));
        route.is_some()
    }
}

/// The URL as the document is to have it; of a request that names no host its path.
fn url_of(scheme: &str, host: Option<&str>, uri: &Uri) -> String {
    match host {
        Some(host) => [scheme, "://", host, path_of(uri)].concat(),
        None => path_of(uri).to_owned(),
    }
}

/// The path; of `OPTIONS *`, which is about all of them, the root.
fn path_of(uri: &Uri) -> &str {
    match uri.path() {
        "*" => "/",
        path => path,
    }
}

/// What the `http` block has of a request.
struct Facts<'r> {
    method: &'r str,
    url: String,
    user_agent: Option<&'r str>,
    client_ip: Option<Cow<'r, str>>,
    x_forwarded_for: bool,
}

impl Facts<'_> {
    fn incoming(&self) -> IncomingRequest<'_> {
        IncomingRequest {
            method: Some(self.method),
            url: Some(&self.url),
            user_agent: self.user_agent,
            client_ip: self.client_ip.as_deref(),
            x_forwarded_for: self.x_forwarded_for,
            verbatim: false,
        }
    }

    fn outgoing(&self) -> OutgoingRequest<'_> {
        OutgoingRequest {
            method: Some(self.method),
            url: Some(&self.url),
            user_agent: self.user_agent,
            client_ip: self.client_ip.as_deref(),
            verbatim: false,
        }
    }

    fn annotate(&self, traced: &mut Traced) {
        traced.put_annotation("url", redact_url(&self.url).to_string().as_str());
        traced.put_annotation("method", self.method);
        if let Some(user_agent) = self.user_agent {
            traced.put_annotation("user_agent", user_agent);
        }
        if let Some(client_ip) = self.client_ip.as_deref() {
            traced.put_annotation("client_ip", client_ip);
        }
        if self.x_forwarded_for {
            traced.put_annotation("x_forwarded_for", true);
        }
    }
}
