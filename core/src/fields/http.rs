//! The `http` block: request and response.

use super::writer::{Separator, text, unsigned, url};
use crate::document::{DocumentView, Member};
use crate::entity::{Entity, Segment, Subsegment, kind::Kind};
use crate::error::Full;
use crate::json::{Tail, literal};

/// The request a segment serves. Each text is at most 250 characters; a longer one is cut, ends with `…` and is
/// counted.
///
/// ```
/// # use xray_recorder_core::{Document, IncomingRequest, Segment, Timestamp, TraceContext};
/// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
/// # let mut document = Document::<1024>::new();
/// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
/// segment.set_http_request(&IncomingRequest {
///     method: Some("GET"),
///     url: Some("https://alice:hunter2@shop.example.com/cart?token=4242"),
///     client_ip: Some("203.0.113.7"),
///     x_forwarded_for: true,
///     ..IncomingRequest::default()
/// })?;
/// assert!(segment.json().ends_with(concat!(
///     r#","http":{"request":{"method":"GET","url":"https://shop.example.com/cart","#,
///     r#""client_ip":"203.0.113.7","x_forwarded_for":true}}}"#
/// )));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "users build it; the format is frozen")]
pub struct IncomingRequest<'a> {
    /// The method, `GET`.
    pub method: Option<&'a str>,
    /// The URL. Its query, fragment, user and password are left out, unless it is [`verbatim`](Self::verbatim).
    pub url: Option<&'a str>,
    /// The `User-Agent` header.
    pub user_agent: Option<&'a str>,
    /// The address of the client; of an `X-Forwarded-For` list the first.
    pub client_ip: Option<&'a str>,
    /// Whether `client_ip` came from `X-Forwarded-For` and could be forged.
    pub x_forwarded_for: bool,
    /// Whether the URL is written as it is, with whatever secrets its query holds.
    pub verbatim: bool,
}

/// The request a subsegment makes. Limits as for [`IncomingRequest`].
///
/// ```
/// # use xray_recorder_core::{Document, OutgoingRequest, Subsegment, Timestamp, TraceContext};
/// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
/// # let mut document = Document::<1024>::new();
/// # let mut subsegment = Subsegment::begin(&mut document, "api", context, context.id(), Timestamp::from_secs(1_465_510_280))?;
/// subsegment.set_http_request(&OutgoingRequest {
///     method: Some("POST"),
///     url: Some("https://payments.example.com/charge"),
///     ..OutgoingRequest::default()
/// })?;
/// assert!(subsegment.json().ends_with(
///     r#","http":{"request":{"method":"POST","url":"https://payments.example.com/charge"}}}"#
/// ));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "users build it; the format is frozen")]
pub struct OutgoingRequest<'a> {
    /// The method, `POST`.
    pub method: Option<&'a str>,
    /// The URL. Its query, fragment, user and password are left out, unless it is [`verbatim`](Self::verbatim).
    pub url: Option<&'a str>,
    /// The `User-Agent` header sent.
    pub user_agent: Option<&'a str>,
    /// The address the request was made from.
    pub client_ip: Option<&'a str>,
    /// Whether the URL is written as it is, with whatever secrets its query holds.
    pub verbatim: bool,
}

/// A response: of a segment's own, or of the service a subsegment called.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "users build it; the format is frozen")]
pub struct HttpResponse {
    /// The status. It sets the flags: 4xx is an error, 429 also throttle, 5xx a fault.
    pub status: Option<u16>,
    /// The length of the body in bytes; absent when unknown.
    pub content_length: Option<u64>,
}

impl Segment<'_> {
    /// Records the request this segment serves, in place of an earlier one.
    ///
    /// # Errors
    ///
    /// [`Full`] when the document has no room for it.
    #[inline]
    pub fn set_http_request(&mut self, request: &IncomingRequest<'_>) -> Result<(), Full> {
        let &IncomingRequest { method, url, user_agent, client_ip, x_forwarded_for, verbatim } = request;
        let set_request = if verbatim { set_request::<true> } else { set_request::<false> };
        set_request(self.document, &[method, url, user_agent, client_ip], x_forwarded_for)
    }
}

impl Subsegment<'_> {
    /// Records the request this subsegment makes, in place of an earlier one.
    ///
    /// # Errors
    ///
    /// [`Full`] when the document has no room for it.
    #[inline]
    pub fn set_http_request(&mut self, request: &OutgoingRequest<'_>) -> Result<(), Full> {
        let &OutgoingRequest { method, url, user_agent, client_ip, verbatim } = request;
        let set_request = if verbatim { set_request::<true> } else { set_request::<false> };
        set_request(self.document, &[method, url, user_agent, client_ip], false)
    }
}

impl<K: Kind> Entity<'_, K> {
    /// Records the response, in place of an earlier one, and the flags that follow from its status. Flags accumulate:
    /// a later status takes none back.
    ///
    /// # Errors
    ///
    /// [`Full`] when the document has no room for it. The flags are set all the same, as there is always room for them.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, HttpResponse, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let mut document = Document::<1024>::new();
    /// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// segment.set_http_response(&HttpResponse { status: Some(429), content_length: Some(12) })?;
    /// assert!(segment.json().ends_with(
    ///     r#","error":true,"throttle":true,"http":{"response":{"status":429,"content_length":12}}}"#
    /// ));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn set_http_response(&mut self, response: &HttpResponse) -> Result<(), Full> {
        if let Some(status) = response.status {
            if status >= 400 {
                let _ = self.flag_status(status);
            }
        }
        set_response(self.document, response)
    }
}

// Not methods of an entity: they would exist twice, once for each kind.

#[inline(never)]
fn set_request<const VERBATIM: bool>(
    document: &mut DocumentView,
    texts: &[Option<&str>; 4],
    x_forwarded_for: bool,
) -> Result<(), Full> {
    let mut cut = 0;
    let result = document.set_http_member(Member::HttpRequest, "request".len(), |tail| {
        let tail = literal(tail, b",\"request\":")?;
        write_request(tail, texts, x_forwarded_for, VERBATIM, &mut cut)
    });
    document.counted(result)?;
    document.count_cuts(cut);
    Ok(())
}

#[inline(never)]
fn set_response(document: &mut DocumentView, response: &HttpResponse) -> Result<(), Full> {
    let result = document.set_http_member(Member::HttpResponse, "response".len(), |tail| {
        let tail = literal(tail, b",\"response\":")?;
        let mut members = Separator::brace();
        let tail = unsigned(tail, &mut members, b"\"status\":", response.status.map(u64::from))?;
        let tail = unsigned(tail, &mut members, b"\"content_length\":", response.content_length)?;
        members.close(tail)
    });
    document.counted(result)
}

#[inline(always)]
fn write_request<'b>(
    tail: &'b mut [u8],
    texts: &[Option<&str>; 4],
    x_forwarded_for: bool,
    verbatim: bool,
    cut: &mut u32,
) -> Tail<'b> {
    let mut members = Separator::brace();
    let tail = text(tail, &mut members, b"\"method\":\"", texts[0], cut)?;
    let tail = url(tail, &mut members, b"\"url\":\"", texts[1], verbatim, cut)?;
    let tail = text(tail, &mut members, b"\"user_agent\":\"", texts[2], cut)?;
    let tail = text(tail, &mut members, b"\"client_ip\":\"", texts[3], cut)?;
    let tail = if x_forwarded_for {
        let tail = members.write(tail)?;
        literal(tail, b"\"x_forwarded_for\":true")?
    } else {
        tail
    };
    members.close(tail)
}
