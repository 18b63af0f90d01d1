//! In Lambda: subsegments under the segment of the invocation, which is Lambda's.

mod support;

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use serde_json::Value;
use support::{Dice, Memory, assert_settled, case, documents, findings_below, logged, run_again};
use xray_recorder::{Builder, Own, Recorder, Rng, RngFailed, TraceFuture, current, current_segment};
use xray_recorder_core::testing::SeededRng;

const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";
const PARENT: &str = "53995c3f42cd8ad8";

/// A header of the `n`th invocation.
fn header(n: u64) -> String {
    format!("Root=1-5759e988-{n:024x};Parent={:016x};Sampled=1;Lineage=a:{n}", n + 1)
}

fn builder() -> Builder<Own<Memory>> {
    Recorder::builder().ignore_environment().describe_sdk(false).transport(Memory::default())
}

/// A function that serves one invocation at a time, and the variable that names it.
fn sequential() -> (Recorder<Memory>, Arc<Mutex<Option<String>>>) {
    let variable = Arc::new(Mutex::new(None::<String>));
    let read = Arc::clone(&variable);
    let recorder = builder().in_lambda(move || read.lock().unwrap().clone()).build().unwrap();
    (recorder, variable)
}

fn set(variable: &Mutex<Option<String>>, header: &str) {
    *variable.lock().unwrap() = Some(header.to_owned());
}

#[test]
fn subsegments_go_alone_under_the_segment_that_the_environment_names() {
    let (recorder, variable) = sequential();
    set(&variable, &header(1));
    recorder.in_subsegment("first", |first| {
        first.put_annotation("k", "v");
        xray_recorder::in_subsegment("nested", |_| ());
    });
    recorder.begin_subsegment("second").end();
    let documents = documents(recorder);
    let names: Vec<_> = documents.iter().map(|document| document["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["nested", "first", "second"]);
    assert_eq!(documents[0]["parent_id"], documents[1]["id"]);
    for top in &documents[1..] {
        assert_eq!((&top["parent_id"], &top["type"]), (&Value::from("0000000000000002"), &Value::from("subsegment")));
        assert_eq!(top["trace_id"], "1-5759e988-000000000000000000000001");
    }
    assert_ne!(documents[1]["id"], documents[2]["id"]);
    assert_settled(recorder.stats());
    assert_eq!(findings_below(&recorder.transport().sent(), &["0000000000000002"]), []);
}

#[test]
fn each_invocation_has_the_header_that_stands_there_then() {
    let (recorder, variable) = sequential();
    for n in 1..=5 {
        set(&variable, &header(n));
        let call = recorder.begin_subsegment("call");
        let outgoing = call.trace_header().to_string();
        assert!(outgoing.starts_with(&format!("Root=1-5759e988-{n:024x};Parent=")), "{outgoing}");
        assert!(outgoing.ends_with(&format!(";Sampled=1;Lineage=a:{n}")), "{outgoing}");
        // One that outlives its invocation stays in its trace.
        set(&variable, &header(n + 1));
        call.in_subsegment("late", |_| ());
    }
    for (at, pair) in documents(recorder).chunks(2).enumerate() {
        assert_eq!(pair[0]["trace_id"], pair[1]["trace_id"]);
        assert_eq!(pair[0]["trace_id"], format!("1-5759e988-{:024x}", at + 1));
    }
}

#[test]
fn a_header_that_is_incomplete_records_nothing_and_goes_on() {
    let (recorder, variable) = sequential();
    for (incoming, outgoing) in [
        (format!("Root={ROOT}"), format!("Root={ROOT}")),
        (format!("Root={ROOT};Lineage=a:1"), format!("Root={ROOT};Lineage=a:1")),
        (format!("Root={ROOT};Parent={PARENT}"), format!("Root={ROOT};Parent={PARENT}")),
        (format!("Root={ROOT};Parent={PARENT};Sampled=?"), format!("Root={ROOT};Parent={PARENT}")),
        (format!("Root={ROOT};Parent={PARENT};Sampled=0"), format!("Root={ROOT};Parent={PARENT};Sampled=0")),
        (format!("Root={ROOT};Sampled=0;Lineage=a:1"), format!("Root={ROOT};Sampled=0;Lineage=a:1")),
        (format!("Root={ROOT};Sampled=1"), format!("Root={ROOT}")),
        ("Root=nonsense;Parent=53995c3f42cd8ad8;Sampled=1".to_owned(), String::new()),
        ("garbage".to_owned(), String::new()),
    ] {
        set(&variable, &incoming);
        recorder.in_subsegment("call", |call| {
            assert!(!call.is_sampled() && !xray_recorder::is_sampled());
            assert_eq!(call.trace_header().to_string(), outgoing, "{incoming}");
            assert_eq!(call.begin_subsegment("nested").trace_header().to_string(), outgoing, "{incoming}");
        });
        assert_eq!(recorder.facade(&incoming).trace_header().to_string(), outgoing, "{incoming}");
    }
    assert_eq!((recorder.stats().begun, documents(recorder).len()), (0, 0));
}

#[test]
fn before_the_first_invocation_what_begins_is_counted_as_dropped_and_logged_once() {
    let (recorder, variable) = sequential();
    let lines = logged(|| {
        for _ in 0..3 {
            recorder.in_subsegment("load", |load| {
                load.in_subsegment("nested", |_| ());
                assert!(load.trace_header().is_empty());
            });
        }
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("still initializing"), "{lines:?}");
    assert_eq!((recorder.stats().begun, recorder.stats().dropped), (3, 3));
    set(&variable, &header(1));
    recorder.in_subsegment("work", |work| assert!(work.is_sampled()));
    assert_settled(recorder.stats());
}

#[test]
fn a_segment_of_the_programs_own_stands_for_lambdas() {
    let (recorder, variable) = sequential();
    set(&variable, &header(1));
    let lines = logged(|| {
        for _ in 0..2 {
            recorder.in_segment("request", |segment| {
                assert!(segment.is_sampled());
                segment.put_annotation("k", 1).set_user("u-17");
                assert!(current_segment().is_none());
                xray_recorder::in_subsegment("work", |_| ());
            });
        }
        // A web adapter hands the header over.
        recorder.segment("request").header(&header(2)).in_segment(|segment| segment.begin_subsegment("other").end());
        recorder.facade(&header(3)).put_annotation("k", 1);
    });
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("INFO: in Lambda"), "{lines:?}");
    assert!(lines[1].contains("the segment of a function is Lambda's"), "{lines:?}");
    let parents: Vec<_> = documents(recorder).iter().map(|document| document["parent_id"].clone()).collect();
    assert_eq!(parents, ["0000000000000002", "0000000000000002", "0000000000000003"]);
    assert_eq!((recorder.stats().sent, recorder.stats().refused), (3, 1));
}

#[test]
fn work_that_is_detached_is_no_part_of_the_invocation() {
    let (recorder, variable) = sequential();
    set(&variable, &header(1));
    let detached = xray_recorder::detach();
    let lines = logged(|| recorder.in_subsegment("other", |other| assert!(!other.is_sampled())));
    drop(detached);
    assert_eq!((lines.len(), recorder.stats().begun), (0, 0));
    recorder.in_subsegment("mine", |mine| assert!(mine.is_sampled()));
}

#[test]
fn a_disabled_recorder_passes_the_header_on() {
    let (recorder, variable) = sequential();
    recorder.set_enabled(false);
    set(&variable, &header(1));
    recorder.in_subsegment("work", |work| assert_eq!(work.trace_header().to_string(), header(1)));
    assert_eq!(recorder.stats().begun, 0);
}

#[test]
fn an_invocation_is_looked_at_anew_when_the_recorder_is_enabled_or_randomness_is_back() {
    let (recorder, variable) = sequential();
    set(&variable, &header(1));
    let sampled = || recorder.begin_subsegment("work").is_sampled();
    assert!(sampled());
    recorder.set_enabled(false);
    assert!(!sampled());
    recorder.set_enabled(true);
    assert!(sampled());

    let flaky = builder().rng(Flaky(2, SeededRng::new(7))).in_lambda(|| Some(header(1))).build().unwrap();
    let begun: Vec<bool> = (0..4).map(|_| flaky.begin_subsegment("work").is_sampled()).collect();
    assert_eq!(begun, [false, false, true, true]);
    assert_eq!((flaky.stats().begun, flaky.stats().dropped), (4, 2));
}

/// Fails so many times.
struct Flaky(u32, SeededRng);

impl Rng for Flaky {
    fn fill(&mut self, dest: &mut [u8]) -> Result<(), RngFailed> {
        match self.0.checked_sub(1) {
            Some(left) => {
                self.0 = left;
                Err(RngFailed)
            }
            None => self.1.fill(dest),
        }
    }
}

#[test]
fn of_several_invocations_at_once_none_is_meant_and_the_log_says_what_to_do() {
    const TEST: &str = "of_several_invocations_at_once_none_is_meant_and_the_log_says_what_to_do";
    if case().is_none() {
        let variables = [("LAMBDA_TASK_ROOT", "/var/task"), ("AWS_LAMBDA_MAX_CONCURRENCY", "10 ")];
        return run_again(TEST, "10", &variables);
    }
    let recorder = Recorder::builder().transport(Memory::default()).build().unwrap();
    let records = logged(|| recorder.begin_subsegment("work").end());
    assert!(records.iter().any(|record| record.contains("Recorder::facade")), "{records:?}");
    assert_eq!(recorder.stats().dropped, 1);
}

#[test]
fn what_runs_in_lambda_finds_out_by_itself() {
    let name = "what_runs_in_lambda_finds_out_by_itself";
    let lambda = ("LAMBDA_TASK_ROOT", "/var/task");
    let header = header(1);
    match case().as_deref() {
        None => {
            run_again(name, "one", &[lambda, ("_X_AMZN_TRACE_ID", &header)]);
            let many = ("AWS_LAMBDA_MAX_CONCURRENCY", "8");
            run_again(name, "many", &[lambda, many, ("_X_AMZN_TRACE_ID", &header)]);
        }
        Some(case) => {
            let recorder = Recorder::builder().transport(Memory::default()).build().unwrap();
            recorder.set_global().unwrap();
            let one_at_a_time = case == "one";
            assert_eq!(current().is_some(), one_at_a_time);
            recorder.in_subsegment("a", |a| assert_eq!(a.is_sampled(), one_at_a_time));
            xray_recorder::in_subsegment("b", |b| assert_eq!(b.is_sampled(), one_at_a_time));
            xray_recorder::put_annotation("on the segment", 1);
            recorder.facade(&header).in_subsegment("c", |c| assert!(c.is_sampled()));
            assert_eq!(documents(recorder).len(), if one_at_a_time { 3 } else { 1 });
            assert!(std::fs::metadata("/tmp/.aws-xray/initialized").is_ok());
        }
    }
}

fn yielded() -> impl Future<Output = ()> {
    let mut done = false;
    poll_fn(move |_| {
        if done {
            return Poll::Ready(());
        }
        done = true;
        Poll::Pending
    })
}

/// What a function does in an invocation, with the number of it wherever it can go astray.
async fn function(n: u64) {
    let mine = |context: Option<xray_recorder::TraceContext>| {
        let trace = context.unwrap().trace_id().to_string();
        assert_eq!(trace, format!("1-5759e988-{n:024x}"));
    };
    mine(current().unwrap().context());
    async {
        xray_recorder::put_annotation("n", n);
        yielded().await;
        mine(current().unwrap().context());
        let guard = xray_recorder::begin_subsegment("held");
        guard.handle().put_annotation("n", n);
        yielded().await;
        guard.in_subsegment("sync", |sync| {
            sync.put_annotation("n", n);
            mine(current().unwrap().context());
        });
        yielded().await;
    }
    .in_subsegment("outer")
    .await;
    mine(current().unwrap().context());
}

#[test]
fn two_invocations_at_once_never_mix_in_a_hundred_thousand_interleavings() {
    const ROUNDS: u64 = 100_000;
    // What was sent is judged as it comes, and forgotten.
    struct Judge(Mutex<HashMap<String, u64>>);
    impl embedded_io::ErrorType for &Judge {
        type Error = std::convert::Infallible;
    }
    impl xray_recorder::Transport for &Judge {
        fn send(&mut self, datagram: &[u8]) -> Result<(), Self::Error> {
            let text = std::str::from_utf8(datagram).unwrap();
            let after = |label: &str| {
                let at = text.find(label).unwrap() + label.len();
                text[at..].split(['"', ',', '}']).next().unwrap().to_owned()
            };
            let n: u64 = after("\"n\":").parse().unwrap();
            assert_eq!(after("\"trace_id\":\""), format!("1-5759e988-{n:024x}"));
            if after("\"name\":\"") == "outer" {
                assert_eq!(after("\"parent_id\":\""), format!("{:016x}", n + 1));
            }
            *self.0.lock().unwrap().entry(after("\"name\":\"")).or_default() += 1;
            Ok(())
        }
    }
    let recorder =
        Recorder::builder().ignore_environment().in_lambda(|| None).transport(Judge(Mutex::default())).build().unwrap();
    let mut dice = Dice::new(42);
    let mut context = Context::from_waker(Waker::noop());
    for round in 0..ROUNDS {
        let mut running: Vec<Pin<Box<dyn Future<Output = ()>>>> = (1..=2)
            .map(|which| {
                let n = 2 * round + which;
                Box::pin(function(n).in_context(&recorder.facade(&header(n)))) as _
            })
            .collect();
        while !running.is_empty() {
            let next = dice.below(running.len());
            if running[next].as_mut().poll(&mut context).is_ready() {
                drop(running.swap_remove(next));
            }
            assert!(current().is_none());
        }
    }
    let stats = recorder.stats();
    assert_settled(stats);
    assert_eq!((stats.sent, stats.failed, stats.datagrams), (6 * ROUNDS, 0, 6 * ROUNDS));
    let counts = recorder.transport().0.lock().unwrap();
    for name in ["outer", "held", "sync"] {
        assert_eq!(counts[name], 2 * ROUNDS, "{name}");
    }
}
