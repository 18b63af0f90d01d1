//! Daemons that do not answer as they should: local rules decide, and the log says so once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use xray_recorder::{Recorder, UdpTransport};
use xray_recorder_receiver::Collector;

use crate::service::{Say, Service, answer_with, page, recorder, rule};
use crate::support::daemon::own_address;
use crate::support::{SetClock, logged};

/// Local rules by which one of each second is recorded.
const ONE_A_SECOND: &str = r#"{"version":2,"default":{"fixed_target":1,"rate":0}}"#;

fn asking(tcp: SocketAddr) -> (Recorder<UdpTransport>, &'static SetClock) {
    let daemon = Collector::loopback().unwrap();
    recorder(tcp, &daemon, |builder| builder.fallback_sampling_rules(ONE_A_SECOND).unwrap())
}

fn everything() -> Vec<Value> {
    vec![rule("everything", 10, &json!({"FixedRate": 1}))]
}

fn decisions(recorder: Recorder<UdpTransport>) -> [bool; 4] {
    std::array::from_fn(|_| recorder.begin_segment("svc1").is_sampled())
}

/// Asks this daemon three times, and once more when it has recovered.
#[track_caller]
fn is_told_once(broken: impl Fn() -> Say + Send + 'static, why: &str) {
    let recovered = Arc::new(AtomicBool::new(false));
    let is_well = Arc::clone(&recovered);
    let service =
        Service::new(
            move |call| {
                if is_well.load(Ordering::Relaxed) { answer_with(&everything(), call) } else { broken() }
            },
        );
    let (recorder, clock) = asking(service.address());
    for time in 0..3 {
        clock.set(time * 600);
        let log = logged(|| assert!(recorder.call_sampling_service() >= 1));
        match time {
            0 => {
                assert_eq!(log.len(), 1, "{log:#?}");
                let address = service.address();
                let begins = format!("WARN: sampling rules cannot be had from {address}: {why}");
                assert!(log[0].starts_with(&begins), "{log:#?}");
            }
            _ => assert_eq!(log, [""; 0]),
        }
        assert_eq!(decisions(recorder), [true, false, false, false], "by local rules");
    }
    recovered.store(true, Ordering::Relaxed);
    clock.set(1_800);
    let log = logged(|| assert!(recorder.call_sampling_service() >= 1));
    assert_eq!(log, [format!("INFO: sampling rules come from {} again", service.address())]);
    assert_eq!(decisions(recorder), [true; 4], "by the service's rules");
}

fn ok(length: usize, body: &str) -> Say {
    Say::Bytes(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes())
}

#[test]
fn a_daemon_that_fails_with_500_is_told_of_once() {
    is_told_once(|| Say::Status(500), "status 500");
}

#[test]
fn a_daemon_that_answers_garbage_is_told_of_once() {
    is_told_once(|| Say::Bytes(b"\x00\xff\x13garbage\r\n\r\n".to_vec()), "the answer is no HTTP");
}

#[test]
fn an_answer_that_is_no_json_is_told_of_once() {
    is_told_once(|| ok(9, "<html>not"), "the answer is no JSON");
}

#[test]
fn an_answer_of_ten_megabytes_is_told_of_once() {
    is_told_once(|| ok(10 << 20, &" ".repeat(10 << 20)), "the answer is longer than");
}

#[test]
fn an_answer_cut_off_half_way_is_told_of_once() {
    let whole = page(&everything()).to_string();
    is_told_once(move || ok(whole.len(), &whole[..whole.len() / 2]), "the answer was cut off");
}

#[test]
fn an_answer_that_is_json_cut_off_half_way_is_told_of_once() {
    let whole = page(&everything()).to_string();
    is_told_once(move || ok(whole.len() / 2, &whole[..whole.len() / 2]), "the answer is no JSON");
}

#[test]
fn a_daemon_that_hangs_up_is_told_of_once() {
    is_told_once(|| Say::Bytes(Vec::new()), "the answer was cut off");
}

#[test]
fn a_daemon_that_accepts_and_never_answers_is_told_of_once() {
    is_told_once(|| Say::Nothing, "no answer in time");
}

#[test]
fn a_daemon_that_is_absent_is_told_of_once() {
    let address = own_address();
    let (recorder, clock) = asking(address);
    for time in 0..3 {
        clock.set(time * 600);
        let log = logged(|| assert_eq!(recorder.call_sampling_service(), 1));
        assert_eq!(log.len(), usize::from(time == 0), "{log:#?}");
        assert!(
            log.iter().all(|line| line.starts_with(&format!("WARN: sampling rules cannot be had from {address}: ")))
        );
        assert_eq!(decisions(recorder), [true, false, false, false], "by local rules");
    }
}

#[test]
fn rules_are_used_for_an_hour_after_the_daemon_is_gone() {
    let service = Service::of_rules(everything());
    let (recorder, clock) = asking(service.address());
    recorder.call_sampling_service();
    drop(service);
    for (second, by_service) in [(3_599, true), (3_600, true), (3_601, false)] {
        clock.set(second);
        logged(|| assert!(recorder.call_sampling_service() <= 2));
        assert_eq!(decisions(recorder), if by_service { [true; 4] } else { [true, false, false, false] }, "{second}");
    }
}

#[test]
fn of_a_thousand_rules_those_of_the_highest_priority_are_used_and_the_others_told_of_once() {
    let mut rules: Vec<Value> = (1..1_000)
        .map(|number| rule(&format!("r{number}"), number, &json!({"URLPath": format!("/{number}/*"), "FixedRate": 1})))
        .collect();
    rules.push(rule("Default", 10_000, &json!({})));
    let service = Service::of_rules(rules);
    let (recorder, clock) = asking(service.address());
    let left_out = logged(|| assert_eq!(recorder.call_sampling_service(), 1));
    assert_eq!(left_out, ["WARN: 744 sampling rules of the lowest priority are left out, for want of room"]);
    clock.set(600);
    assert_eq!(logged(|| assert!(recorder.call_sampling_service() >= 1)), [""; 0]);
    let sampled = |path: &str| {
        let request = xray_recorder::SamplingRequest { path: Some(path), ..Default::default() };
        recorder.segment("svc1").request(&request).begin().is_sampled()
    };
    assert!(sampled("/1/x") && sampled("/255/x"));
    assert!(!sampled("/x"), "the default rule has a place of its own");
    assert!(!sampled("/256/x"), "left out");
}

#[test]
fn rules_that_come_while_reports_are_refused_are_not_told_of_as_missing() {
    let service = Service::new(|call| match call.path.as_str() {
        "/GetSamplingRules" => Say::Json(page(&everything())),
        _ => Say::Bytes(b"HTTP/1.1 403 x\r\nContent-Length: 27\r\n\r\n{\"Message\":\r\n\"not allowed\"}".to_vec()),
    });
    let (recorder, clock) = asking(service.address());
    assert_eq!(logged(|| assert_eq!(recorder.call_sampling_service(), 1)), [""; 0]);
    let address = service.address();
    for time in 1..8 {
        assert_eq!(decisions(recorder), [true; 4]);
        clock.set(time * 400);
        let log = logged(|| assert!(recorder.call_sampling_service() >= 1));
        let expected = format!(
            "WARN: what was sampled cannot be reported to {address}: status 403: {{\"Message\":  \"not allowed\"}}; \
             rules keep the rates they have; further failures are not logged"
        );
        assert_eq!(log, if time == 1 { vec![expected] } else { vec![] });
    }
}

#[test]
fn what_was_counted_is_not_lost_with_an_answer_that_is_none() {
    let mut asked = 0;
    let service = Service::new(move |call| {
        asked += 1;
        if asked == 2 { ok(7, "garbage") } else { answer_with(&everything(), call) }
    });
    let (recorder, clock) = asking(service.address());
    recorder.call_sampling_service();
    for second in [11, 30] {
        decisions(recorder);
        clock.set(second);
        logged(|| assert_eq!(recorder.call_sampling_service(), 1));
    }
    let report = service.calls().pop().unwrap().body;
    assert_eq!(report["SamplingStatisticsDocuments"][0]["RequestCount"], 8, "{report:#}");
}

#[test]
fn rules_left_out_of_several_pages_are_told_of_once() {
    let rule = |number: u32| rule(&format!("r{number}"), number, &json!({}));
    let pages = [(1..=256).map(rule).collect::<Vec<_>>(), (257..=500).map(rule).collect()];
    let service = Service::new(move |call| {
        let second = usize::from(call.body.get("NextToken").is_some());
        let mut answer = page(&pages[second]);
        answer["NextToken"] = if second == 0 { json!("more") } else { json!(null) };
        Say::Json(answer)
    });
    let (recorder, clock) = asking(service.address());
    for time in 0..3 {
        clock.set(time * 400);
        let log = logged(|| assert_eq!(recorder.call_sampling_service(), 2));
        let told = "WARN: 244 sampling rules of the lowest priority are left out, for want of room";
        assert_eq!(log, if time == 0 { vec![told] } else { vec![] });
    }
}

#[test]
fn fields_that_nobody_knows_change_nothing() {
    let mut rule = rule("everything", 10, &json!({"FixedRate": 1, "Cake": {"is": ["a", "lie", null, 1e9]}, "": false}));
    rule["SamplingRateBoost"] = json!(null);
    let mut answer = page(&[rule]);
    answer["Unheard"] = json!([[[]], {"a": "\u{1f600}\n"}]);
    let service = Service::new(move |_| Say::Json(answer.clone()));
    let (recorder, _) = asking(service.address());
    assert_eq!(logged(|| assert_eq!(recorder.call_sampling_service(), 1)), [""; 0]);
    assert_eq!(decisions(recorder), [true; 4]);
}
