//! The clocks of the operating system.

use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use xray_recorder_core::{Clock, Timestamp};

/// Wall time from [`SystemTime`], ticks from [`Instant`]: a segment starts in wall time, and all that follows in its
/// trace is measured from there by the steady clock. So a clock that is set meanwhile disturbs no duration.
///
/// ```
/// use xray_recorder::{Clock, SystemClock};
///
/// let before = SystemClock.ticks();
/// assert!(SystemClock.ticks() >= before);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl SystemClock {
    /// A time of the standard library's, for [`SegmentBuilder::start_time`](crate::SegmentBuilder::start_time) and the
    /// like; times before the epoch are the epoch.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    /// use xray_recorder::SystemClock;
    ///
    /// assert_eq!(SystemClock::at(UNIX_EPOCH + Duration::from_millis(1_500)).to_string(), "1.500000");
    /// ```
    #[must_use]
    pub fn at(time: SystemTime) -> Timestamp {
        let elapsed = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = elapsed.as_secs().saturating_mul(1_000_000);
        Timestamp::from_micros(seconds.saturating_add(elapsed.subsec_micros().into()))
    }

    /// Microseconds of the steady clock.
    #[inline]
    pub(crate) fn steady() -> u64 {
        let origin = *ORIGIN;
        let elapsed = Instant::now().saturating_duration_since(origin);
        elapsed.as_secs() * 1_000_000 + u64::from(elapsed.subsec_micros())
    }
}

/// Where ticks count from.
static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock for SystemClock {
    #[inline]
    fn now(&self) -> Timestamp {
        Self::at(SystemTime::now())
    }

    #[inline]
    fn ticks(&self) -> Option<u64> {
        Some(Self::steady())
    }
}
