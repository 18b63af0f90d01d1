//! Points in time, as X-Ray writes them.

use core::fmt;
use core::ops::Add;
use core::time::Duration;

use crate::division::divided;

/// A point in wall time: whole microseconds since the Unix epoch.
///
/// X-Ray wants "epoch seconds, floating" and recommends microseconds. An integer is exact where an `f64` is not, and is
/// printed as fixed point in a slot of 17 characters, so that the end of an entity is patched in place. Times from the
/// year 2286 on do not fit that slot and are written as its largest value, `9999999999.999999`.
///
/// ```
/// use xray_recorder_core::Timestamp;
///
/// let at = Timestamp::from_micros(1_478_293_361_271_000);
/// assert_eq!(at.to_string(), "1478293361.271000");
/// assert_eq!(Timestamp::from_secs(7).to_string(), "7.000000");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The largest time a document can hold: `9999999999.999999` seconds.
    pub const MAX: Self = Self(9_999_999_999_999_999);

    /// The time `micros` microseconds after the epoch, at most [`Timestamp::MAX`].
    ///
    /// ```
    /// # use xray_recorder_core::Timestamp;
    /// assert_eq!(Timestamp::from_micros(1_500_000).to_string(), "1.500000");
    /// assert_eq!(Timestamp::from_micros(u64::MAX), Timestamp::MAX);
    /// ```
    #[inline]
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        if micros > Self::MAX.0 { Self::MAX } else { Self(micros) }
    }

    /// The time `secs` seconds after the epoch, at most [`Timestamp::MAX`].
    ///
    /// ```
    /// # use xray_recorder_core::Timestamp;
    /// assert_eq!(Timestamp::from_secs(1_480_615_200).as_micros(), 1_480_615_200_000_000);
    /// ```
    #[inline]
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self::from_micros(secs.saturating_mul(1_000_000))
    }

    /// Microseconds since the epoch.
    ///
    /// ```
    /// # use xray_recorder_core::Timestamp;
    /// assert_eq!(Timestamp::from_secs(2).as_micros(), 2_000_000);
    /// ```
    #[inline]
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch, as the time part of a trace id holds them.
    ///
    /// ```
    /// # use xray_recorder_core::Timestamp;
    /// assert_eq!(Timestamp::from_micros(2_999_999).as_secs(), 2);
    /// ```
    #[inline]
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        divided(self.0, 1_000_000).0
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    /// That much later, in whole microseconds, at most [`Timestamp::MAX`].
    ///
    /// ```
    /// # use xray_recorder_core::Timestamp;
    /// use core::time::Duration;
    ///
    /// assert_eq!((Timestamp::from_secs(7) + Duration::from_millis(250)).to_string(), "7.250000");
    /// ```
    fn add(self, later: Duration) -> Self {
        let micros = u64::try_from(later.as_micros()).unwrap_or(u64::MAX);
        Self::from_micros(self.0.saturating_add(micros))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}
