//! Identifiers: of a trace, and of an entity or exception within it.

use core::fmt;
use core::num::NonZeroU64;
use core::str::FromStr;

use crate::json::{SMALL, hex};
use crate::time::Timestamp;

/// The id of a trace: `1-` + 8 hex digits of epoch seconds + `-` + 24 hex digits of randomness, 35 characters.
///
/// ```
/// use xray_recorder_core::TraceId;
///
/// let id: TraceId = "1-5759e988-bd862e3fe1be46a994272793".parse()?;
/// assert_eq!(id.to_string(), "1-5759e988-bd862e3fe1be46a994272793");
/// # Ok::<(), xray_recorder_core::InvalidId>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId {
    epoch: u32,
    high: u32,
    low: u64,
}

/// Length of a trace id in text.
pub(crate) const TRACE_ID_LEN: usize = 35;

impl TraceId {
    /// The id a not-sampled entity of the official SDKs carries: all zeros.
    ///
    /// ```
    /// # use xray_recorder_core::TraceId;
    /// assert_eq!(TraceId::NOOP.to_string(), "1-00000000-000000000000000000000000");
    /// ```
    pub const NOOP: Self = Self { epoch: 0, high: 0, low: 0 };

    /// A trace id from the time its trace began and 96 random bits.
    ///
    /// The time part is whole seconds, rounded down, as the X-Ray service and the Python, Go and Java SDKs do.
    ///
    /// ```
    /// # use xray_recorder_core::{Timestamp, TraceId};
    /// let id = TraceId::new(Timestamp::from_secs(1_480_615_200), [0xab; 12]);
    /// assert_eq!(id.to_string(), "1-58406520-abababababababababababab");
    /// ```
    #[inline]
    #[must_use]
    pub const fn new(began: Timestamp, random: [u8; 12]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = random;
        Self {
            epoch: began.as_secs() as u32,
            high: u32::from_be_bytes([a, b, c, d]),
            low: u64::from_be_bytes([e, f, g, h, i, j, k, l]),
        }
    }

    /// The trace id of these 128 bits: the form W3C `traceparent` and OpenTelemetry carry as 32 hex digits.
    ///
    /// ```
    /// # use xray_recorder_core::TraceId;
    /// let id = TraceId::from_u128(0x4efaaf4d1e8720b39541901950019ee5);
    /// assert_eq!(id.to_string(), "1-4efaaf4d-1e8720b39541901950019ee5");
    /// ```
    #[inline]
    #[must_use]
    pub const fn from_u128(bits: u128) -> Self {
        Self { epoch: (bits >> 96) as u32, high: (bits >> 64) as u32, low: bits as u64 }
    }

    /// The 128 bits of this id, as [`TraceId::from_u128`] takes them.
    ///
    /// ```
    /// # use xray_recorder_core::TraceId;
    /// assert_eq!(TraceId::from_u128(7).as_u128(), 7);
    /// ```
    #[inline]
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        ((self.epoch as u128) << 96) | ((self.high as u128) << 64) | self.low as u128
    }

    /// The text, without going through `core::fmt`.
    #[inline]
    pub(crate) fn text(self) -> [u8; TRACE_ID_LEN] {
        let mut text = *b"1-00000000-000000000000000000000000";
        if SMALL {
            hex::write(&mut text[2..10], self.epoch.into());
            hex::write(&mut text[11..19], self.high.into());
            hex::write(&mut text[19..35], self.low);
            return text;
        }
        text[2..10].copy_from_slice(&hex::digits8(self.epoch));
        text[11..19].copy_from_slice(&hex::digits8(self.high));
        text[19..35].copy_from_slice(&hex::digits16(self.low));
        text
    }
}

impl TraceId {
    /// The id that this text is, without going through `str`.
    #[inline]
    pub(crate) fn of_text(text: &[u8; TRACE_ID_LEN]) -> Option<Self> {
        if text[0] != b'1' || text[1] != b'-' || text[10] != b'-' {
            return None;
        }
        let epoch = hex::parse(&text[2..10])?;
        let high = hex::parse(&text[11..19])?;
        let low = hex::parse(&text[19..35])?;
        Some(Self { epoch: epoch as u32, high: high as u32, low })
    }
}

impl FromStr for TraceId {
    type Err = InvalidId;

    /// Reads the 35-character form. Upper-case digits are read too and written in lower case; another version than `1`
    /// or another length is an error, as in the Java SDK, where Node and Go would keep the text.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        text.as_bytes().try_into().ok().and_then(Self::of_text).ok_or(InvalidId)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The id of a segment or subsegment, unique within its trace: 64 bits, written as 16 hex digits, never zero.
///
/// Zero is the id of not-sampled entities in the official SDKs, so it cannot name a recorded one.
///
/// ```
/// use xray_recorder_core::EntityId;
///
/// let id: EntityId = "53995c3f42cd8ad8".parse()?;
/// assert_eq!(id.to_string(), "53995c3f42cd8ad8");
/// assert!("0000000000000000".parse::<EntityId>().is_err());
/// # Ok::<(), xray_recorder_core::InvalidId>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId(NonZeroU64);

impl EntityId {
    /// For places that hold no id yet.
    pub(crate) const PLACEHOLDER: Self = Self(NonZeroU64::MAX);

    /// The id of these bits, unless they are zero.
    ///
    /// ```
    /// # use xray_recorder_core::EntityId;
    /// assert_eq!(EntityId::new(0x2a).unwrap().to_string(), "000000000000002a");
    /// assert!(EntityId::new(0).is_none());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new(bits: u64) -> Option<Self> {
        match NonZeroU64::new(bits) {
            Some(bits) => Some(Self(bits)),
            None => None,
        }
    }

    /// The bits of this id.
    ///
    /// ```
    /// # use xray_recorder_core::EntityId;
    /// assert_eq!(EntityId::new(42).unwrap().get(), 42);
    /// ```
    #[inline]
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0.get()
    }

    /// The `n`th id of the sequence that `seed` starts. Different `n` below 2^63 give different ids, because each step
    /// of the mixing is a bijection; the one `n` that would give zero takes another number's place far away instead.
    #[inline]
    pub(crate) const fn derive(seed: u64, n: u64) -> Self {
        match NonZeroU64::new(mix(seed, n)) {
            Some(bits) => Self(bits),
            None => match NonZeroU64::new(mix(seed, n | 1 << 63)) {
                Some(bits) => Self(bits),
                None => Self(NonZeroU64::MIN),
            },
        }
    }

    /// The id that this text is, without going through `str`.
    #[inline]
    pub(crate) fn of_text(text: &[u8; 16]) -> Option<Self> {
        hex::parse(text).and_then(Self::new)
    }

    #[inline]
    pub(crate) fn text(self) -> [u8; 16] {
        if SMALL {
            let mut text = [0; 16];
            hex::write(&mut text, self.0.get());
            return text;
        }
        hex::digits16(self.0.get())
    }
}

/// The output function of splitmix64: for one seed a bijection of `n`.
pub(crate) const fn mix(seed: u64, n: u64) -> u64 {
    let mut z = seed.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl FromStr for EntityId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        text.as_bytes().try_into().ok().and_then(Self::of_text).ok_or(InvalidId)
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

impl fmt::Debug for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text is not the id it should be: wrong length, not hex, wrong version, or zero where zero is reserved.
///
/// ```
/// # use xray_recorder_core::TraceId;
/// let error = "1-zz-bd".parse::<TraceId>().unwrap_err();
/// assert_eq!(error.to_string(), "not an X-Ray id");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidId;

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an X-Ray id")
    }
}

impl core::error::Error for InvalidId {}
