//! Calls that fail: what is said of it.

use std::borrow::Cow;
use std::error::Error as _;
use std::fmt;

use aws_smithy_runtime_api::client::interceptors::context::{Error, InterceptorContext};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry as _, RetryAction, RetryReason};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::retry::ErrorKind;

use super::json::{members, unescaped};
use super::wire::beginning;
use crate::{Exception, Subsegment};

const NOT_MODIFIED: u16 = 304;

/// Records why a call failed, after its status was.
pub(super) fn record(
    subsegment: &mut Subsegment,
    error: &OrchestratorError<Error>,
    response: Option<&HttpResponse>,
    is_serialized: bool,
) {
    match error.as_operation_error() {
        Some(error) => record_service_error(subsegment, error, response),
        None => {
            let name = if error.is_timeout_error() {
                "TimeoutError"
            } else if error.is_connector_error() || is_serialized && response.is_none() {
                "DispatchFailure"
            } else if response.is_some() {
                "ResponseError"
            } else {
                "ConstructionFailure"
            };
            let failure = Failure { name, error };
            if error.is_timeout_error() || error.is_connector_error() || response.is_some() {
                subsegment.add_redacted_exception::<dyn std::error::Error>(&failure, &[]);
            } else {
                // What was given is quoted in these: values of headers, endpoints with their passwords.
                let message = match refused_field(error) {
                    Some(field) => format!("{}: the field {field}", failure.what()),
                    None => failure.what().to_owned(),
                };
                subsegment.add_exception_details(&Exception { kind: name, message: &message, ..Exception::default() });
            }
        }
    }
}

/// The field of a request that was not there or could not be written, by its name.
fn refused_field(error: &OrchestratorError<Error>) -> Option<String> {
    let mut next = error.source();
    while let Some(error) = next {
        let text = error.to_string();
        let invalid = text.strip_prefix("invalid field in input: ").and_then(|rest| rest.split_once(" (details:"));
        let field = invalid.or_else(|| text.split_once(" was missing:")).map(|(field, _)| field);
        let is_name = |field: &&str| field.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if let Some(field) = field.filter(is_name) {
            return Some(field.to_owned());
        }
        next = error.source();
    }
    None
}

/// Records that the time for the whole call was up.
pub(super) fn record_timeout(subsegment: &mut Subsegment) {
    let message = "the time for all attempts was up";
    subsegment.add_exception_details(&Exception { kind: "TimeoutError", message, ..Exception::default() });
}

/// Whether the client takes an error for one of throttling.
pub(super) fn is_throttling(context: &InterceptorContext, components: &RuntimeComponents) -> bool {
    components.retry_classifiers().any(|classifier| {
        matches!(
            classifier.classify_retry(context),
            RetryAction::RetryIndicated(RetryReason::RetryableError { kind: ErrorKind::ThrottlingError, .. })
        )
    })
}

/// An error that is none of the service's, by the name that `SdkError` has for it: what its `Debug` begins with is the
/// exception's type.
struct Failure<'a> {
    name: &'static str,
    error: &'a OrchestratorError<Error>,
}

impl Failure<'_> {
    fn what(&self) -> &'static str {
        match self.name {
            "TimeoutError" => "request has timed out",
            "DispatchFailure" => "dispatch failure",
            "ResponseError" => "response error",
            _ => "failed to construct request",
        }
    }
}

impl fmt::Debug for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for Failure<'_> {
    /// What failed and, if anything says so, why in the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what())?;
        let mut last = self.error.source();
        while let Some(next) = last.and_then(std::error::Error::source) {
            last = Some(next);
        }
        last.map_or(Ok(()), |last| write!(f, ": {last}"))
    }
}

impl std::error::Error for Failure<'_> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

fn record_service_error(subsegment: &mut Subsegment, error: &Error, response: Option<&HttpResponse>) {
    if response.is_some_and(|response| response.status().as_u16() == NOT_MODIFIED) {
        // What was asked for on condition that it has changed: no answer is the answer.
        return;
    }
    let shown = error.to_string();
    let said = response.map(Said::of).unwrap_or_default();
    let code = said.code.as_deref().or_else(|| code_of_text(&shown));
    let exception = match code {
        // The client takes an answer that it cannot read for an error of the service. What says why may quote it.
        None if response.is_some_and(|response| response.status().is_success()) => {
            Exception { kind: "ResponseError", message: "the answer cannot be read", ..Exception::default() }
        }
        code => Exception {
            kind: code.unwrap_or("ServiceError"),
            message: said.message.as_deref().unwrap_or(&shown),
            remote: true,
            ..Exception::default()
        },
    };
    subsegment.add_exception_details(&exception);
}

/// What a service says of an error, in the header or the body.
#[derive(Debug, Default, PartialEq)]
struct Said<'r> {
    code: Option<Cow<'r, str>>,
    message: Option<Cow<'r, str>>,
}

impl<'r> Said<'r> {
    fn of(response: &'r HttpResponse) -> Self {
        let header = response.headers().get("x-amzn-errortype").map(|kind| Cow::Borrowed(plain_code(kind)));
        let body = response.body().bytes().map(beginning).unwrap_or_default().trim_ascii_start();
        let Self { code, message } = match response.status().is_success() {
            // S3 says of some errors only when it has begun to answer; what else is in an answer are values.
            true if !is_error_of_xml(body) => Self::default(),
            _ if body.starts_with(b"<") => of_xml(body),
            _ => of_json(body),
        };
        Self { code: header.or(code), message }
    }
}

fn of_json(body: &[u8]) -> Said<'_> {
    let mut said = Said::default();
    for (key, value) in members(body) {
        match key {
            "__type" | "code" | "Code" if said.code.is_none() => {
                said.code = unescaped(value).map(|code| Cow::Owned(plain_code(&code).to_owned()));
            }
            "message" | "Message" | "errorMessage" if said.message.is_none() => said.message = unescaped(value),
            _ => {}
        }
    }
    said
}

/// Whether a document is an error altogether, behind the declaration that it may begin with.
fn is_error_of_xml(body: &[u8]) -> bool {
    let declared = body.strip_prefix(b"<?xml").and_then(|rest| {
        let end = rest.iter().position(|&byte| byte == b'>')?;
        rest.get(end + 1..)
    });
    declared.unwrap_or(body).trim_ascii_start().starts_with(b"<Error>")
}

fn of_xml(body: &[u8]) -> Said<'_> {
    let Ok(body) = str::from_utf8(body) else { return Said::default() };
    let element = |open: &str, close: &str| {
        let (_, rest) = body.split_once(open)?;
        let (text, _) = rest.split_once(close)?;
        Some(without_entities(text))
    };
    Said { code: element("<Code>", "</Code>"), message: element("<Message>", "</Message>") }
}

fn without_entities(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    Cow::Owned(entities.iter().fold(text.to_owned(), |text, (entity, meant)| text.replace(entity, meant)))
}

/// `com.amazonaws.dynamodb.v20120810#ResourceNotFoundException:http://…` without what stands around the name.
fn plain_code(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code)
}

/// The code in what an error displays, `NotFound: …` or `unhandled error (NotFound)`: of a HEAD request no body says it.
fn code_of_text(text: &str) -> Option<&str> {
    let code = match text.strip_prefix("unhandled error") {
        Some(rest) => rest.strip_prefix(" (")?.split(')').next()?,
        None => text.split([':', ' ']).next()?,
    };
    let is_name = |code: &&str| !code.is_empty() && code.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_'));
    Some(code).filter(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said<'a>(code: &'a str, message: &'a str) -> Said<'a> {
        Said { code: Some(Cow::Borrowed(code)), message: Some(Cow::Borrowed(message)) }
    }

    #[test]
    fn the_code_and_the_message_are_read_of_json_and_of_xml() {
        let json =
            br#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"not \"there\""}"#;
        assert_eq!(of_json(json), said("ResourceNotFoundException", "not \"there\""));
        assert_eq!(of_json(br#"{"Message":"no"}"#).message.as_deref(), Some("no"));
        let xml = b"<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>a &amp;lt; b</Message></Error>";
        assert_eq!(of_xml(xml), said("NoSuchKey", "a &lt; b"));
        for nothing in [&b""[..], b"<html>", b"[]", b"\xff"] {
            assert_eq!((of_json(nothing), of_xml(nothing)), (Said::default(), Said::default()));
        }
    }

    #[test]
    fn what_stands_around_a_code_is_left_out() {
        assert_eq!(plain_code("NotFound:http://internal.amazon.com/coral/"), "NotFound");
        assert_eq!(plain_code("aws.protocoltests#NotFound"), "NotFound");
        assert_eq!(plain_code("NotFound"), "NotFound");
    }

    #[test]
    fn the_code_is_found_in_what_an_error_displays() {
        assert_eq!(code_of_text("NotFound"), Some("NotFound"));
        assert_eq!(code_of_text("NoSuchKey: it is gone"), Some("NoSuchKey"));
        assert_eq!(code_of_text("NoSuchKey [NoSuchKeyError]: it is gone"), Some("NoSuchKey"));
        assert_eq!(code_of_text("unhandled error (SlowDown)"), Some("SlowDown"));
        assert_eq!(code_of_text("unhandled error"), None);
        assert_eq!(code_of_text(""), None);
    }
}
