//! Calls without an open entity, and after its end.
//!
//! | call | Python | here |
//! |---|---|---|
//! | `begin_subsegment`, nothing open | nothing, logs; or raises | a subsegment that records nothing, logs; or panics |
//! | `end_subsegment`, nothing open | nothing, logs; or raises | cannot be spelled: who has no guard ends none |
//! | `end_segment`, nothing open | nothing, logs; or raises | the same |
//! | `put_annotation`, nothing open | nothing, logs; or raises | the same as `begin_subsegment` |
//! | `is_sampled`, nothing open | false, logs; or raises | the same |
//! | any write after the end | raises, whatever the strategy | refused and counted, whatever the strategy |
//! | `close` after the end | raises | cannot be spelled: to end takes the guard |
//!
//! To write late is a race of the program with itself where entities are handed to other threads. It is no reason to
//! take the program down, and so nothing panics that is not told to by `RUNTIME_ERROR`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use conformance::Teller;
use xray_recorder::{ContextMissing, HttpResponse, IncomingRequest, OutgoingRequest, TraceFuture};

use super::process::{case, run_again};

const STRATEGIES: [ContextMissing; 3] =
    [ContextMissing::LogError, ContextMissing::RuntimeError, ContextMissing::IgnoreError];

fn teller(strategy: ContextMissing) -> Teller {
    Teller::of(|builder| builder.ignore_environment().context_missing(strategy))
}

/// What a panic of `call` says, if it panics.
fn panic_of(call: impl FnOnce()) -> Option<String> {
    let payload = catch_unwind(AssertUnwindSafe(call)).err()?;
    Some(payload.downcast_ref::<String>().expect("a panic says something").clone())
}

/// Asserts that `call` panics about the missing entity, or does not.
#[track_caller]
fn assert_misses(what: &str, panics: bool, call: impl FnOnce()) {
    match panic_of(call) {
        None => assert!(!panics, "{what} goes on"),
        Some(message) => {
            assert!(panics, "{what}: {message}");
            let names_both = message.starts_with(what) && message.contains("vectors/context.rs");
            assert!(names_both && message.ends_with("please make sure one is open"), "{what}: {message}");
        }
    }
}

#[test]
fn a_recorder_without_a_current_entity_does_what_its_strategy_says() {
    for strategy in STRATEGIES {
        let panics = strategy == ContextMissing::RuntimeError;
        let recorder = teller(strategy).recorder();
        assert_misses("begin_subsegment", panics, || {
            let subsegment = recorder.begin_subsegment("x");
            assert!(!subsegment.is_sampled() && subsegment.context().is_none());
            assert!(subsegment.trace_header().is_empty());
            subsegment.end();
        });
        let mut ran = false;
        assert_misses("in_subsegment", panics, || recorder.in_subsegment("x", |_| ran = true));
        assert_eq!(ran, !panics);
        assert_eq!((recorder.stats().begun, recorder.stats().datagrams), (0, 0));
    }
}

/// As it is after a thread's segment has ended: Python's `end_segment` clears what is current.
#[test]
fn after_the_segment_nothing_is_current_again() {
    let recorder = teller(ContextMissing::RuntimeError).recorder();
    recorder.in_segment("x", |_| recorder.begin_subsegment("y").end());
    assert_misses("begin_subsegment", true, || recorder.begin_subsegment("z").end());
    assert_eq!(recorder.stats().sent, 2);
}

/// What free functions need an entity for.
const CALLS: [(&str, fn()); 11] = [
    ("begin_subsegment", || assert!(!xray_recorder::begin_subsegment("x").is_sampled())),
    ("begin_subsegment_without_sampling", || {
        assert!(!xray_recorder::begin_subsegment_without_sampling().is_sampled());
    }),
    ("in_subsegment", || assert_eq!(xray_recorder::in_subsegment("x", |_| 42), 42)),
    ("put_annotation", || xray_recorder::put_annotation("k", "v")),
    ("put_metadata", || xray_recorder::put_metadata("k", "v")),
    ("put_metadata_in", || xray_recorder::put_metadata_in("ns", "k", "v")),
    ("add_exception", || assert_eq!(xray_recorder::add_exception(&std::fmt::Error), None)),
    ("set_fault", || {
        // Handed over by name it would not know from where it is called.
        xray_recorder::set_fault();
    }),
    ("is_sampled", || assert!(!xray_recorder::is_sampled())),
    ("trace_header", || assert!(xray_recorder::trace_header().is_empty())),
    ("in_subsegment", || {
        let mut future = std::pin::pin!(async {}.in_subsegment("x"));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_ready());
    }),
];

/// What `AWS_XRAY_CONTEXT_MISSING` says, what the global recorder's code, and which of them counts: the variable, if it
/// names a strategy. `configure(context_missing="NOPE")` of Python keeps what was there too.
const SAID: [(&str, Option<&str>, Option<&str>, ContextMissing); 9] = [
    ("unset", None, None, ContextMissing::LogError),
    ("environment", Some("LOG_ERROR"), None, ContextMissing::LogError),
    ("environment", Some("RUNTIME_ERROR"), None, ContextMissing::RuntimeError),
    ("environment", Some("IGNORE_ERROR"), None, ContextMissing::IgnoreError),
    ("environment", Some("NOPE"), None, ContextMissing::LogError),
    ("code", None, Some("RUNTIME_ERROR"), ContextMissing::RuntimeError),
    ("both", Some("LOG_ERROR"), Some("RUNTIME_ERROR"), ContextMissing::LogError),
    ("both", Some("runtime_error"), Some("LOG_ERROR"), ContextMissing::RuntimeError),
    ("both", Some("NOPE"), Some("RUNTIME_ERROR"), ContextMissing::RuntimeError),
];

#[test]
fn free_functions_without_a_current_entity_do_what_environment_or_global_recorder_say() {
    const TEST: &str = "context::free_functions_without_a_current_entity_do_what_environment_or_global_recorder_say";
    let Some(case) = case() else {
        for (at, (_, variable, _, _)) in SAID.iter().enumerate() {
            let variables: Vec<_> = variable.iter().map(|&value| ("AWS_XRAY_CONTEXT_MISSING", value)).collect();
            run_again(TEST, &at.to_string(), &variables);
        }
        return;
    };
    let (name, _, code, expected) = SAID[case.parse::<usize>().expect("a case is a row")];
    if let Some(code) = code {
        let strategy = code.parse().expect("the code names a strategy");
        let teller = Teller::of(|builder| builder.context_missing(strategy));
        teller.recorder().set_global().expect("there is none yet");
    }
    let panics = expected == ContextMissing::RuntimeError;
    for (what, call) in CALLS {
        assert_misses(what, panics, call);
    }
    // To look is not to miss.
    assert!(xray_recorder::current().is_none() && xray_recorder::current_segment().is_none(), "{name}");
    drop(xray_recorder::detach());
}

#[test]
fn a_strategy_that_is_none_is_told_and_changes_nothing() {
    let error = "NOPE".parse::<ContextMissing>().expect_err("there is no such strategy");
    assert_eq!(error.to_string(), "`NOPE` is none of LOG_ERROR, RUNTIME_ERROR and IGNORE_ERROR");
    for strategy in STRATEGIES {
        assert_eq!(strategy.to_string().parse(), Ok(strategy));
    }
}

/// Python raises AlreadyEnded for each of these.
#[test]
fn writes_after_the_end_are_refused_and_counted_under_every_strategy() {
    for strategy in STRATEGIES {
        let teller = teller(strategy);
        let recorder = teller.recorder();
        let (segment, subsegment) = recorder.in_segment("x", |segment| {
            (segment.handle(), xray_recorder::in_subsegment("y", |subsegment| subsegment.handle()))
        });
        let sent = teller.memory().datagrams();
        let mut refused = recorder.stats().refused;
        let mut assert_refused = |what: &str, write: &dyn Fn()| {
            write();
            let after = recorder.stats().refused;
            assert_eq!(after, refused + 1, "{what} under {strategy}");
            refused = after;
        };
        assert_refused("put_annotation", &|| _ = segment.put_annotation("k", "v"));
        assert_refused("put_metadata", &|| _ = segment.put_metadata("k", "v"));
        assert_refused("put_http_meta, request", &|| _ = segment.set_http_request(&IncomingRequest::default()));
        assert_refused("put_http_meta, response", &|| _ = segment.set_http_response(&HttpResponse::default()));
        assert_refused("set_user", &|| _ = segment.set_user("u"));
        assert_refused("add_exception", &|| assert_eq!(segment.add_exception(&std::fmt::Error), None));
        assert_refused("apply_status_code", &|| _ = segment.apply_status(500));
        assert_refused("put_annotation of a subsegment", &|| _ = subsegment.put_annotation("k", "v"));
        assert_refused("put_metadata of a subsegment", &|| _ = subsegment.put_metadata("k", "v"));
        let request = OutgoingRequest::default();
        assert_refused("put_http_meta of a subsegment", &|| _ = subsegment.set_http_request(&request));
        assert_refused("add_exception of a subsegment", &|| {
            assert_eq!(subsegment.add_exception(&std::fmt::Error), None);
        });
        assert_eq!(teller.memory().datagrams(), sent, "what was sent stays as it is");
    }
}

/// Python raises when one is added to an entity that has ended, and lets the recorder begin one under a subsegment
/// whose segment has ended; here both are recorded.
#[test]
fn a_subsegment_that_begins_late_is_sent_alone() {
    let teller = Teller::new();
    let handle = teller.recorder().in_segment("x", |segment| segment.handle());
    handle.in_subsegment("late", |_| xray_recorder::put_annotation("k", "v"));
    assert_eq!((teller.recorder().stats().sent, teller.recorder().stats().datagrams), (2, 2));
    let findings = teller.findings();
    assert!(findings.is_empty(), "{findings:?}");
}
