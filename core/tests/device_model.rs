//! A device that does what its program pleases while the time becomes known, against what must hold of all it sends.

use std::cell::Cell;

use serde_json::Value;
use xray_recorder_core::testing::{MemoryTransport, SeededRng};
use xray_recorder_core::{
    BootClock, Clock, Document, DocumentView, Embed, Outbox, Recorder, Segment, Subsegment, Timestamp, TraceContext,
    TraceHeader, Transport,
};

const BUILT: Timestamp = Timestamp::from_secs(1_770_000_000);
const NOON: Timestamp = Timestamp::from_secs(1_780_000_000);
const DAY: f64 = 86_400.0;
const ROUNDS: u64 = if cfg!(miri) { 2 } else { 400 };

/// What a program finds to send with: at once, or behind an outbox from which documents are let go now and then.
trait Sink: Transport {
    /// Has what waits leave; what has left.
    fn sent(&mut self, release: Option<xray_recorder_core::Epoch>) -> Vec<Vec<u8>>;
}

impl Sink for MemoryTransport<65536> {
    fn sent(&mut self, _: Option<xray_recorder_core::Epoch>) -> Vec<Vec<u8>> {
        let sent = self.datagrams().map(<[u8]>::to_vec).collect();
        *self = Self::new();
        sent
    }
}

impl Sink for Outbox<2000> {
    fn sent(&mut self, release: Option<xray_recorder_core::Epoch>) -> Vec<Vec<u8>> {
        let mut memory = MemoryTransport::<65536>::new();
        loop {
            assert_eq!(self.drain_to(&mut memory), Ok(()));
            if !release.is_some_and(|epoch| self.release(epoch)) {
                return memory.sent(None);
            }
        }
    }
}

#[cfg(feature = "critical-section")]
impl Sink for &xray_recorder_core::Shared<Outbox<2000>> {
    fn sent(&mut self, release: Option<xray_recorder_core::Epoch>) -> Vec<Vec<u8>> {
        self.with(|outbox| outbox.sent(release)).expect("nobody is at work on it")
    }
}

fn document(datagram: &[u8]) -> Value {
    let text = std::str::from_utf8(datagram).expect("a datagram is text");
    let (header, document) = text.split_once('\n').expect("a datagram has a header line");
    assert_eq!(header, r#"{"format":"json","version":1}"#);
    serde_json::from_str(document).unwrap_or_else(|error| panic!("{error}: {document}"))
}

/// What holds of every entity: times of the wall, in order, and known ones unless it says otherwise. How many there are.
fn check(entity: &Value, is_marked: bool) -> u64 {
    let start = entity["start_time"].as_f64().expect("it has begun");
    let range = if is_marked {
        BUILT.as_secs() as f64..BUILT.as_secs() as f64 + DAY
    } else {
        NOON.as_secs() as f64 - DAY..NOON.as_secs() as f64 + DAY
    };
    assert!(range.contains(&start), "{entity}");
    if entity["in_progress"] == true {
        assert!(entity["end_time"].is_null(), "{entity}");
        return 0;
    }
    let end = entity["end_time"].as_f64().expect("it has ended");
    assert!(end >= start && end < start + DAY, "{entity}");
    let children = entity["subsegments"].as_array().into_iter().flatten();
    1 + children.map(|child| check(child, is_marked)).sum::<u64>()
}

/// One life of a device, from `seed`; what it sent, how many documents had the mark, and how many entities failed.
fn life<T: Sink>(transport: T, seed: u64) -> (Vec<Vec<u8>>, u64, u64) {
    let mut dice = SeededRng::new(seed);
    let mut dice = move |sides: u64| dice.next_u64() % sides;
    let ticks = Cell::new(dice(3_000_000));
    let clock = BootClock::new(|| ticks.get(), BUILT);
    let mut recorder = Recorder::new(transport, &clock, SeededRng::new(seed));
    let upstream = TraceContext::new(
        "1-5759e988-bd862e3fe1be46a994272793".parse().expect("it is one"),
        "53995c3f42cd8ad8".parse().expect("it is one"),
    );
    let headers = [TraceHeader::default(), upstream.header()];
    let mut whole = Document::<700>::new();
    let (mut short, mut long) = (Document::<330>::new(), Document::<512>::new());
    let (mut parent, mut all, mut marked, mut entities) = (upstream, Vec::new(), 0, 0);
    for _ in 0..60 {
        ticks.set(ticks.get() + [0, 70, 400_000][dice(3) as usize]);
        let by_hand = dice(4) == 0;
        let at = if dice(2) == 0 { clock.now() } else { recorder.now(&parent) };
        let child: &mut DocumentView = if dice(2) == 0 { &mut short } else { &mut long };
        match dice(12) {
            0 | 1 => {
                if let Ok(segment) = recorder.begin_segment(&mut whole, "sensor", &headers[dice(2) as usize]) {
                    parent = segment.context();
                }
            }
            2..5 => {
                let parent = if dice(5) == 0 { upstream } else { parent };
                if let Ok(mut bus) = recorder.begin_subsegment(child, "bus", &parent) {
                    let _ = bus.put_annotation("number", dice(1_000));
                    let _ = bus.put_metadata_in(
                        ["clock", "other"][dice(2) as usize],
                        "set",
                        &"x".repeat(dice(90) as usize),
                    );
                }
            }
            5 | 6 => {
                if let Some(bus) = Subsegment::resume(child) {
                    let _ = match (Segment::resume(&mut whole), by_hand) {
                        (Some(mut segment), true) => {
                            let mut ended = bus.end(at);
                            let _ = segment.embed(&mut ended, Embed::IfFits);
                            recorder.deliver_in(ended, &mut segment).map(drop)
                        }
                        (Some(mut segment), false) => recorder.end_subsegment(bus, &mut segment).map(drop),
                        (None, true) => recorder.deliver(bus.end(at)),
                        (None, false) => recorder.end_alone(bus),
                    };
                }
            }
            7 | 8 => {
                if let Some(segment) = Segment::resume(&mut whole) {
                    let _ = if by_hand { recorder.deliver(segment.end(at)) } else { recorder.end_segment(segment) };
                }
            }
            9 => {
                if let Some(mut segment) = Segment::resume(&mut whole) {
                    let _ = recorder.send_in_progress(&mut segment);
                }
            }
            10 if dice(4) == 0 => {
                let now = NOON + core::time::Duration::from_micros(ticks.get());
                // With or without the recorder, and with the time of somebody who is wrong.
                match dice(3) {
                    0 => assert_eq!(recorder.set_time(now), Ok(())),
                    1 => assert!(clock.set(now).is_ok()),
                    _ => assert!(clock.set(Timestamp::from_micros(dice(u64::MAX) >> 20)).is_err() || clock.is_set()),
                }
            }
            _ => {
                let epoch = clock.epoch().filter(|_| dice(3) == 0);
                for datagram in recorder.transport_mut().sent(epoch) {
                    let document = document(&datagram);
                    let is_marked = document["metadata"]["clock"]["set"] == false;
                    entities += check(&document, is_marked);
                    marked += u64::from(is_marked);
                    all.push(datagram);
                }
            }
        }
        let stats = recorder.stats();
        assert_eq!(stats.begun, stats.sent + stats.failed + stats.dropped + stats.open);
    }
    let epoch = clock.epoch();
    for datagram in recorder.transport_mut().sent(epoch) {
        let document = document(&datagram);
        entities += check(&document, document["metadata"]["clock"]["set"] == false);
        all.push(datagram);
    }
    assert_eq!(entities, recorder.stats().sent, "what was sent has arrived");
    (all, marked, recorder.stats().failed)
}

#[test]
fn whatever_a_program_does_all_it_sends_is_valid_and_of_the_right_time_or_says_that_it_is_not() {
    let (mut direct, mut waiting) = (0, 0);
    for seed in 1..=ROUNDS {
        let (_, marked, failed) = life(MemoryTransport::<65536>::new(), seed);
        assert_eq!(failed, 0, "there was room for all, and for their marks");
        direct += marked;
        let (own, marked, _) = life(Outbox::<2000>::new(), seed);
        waiting += marked;
        #[cfg(feature = "critical-section")]
        {
            let shared = xray_recorder_core::Shared::new(Outbox::<2000>::new());
            assert_eq!(life(&shared, seed).0, own);
        }
        assert!(!own.is_empty() || ROUNDS < 10);
    }
    assert!(ROUNDS < 10 || (direct > 100 && waiting > 100), "{direct} and {waiting} with a mark");
}
