//! What goes wrong, and what is to become of it.

use std::collections::BTreeSet;

use xray_recorder_receiver::Trace;

use crate::Failure;
use crate::chip::Chip;
use crate::machine::{self, Knows, Run};
use crate::sensor;
use crate::sensor::{Story, Times, annotation};

/// A fault of the firmware `faults`.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    times: Times,
    judge: fn(&Run, &Story) -> Result<String, Failure>,
}

pub(crate) const FAULTS: [Fault; 7] = [
    Fault { name: "no-time", times: Times::Guessed, judge: |_, story| no_time(story, 20) },
    Fault { name: "link-down", times: Times::Told, judge: |_, story| lossy(story, 120) },
    Fault { name: "dropped", times: Times::Told, judge: |_, story| lossy(story, 31) },
    Fault { name: "stall", times: Times::Told, judge: stall },
    Fault { name: "corrupt", times: Times::Told, judge: corrupt },
    Fault { name: "full", times: Times::Told, judge: |_, story| lossy(story, 60) },
    Fault { name: "interrupt", times: Times::Told, judge: interrupt },
];

/// What a chip goes through, and what is to be said of it.
type Check = fn(&Chip) -> Result<String, Failure>;

/// Faults of the firmware `udp`.
pub(crate) const OF_THE_NETWORK: [(&str, Check); 2] =
    [("udp-no-time", udp_without_time), ("udp-unplugged", udp_unplugged)];

/// Nobody answers for the time: all leaves with a guess after a while.
fn udp_without_time(chip: &Chip) -> Result<String, Failure> {
    let last = sensor::MEASUREMENTS;
    let run = machine::over_udp(chip, &chip.firmware("udp")?, sensor::entities(1..=last), Knows::Nothing)?;
    no_time(&Story::of(&run.received, Times::Guessed)?, last)
}

/// Nobody is there at all: the device measures on, ends in time, and has counted what its outbox had no room for.
fn udp_unplugged(chip: &Chip) -> Result<String, Failure> {
    machine::unplugged(chip, &chip.firmware("udp")?)?;
    Ok("measured to the end, what found no room was counted".into())
}

impl Fault {
    /// Has the chip go through it.
    pub(crate) fn check(&self, chip: &Chip) -> Result<String, Failure> {
        let run = machine::over_serial(chip, &chip.firmware("faults")?, &["fault", self.name])?;
        let story = Story::of(&run.received, self.times)?;
        (self.judge)(&run, &story)
    }
}

/// All arrives with a guess and the mark that it is one, each entity in a document of its own.
fn no_time(story: &Story, last: u64) -> Result<String, Failure> {
    let lost = story.check_losses(last)?;
    let (entities, datagrams) = (sensor::entities(1..=last), story.datagrams());
    if lost > 0 || datagrams != entities {
        return Err(format!("{lost} of {entities} entities are lost, {datagrams} datagrams").into());
    }
    Ok(format!("{entities} entities with a guess of the time, marked"))
}

/// Something is lost, and each document that gets through tells how much.
fn lossy(story: &Story, last: u64) -> Result<String, Failure> {
    let lost = story.check_losses(last)?;
    if lost == 0 || story.trace(last).is_none() {
        return Err("something should be lost, and not the last".into());
    }
    Ok(format!("{lost} entities lost, each told of"))
}

/// Nothing is lost: what the line tore is sent again.
fn stall(run: &Run, story: &Story) -> Result<String, Failure> {
    let lost = story.check_losses(30)?;
    if lost > 0 || run.relayed.damaged == 0 {
        return Err(format!("{lost} entities are lost, {} frames torn", run.relayed.damaged).into());
    }
    Ok(format!("nothing lost, {} frames torn and sent again", run.relayed.damaged))
}

/// Documents whose bytes were changed do not arrive, all others do, and the device is told.
fn corrupt(run: &Run, story: &Story) -> Result<String, Failure> {
    let missing = (1..=40).filter(|&number| story.trace(number).is_none()).count() as u64;
    let damaged = run.relayed.damaged;
    // Frames have no number, and one whose end was changed takes the next one along: that counts as one frame. What is
    // lost is told by the numbers of the measurements, each of which is a document here.
    if damaged == 0 || run.relayed.lost_with_damaged != missing {
        let lost = run.relayed.lost_with_damaged;
        return Err(format!("{missing} documents are missing, {lost} were in {damaged} damaged frames").into());
    }
    if story.damaged() != damaged {
        return Err(format!("the device tells of {} damaged frames, and {damaged} are", story.damaged()).into());
    }
    Ok(format!("{damaged} frames damaged, told of; {missing} documents missing"))
}

/// The documents of the interrupt and of the program arrive whole, and each tells what its own recorder lost.
fn interrupt(run: &Run, story: &Story) -> Result<String, Failure> {
    let lost = story.check_losses(50)?;
    let tickers = story.traces().iter().filter_map(|trace: &Trace| trace.find_by_name("ticker"));
    let mut ticks = BTreeSet::new();
    for ticker in tickers {
        let tick = annotation(ticker, "tick").ok_or("a tick has no number")?;
        let missing = tick - 1 - ticks.len() as u64;
        let told = annotation(ticker, "lost").unwrap_or_default();
        if told != missing || !ticks.insert(tick) {
            return Err(format!("tick {tick} tells of {told} lost ones, and {missing} are").into());
        }
    }
    if ticks.len() < 30 || run.relayed.damaged > 0 {
        return Err(format!("{} ticks arrived, {} frames damaged", ticks.len(), run.relayed.damaged).into());
    }
    Ok(format!("{} interrupts recorded, {lost} entities lost", ticks.len()))
}
