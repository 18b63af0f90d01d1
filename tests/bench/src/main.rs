//! Measures what a trace costs with each peer, beside the limits: L1 and L2, which only move finished bytes, and L4,
//! the best writer by hand.

mod ambient_peer;
mod core_peer;
mod correctness;
mod l4;
mod options;
mod outlet;
mod peer;
mod report;
mod rules;
mod sources;
mod std_peer;
mod transfer;
mod workload;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use measure::{allocations, callgrind, timing};
use options::{Options, USAGE};
use outlet::{Discard, Drain};
use peer::Entry;
use report::{Row, Section};
use workload::Workload;

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == callgrind::CHILD) {
        return be_counted(&arguments[1..]);
    }
    let options = match Options::parse(arguments.drain(..)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match measure_all(&options) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn limits() -> [Entry; 3] {
    [Entry::of::<transfer::L1>(), Entry::of::<transfer::L2>(), Entry::of::<l4::L4>()]
}

fn measured() -> Vec<Entry> {
    [core_peer::entry(), std_peer::entry(), ambient_peer::entry()].into_iter().flatten().collect()
}

/// The counted program: one peer, one workload, as often as told, and nothing else.
fn be_counted(arguments: &[String]) -> ExitCode {
    let [peer, workload, iterations] = arguments else {
        return ExitCode::from(2);
    };
    let entry = limits().into_iter().chain(measured()).find(|entry| entry.name == peer);
    let (Some(entry), Some(workload), Ok(iterations)) = (entry, Workload::from_name(workload), iterations.parse())
    else {
        return ExitCode::from(2);
    };
    (entry.discard)(workload, Discard)(iterations);
    ExitCode::SUCCESS
}

fn measure_all(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let mut complete = true;
    let mut count_instructions = true;
    if let Err(error) = callgrind::check() {
        eprintln!("{error}");
        count_instructions = false;
        complete = options.without_valgrind;
    }
    let peers: Vec<Entry> =
        measured().into_iter().filter(|entry| options.only.is_none_or(|only| only.wants(entry.name))).collect();
    let entries: Vec<Entry> = limits().into_iter().chain(peers.iter().copied()).collect();
    let mut sections = Vec::new();
    for workload in Workload::ALL {
        let section = measure(workload, &entries, count_instructions, !options.quick)?;
        println!("{}", report::table(&section));
        sections.push(section);
    }
    if let Some(file) = &options.json {
        let names: Vec<&str> = peers.iter().map(|entry| entry.name).collect();
        let json = serde_json::to_string_pretty(&report::json(&sections, &names))?;
        std::fs::write(file, json + "\n")?;
    }
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn measure(
    workload: Workload,
    entries: &[Entry],
    count_instructions: bool,
    time: bool,
) -> Result<Section, Box<dyn Error>> {
    let entries: Vec<Entry> = entries.iter().copied().filter(|entry| entry.has(workload)).collect();
    let mut rows = Vec::new();
    for entry in &entries {
        rows.push(count(workload, entry, count_instructions)?);
    }
    if time {
        time_encode(workload, &entries, &mut rows);
        if workload.sends() {
            time_send(workload, &entries, &mut rows)?;
        }
    }
    Ok(Section { workload, rows })
}

/// Everything that is counted, behind the guard.
fn count(workload: Workload, entry: &Entry, count_instructions: bool) -> Result<Row, Box<dyn Error>> {
    let delivered = correctness::datagrams(entry, workload);
    correctness::check(workload, &delivered)
        .map_err(|error| format!("{} in {}: {error}", entry.name, workload.name()))?;
    let (_, traces) = workload.counted_iterations();
    let mut run = (entry.discard)(workload, Discard);
    let allocations = allocations::per_trace(&mut run, traces);
    let instructions = if count_instructions && entry.encodes {
        let (few, more) = workload.counted_iterations();
        Some(callgrind::instructions_per_trace(&[entry.name, workload.name()], few, more)?)
    } else {
        None
    };
    Ok(Row {
        peer: entry.name,
        encode: None,
        send: None,
        instructions,
        allocations,
        datagrams: if workload.sends() { delivered.len() } else { 0 },
        bytes: delivered.iter().map(Vec::len).sum(),
    })
}

fn time_encode(workload: Workload, entries: &[Entry], rows: &mut [Row]) {
    let (turns, rows): (Vec<_>, Vec<_>) = entries
        .iter()
        .zip(rows)
        .filter(|(entry, _)| entry.encodes)
        .map(|(entry, row)| ((entry.discard)(workload, Discard), row))
        .unzip();
    let (timings, _) = timing::interleaved(turns);
    for (row, timing) in rows.into_iter().zip(timings) {
        row.encode = Some(timing);
    }
}

fn time_send(workload: Workload, entries: &[Entry], rows: &mut [Row]) -> Result<(), Box<dyn Error>> {
    let drain = Drain::start(Duration::from_secs(300))?;
    let (turns, rows): (Vec<_>, Vec<_>) = entries
        .iter()
        .zip(rows)
        .filter(|(entry, _)| entry.sends)
        .map(|(entry, row)| ((entry.udp)(workload, drain.outlet()), row))
        .unzip();
    let (timings, traces) = timing::interleaved(turns);
    let mut sent = 0;
    for ((row, timing), traces) in rows.into_iter().zip(timings).zip(traces) {
        row.send = Some(timing);
        sent += traces * row.datagrams as u64;
    }
    let received = drain.finish();
    if received < sent {
        eprintln!(
            "{}: {} of {sent} datagrams were lost; a lost one is cheaper to send",
            workload.name(),
            sent - received
        );
    }
    Ok(())
}
