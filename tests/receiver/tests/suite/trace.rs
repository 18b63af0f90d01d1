//! Traces are put together from datagrams in any order.

use serde_json::json;
use xray_recorder_receiver::{Datagram, DatagramSummary, EntityKind, Trace, Travel, assemble};

use crate::support::{Mixer, TRACE_ID, datagram, embedded, embedding, id, lone, segment};

/// One trace of six datagrams: embedded, alone, alone with embedded ones, and one that was in progress before.
fn story() -> Vec<String> {
    let late = |body: String| body.replace("\"start_time\":101,", "\"start_time\":105,");
    let in_progress = |body: String| body.replace(r#""end_time":110.5"#, r#""in_progress":true"#);
    vec![
        in_progress(segment(1, &embedding(&[embedded(2, "")]))),
        late(lone(3, 1, &embedding(&[embedded(4, ""), embedded(5, "")]))),
        lone(6, 4, r#""namespace":"remote","#),
        lone(7, 6, ""),
        late(lone(8, 2, "")),
        segment(1, r#""annotations":{"tenant":"acme","items":3},"fault":true,"#),
    ]
}

const OUTLINE: &str = "\
segment 1
  subsegment 2
    subsegment 8
  subsegment 3
    subsegment 4
      subsegment 6
        subsegment 7
    subsegment 5
";

fn parse(bodies: &[String]) -> Vec<Datagram> {
    bodies.iter().map(|body| datagram(body)).collect()
}

fn the_trace(bodies: &[String]) -> Trace {
    let mut traces = assemble(&parse(bodies));
    assert_eq!(traces.len(), 1);
    traces.remove(0)
}

#[test]
fn any_order_of_the_datagrams_gives_the_same_trace() {
    let mut bodies = story();
    let mut mixer = Mixer::new(7);
    for _ in 0..500 {
        mixer.shuffle(&mut bodies);
        let trace = the_trace(&bodies);
        assert_eq!(trace.outline(), OUTLINE);
        assert_eq!((trace.count(), trace.depth()), (8, 5));
        let root = trace.find_by_id(&id(1)).unwrap();
        assert!(root.fault && !root.in_progress);
        assert_eq!(root.end, Some(110.5));
        assert_eq!(root.superseded.len(), 1);
    }
}

#[test]
fn an_entity_has_what_its_document_says() {
    let trace = the_trace(&story());
    let root = trace.find_by_name("segment 1").unwrap();
    assert_eq!(root.kind, EntityKind::Segment);
    assert_eq!(root.travel, Travel::Alone { datagram: 5 });
    assert_eq!(root.superseded, [0]);
    assert_eq!(root.duration(), Some(110.5 - 100.000_001));
    assert_eq!(root.annotations, [("tenant".to_owned(), json!("acme")), ("items".to_owned(), json!(3))]);
    assert_eq!(root.annotation("items"), Some(&json!(3)));
    assert_eq!(
        root.json,
        json!({"annotations": {"tenant": "acme", "items": 3}, "fault": true, "name": "segment 1", "id": id(1),
               "trace_id": TRACE_ID, "start_time": 100.000_001, "end_time": 110.5})
    );
    let call = trace.find_by_id(&id(6)).unwrap();
    assert_eq!(call.namespace.as_deref(), Some("remote"));
    assert_eq!(call.parent_id, Some(id(4)));
    assert_eq!((call.datagram(), call.is_embedded()), (Some(2), false));
    let child = trace.find_by_id(&id(5)).unwrap();
    assert_eq!((child.travel, child.parent_id.clone()), (Travel::Embedded { datagram: 1 }, Some(id(3))));
    assert_eq!(trace.parent(child).map(|parent| parent.id.clone()), Some(id(3)));
    let names: Vec<&str> = trace.children(trace.parent(child).unwrap()).map(|entity| entity.name.as_str()).collect();
    assert_eq!(names, ["subsegment 4", "subsegment 5"]);
}

#[test]
fn the_json_of_an_entity_is_without_its_children() {
    let trace = the_trace(&[segment(1, &format!(r#"{}"user":"u","#, embedding(&[embedded(2, "")])))]);
    let root = trace.find_by_id(&id(1)).unwrap();
    assert_eq!(root.json["user"], "u");
    assert!(root.json.get("subsegments").is_none());
}

#[test]
fn the_datagrams_of_a_trace_are_counted() {
    let trace = the_trace(&story()[..2]);
    let counts: Vec<(usize, usize)> =
        trace.datagrams().iter().map(|carried| (carried.datagram, carried.entities)).collect();
    assert_eq!(counts, [(0, 2), (1, 3)]);
    let bytes: usize = trace.datagrams().iter().map(|carried: &DatagramSummary| carried.bytes).sum();
    assert_eq!(bytes, parse(&story()[..2]).iter().map(Datagram::len).sum::<usize>());
}

#[test]
fn lone_subsegments_hang_under_a_placeholder_when_their_parent_was_not_received() {
    let trace = the_trace(&[lone(3, 2, ""), lone(1, 9, ""), lone(2, 9, "")]);
    assert_eq!(trace.outline(), "upstream\n  subsegment 1\n  subsegment 2\n    subsegment 3\n");
    let placeholder = trace.roots().next().unwrap();
    assert_eq!((placeholder.kind, placeholder.travel), (EntityKind::Upstream, Travel::NotReceived));
    assert_eq!(placeholder.id, id(9));
    assert_eq!((trace.count(), trace.depth(), trace.roots().len()), (3, 2, 1));
    assert!(trace.entities().all(|entity| entity.kind == EntityKind::Subsegment));
}

#[test]
fn a_segment_whose_parent_was_not_received_is_a_root() {
    let parent = format!(r#""parent_id":"{}","#, id(9));
    assert_eq!(the_trace(&[segment(1, &parent)]).outline(), "segment 1\n");
    assert_eq!(the_trace(&[lone(2, 9, ""), segment(1, &parent)]).outline(), "segment 1\nupstream\n  subsegment 2\n");
}

#[test]
fn a_segment_of_another_service_hangs_under_the_call_that_caused_it() {
    let callee = segment(3, &format!(r#""parent_id":"{}","#, id(2)));
    let trace = the_trace(&[callee, segment(1, &embedding(&[embedded(2, "")]))]);
    assert_eq!(trace.outline(), "segment 1\n  subsegment 2\n    segment 3\n");
}

#[test]
fn where_an_embedded_subsegment_stands_counts_and_not_the_parent_it_names() {
    let inner = embedded(3, &format!(r#""parent_id":"{}","#, id(1)));
    let trace = the_trace(&[segment(1, &embedding(&[embedded(2, &embedding(&[inner]))]))]);
    assert_eq!(trace.outline(), "segment 1\n  subsegment 2\n    subsegment 3\n");
}

#[test]
fn traces_are_told_apart_and_sorted_by_start() {
    let earlier = segment(2, "").replace("1-6b003d0d", "1-ffffffff").replace("100.000001", "99");
    let ids: Vec<String> =
        assemble(&parse(&[segment(1, ""), earlier])).iter().map(|trace| trace.id().to_owned()).collect();
    assert_eq!(ids, [TRACE_ID.replace("1-6b003d0d", "1-ffffffff"), TRACE_ID.to_owned()]);
}

#[test]
fn a_datagram_without_a_document_is_passed_over_but_numbered() {
    let datagrams = [Datagram::parse(b"noise".as_slice()), datagram("[]"), datagram(&segment(1, ""))];
    let traces = assemble(&datagrams);
    assert_eq!(traces[0].find_by_id(&id(1)).unwrap().datagram(), Some(2));
}

#[test]
fn entities_that_name_each_other_as_parents_are_all_there_once() {
    let trace = the_trace(&[lone(1, 2, ""), lone(2, 3, ""), lone(3, 1, ""), lone(4, 3, ""), lone(5, 5, "")]);
    assert_eq!(trace.count(), 5);
    assert_eq!(trace.entities().filter(|entity| entity.id == id(4)).count(), 1);
    assert_eq!(trace.roots().len(), 2);
}

#[test]
fn entities_without_ids_are_kept_apart() {
    let nameless = r#"{"trace_id":"t","subsegments":[{"subsegments":[{}]},{}]}"#;
    let trace = the_trace(&[nameless.to_owned(), nameless.to_owned()]);
    assert_eq!((trace.count(), trace.depth(), trace.roots().len()), (8, 3, 2));
}

#[test]
fn a_chain_of_ten_thousand_is_put_together_from_mixed_datagrams() {
    let mut bodies: Vec<String> = (2..=10_000).map(|number| lone(number, number - 1, "")).collect();
    bodies.push(segment(1, ""));
    Mixer::new(3).shuffle(&mut bodies);
    let trace = the_trace(&bodies);
    assert_eq!((trace.count(), trace.depth(), trace.roots().len()), (10_000, 10_000, 1));
}

#[test]
fn a_segment_with_ten_thousand_children_is_put_together_from_mixed_datagrams() {
    let mut bodies: Vec<String> = (2..=10_001).map(|number| lone(number, 1, "")).collect();
    bodies.push(segment(1, ""));
    Mixer::new(5).shuffle(&mut bodies);
    let trace = the_trace(&bodies);
    assert_eq!((trace.count(), trace.depth()), (10_001, 2));
    let children: Vec<&str> =
        trace.children(trace.find_by_id(&id(1)).unwrap()).map(|entity| entity.id.as_str()).collect();
    assert!(children.is_sorted());
}

#[test]
fn metadata_of_any_depth_is_kept_and_dropped() {
    let deep = format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000));
    let trace = the_trace(&[segment(1, &format!(r#""metadata":{{"default":{{"deep":{deep}}}}},"#))]);
    assert!(trace.find_by_id(&id(1)).unwrap().json["metadata"]["default"]["deep"][0][0].is_array());
}
