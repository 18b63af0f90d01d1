//! Every rule has documents that break it alone, and close neighbours that keep it.

mod datagrams;
mod members;
mod traces;
mod values;

use std::collections::HashSet;

use xray_recorder_receiver::{Code, Datagram, Strictness, Validator};

use crate::support::{TRACE_ID, embedded, embedding, id, lone, segment, with_header};

/// The entity that lone subsegments may name as their parent.
const UPSTREAM: u64 = 0xaa;

/// A rule, datagrams that break it and no other, and datagrams that break none.
struct Case {
    code: Code,
    bad: Vec<Vec<u8>>,
    good: Vec<Vec<u8>>,
}

fn validator(strictness: Strictness) -> Validator {
    Validator::new(strictness).upstream(id(UPSTREAM))
}

fn codes(validator: &Validator, datagrams: &[Vec<u8>]) -> Vec<Code> {
    let datagrams: Vec<Datagram> = datagrams.iter().map(|bytes| Datagram::parse(bytes.as_slice())).collect();
    validator.check_trace(&datagrams).iter().map(|finding| finding.code).collect()
}

fn raw(code: Code, bad: &[u8], good: &[u8]) -> Case {
    Case { code, bad: vec![bad.to_vec()], good: vec![good.to_vec()] }
}

fn bodies(code: Code, bad: &[String], good: &[String]) -> Case {
    let datagrams = |bodies: &[String]| bodies.iter().map(|body| with_header(body)).collect();
    Case { code, bad: datagrams(bad), good: datagrams(good) }
}

/// A rule about members of a segment.
fn of_segment(code: Code, bad: &str, good: &str) -> Case {
    bodies(code, &[segment(1, bad)], &[segment(1, good)])
}

/// A rule about members of a subsegment sent by itself.
fn of_lone(code: Code, bad: &str, good: &str) -> Case {
    bodies(code, &[lone(1, UPSTREAM, bad)], &[lone(1, UPSTREAM, good)])
}

/// A rule about members of an embedded subsegment.
fn of_embedded(code: Code, bad: &str, good: &str) -> Case {
    let document = |members| segment(1, &embedding(&[embedded(2, members)]));
    bodies(code, &[document(bad)], &[document(good)])
}

/// A rule about the name, the id and the times, which every segment has.
fn of_whole_segment(code: Code, bad: &str, good: &str) -> Case {
    let document = |members: &str| format!(r#"{{"trace_id":"{TRACE_ID}",{members}}}"#);
    bodies(code, &[document(bad)], &[document(good)])
}

fn exception(members: &str) -> String {
    format!(r#""cause":{{"exceptions":[{{"id":"00000000000000e1",{members}}}]}},"#)
}

fn cases() -> Vec<Case> {
    let groups = [
        datagrams::datagram_cases(),
        datagrams::json_cases(),
        members::member_cases(),
        values::value_cases(),
        traces::trace_cases(),
    ];
    groups.into_iter().flatten().collect()
}

#[test]
fn a_document_that_breaks_a_rule_is_found_to_break_that_rule_and_no_other() {
    for case in cases() {
        let found = codes(&validator(Strictness::Strict), &case.bad);
        assert_eq!(found, [case.code], "{}", show(&case.bad));
    }
}

#[test]
fn a_close_neighbour_that_keeps_the_rule_has_no_finding() {
    for case in cases() {
        let found = codes(&validator(Strictness::Strict), &case.good);
        assert_eq!(found, [], "{}: {}", case.code, show(&case.good));
    }
}

#[test]
fn what_is_good_for_us_is_good_for_the_official_sdks() {
    for case in cases() {
        let found = codes(&validator(Strictness::OfficialSdk), &case.good);
        assert_eq!(found, [], "{}: {}", case.code, show(&case.good));
    }
}

#[test]
fn every_rule_has_a_case() {
    let covered: HashSet<Code> = cases().into_iter().map(|case| case.code).collect();
    let uncovered: Vec<&Code> = Code::ALL.iter().filter(|code| !covered.contains(code)).collect();
    assert_eq!(uncovered, [] as [&Code; 0]);
}

#[test]
fn codes_have_different_kebab_case_names() {
    let names: HashSet<String> = Code::ALL.iter().map(Code::to_string).collect();
    assert_eq!(names.len(), Code::ALL.len());
    for name in names {
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{name}");
    }
}

fn show(datagrams: &[Vec<u8>]) -> String {
    let texts: Vec<String> =
        datagrams.iter().map(|bytes| String::from_utf8_lossy(bytes).chars().take(500).collect()).collect();
    texts.join("\n")
}
