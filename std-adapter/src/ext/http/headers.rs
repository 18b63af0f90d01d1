//! The headers of a trace, and those a document is made from.

use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::TraceHeader;
#[cfg(any(feature = "http-client", feature = "reqwest"))]
use crate::Traceparent;

/// The trace, in and out.
pub(in crate::ext) const X_AMZN_TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// The same by W3C.
pub(in crate::ext) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The text of a header, where it is one.
pub(in crate::ext) fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// The length of the body as the header says it.
pub(in crate::ext) fn content_length(headers: &HeaderMap) -> Option<u64> {
    text(headers, &http::header::CONTENT_LENGTH)?.trim().parse().ok()
}

/// Room for a trace header without data: `Root=` and 35 characters, `;Parent=` and 16, `;Sampled=1`.
const SHORT: usize = 80;

/// A trace header as a value. `None` where it says nothing.
pub(in crate::ext) fn trace_value(header: &TraceHeader<'_>) -> Option<HeaderValue> {
    let says_little = !header.has_data();
    if says_little && header.root().is_none() && header.sampled().is_none() {
        return None;
    }
    if says_little { encoded::<SHORT>(header) } else { encoded::<{ TraceHeader::MAX_LEN }>(header) }
}

fn encoded<const N: usize>(header: &TraceHeader<'_>) -> Option<HeaderValue> {
    let mut buffer = [0; N];
    HeaderValue::from_str(header.encode(&mut buffer).ok()?).ok()
}

/// A `traceparent` as a value.
#[cfg(any(feature = "http-client", feature = "reqwest"))]
pub(in crate::ext) fn traceparent_value(parent: &Traceparent) -> Option<HeaderValue> {
    HeaderValue::from_bytes(&parent.text()).ok()
}
