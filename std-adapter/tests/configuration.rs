//! What builders and variables configure: missing contexts, enabling, naming, Lambda, entities in progress.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use support::{
    DEADLINE, Memory, SetClock, assert_settled, case, documents, findings, logged, recorder, run_again, traces,
};
use xray_recorder::{Builder, ContextMissing, Embed, Own, Recorder, Sql, Timestamp, current, global};
use xray_recorder_core::testing::SeededRng;
use xray_recorder_receiver::Collector;

const HEADER: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:1";

fn builder() -> Builder<Own<Memory>> {
    let builder = Recorder::builder().describe_sdk(false).transport(Memory::default());
    builder.clock(SetClock::at(1_700_000_000_000_000, 1)).rng(SeededRng::new(7))
}

/// Everything that wants a current entity.
fn all_calls(recorder: Recorder<Memory>) {
    for _ in 0..3 {
        recorder.begin_subsegment("a").end();
        assert_eq!(recorder.in_subsegment("a", |subsegment| subsegment.is_sampled() as u8), 0);
    }
}

#[test]
fn a_missing_context_is_logged_once_for_each_place_in_the_program() {
    let recorder = builder().ignore_environment().build().unwrap();
    let lines = logged(|| {
        all_calls(recorder);
        all_calls(recorder);
    });
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("ERROR: begin_subsegment at "), "{lines:?}");
    assert!(lines[0].contains("configuration.rs:") && lines[1].contains("in_subsegment"), "{lines:?}");
    assert_eq!(recorder.stats().begun, 0);
}

#[test]
fn a_missing_context_is_ignored_or_panics_as_it_is_told() {
    let ignoring = builder().ignore_environment().context_missing(ContextMissing::IgnoreError).build().unwrap();
    assert_eq!(logged(|| all_calls(ignoring)), [""; 0]);
    let strict = builder().ignore_environment().context_missing(ContextMissing::RuntimeError).build().unwrap();
    for call in
        [(|recorder: Recorder<Memory>| recorder.begin_subsegment("a").end()) as fn(Recorder<Memory>), |recorder| {
            recorder.in_subsegment("a", |_| ());
        }]
    {
        let panic = catch_unwind(AssertUnwindSafe(|| call(strict))).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains("cannot find the current segment"), "{message}");
    }
    // With one there, nothing is missing.
    strict.in_segment("s", |_| all_calls_in(strict));
    // A recorder that is disabled misses nothing.
    strict.set_enabled(false);
    all_calls(strict);
}

fn all_calls_in(recorder: Recorder<Memory>) {
    recorder.in_subsegment("a", |_| ());
    xray_recorder::put_annotation("k", 1);
}

#[test]
fn the_environment_says_what_a_missing_context_does() {
    let variable = "AWS_XRAY_CONTEXT_MISSING";
    match case().as_deref() {
        None => {
            let name = "the_environment_says_what_a_missing_context_does";
            run_again(name, "panics", &[(variable, "runtime_error")]);
            run_again(name, "ignores", &[(variable, "IGNORE_ERROR")]);
            run_again(name, "keeps", &[(variable, "NOPE")]);
            run_again(name, "by itself", &[(variable, "RUNTIME_ERROR")]);
        }
        Some("panics") => {
            let recorder = builder().context_missing(ContextMissing::IgnoreError).build().unwrap();
            assert!(catch_unwind(AssertUnwindSafe(|| all_calls(recorder))).is_err());
        }
        Some("ignores") => {
            let recorder = builder().build().unwrap();
            assert_eq!(logged(|| all_calls(recorder)), [""; 0]);
        }
        Some("keeps") => {
            let mut recorder = None;
            let choosing = || builder().context_missing(ContextMissing::IgnoreError);
            let lines = logged(|| recorder = Some(choosing().build().unwrap()));
            assert_eq!(lines.len(), 1);
            assert!(lines[0].contains("`NOPE` is none of"), "{lines:?}");
            assert_eq!(logged(|| all_calls(recorder.unwrap())), [""; 0]);
        }
        // Without a recorder free functions ask the environment.
        Some(_) => assert!(catch_unwind(|| xray_recorder::put_annotation("k", 1)).is_err()),
    }
}

#[test]
fn a_recorder_is_disabled_by_code_unless_the_environment_says_which() {
    let disabled = |recorder: Recorder<Memory>| {
        assert!(!recorder.is_enabled());
        let lines = logged(|| {
            recorder.segment("s").header(HEADER).in_segment(|segment| {
                assert!(!segment.is_sampled() && !xray_recorder::is_sampled());
                segment.put_annotation("k", 1);
                xray_recorder::in_subsegment("a", |subsegment| {
                    assert_eq!(subsegment.trace_header().to_string(), HEADER, "as it came");
                });
            });
            let alone = recorder.begin_segment("s");
            assert!(alone.trace_header().is_empty());
            assert_eq!(alone.trace_header().to_string(), "");
            assert!(!recorder.facade(HEADER).is_sampled());
            all_calls(recorder);
        });
        assert_eq!(lines, [""; 0]);
        assert_eq!(recorder.stats().begun, 0);
    };
    let enabled = |recorder: Recorder<Memory>| {
        assert!(recorder.is_enabled());
        recorder.in_segment("s", |segment| assert!(segment.is_sampled()));
    };
    match case().as_deref() {
        None => {
            disabled(builder().ignore_environment().enabled(false).build().unwrap());
            let recorder = builder().ignore_environment().build().unwrap();
            enabled(recorder);
            assert!(!recorder.set_enabled(false));
            let again = recorder.begin_segment("s");
            assert!(!again.is_sampled());
            assert!(recorder.set_enabled(true));
            enabled(recorder);

            let name = "a_recorder_is_disabled_by_code_unless_the_environment_says_which";
            run_again(name, "off", &[("AWS_XRAY_SDK_ENABLED", "no")]);
            run_again(name, "on", &[("AWS_XRAY_SDK_ENABLED", "True")]);
            run_again(name, "unclear", &[("AWS_XRAY_SDK_ENABLED", "banana")]);
        }
        Some("off") => {
            let recorder = builder().enabled(true).build().unwrap();
            assert!(!recorder.set_enabled(true));
            disabled(recorder);
        }
        Some("on") => {
            let recorder = builder().enabled(false).build().unwrap();
            assert!(recorder.set_enabled(false));
            enabled(recorder);
        }
        Some(_) => {
            let mut recorder = None;
            let lines = logged(|| recorder = Some(builder().build().unwrap()));
            assert_eq!(lines, ["WARN: AWS_XRAY_SDK_ENABLED is neither true nor false; tracing is enabled"]);
            enabled(recorder.unwrap());
        }
    }
}

#[test]
fn what_is_not_sampled_has_a_trace_id_only_where_the_environment_wants_one() {
    match case().as_deref() {
        None => {
            let recorder = builder().ignore_environment().build().unwrap();
            let segment = recorder.segment("s").sampled(false).begin();
            assert_eq!(segment.trace_header().to_string(), "Sampled=0");
            let name = "what_is_not_sampled_has_a_trace_id_only_where_the_environment_wants_one";
            run_again(name, "false", &[("AWS_XRAY_NOOP_ID", "FALSE")]);
        }
        Some(_) => {
            let recorder = builder().build().unwrap();
            let segment = recorder.segment("s").sampled(false).begin();
            let header = segment.begin_subsegment("a").trace_header().to_string();
            assert!(header.starts_with("Root=1-6553f100-") && header.ends_with(";Sampled=0"), "{header}");
            let named = recorder.segment("s").header("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0").begin();
            assert_eq!(named.trace_header().to_string(), "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0");
            assert_eq!(recorder.stats().begun, 0);
        }
    }
}

#[test]
fn a_global_recorder_serves_those_that_are_handed_none() {
    if case().is_none() {
        return run_again("a_global_recorder_serves_those_that_are_handed_none", "alone", &[]);
    }
    assert!(global().is_none());
    assert!(!xray_recorder::in_segment("before", |segment| segment.is_sampled()));
    let recorder = builder().context_missing(ContextMissing::RuntimeError).build().unwrap();
    recorder.set_global().unwrap();
    let second = builder().build().unwrap();
    assert!(second.set_global().is_err());
    assert!(second.set_global().unwrap_err().to_string().contains("already"));
    xray_recorder::in_segment("library", |_| xray_recorder::in_subsegment("work", |_| ()));
    global().unwrap().segment("by hand").begin().end();
    assert_eq!(recorder.stats().sent, 3);
    assert_eq!(global().unwrap().stats().sent, 3);
    // Free functions follow its strategy.
    assert!(catch_unwind(|| xray_recorder::put_annotation("k", 1)).is_err());
}

#[test]
fn a_statement_is_recorded_unless_it_is_not_to_be() {
    for stream in [true, false] {
        let recorder = builder().stream_sql(stream).build().unwrap();
        recorder.in_segment("s", |segment| {
            let sql = Sql {
                sanitized_query: Some("SELECT 'SECRET' FROM t"),
                url: Some("postgres://app:SECRET@db/orders"),
                user: Some("app"),
                ..Sql::default()
            };
            segment.begin_subsegment("db").set_sql(&sql);
            segment.begin_subsegment("db").handle().set_sql(&sql);
        });
        for subsegment in documents(recorder)[0]["subsegments"].as_array().unwrap() {
            let sql = &subsegment["sql"];
            assert_eq!(sql["sanitized_query"].as_str(), stream.then_some("SELECT ? FROM t"));
            assert_eq!((sql["url"].as_str(), sql["user"].as_str()), (Some("postgres://db/orders"), Some("app")));
        }
    }
}

#[test]
fn an_entity_that_is_open_for_long_is_shown_once_in_progress() {
    let clock = Arc::new(SetClock::at(1_700_000_000_000_000, 0));
    struct Shared(Arc<SetClock>);
    impl xray_recorder::Clock for Shared {
        fn now(&self) -> Timestamp {
            self.0.now()
        }
    }
    let age = Duration::from_secs(100_000);
    let recorder = Recorder::builder()
        .describe_sdk(false)
        .transport(Memory::default())
        .clock(Shared(Arc::clone(&clock)))
        .in_progress_after(age)
        .build()
        .unwrap();
    let pass = |seconds: u64| {
        clock.micros.fetch_add(seconds * 1_000_000, std::sync::atomic::Ordering::Relaxed);
    };
    let mut segment = recorder.begin_segment("long");
    segment.put_annotation("k", 1);
    segment.begin_subsegment("short").end();
    assert_eq!(recorder.send_in_progress_older_than(age), 0);
    pass(60_000);
    let call = segment.begin_subsegment("call");
    pass(40_000);
    assert_eq!(recorder.send_in_progress_older_than(age), 1);
    assert_eq!(recorder.send_in_progress_older_than(age), 0, "once");
    pass(60_000);
    assert_eq!(recorder.send_in_progress_older_than(age), 1);
    let shown = documents(recorder);
    assert_eq!((&shown[0]["name"], &shown[0]["in_progress"]), (&"long".into(), &true.into()));
    assert_eq!((&shown[1]["name"], &shown[1]["type"]), (&"call".into(), &"subsegment".into()));
    assert_eq!(shown[1]["parent_id"], shown[0]["id"]);
    drop((call, segment));
    pass(200_000);
    assert_eq!(recorder.send_in_progress_older_than(age), 0, "all have ended");
    let stats = recorder.stats();
    assert_settled(stats);
    assert_eq!((stats.sent, stats.datagrams), (3, 3));
    assert_eq!(traces(recorder)[0].outline(), "long\n  short\n  call\n");
    // The guard is used again, and shown again.
    let again = recorder.begin_segment("again");
    pass(200_000);
    assert_eq!(recorder.send_in_progress_older_than(age), 1);
    drop(again);
}

#[test]
fn what_is_shown_in_progress_is_shown_once_and_tried_again_when_it_could_not_be_sent() {
    let recorder = recorder();
    let mut segment = recorder.begin_segment("long");
    let mut call = segment.begin_subsegment("call");
    call.send_in_progress().send_in_progress();
    call.end();
    // The document in progress has the subsegment that has ended, which comes once more with the document itself.
    segment.send_in_progress().send_in_progress();
    segment.end();
    assert_eq!(recorder.stats().datagrams, 3);
    assert_eq!(findings(&recorder.transport().sent()), []);

    let builder = Recorder::builder().describe_sdk(false).in_progress_after(Duration::from_secs(3_600));
    let unsteady = builder.transport(Memory::failing_each(3)).build().unwrap();
    let _entities = [(); 4].map(|()| unsteady.begin_segment("long"));
    assert_eq!(unsteady.send_in_progress_older_than(Duration::ZERO), 3);
    assert_eq!(unsteady.send_in_progress_older_than(Duration::ZERO), 1, "the one that failed");
    assert_eq!(unsteady.send_in_progress_older_than(Duration::ZERO), 0);
}

#[test]
fn a_thread_shows_what_is_in_progress_by_itself() {
    let mut collector = Collector::loopback().unwrap();
    let transport = xray_recorder::UdpTransport::connect(collector.addr()).unwrap();
    let recorder =
        Recorder::builder().transport(transport).in_progress_after(Duration::from_millis(1)).build().unwrap();
    let segment = recorder.begin_segment("long");
    collector.wait_for(DEADLINE, |received| received.entities() == 1).unwrap();
    segment.end();
    collector
        .wait_for(DEADLINE, |received| {
            received.datagrams().len() == 2
                && !received.datagrams()[1].document().unwrap().to_value()["end_time"].is_null()
        })
        .unwrap();
}

#[test]
fn the_same_traces_come_whatever_the_embedding_in_lambda_and_outside() {
    for (builder, datagrams) in [
        (builder().ignore_environment(), 1),
        (builder().ignore_environment().embed(Embed::Never), 3),
        (builder().ignore_environment().in_lambda(|| None).embed(Embed::IfFits), 1),
    ] {
        let recorder = builder.build().unwrap();
        let facade = recorder.facade(HEADER);
        facade.in_subsegment("a", |a| {
            a.in_subsegment("b", |_| ());
            a.in_subsegment("c", |_| ());
        });
        assert_eq!(recorder.stats().datagrams, datagrams);
        assert_eq!(support::findings_below(&recorder.transport().sent(), &["53995c3f42cd8ad8"]), []);
    }
}

#[test]
fn a_request_that_came_with_a_traceparent_wants_one_to_go_on() {
    let recorder = recorder();
    let w3c = "00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01";
    recorder.segment("s").headers::<str>(None, Some(w3c)).in_segment(|segment| {
        let header = segment.begin_subsegment("call").trace_header();
        assert!(header.is_w3c());
        assert!(header.traceparent().unwrap().to_string().starts_with("00-4efaaf4d1e8720b39541901950019ee5-"));
        let quiet = segment.begin_subsegment_without_sampling();
        assert!(quiet.trace_header().is_w3c());
        assert_eq!(quiet.trace_header().traceparent().unwrap().to_string(), {
            let id = segment.context().unwrap().id();
            format!("00-4efaaf4d1e8720b39541901950019ee5-{id}-00")
        });
    });
    recorder.segment("s").header(HEADER).in_segment(|segment| {
        assert!(!segment.trace_header().is_w3c() && !current().unwrap().trace_header().is_w3c());
    });
    assert_eq!(findings(&[]), []);
}
