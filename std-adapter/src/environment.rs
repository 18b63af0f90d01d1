#![doc = include_str!("../docs/environment.md")]

use std::env;

use crate::current::{ContextMissing, InvalidContextMissing};
use crate::host::{DaemonAddress, InvalidDaemonAddress};
use crate::journal;

const DAEMON_ADDRESS: &str = "AWS_XRAY_DAEMON_ADDRESS";
const TRACING_NAME: &str = "AWS_XRAY_TRACING_NAME";
const CONTEXT_MISSING: &str = "AWS_XRAY_CONTEXT_MISSING";
const SDK_ENABLED: &str = "AWS_XRAY_SDK_ENABLED";
const NOOP_ID: &str = "AWS_XRAY_NOOP_ID";
const LAMBDA_TASK_ROOT: &str = "LAMBDA_TASK_ROOT";
const LAMBDA_MAX_CONCURRENCY: &str = "AWS_LAMBDA_MAX_CONCURRENCY";
const LAMBDA_TRACE_ID: &str = "_X_AMZN_TRACE_ID";

/// What the environment says.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    pub(crate) daemon_address: Option<Result<DaemonAddress, InvalidDaemonAddress>>,
    pub(crate) tracing_name: Option<String>,
    pub(crate) context_missing: Option<ContextMissing>,
    pub(crate) enabled: Option<bool>,
    /// Whether what is not sampled has a trace id of its own.
    pub(crate) noop_ids_are_random: bool,
    pub(crate) lambda: Option<InLambda>,
}

/// The process is a Lambda function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InLambda {
    /// Whether it serves several invocations at once, so that no variable can hold the trace header of one.
    pub(crate) concurrent: bool,
}

impl Environment {
    /// Reads it.
    pub(crate) fn read() -> Self {
        Self::of(variable)
    }

    /// What it says about missing contexts alone, and without a word in the log.
    pub(crate) fn context_missing() -> Option<Result<ContextMissing, InvalidContextMissing>> {
        variable(CONTEXT_MISSING).filter(|text| !text.trim().is_empty()).map(|text| text.parse())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let present = |name| variable(name).filter(|value| !value.trim().is_empty());
        Self {
            daemon_address: present(DAEMON_ADDRESS).map(|address| address.parse()),
            tracing_name: present(TRACING_NAME),
            context_missing: present(CONTEXT_MISSING).and_then(|text| context_missing(&text)),
            enabled: present(SDK_ENABLED).map(|text| enabled(&text)),
            noop_ids_are_random: present(NOOP_ID).is_some_and(|text| text.trim().eq_ignore_ascii_case("false")),
            lambda: present(LAMBDA_TASK_ROOT).map(|_| InLambda {
                // What is no number is taken for several: with a wrong trace more is lost than with none.
                concurrent: present(LAMBDA_MAX_CONCURRENCY).is_some_and(|text| text.trim() != "1"),
            }),
        }
    }

    /// The trace header of the invocation that is running, in a function that serves one at a time.
    pub(crate) fn invocation() -> Option<String> {
        env::var(LAMBDA_TRACE_ID).ok().filter(|header| !header.is_empty())
    }
}

fn variable(name: &str) -> Option<String> {
    // What is not Unicode becomes text that no address is, so that it is told and not passed over.
    env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

fn context_missing(text: &str) -> Option<ContextMissing> {
    text.parse().inspect_err(|error| journal::warn(format_args!("{CONTEXT_MISSING}: {error}"))).ok()
}

/// Whatever does not clearly say no leaves tracing on.
fn enabled(text: &str) -> bool {
    match text.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" | "t" | "true" | "on" | "1" => true,
        "n" | "no" | "f" | "false" | "off" | "0" => false,
        _ => {
            journal::warn(format_args!("{SDK_ENABLED} is neither true nor false; tracing is enabled"));
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> Environment {
        Environment::of(|asked| (asked == name).then(|| value.to_owned()))
    }

    #[test]
    fn variables_are_read_and_empty_ones_are_absent() {
        let environment = Environment::of(|name| match name {
            "AWS_XRAY_DAEMON_ADDRESS" => Some("10.0.0.1:3000".to_owned()),
            "AWS_XRAY_SDK_ENABLED" => None,
            _ => Some(" ".to_owned()),
        });
        assert_eq!(environment.daemon_address.unwrap().unwrap().udp(), "10.0.0.1:3000");
        assert_eq!(environment.tracing_name, None);
        assert_eq!(environment.context_missing, None);
        assert_eq!((environment.enabled, environment.lambda), (None, None));
    }

    #[test]
    fn an_address_that_does_not_parse_is_told_apart_from_none() {
        assert!(with(DAEMON_ADDRESS, "nowhere").daemon_address.unwrap().is_err());
    }

    #[test]
    fn the_words_for_no_disable_and_anything_else_leaves_it_enabled() {
        for no in ["n", "no", "NO", "f", "F", "false", "False", "off", "OFF", "0", " 0 "] {
            assert_eq!(with(SDK_ENABLED, no).enabled, Some(false), "{no:?}");
        }
        for yes in ["y", "yes", "t", "TRUE", "on", "1", "banana"] {
            assert_eq!(with(SDK_ENABLED, yes).enabled, Some(true), "{yes:?}");
        }
        // As a compose file has it for a variable that is not set.
        assert_eq!(with(SDK_ENABLED, "").enabled, None);
    }

    #[test]
    fn only_the_word_false_gives_ids_to_what_is_not_sampled() {
        for random in ["false", "FALSE"] {
            assert!(with(NOOP_ID, random).noop_ids_are_random, "{random:?}");
        }
        for zero in ["0", "no", "true", ""] {
            assert!(!with(NOOP_ID, zero).noop_ids_are_random, "{zero:?}");
        }
        assert!(!Environment::default().noop_ids_are_random);
    }

    #[test]
    fn an_unknown_strategy_counts_as_none() {
        assert_eq!(with(CONTEXT_MISSING, "NOPE").context_missing, None);
        assert_eq!(with(CONTEXT_MISSING, "IGNORE_ERROR").context_missing, Some(ContextMissing::IgnoreError));
    }

    #[test]
    fn a_task_root_means_lambda_and_a_concurrency_several_invocations_at_once() {
        assert_eq!(with(LAMBDA_TASK_ROOT, "/var/task").lambda, Some(InLambda { concurrent: false }));
        let concurrency = |value: &'static str| {
            let environment = Environment::of(|name| match name {
                LAMBDA_TASK_ROOT => Some("/var/task".to_owned()),
                LAMBDA_MAX_CONCURRENCY => Some(value.to_owned()),
                _ => None,
            });
            environment.lambda.unwrap().concurrent
        };
        assert_eq!([" 1", "", "many", "16 "].map(concurrency), [false, false, true, true]);
    }
}
