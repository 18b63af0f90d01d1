//! One run of a function: its invocations, and what came of them.

use std::path::Path;
use std::time::{Duration, SystemTime};

use xray_recorder_receiver::{Collector, Received};

use crate::function::{Function, Surroundings};
use crate::invocation::Invocation;
use crate::judge::Evidence;
use crate::payments::{Call, Payments};
use crate::runtime_api::RuntimeApi;
use crate::{DEADLINE, Failure};

/// The file by which Lambda knows that an X-Ray SDK is in use.
const MARKER: &str = "/tmp/.aws-xray/initialized";

/// What to run.
pub(crate) struct Plan {
    /// The binary.
    pub(crate) program: &'static str,
    /// What is shown above its traces.
    pub(crate) about: &'static str,
    /// The names of the entities of an invocation, each within the one before.
    pub(crate) story: &'static [&'static str],
    /// Whether it calls the payment service.
    pub(crate) pays: bool,
    /// How many invocations it serves at once.
    pub(crate) concurrency: Option<usize>,
    /// How often each kind of invocation comes.
    pub(crate) rounds: usize,
}

/// What came of it.
pub(crate) struct Outcome {
    /// What was handed out.
    pub(crate) invocations: Vec<Invocation>,
    /// What the payment service saw.
    pub(crate) calls: Vec<Call>,
    /// What the daemon would have seen.
    pub(crate) received: Received,
    /// What is wrong.
    pub(crate) faults: Vec<String>,
    /// What the function printed.
    pub(crate) printed: String,
}

impl Plan {
    /// Starts the function, hands out the invocations, waits for all answers, and judges.
    pub(crate) fn run(&self, functions: &Path) -> Result<Outcome, Failure> {
        let invocations = Invocation::rounds(self.rounds);
        let expected = Evidence::expected_entities(self.story, &invocations);
        let at_once = self.concurrency.unwrap_or(1);
        let before = SystemTime::now();

        let mut collector = Collector::loopback()?;
        let payments = Payments::start(at_once, DEADLINE)?;
        let runtime_api = RuntimeApi::start(invocations.clone())?;
        let surroundings = Surroundings {
            runtime_api: &runtime_api,
            daemon: collector.addr(),
            payments: payments.address(),
            concurrency: self.concurrency,
        };
        let function = Function::start(&functions.join(self.program), &surroundings)?;
        let answered = runtime_api.wait_for_answers(invocations.len(), DEADLINE);
        let delivered = answered.and_then(|()| {
            // An invocation's documents are sent before it is answered; this is for a machine that is slow to deliver.
            let all_here = |received: &Received| received.entities() >= expected;
            collector.wait_for(DEADLINE, all_here).map(drop).map_err(|error| error.to_string())
        });
        let printed = function.stop();

        let (log, calls) = (runtime_api.into_log(), payments.calls());
        let received = collector.finish()?;
        let evidence = Evidence {
            story: self.story,
            invocations: &invocations,
            at_once,
            log: &log,
            calls: self.pays.then_some(&calls),
            received: &received,
        };
        let mut faults: Vec<String> = delivered.err().into_iter().chain(evidence.faults()).collect();
        faults.extend(marker_fault(before));
        Ok(Outcome { invocations, calls, received, faults, printed })
    }
}

/// What is wrong with the marker, of a function that was started after this.
fn marker_fault(before: SystemTime) -> Option<String> {
    let modified = match std::fs::metadata(MARKER).and_then(|marker| marker.modified()) {
        Ok(modified) => modified,
        Err(error) => return Some(format!("{MARKER}: {error}")),
    };
    // Some file systems keep even seconds only.
    let stale = modified + Duration::from_secs(2) < before;
    stale.then(|| format!("{MARKER} was not renewed"))
}
