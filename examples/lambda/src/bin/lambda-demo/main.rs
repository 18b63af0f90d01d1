//! A Lambda function, traced, without Lambda. `cargo run --release -p example-lambda` starts a daemon's stand-in, a payment
//! service and Lambda's runtime API on loopback, runs functions under them as processes of their own, and draws the
//! traces; then it tells what tracing adds to a function's size and to its start.
//!
//! * `--check` draws nothing and measures no time.
//!
//! The exit code is not zero if an entity is missing, in another invocation's trace or not valid, if one is recorded that
//! should not be, or if a service that is called is sent another trace header than the right one.

mod figures;
mod function;
mod http;
mod invocation;
mod judge;
mod payments;
mod report;
mod run;
mod runtime_api;
mod server;

use std::process::ExitCode;
use std::time::Duration;

use crate::figures::Deployed;
use crate::run::Plan;

type Failure = Box<dyn std::error::Error>;

const USAGE: &str = "usage: lambda-demo [--check]";

/// All of it takes milliseconds; this only bounds a run in which something is lost.
const DEADLINE: Duration = Duration::from_secs(20);

const PLANS: [Plan; 3] = [
    Plan {
        program: function::TRACED,
        about: "one invocation at a time, by the header of the invocation's context",
        story: &["checkout", "payments.example.com"],
        pays: true,
        concurrency: None,
        rounds: 1,
    },
    Plan {
        program: function::SEQUENTIAL,
        about: "one invocation at a time, by _X_AMZN_TRACE_ID",
        story: &["checkout"],
        pays: false,
        concurrency: None,
        rounds: 1,
    },
    Plan {
        program: function::TRACED,
        about: "four invocations at once",
        story: &["checkout", "payments.example.com"],
        pays: true,
        concurrency: Some(4),
        rounds: 8,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => demonstrate(true),
        ["--check"] => demonstrate(false),
        ["--help" | "-h"] => {
            println!("{USAGE}");
            Ok(true)
        }
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("lambda-demo: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Runs everything; whether all went as it should.
fn demonstrate(in_full: bool) -> Result<bool, Failure> {
    let functions = function::build()?;
    let mut all_well = true;
    for plan in &PLANS {
        let outcome = plan.run(&functions)?;
        report::run(plan, &outcome, in_full);
        all_well &= outcome.faults.is_empty();
    }
    if cfg!(debug_assertions) {
        println!("sizes and starts are those of a release: cargo run --release -p example-lambda");
        return Ok(all_well);
    }
    let deployed = Deployed::strip(&functions)?;
    let starts = if in_full { Some(deployed.starts()?) } else { None };
    report::figures(deployed.bytes()?, starts);
    Ok(all_well)
}
