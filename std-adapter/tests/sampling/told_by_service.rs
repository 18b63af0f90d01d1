//! What the service says, over a real connection.

use std::sync::mpsc::channel;

use serde_json::{Value, json};
use xray_recorder::{Recorder, SamplingRequest, UdpTransport};
use xray_recorder_receiver::Collector;

use crate::service::{START, Say, Service, page, recorder, rule};
use crate::support::{DEADLINE, Memory, SetClock, findings};

fn begins_sampled(recorder: Recorder<UdpTransport>, name: &str) -> bool {
    recorder.begin_segment(name).is_sampled()
}

fn mine() -> Value {
    rule("mine", 10, &json!({"ServiceName": "svc*", "FixedRate": 1, "ReservoirSize": 5}))
}

#[test]
fn the_captured_python_story_is_told_with_the_same_calls_and_documents() {
    let service = Service::of_rules(vec![rule("Default", 10_000, &json!({})), mine()]);
    let mut daemon = Collector::loopback().unwrap();
    let (recorder, clock) = recorder(service.address(), &daemon, |builder| builder);
    let request = SamplingRequest { service: Some("svc1"), ..SamplingRequest::default() };

    // What is decided before the first answer is decided by local rules, and counted nowhere.
    recorder.segment("svc1").request(&request).begin().end();
    assert_eq!(recorder.call_sampling_service(), 1);
    let call = service.called();
    assert_eq!((call.path.as_str(), call.body), ("/GetSamplingRules", json!({})));
    let headers: Vec<&str> = call.head.lines().skip(1).collect();
    let host = format!("Host: {}", service.address());
    assert!(headers.contains(&host.as_str()) && headers.contains(&"Content-Type: application/json"), "{headers:?}");

    clock.set(1);
    for _ in 0..3 {
        assert!(begins_sampled(recorder, "svc1"));
    }
    assert!(!begins_sampled(recorder, "other"));
    assert_eq!(recorder.call_sampling_service(), 0, "nothing is due");
    clock.set(11);
    assert_eq!(recorder.call_sampling_service(), 1);

    let call = service.called();
    let client = call.body["SamplingStatisticsDocuments"][0]["ClientID"].as_str().unwrap();
    assert!(client.len() == 24 && client.bytes().all(|digit| b"0123456789abcdef".contains(&digit)), "{client}");
    let document = |name: &str, requests: u32, sampled: u32, borrowed: u32| {
        json!({"RuleName": name, "ClientID": client, "Timestamp": START + 11,
               "RequestCount": requests, "SampledCount": sampled, "BorrowCount": borrowed})
    };
    let expected = json!({"SamplingStatisticsDocuments": [document("mine", 3, 2, 1), document("Default", 1, 0, 0)]});
    assert_eq!((call.path.as_str(), call.body), ("/SamplingTargets", expected));

    // The one before the first answer, and the three that the capture has.
    daemon.wait_for(DEADLINE, |received| received.datagrams().len() == 4).unwrap();
    let received = daemon.finish().unwrap();
    for (number, datagram) in received.datagrams().iter().enumerate() {
        assert_eq!(findings(std::slice::from_ref(datagram)), []);
        let document = datagram.document().unwrap().to_value();
        let xray = json!({"sdk": "X-Ray for Rust", "sdk_version": env!("CARGO_PKG_VERSION"),
            "sampling_rule_name": "mine"});
        match number {
            0 => assert_eq!(document["aws"]["xray"].get("sampling_rule_name"), None),
            _ => assert_eq!(document["aws"]["xray"], xray),
        }
    }
}

#[test]
fn targets_are_honoured_and_a_change_of_rules_is_asked_for_at_once() {
    let mut asked = 0;
    let service = Service::new(move |call| {
        asked += 1;
        Say::Json(match (asked, call.path.as_str()) {
            (1, "/GetSamplingRules") => page(&[mine()]),
            (2, "/SamplingTargets") => json!({
                "SamplingTargetDocuments": [{"RuleName": "mine", "FixedRate": 0.0, "ReservoirQuota": 2,
                    "ReservoirQuotaTTL": START + 60, "Interval": 10}],
                "LastRuleModification": START + 5, "UnprocessedStatistics": []}),
            (3, "/GetSamplingRules") => page(&[rule("new", 1, &json!({"FixedRate": 1})), mine()]),
            other => panic!("an unexpected call: {other:?}"),
        })
    });
    let daemon = Collector::loopback().unwrap();
    let (recorder, clock) = recorder(service.address(), &daemon, |builder| builder);
    assert_eq!(recorder.call_sampling_service(), 1);
    assert!(begins_sampled(recorder, "svc1"));
    clock.set(11);
    assert_eq!(recorder.call_sampling_service(), 2, "targets, and the rules that changed meanwhile");
    assert!(begins_sampled(recorder, "anything"), "by the new rule");
    assert_eq!(service.calls().len(), 3);
}

#[test]
fn requests_that_went_wrong_are_reported_where_the_service_wants_to_hear_of_them() {
    let boosted = json!({"FixedRate": 1, "SamplingRateBoost": {"MaxRate": 1.0, "CooldownWindowMinutes": 10}});
    let service = Service::of_rules(vec![rule("mine", 10, &boosted)]);
    let daemon = Collector::loopback().unwrap();
    let (recorder, clock) = recorder(service.address(), &daemon, |builder| builder);
    recorder.call_sampling_service();
    recorder.begin_segment("svc1").end();
    recorder.begin_segment("svc1").set_fault();
    recorder.begin_segment("svc1").set_error();
    // A caller's decision is not by this rule, and a subsegment is no request.
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
    recorder.segment("svc1").header(header).begin().set_fault();
    recorder.in_segment("svc1", |segment| segment.begin_subsegment("db").end());
    clock.set(11);
    recorder.call_sampling_service();
    let report = service.calls().pop().unwrap().body;
    let boost = json!([{"RuleName": "mine", "ServiceName": "svc1", "Timestamp": START + 11,
        "AnomalyCount": 2, "TotalCount": 4, "SampledAnomalyCount": 2}]);
    assert_eq!(report["SamplingBoostStatisticsDocuments"], boost, "{report:#}");
}

#[test]
fn the_calls_are_in_no_trace() {
    let service = Service::of_rules(vec![mine()]);
    let mut daemon = Collector::loopback().unwrap();
    let (recorder, _) = recorder(service.address(), &daemon, |builder| builder);
    recorder.segment("svc1").sampled(true).in_segment(|_| recorder.call_sampling_service());
    assert!(!service.called().head.to_ascii_lowercase().contains("trace"));
    daemon.wait_for(DEADLINE, |received| received.datagrams().len() == 1).unwrap();
    assert_eq!(daemon.finish().unwrap().entities(), 1);
}

#[test]
fn a_recorder_with_a_transport_of_ones_own_may_ask_the_service_too() {
    let service = Service::of_rules(vec![rule("mine", 10, &json!({}))]);
    let recorder = Recorder::builder()
        .ignore_environment()
        .transport(Memory::default())
        .sampling_service(service.address().into())
        .clock(SetClock::at(START * 1_000_000, 0))
        .build()
        .unwrap();
    assert_eq!(recorder.call_sampling_service(), 1);
    assert!(!recorder.begin_segment("checkout").is_sampled(), "by a rule without a rate");
}

#[test]
fn decisions_go_on_while_the_service_takes_its_time() {
    let (let_go, gate) = channel();
    let (mut gate, rules) = (Some(gate), page(&[mine()]));
    let service = Service::new(move |_| Say::Held(gate.take().unwrap(), rules.clone()));
    let daemon = Collector::loopback().unwrap();
    let none = r#"{"version":2,"default":{"fixed_target":0,"rate":0}}"#;
    let (recorder, _) = recorder(service.address(), &daemon, |builder| builder.fallback_sampling_rules(none).unwrap());
    std::thread::scope(|scope| {
        let call = scope.spawn(|| recorder.call_sampling_service());
        service.called();
        for _ in 0..1_000 {
            assert!(!begins_sampled(recorder, "svc1"));
        }
        assert!(!call.is_finished(), "a decision waited for the call");
        drop(let_go);
        assert_eq!(call.join().unwrap(), 1);
    });
    assert!(begins_sampled(recorder, "svc1"));
}
