//! A clock that a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use xray_recorder_core::{Clock, Timestamp};

/// A clock that stands until it is moved, and that threads share. Clones are the same clock.
///
/// ```
/// use std::time::Duration;
/// use xray_recorder::testing::TestClock;
/// use xray_recorder::{Clock, Timestamp};
///
/// let clock = TestClock::at(Timestamp::from_secs(10));
/// clock.advance(Duration::from_millis(5));
/// assert_eq!(clock.now(), Timestamp::from_micros(10_005_000));
/// ```
#[derive(Clone, Debug)]
pub struct TestClock {
    micros: Arc<AtomicU64>,
}

impl TestClock {
    /// A clock that stands at this time.
    #[must_use]
    pub fn at(time: Timestamp) -> Self {
        Self { micros: Arc::new(AtomicU64::new(time.as_micros())) }
    }

    /// Moves it forward.
    pub fn advance(&self, by: Duration) {
        self.micros.fetch_add(u64::try_from(by.as_micros()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros.load(Ordering::SeqCst))
    }
}
