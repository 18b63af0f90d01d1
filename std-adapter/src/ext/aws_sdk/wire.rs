//! Parameters where the protocols have them: in URLs, headers and bodies in memory.

use std::borrow::Cow;

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::Headers;

use super::call::Ids;
use super::json::members;
use super::parameter::{Parameter, Place, Side, Take, has_parameters_in_body};
use super::url::{Target, decoded};
use super::value::Value;
use super::whitelist::Allowed;
use crate::OutgoingHeader;

/// How many bytes of a body are looked at. What stands behind them is not found.
pub const MAX_BODY: usize = 16 * 1024;

/// How many bytes a parameter may have. A longer one is left out.
pub const MAX_VALUE: usize = 1024;

/// Tells of each parameter of a request that is allowed, but for those that the endpoint says.
pub(super) fn request_parameters(
    allowed: Allowed<'_>,
    request: &HttpRequest,
    put: &mut dyn FnMut(&Parameter, Value<'_>),
) {
    let target = || Target::of(request.uri());
    let mut in_body = 0;
    for parameter in allowed.parameters(Side::Request) {
        let found = match &parameter.place {
            Some(Place::Header(name)) => request.headers().get(name).map(Cow::Borrowed),
            Some(Place::Query(name)) => target().query(name),
            Some(Place::Segment(number)) => target().segment(*number),
            Some(Place::Path) => target().whole_path(),
            Some(Place::Body) => {
                in_body += 1;
                None
            }
            Some(Place::Bucket | Place::Status) | None => None,
        };
        put_text(parameter, found, put);
    }
    if in_body == 0 || !has_parameters_in_body(allowed.service, allowed.operation) {
        return;
    }
    let Some(body) = request.body().bytes() else { return };
    match Format::of(request.headers()) {
        Some(Format::Json) => json_parameters(allowed, Side::Request, body, in_body, put),
        Some(Format::Form) => form_parameters(allowed, body, put),
        None => {}
    }
}

/// The bucket and what else the endpoint says, when it is known; `path` is the length of the path before.
pub(super) fn endpoint_parameters(
    allowed: Allowed<'_>,
    request: &HttpRequest,
    path: usize,
    put: &mut dyn FnMut(&Parameter, Value<'_>),
) {
    for parameter in allowed.parameters(Side::Request).filter(|parameter| parameter.place == Some(Place::Bucket)) {
        put_text(parameter, Target::of(request.uri()).bucket(path), put);
    }
}

/// Tells of each parameter of a response that is allowed.
pub(super) fn response_parameters(
    allowed: Allowed<'_>,
    response: &HttpResponse,
    put: &mut dyn FnMut(&Parameter, Value<'_>),
) {
    let mut in_body = 0;
    for parameter in allowed.parameters(Side::Response) {
        match &parameter.place {
            Some(Place::Header(name)) => {
                put_text(parameter, response.headers().get(name).map(Cow::Borrowed), put);
            }
            Some(Place::Status) => put(parameter, Value::Number(response.status().as_u16().into())),
            Some(Place::Body) => in_body += 1,
            Some(Place::Query(_) | Place::Segment(_) | Place::Path | Place::Bucket) | None => {}
        }
    }
    if in_body == 0 || !has_parameters_in_body(allowed.service, allowed.operation) {
        return;
    }
    if let (Some(body), Some(Format::Json)) = (response.body().bytes(), Format::of(response.headers())) {
        json_parameters(allowed, Side::Response, body, in_body, put);
    }
}

/// The ids that a service answers with.
pub(super) fn ids(response: &HttpResponse) -> Ids<'_> {
    let headers = response.headers();
    let request_id = headers.get("x-amzn-requestid");
    if request_id.is_some() {
        return Ids { request_id, id_2: None };
    }
    // S3's kin say both so; what is looked for in vain is no cheaper than what is found.
    let request_id = headers.get("x-amz-request-id").or_else(|| headers.get("x-amzn-request-id"));
    Ids { request_id, id_2: headers.get("x-amz-id-2") }
}

/// The length of the answer's body, as far as it is known.
pub(super) fn content_length(response: &HttpResponse) -> Option<u64> {
    let in_memory = response.body().bytes().map(|body| body.len() as u64);
    let said = || response.headers().get("content-length").and_then(|length| length.parse().ok());
    // Of an answer to HEAD the length is that of a body that does not come.
    in_memory.filter(|length| *length > 0).or_else(said).or(in_memory)
}

/// Puts the header, in place of one that is there.
pub(super) fn put_trace_header(request: &mut HttpRequest, outgoing: &OutgoingHeader) {
    let mut buffer = [0; 128];
    let value = match outgoing.header().encode(&mut buffer) {
        Ok(short) => short.to_owned(),
        Err(_) => outgoing.to_string(),
    };
    // A header of such letters is never refused, and if it were, the call is worth more.
    let _ = request.headers_mut().try_insert("x-amzn-trace-id", value);
}

/// The length of the path of a request whose endpoint is not yet known.
pub(super) fn path_length(request: &HttpRequest) -> usize {
    Target::of(request.uri()).path.len()
}

/// Whether a URL is signed for somebody else.
pub(super) fn is_presigned(request: &HttpRequest) -> bool {
    request.uri().split_once('?').is_some_and(|(_, query)| query.contains("X-Amz-Signature="))
}

/// The first bytes of a body.
pub(super) fn beginning(body: &[u8]) -> &[u8] {
    &body[..body.len().min(MAX_BODY)]
}

fn put_text(parameter: &Parameter, text: Option<Cow<'_, str>>, put: &mut dyn FnMut(&Parameter, Value<'_>)) {
    if let (Some(text), Take::Value) = (text, parameter.take) {
        put_value(parameter, Value::Text(text), put);
    }
}

fn put_value(parameter: &Parameter, value: Value<'_>, put: &mut dyn FnMut(&Parameter, Value<'_>)) {
    if value.size() <= MAX_VALUE {
        put(parameter, value);
    }
}

fn json_parameters(
    allowed: Allowed<'_>,
    side: Side,
    body: &[u8],
    mut wanted: usize,
    put: &mut dyn FnMut(&Parameter, Value<'_>),
) {
    let in_body = |parameter: &&Parameter| parameter.place == Some(Place::Body);
    let mut members = members(beginning(body));
    while let Some((key, json)) = members.next_bytes() {
        let named = |parameter: &&Parameter| parameter.name.as_bytes() == key && in_body(parameter);
        for parameter in allowed.parameters(side).filter(named) {
            if let Some(value) = str::from_utf8(json).ok().and_then(|json| Value::of_json(json, parameter.take)) {
                put_value(parameter, value, put);
            }
            wanted = wanted.saturating_sub(1);
        }
        if wanted == 0 {
            return;
        }
    }
}

fn form_parameters(allowed: Allowed<'_>, body: &[u8], put: &mut dyn FnMut(&Parameter, Value<'_>)) {
    // Of what is broken off the last pair may not be whole.
    let whole =
        if body.len() > MAX_BODY { beginning(body).rsplitn(2, |byte| *byte == b'&').nth(1) } else { Some(body) };
    let Some(form) = whole.and_then(|form| str::from_utf8(form).ok()) else { return };
    for (key, text) in form.split('&').filter_map(|pair| pair.split_once('=')) {
        let named = |parameter: &&Parameter| parameter.place == Some(Place::Body) && parameter.name == key;
        for parameter in allowed.parameters(Side::Request).filter(named) {
            put_text(parameter, Some(decoded(text, true)), put);
        }
    }
}

/// A body that is understood.
enum Format {
    Json,
    Form,
}

impl Format {
    fn of(headers: &Headers) -> Option<Self> {
        let kind = headers.get("content-type")?;
        if kind.starts_with("application/x-amz-json-1.") || kind.starts_with("application/json") {
            Some(Self::Json)
        } else {
            kind.starts_with("application/x-www-form-urlencoded").then_some(Self::Form)
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;
    use crate::ext::aws_sdk::Whitelist;

    fn request(url: &str, headers: &[(&'static str, &'static str)], body: SdkBody) -> HttpRequest {
        let mut request = HttpRequest::new(body);
        request.set_uri(url).unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, *value);
        }
        request
    }

    fn read(list: &Whitelist, service: &str, operation: &str, request: &HttpRequest) -> Vec<(String, String)> {
        let mut read = Vec::new();
        let mut put = |parameter: &Parameter, value: Value<'_>| {
            read.push((parameter.key.clone(), serde_json::to_string(&value).unwrap()));
        };
        request_parameters(list.of(service, operation).unwrap(), request, &mut put);
        read
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    const JSON: (&str, &str) = ("content-type", "application/x-amz-json-1.0");

    #[test]
    fn of_a_json_body_the_members_on_the_list_are_read_and_no_others() {
        let body = r#"{"Key":{"TableName":{"S":"secret"}},"TableName":"carts","ConsistentRead":true,"Extra":1}"#;
        let request = request("/", &[JSON], SdkBody::from(body));
        let found = read(&Whitelist::default(), "DynamoDB", "GetItem", &request);
        assert_eq!(found, pairs(&[("table_name", "\"carts\""), ("consistent_read", "true")]));
    }

    #[test]
    fn of_a_form_the_pairs_on_the_list_are_read() {
        let body = "Action=Publish&Message=secret&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A1%3Aa+b";
        let form = ("content-type", "application/x-www-form-urlencoded");
        let found = read(&Whitelist::default(), "SNS", "Publish", &request("/", &[form], SdkBody::from(body)));
        assert_eq!(found, pairs(&[("topic_arn", "\"arn:aws:sns:eu-west-1:1:a b\"")]));
    }

    #[test]
    fn of_rest_services_path_query_and_headers_are_read_and_the_body_never() {
        let list = {
            let mut list = Whitelist::default();
            list.allow("S3", "PutObject", Parameter::request("Body"));
            list
        };
        let json = ("content-type", "application/json");
        let put = request("/a%20b/c.json?x-id=PutObject", &[json], SdkBody::from(r#"{"Body":"secret"}"#));
        assert_eq!(read(&list, "S3", "PutObject", &put), pairs(&[("key", "\"a b/c.json\"")]));
        let get = request("/k?versionId=v%2F1&x-id=GetObject", &[], SdkBody::empty());
        assert_eq!(read(&list, "S3", "GetObject", &get), pairs(&[("key", "\"k\""), ("version_id", "\"v/1\"")]));
        let headers = [("x-amz-invocation-type", "Event"), json];
        let invoke = request("/2015-03-31/functions/f%3A1/invocations?Qualifier=live", &headers, SdkBody::from("{}"));
        let expected = [("function_name", "\"f:1\""), ("invocation_type", "\"Event\""), ("qualifier", "\"live\"")];
        assert_eq!(read(&list, "Lambda", "Invoke", &invoke), pairs(&expected));
    }

    #[test]
    fn a_body_is_looked_at_so_far_and_a_long_value_is_left_out() {
        let list = Whitelist::default();
        let long = format!(r#"{{"ProjectionExpression":"{}","TableName":"carts"}}"#, "x".repeat(MAX_VALUE + 1));
        let found = read(&list, "DynamoDB", "GetItem", &request("/", &[JSON], SdkBody::from(long)));
        assert_eq!(found, pairs(&[("table_name", "\"carts\"")]));
        for (before, is_found) in [(MAX_BODY - 40, true), (MAX_BODY, false)] {
            let far = format!(r#"{{"Item":"{}","TableName":"carts"}}"#, "x".repeat(before));
            let found = read(&list, "DynamoDB", "PutItem", &request("/", &[JSON], SdkBody::from(far)));
            assert_eq!(found.len(), usize::from(is_found), "{before}");
        }
        let form = ("content-type", "application/x-www-form-urlencoded");
        let broken_off = format!("Message={}&TopicArn={}", "x".repeat(MAX_BODY - 40), "y".repeat(100));
        let found = read(&list, "SNS", "Publish", &request("/", &[form], SdkBody::from(broken_off)));
        assert_eq!(found, []);
    }

    #[test]
    fn a_body_of_another_kind_is_not_read() {
        for kind in ["application/cbor", "text/plain", "application/octet-stream"] {
            let body = SdkBody::from(r#"{"TableName":"carts"}"#);
            let found =
                read(&Whitelist::default(), "DynamoDB", "GetItem", &request("/", &[("content-type", kind)], body));
            assert_eq!(found, [], "{kind}");
        }
    }
}
