//! Trace headers: read, and written again.

use conformance::{HEADER, Teller};
use xray_recorder::{Sampled, TraceHeader};

/// A header, and what is left of it when it is read and written again.
struct Vector {
    header: &'static str,
    /// By the Python SDK.
    python: &'static str,
    /// By the Node SDK: what it reads, written in the same way.
    node: &'static str,
    /// By us, when the ids are valid: `1-a` and `1-b` stand for trace ids, `b` for an entity's.
    ours: &'static str,
    /// By us as it stands, where `1-a` is no trace id.
    with_invalid_ids: &'static str,
    /// Why ours is not Python's.
    why: &'static str,
}

const WITHOUT_VALUE: &str = "a part that says nothing is no reason to throw away the others; so do Node, Go and Java";

const VECTORS: [Vector; 20] = [
    Vector {
        header: "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
        python: "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
        node: "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
        ours: "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
        with_invalid_ids: "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
        why: "",
    },
    Vector {
        header: "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        python: "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        node: "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        ours: "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        with_invalid_ids: "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        why: "",
    },
    Vector {
        header: "Root=1-a;Parent=b;Sampled=0",
        python: "Root=1-a;Parent=b;Sampled=0",
        node: "Root=1-a;Parent=b;Sampled=0",
        ours: "Root=1-a;Parent=b;Sampled=0",
        with_invalid_ids: "Sampled=0",
        why: "",
    },
    Vector {
        header: "Root=1-a;Parent=b;Sampled=?",
        python: "Root=1-a;Parent=b;Sampled=?",
        node: "Root=1-a;Parent=b;Sampled=?",
        ours: "Root=1-a;Parent=b;Sampled=?",
        with_invalid_ids: "Sampled=?",
        why: "",
    },
    Vector {
        header: "Root=1-a;Sampled=2",
        python: "Root=1-a",
        node: "Root=1-a;Sampled=2",
        ours: "Root=1-a",
        with_invalid_ids: "",
        why: "",
    },
    Vector {
        header: "Root=1-a;Sampled=",
        python: "Root=1-a",
        node: "Root=1-a",
        ours: "Root=1-a",
        with_invalid_ids: "",
        why: "",
    },
    Vector {
        header: "Self=1-x;Root=1-a;Foo=bar;Lineage=a87bd80c:1|68fd508a:5",
        python: "Root=1-a;Foo=bar;Lineage=a87bd80c:1|68fd508a:5",
        node: "Root=1-a;Foo=bar;Lineage=a87bd80c:1|68fd508a:5",
        ours: "Root=1-a;Foo=bar;Lineage=a87bd80c:1|68fd508a:5",
        with_invalid_ids: "Foo=bar;Lineage=a87bd80c:1|68fd508a:5",
        why: "",
    },
    Vector {
        header: "root=1-a;sampled=1",
        python: "root=1-a;sampled=1",
        node: "Root=1-a;Sampled=1",
        ours: "Root=1-a;Sampled=1",
        with_invalid_ids: "Sampled=1",
        why: "proxies change the case of what they pass on; Node reads it too",
    },
    Vector {
        header: "Root=1-a; Parent=b; Sampled=1",
        python: "Root=1-a; Parent=b; Sampled=1",
        node: "Root=1-a;Parent=b;Sampled=1",
        ours: "Root=1-a;Parent=b;Sampled=1",
        with_invalid_ids: "Sampled=1",
        why: "a blank makes no other key; Node, Go and Java read it too",
    },
    Vector {
        header: "  Root=1-a;Sampled=1  ",
        python: "Root=1-a;Sampled=1",
        node: "Root=1-a;Sampled=1",
        ours: "Root=1-a;Sampled=1",
        with_invalid_ids: "Sampled=1",
        why: "",
    },
    Vector {
        header: "Root=1-a;Sampled=1;",
        python: "",
        node: "Root=1-a;Sampled=1",
        ours: "Root=1-a;Sampled=1",
        with_invalid_ids: "Sampled=1",
        why: WITHOUT_VALUE,
    },
    Vector {
        header: "Root=1-a;garbage",
        python: "",
        node: "Root=1-a",
        ours: "Root=1-a",
        with_invalid_ids: "",
        why: WITHOUT_VALUE,
    },
    Vector { header: "garbage", python: "", node: "", ours: "", with_invalid_ids: "", why: "" },
    Vector { header: "", python: "", node: "", ours: "", with_invalid_ids: "", why: "" },
    Vector {
        header: "Root=1-a;Foo=x=y;Sampled=1",
        python: "Root=1-a;Sampled=1;Foo=x",
        node: "Root=1-a;Sampled=1;Foo=x",
        ours: "Root=1-a;Sampled=1;Foo=x=y",
        with_invalid_ids: "Sampled=1;Foo=x=y",
        why: "data is passed on as it came; so do Go and Java",
    },
    Vector {
        header: "Root=;Parent=;Sampled=1",
        python: "Sampled=1",
        node: "Sampled=1",
        ours: "Sampled=1",
        with_invalid_ids: "Sampled=1",
        why: "",
    },
    Vector {
        header: "Sampled=1",
        python: "Sampled=1",
        node: "Sampled=1",
        ours: "Sampled=1",
        with_invalid_ids: "Sampled=1",
        why: "",
    },
    Vector {
        header: "Root=1-a,Parent=b,Sampled=1",
        python: "Root=1-a,Parent",
        node: "Root=1-a,Parent",
        ours: "",
        with_invalid_ids: "",
        why: "it is no trace id, whatever stands in front of the comma",
    },
    Vector {
        header: "Root=1-a;Root=1-b",
        python: "Root=1-b",
        node: "Root=1-b",
        ours: "Root=1-b",
        with_invalid_ids: "",
        why: "",
    },
    Vector {
        header: "Root=1-a;Foo=",
        python: "Root=1-a;Foo=",
        node: "Root=1-a",
        ours: "Root=1-a;Foo=",
        with_invalid_ids: "Foo=",
        why: "",
    },
];

/// The same with valid ids.
fn valid(header: &str) -> String {
    header
        .replace("1-a", "1-5759e988-bd862e3fe1be46a994272793")
        .replace("1-b", "1-58406520-a006649127e371903a2de979")
        .replace("Parent=b", "Parent=53995c3f42cd8ad8")
}

#[test]
fn headers_are_read_and_written_as_the_vectors_say() {
    for Vector { header, ours, with_invalid_ids, .. } in VECTORS {
        assert_eq!(TraceHeader::parse(&valid(header)).to_string(), valid(ours), "{header:?}");
        assert_eq!(TraceHeader::parse(header).to_string(), with_invalid_ids, "{header:?}");
    }
}

#[test]
fn a_header_that_is_not_read_as_in_the_python_sdk_has_a_reason() {
    for Vector { header, python, node, ours, why, .. } in VECTORS {
        assert_eq!(ours == python, why.is_empty(), "{header:?} there {python:?}, {node:?} in Node");
    }
}

#[test]
fn data_of_a_header_travels_on_up_to_256_bytes() {
    let header = format!("Root=1-5759e988-bd862e3fe1be46a994272793;Big={};Small=y", "x".repeat(300));
    let segment = Teller::new().recorder().segment("x").header(&header).begin();
    let outgoing = segment.begin_subsegment("call").trace_header();
    assert_eq!(outgoing.header().data().collect::<Vec<_>>(), [("Small", "y")]);
}

#[test]
fn a_call_of_a_sampled_subsegment_tells_trace_itself_decision_and_data() {
    let header = format!("{HEADER};Self=1-a-b;Foo=bar;Lineage=a:1|b:2");
    let segment = Teller::new().recorder().segment("x").header(&header).begin();
    let call = segment.begin_subsegment("call");
    let id = call.context().expect("it is sampled").id();
    assert_eq!(
        call.trace_header().to_string(),
        format!("Root=1-5759e988-bd862e3fe1be46a994272793;Parent={id};Sampled=1;Foo=bar;Lineage=a:1|b:2")
    );
}

/// Python answers with a zero `Root` and a zero `Parent`, Node with an id of its own as `Parent`.
#[test]
fn a_call_that_is_not_sampled_tells_what_the_caller_said() {
    let header = HEADER.replace("Sampled=1", "Sampled=0");
    let segment = Teller::new().recorder().segment("x").header(&header).begin();
    assert_eq!(segment.begin_subsegment("call").trace_header().to_string(), header);
}

#[test]
fn a_caller_that_asks_for_the_decision_is_told_it_with_the_trace() {
    let request = TraceHeader::parse("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=?");
    let segment = Teller::new().recorder().segment("x").parsed_header(request).begin();
    let trace = segment.context().expect("it is sampled").trace_id();
    let asked = request.sampled() == Some(Sampled::Requested);
    let answer = TraceHeader::new(Some(trace), None, asked.then_some(Sampled::Yes));
    assert_eq!(answer.to_string(), "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1");
    assert_eq!(TraceHeader::new(Some(trace), None, None).to_string(), "Root=1-5759e988-bd862e3fe1be46a994272793");
}
