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

/// Runs the bench with these arguments.
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> Done {
    let mut command = workspace.cargo(["run", "--quiet", "--release", "-p", "bench", "--"]);
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
    let file = workspace.target.join("bench.json");
    let mut command = workspace.cargo(["run", "--quiet", "--release", "-p", "bench", "--", "--quick", "--json"]);
    command.arg(&file);
    if !counts {
        command.arg("--without-valgrind");
    }
    process::run(&mut command)?;
    let figures = fs::read_to_string(&file).map_err(|error| Stop::Failed(format!("{}: {error}", file.display())))?;
    let figures: Value =
        serde_json::from_str(&figures).map_err(|error| Stop::Failed(format!("{}: {error}", file.display())))?;
    let (report, breaches) = check(&figures, counts);
    print!("{report}");
    match breaches.first() {
        None if !counts => Err(Stop::Skipped(
            "nothing is allocated, but valgrind, which counts instructions, is missing: apt-get install valgrind"
                .into(),
        )),
        None => Ok(BOUNDS.map(|(peer, workload, _)| summary(&figures, peer, workload)).join(", ")),
        Some(first) => {
            Err(Stop::Failed(format!("{} of the figures are out of bounds, the first: {first}", breaches.len())))
        }
    }
}

fn summary(figures: &Value, peer: &str, workload: &str) -> String {
    format!("{peer} {workload} {}", figures[peer][workload]["instructions"])
}

/// The figures beside their bounds, and those that are beyond them or missing.
fn check(figures: &Value, counts: bool) -> (String, Vec<String>) {
    let (mut report, mut breaches) = (String::new(), Vec::new());
    let mut hold = |what: String, measured: Option<f64>, bound: f64| {
        let shown = measured.map_or_else(|| "not measured".to_owned(), |measured| measured.to_string());
        let line = format!("{what}: {shown}, at most {bound}");
        report += &format!("{line}\n");
        if measured.is_none_or(|measured| measured > bound) {
            breaches.push(line);
        }
    };
    for (peer, workload, bound) in BOUNDS.into_iter().filter(|_| counts) {
        let measured = figures[peer][workload]["instructions"].as_f64();
        hold(format!("instructions of {peer} in {workload}"), measured, bound as f64);
    }
    for (peer, workload) in without_allocations() {
        let measured = figures[peer][workload]["allocations"].as_f64();
        hold(format!("allocations of {peer} in {workload}"), measured, 0.0);
    }
    (report, breaches)
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

    #[test]
    fn figures_at_their_bounds_pass() {
        let (report, breaches) = check(&figures(), true);
        assert_eq!(breaches, Vec::<String>::new());
        assert_eq!(report.lines().count(), BOUNDS.len() + without_allocations().count());
    }

    #[test]
    fn one_instruction_or_allocation_more_fails() {
        let mut more = figures();
        more["std"]["W2"]["instructions"] = json!(18_501);
        more["core"]["W3"]["allocations"] = json!(0.1);
        assert_eq!(check(&more, true).1.len(), 2);
    }

    #[test]
    fn a_figure_that_is_missing_fails() {
        assert_eq!(check(&json!({}), true).1.len(), BOUNDS.len() + without_allocations().count());
    }
}
