//! What is printed.

use std::io::{IsTerminal, stdout};
use std::time::Duration;

use xray_recorder_receiver::Waterfall;

use crate::figures::Starts;
use crate::function::{TRACED, UNTRACED};
use crate::invocation::Kind;
use crate::run::{Outcome, Plan};

/// How many traces of a run are drawn; of more, the first.
const MOST_TRACES: usize = 3;

/// Shows a run; its faults go to standard error.
pub(crate) fn run(plan: &Plan, outcome: &Outcome, in_full: bool) {
    println!("{}: {}", plan.program, plan.about);
    if in_full {
        headers(outcome);
        waterfalls(outcome);
    }
    for fault in &outcome.faults {
        eprintln!("{}: {fault}", plan.program);
    }
    if !outcome.faults.is_empty() {
        eprintln!("it printed:\n{}", outcome.printed);
        return;
    }
    let recorded = outcome.invocations.iter().filter(|invocation| invocation.is_recorded()).count();
    println!(
        "  {} invocations, {recorded} to be recorded: {} entities, each valid, each in its invocation's trace and segment\n",
        outcome.invocations.len(),
        outcome.received.entities()
    );
}

/// The trace headers of the first round, as they came and as they went on.
fn headers(outcome: &Outcome) {
    for invocation in outcome.invocations.iter().take(Kind::ALL.len()) {
        let header = invocation.header();
        println!("  {:<22}{}", invocation.about(), header.as_deref().unwrap_or("–"));
        if let Some(call) = outcome.calls.iter().find(|call| call.order == invocation.order.id) {
            println!("  {:>20}  {}", "→", if call.trace_header.is_empty() { "–" } else { &call.trace_header });
        }
    }
    println!();
}

fn waterfalls(outcome: &Outcome) {
    let coloured = stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let waterfall = Waterfall::new().width(110).colour(coloured);
    let traces = outcome.received.traces();
    for trace in traces.iter().take(MOST_TRACES) {
        println!("{}", waterfall.render(trace));
    }
    if traces.len() > MOST_TRACES {
        println!("… and {} traces more\n", traces.len() - MOST_TRACES);
    }
}

/// What tracing adds to a function. The last line is that about the size.
pub(crate) fn figures(bytes: [u64; 2], starts: Option<[Starts; 2]>) {
    if let Some(starts) = starts {
        println!(
            "from the start of the process to its first request for an invocation, 10 starts each, the file in memory:"
        );
        for (name, Starts { median, fastest, slowest }) in [TRACED, UNTRACED].into_iter().zip(starts) {
            let (median, fastest, slowest) = (millis(median), millis(fastest), millis(slowest));
            println!("  {name:<26}{median:>8} median  {fastest:>8} fastest  {slowest:>8} slowest");
        }
        println!();
    }
    let [traced, untraced] = bytes;
    println!(
        "{TRACED}: {} bytes stripped, of which tracing {}",
        grouped(traced),
        grouped(traced.saturating_sub(untraced))
    );
}

fn millis(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1_000.0)
}

/// Digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups_of_three() {
        assert_eq!([0, 999, 1_000, 12_345_678].map(grouped), ["0", "999", "1,000", "12,345,678"]);
    }
}
