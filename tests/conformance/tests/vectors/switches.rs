//! Switches of the environment. Each row runs in a process of its own.

use conformance::Teller;
use xray_recorder::{ContextMissing, TraceId};

use super::process::{case, run_again};

const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";

/// A recorder that the environment has a say in.
fn teller() -> Teller {
    Teller::of(|builder| builder)
}

/// A value of `AWS_XRAY_SDK_ENABLED`, and whether the Python SDK is enabled then.
/// An empty one is as if there were none, which differs where the program says something else.
const ENABLED: [(&str, bool); 6] =
    [("no", false), ("OFF", false), ("0", false), ("F", false), ("banana", true), ("true", true)];

#[test]
fn the_variable_enables_or_disables_whatever_the_program_says() {
    let Some(case) = case() else {
        for (value, expected) in ENABLED {
            let case = if expected { "enabled" } else { "disabled" };
            let test = "switches::the_variable_enables_or_disables_whatever_the_program_says";
            run_again(test, case, &[("AWS_XRAY_SDK_ENABLED", value)]);
        }
        return;
    };
    let expected = case == "enabled";
    for teller in [teller(), Teller::of(|builder| builder.enabled(!expected))] {
        let recorder = teller.recorder();
        assert_eq!(recorder.is_enabled(), expected);
        assert_eq!(recorder.set_enabled(!expected), expected, "the variable wins at any time");
        let header = format!("Root={ROOT};Sampled=1");
        recorder.segment("x").header(&header).in_segment(|segment| {
            assert_eq!((segment.is_sampled(), xray_recorder::is_sampled()), (expected, expected));
            xray_recorder::put_annotation("k", "v");
            xray_recorder::in_subsegment("y", |_| ());
            if !expected {
                assert_eq!(segment.trace_header().to_string(), header);
            }
        });
        assert_eq!(recorder.stats().begun, if expected { 2 } else { 0 });
        assert_eq!(teller.memory().datagrams().len(), usize::from(expected));
    }
}

#[test]
fn without_the_variable_the_program_enables_and_disables() {
    let Some(_) = case() else {
        let test = "switches::without_the_variable_the_program_enables_and_disables";
        run_again(test, "unset", &[]);
        return run_again(test, "empty", &[("AWS_XRAY_SDK_ENABLED", "")]);
    };
    assert!(teller().recorder().is_enabled());
    let teller = Teller::of(|builder| builder.enabled(false));
    let recorder = teller.recorder();
    assert!(!recorder.is_enabled());
    recorder.in_segment("unseen", |segment| assert!(!segment.is_sampled()));
    assert!(recorder.set_enabled(true));
    recorder.in_segment("seen", |segment| assert!(segment.is_sampled()));
    assert!(!recorder.set_enabled(false));
    recorder.in_segment("unseen", |segment| assert!(!segment.is_sampled()));
    assert_eq!(recorder.stats().sent, 1);
}

/// A recorder that is disabled is one that is not there: whoever misses an entity is told nothing.
#[test]
fn a_disabled_recorder_misses_no_context() {
    let teller =
        Teller::of(|builder| builder.ignore_environment().enabled(false).context_missing(ContextMissing::RuntimeError));
    let subsegment = teller.recorder().begin_subsegment("x");
    assert!(!subsegment.is_sampled() && subsegment.trace_header().is_empty());
    assert_eq!(teller.recorder().in_subsegment("x", |_| 42), 42);
}

/// A value of `AWS_XRAY_NOOP_ID`, and whether what is not sampled has ids of its own. The Python SDK passes on zero ids
/// otherwise, and so a trace that does not exist; we say nothing but the decision.
const NOOP_ID: [(Option<&str>, bool); 5] =
    [(Some("false"), true), (Some("FALSE"), true), (Some("0"), false), (Some("no"), false), (None, false)];

#[test]
fn only_the_word_false_gives_a_trace_id_to_what_is_not_sampled() {
    let Some(case) = case() else {
        for (value, expected) in NOOP_ID {
            let variables: Vec<(&str, &str)> = value.map(|value| ("AWS_XRAY_NOOP_ID", value)).into_iter().collect();
            let case = if expected { "an id" } else { "no id" };
            run_again("switches::only_the_word_false_gives_a_trace_id_to_what_is_not_sampled", case, &variables);
        }
        return;
    };
    let teller = teller();
    let recorder = teller.recorder();
    let outgoing = || {
        recorder.segment("x").sampled(false).in_segment(|segment| {
            assert_eq!((segment.is_sampled(), segment.context()), (false, None));
            let below = xray_recorder::in_subsegment("y", |call| call.trace_header().to_string());
            assert_eq!(below, segment.trace_header().to_string(), "one id for all that is below");
            below
        })
    };
    let [first, second] = [outgoing(), outgoing()];
    if case == "an id" {
        for header in [&first, &second] {
            let root = header.strip_prefix("Root=").and_then(|header| header.strip_suffix(";Sampled=0"));
            let root: TraceId = root.and_then(|root| root.parse().ok()).expect("a root and the decision");
            assert_ne!(root, TraceId::NOOP);
        }
        assert_ne!(first, second, "each trace has its own");
    } else {
        assert_eq!([first, second], ["Sampled=0", "Sampled=0"]);
    }
    // The caller's trace is passed on whatever the variable says; Python replaces it.
    let header = format!("Root={ROOT};Sampled=0");
    assert_eq!(recorder.segment("x").header(&header).begin().trace_header().to_string(), header);
    assert_eq!(recorder.stats().begun, 0);
}

/// Python replaces the name of the service, and with it the fallback of dynamic naming; names that a program gives
/// stay.
#[test]
fn the_tracing_name_replaces_the_services_and_no_other() {
    let Some(_) = case() else {
        let test = "switches::the_tracing_name_replaces_the_services_and_no_other";
        return run_again(test, "named", &[("AWS_XRAY_TRACING_NAME", "from-environment")]);
    };
    let teller = Teller::of(|builder| builder.service("from-code").dynamic_naming("*.example.com"));
    let recorder = teller.recorder();
    assert_eq!(recorder.service(), "from-environment");
    assert_eq!(recorder.segment_name(Some("evil.org")), "from-environment");
    assert_eq!(recorder.segment_name(Some("www.example.com")), "www.example.com");
    recorder.in_segment("mine", |segment| {
        assert!(segment.json().is_some_and(|document| document.contains(r#""name":"mine""#)));
    });
}
