//! `cargo xtask bench`, and the step that holds its figures against their bounds.

use std::fs;

use serde_json::Value;

use crate::process::{self, Done, Stop};
use crate::workspace::Workspace;

/// The most instructions a trace may take, by peer and workload. Ratchets: each is a few percent above what was
/// measured when it was set, since the compiler's choices move the figures that much, and is lowered with them.
const BOUNDS: [(&str, &str, u64); 6] = [
    ("core", "W1", 1_450),
    ("core", "W2", 14_000),
    ("core", "W6", 3_000),
    ("std", "W2", 18_500),
    ("std", "W6", 2_850),
    ("ambient", "W2", 28_000),
];

/// The workloads in which a peer allocates nothing.
const WITHOUT_ALLOCATIONS: [(&str, &[&str]); 3] =
    [("core", &["W1", "W2", "W3", "W6"]), ("std", &["W1", "W2", "W3", "W6"]), ("ambient", &["W1", "W2", "W3"])];

fn without_allocations() -> impl Iterator<Item = (&'static str, &'static str)> {
    WITHOUT_ALLOCATIONS
        .into_iter()
        .flat_map(|(peer, workloads)| workloads.iter().map(move |workload| (peer, *workload)))
}

/// The most instructions an integration may add to a program, by case and variant. Ratchets, too.
const ADDED: [(&str, &str, u64); 13] = [
    ("aws-sdk", "sampled", 15_100),
    ("aws-sdk", "unsampled", 4_500),
    ("axum", "sampled", 9_000),
    ("axum", "unsampled", 3_400),
    ("axum", "unsampled by header", 6_200),
    ("http-client", "sampled", 5_400),
    ("http-client", "unsampled", 2_600),
    ("rusqlite", "sampled", 4_900),
    ("rusqlite", "unsampled", 350),
    ("sqlx", "sampled", 5_900),
    ("sqlx", "unsampled", 180),
    ("tracing", "sampled", 4_600),
    ("tracing", "unsampled", 1_900),
];

/// The first argument by which `bench` measures integrations.
const INTEGRATIONS: &str = "integrations";

/// Runs the bench with these arguments.
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> Done {
    let (package, arguments) = match arguments.split_first() {
        Some((first, rest)) if first == INTEGRATIONS => ("bench-integrations", rest),
        _ => ("bench", arguments),
    };
    let mut command = workspace.cargo(["run", "--quiet", "--release", "-p", package, "--"]);
    // Its files belong where the user is, not in the root.
    if let Ok(here) = std::env::current_dir() {
        command.current_dir(here);
    }
    process::run(command.args(arguments))?;
    Ok(String::new())
}

/// Counts instructions and allocations and checks them; times are left out, since they are the machine's.
pub(crate) fn step(workspace: &Workspace) -> Done {
    let counts = process::answers("valgrind", &["--version"]);
    let traces = figures(workspace, "bench", counts)?;
    let added = figures(workspace, "bench-integrations", counts)?;
    let mut check = Check::default();
    check.traces(&traces, counts);
    if counts {
        check.integrations(&added);
    }
    print!("{}", check.report);
    match check.breaches.first() {
        None if !counts => Err(Stop::Skipped(
            "nothing is allocated, but valgrind, which counts instructions, is missing: apt-get install valgrind"
                .into(),
        )),
        None => Ok(BOUNDS.map(|(peer, workload, _)| summary(&traces, peer, workload)).join(", ")),
        Some(first) => {
            Err(Stop::Failed(format!("{} of the figures are out of bounds, the first: {first}", check.breaches.len())))
        }
    }
}

/// What a benchmark counts, without times.
fn figures(workspace: &Workspace, package: &str, counts: bool) -> Result<Value, Stop> {
    let file = workspace.target.join(format!("{package}.json"));
    let mut command = workspace.cargo(["run", "--quiet", "--release", "-p", package, "--", "--quick", "--json"]);
    command.arg(&file);
    if !counts {
        command.arg("--without-valgrind");
    }
    process::run(&mut command)?;
    let unreadable = |error: &dyn std::fmt::Display| Stop::Failed(format!("{}: {error}", file.display()));
    let figures = fs::read_to_string(&file).map_err(|error| unreadable(&error))?;
    serde_json::from_str(&figures).map_err(|error| unreadable(&error))
}

fn summary(figures: &Value, peer: &str, workload: &str) -> String {
    format!("{peer} {workload} {}", figures[peer][workload]["instructions"])
}

/// The figures beside their bounds, and those that are beyond them or missing.
#[derive(Debug, Default)]
struct Check {
    report: String,
    breaches: Vec<String>,
}

impl Check {
    fn hold(&mut self, what: &str, measured: Option<f64>, bound: f64) {
        let shown = measured.map_or_else(|| "not measured".to_owned(), |measured| measured.to_string());
        let line = format!("{what}: {shown}, at most {bound}");
        self.report += &format!("{line}\n");
        if measured.is_none_or(|measured| measured > bound) {
            self.breaches.push(line);
        }
    }

    fn traces(&mut self, figures: &Value, counts: bool) {
        for (peer, workload, bound) in BOUNDS.into_iter().filter(|_| counts) {
            let measured = figures[peer][workload]["instructions"].as_f64();
            self.hold(&format!("instructions of {peer} in {workload}"), measured, bound as f64);
        }
        for (peer, workload) in without_allocations() {
            let measured = figures[peer][workload]["allocations"].as_f64();
            self.hold(&format!("allocations of {peer} in {workload}"), measured, 0.0);
        }
    }

    fn integrations(&mut self, figures: &Value) {
        for (case, variant, bound) in ADDED {
            let measured = figures[case][variant]["instructions"].as_f64();
            self.hold(&format!("instructions added to {case}, {variant}"), measured, bound as f64);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn figures() -> Value {
        let workload = |instructions: u64| json!({"instructions": instructions, "allocations": 0.0});
        let peer = |leaf, typical| json!({"W1": workload(leaf), "W2": workload(typical), "W3": workload(1), "W6": workload(2_850)});
        json!({"core": peer(1_450, 14_000), "std": peer(3_000, 18_500), "ambient": peer(3_000, 28_000)})
    }

    fn checked(figures: &Value) -> Check {
        let mut check = Check::default();
        check.traces(figures, true);
        check
    }

    #[test]
    fn figures_at_their_bounds_pass() {
        let check = checked(&figures());
        assert_eq!(check.breaches, Vec::<String>::new());
        assert_eq!(check.report.lines().count(), BOUNDS.len() + without_allocations().count());
    }

    #[test]
    fn one_instruction_or_allocation_more_fails() {
        let mut more = figures();
        more["std"]["W2"]["instructions"] = json!(18_501);
        more["core"]["W3"]["allocations"] = json!(0.1);
        assert_eq!(checked(&more).breaches.len(), 2);
    }

    #[test]
    fn a_figure_that_is_missing_fails() {
        assert_eq!(checked(&json!({})).breaches.len(), BOUNDS.len() + without_allocations().count());
        let mut check = Check::default();
        check.integrations(&json!({"axum": {"sampled": {"instructions": 9_000.0}}}));
        assert_eq!(check.breaches.len(), ADDED.len() - 1);
    }
}
