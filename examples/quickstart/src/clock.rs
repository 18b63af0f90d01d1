//! The clock of the story: it takes the time that the story says, and no time to run.

use std::cell::Cell;

use xray_recorder::{Clock, SystemClock, Timestamp};

thread_local! {
    /// How far the story has come on this thread, in microseconds.
    static TOLD: Cell<u64> = const { Cell::new(0) };
}

/// Lets `millis` milliseconds of the story pass on this thread, some of them a little longer than others.
pub(crate) fn takes(millis: u64) {
    TOLD.with(|told| told.set(told.get() + millis * 1_000 + told.get() % 613));
}

/// Sets this thread to where another one is, for work that is handed over.
pub(crate) fn continue_at(told: u64) {
    TOLD.with(|now| now.set(told));
}

/// How far the story has come on this thread.
pub(crate) fn told() -> u64 {
    TOLD.with(Cell::get)
}

/// Wall time at the start of the story, and what has been told since.
pub(crate) struct StoryClock(Timestamp);

impl StoryClock {
    pub(crate) fn starting_now() -> Self {
        Self(SystemClock.now())
    }
}

impl Clock for StoryClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.as_micros() + told())
    }
}
