//! Measures what integrations cost: each program without its integration, with it and not sampled, and with it and
//! sampled. Nothing is sent, so that the network is in none of the figures.

mod aws_call;
mod axum_server;
mod case;
mod hyper_client;
mod recorders;
mod report;
mod rusqlite_query;
mod spans;
mod sqlx_query;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use case::Case;
use measure::{allocations, callgrind, timing};
use report::{Cost, Section};

const USAGE: &str = "\
usage: bench-integrations [--quick] [--json FILE] [--only CASE] [--without-valgrind]

  --quick             leave out times; count instructions and allocations
  --json FILE         write the figures to FILE
  --only CASE         measure this one
  --without-valgrind  do not fail when instructions cannot be counted because valgrind is missing";

/// How often a program runs when it is counted: at least, and more.
const COUNTED: (u64, u64) = (50, 500);

const CASES: [Case; 6] =
    [axum_server::CASE, hyper_client::CASE, aws_call::CASE, rusqlite_query::CASE, sqlx_query::CASE, spans::CASE];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.split_first() {
        Some((first, counted)) if first == callgrind::CHILD => return be_counted(counted),
        _ => Options::parse(arguments.into_iter()).map_err(Into::into).and_then(|options| measure_all(&options)),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The counted program: one variant of a case, as often as told, and nothing else.
fn be_counted(arguments: &[String]) -> ExitCode {
    let [case, variant, times] = arguments else { return ExitCode::from(2) };
    let case = CASES.into_iter().find(|each| each.name == case);
    let variant = case.and_then(|case| case.variants.iter().find(|each| each.name == variant));
    let (Some(variant), Ok(times)) = (variant, times.parse()) else { return ExitCode::from(2) };
    (variant.prepare)()(times);
    ExitCode::SUCCESS
}

#[derive(Default)]
struct Options {
    quick: bool,
    json: Option<PathBuf>,
    only: Option<String>,
    without_valgrind: bool,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => options.quick = true,
                "--without-valgrind" => options.without_valgrind = true,
                "--json" => options.json = Some(arguments.next().ok_or("--json wants a file")?.into()),
                "--only" => options.only = Some(arguments.next().ok_or("--only wants a case")?),
                _ => return Err(format!("unknown argument {argument}\n{USAGE}")),
            }
        }
        Ok(options)
    }
}

fn measure_all(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let counts = callgrind::check();
    let complete = counts.is_ok() || options.without_valgrind;
    if let Err(error) = &counts {
        eprintln!("{error}");
    }
    let wanted = |case: &Case| options.only.as_deref().is_none_or(|only| only == case.name);
    let mut sections = Vec::new();
    for case in CASES.into_iter().filter(wanted) {
        let section = measure_case(case, counts.is_ok(), !options.quick)?;
        println!("{}", report::table(&section));
        sections.push(section);
    }
    if let Some(file) = &options.json {
        std::fs::write(file, serde_json::to_string_pretty(&report::json(&sections))? + "\n")?;
    }
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn measure_case(case: Case, counts: bool, times: bool) -> Result<Section, Box<dyn Error>> {
    let (few, more) = COUNTED;
    let mut costs = Vec::new();
    for variant in case.variants {
        let instructions = match counts {
            true => Some(callgrind::instructions_per_trace(&[case.name, variant.name], few, more)?),
            false => None,
        };
        let allocations = allocations::per_trace(&mut (variant.prepare)(), more);
        costs.push(Cost { name: variant.name, time: None, instructions, allocations });
    }
    if times {
        let (timings, _) = timing::interleaved(case.variants.iter().map(|variant| (variant.prepare)()).collect());
        for (cost, timing) in costs.iter_mut().zip(timings) {
            cost.time = Some(timing);
        }
    }
    Ok(Section { case, costs })
}
