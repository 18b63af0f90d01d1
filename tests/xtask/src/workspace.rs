//! Where things are.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::process::{self, Stop};

/// The clone this runs in, and its target folder.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The folder of the workspace's Cargo.toml.
    pub(crate) root: PathBuf,
    /// Where cargo builds to.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// The workspace this program was started in.
    pub(crate) fn find() -> Self {
        // Asked for at run time: a clone that was moved would otherwise be looked for where it was built.
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let root = match manifest.as_deref().and_then(|xtask| xtask.ancestors().nth(2)) {
            Some(root) => root.to_owned(),
            None => PathBuf::from("."),
        };
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        // Commands run in the root, where a relative folder would be another one.
        let target = std::path::absolute(&target).unwrap_or(target);
        Self { root, target }
    }

    /// A command, run in the root.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        // Cargo tells a program which package it was run for; no command started from here is run for this one.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
                command.env_remove(name);
            }
        }
        command
    }

    /// Cargo with these arguments, of the toolchain this runs with.
    pub(crate) fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = self.command("cargo");
        command.args(arguments);
        command
    }

    /// Cargo of another toolchain; rustup has to have it.
    pub(crate) fn cargo_of<const N: usize>(&self, toolchain: &str, arguments: [&str; N]) -> Command {
        let mut command = self.command("rustup");
        command.args(["run", toolchain, "cargo"]).args(arguments);
        for_another_toolchain(command)
    }

    /// The same, ended with all it started after so many seconds, where there is a program that can.
    pub(crate) fn limited_cargo_of<const N: usize>(
        &self,
        seconds: &str,
        toolchain: &str,
        arguments: [&str; N],
    ) -> Command {
        if !process::answers("timeout", &["--version"]) {
            return self.cargo_of(toolchain, arguments);
        }
        let mut command = self.command("timeout");
        command.args(["--kill-after=10", seconds, "rustup", "run", toolchain, "cargo"]).args(arguments);
        for_another_toolchain(command)
    }

    /// The packages of the workspace, as cargo describes them.
    pub(crate) fn packages(&self) -> Result<Vec<Value>, Stop> {
        let mut command = self.cargo(["metadata", "--no-deps", "--format-version", "1"]);
        let json: Value = serde_json::from_str(&process::capture(&mut command)?)
            .map_err(|error| Stop::Failed(format!("cargo metadata: {error}")))?;
        Ok(json["packages"].as_array().cloned().unwrap_or_default())
    }

    /// The text of a file of the workspace.
    pub(crate) fn read(&self, path: impl AsRef<Path>) -> Result<String, Stop> {
        let path = path.as_ref();
        std::fs::read_to_string(self.root.join(path))
            .map_err(|error| Stop::Failed(format!("{}: {error}", path.display())))
    }
}

/// Without the variables that were set for the toolchain this runs with.
fn for_another_toolchain(mut command: Command) -> Command {
    command.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
    command
}
