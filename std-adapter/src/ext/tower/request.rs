//! What a request says of itself.

use std::borrow::Cow;

use http::header::{HOST, HeaderName, USER_AGENT};
use http::{Extensions, Request, Uri};

use super::layer::Settings;
use crate::ext::http::{TRACEPARENT, Traced, X_AMZN_TRACE_ID, text};
use crate::{IncomingRequest, OutgoingRequest, Sampled, SamplingRequest, TraceHeader, redact_url};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// A request that is about to be served.
pub(super) struct Incoming<'r, B> {
    request: &'r Request<B>,
    header: TraceHeader<'r>,
    is_w3c: bool,
}

impl<'r, B> Incoming<'r, B> {
    pub(super) fn of(request: &'r Request<B>) -> Self {
        let [x_amzn_trace_id, traceparent] = [X_AMZN_TRACE_ID, TRACEPARENT].map(|name| request.headers().get(name));
        let header = TraceHeader::of_request(x_amzn_trace_id, traceparent);
        Self { request, header, is_w3c: traceparent.is_some() }
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
            let mut subsegment = recorder.begin_subsegment(&name);
            if !subsegment.is_recorded() {
                return (Traced::subsegment(subsegment), false);
            }
            let facts = self.facts(settings, host);
            subsegment.set_http_request(&facts.outgoing());
            let mut traced = Traced::subsegment(subsegment);
            let is_routed = self.annotate(&mut traced, &facts, settings);
            return (traced, is_routed);
        }
        let (method, path) = (self.request.method().as_str(), self.request.uri().path());
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
        let host = text(self.request.headers(), &HOST).or_else(|| Some(self.request.uri().authority()?.as_str()))?;
        // It may become the segment's name, where a user and a password have no place.
        Some(host.rsplit_once('@').map_or(host, |(_, host)| host))
    }

    fn facts(&self, settings: &Settings, host: Option<&'r str>) -> Facts<'r> {
        let headers = self.request.headers();
        let forwarded = text(headers, &X_FORWARDED_FOR).and_then(|list| list.split(',').next()).map(str::trim);
        let forwarded = forwarded.filter(|address| !address.is_empty());
        let connected = || settings.client_ip?(self.request.extensions()).map(|address| address.to_string());
        let scheme = self.request.uri().scheme_str().or_else(|| {
            let said = text(headers, &X_FORWARDED_PROTO)?.split(',').next()?.trim();
            ["https", "http"].into_iter().find(|scheme| said.eq_ignore_ascii_case(scheme))
        });
        Facts {
            method: self.request.method().as_str(),
            url: url_of(scheme.unwrap_or("http"), host, self.request.uri()),
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
    match host.filter(|host| !host.is_empty()) {
        Some(host) => [scheme, "://", host, uri.path()].concat(),
        None => uri.path().to_owned(),
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
