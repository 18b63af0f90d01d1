//! What the integration tests share: a transport that keeps everything, a log that is heard, a process of its own.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub(crate) mod daemon;

use std::cell::RefCell;
use std::collections::HashMap;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once};
use std::time::Duration;
use std::{env, thread};

use serde_json::Value;
use xray_recorder::{Clock, Recorder, Stats, Timestamp, Transport};
use xray_recorder_core::testing::SeededRng;
use xray_recorder_receiver::{Code, Datagram, Finding, Trace, Validator, assemble};

/// How long an event may take that does happen.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// A transport that keeps every datagram, also those it refuses.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    fails_each: u64,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    sends: u64,
    sent: Vec<Vec<u8>>,
    failed: Vec<Vec<u8>>,
}

impl Memory {
    /// One that fails on sends `k`, `2k`, `3k`…
    pub(crate) fn failing_each(k: u64) -> Self {
        Self { fails_each: k, ..Self::default() }
    }

    pub(crate) fn sent(&self) -> Vec<Datagram> {
        self.kept.lock().unwrap().sent.iter().map(|bytes| Datagram::parse(bytes.as_slice())).collect()
    }

    pub(crate) fn failed(&self) -> Vec<Datagram> {
        self.kept.lock().unwrap().failed.iter().map(|bytes| Datagram::parse(bytes.as_slice())).collect()
    }
}

impl embedded_io::ErrorType for &Memory {
    type Error = embedded_io::ErrorKind;
}

impl Transport for &Memory {
    fn send(&mut self, datagram: &[u8]) -> Result<(), embedded_io::ErrorKind> {
        let mut kept = self.kept.lock().unwrap();
        kept.sends += 1;
        if kept.sends.checked_rem(self.fails_each) == Some(0) {
            kept.failed.push(datagram.to_vec());
            return Err(embedded_io::ErrorKind::Other);
        }
        kept.sent.push(datagram.to_vec());
        Ok(())
    }
}

/// A recorder whose datagrams stay in memory, each segment described by what the test says alone. Its clock gives each
/// entity a start of its own, so that siblings have an order.
pub(crate) fn recorder() -> Recorder<Memory> {
    let builder = Recorder::builder().describe_sdk(false).transport(Memory::default());
    builder.clock(SetClock::at(1_700_000_000_000_000, 1)).build().unwrap()
}

/// The documents that were sent, in order.
pub(crate) fn documents(recorder: Recorder<Memory>) -> Vec<Value> {
    recorder.transport().sent().iter().map(|datagram| datagram.document().unwrap().to_value()).collect()
}

/// The only document that was sent, after the strict judge saw it.
pub(crate) fn document(recorder: Recorder<Memory>) -> Value {
    assert_eq!(findings(&recorder.transport().sent()), []);
    let mut documents = documents(recorder);
    assert_eq!(documents.len(), 1, "{documents:#?}");
    documents.remove(0)
}

/// The traces that were sent.
pub(crate) fn traces(recorder: Recorder<Memory>) -> Vec<Trace> {
    assemble(&recorder.transport().sent())
}

/// What the strict judge finds, except that a trace is larger than the service keeps: that is the test's own doing.
pub(crate) fn findings(datagrams: &[Datagram]) -> Vec<Finding> {
    findings_below(datagrams, &[])
}

/// The same where these are entities of callers.
pub(crate) fn findings_below(datagrams: &[Datagram], upstream: &[&str]) -> Vec<Finding> {
    let validator = upstream.iter().fold(Validator::default(), |validator, &id| validator.upstream(id));
    let mut findings = validator.check_trace(datagrams);
    findings.retain(|finding| finding.code != Code::TraceTooLarge);
    findings
}

/// Asserts that everything begun has become something.
pub(crate) fn assert_settled(stats: Stats) {
    assert_eq!(stats.begun, stats.sent + stats.failed + stats.dropped + stats.let_go + stats.open, "{stats:?}");
    assert_eq!(stats.open, 0, "{stats:?}");
}

/// How many entities the datagrams hold.
pub(crate) fn entities(datagrams: &[Datagram]) -> u64 {
    fn count(entity: &Value) -> u64 {
        1 + entity["subsegments"].as_array().into_iter().flatten().map(count).sum::<u64>()
    }
    datagrams.iter().map(|datagram| count(&datagram.document().unwrap().to_value())).sum()
}

/// Asserts of entities that say in the annotations `n` and `p` who they and their parents are: the numbers 0 to `count`
/// are there, each once, with ids of their own and under the right parent. A parent that is no entity of the test is
/// `p` = -1.
pub(crate) fn assert_each_once<'d>(datagrams: impl IntoIterator<Item = &'d Datagram>, count: u64) {
    let mut seen: HashMap<u64, u64> = HashMap::new();
    for trace in assemble(datagrams) {
        for entity in trace.entities() {
            let number = entity.annotation("n").and_then(Value::as_u64).expect("a number");
            *seen.entry(number).or_default() += 1 + entity.superseded.len() as u64;
            let expected = entity.annotation("p").and_then(Value::as_i64).expect("the number of the parent");
            let parent = trace.parent(entity).and_then(|parent| parent.annotation("n")).and_then(Value::as_i64);
            assert_eq!(parent.unwrap_or(-1), expected, "the parent of {number}");
        }
    }
    let wrong: Vec<_> = (0..count).filter(|number| seen.get(number) != Some(&1)).take(10).collect();
    assert!(wrong.is_empty(), "not exactly once: {wrong:?} and maybe more");
    assert_eq!(seen.len() as u64, count);
}

/// A clock that tells what it is told.
#[derive(Debug, Default)]
pub(crate) struct SetClock {
    pub(crate) micros: AtomicU64,
    /// What each reading adds, for clocks that run; may be a negative number in two's complement.
    pub(crate) step: u64,
}

impl SetClock {
    pub(crate) fn at(micros: u64, step: i64) -> Self {
        Self { micros: AtomicU64::new(micros), step: step as u64 }
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros.fetch_add(self.step, Ordering::Relaxed))
    }
}

/// Numbers for a test that wants many cases, the same each time.
#[derive(Debug)]
pub(crate) struct Dice(SeededRng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SeededRng::new(seed))
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.0.next_u64() % limit as u64) as usize
    }
}

thread_local! {
    static RECORDS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

struct PerThread;

impl log::Log for PerThread {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        RECORDS.with_borrow_mut(|records| records.push(format!("{}: {}", record.level(), record.args())));
    }

    fn flush(&self) {}
}

/// What was logged on this thread meanwhile: tests run at the same time, each on a thread of its own.
pub(crate) fn logged(work: impl FnOnce()) -> Vec<String> {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        log::set_logger(&PerThread).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
    RECORDS.with_borrow_mut(Vec::clear);
    work();
    RECORDS.take()
}

/// Runs `work` on a thread of its own, and fails where it does not return: a deadlock is a failure and no hang.
pub(crate) fn within_deadline(work: impl FnOnce() + Send + 'static) {
    let (done, finished) = std::sync::mpsc::channel();
    let worker = thread::spawn(move || {
        work();
        drop(done);
    });
    let outcome = finished.recv_timeout(DEADLINE);
    assert_eq!(outcome, Err::<(), _>(std::sync::mpsc::RecvTimeoutError::Disconnected), "it hangs");
    worker.join().unwrap();
}

const CASE: &str = "XRAY_RECORDER_TEST_CASE";

/// Which case this process was started for by [`run_again`], if by that.
pub(crate) fn case() -> Option<String> {
    env::var(CASE).ok()
}

/// Runs the test of this name again in a process of its own, since the environment is the process's: with these
/// variables, and without any other this crate reads.
#[track_caller]
pub(crate) fn run_again(test: &str, case: &str, variables: &[(&str, &str)]) {
    let ours = |name: &str| name.starts_with("AWS_XRAY_") || name.contains("LAMBDA") || name == "_X_AMZN_TRACE_ID";
    let mut command = Command::new(env::current_exe().unwrap());
    env::vars().filter(|(name, _)| ours(name)).for_each(|(name, _)| {
        command.env_remove(name);
    });
    let output = command
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .envs(variables.iter().copied())
        .env(CASE, case)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{case}: {text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
