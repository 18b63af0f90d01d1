//! The status of a gRPC call, which is not that of its HTTP response.

use http::header::{CONTENT_TYPE, HeaderMap, HeaderName};

use super::headers::text;
use super::traced::Traced;

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// The names of the statuses, as gRPC has them.
const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// What a status is of which nothing is known.
const UNKNOWN: usize = 2;

/// Who is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flag {
    None,
    Error,
    Throttle,
    Fault,
}

/// Whether the message with these headers is one of gRPC, whose status comes in headers or trailers. That of gRPC-Web is
/// in the body.
pub(in crate::ext) fn is_grpc(headers: &HeaderMap) -> bool {
    text(headers, &CONTENT_TYPE).and_then(|kind| kind.strip_prefix("application/grpc")).is_some_and(|rest| {
        // `application/grpc+proto`, `application/grpc;charset=utf-8`.
        !rest.starts_with('-')
    })
}

/// Records the status that headers or trailers hold; gives whether there is one. One that is not `OK` is in the annotation
/// `grpc_status`; its message is not recorded, as it may say anything.
pub(super) fn apply_status(traced: &mut Traced, headers: &HeaderMap) -> bool {
    let Some(status) = text(headers, &GRPC_STATUS) else { return false };
    let code = status.trim().parse::<usize>().unwrap_or(UNKNOWN);
    match flag(code) {
        Flag::None => return true,
        Flag::Error => traced.set_error(),
        Flag::Throttle => traced.set_throttle(),
        Flag::Fault => traced.set_fault(),
    }
    traced.put_annotation("grpc_status", NAMES.get(code).copied().unwrap_or(NAMES[UNKNOWN]));
    true
}

/// Records that the body has ended without a status, which by gRPC is `UNKNOWN`.
pub(super) fn miss_status(traced: &mut Traced) {
    traced.set_fault();
    traced.put_annotation("grpc_status", NAMES[UNKNOWN]);
}

/// As the Go SDK documents it: what the caller did wrong is an error, and what went wrong here a fault.
fn flag(code: usize) -> Flag {
    match code {
        0 => Flag::None,
        1 | 3 | 5 | 6 | 7 | 9 | 10 | 11 | 16 => Flag::Error,
        8 => Flag::Throttle,
        _ => Flag::Fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_says_who_is_at_fault() {
        let with = |wanted: Flag| {
            let names = NAMES.iter().enumerate().filter(move |(code, _)| flag(*code) == wanted);
            names.map(|(_, name)| *name).collect::<Vec<_>>()
        };
        assert_eq!(with(Flag::None), ["OK"]);
        assert_eq!(with(Flag::Throttle), ["RESOURCE_EXHAUSTED"]);
        let faults = ["UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"];
        assert_eq!(with(Flag::Fault), faults);
        assert_eq!(with(Flag::Error).len(), NAMES.len() - 8);
        assert_eq!(flag(17), Flag::Fault);
    }

    #[test]
    fn a_message_is_of_grpc_by_its_content_type() {
        let of = |kind: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, http::HeaderValue::from_static(kind));
            is_grpc(&headers)
        };
        assert!(of("application/grpc") && of("application/grpc+proto"));
        assert!(!of("application/grpc-web") && !of("application/json") && !is_grpc(&HeaderMap::new()));
    }
}
