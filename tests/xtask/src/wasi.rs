//! Tests of the core, run in WebAssembly: the golden documents, and whatever else needs neither threads nor panics that
//! are caught.

use crate::process::{self, Done, Stop};
use crate::rustup;
use crate::workspace::Workspace;

const TARGET: &str = "wasm32-wasip1";

/// The files of `core/tests`.
const TESTS: [&str; 7] = ["golden", "bad_values", "cuts", "dictated", "faults", "headers", "redaction"];

pub(crate) fn step(workspace: &Workspace) -> Done {
    if !process::answers("node", &["--version"]) {
        return Err(Stop::Skipped("node is missing, which runs WebAssembly".into()));
    }
    rustup::targets(&[TARGET])?;
    let mut cargo = workspace.cargo(["test", "--quiet", "-p", "xray-recorder-core", "--target", TARGET]);
    for test in TESTS {
        cargo.args(["--test", test]);
    }
    let runner = format!("node --no-warnings {}", workspace.root.join("tests/xtask/wasi.mjs").display());
    process::run(cargo.env("CARGO_TARGET_WASM32_WASIP1_RUNNER", runner))?;
    Ok(format!("{} files of tests", TESTS.len()))
}
