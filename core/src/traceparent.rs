//! W3C trace context: `traceparent`, both ways.

use core::fmt;

use crate::header::{Sampled, TraceHeader};
use crate::id::{EntityId, TraceId};
use crate::json::hex;

/// A W3C `traceparent`: the same trace id, parent and decision as an X-Ray header, in OpenTelemetry's form.
///
/// ```
/// use xray_recorder_core::Traceparent;
///
/// let text = "00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01";
/// let parent = Traceparent::parse(text).unwrap();
/// assert_eq!(parent.trace_id().to_string(), "1-4efaaf4d-1e8720b39541901950019ee5");
/// assert_eq!(parent.to_string(), text);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traceparent {
    trace_id: TraceId,
    parent: EntityId,
    sampled: bool,
}

/// Length of version 00.
const LEN: usize = 55;

impl Traceparent {
    /// The `traceparent` of a request that `parent` makes.
    ///
    /// ```
    /// # use xray_recorder_core::{TraceId, Traceparent};
    /// let parent = Traceparent::new(TraceId::from_u128(1), "53995c3f42cd8ad8".parse()?, false);
    /// assert_eq!(parent.to_string(), "00-00000000000000000000000000000001-53995c3f42cd8ad8-00");
    /// # Ok::<(), xray_recorder_core::InvalidId>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn new(trace_id: TraceId, parent: EntityId, sampled: bool) -> Self {
        Self { trace_id, parent, sampled }
    }

    /// Reads a header, text or bytes; `None` when it is not valid by W3C Trace Context: hex in lower case only, ids
    /// that are not zero, a version other than `ff`. Versions after 00 may have more fields, which are ignored.
    ///
    /// ```
    /// # use xray_recorder_core::Traceparent;
    /// assert!(Traceparent::parse("00-00000000000000000000000000000000-53995c3f42cd8ad8-01").is_none());
    /// ```
    #[must_use]
    pub fn parse<T: AsRef<[u8]> + ?Sized>(header: &T) -> Option<Self> {
        let text = header.as_ref().trim_ascii();
        let fields = text.get(..LEN)?;
        if fields[2] != b'-' || fields[35] != b'-' || fields[52] != b'-' {
            return None;
        }
        let version = lower_hex(&fields[..2])?;
        if version == 0xff || (version == 0 && text.len() > LEN) || text.get(LEN).is_some_and(|&byte| byte != b'-') {
            return None;
        }
        let high = u128::from(lower_hex(&fields[3..19])?);
        let low = u128::from(lower_hex(&fields[19..35])?);
        let parent = EntityId::new(lower_hex(&fields[36..52])?)?;
        let flags = lower_hex(&fields[53..])?;
        let trace_id = high << 64 | low;
        (trace_id != 0).then(|| Self { trace_id: TraceId::from_u128(trace_id), parent, sampled: flags & 1 == 1 })
    }

    /// The trace: `Root` is `1-` + its first 8 digits + `-` + the other 24.
    #[inline]
    #[must_use]
    pub const fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The caller's entity.
    #[inline]
    #[must_use]
    pub const fn parent(&self) -> EntityId {
        self.parent
    }

    /// Whether the caller records this trace: bit 0 of the flags.
    #[inline]
    #[must_use]
    pub const fn sampled(&self) -> bool {
        self.sampled
    }

    /// The same as an X-Ray header.
    ///
    /// ```
    /// # use xray_recorder_core::Traceparent;
    /// let parent = Traceparent::parse("00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-00").unwrap();
    /// assert_eq!(
    ///     parent.header().to_string(),
    ///     "Root=1-4efaaf4d-1e8720b39541901950019ee5;Parent=53995c3f42cd8ad8;Sampled=0"
    /// );
    /// ```
    #[inline]
    #[must_use]
    pub const fn header(&self) -> TraceHeader<'static> {
        let sampled = if self.sampled { Sampled::Yes } else { Sampled::No };
        TraceHeader::new(Some(self.trace_id), Some(self.parent), Some(sampled))
    }

    /// The same as a `traceparent`, when the header has all it needs: a root and a parent.
    ///
    /// ```
    /// # use xray_recorder_core::{TraceHeader, Traceparent};
    /// let header = TraceHeader::parse("Root=1-4efaaf4d-1e8720b39541901950019ee5;Parent=53995c3f42cd8ad8;Sampled=1");
    /// assert_eq!(
    ///     Traceparent::of_header(&header).unwrap().to_string(),
    ///     "00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01"
    /// );
    /// ```
    #[must_use]
    pub fn of_header(header: &TraceHeader<'_>) -> Option<Self> {
        let sampled = header.sampled() == Some(Sampled::Yes);
        Some(Self { trace_id: header.root()?, parent: header.parent()?, sampled })
    }
}

impl Traceparent {
    /// The header as text.
    #[must_use]
    pub fn text(&self) -> [u8; LEN] {
        let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
        let bits = self.trace_id.as_u128();
        hex::write(&mut text[3..19], (bits >> 64) as u64);
        hex::write(&mut text[19..35], bits as u64);
        hex::write(&mut text[36..52], self.parent.get());
        text[54] = b'0' + u8::from(self.sampled);
        text
    }
}

impl fmt::Display for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

fn lower_hex(digits: &[u8]) -> Option<u64> {
    if digits.iter().any(u8::is_ascii_uppercase) { None } else { hex::parse(digits) }
}
