//! Who decides whether a trace is recorded: the header, and without one the program. Rules come with sampling.

use conformance::Teller;
use xray_recorder::{Segment, TraceHeader};

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
