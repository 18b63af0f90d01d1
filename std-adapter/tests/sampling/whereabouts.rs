//! What plugins have found is in the segments that begin after they have answered.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use xray_recorder::plugins::{Plugin, PluginError, Whereabouts};
use xray_recorder::{AwsResource, Decision, Recorder, Sampler, SamplingRequest, Timestamp};

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

/// Remembers the service's type.
#[derive(Clone, Default)]
struct Types(Arc<Mutex<Vec<Option<String>>>>);

impl Sampler for Types {
    fn decide(&self, request: &SamplingRequest<'_>, _: Timestamp) -> Decision {
        self.0.lock().unwrap().push(request.service_type.map(str::to_owned));
        Decision::of(true).by(xray_recorder::RuleName::new("r").unwrap())
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
