//! The chips, and the firmware for them.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Failure;

/// A chip, and the board in QEMU that has it, or one that runs its code.
#[derive(Debug)]
pub(crate) struct Chip {
    pub(crate) name: &'static str,
    target: &'static str,
    pub(crate) machine: &'static str,
}

pub(crate) const CHIPS: [Chip; 2] = [
    Chip { name: "thumbv7em", target: "thumbv7em-none-eabihf", machine: "mps2-an386" },
    // Code without compare-and-swap, on a Cortex-M3.
    Chip { name: "thumbv6m", target: "thumbv6m-none-eabi", machine: "mps2-an385" },
];

impl Chip {
    /// Builds a firmware; its file. Those that want a feature have it under their own name.
    pub(crate) fn firmware(&self, name: &str) -> Result<PathBuf, Failure> {
        // This program is in a folder of the target folder.
        let program = env::current_exe()?;
        let target_folder = program.ancestors().nth(2).ok_or("this program is not where cargo builds to")?;
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the workspace is gone")?;
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(root).env("CARGO_TARGET_DIR", target_folder);
        cargo.args(["build", "--quiet", "--release", "--package", "embedded-firmware"]);
        cargo.args(["--target", self.target, "--bin", name]);
        if name != "uart" {
            cargo.args(["--features", name]);
        }
        if !cargo.stdin(Stdio::null()).status()?.success() {
            return Err(format!("the firmware {name} cannot be built for {}", self.target).into());
        }
        Ok(target_folder.join(self.target).join("release").join(name))
    }
}
