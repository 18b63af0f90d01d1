//! The thread that asks: when it starts, and when it does not.

use std::fs;

use serde_json::json;
use xray_recorder::{Decision, Sampler, SamplingRequest, Timestamp};
use xray_recorder_receiver::Collector;

use crate::service::{Service, builder, rule};
use crate::support::daemon::until;
use crate::support::{case, run_again};

fn threads() -> usize {
    fs::read_dir("/proc/self/task").unwrap().count()
}

/// In a process of its own, since threads of other tests come and go.
fn alone(test: &str, story: fn()) {
    match case() {
        Some(_) => story(),
        None => run_again(test, "alone", &[]),
    }
}

fn service() -> Service {
    Service::of_rules(vec![rule("mine", 10, &json!({"FixedRate": 1}))])
}

#[cfg(target_os = "linux")]
#[test]
fn the_thread_starts_with_the_first_decision_that_needs_it_and_asks_by_itself() {
    alone("poller::the_thread_starts_with_the_first_decision_that_needs_it_and_asks_by_itself", || {
        let (service, daemon) = (service(), Collector::loopback().unwrap());
        let none = r#"{"version":2,"default":{"fixed_target":0,"rate":0}}"#;
        let recorder = builder(service.address(), &daemon).fallback_sampling_rules(none).unwrap().build().unwrap();
        let before = threads();
        let decided = |sampled| format!("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled={sampled}");
        recorder.segment("svc1").header(&decided(1)).begin().end();
        recorder.segment("svc1").header(&decided(0)).begin().end();
        recorder.segment("svc1").sampled(true).begin().end();
        recorder.segment("svc1").sampled(false).begin().end();
        recorder.segment("svc1").sampled_by("this test").begin().end();
        recorder.set_enabled(false);
        recorder.begin_segment("svc1").end();
        recorder.set_enabled(true);
        assert_eq!(threads(), before, "none of these asks anybody");

        recorder.begin_segment("svc1").end();
        recorder.begin_segment("svc1").end();
        assert_eq!(threads(), before + 1);
        assert_eq!(service.called().path, "/GetSamplingRules");
        until(|| recorder.begin_segment("svc1").is_sampled());
    });
}

#[cfg(target_os = "linux")]
#[test]
fn in_lambda_nobody_is_asked() {
    alone("poller::in_lambda_nobody_is_asked", || {
        let (service, daemon) = (service(), Collector::loopback().unwrap());
        let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=?";
        let recorder = builder(service.address(), &daemon).in_lambda(|| Some(header.to_owned())).build().unwrap();
        let before = threads();
        recorder.in_segment("svc1", |segment| segment.begin_subsegment("db").end());
        recorder.in_subsegment("db", |_| {});
        assert_eq!(recorder.call_sampling_service(), 0);
        assert_eq!((threads(), service.calls().len()), (before, 0));
    });
}

#[cfg(target_os = "linux")]
#[test]
fn who_records_everything_or_decides_alone_asks_nobody() {
    alone("poller::who_records_everything_or_decides_alone_asks_nobody", || {
        let (service, daemon) = (service(), Collector::loopback().unwrap());
        let all = r#"{"version":2,"default":{"fixed_target":0,"rate":1}}"#;
        let make = || builder(service.address(), &daemon);
        let recorders = [
            make().sampling(false).build().unwrap(),
            make().sampling_rules(all).unwrap().build().unwrap(),
            make().sampler(Always).build().unwrap(),
        ];
        let before = threads();
        assert!(
            recorders[..2].iter().all(|recorder| recorder.call_sampling_service() == 0),
            "there is no service to ask"
        );
        for recorder in recorders {
            assert!((0..100).all(|_| recorder.begin_segment("svc1").is_sampled()));
        }
        assert_eq!((threads(), service.calls().len()), (before, 0));
    });
}

struct Always;

impl Sampler for Always {
    fn decide(&self, _: &SamplingRequest<'_>, _: Timestamp) -> Option<Decision> {
        Some(Decision::of(true))
    }
}
