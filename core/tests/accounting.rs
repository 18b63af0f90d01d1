//! The counters where handles are used in ways that a careful program would not.

use xray_recorder_core::testing::{ManualClock, MemoryTransport, SeededRng};
use xray_recorder_core::{
    Document, EntityId, Recorder, Segment, Stats, Subsegment, Timestamp, TraceContext, TraceHeader, TraceId,
};

type TestRecorder = Recorder<MemoryTransport<8_192>, ManualClock, SeededRng>;

fn recorder() -> TestRecorder {
    Recorder::new(MemoryTransport::new(), ManualClock::at(Timestamp::from_secs(1_465_510_280)), SeededRng::new(1))
}

fn counts(stats: Stats) -> [u64; 5] {
    assert_eq!(stats.begun, stats.sent + stats.failed + stats.dropped + stats.open);
    [stats.begun, stats.sent, stats.failed, stats.dropped, stats.open]
}

#[test]
fn an_entity_that_was_begun_without_the_recorder_counts_as_begun_when_it_ends() {
    let mut recorder = recorder();
    let mut document = Document::<512>::new();
    let context = TraceContext::new(TraceId::from_u128(1), EntityId::new(2).expect("not zero"));
    let foreign =
        Segment::begin(&mut document, "s", context, None, Timestamp::from_secs(1)).expect("it is large enough");
    recorder.end_segment(foreign).expect("there is room");
    assert_eq!(counts(recorder.stats()), [1, 1, 0, 0, 0]);
}

#[test]
fn an_abandoned_entity_cannot_be_resumed() {
    let mut recorder = recorder();
    let mut document = Document::<512>::new();
    let segment = recorder.begin_segment(&mut document, "s", &TraceHeader::default()).expect("it is large enough");
    recorder.abandon(segment);
    assert!(Segment::resume(&mut document).is_none());
    assert!(document.datagram().is_none());
    assert_eq!(counts(recorder.stats()), [1, 0, 0, 1, 0]);
}

#[test]
fn an_open_entity_whose_document_is_used_again_counts_as_dropped() {
    let mut recorder = recorder();
    let (mut document, mut other) = (Document::<1_024>::new(), Document::<512>::new());
    let mut segment = recorder.begin_segment(&mut document, "a", &TraceHeader::default()).expect("it is large enough");
    let child = recorder.begin_subsegment(&mut other, "c", &segment.context()).expect("it is large enough");
    recorder.end_subsegment(child, Some(&mut segment)).expect("there is room");
    assert_eq!(counts(recorder.stats()), [2, 0, 0, 0, 2]);

    let segment = recorder.begin_segment(&mut document, "b", &TraceHeader::default()).expect("it is large enough");
    assert_eq!(counts(recorder.stats()), [3, 0, 0, 2, 1]);
    recorder.end_segment(segment).expect("there is room");
    assert_eq!(counts(recorder.stats()), [3, 1, 0, 2, 0]);
}

#[test]
fn a_linked_list_may_be_as_deep_as_brackets_may() {
    #[derive(serde::Serialize)]
    struct Node {
        next: Option<Box<Node>>,
    }
    let list = |length| (0..length).fold(Node { next: None }, |next, _| Node { next: Some(Box::new(next)) });
    let context = TraceContext::new(TraceId::from_u128(1), EntityId::new(2).expect("not zero"));
    let mut document = Document::<4_096>::new();
    let mut subsegment = Subsegment::begin(&mut document, "s", context, context.id(), Timestamp::from_secs(1))
        .expect("it is large enough");
    assert!(subsegment.put_metadata("list", &list(63)).is_ok());
    assert!(subsegment.put_metadata("list", &list(64)).is_err());
}
