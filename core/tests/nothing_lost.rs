//! Every entity that ends arrives once, embedded or alone, under the right parent, at the right times.
//!
//! What a failing transport does to the counters is in `faults.rs`, and what becomes of long texts in `cuts.rs`.

use std::collections::{HashMap, HashSet};

use xray_recorder_core::testing::{ManualClock, SeededRng};
use xray_recorder_core::{
    Clock, Delivery, Document, DocumentView, Embed, MAX_TRACE_BYTES, Recorder, Segment, Subsegment, Timestamp,
    TraceHeader,
};

mod support;

use support::sent::{Arrived, Sent};

const START: Timestamp = Timestamp::from_secs(1_465_510_280);
const MODES: [Embed; 6] =
    [Embed::IfFits, Embed::AtMost(0), Embed::AtMost(1), Embed::AtMost(20), Embed::AtMost(u32::MAX), Embed::Never];

type Make = fn() -> Box<DocumentView>;

/// Capacities of a segment and of its subsegments.
const CAPACITIES: [(usize, Make, usize, Make); 6] = [
    (295, || Box::new(Document::<295>::new()), 295, || Box::new(Document::<295>::new())),
    (512, || Box::new(Document::<512>::new()), 300, || Box::new(Document::<300>::new())),
    (1_500, || Box::new(Document::<1_500>::new()), 512, || Box::new(Document::<512>::new())),
    (16_384, || Box::new(Document::<16_384>::new()), 4_096, || Box::new(Document::<4_096>::new())),
    (512, || Box::new(Document::<512>::new()), 16_384, || Box::new(Document::<16_384>::new())),
    (65_507, || Box::new(Document::<65_507>::new()), 65_507, || Box::new(Document::<65_507>::new())),
];

fn recorder(clock: &ManualClock, embed: Embed) -> Recorder<Sent, &ManualClock, SeededRng> {
    Recorder::new(Sent::default(), clock, SeededRng::new(7)).with_embed(embed)
}

fn by_id(entities: Vec<Arrived>) -> HashMap<String, Arrived> {
    let count = entities.len();
    let by_id: HashMap<_, _> = entities.into_iter().map(|entity| (entity.id.clone(), entity)).collect();
    assert_eq!(by_id.len(), count, "an id arrived twice");
    by_id
}

fn all_children_arrive(count: usize) {
    for (capacity, make_segment, child_capacity, make_child) in CAPACITIES {
        for embed in MODES {
            let clock = ManualClock::at(START);
            let mut recorder = recorder(&clock, embed);
            let (mut document, mut child_document) = (make_segment(), make_child());
            let mut segment =
                recorder.begin_segment(&mut document, "s", &TraceHeader::default()).expect("it is large enough");
            let id = segment.context().id().to_string();
            let mut expected = HashMap::new();
            for n in 0..count {
                let name = format!("c{n}");
                let mut child = recorder
                    .begin_subsegment(&mut child_document, &name, &segment.context())
                    .expect("it is large enough");
                if n % 3 == 0 {
                    let _ = child.put_annotation("n", n);
                }
                expected.insert(child.context().id().to_string(), name);
                clock.advance_micros(1);
                recorder.end_subsegment(child, &mut segment).expect("nothing fails");
            }
            recorder.end_segment(segment).expect("nothing fails");

            let stats = recorder.stats();
            assert_eq!((stats.begun, stats.sent, stats.open), (count as u64 + 1, count as u64 + 1, 0));
            let sent = recorder.transport();
            let longest = sent.0.iter().map(String::len).max();
            assert!(longest <= Some(capacity.max(child_capacity)));
            let mut arrived = by_id(sent.entities());
            let root = arrived.remove(&id).expect("the segment arrived");
            assert_eq!((root.parent, root.embedded), (None, false));
            let embedded = arrived.values().filter(|child| child.embedded).count();
            assert_eq!(sent.0.len(), 1 + count - embedded);
            match embed {
                Embed::AtMost(most) => assert!(embedded as u64 <= most.into()),
                Embed::IfFits => assert!(embedded > 0 || capacity <= 512),
                _ => assert_eq!(embedded, 0),
            }
            for (child, name) in expected {
                let child = arrived.remove(&child).expect("each child arrived");
                let written = &name[..child.name.len()];
                assert_eq!((child.parent.as_ref(), &*child.name), (Some(&id), written), "{capacity} {embed:?}");
                assert_eq!(child.trace_id, root.trace_id);
            }
            assert!(arrived.is_empty());
        }
    }
}

#[test]
fn one_child_arrives() {
    all_children_arrive(1);
}

#[test]
fn a_hundred_children_arrive() {
    all_children_arrive(100);
}

#[test]
fn a_thousand_children_arrive() {
    all_children_arrive(1_000);
}

#[test]
fn ten_thousand_children_arrive() {
    all_children_arrive(10_000);
}

/// Begins a chain of subsegments, each under the one before, and ends it from within.
fn a_chain_arrives(depth: usize, make_segment: Make, make_child: Make, embed: Embed) -> usize {
    let clock = ManualClock::at(START);
    let mut recorder = recorder(&clock, embed);
    let mut documents: Vec<_> = std::iter::once(make_segment()).chain((0..depth).map(|_| make_child())).collect();
    let header = TraceHeader::default();
    let mut context = recorder.begin_segment(&mut documents[0], "0", &header).expect("it is large enough").context();
    let mut ids = vec![context.id().to_string()];
    for (n, document) in documents.iter_mut().enumerate().skip(1) {
        clock.advance_micros(10);
        let child = recorder.begin_subsegment(document, &n.to_string(), &context).expect("it is large enough");
        context = child.context();
        ids.push(context.id().to_string());
    }
    for n in (1..=depth).rev() {
        clock.advance_micros(10);
        let (above, below) = documents.split_at_mut(n);
        let child = Subsegment::resume(&mut below[0]).expect("it is open");
        let delivery = match Segment::resume(&mut above[n - 1]) {
            Some(mut parent) => recorder.end_subsegment(child, &mut parent),
            None => recorder.end_subsegment(child, &mut Subsegment::resume(&mut above[n - 1]).expect("it is open")),
        };
        delivery.expect("nothing fails");
    }
    let segment = Segment::resume(&mut documents[0]).expect("it is open");
    recorder.end_segment(segment).expect("nothing fails");

    assert_eq!(recorder.stats().sent, depth as u64 + 1);
    let arrived = by_id(recorder.transport().entities());
    assert_eq!(arrived.len(), depth + 1);
    for (n, id) in ids.iter().enumerate() {
        let entity = &arrived[id];
        assert_eq!(entity.name, n.to_string());
        assert_eq!(entity.parent.as_ref(), n.checked_sub(1).map(|above| &ids[above]));
    }
    recorder.transport().0.len()
}

#[test]
fn a_chain_of_two_hundred_arrives_nested_as_far_as_it_fits() {
    // The JSON of a whole chain nests 400 levels deep, for whose reader the stack of a test is tight.
    let chains = || {
        for (_, make_segment, _, make_child) in CAPACITIES {
            for embed in MODES {
                let datagrams = a_chain_arrives(200, make_segment, make_child, embed);
                assert!(datagrams == 201 || !matches!(embed, Embed::Never | Embed::AtMost(0)));
            }
        }
        let (_, _, _, largest) = CAPACITIES[5];
        assert_eq!(a_chain_arrives(200, largest, largest, Embed::IfFits), 1);
        assert_eq!(a_chain_arrives(200, largest, largest, Embed::AtMost(99)), 3);
    };
    std::thread::Builder::new().stack_size(1 << 26).spawn(chains).expect("a thread").join().expect("the chains arrive");
}

#[test]
fn a_child_that_ends_after_its_parent_is_sent_alone() {
    for embed in MODES {
        let clock = ManualClock::at(START);
        let mut recorder = recorder(&clock, embed);
        let mut documents: [Document<1024>; 3] = [Document::new(), Document::new(), Document::new()];
        let [document, child_document, late_document] = &mut documents;
        let segment = recorder.begin_segment(document, "s", &TraceHeader::default()).expect("it is large enough");
        let context = segment.context();
        let child = recorder.begin_subsegment(child_document, "child", &context).expect("it is large enough");
        recorder.end_segment(segment).expect("nothing fails");
        // Nothing keeps one from beginning under a parent that has ended.
        let late = recorder.begin_subsegment(late_document, "late", &child.context()).expect("it is large enough");
        assert_eq!(recorder.end_alone(child), Ok(()));
        assert_eq!(recorder.end_alone(late), Ok(()));

        let arrived = recorder.transport().entities();
        assert!(arrived.iter().all(|entity| !entity.embedded && entity.trace_id == context.trace_id().to_string()));
        assert_eq!(arrived[1].parent, Some(arrived[0].id.clone()));
        assert_eq!(arrived[2].parent, Some(arrived[1].id.clone()));
        assert_eq!(recorder.stats().sent, 3);
    }
}

#[test]
fn a_child_is_not_embedded_where_it_does_not_belong() {
    let clock = ManualClock::at(START);
    let mut recorder = recorder(&clock, Embed::IfFits);
    let mut documents: [Document<2048>; 4] = [Document::new(), Document::new(), Document::new(), Document::new()];
    let [one, other, child_document, sibling_document] = &mut documents;
    let one = recorder.begin_segment(one, "one", &TraceHeader::default()).expect("it is large enough");
    let mut other = recorder.begin_segment(other, "other", &TraceHeader::default()).expect("it is large enough");
    let child = recorder.begin_subsegment(child_document, "child", &one.context()).expect("it is large enough");
    let mut sibling = recorder.begin_subsegment(sibling_document, "sibling", &one.context()).expect("large enough");
    let child_id = child.context().id().to_string();
    assert_eq!(recorder.end_subsegment(child, &mut sibling), Ok(Delivery::Sent));
    assert_eq!(recorder.end_subsegment(sibling, &mut other), Ok(Delivery::Sent));
    // A segment has no place in another, its own caller included.
    let caller = one.context();
    assert_eq!(recorder.deliver_in(one.end(START), &mut other), Ok(Delivery::Sent));
    let arrived = by_id(recorder.transport().entities());
    assert_eq!(arrived.len(), 3);
    assert_eq!(arrived[&child_id].parent, Some(caller.id().to_string()));
}

#[test]
fn a_clock_that_goes_backwards_makes_no_end_before_a_start() {
    let clock = ManualClock::at(START);
    let mut recorder = recorder(&clock, Embed::IfFits);
    let (mut document, mut child_document) = (Document::<4096>::new(), Document::<512>::new());
    let mut segment = recorder.begin_segment(&mut document, "s", &TraceHeader::default()).expect("it is large enough");
    for seconds in [1_465_510_281, 1_465_510_279, 5, 0, 9_999_999_999] {
        let child = recorder.begin_subsegment(&mut child_document, "c", &segment.context()).expect("large enough");
        clock.set(Timestamp::from_secs(seconds));
        recorder.end_subsegment(child, &mut segment).expect("nothing fails");
    }
    clock.set(Timestamp::from_secs(1));
    recorder.end_segment(segment).expect("nothing fails");
    // That each ends at its start or later is asserted where they are read.
    let arrived = recorder.transport().entities();
    assert_eq!(arrived.len(), 6);
    assert_eq!(arrived[0].end_time, Some(arrived[0].start_time));
}

/// A wall clock that is set while a trace runs, and a steady one beside it.
struct Set<'c> {
    wall: &'c ManualClock,
    steady: &'c ManualClock,
}

impl Clock for Set<'_> {
    fn now(&self) -> Timestamp {
        self.wall.now()
    }

    fn ticks(&self) -> Option<u64> {
        Some(self.steady.now().as_micros())
    }
}

#[test]
fn a_wall_clock_that_is_set_does_not_touch_a_trace_that_runs() {
    let (wall, steady) = (ManualClock::at(START), ManualClock::at(Timestamp::from_secs(3)));
    let mut recorder = Recorder::new(Sent::default(), Set { wall: &wall, steady: &steady }, SeededRng::new(7));
    let (mut document, mut child_document) = (Document::<1024>::new(), Document::<512>::new());
    let mut segment = recorder.begin_segment(&mut document, "s", &TraceHeader::default()).expect("it is large enough");
    wall.set(Timestamp::from_secs(7));
    steady.advance_micros(250_000);
    let child = recorder.begin_subsegment(&mut child_document, "c", &segment.context()).expect("large enough");
    wall.set(Timestamp::MAX);
    steady.advance_micros(500_000);
    recorder.end_subsegment(child, &mut segment).expect("nothing fails");
    recorder.end_segment(segment).expect("nothing fails");
    let arrived = recorder.transport().entities();
    let times: Vec<_> = arrived.iter().map(|entity| (entity.start_time, entity.end_time)).collect();
    assert_eq!(times, [(1_465_510_280.0, Some(1_465_510_280.75)), (1_465_510_280.25, Some(1_465_510_280.75))]);
}

#[test]
fn a_document_in_progress_is_replaced_by_the_one_that_follows() {
    let clock = ManualClock::at(START);
    let mut recorder = recorder(&clock, Embed::IfFits);
    let (mut document, mut child_document) = (Document::<1024>::new(), Document::<512>::new());
    let mut segment = recorder.begin_segment(&mut document, "s", &TraceHeader::default()).expect("it is large enough");
    let mut child = recorder.begin_subsegment(&mut child_document, "c", &segment.context()).expect("large enough");
    recorder.send_in_progress(&mut segment).expect("nothing fails");
    recorder.send_in_progress(&mut child).expect("nothing fails");
    assert_eq!((recorder.stats().sent, recorder.stats().open, recorder.stats().datagrams), (0, 2, 2));
    recorder.end_subsegment(child, &mut segment).expect("nothing fails");
    recorder.end_segment(segment).expect("nothing fails");
    assert_eq!((recorder.stats().sent, recorder.stats().open, recorder.stats().datagrams), (2, 0, 3));
    let arrived = recorder.transport().entities();
    let ended: Vec<_> = arrived.iter().map(|entity| entity.end_time.is_some()).collect();
    assert_eq!(ended, [false, false, true, true]);
    assert_eq!((&arrived[0].id, &arrived[1].id), (&arrived[2].id, &arrived[3].id));
    assert_eq!(arrived[1].parent, arrived[3].parent);
    assert_eq!(recorder.stats().bytes, recorder.transport().0.iter().map(|text| text.len() as u64).sum::<u64>());
}

#[test]
fn a_trace_is_oversize_from_its_first_byte_beyond_what_the_service_keeps() {
    let mut seen = HashSet::new();
    for pad in 0..60 {
        let clock = ManualClock::at(START);
        let mut recorder = recorder(&clock, Embed::IfFits);
        let (mut document, mut child_document) = (Document::<512>::new(), Box::new(Document::<16_384>::new()));
        let mut leaf_document = Box::new(Document::<16_384>::new());
        let mut segment = recorder.begin_segment(&mut document, "s", &TraceHeader::default()).expect("large enough");
        for n in 0..25 {
            let mut child = recorder.begin_subsegment(&mut child_document, "c", &segment.context()).expect("large");
            let mut leaf = recorder.begin_subsegment(&mut leaf_document, "l", &child.context()).expect("large");
            let length = if n == 0 { 9_385 + pad } else { 9_740 };
            leaf.put_metadata("x", &"x".repeat(length)).expect("there is room");
            child.put_metadata("x", &"x".repeat(9_750)).expect("there is room");
            // The leaf finds no room in the child, nor the child in the segment.
            assert_eq!(recorder.end_subsegment(leaf, &mut child), Ok(Delivery::Sent));
            assert_eq!(recorder.end_subsegment(child, &mut segment), Ok(Delivery::Sent));
        }
        recorder.end_segment(segment).expect("nothing fails");
        let stats = recorder.stats();
        assert_eq!(stats.oversize_traces, u64::from(stats.bytes > MAX_TRACE_BYTES), "{}", stats.bytes);
        seen.insert(stats.bytes as i64 - MAX_TRACE_BYTES as i64);
    }
    assert!(seen.contains(&0) && seen.contains(&1), "the bound was not met: {seen:?}");
}
