//! Who decides, and what a sampler of one's own is told.

use std::sync::{Arc, Mutex, OnceLock};

use serde_json::Value;
use xray_recorder::{
    BuildError, Builder, Decision, Own, Recorder, RuleName, Sampler, SamplingRequest, Timestamp, TraceHeader,
};

use crate::support::{Memory, SetClock, assert_settled, documents, logged};

const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";

fn recorder(choose: impl FnOnce(Builder<Own<Memory>>) -> Builder<Own<Memory>>) -> Recorder<Memory> {
    let builder = Recorder::builder().ignore_environment().transport(Memory::default());
    choose(builder.clock(SetClock::at(1_700_000_000_000_000, 0))).build().unwrap()
}

/// Says what it is told to.
struct Says(Decision);

impl Sampler for Says {
    fn decide(&self, _: &SamplingRequest<'_>, _: Timestamp) -> Option<Decision> {
        Some(self.0)
    }
}

fn yes() -> Decision {
    Decision::of(true).by(RuleName::new("r").unwrap())
}

/// Whether a segment with this header is sampled, and by which rule its document says.
fn outcome(says: Option<Decision>, sampled: &str) -> (bool, Option<String>) {
    let recorder = recorder(|builder| match says {
        Some(decision) => builder.sampler(Says(decision)),
        None => builder.sampling(false),
    });
    let header = format!("Root={ROOT}{sampled}");
    let is_sampled = recorder.segment("checkout").header(&header).begin().is_sampled();
    assert_settled(recorder.stats());
    let rule = documents(recorder).first().and_then(|document| {
        document["aws"]["xray"].get("sampling_rule_name").and_then(Value::as_str).map(str::to_owned)
    });
    (is_sampled, rule)
}

#[test]
fn the_header_decides_before_the_sampler_and_the_sampler_where_the_header_leaves_it_open() {
    let no = Decision::of(false);
    for says in [None, Some(yes()), Some(no)] {
        assert_eq!(outcome(says, ";Sampled=1"), (true, None), "{says:?}");
        assert_eq!(outcome(says, ";Sampled=0"), (false, None), "{says:?}");
    }
    for open in [";Sampled=?", ""] {
        assert_eq!(outcome(None, open), (true, None));
        assert_eq!(outcome(Some(yes()), open), (true, Some("r".to_owned())));
        assert_eq!(outcome(Some(no), open), (false, None));
    }
}

#[test]
fn the_program_decides_before_the_sampler_and_after_the_header() {
    let recorder = recorder(|builder| builder.sampler(Says(Decision::of(false))));
    let header = format!("Root={ROOT};Sampled=0");
    assert!(!recorder.segment("checkout").header(&header).sampled_by("myrule").begin().is_sampled());
    assert!(!recorder.segment("checkout").header(&header).sampled(true).begin().is_sampled());
    assert!(recorder.segment("checkout").sampled(true).begin().is_sampled());
    recorder.segment("checkout").sampled_by("myrule").begin().end();
    let unsampled = recorder.segment("checkout").sampled(false).begin();
    assert_eq!(unsampled.trace_header().header().root(), None, "it has no ids of its own");
    drop(unsampled);

    let documents = documents(recorder);
    let rules: Vec<_> = documents.iter().map(|document| &document["aws"]["xray"]["sampling_rule_name"]).collect();
    assert_eq!(rules, [&Value::Null, &Value::from("myrule")]);
}

#[test]
fn a_rules_name_of_any_length_is_in_the_document_and_is_told_without_the_sdk_too() {
    let recorder = recorder(|builder| builder.describe_sdk(false));
    let long = "rule ".repeat(20);
    recorder.segment("checkout").sampled_by(&long).begin().end();
    let documents = documents(recorder);
    assert_eq!(documents[0]["aws"], serde_json::json!({"xray": {"sampling_rule_name": long}}));
}

#[test]
fn rules_of_ones_own_decide_by_what_the_request_says() {
    let rules = r#"{"version":2,"default":{"fixed_target":0,"rate":0},"rules":[
        {"host":"*","http_method":"POST","url_path":"/pay/*","fixed_target":0,"rate":1},
        {"host":"*","http_method":"*","url_path":"/once","fixed_target":1,"rate":0},
        {"service_name":"*","host":"admin.*","http_method":"*","url_path":"*","fixed_target":0,"rate":1}]}"#;
    let recorder = recorder(|builder| builder.sampling_rules(rules).unwrap());
    let sampled = |host, method, path| {
        let request =
            SamplingRequest { host: Some(host), method: Some(method), path: Some(path), ..SamplingRequest::default() };
        recorder.segment("checkout").request(&request).begin().is_sampled()
    };
    assert!(sampled("www.acme.com", "POST", "/pay/7") && sampled("www.acme.com", "post", "/PAY/7"));
    assert!(!sampled("www.acme.com", "GET", "/pay/7") && !sampled("www.acme.com", "POST", "/pays"));
    assert!(sampled("www.acme.com", "GET", "/once") && !sampled("www.acme.com", "GET", "/once"));
    assert!(sampled("admin.acme.com", "GET", "/"));
}

#[test]
fn rules_that_are_wrong_are_an_error_that_says_which_and_why() {
    let rules = r#"{"version":2,"default":{"fixed_target":0,"rate":0},"rules":[
        {"host":"*","http_method":"*","url_path":"*","fixed_target":0,"rate":1},
        {"host":"*","http_method":"*","url_path":"*","fixed_target":0,"rate":1.5}]}"#;
    let error = Recorder::builder().sampling_rules(rules).err().unwrap();
    assert!(matches!(error, BuildError::SamplingRules(_)));
    let text = error.to_string();
    assert!(text.contains("rules[1]") && text.contains("rate"), "{text}");
    assert!(Recorder::builder().fallback_sampling_rules("[").is_err());
}

/// Remembers what it was asked.
#[derive(Default)]
struct Curious(Mutex<Vec<String>>);

impl Sampler for &'static Curious {
    fn decide(&self, request: &SamplingRequest<'_>, now: Timestamp) -> Option<Decision> {
        self.0.lock().unwrap().push(format!("{:?} {:?} {now}", request.service, request.path));
        Some(Decision::of(false))
    }
}

#[test]
fn a_sampler_of_ones_own_is_told_the_segments_name_and_the_time() {
    let sampler: &'static Curious = Box::leak(Box::default());
    let recorder = recorder(|builder| builder.sampler(sampler));
    let request = SamplingRequest { path: Some("/a"), ..SamplingRequest::default() };
    recorder.segment("checkout").request(&request).begin().end();
    let request = SamplingRequest { service: Some("another"), ..request };
    recorder.segment("checkout").request(&request).begin().end();
    recorder.begin_segment("checkout").end();
    let asked = sampler.0.lock().unwrap();
    let now = "1700000000.000000";
    assert_eq!(
        *asked,
        [
            format!("Some(\"checkout\") Some(\"/a\") {now}"),
            format!("Some(\"another\") Some(\"/a\") {now}"),
            format!("Some(\"checkout\") None {now}")
        ]
    );
}

struct Panics;

impl Sampler for Panics {
    fn decide(&self, _: &SamplingRequest<'_>, _: Timestamp) -> Option<Decision> {
        std::panic::resume_unwind(Box::new(PanicsAgain))
    }
}

/// What panics when it goes, too.
struct PanicsAgain;

impl Drop for PanicsAgain {
    fn drop(&mut self) {
        std::panic::resume_unwind(Box::new("the payload of a panic"))
    }
}

#[test]
fn a_sampler_that_panics_leaves_it_to_the_rules_and_is_told_of_once() {
    let recorder = recorder(|builder| builder.sampler(Panics).sampling_rules(NONE).unwrap());
    let log = logged(|| {
        assert!(!recorder.begin_segment("checkout").is_sampled());
        recorder.in_segment("checkout", |segment| assert!(!segment.is_sampled()));
    });
    assert_eq!(log, ["ERROR: the sampler panicked; rules decide then; further panics are not logged"]);
    assert!(recorder.segment("checkout").sampled(true).begin().is_sampled());
    assert_settled(recorder.stats());
    assert_eq!(recorder.stats().begun, 1);
}

const NONE: &str = r#"{"version":2,"default":{"fixed_target":0,"rate":0}}"#;

/// Decides about one service, and leaves the others to the rules.
fn of_health_checks(request: &SamplingRequest<'_>) -> Option<Decision> {
    (request.service == Some("health")).then_some(Decision::of(true))
}

struct OfHealthChecks;

impl Sampler for OfHealthChecks {
    fn decide(&self, request: &SamplingRequest<'_>, _: Timestamp) -> Option<Decision> {
        of_health_checks(request)
    }
}

#[test]
fn what_a_sampler_leaves_open_the_rules_decide() {
    let sampler: Arc<dyn Sampler> = Arc::new(OfHealthChecks);
    let recorder = recorder(|builder| builder.sampler(sampler).sampling_rules(NONE).unwrap());
    assert!(recorder.begin_segment("health").is_sampled());
    assert!(!recorder.begin_segment("checkout").is_sampled());
}

#[test]
fn what_was_said_of_sampler_and_rules_stands_whether_or_not_sampling_is_on() {
    let says_no = || Says(Decision::of(false));
    assert!(!recorder(|builder| builder.sampler(says_no()).sampling(true)).begin_segment("a").is_sampled());
    assert!(!recorder(|builder| builder.sampling_rules(NONE).unwrap().sampling(true)).begin_segment("a").is_sampled());
    assert!(recorder(|builder| builder.sampling(false).sampler(says_no())).begin_segment("a").is_sampled());
}

/// Begins a segment while it decides.
#[derive(Default)]
struct Begins(OnceLock<Recorder<Memory>>);

impl Sampler for &'static Begins {
    fn decide(&self, _: &SamplingRequest<'_>, _: Timestamp) -> Option<Decision> {
        let recorder = self.0.get().unwrap();
        assert!(recorder.segment("told").sampled(true).begin().is_sampled());
        assert!(!recorder.begin_segment("open").is_sampled());
        Some(Decision::of(true))
    }
}

#[test]
fn a_segment_that_a_sampler_begins_while_it_decides_is_not_decided_by_it() {
    let sampler: &'static Begins = Box::leak(Box::default());
    let recorder = recorder(|builder| builder.sampler(sampler));
    let _ = sampler.0.set(recorder);
    let log = logged(|| (0..2).for_each(|_| assert!(recorder.begin_segment("checkout").is_sampled())));
    assert_eq!(log, ["WARN: a segment that a sampler begins while it decides is not recorded"]);
}

#[test]
fn what_is_not_sampled_hands_the_callers_header_on_and_has_an_id_where_that_is_wanted() {
    let recorder = recorder(|builder| builder.sampler(Says(Decision::of(false))));
    let segment = recorder.segment("checkout").header(&format!("Root={ROOT};Sampled=?;Lineage=a:1")).begin();
    let call = segment.begin_subsegment("api");
    for header in [segment.trace_header(), call.trace_header()] {
        assert_eq!(header.to_string(), format!("Root={ROOT};Sampled=0;Lineage=a:1"));
    }
    let text = recorder.begin_segment("checkout").trace_header().to_string();
    assert_eq!(TraceHeader::parse(&text).root(), None, "{text}");
}
