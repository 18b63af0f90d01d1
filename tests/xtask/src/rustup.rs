//! Targets, toolchains and components: added when they are missing, so that a new machine needs nothing but rustup.

use std::process::Command;

use crate::process::{self, Stop};

/// Makes sure that the toolchain this runs with has these targets.
pub(crate) fn targets(wanted: &[&str]) -> Result<(), Stop> {
    let installed = installed(&["target", "list", "--installed"])?;
    let missing: Vec<&str> =
        wanted.iter().copied().filter(|target| !installed.lines().any(|line| line == *target)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    add(&[&["target", "add"], missing.as_slice()].concat())
}

/// Makes sure that there is this toolchain.
pub(crate) fn toolchain(name: &str) -> Result<(), Stop> {
    if process::answers("rustup", &["run", name, "cargo", "--version"]) {
        return Ok(());
    }
    add(&["toolchain", "install", name, "--profile", "minimal", "--no-self-update"])
}

/// Makes sure that a toolchain, which has to be there, has these components.
pub(crate) fn components(toolchain: &str, wanted: &[&str]) -> Result<(), Stop> {
    if !process::answers("rustup", &["run", toolchain, "cargo", "--version"]) {
        let components = wanted.join(",");
        return Err(Stop::Skipped(format!(
            "there is no {toolchain} toolchain: rustup toolchain install {toolchain} --profile minimal -c {components}"
        )));
    }
    let installed = installed(&["component", "list", "--installed", "--toolchain", toolchain])?;
    let missing = |component: &&str| !installed.lines().any(|line| line.starts_with(*component));
    let missing: Vec<&str> = wanted.iter().copied().filter(missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    add(&[&["component", "add", "--toolchain", toolchain], missing.as_slice()].concat())
}

fn installed(arguments: &[&str]) -> Result<String, Stop> {
    if !process::answers("rustup", &["--version"]) {
        return Err(Stop::Skipped("rustup is missing; targets and toolchains are added with it".into()));
    }
    let output = Command::new("rustup").args(arguments).output();
    match output {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        _ => Err(Stop::Skipped(format!("this does not work here: rustup {}", arguments.join(" ")))),
    }
}

fn add(arguments: &[&str]) -> Result<(), Stop> {
    process::run(Command::new("rustup").args(arguments))
        .map_err(|_| Stop::Skipped(format!("this has to work first: rustup {}", arguments.join(" "))))
}
