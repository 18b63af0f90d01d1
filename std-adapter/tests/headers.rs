//! What a segment takes from the headers of a request, and what its entities tell the services they call.

mod support;

use serde_json::json;
use support::{document, documents, findings_below, recorder};
use xray_recorder::{Segment, Subsegment, TraceHeader};

const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";
const PARENT: &str = "53995c3f42cd8ad8";
const W3C: &str = "00-4efaaf4d1e8720b39541901950019ee5-70de5b6f19ff9a0a";

#[test]
fn the_decision_of_a_header_is_final_and_only_without_one_the_program_decides() {
    for (decision, told, expected) in [
        (";Sampled=1", None, true),
        (";Sampled=1", Some(false), true),
        (";Sampled=0", None, false),
        (";Sampled=0", Some(true), false),
        (";Sampled=?", None, true),
        (";Sampled=?", Some(false), false),
        ("", Some(true), true),
        ("", Some(false), false),
        (";Sampled=7", Some(false), false),
    ] {
        let recorder = recorder();
        let header = format!("Root={ROOT};Parent={PARENT}{decision}");
        // In whichever order it is said.
        let builders = [
            match told {
                Some(sampled) => recorder.segment("checkout").sampled(sampled).header(&header),
                None => recorder.segment("checkout").header(&header),
            },
            match told {
                Some(sampled) => recorder.segment("checkout").header(&header).sampled(sampled),
                None => recorder.segment("checkout").parsed_header(TraceHeader::parse(&header)),
            },
        ];
        for builder in builders {
            let segment = builder.begin();
            assert_eq!(segment.is_sampled(), expected, "{decision} {told:?}");
            let outgoing = segment.trace_header().to_string();
            assert!(outgoing.starts_with(&format!("Root={ROOT};Parent=")), "{outgoing}");
            assert!(outgoing.ends_with(if expected { ";Sampled=1" } else { ";Sampled=0" }), "{outgoing}");
        }
        assert_eq!(recorder.stats().begun, 2 * u64::from(expected));
    }
}

#[test]
fn a_segment_continues_the_trace_of_its_header_under_the_callers_entity() {
    let recorder = recorder();
    let header = format!("Root={ROOT};Parent={PARENT};Sampled=1");
    recorder.segment("checkout").header(header.as_bytes()).begin().begin_subsegment("db").end();
    assert_eq!(findings_below(&recorder.transport().sent(), &[PARENT]), []);
    let document = documents(recorder).remove(0);
    assert_eq!((&document["trace_id"], &document["parent_id"]), (&json!(ROOT), &json!(PARENT)));
    assert_ne!(document["id"], PARENT);
}

#[test]
fn a_root_alone_is_continued_without_a_parent() {
    let recorder = recorder();
    recorder.segment("checkout").header(&format!("Self=1-x;Root={ROOT}")).begin().end();
    let document = document(recorder);
    assert_eq!((&document["trace_id"], document.get("parent_id")), (&json!(ROOT), None));
}

#[test]
fn extra_data_travels_to_every_descendant_whether_sampled_or_not() {
    for sampled in ["1", "0"] {
        let recorder = recorder();
        let header = format!("Root={ROOT};Parent={PARENT};Sampled={sampled};Lineage=a:1|b:2;Tenant=acme");
        let segment = recorder.segment("checkout").header(&header).begin();
        let child = segment.begin_subsegment("child");
        let grandchild = child.begin_subsegment("grandchild");
        let quiet = grandchild.begin_subsegment_without_sampling();
        drop((segment, child));
        // The header owns what it says: it may outlive every guard.
        let headers = [grandchild.trace_header(), quiet.trace_header(), quiet.begin_subsegment("x").trace_header()];
        drop((grandchild, quiet));
        for header in headers {
            let text = header.to_string();
            assert!(text.ends_with(";Lineage=a:1|b:2;Tenant=acme"), "{text}");
            assert_eq!(text, header.clone().header().to_string());
        }
    }
}

#[test]
fn the_header_of_an_entity_names_that_entity_as_parent() {
    let recorder = recorder();
    let segment: Segment = recorder.begin_segment("checkout");
    let child: Subsegment = segment.begin_subsegment("api");
    let (of_segment, of_child) = (segment.trace_header(), child.trace_header());
    drop(child);
    drop(segment);
    let document = document(recorder);
    let (root, id, child_id) = (&document["trace_id"], &document["id"], &document["subsegments"][0]["id"]);
    let text =
        |id: &serde_json::Value| format!("Root={};Parent={};Sampled=1", root.as_str().unwrap(), id.as_str().unwrap());
    assert_eq!(of_segment.to_string(), text(id));
    assert_eq!(of_child.to_string(), text(child_id));
}

#[test]
fn an_entity_that_is_not_sampled_and_came_without_a_header_tells_the_decision_alone() {
    let recorder = recorder();
    let segment = recorder.segment("checkout").sampled(false).begin();
    let header = segment.begin_subsegment("api").trace_header();
    assert_eq!(header.to_string(), "Sampled=0");
    assert_eq!(header.traceparent().map(|traceparent| traceparent.to_string()), None);
}

#[test]
fn which_of_two_headers_wins_depends_on_who_wrote_them() {
    let sampled = format!("{W3C}-01");
    let not_sampled = format!("{W3C}-00");
    let lineage = format!("Root={ROOT};Lineage=a:1");
    let complete = format!("Root={ROOT};Parent={PARENT};Sampled=1");
    let decision = "Sampled=0".to_owned();
    let w3c_root = "Root=1-4efaaf4d-1e8720b39541901950019ee5";
    let own_root = format!("Root={ROOT}");
    for (xray, traceparent, root, is_sampled, data) in [
        (Some(&complete), Some(&sampled), own_root.as_str(), true, false),
        (Some(&complete), Some(&not_sampled), &own_root, true, false),
        (Some(&complete), None, &own_root, true, false),
        (Some(&lineage), Some(&sampled), w3c_root, true, true),
        (Some(&lineage), Some(&not_sampled), w3c_root, false, true),
        (Some(&lineage), None, &own_root, true, true),
        (Some(&decision), Some(&sampled), "Sampled=0", false, false),
        (None, Some(&sampled), w3c_root, true, false),
        (None, Some(&not_sampled), w3c_root, false, false),
        (None, None, "Root=1-", true, false),
    ] {
        let recorder = recorder();
        let builder = recorder.segment("checkout").headers(xray.map(String::as_str), traceparent.map(String::as_str));
        let segment = builder.begin();
        let outgoing = segment.trace_header().to_string();
        assert_eq!(segment.is_sampled(), is_sampled, "{xray:?} {traceparent:?}");
        assert!(outgoing.starts_with(root), "{xray:?} {traceparent:?}: {outgoing}");
        assert_eq!(outgoing.contains("Lineage"), data, "{outgoing}");
    }
}

#[test]
fn a_traceparent_that_comes_in_goes_out_with_the_entity_as_parent() {
    for (flags, sampled) in [("01", true), ("00", false), ("03", true)] {
        let recorder = recorder();
        let incoming = format!("{W3C}-{flags}");
        let segment = recorder.segment("checkout").headers(None, Some(incoming.as_str())).begin();
        let call = segment.begin_subsegment("api");
        let outgoing = call.trace_header().traceparent().unwrap().to_string();
        match call.context() {
            Some(context) => {
                assert!(sampled);
                assert_eq!(outgoing, format!("00-4efaaf4d1e8720b39541901950019ee5-{}-01", context.id()));
            }
            // There is no entity of ours, so the caller's stays the parent.
            None => {
                assert!(!sampled);
                assert_eq!(outgoing, format!("{W3C}-00"));
            }
        }
        drop(call);
        drop(segment);
        for document in documents(recorder) {
            assert_eq!(document["parent_id"], "70de5b6f19ff9a0a");
        }
    }
}
