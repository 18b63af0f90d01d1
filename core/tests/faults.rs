//! Whatever fails, `begun == sent + failed + dropped + open`, after every step, and each counter is what a model says.
//!
//! Random stories over six documents, with a transport that fails on every `k`th send for each `k` from 1 to 50, a
//! source of randomness that fails now and then, a clock that jumps, and one document too small for anything.

use std::collections::BTreeSet;

use xray_recorder_core::testing::{FailingRng, FaultTransport, Injected, ManualClock, MemoryTransport, SeededRng};
use xray_recorder_core::{
    BeginError, Delivery, Document, DocumentView, Embed, MAX_TRACE_BYTES, Recorder, Rng, RngFailed, Segment, Stats,
    Subsegment, Timestamp, TraceContext, TraceHeader,
};

mod support;

use support::arguments::Arguments;
use support::log::Log;
use support::sent::Sent;

/// Fails on every seventh call.
struct Unsteady {
    rng: SeededRng,
    calls: u64,
}

impl Rng for Unsteady {
    fn fill(&mut self, dest: &mut [u8]) -> Result<(), RngFailed> {
        self.calls += 1;
        if self.calls.is_multiple_of(7) { FailingRng.fill(dest) } else { self.rng.fill(dest) }
    }
}

/// What the model knows of an open entity.
#[derive(Clone, Default)]
struct Open {
    ids: BTreeSet<String>,
    is_segment: bool,
    cut: u64,
    refused: u64,
    /// Bytes of children that were to be sent alone.
    alone: u64,
}

#[derive(Debug)]
enum Step {
    BeginSegment,
    BeginSubsegment,
    Annotate,
    Cut,
    Refuse,
    Fill(usize),
    InProgress,
    End(Option<usize>),
    Abandon,
    SetClock(u64),
}

struct Story<'c> {
    random: Arguments,
    log: Log<Step>,
    clock: &'c ManualClock,
    recorder: Recorder<FaultTransport<Sent>, &'c ManualClock, Unsteady>,
    documents: Vec<Box<DocumentView>>,
    open: Vec<Option<Open>>,
    /// Contexts under which children begin, of ended entities too.
    contexts: Vec<TraceContext>,
    k: u64,
    sends: u64,
    draws: u64,
    has_children: bool,
    expected: Stats,
    arrived: BTreeSet<String>,
}

impl<'c> Story<'c> {
    fn new(k: u64, clock: &'c ManualClock, embed: Embed) -> Self {
        let documents: Vec<Box<DocumentView>> = vec![
            Box::new(Document::<16_384>::new()),
            Box::new(Document::<2_000>::new()),
            Box::new(Document::<900>::new()),
            Box::new(Document::<600>::new()),
            Box::new(Document::<400>::new()),
            Box::new(Document::<225>::new()),
        ];
        let mut log = Log::new(k);
        log.capacities = documents.iter().map(|document| document.capacity()).collect();
        let rng = Unsteady { rng: SeededRng::new(k), calls: 0 };
        let transport = FaultTransport::every(k, Sent::default());
        Self {
            random: Arguments::new(k),
            log,
            clock,
            recorder: Recorder::new(transport, clock, rng).with_embed(embed),
            open: vec![None; documents.len()],
            documents,
            contexts: Vec::new(),
            k,
            sends: 0,
            draws: 0,
            has_children: false,
            expected: Stats::default(),
            arrived: BTreeSet::new(),
        }
    }

    fn step(&mut self) {
        let at = self.random.below(self.documents.len());
        let step = self.choose(at);
        match self.log.note(at, step) {
            Step::BeginSegment => self.begin_segment(at),
            Step::BeginSubsegment => self.begin_subsegment(at),
            Step::SetClock(micros) => self.clock.set(Timestamp::from_micros(*micros)),
            &Step::End(parent) => self.end(at, parent),
            Step::InProgress => self.send_in_progress(at),
            Step::Abandon => self.abandon(at),
            Step::Annotate => self.annotate(at, "k", "v", 0),
            Step::Cut => self.annotate(at, "long", &"漢".repeat(1_001), 1),
            Step::Refuse => self.annotate(at, "not-a-key", "v", 0),
            &Step::Fill(length) => self.fill(at, &"x".repeat(length)),
        }
        self.check();
    }

    fn choose(&mut self, at: usize) -> Step {
        let random = &mut self.random;
        if random.once_in(20) {
            return Step::SetClock(1_465_510_280_000_000 + random.bits() % 1_000_000);
        }
        if self.open[at].is_none() {
            let subsegment = !self.contexts.is_empty() && !random.once_in(3);
            return if subsegment { Step::BeginSubsegment } else { Step::BeginSegment };
        }
        match random.below(12) {
            0 => Step::Annotate,
            1 => Step::Cut,
            2 => Step::Refuse,
            3 | 4 => Step::Fill(random.below(3_000)),
            5 => Step::InProgress,
            6 if random.once_in(3) => Step::Abandon,
            _ => {
                // The right parent where that is open, or none, or a wrong one.
                let parent = self.documents[at].parent_id();
                let is_parent = |document: &DocumentView| {
                    document.is_open() && document.context().map(|context| context.id()) == parent
                };
                let right =
                    self.documents.iter().position(|document| is_parent(document)).filter(|_| !random.once_in(6));
                let wrong = Some(random.below(self.documents.len()));
                let wrong = wrong.filter(|&wrong| random.once_in(6) && self.open[wrong].is_some());
                Step::End(right.or(wrong).filter(|&parent| parent != at))
            }
        }
    }

    fn begin_segment(&mut self, at: usize) {
        self.draws += 1;
        self.expected.begun += 1;
        let result = self.recorder.begin_segment(&mut self.documents[at], "s", &TraceHeader::default());
        let error = result.as_ref().err().copied();
        if let Ok(segment) = result {
            self.contexts.push(segment.context());
            self.opened(at, true);
        } else {
            let no_randomness = self.draws.is_multiple_of(7);
            assert_eq!(error, Some(if no_randomness { BeginError::RngFailed } else { BeginError::Full }));
            self.expected.dropped += 1;
        }
    }

    fn begin_subsegment(&mut self, at: usize) {
        let context = self.random.one_of(&self.contexts);
        self.expected.begun += 1;
        // The first child's number is drawn.
        self.draws += u64::from(!std::mem::replace(&mut self.has_children, true));
        match self.recorder.begin_subsegment(&mut self.documents[at], "c", &context) {
            Ok(subsegment) => {
                self.contexts.push(subsegment.context());
                self.opened(at, false);
            }
            Err(error) => {
                assert_eq!((error, at), (BeginError::Full, 5));
                self.expected.dropped += 1;
            }
        }
        let forgotten = self.contexts.len().saturating_sub(8);
        self.contexts.drain(..forgotten);
    }

    fn opened(&mut self, at: usize, is_segment: bool) {
        let id = self.documents[at].context().expect("it was begun").id().to_string();
        self.open[at] = Some(Open { ids: BTreeSet::from([id]), is_segment, ..Open::default() });
        self.expected.open += 1;
    }

    /// An annotation, of which `cut` texts count when it is accepted.
    fn annotate(&mut self, at: usize, key: &str, text: &str, cut: u64) {
        let document = &mut self.documents[at];
        let accepted = match Segment::resume(document) {
            Some(mut segment) => segment.put_annotation(key, text).is_ok(),
            None => Subsegment::resume(document).expect("it is open").put_annotation(key, text).is_ok(),
        };
        let open = self.open[at].as_mut().expect("it is open");
        open.cut += if accepted { cut } else { 0 };
        open.refused += u64::from(!accepted);
    }

    fn fill(&mut self, at: usize, text: &str) {
        let document = &mut self.documents[at];
        let accepted = match Segment::resume(document) {
            Some(mut segment) => segment.put_metadata("fill", text).is_ok(),
            None => Subsegment::resume(document).expect("it is open").put_metadata("fill", text).is_ok(),
        };
        self.open[at].as_mut().expect("it is open").refused += u64::from(!accepted);
    }

    /// Whether the next send goes through.
    fn next_send_works(&mut self) -> bool {
        self.sends += 1;
        !self.sends.is_multiple_of(self.k)
    }

    fn send_in_progress(&mut self, at: usize) {
        let works = self.next_send_works();
        let document = &mut self.documents[at];
        let length = document.datagram().expect("it is open").len() as u64;
        let result = match Segment::resume(document) {
            Some(mut segment) => self.recorder.send_in_progress(&mut segment),
            None => self.recorder.send_in_progress(&mut Subsegment::resume(document).expect("it is open")),
        };
        assert_eq!(result, if works { Ok(()) } else { Err(Injected) });
        if works {
            self.expected.datagrams += 1;
            self.expected.bytes += length;
        }
    }

    fn abandon(&mut self, at: usize) {
        match Segment::resume(&mut self.documents[at]) {
            Some(segment) => self.recorder.abandon(segment),
            None => self.recorder.abandon(Subsegment::resume(&mut self.documents[at]).expect("it is open")),
        }
        let open = self.open[at].take().expect("it is open");
        self.settle(&open);
        self.expected.dropped += open.ids.len() as u64;
    }

    fn settle(&mut self, open: &Open) {
        self.expected.open -= open.ids.len() as u64;
        self.expected.cut += open.cut;
        self.expected.refused += open.refused;
    }

    fn end(&mut self, at: usize, parent: Option<usize>) {
        let open = self.open[at].take().expect("it is open");
        let result = self.end_in_documents(at, parent);
        if result == Ok(Delivery::Embedded) {
            let parent = parent.expect("it was embedded in one");
            assert_eq!(self.documents[parent].context().map(|context| context.id()), self.documents[at].parent_id());
            let parent = self.open[parent].as_mut().expect("the parent is open");
            parent.ids.extend(open.ids);
            parent.cut += open.cut;
            parent.refused += open.refused;
            parent.alone += open.alone;
            return;
        }
        let works = self.next_send_works();
        assert_eq!(result, if works { Ok(Delivery::Sent) } else { Err(Injected) });
        let length = self.documents[at].datagram().expect("it has ended").len() as u64;
        self.settle(&open);
        if works {
            self.expected.sent += open.ids.len() as u64;
            self.expected.datagrams += 1;
            self.expected.bytes += length;
            assert!(open.ids.iter().all(|id| self.arrived.insert(id.clone())), "an entity was sent twice");
        } else {
            self.expected.failed += open.ids.len() as u64;
        }
        let related = |parent: &usize| {
            self.documents[*parent].context().map(|context| context.id()) == self.documents[at].parent_id()
        };
        match parent.filter(related) {
            Some(parent) if !open.is_segment => {
                self.open[parent].as_mut().expect("the parent is open").alone += length + open.alone;
            }
            _ => {
                let oversize = open.is_segment && length + open.alone > MAX_TRACE_BYTES;
                self.expected.oversize_traces += u64::from(oversize);
            }
        }
    }

    fn end_in_documents(&mut self, at: usize, parent: Option<usize>) -> Result<Delivery, Injected> {
        let Some(parent) = parent else {
            return match Segment::resume(&mut self.documents[at]) {
                Some(segment) => self.recorder.end_segment(segment),
                None => {
                    let subsegment = Subsegment::resume(&mut self.documents[at]).expect("it is open");
                    self.recorder.end_alone(subsegment)
                }
            }
            .map(|()| Delivery::Sent);
        };
        let [child, parent] = self.documents.get_disjoint_mut([at, parent]).expect("two documents");
        let now = self.recorder.now(&child.context().expect("it is open"));
        let ended = match Segment::resume(child) {
            Some(segment) => segment.end(now),
            None => Subsegment::resume(child).expect("it is open").end(now),
        };
        match Segment::resume(parent) {
            Some(mut parent) => self.recorder.deliver_in(ended, &mut parent),
            None => self.recorder.deliver_in(ended, &mut Subsegment::resume(parent).expect("it is open")),
        }
    }

    fn check(&self) {
        let stats = self.recorder.stats();
        assert_eq!(stats.begun, stats.sent + stats.failed + stats.dropped + stats.open);
        assert_eq!(stats, self.expected);
    }

    /// Ends what is open, and compares what arrived with what the counters say.
    fn finish(mut self) -> Stats {
        for at in 0..self.documents.len() {
            if self.open[at].is_some() {
                self.end(at, None);
                self.check();
            }
        }
        let stats = self.recorder.stats();
        assert_eq!(stats.open, 0);
        let sent = self.recorder.transport().inner();
        assert_eq!(stats.datagrams, sent.0.len() as u64);
        assert_eq!(stats.bytes, sent.0.iter().map(|datagram| datagram.len() as u64).sum::<u64>());
        let ended: Vec<_> = sent.documents().iter().map(|document| document.get("end_time").is_some()).collect();
        let complete =
            Sent(sent.0.iter().zip(ended).filter(|(_, ended)| *ended).map(|(text, _)| text.clone()).collect());
        let entities = complete.entities();
        assert_eq!(entities.len() as u64, stats.sent, "each entity that was sent arrived once");
        assert_eq!(entities.into_iter().map(|entity| entity.id).collect::<BTreeSet<_>>(), self.arrived);
        stats
    }
}

#[test]
fn the_equation_holds_when_every_kth_send_fails() {
    let mut sum = Stats::default();
    for k in 1..=50 {
        for embed in [Embed::IfFits, Embed::AtMost(2), Embed::Never] {
            let clock = ManualClock::at(Timestamp::from_secs(1_465_510_280));
            let mut story = Story::new(k, &clock, embed);
            for _ in 0..1_500 {
                story.step();
            }
            let stats = story.finish();
            assert!(stats.failed > 0 && stats.dropped > 0 && (stats.sent > 0) == (k > 1), "{k}: {stats:?}");
            sum.sent += stats.sent;
            sum.cut += stats.cut;
            sum.refused += stats.refused;
            sum.oversize_traces += stats.oversize_traces;
        }
    }
    assert!(sum.sent > 10_000 && sum.cut > 1_000 && sum.refused > 1_000, "{sum:?}");
}

#[test]
fn a_transport_that_is_full_fails_and_is_counted() {
    let clock = ManualClock::at(Timestamp::from_secs(1));
    let mut recorder = Recorder::new(MemoryTransport::<400>::new(), &clock, SeededRng::new(1));
    let mut document = Document::<1024>::new();
    let mut results = Vec::new();
    for _ in 0..5 {
        let segment = recorder.begin_segment(&mut document, "s", &TraceHeader::default()).expect("it is large enough");
        results.push(recorder.end_segment(segment).is_ok());
    }
    assert_eq!(results, [true, true, false, false, false]);
    let stats = recorder.stats();
    assert_eq!((stats.begun, stats.sent, stats.failed, stats.dropped, stats.open), (5, 2, 3, 0, 0));
    assert_eq!(recorder.transport().datagrams().count(), 2);
}

#[test]
fn without_randomness_a_segment_is_dropped_and_its_document_left_alone() {
    let clock = ManualClock::at(Timestamp::from_secs(1));
    let mut document = Document::<1024>::new();
    let mut steady = Recorder::new(Sent::default(), &clock, SeededRng::new(1));
    let _ = steady.begin_segment(&mut document, "s", &TraceHeader::default()).expect("it is large enough");
    let before = document.json().map(str::to_owned);
    let mut recorder = Recorder::new(Sent::default(), &clock, FailingRng);
    for n in 1..10 {
        let result = recorder.begin_segment(&mut document, "s", &TraceHeader::default());
        assert_eq!(result.err(), Some(BeginError::RngFailed));
        assert_eq!((recorder.stats().begun, recorder.stats().dropped), (n, n));
    }
    assert_eq!(document.json().map(str::to_owned), before);
}

#[test]
fn a_segment_that_is_not_sampled_is_not_counted_and_touches_nothing() {
    let clock = ManualClock::at(Timestamp::from_secs(1));
    let mut recorder = Recorder::new(Sent::default(), &clock, FailingRng);
    let mut document = Document::<1024>::new();
    for header in ["Sampled=0", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0;Foo=x"] {
        let result = recorder.begin_segment(&mut document, "s", &TraceHeader::parse(header));
        assert_eq!(result.err(), Some(BeginError::NotSampled));
    }
    assert_eq!(recorder.stats(), Stats::default());
    assert!(document.datagram().is_none());
}
