//! The embedded example: firmware for chips, run in QEMU, has to trace a sensor over a serial line and over UDP, tell the
//! golden documents as any other target does, and come through faults.

mod page;

use std::path::PathBuf;
use std::process::Command;

use crate::checks;
use crate::elf::Elf;
use crate::footprint;
use crate::link_proof;
use crate::process::{self, Done, Stop};
use crate::rustup;
use crate::workspace::Workspace;

pub(crate) const MANIFEST: &str = "examples/embedded/Cargo.toml";
pub(crate) const QEMU: &str = "qemu-system-arm";

/// The chips, by the names they have in figures.
pub(crate) const CHIPS: [(&str, &str); 2] =
    [("thumbv7em", "thumbv7em-none-eabihf"), ("thumbv6m", "thumbv6m-none-eabi")];

/// A chip with neither an atomic instruction nor one to run it here.
const BUILT_ONLY: &str = "riscv32imc-unknown-none-elf";

/// What the firmware does not use, and so has none of: printing floats, sampling, redacting.
const UNUSED: [&str; 3] = ["flt2dec", "8sampling", "6redact"];

/// Builds and runs all of it.
pub(crate) fn step(workspace: &Workspace) -> Done {
    rustup::targets(&CHIPS.map(|(_, target)| target))?;
    rustup::targets(&[BUILT_ONLY])?;
    process::run(&mut workspace.cargo(["fmt", "--manifest-path", MANIFEST, "--all", "--check", "--", "-l"]))?;
    for (_, target) in CHIPS {
        let firmware = ["--package", "embedded-firmware", "--all-features", "--bins", "--target", target];
        process::run(command(workspace, "clippy").arg("--release").args(firmware).args(["--", "-D", "warnings"]))?;
    }
    process::run(command(workspace, "clippy").args(["--all-targets", "--", "-D", "warnings"]))?;
    process::run(command(workspace, "test").arg("--quiet"))?;
    let combined = checks::lint_features(workspace, "xray-recorder-core", &[CHIPS[1].1, BUILT_ONLY])?;
    // A program that does all of it shows that these names would be found.
    let proof = unused_in(&link_proof::build(workspace, CHIPS[1].1, &link_proof::SAMPLING)?)?;
    if proof != UNUSED {
        return Err(Stop::Failed(format!("a program that does all there is has only {proof:?} in it")));
    }
    for (chip, target) in CHIPS {
        let unused = unused_in(&footprint::build(workspace, target, "uart")?)?;
        if !unused.is_empty() {
            return Err(Stop::Failed(format!("the firmware for {chip} does not use {unused:?} and has it")));
        }
    }
    needs_qemu()?;
    let printed = process::capture(command(workspace, "run").args(["--quiet", "--", "--check"]))?;
    print!("{printed}");
    let summary = summary(&printed).map_err(Stop::Failed)?;
    let lines = page::check(workspace)?;
    Ok(format!("{summary}, {combined} combinations of features, a page of {lines} lines to type"))
}

/// Cargo in the example's own workspace.
pub(crate) fn command(workspace: &Workspace, verb: &str) -> Command {
    let mut command = workspace.cargo([verb, "--manifest-path", MANIFEST]);
    command.env("CARGO_TARGET_DIR", folder(workspace));
    command
}

/// Where that builds to.
pub(crate) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("embedded")
}

/// Whether the chips can be run here.
pub(crate) fn needs_qemu() -> Result<(), Stop> {
    if process::answers(QEMU, &["--version"]) {
        return Ok(());
    }
    Err(Stop::Skipped(format!("{QEMU} is missing: apt-get install --no-install-recommends {QEMU}")))
}

/// Which of [`UNUSED`] a program for a chip has in it.
fn unused_in(program: &[u8]) -> Result<Vec<&'static str>, Stop> {
    let symbols = Elf::parse(program).and_then(|elf| elf.symbols()).filter(|symbols| !symbols.is_empty());
    let symbols = symbols.ok_or_else(|| Stop::Failed("the program has no symbols to look at".into()))?;
    Ok(UNUSED.into_iter().filter(|unused| symbols.iter().any(|symbol| symbol.name.contains(unused))).collect())
}

/// How many checks each chip has come through; both have to come through the same.
fn summary(printed: &str) -> Result<String, String> {
    let [one, other] =
        CHIPS.map(|(chip, _)| printed.lines().filter(|line| line.starts_with(&format!("{chip} "))).count());
    if one == 0 || one != other {
        return Err(format!("the demo told of {one} and {other} checks"));
    }
    Ok(format!("{one} checks on each of 2 chips"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_chips_have_to_be_checked() {
        assert_eq!(summary("thumbv7em uart: x\nthumbv6m uart: x\n"), Ok("1 checks on each of 2 chips".into()));
        assert!(summary("thumbv7em uart: x\n").is_err());
        assert!(summary("").is_err());
    }
}
