//! When the device measures, and when it asks for the time.

/// How often it measures before it ends.
pub const MEASUREMENTS: u32 = 40;
/// Microseconds between two measurements.
pub const INTERVAL_MICROS: u32 = 5_000;

/// Before this many measurements it does not ask for the time, so that some documents wait for it.
const ASKS_AFTER: u32 = 3;
/// In intervals: how long it waits for an answer before it asks again, and before it goes on without.
const ASKS_EVERY: u32 = 200;
const PATIENCE: u32 = 1_000;
/// In intervals: how long what was measured last has to leave.
const LAST_WORDS: u32 = 200;

/// What to do in an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Measure.
    Measure,
    /// Ask for the time.
    Ask,
    /// Nothing.
    Wait,
}

/// Some measurements, a question, and the others.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Intervals that are left to wait for the time.
    patience: u32,
    /// Intervals that are left for what was measured last.
    last_words: u32,
}

impl Plan {
    /// The plan, from its start.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a device begins once")]
    pub const fn new() -> Self {
        Self { patience: PATIENCE, last_words: LAST_WORDS }
    }

    /// What to do in the next interval, after so many measurements.
    pub const fn next(&mut self, measured: u32, knows_the_time: bool) -> Turn {
        if measured == ASKS_AFTER && !knows_the_time && self.patience > 0 {
            let asks = self.patience.is_multiple_of(ASKS_EVERY);
            self.patience -= 1;
            return if asks { Turn::Ask } else { Turn::Wait };
        }
        if measured < MEASUREMENTS {
            return Turn::Measure;
        }
        self.last_words = self.last_words.saturating_sub(1);
        Turn::Wait
    }

    /// Whether what has not left by now never will.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.last_words == 0
    }

    /// Whether nobody has told the time: documents must not wait for it any longer.
    #[must_use]
    pub const fn is_out_of_patience(&self) -> bool {
        self.patience == 0
    }
}
