//! Steps, one after the other, and what became of each.

use std::fmt::Write;
use std::time::{Duration, Instant};

use crate::process::{Done, Stop};
use crate::workspace::Workspace;

/// A named check.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// What it is called on the command line and in the report.
    pub(crate) name: &'static str,
    /// What it shows, in a few words.
    pub(crate) about: &'static str,
    /// The check.
    pub(crate) run: fn(&Workspace) -> Done,
}

/// What became of a step.
#[derive(Debug)]
pub(crate) struct Outcome {
    name: &'static str,
    done: Done,
    took: Duration,
}

/// Runs a step; its output streams.
pub(crate) fn run(step: &Step, workspace: &Workspace, require_all: bool) -> Outcome {
    println!("\n== {}: {}", step.name, step.about);
    let start = Instant::now();
    let done = match (step.run)(workspace) {
        Err(Stop::Skipped(reason)) if require_all => Err(Stop::Failed(reason)),
        done => done,
    };
    let outcome = Outcome { name: step.name, done, took: start.elapsed() };
    let (word, note) = outcome.words();
    println!("== {} {word} after {:.1} s{}{note}", step.name, outcome.took.as_secs_f64(), separator(note));
    outcome
}

impl Outcome {
    /// Whether nothing was found wrong.
    pub(crate) fn is_success(&self) -> bool {
        !matches!(self.done, Err(Stop::Failed(_)))
    }

    fn words(&self) -> (&'static str, &str) {
        match &self.done {
            Ok(note) => ("passed", note),
            Err(Stop::Failed(reason)) => ("FAILED", reason),
            Err(Stop::Skipped(reason)) => ("skipped", reason),
        }
    }
}

/// The table of all steps; its last line counts them.
pub(crate) fn table(outcomes: &[Outcome]) -> String {
    let width = outcomes.iter().map(|outcome| outcome.name.len()).max().unwrap_or(0);
    let mut table = String::new();
    for outcome in outcomes {
        let (word, note) = outcome.words();
        let first = note.lines().next().unwrap_or("");
        let seconds = outcome.took.as_secs_f64();
        let _ = writeln!(table, "{:<width$}  {word:<7}  {seconds:>6.1} s  {first}", outcome.name);
    }
    let count = |wanted: &str| outcomes.iter().filter(|outcome| outcome.words().0 == wanted).count();
    let seconds: f64 = outcomes.iter().map(|outcome| outcome.took.as_secs_f64()).sum();
    let _ = writeln!(table, "{:<width$}           {seconds:>6.1} s", "all");
    let (passed, failed, skipped) = (count("passed"), count("FAILED"), count("skipped"));
    let _ = writeln!(table, "steps: {passed} passed, {failed} failed, {skipped} skipped");
    table
}

fn separator(note: &str) -> &'static str {
    if note.is_empty() { "" } else { ": " }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(run: fn(&Workspace) -> Done) -> Step {
        Step { name: "step", about: "a check", run }
    }

    fn outcome(run: fn(&Workspace) -> Done, require_all: bool) -> Outcome {
        super::run(&step(run), &Workspace { root: ".".into(), target: "target".into() }, require_all)
    }

    #[test]
    fn a_skip_is_no_failure_unless_all_is_required() {
        let skip = |_: &Workspace| Err(Stop::Skipped("no tool".into()));
        assert!(outcome(skip, false).is_success());
        assert!(!outcome(skip, true).is_success());
    }

    #[test]
    fn the_table_counts_what_passed_failed_and_was_skipped() {
        let outcomes = [
            outcome(|_| Ok(String::new()), false),
            outcome(|_| Err(Stop::Failed("broken\nin two lines".into())), false),
            outcome(|_| Err(Stop::Skipped("no tool".into())), false),
        ];
        let table = table(&outcomes);
        assert_eq!(table.lines().count(), 5);
        assert_eq!(table.lines().last(), Some("steps: 1 passed, 1 failed, 1 skipped"));
    }
}
