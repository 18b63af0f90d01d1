//! Who tells a story through our API, and remembers what came of it.

use std::sync::{Mutex, PoisonError};

use xray_recorder::{Builder, Embed, OutgoingHeader, Own, Recorder, Timestamp, TraceHeader};
use xray_recorder_core::testing::SeededRng;
use xray_recorder_receiver::{Datagram, Finding, Validator};

use crate::memory::{Memory, SteppingClock};
use crate::shape::Shape;

/// When our stories take place: 2016-12-01T18:00:00Z.
pub const BEGINNING: Timestamp = Timestamp::from_secs(1_480_615_200);

/// The header most stories with a caller begin with.
pub const HEADER: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

/// A recorder on a host that is the same each time.
#[derive(Debug)]
pub struct Teller {
    recorder: Recorder<Memory>,
    headers: Mutex<Vec<String>>,
}

impl Teller {
    /// One with the defaults of a server, whatever the environment says.
    #[must_use]
    pub fn new() -> Self {
        Self::of(Builder::ignore_environment)
    }

    /// One in a Lambda function whose invocation has this trace header.
    #[must_use]
    pub fn in_lambda(header: &'static str) -> Self {
        Self::of(|builder| builder.ignore_environment().in_lambda(move || Some(header.to_owned())))
    }

    /// One that embeds by another rule.
    #[must_use]
    pub fn with(embed: Embed) -> Self {
        Self::of(|builder| builder.ignore_environment().embed(embed))
    }

    /// One whose recorder is finished by `choose`; the environment has a say unless that ignores it.
    ///
    /// # Panics
    ///
    /// When the recorder is given capacities that no document has.
    #[must_use]
    pub fn of(choose: impl FnOnce(Builder<Own<Memory>>) -> Builder<Own<Memory>>) -> Self {
        let builder = Recorder::builder()
            .service("svc")
            .transport(Memory::default())
            .clock(SteppingClock::at(BEGINNING))
            .rng(SeededRng::new(7));
        let recorder = choose(builder).build().expect("the capacities are the defaults");
        Self { recorder, headers: Mutex::default() }
    }

    /// The recorder.
    #[must_use]
    pub const fn recorder(&self) -> Recorder<Memory> {
        self.recorder
    }

    /// Where the datagrams go.
    #[must_use]
    pub const fn memory(&self) -> &'static Memory {
        self.recorder.transport()
    }

    /// Remembers the header of a request that an entity of the story makes.
    pub fn calls(&self, header: &OutgoingHeader) {
        self.headers.lock().unwrap_or_else(PoisonError::into_inner).push(header.to_string());
    }

    /// What was sent, as the receiver reads it.
    #[must_use]
    pub fn datagrams(&self) -> Vec<Datagram> {
        self.memory().datagrams().into_iter().map(Datagram::parse).collect()
    }

    /// What the strict judge has to say about it.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let parent = TraceHeader::parse(HEADER).parent().map(|id| id.to_string());
        Validator::default().upstream(parent.unwrap_or_default()).check_trace(&self.datagrams())
    }

    /// The shape of what was sent.
    #[must_use]
    pub fn shape(&self) -> Shape {
        let datagrams = self.datagrams();
        let headers = self.headers.lock().unwrap_or_else(PoisonError::into_inner);
        Shape::of(datagrams.iter().filter_map(Datagram::document), headers.iter().map(String::as_str))
    }
}

impl Default for Teller {
    fn default() -> Self {
        Self::new()
    }
}
