//! When what is asked next.

use crate::time::Timestamp;

const SECOND: u64 = 1_000_000;

/// Something that is done over and over, less often while it fails.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    due: u64,
    failures: u8,
    period: u64,
    jitter: u64,
}

/// The first retry after a failure, which the next ones double.
const RETRY: u64 = 10 * SECOND;
/// No retry waits longer, nor does the schedule of a clock that was set back.
const LONGEST: u64 = 300 * SECOND;

impl Schedule {
    /// Due at once, then every `seconds`, and up to `jitter` microseconds more, so that the services of a fleet that was
    /// started at once do not ask at once for ever.
    pub(super) const fn every(seconds: u64, jitter: u64) -> Self {
        Self { due: 0, failures: 0, period: seconds * SECOND, jitter }
    }

    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        let now = now.as_micros();
        self.due <= now || self.due - now > LONGEST + self.jitter
    }

    pub(super) fn due(&self) -> Timestamp {
        Timestamp::from_micros(self.due)
    }

    /// It is due at once, unless it failed: then it waits.
    pub(super) fn hasten(&mut self) {
        if self.failures == 0 {
            self.due = 0;
        }
    }

    /// It was done; `chance` is any number.
    pub(super) fn done(&mut self, now: Timestamp, chance: u64) {
        self.failures = 0;
        self.due = now.as_micros() + self.period + chance % self.jitter;
    }

    /// It failed.
    pub(super) fn failed(&mut self, now: Timestamp, chance: u64) {
        let wait = (RETRY << self.failures.min(5)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        self.due = now.as_micros() + wait - chance % (wait / 8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_done_over_and_over() {
        let mut schedule = Schedule::every(300, 5 * SECOND);
        let now = Timestamp::from_secs(1_000);
        assert!(schedule.is_due(now));
        schedule.done(now, 7_000_000);
        assert_eq!(schedule.due(), Timestamp::from_micros(1_302_000_000));
        assert!(!schedule.is_due(Timestamp::from_micros(1_301_999_999)));
        assert!(schedule.is_due(Timestamp::from_micros(1_302_000_000)));
    }

    #[test]
    fn what_fails_is_tried_less_and_less_often_until_it_works() {
        let mut schedule = Schedule::every(10, SECOND);
        let now = Timestamp::from_secs(1_000);
        let waits: Vec<u64> = (0..8)
            .map(|_| {
                schedule.failed(now, 0);
                schedule.due().as_secs() - 1_000
            })
            .collect();
        assert_eq!(waits, [10, 20, 40, 80, 160, 300, 300, 300]);
        schedule.done(now, 0);
        schedule.failed(now, 0);
        assert_eq!(schedule.due(), Timestamp::from_secs(1_010));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_stop_it() {
        let mut schedule = Schedule::every(300, 5 * SECOND);
        schedule.done(Timestamp::from_secs(1_000_000), 0);
        assert!(schedule.is_due(Timestamp::from_secs(1_000)));
    }
}
