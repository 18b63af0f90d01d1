//! The structure of documents and datagrams beyond what the stories compare.

use conformance::Teller;
use serde_json::Value;
use xray_recorder::Embed;
use xray_recorder_receiver::{Datagram, Json, Validator};

/// One segment with five children that end one after the other: the documents in the order they were sent.
fn five_children(embed: Embed) -> Vec<Value> {
    let teller = Teller::with(embed);
    let segment = teller.recorder().begin_segment("root");
    for name in ["c0", "c1", "c2", "c3", "c4"] {
        segment.begin_subsegment(name).end();
    }
    segment.end();
    assert_eq!(teller.findings(), []);
    teller.datagrams().iter().filter_map(Datagram::document).map(Json::to_value).collect()
}

fn names(documents: &[Value]) -> Vec<&str> {
    documents.iter().filter_map(|document| document["name"].as_str()).collect()
}

fn embedded(document: &Value) -> Vec<&str> {
    document["subsegments"].as_array().map_or_else(Vec::new, |children| names(children))
}

/// Python sends c0, c1 and c2 as the third ends, and the root with the rest; Node sends one datagram.
#[test]
fn a_threshold_of_two_leaves_two_children_in_the_segment() {
    let documents = five_children(Embed::AtMost(2));
    assert_eq!(names(&documents), ["c2", "c3", "c4", "root"]);
    assert_eq!(embedded(&documents[3]), ["c0", "c1"]);
}

#[test]
fn what_fits_is_one_datagram() {
    let documents = five_children(Embed::IfFits);
    assert_eq!(names(&documents), ["root"]);
    assert_eq!(embedded(&documents[0]), ["c0", "c1", "c2", "c3", "c4"]);
}

#[test]
fn subsegments_sent_alone_say_what_they_are_and_where_they_belong() {
    let documents = five_children(Embed::Never);
    assert_eq!(names(&documents), ["c0", "c1", "c2", "c3", "c4", "root"]);
    let root = &documents[5];
    for child in &documents[..5] {
        assert_eq!(child["type"], "subsegment");
        assert_eq!((&child["trace_id"], &child["parent_id"]), (&root["trace_id"], &root["id"]));
    }
    assert_eq!((root.get("type"), root.get("parent_id")), (None, None));
}

#[test]
fn an_embedded_subsegment_says_only_who_it_is_itself() {
    let documents = five_children(Embed::IfFits);
    for child in documents[0]["subsegments"].as_array().expect("there are children") {
        let keys: Vec<&str> = child.as_object().expect("an entity is an object").keys().map(String::as_str).collect();
        assert_eq!(keys, ["end_time", "id", "name", "start_time"]);
    }
}

#[test]
fn an_open_segment_says_so_and_an_ended_one_has_its_end() {
    let teller = Teller::new();
    let mut segment = teller.recorder().begin_segment("root");
    segment.send_in_progress();
    segment.end();
    let documents: Vec<Value> = teller.datagrams().iter().filter_map(Datagram::document).map(Json::to_value).collect();
    assert_eq!((documents[0]["in_progress"].as_bool(), documents[0].get("end_time")), (Some(true), None));
    assert_eq!(documents[1].get("in_progress"), None);
    assert!(documents[1]["end_time"].is_number());
    assert_eq!(documents[0]["id"], documents[1]["id"]);
    assert_eq!(teller.findings(), []);
}

/// The daemon looks at the first line only: which it takes and which not is tested where it is imitated.
#[test]
fn a_datagram_is_one_header_line_and_one_document_without_a_newline() {
    let teller = Teller::new();
    let mut segment = teller.recorder().begin_segment("two\nlines");
    segment.put_annotation("text", "a\nb").put_metadata("text", "a\r\nb");
    segment.end();
    let datagrams = teller.memory().datagrams();
    assert_eq!(datagrams.len(), 1);
    let lines: Vec<&[u8]> = datagrams[0].split(|&byte| byte == b'\n').collect();
    assert_eq!((lines.len(), lines[0]), (2, &br#"{"format":"json","version":1}"#[..]));
    let datagram = Datagram::parse(datagrams[0].as_slice());
    assert!(datagram.is_accepted_by_daemon());
    assert_eq!(Validator::default().check_datagram(&datagram), []);
    let document = datagram.document().expect("it is accepted").to_value();
    assert_eq!(document["annotations"]["text"], "a\nb");
}

#[test]
fn a_body_with_newlines_is_split_from_its_header_at_the_first() {
    let document = "{\"name\":\"x\",\n\"id\":\"53995c3f42cd8ad8\"}";
    let datagram = Datagram::parse(format!("{{\"format\":\"JSON\",\"version\":1,\"x\":2}}\n{document}"));
    assert!(datagram.is_accepted_by_daemon());
    assert_eq!(datagram.body(), document.as_bytes());
}
