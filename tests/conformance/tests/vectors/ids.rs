//! Trace ids, entity ids, exception ids.

use conformance::Teller;
use regex::Regex;
use xray_recorder::{Exception, TraceHeader, TraceId};

/// A trace id, and what becomes of a segment's with such a `Root`; `None` for a fresh one.
struct Vector {
    id: &'static str,
    node: Option<&'static str>,
    ours: Option<&'static str>,
    /// Why ours is not Node's.
    why: &'static str,
}

const LIKE_JAVA: &str = "no id that any service would make or take; Java begins a new trace too";

const VECTORS: [Vector; 9] = [
    Vector {
        id: "1-5759e988-bd862e3fe1be46a994272793",
        node: Some("1-5759e988-bd862e3fe1be46a994272793"),
        ours: Some("1-5759e988-bd862e3fe1be46a994272793"),
        why: "",
    },
    Vector {
        id: "2-5759e988-bd862e3fe1be46a994272793",
        node: Some("2-5759e988-bd862e3fe1be46a994272793"),
        ours: None,
        why: LIKE_JAVA,
    },
    Vector { id: "0-5759e988-bd862e3fe1be46a994272793", node: None, ours: None, why: "" },
    Vector { id: "1-zz-bd", node: None, ours: None, why: "" },
    Vector { id: "1-9-abc", node: Some("1-00000009-abc"), ours: None, why: LIKE_JAVA },
    Vector {
        id: "1-5759E988-BD862E3FE1BE46A994272793",
        node: Some("1-5759e988-BD862E3FE1BE46A994272793"),
        ours: Some("1-5759e988-bd862e3fe1be46a994272793"),
        why: "one case for all of it",
    },
    Vector { id: "1-5759e988", node: None, ours: None, why: "" },
    Vector { id: "x", node: None, ours: None, why: "" },
    Vector { id: "1-5759e988-bd86-2e3f", node: None, ours: None, why: "" },
];

fn matches(pattern: &str, text: &str) -> bool {
    Regex::new(pattern).expect("the pattern is a regular expression").is_match(text)
}

#[test]
fn a_segment_continues_the_trace_of_a_valid_root_and_begins_one_otherwise() {
    let recorder = Teller::new().recorder();
    for Vector { id, node, ours, why } in VECTORS {
        let segment = recorder.segment("x").header(&format!("Root={id};Parent=53995c3f42cd8ad8")).begin();
        let trace = segment.context().expect("it is sampled").trace_id().to_string();
        match ours {
            Some(ours) => assert_eq!(trace, ours),
            None => assert!(matches("^1-58406520-[0-9a-f]{24}$", &trace), "{id}: {trace}"),
        }
        assert_eq!(node == ours, why.is_empty(), "{id}");
    }
}

#[test]
fn a_parent_is_worth_nothing_without_its_trace() {
    let mut segment = Teller::new().recorder().segment("x").header("Root=1-zz-bd;Parent=53995c3f42cd8ad8").begin();
    assert!(!segment.json().expect("it is sampled").contains("53995c3f42cd8ad8"));
}

#[test]
fn ids_that_are_made_have_the_form_of_the_format() {
    let recorder = Teller::new().recorder();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..100 {
        let mut segment = recorder.begin_segment("x");
        let context = segment.context().expect("it is sampled");
        let trace = context.trace_id().to_string();
        assert!(matches("^1-[0-9a-f]{8}-[0-9a-f]{24}$", &trace) && trace.starts_with("1-58406520-"), "{trace}");
        let child = segment.begin_subsegment("y").context().expect("it is sampled").id();
        let exception = segment.add_exception_details(&Exception::default()).expect("there is room");
        for id in [context.id(), child, exception] {
            assert!(matches("^[0-9a-f]{16}$", &id.to_string()));
            assert!(seen.insert(id), "{id} comes twice");
        }
        assert!(segment.json().expect("it is sampled").contains(&format!(r#""id":"{}""#, context.id())));
    }
}

#[test]
fn a_w3c_trace_id_is_a_trace_id_without_its_version_and_dashes() {
    let w3c = "00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01";
    let xray = "Root=1-4efaaf4d-1e8720b39541901950019ee5;Parent=53995c3f42cd8ad8;Sampled=1";
    assert_eq!(TraceHeader::of_request(None, Some(w3c)).to_string(), xray);

    let segment = Teller::new().recorder().segment("x").headers(None, Some(w3c)).begin();
    let context = segment.context().expect("it is sampled");
    assert_eq!(context.trace_id(), TraceId::from_u128(0x4efa_af4d_1e87_20b3_9541_9019_5001_9ee5));
    let outgoing = segment.trace_header().traceparent().expect("there are a trace and an entity").to_string();
    assert_eq!(outgoing, format!("00-4efaaf4d1e8720b39541901950019ee5-{}-01", context.id()));
}
