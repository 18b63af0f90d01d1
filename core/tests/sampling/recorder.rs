//! A recorder and its sampler.

use xray_recorder_core::testing::{ManualClock, MemoryTransport, SeededRng};
use xray_recorder_core::{
    BeginError, Decision, Document, Recorder, Rng, RuleName, Sampler, SamplingRequest, Timestamp, TraceHeader,
};

/// Says what it was told to, and what it was asked.
struct Scripted {
    says: Decision,
    asked: Vec<String>,
}

impl Sampler for Scripted {
    fn decide(&mut self, request: &SamplingRequest<'_>, _now: Timestamp, _rng: &mut dyn Rng) -> Decision {
        self.asked.push(format!("{request:?}"));
        self.says
    }
}

type Told = Result<Option<String>, BeginError>;

/// What comes of a segment with this header when the sampler says so: its rule's name, and how often the sampler was asked.
fn begin(header: &str, says: Decision) -> (Told, usize) {
    let clock = ManualClock::at(Timestamp::from_secs(1_465_510_280));
    let sampler = Scripted { says, asked: Vec::new() };
    let mut recorder = Recorder::new(MemoryTransport::<2_048>::new(), clock, SeededRng::new(7)).with_sampler(sampler);
    let mut document = Document::<1_024>::new();
    let told = recorder.begin_segment(&mut document, "checkout", &TraceHeader::parse(header)).map(|mut segment| {
        let json: serde_json::Value = serde_json::from_str(segment.json()).unwrap();
        json["aws"]["xray"]["sampling_rule_name"].as_str().map(str::to_owned)
    });
    let asked = recorder.sampler_mut().asked.len();
    assert_eq!(recorder.stats().begun, u64::from(told.is_ok()));
    (told, asked)
}

#[test]
fn a_decision_of_the_header_is_final_and_otherwise_the_sampler_decides() {
    let root = "Root=1-5759e988-bd862e3fe1be46a994272793";
    let (yes, no) = (Decision::of(true).by(RuleName::new("r").unwrap()), Decision::of(false));
    let not_sampled = || Err(BeginError::NotSampled);
    for (sampled, says, expected) in [
        (";Sampled=1", no, (Ok(None), 0)),
        (";Sampled=0", yes, (not_sampled(), 0)),
        (";Sampled=?", yes, (Ok(Some("r".to_owned())), 1)),
        ("", yes, (Ok(Some("r".to_owned())), 1)),
        (";Sampled=?", no, (not_sampled(), 1)),
        ("", no, (not_sampled(), 1)),
        ("", Decision::of(true), (Ok(None), 1)),
    ] {
        assert_eq!(begin(&format!("{root}{sampled}"), says), expected, "{sampled:?} {says:?}");
    }
}

#[test]
fn the_sampler_is_asked_of_the_request_and_of_the_segments_name_where_that_names_no_service() {
    let clock = ManualClock::at(Timestamp::from_secs(1_465_510_280));
    let sampler = Scripted { says: Decision::of(false), asked: Vec::new() };
    let mut recorder = Recorder::new(MemoryTransport::<2_048>::new(), clock, SeededRng::new(7)).with_sampler(sampler);
    let mut document = Document::<1_024>::new();
    for service in [None, Some("shop")] {
        let request = SamplingRequest { service, path: Some("/a"), ..SamplingRequest::default() };
        let begun = recorder.begin_segment_for(&mut document, "checkout", &TraceHeader::default(), &request);
        assert_eq!(begun.unwrap_err(), BeginError::NotSampled);
    }
    let asked = recorder.sampler_mut().asked.join("\n");
    assert!(asked.contains(r#"service: Some("checkout")"#) && asked.contains(r#"service: Some("shop")"#), "{asked}");
    assert_eq!(asked.matches(r#"path: Some("/a")"#).count(), 2, "{asked}");
}
