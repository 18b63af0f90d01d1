//! Who decides whether a trace is recorded: the header, and without one the program. Rules come with sampling.

use conformance::Teller;
use xray_recorder::{AwsResource, Sdk, Segment, TraceHeader};

/// The header's decision, the program's, and whether the segment is sampled.
const VECTORS: [(&str, bool, bool); 8] = [
    (";Sampled=1", true, true),
    (";Sampled=1", false, true),
    (";Sampled=0", true, false),
    (";Sampled=0", false, false),
    (";Sampled=?", true, true),
    (";Sampled=?", false, false),
    ("", true, true),
    ("", false, false),
];

#[test]
fn the_decision_of_the_header_is_final_and_otherwise_the_programs_counts() {
    for (header, program, expected) in VECTORS {
        let teller = Teller::new();
        let header = format!("Root=1-5759e988-bd862e3fe1be46a994272793{header}");
        let segment = teller.recorder().segment("x").header(&header).sampled(program).begin();
        assert_eq!(segment.is_sampled(), expected, "{header} and {program}");
        segment.end();
        assert_eq!(teller.memory().datagrams().len(), usize::from(expected));
        assert_eq!(teller.recorder().stats().begun, u64::from(expected));
    }
}

#[test]
fn without_a_header_the_programs_decision_counts() {
    for sampled in [true, false] {
        let segment = Teller::new().recorder().segment("x").sampled(sampled).begin();
        assert_eq!(segment.is_sampled(), sampled);
    }
}

/// What stands under `aws.xray.sampling_rule_name` of the only document that was sent.
fn rule_name(teller: &Teller) -> Option<String> {
    let datagrams = teller.datagrams();
    assert_eq!(datagrams.len(), 1);
    let document = datagrams[0].document().expect("it is a document").to_value();
    document["aws"]["xray"]["sampling_rule_name"].as_str().map(str::to_owned)
}

/// A decision that came with the request was made by a rule of the caller's, and by none here.
#[test]
fn a_decision_of_the_header_has_no_rule() {
    let teller = Teller::new();
    teller.recorder().segment("x").header("Sampled=1").sampled(false).in_segment(|segment| {
        assert!(segment.is_sampled() && xray_recorder::is_sampled());
    });
    assert_eq!(rule_name(&teller), None);
}

/// Python's `begin_segment(sampling="myrule")`, and what it writes where a sampler names the rule.
#[test]
fn the_rule_that_decided_is_named_in_the_document() {
    let teller = Teller::new();
    teller.recorder().segment("x").header("Sampled=?").sampled(true).in_segment(|segment| {
        let xray = Sdk { sampling_rule_name: Some("myrule"), ..Sdk::default() };
        segment.set_aws(&AwsResource { xray: Some(xray), ..AwsResource::default() });
    });
    assert_eq!(rule_name(&teller).as_deref(), Some("myrule"));
    let findings = teller.findings();
    assert!(findings.is_empty(), "{findings:?}");
}

/// Python's `configure(sampling=False)`: nobody is asked, and only the header can say no.
#[test]
fn where_nobody_is_asked_everything_is_recorded_that_the_header_does_not_forbid() {
    for (header, expected) in [("", true), ("Sampled=?", true), ("Sampled=1", true), ("Sampled=0", false)] {
        let teller = Teller::new();
        let sampled = teller.recorder().segment("x").header(header).in_segment(|_| xray_recorder::is_sampled());
        assert_eq!(sampled, expected, "{header}");
        assert_eq!(teller.recorder().stats().sent, u64::from(expected));
    }
}

/// Where Python has the ids `1-00000000-000000000000000000000000` and `0000000000000000`.
#[test]
fn a_segment_that_is_not_sampled_has_no_ids_and_takes_every_call() {
    let teller = Teller::new();
    let mut segment: Segment = teller.recorder().segment("x").sampled(false).begin();
    segment.put_annotation("k", "v").put_metadata("k", "v").set_user("u").set_fault();
    let error = "x".parse::<u8>().expect_err("it is no number");
    assert_eq!(segment.add_exception(&error), None);
    assert_eq!((segment.context(), segment.json()), (None, None));
    assert_eq!(segment.trace_header().to_string(), "Sampled=0");
    let child = segment.begin_subsegment("y");
    assert!(!child.is_sampled());
    child.end();
    segment.end();
    assert_eq!(teller.memory().datagrams().len(), 0);
}

#[test]
fn a_decision_that_cannot_be_read_is_none() {
    for header in ["Sampled=2", "Sampled=", "Sampled=10", "Sampled=true"] {
        assert_eq!(TraceHeader::parse(header).sampled(), None, "{header}");
    }
}
