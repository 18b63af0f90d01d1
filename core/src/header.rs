//! The trace header: `X-Amzn-Trace-Id`, SQS's `AWSTraceHeader`, Lambda's `_X_AMZN_TRACE_ID`.

mod part;

use core::{fmt, str};

use crate::error::Full;
use crate::id::{EntityId, TRACE_ID_LEN, TraceId};
use crate::json::pen::Pen;
use crate::json::{SMALL, Tail, literal, raw};
use crate::traceparent::Traceparent;
use part::{Part, is_printable, trimmed, until, whole_value};

/// A sampling decision, as a trace header carries it.
///
/// ```
/// # use xray_recorder_core::{Sampled, TraceHeader};
/// assert_eq!(TraceHeader::parse("Sampled=?").sampled(), Some(Sampled::Requested));
/// assert_eq!(TraceHeader::parse("Sampled=2").sampled(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the protocol is closed: `1`, `0` and `?`")]
pub enum Sampled {
    /// `1`: the caller records this trace.
    Yes,
    /// `0`: the caller does not, so nobody downstream does.
    No,
    /// `?`: the caller asks to be told the decision in the response.
    Requested,
}

/// A trace header: `Root=…;Parent=…;Sampled=…` and whatever else the caller sent along, such as `Lineage`.
///
/// Parsing copies nothing and never fails: what cannot be understood is absent. Keys are compared without case, blanks
/// around parts are ignored, and so are empty parts, parts without `=`, and `Self`, which load balancers add. Of
/// duplicates the last wins. A `Root` that is no trace id, or the zeros that the Python SDK sends for what it does not
/// sample, counts as none, and its `Parent` with it. Extra data is kept
/// in order, up to [`MAX_DATA`](TraceHeader::MAX_DATA) bytes; parts that are not printable ASCII are not kept, since
/// they are sent on in another request.
///
/// ```
/// use xray_recorder_core::{Sampled, TraceHeader};
///
/// let text = "Root=1-5759e988-bd862e3fe1be46a994272793; Parent=53995c3f42cd8ad8; sampled=1;Self=1-x;Lineage=a:1|b:2;";
/// let header = TraceHeader::parse(text);
/// assert_eq!(header.parent(), Some("53995c3f42cd8ad8".parse()?));
/// assert_eq!(header.sampled(), Some(Sampled::Yes));
/// assert_eq!(
///     header.to_string(),
///     "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:1|b:2"
/// );
/// # Ok::<(), xray_recorder_core::InvalidId>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TraceHeader<'h> {
    root: Option<TraceId>,
    parent: Option<EntityId>,
    sampled: Option<Sampled>,
    /// A piece of header text that holds the data, from its first part to its last; empty when there is none.
    data: &'h [u8],
}

impl<'h> TraceHeader<'h> {
    /// How many bytes of extra data are kept and sent on, separators included; a pair that does not fit is left out,
    /// a later smaller one may fit. The Node SDK has this limit on keys and values alone.
    pub const MAX_DATA: usize = 256;

    /// The length of the longest header this crate writes.
    pub const MAX_LEN: usize = 40 + 1 + 23 + 1 + 9 + 1 + Self::MAX_DATA;

    /// A header without extra data.
    ///
    /// ```
    /// # use xray_recorder_core::{Sampled, TraceHeader};
    /// assert_eq!(TraceHeader::new(None, None, Some(Sampled::No)).to_string(), "Sampled=0");
    /// ```
    #[inline]
    #[must_use]
    pub const fn new(root: Option<TraceId>, parent: Option<EntityId>, sampled: Option<Sampled>) -> Self {
        Self { root, parent, sampled, data: &[] }
    }

    /// Reads a header, text or bytes.
    ///
    /// ```
    /// # use xray_recorder_core::TraceHeader;
    /// let header = TraceHeader::parse(b"Root=1-5759e988-bd862e3fe1be46a994272793;garbage;\xff=\xff");
    /// assert_eq!(header.to_string(), "Root=1-5759e988-bd862e3fe1be46a994272793");
    /// ```
    #[must_use]
    pub fn parse<T: AsRef<[u8]> + ?Sized>(header: &'h T) -> Self {
        let text = header.as_ref();
        let mut parsed = Self::default();
        let (mut data_start, mut data_end) = (text.len(), 0);
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            let length = match parsed.take_usual(rest) {
                Some(length) => length,
                None => {
                    let length = until(rest, b';');
                    if parsed.take_any(&rest[..length]) {
                        (data_start, data_end) = (data_start.min(at), at + length);
                    }
                    length
                }
            };
            at += length + 1;
        }
        parsed.data = text.get(data_start..data_end).unwrap_or_default();
        if parsed.root.is_none_or(|root| root == TraceId::NOOP) {
            (parsed.root, parsed.parent) = (None, None);
        }
        parsed
    }

    /// Takes a part as this crate and the official SDKs write it, known by its first bytes and its length; gives that.
    #[inline]
    fn take_usual(&mut self, rest: &[u8]) -> Option<usize> {
        if SMALL {
            return None;
        }
        match rest.first()? {
            b'R' => {
                self.root = Some(TraceId::of_text(whole_value(rest.strip_prefix(b"Root=")?)?)?);
                Some("Root=".len() + TRACE_ID_LEN)
            }
            b'P' => {
                self.parent = Some(EntityId::of_text(whole_value(rest.strip_prefix(b"Parent=")?)?)?);
                Some("Parent=".len() + 16)
            }
            b'S' => {
                self.sampled = Some(Sampled::of_text(whole_value::<1>(rest.strip_prefix(b"Sampled=")?)?)?);
                Some("Sampled=".len() + 1)
            }
            _ => None,
        }
    }

    /// Takes any part; whether it may be data.
    fn take_any(&mut self, part: &[u8]) -> bool {
        match Part::of(part) {
            Part::Root(value) => self.root = value.try_into().ok().and_then(TraceId::of_text),
            Part::Parent(value) => self.parent = value.try_into().ok().and_then(EntityId::of_text),
            Part::Sampled(value) => self.sampled = Sampled::of_text(value),
            Part::Data(..) => return true,
            Part::Nothing => {}
        }
        false
    }

    /// The header a request came with, when it may have `X-Amzn-Trace-Id`, W3C `traceparent`, or both.
    ///
    /// An X-Ray header with `Parent` or `Sampled` wins, since only a tracing caller sends those. A `Root` alone is what
    /// load balancers make up, so it loses to a valid `traceparent`; its extra data is kept. Otherwise whichever there
    /// is.
    ///
    /// ```
    /// # use xray_recorder_core::TraceHeader;
    /// let w3c = "00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01";
    /// let header = TraceHeader::of_request(Some("Root=1-5759e988-bd862e3fe1be46a994272793"), Some(w3c));
    /// assert_eq!(
    ///     header.to_string(),
    ///     "Root=1-4efaaf4d-1e8720b39541901950019ee5;Parent=53995c3f42cd8ad8;Sampled=1"
    /// );
    /// ```
    #[must_use]
    pub fn of_request<T: AsRef<[u8]> + ?Sized>(x_amzn_trace_id: Option<&'h T>, traceparent: Option<&T>) -> Self {
        let xray = x_amzn_trace_id.map(Self::parse).unwrap_or_default();
        if xray.parent.is_some() || xray.sampled.is_some() {
            return xray;
        }
        match traceparent.and_then(|text| Traceparent::parse(text)) {
            Some(w3c) => Self { data: xray.data, ..w3c.header() },
            None => xray,
        }
    }

    /// The trace id, if there is a valid one.
    #[inline]
    #[must_use]
    pub const fn root(&self) -> Option<TraceId> {
        self.root
    }

    /// The entity of the caller that made this request. Only ever present together with a root.
    #[inline]
    #[must_use]
    pub const fn parent(&self) -> Option<EntityId> {
        self.parent
    }

    /// The caller's decision, if it sent one.
    #[inline]
    #[must_use]
    pub const fn sampled(&self) -> Option<Sampled> {
        self.sampled
    }

    /// The extra pairs, in order, as far as they are kept.
    ///
    /// ```
    /// # use xray_recorder_core::TraceHeader;
    /// let header = TraceHeader::parse("Foo=x=y;Root=1-5759e988-bd862e3fe1be46a994272793;Bar=");
    /// assert_eq!(header.data().collect::<Vec<_>>(), [("Foo", "x=y"), ("Bar", "")]);
    /// ```
    pub fn data(&self) -> impl Iterator<Item = (&'h str, &'h str)> + use<'h> {
        self.pairs().filter_map(|(key, value)| Some((str::from_utf8(key).ok()?, str::from_utf8(value).ok()?)))
    }

    /// The same as bytes, which are printable ASCII.
    fn pairs(&self) -> impl Iterator<Item = (&'h [u8], &'h [u8])> + use<'h> {
        let mut left = Self::MAX_DATA;
        let mut rest = self.data;
        core::iter::from_fn(move || {
            while !rest.is_empty() {
                let length = until(rest, b';');
                let part = &rest[..length];
                rest = rest.get(length + 1..).unwrap_or_default();
                let Part::Data(key, value) = Part::of(part) else { continue };
                if !is_printable(trimmed(part)) {
                    continue;
                }
                if let Some(less) = left.checked_sub(1 + key.len() + 1 + value.len()) {
                    left = less;
                    return Some((key, value));
                }
            }
            None
        })
    }

    /// Whether there is extra data to send on.
    #[inline]
    #[must_use]
    pub fn has_data(&self) -> bool {
        self.pairs().next().is_some()
    }

    /// The same with the extra data of another header: for the request this entity makes.
    ///
    /// ```
    /// # use xray_recorder_core::{Sampled, TraceHeader};
    /// let incoming = TraceHeader::parse("Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a:1");
    /// let outgoing = TraceHeader::new(incoming.root(), None, Some(Sampled::No)).with_data(&incoming);
    /// assert_eq!(outgoing.to_string(), "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0;Lineage=a:1");
    /// ```
    #[inline]
    #[must_use]
    pub const fn with_data<'o>(self, other: &TraceHeader<'o>) -> TraceHeader<'o> {
        TraceHeader { root: self.root, parent: self.parent, sampled: self.sampled, data: other.data }
    }

    /// Writes the header into `buffer`: `Root`, `Parent`, `Sampled`, then the data in its order, without blanks;
    /// absent parts are left out. [`TraceHeader::MAX_LEN`] bytes are always enough.
    ///
    /// # Errors
    ///
    /// [`Full`] when the buffer is too small.
    ///
    /// ```
    /// # use xray_recorder_core::TraceHeader;
    /// let mut buffer = [0; TraceHeader::MAX_LEN];
    /// let text = TraceHeader::parse("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0").encode(&mut buffer)?;
    /// assert_eq!(text, "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0");
    /// # Ok::<(), xray_recorder_core::Full>(())
    /// ```
    pub fn encode<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b str, Full> {
        let capacity = buffer.len();
        let rest = self.write(buffer).ok_or(Full)?.len();
        str::from_utf8(&buffer[..capacity - rest]).map_err(|_| Full)
    }

    /// Writes the header as [`TraceHeader::encode`] does; gives its length. `None` where it does not fit.
    pub fn write_to(&self, buffer: &mut [u8]) -> Option<usize> {
        if !SMALL {
            let capacity = buffer.len();
            return self.write(buffer).map(|rest| capacity - rest.len());
        }
        let capacity = buffer.len();
        let mut pen = Pen::new(buffer, 0, capacity);
        if let Some(root) = self.root {
            pen.raw(b"Root=");
            pen.raw(&root.text());
        }
        if let Some(parent) = self.parent {
            pen.part(b"Parent=");
            pen.raw(&parent.text());
        }
        if let Some(sampled) = self.sampled {
            pen.part(sampled.text());
        }
        for (key, value) in self.pairs() {
            pen.part(key);
            pen.byte(b'=');
            pen.raw(value);
        }
        pen.finish().map(|(length, _)| length)
    }

    fn write<'b>(&self, buffer: &'b mut [u8]) -> Tail<'b> {
        let capacity = buffer.len();
        let mut tail = buffer;
        if let Some(root) = self.root {
            tail = literal(tail, b"Root=")?;
            tail = literal(tail, &root.text())?;
        }
        if let Some(parent) = self.parent {
            tail = if tail.len() < capacity { literal(tail, b";")? } else { tail };
            tail = literal(tail, b"Parent=")?;
            tail = literal(tail, &parent.text())?;
        }
        if let Some(sampled) = self.sampled {
            tail = if tail.len() < capacity { literal(tail, b";")? } else { tail };
            tail = literal(tail, sampled.text())?;
        }
        for (key, value) in self.pairs() {
            tail = if tail.len() < capacity { literal(tail, b";")? } else { tail };
            tail = raw(tail, key)?;
            tail = literal(tail, b"=")?;
            tail = raw(tail, value)?;
        }
        Some(tail)
    }
}

impl fmt::Display for TraceHeader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.encode(&mut [0; Self::MAX_LEN]).map_err(|_| fmt::Error)?)
    }
}

impl PartialEq for TraceHeader<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.root == other.root
            && self.parent == other.parent
            && self.sampled == other.sampled
            && self.pairs().eq(other.pairs())
    }
}

impl Eq for TraceHeader<'_> {}

impl Sampled {
    fn of_text(text: &[u8]) -> Option<Self> {
        match text {
            b"1" => Some(Self::Yes),
            b"0" => Some(Self::No),
            b"?" => Some(Self::Requested),
            _ => None,
        }
    }

    fn text(self) -> &'static [u8; 9] {
        match self {
            Self::Yes => b"Sampled=1",
            Self::No => b"Sampled=0",
            Self::Requested => b"Sampled=?",
        }
    }
}

/// The extra data of a header, owned: once per trace, for as long as the trace makes requests.
///
/// ```
/// use xray_recorder_core::{HeaderData, TraceHeader};
///
/// let data = HeaderData::of(&TraceHeader::parse("Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a:1;Foo=b"));
/// assert_eq!(data.as_header().to_string(), "Lineage=a:1;Foo=b");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderData(heapless::Vec<u8, { TraceHeader::MAX_DATA }, u16>);

impl HeaderData {
    /// Copies the extra data of `header`.
    #[must_use]
    pub fn of(header: &TraceHeader<'_>) -> Self {
        let only_data = TraceHeader { data: header.data, ..TraceHeader::default() };
        let mut buffer = [0; TraceHeader::MAX_LEN];
        // The data fits: its length with one separator for each pair is what `TraceHeader::data` limits.
        let text = only_data.encode(&mut buffer).unwrap_or_default();
        Self(heapless::Vec::from_slice(text.as_bytes()).unwrap_or_default())
    }

    /// A header of this data alone, for [`TraceHeader::with_data`].
    #[inline]
    #[must_use]
    pub fn as_header(&self) -> TraceHeader<'_> {
        TraceHeader { data: &self.0, ..TraceHeader::default() }
    }
}
