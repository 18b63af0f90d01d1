//! What findings say beyond their codes.

use xray_recorder_receiver::{Code, Datagram, Finding, Strictness, Validator, validate};

use crate::support::{datagram, embedded, embedding, id, lone, segment, with_header};

fn only(findings: Vec<Finding>) -> Finding {
    let [finding] = <[Finding; 1]>::try_from(findings).unwrap();
    finding
}

#[test]
fn a_valid_segment_has_no_findings() {
    assert_eq!(validate(&with_header(&segment(1, ""))), []);
}

#[test]
fn a_finding_names_the_rule_the_place_and_what_is_allowed() {
    let inner = embedded(3, r#""http":{"response":{"status":700}},"#);
    let body = segment(1, &embedding(&[embedded(4, ""), embedded(2, &embedding(&[inner]))]));
    assert_eq!(
        only(validate(&with_header(&body))).to_string(),
        "status-range at subsegments[1].subsegments[0].http.response.status: \
         the HTTP status is 700; a whole number from 100 to 599 is allowed"
    );
}

#[test]
fn a_lone_subsegment_without_a_parent_is_a_finding() {
    let body = lone(1, 2, "").replace(&format!(r#""parent_id":"{}","#, id(2)), "");
    let finding = only(validate(&with_header(&body)));
    assert_eq!(finding.to_string(), "member-missing: a subsegment sent by itself must have `parent_id`");
}

#[test]
fn every_entity_of_a_document_is_judged() {
    let flag = r#""fault":false,"#;
    let body = segment(1, &format!("{flag}{}", embedding(&[embedded(2, flag), embedded(3, flag)])));
    let places: Vec<String> = validate(&with_header(&body)).into_iter().map(|finding| finding.path).collect();
    assert_eq!(places, ["fault", "subsegments[0].fault", "subsegments[1].fault"]);
}

#[test]
fn a_finding_of_a_whole_trace_names_the_datagram() {
    let datagrams = [datagram(&segment(1, "")), datagram(&lone(2, 9, ""))];
    let finding = only(Validator::default().check_trace(&datagrams));
    assert_eq!(
        finding.to_string(),
        "parent-unknown at #2 parent_id: \
         no entity of the trace has the id \"0000000000000009\", and it is not known as upstream"
    );
}

#[test]
fn traces_that_are_mixed_are_judged_apart() {
    let other = |body: String| body.replace("1-6b003d0d", "1-6b003d0e");
    let datagrams = [datagram(&segment(1, "")), datagram(&other(segment(1, ""))), datagram(&other(lone(2, 1, "")))];
    assert_eq!(Validator::default().check_trace(&datagrams), []);
}

#[test]
fn a_document_is_judged_without_a_header_too() {
    let body = segment(1, r#""user":1,"#);
    let by_body = Validator::default().check_body(body.as_bytes());
    assert_eq!(by_body, Validator::default().check_bytes(&with_header(&body)));
    let value: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(by_body, Validator::default().check_document(&(&value).into()));
    assert_eq!(only(by_body).code, Code::WrongType);
}

#[test]
fn a_nested_document_of_ten_thousand_levels_is_judged() {
    let depth = 10_000;
    let mut body = String::new();
    for level in 1..=depth {
        body.push_str(&format!(r#"{{"name":"n","id":"{}","start_time":1,"end_time":2,"subsegments":["#, id(level)));
    }
    body.push_str(&"]}".repeat(depth as usize));
    let body = body.replacen('{', r#"{"trace_id":"1-6b003d0d-a49bc297069525a038714d3a","#, 1);
    assert_eq!(Validator::default().check_body(body.as_bytes()), []);
}

#[test]
fn the_same_document_sent_twice_with_other_times_is_another_entity() {
    let datagrams: Vec<Datagram> =
        [segment(1, ""), segment(1, "").replace("100.000001", "99")].iter().map(|body| datagram(body)).collect();
    let finding = only(Validator::new(Strictness::Strict).check_trace(&datagrams));
    assert_eq!(finding.code, Code::IdRepeated);
    assert_eq!(finding.path, "#2 id");
}
