//! What plugins have found is in the segments that begin after they have answered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use xray_recorder::plugins::{Plugin, PluginError, Whereabouts};
use xray_recorder::{AwsResource, Decision, LogGroup, Recorder, Sampler, SamplingRequest, Timestamp};

use crate::support::daemon::until;
use crate::support::{Memory, documents};

/// A plugin that answers once the test lets go of the other end.
struct Held(&'static str, Mutex<Receiver<()>>);

impl Plugin for Held {
    fn name(&self) -> &str {
        self.0
    }

    fn find(&self) -> Result<Option<Whereabouts>, PluginError> {
        let _ = self.1.lock().unwrap().recv();
        let resource = AwsResource { account_id: Some(self.0), ..AwsResource::default() };
        Ok(Some(Whereabouts::new(&resource).with_origin(self.0)))
    }
}

struct Panics;

impl Plugin for Panics {
    fn name(&self) -> &str {
        "panics"
    }

    fn find(&self) -> Result<Option<Whereabouts>, PluginError> {
        std::panic::resume_unwind(Box::new("a plugin of the user's own"))
    }
}

fn origin(recorder: Recorder<Memory>) -> Value {
    recorder.begin_segment("checkout").end();
    documents(recorder).pop().unwrap()["origin"].take()
}

#[test]
fn a_recorder_does_not_wait_for_plugins_and_segments_say_what_is_known_when_they_begin() {
    let ((first, first_gate), (second, second_gate)) = (channel(), channel());
    let recorder = Recorder::builder()
        .ignore_environment()
        .plugin(Held("first", Mutex::new(first_gate)))
        .plugin(Panics)
        .plugin(Held("second", Mutex::new(second_gate)))
        .transport(Memory::default())
        .build()
        .unwrap();
    let early = recorder.begin_segment("early");
    assert_eq!(origin(recorder), Value::Null, "nobody has answered");
    drop(second);
    until(|| origin(recorder) == "second");
    drop(first);
    until(|| origin(recorder) == "first");
    early.end();

    let early = documents(recorder).pop().unwrap();
    assert_eq!((early.get("origin"), early["aws"].get("account_id")), (None, None));
    recorder.begin_segment("late").begin_subsegment("db").end();
    let late = documents(recorder).pop().unwrap();
    let xray = json!({"sdk": "X-Ray for Rust", "sdk_version": env!("CARGO_PKG_VERSION")});
    assert_eq!(late["aws"], json!({"account_id": "first", "xray": xray}));
    assert_eq!(late["service"]["runtime"], "rust");
    assert_eq!(late["subsegments"][0].get("aws"), None, "the segment says it for all");
}

/// Remembers that it was asked.
struct Asked(Arc<AtomicBool>);

impl Plugin for Asked {
    fn name(&self) -> &str {
        "asked"
    }

    fn find(&self) -> Result<Option<Whereabouts>, PluginError> {
        self.0.store(true, Ordering::Relaxed);
        Ok(Some(Whereabouts::default().with_origin("Acme")))
    }
}

#[test]
fn a_recorder_that_is_disabled_asks_its_plugins_when_it_is_enabled() {
    let asked = Arc::new(AtomicBool::new(false));
    let plugins: [Box<dyn Plugin>; 1] = [Box::new(Asked(Arc::clone(&asked)))];
    let recorder = Recorder::builder().ignore_environment().enabled(false).plugins(plugins);
    let recorder = recorder.transport(Memory::default()).build().unwrap();
    recorder.begin_segment("checkout").end();
    assert!(!asked.load(Ordering::Relaxed));
    recorder.set_enabled(true);
    until(|| recorder.whereabouts().is_some());
    assert_eq!(recorder.whereabouts().unwrap().origin(), Some("Acme"));
}

#[test]
fn a_recorder_in_lambda_asks_no_plugin() {
    let asked = Arc::new(AtomicBool::new(false));
    let recorder = Recorder::builder().ignore_environment().in_lambda(|| None).plugin(Asked(Arc::clone(&asked)));
    let recorder = recorder.transport(Memory::default()).build().unwrap();
    recorder.set_enabled(true);
    recorder.in_segment("checkout", |_| {});
    assert_eq!((asked.load(Ordering::Relaxed), Arc::strong_count(&asked)), (false, 1), "nobody has it any more");
}

#[test]
fn where_the_document_has_no_room_for_all_the_rule_is_told_all_the_same() {
    struct Long;
    impl Plugin for Long {
        fn name(&self) -> &str {
            "long"
        }
        fn find(&self) -> Result<Option<Whereabouts>, PluginError> {
            let names: Vec<String> = (0..4).map(|number| format!("{number}{}", "x".repeat(500))).collect();
            let groups: Vec<_> = names.iter().map(|name| LogGroup { log_group: name, arn: None }).collect();
            Ok(Some(Whereabouts::new(&AwsResource { cloudwatch_logs: &groups, ..AwsResource::default() })))
        }
    }
    let recorder = Recorder::builder().ignore_environment().capacities(1_024, 1_024).plugin(Long);
    let recorder = recorder.transport(Memory::default()).build().unwrap();
    until(|| recorder.whereabouts().is_some());
    recorder.segment("checkout").sampled_by("r").begin().end();
    let aws = documents(recorder).pop().unwrap()["aws"].take();
    assert_eq!((&aws["xray"]["sampling_rule_name"], aws.get("cloudwatch_logs")), (&Value::from("r"), None));
    assert_eq!(recorder.stats().refused, 1);
}

/// Remembers the service's type.
#[derive(Clone, Default)]
struct Types(Arc<Mutex<Vec<Option<String>>>>);

impl Sampler for Types {
    fn decide(&self, request: &SamplingRequest<'_>, _: Timestamp) -> Option<Decision> {
        self.0.lock().unwrap().push(request.service_type.map(str::to_owned));
        Some(Decision::of(true).by(xray_recorder::RuleName::new("r").unwrap()))
    }
}

#[test]
fn the_origin_is_the_type_of_service_that_rules_are_matched_with() {
    let (let_go, gate) = channel();
    drop(let_go);
    let types = Types::default();
    let recorder = Recorder::builder()
        .ignore_environment()
        .describe_sdk(false)
        .plugin(Held("AWS::EC2::Instance", Mutex::new(gate)))
        .sampler(types.clone())
        .transport(Memory::default())
        .build()
        .unwrap();
    until(|| origin(recorder) == "AWS::EC2::Instance");
    recorder.begin_segment("checkout").end();
    let request = SamplingRequest { service_type: Some("Acme"), ..SamplingRequest::default() };
    recorder.segment("checkout").request(&request).begin().end();

    let types = types.0.lock().unwrap();
    let last: Vec<_> = types.iter().rev().take(2).map(Option::as_deref).collect();
    assert_eq!(last, [Some("Acme"), Some("AWS::EC2::Instance")]);
    let aws = documents(recorder).pop().unwrap()["aws"].take();
    assert_eq!(aws, json!({"account_id": "AWS::EC2::Instance", "xray": {"sampling_rule_name": "r"}}));
}
