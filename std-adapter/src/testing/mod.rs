//! A test kit for code that records: a recorder in memory, the same bytes each run, and assertions about its traces that
//! draw the trace when they fail. With the feature `testing`.
//!
//! ```
//! use std::time::Duration;
//! use xray_recorder::testing::TestRecorder;
//! # use xray_recorder::{Namespace, Recorder};
//! # fn checkout<T>(recorder: Recorder<T>, kit: &TestRecorder) {
//! #     recorder.in_segment("checkout", |segment| {
//! #         segment.put_annotation("tenant", "acme");
//! #         segment.in_subsegment("db", |db| {
//! #             kit.clock().advance(Duration::from_millis(5));
//! #             db.set_namespace(Namespace::Remote).add_exception(&std::fmt::Error);
//! #         });
//! #     });
//! # }
//!
//! let kit = TestRecorder::new();
//! checkout(kit.recorder(), &kit);
//!
//! let trace = kit.trace();
//! trace.segment("checkout").has_annotation("tenant", "acme").has_no_fault();
//! trace
//!     .segment("checkout")
//!     .subsegment("db")
//!     .is_remote()
//!     .has_fault()
//!     .has_exception("Error")
//!     .lasted(Duration::from_millis(5));
//! kit.assert_all_ended();
//! ```
//!
//! Where an assertion fails, its message has the trace in it:
//!
//! ```text
//! `db` has a fault, and was to have none
//!
//! Trace 1-58406520-…                                                     1.000 s
//! checkout  segment                ▕████████████████████████████████▏    1.000 s
//! └─ db     fault                  ▕████████████████████████████████▏    1.000 s
//! ```
//!
//! The kit takes no notice of the environment, and every document is judged by the strict rules of segment documents when a
//! trace is asked for.

mod assertions;
mod clock;
mod memory;
mod trace;

use std::fmt;
use std::time::Duration;

use xray_recorder_core::Timestamp;
use xray_recorder_core::testing::SeededRng;
use xray_recorder_receiver::{Finding, Validator, assemble};

pub use self::clock::TestClock;
pub use self::memory::Memory;
pub use self::trace::{RecordedEntity, RecordedTrace};
use crate::recorder::{Builder, Own, Recorder};

/// When a kit's clock starts: 2016-12-01T18:00:00Z.
const START: Timestamp = Timestamp::from_secs(1_480_615_200);

/// A recorder for tests: in memory, with a clock that the test moves and ids from a seed. See [`testing`](self).
#[derive(Clone, Debug)]
pub struct TestRecorder {
    recorder: Recorder<Memory>,
    clock: TestClock,
}

impl TestRecorder {
    /// A recorder with the defaults of a server, but for what it says of the SDK, which is left out.
    #[must_use]
    pub fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// A recorder with other settings.
    ///
    /// ```
    /// use xray_recorder::Embed;
    /// use xray_recorder::testing::TestRecorder;
    ///
    /// let kit = TestRecorder::with(|builder| builder.embed(Embed::Never));
    /// kit.recorder().in_segment("checkout", |segment| segment.begin_subsegment("db").end());
    /// kit.trace().segment("checkout").subsegment("db").was_sent_alone();
    /// ```
    ///
    /// # Panics
    ///
    /// Where the settings are none that a recorder can have.
    #[must_use]
    #[track_caller]
    pub fn with(settings: impl FnOnce(Builder<Own<Memory>>) -> Builder<Own<Memory>>) -> Self {
        let clock = TestClock::at(START);
        let builder = Recorder::builder()
            .ignore_environment()
            .describe_sdk(false)
            .transport(Memory::default())
            .clock(clock.clone())
            .rng(SeededRng::new(7));
        match settings(builder).build() {
            Ok(recorder) => Self { recorder, clock },
            Err(error) => panic!("the recorder cannot be made: {error}"),
        }
    }

    /// The recorder, to hand to the code under test.
    #[must_use]
    pub fn recorder(&self) -> Recorder<Memory> {
        self.recorder
    }

    /// The clock, which stands until it is moved.
    #[must_use]
    pub fn clock(&self) -> &TestClock {
        &self.clock
    }

    /// Fails the next `count` sends.
    pub fn fail_next_sends(&self, count: u64) {
        self.recorder.transport().fail_next(count);
    }

    /// The only trace that was sent.
    ///
    /// # Panics
    ///
    /// Where there is none, or more than one; and where a document breaks a rule.
    #[must_use]
    #[track_caller]
    pub fn trace(&self) -> RecordedTrace {
        let mut traces = self.traces();
        if traces.len() == 1 {
            return traces.remove(0);
        }
        panic!("{} traces were sent, and it was to be one{}", traces.len(), Pictures(&traces));
    }

    /// All traces that were sent, in the order of their first documents.
    ///
    /// # Panics
    ///
    /// Where a document breaks a rule of segment documents. A parent that is another process's is no offence.
    #[must_use]
    #[track_caller]
    pub fn traces(&self) -> Vec<RecordedTrace> {
        let datagrams = self.recorder.transport().datagrams();
        let traces: Vec<_> = assemble(&datagrams).into_iter().map(RecordedTrace::new).collect();
        let upstream = traces.iter().flat_map(RecordedTrace::upstream);
        let validator = upstream.fold(Validator::default(), Validator::upstream);
        let findings = validator.check_trace(&datagrams);
        assert!(findings.is_empty(), "a document breaks the rules: {}{}", Lines(&findings), Pictures(&traces));
        traces
    }

    /// Asserts that no document was sent.
    #[track_caller]
    pub fn assert_nothing_sent(&self) {
        let traces = self.traces();
        assert!(traces.is_empty(), "nothing was to be sent{}", Pictures(&traces));
    }

    /// Asserts that everything that was begun has ended.
    #[track_caller]
    pub fn assert_all_ended(&self) {
        let open = self.recorder.stats().open;
        assert!(open == 0, "{open} entities have not ended{}", Pictures(&self.traces()));
    }
}

impl Default for TestRecorder {
    fn default() -> Self {
        Self::new()
    }
}

/// A blank line, and then what was sent.
struct Pictures<'t>(&'t [RecordedTrace]);

impl fmt::Display for Pictures<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|trace| write!(f, "\n\n{trace}"))
    }
}

/// Findings, a line each.
struct Lines<'f>(&'f [Finding]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|finding| write!(f, "\n  {finding}"))
    }
}

/// Durations of a document, which are microseconds.
fn micros(seconds: f64) -> Duration {
    Duration::from_micros((seconds * 1e6).round() as u64)
}
