//! The counters where handles are used in ways that a careful program would not.

use xray_recorder_core::testing::{FaultTransport, ManualClock, MemoryTransport, SeededRng};
use xray_recorder_core::{
    Delivery, Document, Embed, EntityId, Recorder, Segment, Stats, Subsegment, Timestamp, TraceContext, TraceHeader,
    TraceId,
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
    recorder.end_subsegment(child, &mut segment).expect("there is room");
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
        next: Option<Box<Self>>,
    }
    let list = |length| (0..length).fold(Node { next: None }, |next, _| Node { next: Some(Box::new(next)) });
    let context = TraceContext::new(TraceId::from_u128(1), EntityId::new(2).expect("not zero"));
    let mut document = Document::<4_096>::new();
    let mut subsegment = Subsegment::begin(&mut document, "s", context, context.id(), Timestamp::from_secs(1))
        .expect("it is large enough");
    assert!(subsegment.put_metadata("list", &list(63)).is_ok());
    assert!(subsegment.put_metadata("list", &list(64)).is_err());
}

#[test]
fn an_ended_entity_that_is_never_delivered_counts_as_dropped_when_its_document_is_used_again() {
    let mut recorder = recorder();
    let mut document = Document::<512>::new();
    let segment = recorder.begin_segment(&mut document, "a", &TraceHeader::default()).expect("it is large enough");
    drop(segment.end(Timestamp::from_secs(1_465_510_281)));
    assert_eq!(counts(recorder.stats()), [1, 0, 0, 0, 1]);
    let segment = recorder.begin_segment(&mut document, "b", &TraceHeader::default()).expect("it is large enough");
    recorder.end_segment(segment).expect("there is room");
    assert_eq!(counts(recorder.stats()), [2, 1, 0, 1, 0]);
}

#[test]
fn a_child_that_was_embedded_is_not_delivered_again() {
    let mut recorder = recorder();
    let (mut document, mut other) = (Document::<1_024>::new(), Document::<512>::new());
    let mut segment = recorder.begin_segment(&mut document, "a", &TraceHeader::default()).expect("it is large enough");
    for again in [false, true] {
        let child = recorder.begin_subsegment(&mut other, "c", &segment.context()).expect("it is large enough");
        let mut ended = child.end(Timestamp::from_secs(1_465_510_281));
        segment.embed(&mut ended, Embed::IfFits).expect("there is room");
        if again {
            recorder.deliver(ended).expect("nothing is sent");
        } else {
            assert_eq!(recorder.deliver_in(ended, &mut segment), Ok(Delivery::Embedded));
        }
    }
    recorder.end_segment(segment).expect("there is room");
    assert_eq!(counts(recorder.stats()), [3, 3, 0, 0, 0]);
    assert_eq!(recorder.transport().datagrams().count(), 1);
}

#[test]
fn two_recorders_give_the_children_of_one_trace_different_ids() {
    let clock = ManualClock::at(Timestamp::from_secs(1));
    let mut one = Recorder::new(MemoryTransport::<8_192>::new(), &clock, SeededRng::new(1));
    let mut other = Recorder::new(MemoryTransport::<8_192>::new(), &clock, SeededRng::new(2));
    let mut documents: [Document<512>; 3] = [Document::new(), Document::new(), Document::new()];
    let [document, first, second] = &mut documents;
    let segment = one.begin_segment(document, "s", &TraceHeader::default()).expect("it is large enough");
    let first = one.begin_subsegment(first, "a", &segment.context()).expect("it is large enough");
    let second = other.begin_subsegment(second, "b", &segment.context()).expect("it is large enough");
    assert_ne!(first.context().id(), second.context().id());
}

/// Panics after some elements.
struct Panicking(usize);

impl serde::Serialize for Panicking {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        let mut sequence = serializer.serialize_seq(None)?;
        for _ in 0..self.0 {
            sequence.serialize_element("abcdefgh")?;
        }
        panic!("a value of the user's own")
    }
}

#[test]
fn a_value_that_panics_half_way_has_changed_nothing() {
    type Put = fn(&mut Subsegment<'_>, &Panicking);
    let puts: [Put; 4] = [
        |subsegment, value| _ = subsegment.put_metadata("k", value),
        |subsegment, value| _ = subsegment.put_metadata_in("n", "k", value),
        |subsegment, value| _ = subsegment.put_metadata_in("other", "k", value),
        |subsegment, value| _ = subsegment.put_aws("k", value),
    ];
    let context = TraceContext::new(TraceId::from_u128(1), EntityId::new(2).expect("not zero"));
    for put in puts {
        for elements in 0..4 {
            for last in 0..4 {
                let mut document = Document::<1_024>::new();
                let mut subsegment =
                    Subsegment::begin(&mut document, "s", context, context.id(), Timestamp::from_secs(1))
                        .expect("it is large enough");
                // Each of the sections stands last in its turn.
                for n in 0..4 {
                    match (last + n) % 4 {
                        0 => _ = subsegment.put_metadata("a", &1),
                        1 => _ = subsegment.put_metadata_in("n", "a", &1),
                        2 => _ = subsegment.put_aws("a", &1),
                        _ => _ = subsegment.put_annotation("a", 1),
                    }
                }
                let before = subsegment.json().to_owned();
                let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    put(&mut subsegment, &Panicking(elements));
                }));
                assert!(panicked.is_err());
                assert_eq!(subsegment.json(), before);
                subsegment.put_metadata("b", &2).expect("there is room");
                serde_json::from_str::<serde_json::Value>(subsegment.json()).expect("it is still valid");
            }
        }
    }
}

#[test]
fn the_equation_holds_for_every_send_that_fails_of_a_trace_in_many_datagrams() {
    const CHILDREN: u64 = 40;
    for k in 1..=CHILDREN + 2 {
        let clock = ManualClock::at(Timestamp::from_secs(1));
        let transport = FaultTransport::every(k, MemoryTransport::<65_000>::new());
        let mut recorder = Recorder::new(transport, &clock, SeededRng::new(k)).with_embed(Embed::Never);
        let (mut document, mut other) = (Document::<512>::new(), Document::<512>::new());
        let mut segment =
            recorder.begin_segment(&mut document, "s", &TraceHeader::default()).expect("it is large enough");
        for n in 1..=CHILDREN {
            let child = recorder.begin_subsegment(&mut other, "c", &segment.context()).expect("it is large enough");
            assert_eq!(recorder.end_subsegment(child, &mut segment).is_ok(), !n.is_multiple_of(k));
            assert_eq!(counts(recorder.stats()), [n + 1, n - n / k, n / k, 0, 1]);
        }
        assert_eq!(recorder.end_segment(segment).is_ok(), !(CHILDREN + 1).is_multiple_of(k));
        let failed = (CHILDREN + 1) / k;
        assert_eq!(counts(recorder.stats()), [CHILDREN + 1, CHILDREN + 1 - failed, failed, 0, 0]);
        assert_eq!(recorder.transport().inner().datagrams().count() as u64, CHILDREN + 1 - failed);
    }
}
