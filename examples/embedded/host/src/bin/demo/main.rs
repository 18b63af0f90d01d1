//! A sensor on a Cortex-M, traced, without the chip: QEMU runs the firmware, and what it sends over a serial line or over UDP
//! is received, checked and drawn.
//!
//! * `demo [uart | udp]` draws some of the traces.
//! * `demo --check` draws nothing: both firmwares, the golden documents and all faults, on both chips.
//! * `demo --figures FILE` writes how much stack they took, as JSON.
//!
//! The exit code is not zero if a firmware's is not, or if what arrives is not what it should be.

mod chip;
mod clock;
mod faults;
mod golden;
mod machine;
mod scene;
mod sensor;

use std::fs;
use std::process::ExitCode;

use serde_json::{Map, json};
use xray_recorder_receiver::Waterfall;

use crate::chip::CHIPS;
use crate::scene::Scene;
use crate::sensor::{Story, Times};

type Failure = Box<dyn std::error::Error>;

const USAGE: &str = "usage: demo [uart | udp | --check | --figures FILE]";

/// The measurements that are drawn: one whose documents waited for the time, one that failed, and a later one.
const DRAWN: [u64; 3] = [1, 7, 8];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => draw(Scene::Uart).and_then(|()| draw(Scene::Udp)),
        ["uart"] => draw(Scene::Uart),
        ["udp"] => draw(Scene::Udp),
        ["--check"] => check(),
        ["--figures", file] => figures(file),
        ["--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("demo: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn draw(scene: Scene) -> Result<(), Failure> {
    let run = scene.run(&CHIPS[0])?;
    let story = Story::of(&run.received, Times::Told)?;
    let waterfall = Waterfall::new().width(110);
    for number in DRAWN {
        if let Some(trace) = story.trace(number) {
            println!("{}", waterfall.render(trace));
        }
    }
    println!("{}: {}\n", scene.name(), story.check(sensor::MEASUREMENTS)?);
    Ok(())
}

fn check() -> Result<(), Failure> {
    for chip in &CHIPS {
        for scene in [Scene::Uart, Scene::Udp] {
            let summary =
                scene.run(chip).and_then(|run| Story::of(&run.received, Times::Told)?.check(sensor::MEASUREMENTS));
            println!(
                "{} {}: {}",
                chip.name,
                scene.name(),
                summary.map_err(|failure| named(chip.name, scene.name(), failure))?
            );
        }
        for story in golden::stories()? {
            let bytes = golden::check(chip, &story).map_err(|failure| named(chip.name, &story, failure))?;
            println!("{} golden {story}: {bytes} bytes, the same", chip.name);
        }
        for fault in &faults::FAULTS {
            let summary = fault.check(chip).map_err(|failure| named(chip.name, fault.name, failure))?;
            println!("{} {}: {summary}", chip.name, fault.name);
        }
        for (name, check) in faults::OF_THE_NETWORK {
            let summary = check(chip).map_err(|failure| named(chip.name, name, failure))?;
            println!("{} {name}: {summary}", chip.name);
        }
    }
    Ok(())
}

fn named(chip: &str, what: &str, failure: Failure) -> Failure {
    format!("{chip} {what}: {failure}").into()
}

fn figures(file: &str) -> Result<(), Failure> {
    let mut chips = Map::new();
    for chip in &CHIPS {
        let mut scenes = Map::new();
        for scene in [Scene::Uart, Scene::Udp] {
            let run = scene.run(chip)?;
            let story = Story::of(&run.received, Times::Told)?;
            story.check(sensor::MEASUREMENTS)?;
            scenes.insert(scene.name().to_owned(), json!({ "stack": story.stack() }));
        }
        chips.insert(chip.name.to_owned(), scenes.into());
    }
    fs::write(file, format!("{:#}\n", serde_json::Value::Object(chips)))?;
    Ok(())
}
