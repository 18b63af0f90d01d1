//! A test in a process of its own: the environment and the global recorder are the process's.

use std::env;
use std::process::Command;

const CASE: &str = "CONFORMANCE_TEST_CASE";

/// Which case this process was started for by [`run_again`], if by that.
pub(crate) fn case() -> Option<String> {
    env::var(CASE).ok()
}

/// Runs the test of this name again in a process of its own, with these variables of the SDK's and no other.
#[track_caller]
pub(crate) fn run_again(test: &str, case: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(env::current_exe().expect("the test is a program"));
    for (variable, _) in env::vars_os() {
        if variable.to_string_lossy().starts_with("AWS_XRAY_") {
            command.env_remove(variable);
        }
    }
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]);
    command.env_remove("LAMBDA_TASK_ROOT").envs(variables.iter().copied()).env(CASE, case);
    let output = command.output().expect("the test runs again");
    let [text, errors] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(output.status.success() && text.contains("1 passed"), "{case}: {text}\n{errors}");
}
