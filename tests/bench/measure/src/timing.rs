//! Nanoseconds per trace: the peers take turns, so that what disturbs the machine disturbs all.

use std::time::{Duration, Instant};

use crate::Run;

/// How long a block of traces should take: long against the clock's grain, short against a time slice.
const BLOCK: Duration = Duration::from_millis(10);

/// How often every peer takes its turn.
const ROUNDS: usize = 25;

/// Nanoseconds per trace over all rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// The median of the rounds.
    pub median: f64,
    /// The best round.
    pub min: f64,
}

/// One that takes turns.
struct Turn {
    run: Run,
    traces: u64,
    rounds: Vec<f64>,
}

/// Times all runs, interleaved, and says how many traces all of them made, calibration included.
pub fn interleaved(runs: Vec<Run>) -> (Vec<Timing>, Vec<u64>) {
    let mut turns: Vec<Turn> = runs.into_iter().map(Turn::calibrated).collect();
    for _ in 0..ROUNDS {
        for turn in &mut turns {
            turn.take();
        }
    }
    turns.into_iter().map(Turn::result).unzip()
}

impl Turn {
    /// Doubles the traces until a block is long enough, which warms up as well.
    fn calibrated(mut run: Run) -> Self {
        let mut traces = 1;
        while timed(&mut run, traces) < BLOCK {
            traces *= 2;
        }
        Self { run, traces, rounds: Vec::with_capacity(ROUNDS) }
    }

    fn take(&mut self) {
        let elapsed = timed(&mut self.run, self.traces);
        self.rounds.push(elapsed.as_nanos() as f64 / self.traces as f64);
    }

    fn result(self) -> (Timing, u64) {
        let calibration = 2 * self.traces - 1;
        let measured = self.traces * self.rounds.len() as u64;
        (summary(self.rounds), calibration + measured)
    }
}

fn timed(run: &mut Run, traces: u64) -> Duration {
    let start = Instant::now();
    run(traces);
    start.elapsed()
}

fn summary(mut rounds: Vec<f64>) -> Timing {
    rounds.sort_by(f64::total_cmp);
    Timing { median: rounds[rounds.len() / 2], min: rounds[0] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_and_the_minimum_are_of_the_rounds() {
        let timing = summary(vec![5.0, 1.0, 9.0]);
        assert_eq!(timing, Timing { median: 5.0, min: 1.0 });
    }
}
