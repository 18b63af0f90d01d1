//! The rules of the service, asked for over the daemon's TCP address.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use xray_recorder_core::{CallError, CentralRules, Decision, Sampler as _, SamplingRequest, Timestamp};

use super::{Seed, ServerRules, lock};
use crate::host::DaemonAddress;
use crate::host::http::{self, Deadline, HttpError, Request};
use crate::journal;
use crate::recorder::Shared;

/// Room for 256 rules, in 32 KiB.
type Rules = CentralRules<256, 8_192>;

/// How long a call may take, beside asking a resolver. The official SDKs wait for 2 s, or without an end.
const TIMEOUT: Duration = Duration::from_secs(2);

/// A longer answer is none: a thousand rules take half of this.
const MAX_ANSWER: usize = 1 << 20;

/// The largest call, of 25 statistics of each kind.
const MAX_CALL: usize = 12 * 1024;

/// How often a recorder that is disabled looks whether it still is.
const WHILE_DISABLED: Duration = Duration::from_secs(10);

/// The thread looks at least, and at most, so often what is due.
const LOOKS: [Duration; 2] = [Duration::from_secs(300), Duration::from_secs(1)];

/// Characters of what an answer that is none says why.
const MAX_EXCERPT: usize = 200;

/// The service's rules, and what decides while there are none.
pub(crate) struct Central {
    rules: Mutex<Rules>,
    local: Mutex<ServerRules>,
    /// Of the daemon, which is asked over TCP.
    address: DaemonAddress,
    started: AtomicBool,
    /// Makes one call at a time.
    calling: Mutex<Caller>,
}

/// What was said in the log last, so that only changes are.
#[derive(Debug, Default)]
struct Caller {
    rules_fail: bool,
    targets_fail: bool,
    left_out: bool,
}

/// Why a call was of no use.
enum Failure {
    Address(String),
    Http(HttpError),
    Status(u16, String),
    Answer(CallError),
}

impl Central {
    pub(crate) fn new(address: DaemonAddress, local: ServerRules) -> Self {
        Self {
            rules: Mutex::new(Rules::new()),
            local: Mutex::new(local),
            address,
            started: AtomicBool::new(false),
            calling: Mutex::default(),
        }
    }

    /// The first decision starts the thread that asks for rules; until there are any, and when they are too old, local
    /// ones decide.
    pub(crate) fn decide(&'static self, shared: &'static Shared, request: &SamplingRequest<'_>) -> Decision {
        if !self.started.load(Ordering::Relaxed) {
            self.start(shared);
        }
        let (now, mut seed) = (shared.wall(), Seed::of(shared));
        let decision = lock(&self.rules).decide(request, now, &mut seed);
        decision.unwrap_or_else(|| lock(&self.local).decide(request, now, &mut seed))
    }

    /// Whether the service is to hear of requests that this rule decided and that went wrong.
    pub(crate) fn boosts(&self, rule: &str) -> bool {
        lock(&self.rules).boosts(rule)
    }

    pub(crate) fn went_wrong(&self, rule: &str, sampled: bool) {
        lock(&self.rules).went_wrong(rule, sampled);
    }

    #[cold]
    fn start(&'static self, shared: &'static Shared) {
        // Of a clock of the user's nobody knows how long to wait by it.
        if self.started.swap(true, Ordering::Relaxed) || !shared.has_system_clock() {
            return;
        }
        let poll = move || loop {
            if !shared.is_enabled() {
                thread::park_timeout(WHILE_DISABLED);
                continue;
            }
            // The thread lasts as long as the process, whatever may be wrong with one call.
            if catch_unwind(AssertUnwindSafe(|| self.call_all(shared))).is_err() {
                lock(&self.rules).fail(shared.wall());
            }
            let wait = lock(&self.rules).next_wakeup().as_micros().saturating_sub(shared.wall().as_micros());
            let [rarely, often] = LOOKS;
            thread::park_timeout(Duration::from_micros(wait).clamp(often, rarely));
        };
        if let Err(error) = thread::Builder::new().name("xray-sampling".to_owned()).spawn(poll) {
            journal::warn(format_args!("local rules decide what is sampled: {error}"));
        }
    }

    /// Makes the calls that are due by now, on this thread; how many.
    pub(crate) fn call_all(&self, shared: &Shared) -> usize {
        let mut caller = lock(&self.calling);
        let mut buffer = vec![0; MAX_CALL];
        let mut calls = 0;
        loop {
            let now = shared.wall();
            // Out of the lock: what is asked takes as long as the daemon does.
            let asked =
                lock(&self.rules).poll(shared.service(), now, &mut buffer).map(|call| (call.path, call.body.len()));
            let Some((path, length)) = asked else { return calls };
            calls += 1;
            let made = self.call(path, buffer.get(..length).unwrap_or_default());
            let taken = made.and_then(|answer| self.take(&answer, shared.wall()).map_err(Failure::Answer));
            if !matches!(taken, Ok(()) | Err(Failure::Answer(_))) {
                lock(&self.rules).fail(shared.wall());
            }
            self.tell(&mut caller, path, taken.as_ref().err());
        }
    }

    fn call(&self, path: &'static str, body: &[u8]) -> Result<Vec<u8>, Failure> {
        let host = self.address.tcp();
        let request =
            Request { method: "POST", host: Some(host), path, headers: &[("Content-Type", "application/json")], body };
        let mut failure = Failure::Address("no address".to_owned());
        let addresses = self.addresses().map_err(|error| Failure::Address(error.to_string()))?;
        let deadline = Deadline::after(TIMEOUT);
        for address in addresses {
            match http::call(address, &request, deadline.left().unwrap_or_default(), MAX_ANSWER) {
                Ok(answer) if answer.status == 200 => return Ok(answer.body),
                Ok(answer) => return Err(Failure::Status(answer.status, excerpt(&answer.body))),
                // A name may stand for an address of each family, of which one works.
                Err(error @ HttpError::Unreachable(_)) => failure = Failure::Http(error),
                Err(error) => return Err(Failure::Http(error)),
            }
        }
        Err(failure)
    }

    fn addresses(&self) -> std::io::Result<Vec<SocketAddr>> {
        match self.address.tcp_numeric() {
            Some(numeric) => Ok(vec![numeric]),
            None => Ok(self.address.tcp().to_socket_addrs()?.collect()),
        }
    }

    /// Reads an answer on a copy, so that no decision waits for it.
    fn take(&self, answer: &[u8], now: Timestamp) -> Result<(), CallError> {
        let mut copy = Box::new(lock(&self.rules).copy_to_read());
        let taken = copy.handle(answer, now);
        lock(&self.rules).take_over(*copy);
        taken
    }

    /// One line for each change: it works, it does not.
    fn tell(&self, caller: &mut Caller, path: &str, failure: Option<&Failure>) {
        let address = self.address.tcp();
        let of_rules = path == "/GetSamplingRules";
        let fails = if of_rules { &mut caller.rules_fail } else { &mut caller.targets_fail };
        let change = (failure, std::mem::replace(fails, failure.is_some()));
        match (of_rules, change) {
            (true, (Some(failure), false)) => journal::warn(format_args!(
                "sampling rules cannot be had from {address}: {failure}; the last ones, if any, are used for an hour, and \
                 then local ones; further failures are not logged"
            )),
            (true, (None, true)) => journal::info(format_args!("sampling rules come from {address} again")),
            (false, (Some(failure), false)) => journal::warn(format_args!(
                "what was sampled cannot be reported to {address}: {failure}; rules keep the rates they have; further \
                 failures are not logged"
            )),
            (false, (None, true)) => journal::info(format_args!("what was sampled is reported to {address} again")),
            _ => {}
        }
        let left_out = lock(&self.rules).left_out();
        if left_out > 0 && !caller.left_out {
            journal::warn(format_args!(
                "{left_out} sampling rules of the lowest priority are left out, for want of room"
            ));
        }
        caller.left_out = left_out > 0;
    }
}

/// What an answer says, in a line of the log.
fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..4 * MAX_EXCERPT).unwrap_or(body)).into_owned();
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(MAX_EXCERPT).collect()
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(error) => f.write_str(error),
            Self::Http(error) => fmt::Display::fmt(error, f),
            Self::Status(status, body) => write!(f, "status {status}: {body}"),
            Self::Answer(error) => fmt::Display::fmt(error, f),
        }
    }
}
