//! Errors as exceptions: chains, frames, and the same error seen again.

mod support;

use std::backtrace::Backtrace;
use std::fmt;

use serde_json::json;
use support::{Memory, document, recorder};
use xray_recorder::Recorder;

#[derive(Debug)]
struct Outer(Inner);

#[derive(Debug)]
struct Inner(&'static str);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it failed")
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl std::error::Error for Inner {}

fn failed() -> Result<(), Outer> {
    Err(Outer(Inner("no route")))
}

#[test]
fn the_same_error_is_told_once_and_referred_to_by_all_above() {
    let recorder = recorder();
    recorder.in_segment("s", |segment| {
        let passed_on = xray_recorder::in_subsegment("a", |a| {
            let passed_on = xray_recorder::in_subsegment("b", |b| {
                let result = failed();
                let first = b.add_exception(result.as_ref().unwrap_err());
                assert_eq!(first, xray_recorder::add_exception(result.as_ref().unwrap_err()), "once for one entity");
                result
            });
            a.add_exception(passed_on.as_ref().unwrap_err());
            passed_on
        });
        // By a type that hides it, and by a reference to the entity.
        let boxed: Box<dyn std::error::Error> = passed_on.unwrap_err().into();
        segment.handle().add_exception(&*boxed);
    });
    let document = document(recorder);
    let a = &document["subsegments"][0];
    let b = &a["subsegments"][0];
    let told = b["cause"]["exceptions"].as_array().unwrap();
    assert_eq!(told.len(), 2);
    assert_eq!((&told[0]["message"], &told[1]["message"]), (&json!("no route"), &json!("it failed")));
    assert_eq!(told[1]["cause"], told[0]["id"]);
    assert_eq!((&a["cause"], &document["cause"]), (&told[1]["id"], &told[1]["id"]));
    for entity in [&document, a, b] {
        assert_eq!(entity["fault"], true);
    }
}

#[test]
fn another_error_above_is_told_there() {
    let recorder = recorder();
    recorder.in_segment("s", |segment| {
        segment.in_subsegment("a", |a| a.add_exception(&Inner("one")));
        segment.add_exception(&Inner("two"));
        segment.add_exception(&Inner("one"));
    });
    let document = document(recorder);
    let told = document["cause"]["exceptions"].as_array().unwrap();
    let messages: Vec<_> = told.iter().map(|exception| exception["message"].as_str().unwrap()).collect();
    // The one below was forgotten for the one that came after it.
    assert_eq!(messages, ["two", "one"]);
}

#[test]
fn an_error_of_an_entity_that_was_used_before_is_not_taken_for_the_same() {
    let recorder = recorder();
    for _ in 0..3 {
        recorder.in_segment("s", |segment| {
            segment.in_subsegment("a", |a| a.add_exception(&Inner("one")));
        });
    }
    for document in support::documents(recorder) {
        assert_eq!(document["subsegments"][0]["cause"]["exceptions"][0]["message"], "one");
        assert_eq!(document["cause"], json!(null));
    }
}

/// The labels of the stack that is recorded for an error by a recorder with these many frames.
fn stack(frames: usize, capture: bool, record: impl FnOnce(&mut xray_recorder::Segment)) -> (Vec<String>, u64) {
    let recorder = Recorder::builder()
        .transport(Memory::default())
        .max_trace_back(frames)
        .capture_backtraces(capture)
        .build()
        .unwrap();
    recorder.in_segment("s", |segment| record(segment));
    let document = document(recorder);
    let exception = &document["cause"]["exceptions"].as_array().unwrap().last().unwrap().clone();
    let stack = exception["stack"].as_array().cloned().unwrap_or_default();
    for frame in &stack {
        let path = frame["path"].as_str().unwrap();
        assert!(!path.contains('/') && (path.is_empty() || path.ends_with(".rs")), "{path}");
    }
    let labels = stack.iter().map(|frame| frame["label"].as_str().unwrap().to_owned()).collect();
    (labels, exception["truncated"].as_u64().unwrap_or(0))
}

#[inline(never)]
fn innermost(segment: &mut xray_recorder::Segment) {
    segment.add_exception_with_backtrace(&Inner("x"), &Backtrace::force_capture());
}

#[test]
fn frames_come_from_a_backtrace_that_is_handed_over_as_many_as_are_wanted() {
    let (labels, _) = stack(10, false, innermost);
    assert!(labels[0].ends_with("innermost"), "{labels:?}");
    assert!(labels.iter().all(|label| !label.starts_with("std::") && !label.starts_with("core::")), "{labels:?}");
    let (one, truncated) = stack(1, false, innermost);
    assert_eq!((one.len(), &one[0]), (1, &labels[0]));
    assert!(truncated > 0);
    let (none, _) = stack(0, false, innermost);
    assert!(none.is_empty());
    let (disabled, _) = stack(10, false, |segment| {
        segment.add_exception_with_backtrace(&Inner("x"), &Backtrace::disabled());
    });
    assert!(disabled.is_empty());
}

#[test]
fn frames_of_where_it_is_recorded_come_when_asked_for() {
    let record = |segment: &mut xray_recorder::Segment| {
        segment.add_exception(&Inner("x"));
    };
    let (labels, _) = stack(10, true, record);
    assert!(labels[0].contains("frames_of_where_it_is_recorded"), "{labels:?}");
    assert!(stack(10, false, record).0.is_empty());
}

#[derive(Debug)]
enum Failure {
    Refused,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("refused by https://alice:hunter2@bank.example.com/?token=hunter2"),
        }
    }
}

impl std::error::Error for Failure {}

#[test]
fn an_error_is_the_same_whether_or_not_its_secrets_are_told_and_its_type_is_hidden() {
    for is_redacted_first in [true, false] {
        let recorder = recorder();
        recorder.in_segment("s", |segment| {
            let boxed: Box<dyn std::error::Error + Send + Sync> = segment.in_subsegment("a", |a| {
                match is_redacted_first {
                    true => a.add_redacted_exception(&Failure::Refused, &[]),
                    false => a.add_exception(&Failure::Refused),
                };
                Failure::Refused.into()
            });
            match is_redacted_first {
                true => segment.add_exception(&*boxed),
                false => segment.handle().add_redacted_exception(&*boxed, &[]),
            };
        });
        let document = document(recorder);
        let told = &document["subsegments"][0]["cause"]["exceptions"][0];
        assert_eq!((&told["type"], &told["id"]), (&json!("Failure"), &document["cause"]));
        assert_eq!(told.to_string().contains("hunter2"), !is_redacted_first, "{told}");
    }
}

#[test]
fn a_type_that_is_hidden_in_what_it_is_kept_in_is_read_from_its_debug() {
    let recorder = recorder();
    recorder.in_segment("s", |segment| {
        let kept: std::sync::Arc<dyn std::error::Error + Send + Sync> = std::sync::Arc::new(Inner("kept"));
        segment.add_exception(&kept);
    });
    assert_eq!(document(recorder)["cause"]["exceptions"][0]["type"], "Inner");
}

#[test]
fn a_panic_says_nothing_of_the_secrets_in_the_urls_it_names() {
    let recorder = recorder();
    let refused = || Err::<(), _>(Failure::Refused.to_string());
    let work = || recorder.in_segment("s", |_| xray_recorder::in_subsegment("a", |_| refused().unwrap()));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err());
    let document = document(recorder);
    let told = &document["subsegments"][0]["cause"]["exceptions"][0];
    assert!(told["message"].as_str().unwrap().contains("refused by https://bank.example.com/"), "{told}");
    assert!(!document.to_string().contains("hunter2"));
    assert_eq!(document["cause"], told["id"]);
}
