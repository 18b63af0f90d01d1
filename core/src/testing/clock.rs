//! A clock that stands until it is moved.

use core::cell::Cell;

use crate::host::Clock;
use crate::time::Timestamp;

/// A clock that stands until it is moved, forwards or backwards.
///
/// ```
/// use xray_recorder_core::testing::ManualClock;
/// use xray_recorder_core::{Clock, Timestamp};
///
/// let clock = ManualClock::at(Timestamp::from_secs(7));
/// clock.advance_micros(5);
/// assert_eq!(clock.now(), Timestamp::from_micros(7_000_005));
/// ```
#[derive(Clone, Debug, Default)]
pub struct ManualClock(Cell<Timestamp>);

impl ManualClock {
    /// A clock that stands at `now`.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self(Cell::new(now))
    }

    /// Moves it to `now`.
    pub fn set(&self, now: Timestamp) {
        self.0.set(now);
    }

    /// Moves it on.
    pub fn advance_micros(&self, micros: u64) {
        self.0.set(Timestamp::from_micros(self.0.get().as_micros().saturating_add(micros)));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.0.get()
    }
}
