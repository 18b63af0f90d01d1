//! What tracing adds to a function: bytes, and time until it asks for its first invocation.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::function::{Function, Surroundings, TRACED, UNTRACED};
use crate::payments::Payments;
use crate::runtime_api::RuntimeApi;
use crate::{DEADLINE, Failure};

/// How often each function is started.
const STARTS: usize = 10;

/// The functions as they are deployed, without symbols.
pub(crate) struct Deployed {
    folder: PathBuf,
}

impl Deployed {
    /// Copies them; a function that is deployed has no use for symbols.
    pub(crate) fn strip(built: &Path) -> Result<Self, Failure> {
        let deployed = Self { folder: built.join("lambda-deployed") };
        fs::create_dir_all(&deployed.folder)?;
        for name in [TRACED, UNTRACED] {
            let mut strip = Command::new("strip");
            strip.arg("-o").arg(deployed.folder.join(name)).arg(built.join(name));
            let status =
                strip.status().map_err(|error| format!("strip, of binutils, could not be started: {error}"))?;
            if !status.success() {
                return Err(format!("strip ended with {status}").into());
            }
        }
        Ok(deployed)
    }

    /// How long the files are, traced and not.
    pub(crate) fn bytes(&self) -> Result<[u64; 2], Failure> {
        Ok([fs::metadata(self.folder.join(TRACED))?.len(), fs::metadata(self.folder.join(UNTRACED))?.len()])
    }

    /// Starts each in turn, and measures from before its process is made to its first request for an invocation; traced
    /// and not.
    pub(crate) fn starts(&self) -> Result<[Starts; 2], Failure> {
        let mut taken = [Vec::new(), Vec::new()];
        // The first round only brings the files into memory.
        for round in 0..=STARTS {
            for (name, taken) in [TRACED, UNTRACED].into_iter().zip(&mut taken) {
                let start = first_poll(&self.folder.join(name))?;
                if round > 0 {
                    taken.push(start);
                }
            }
        }
        Ok(taken.map(Starts::of))
    }
}

fn first_poll(program: &Path) -> Result<Duration, Failure> {
    let runtime_api = RuntimeApi::start(Vec::new())?;
    let payments = Payments::start(1, DEADLINE)?;
    // Nothing is sent before an invocation, so nobody needs to listen.
    let surroundings = Surroundings {
        runtime_api: &runtime_api,
        daemon: ([127, 0, 0, 1], 2000).into(),
        payments: payments.address(),
        concurrency: None,
    };
    let function = Function::start(program, &surroundings)?;
    let polled = runtime_api.wait_for_first_poll(DEADLINE);
    let started = function.started;
    let printed = function.stop();
    match polled {
        Ok(polled) => Ok(polled.saturating_duration_since(started)),
        Err(why) => Err(format!("{why}\n{printed}").into()),
    }
}

/// How long starts took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Starts {
    /// The one in the middle.
    pub(crate) median: Duration,
    /// The fastest.
    pub(crate) fastest: Duration,
    /// The slowest.
    pub(crate) slowest: Duration,
}

impl Starts {
    fn of(mut taken: Vec<Duration>) -> Self {
        taken.sort_unstable();
        let at = |position: usize| taken.get(position).copied().unwrap_or_default();
        let middle = taken.len() / 2;
        let median =
            if taken.len().is_multiple_of(2) { (at(middle.saturating_sub(1)) + at(middle)) / 2 } else { at(middle) };
        Self { median, fastest: at(0), slowest: at(taken.len().saturating_sub(1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_between_the_two_in_the_middle() {
        let starts = |millis: &[u64]| Starts::of(millis.iter().copied().map(Duration::from_millis).collect());
        let millis = Duration::from_millis;
        assert_eq!(starts(&[9, 1, 3, 5]), Starts { median: millis(4), fastest: millis(1), slowest: millis(9) });
        assert_eq!(starts(&[9, 1, 3]).median, millis(3));
        assert_eq!(starts(&[]).median, Duration::ZERO);
    }
}
