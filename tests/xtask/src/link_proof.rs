//! The link proof: a program without an allocator, for chips, that uses all of the core.

use std::path::PathBuf;
use std::process::Command;

use crate::elf::{Elf, Symbol};
use crate::process::{self, Done, Stop};
use crate::rustup;
use crate::wasm;
use crate::workspace::Workspace;

/// The chip without compare-and-swap: what links here needs neither an allocator nor atomics.
pub(crate) const SMALLEST: &str = "thumbv6m-none-eabi";
/// The chips the code size is measured on.
pub(crate) const CHIPS: [&str; 2] = [SMALLEST, "thumbv7em-none-eabihf"];

/// What makes the proof link sampling, too.
pub(crate) const SAMPLING: [&str; 2] = ["--features", "sampling"];

/// What makes the proof link all there is.
const EVERYTHING: [&str; 2] = ["--features", "sampling,tasks"];

/// Another chip without atomics, whose instructions have nothing to do with the others'.
const RISCV: &str = "riscv32imc-unknown-none-elf";

/// What an allocator, or atomics made of calls, would leave in the program.
const FORBIDDEN: [&str; 4] = ["__rust_alloc", "__rust_dealloc", "__atomic_", "__sync_"];

/// What the linker has to say to a program that allocates.
const REFUSAL: &str = "no global memory allocator found";

/// Links the proof and looks into it; then shows that it can fail.
pub(crate) fn step(workspace: &Workspace) -> Done {
    rustup::targets(&CHIPS)?;
    rustup::targets(&[RISCV])?;
    process::run(command(workspace, "clippy", SMALLEST).args(EVERYTHING).args(["--", "-D", "warnings"]))?;
    let mut note = String::new();
    for chip in CHIPS.into_iter().chain([RISCV]) {
        let bytes = build(workspace, chip, &EVERYTHING)?;
        let elf = Elf::parse(&bytes);
        let Some(symbols) = elf.and_then(|elf| elf.symbols()).filter(|symbols| !symbols.is_empty()) else {
            return Err(Stop::Failed(format!("the program for {chip} has no symbols to look at")));
        };
        if let Some(name) = forbidden(&symbols) {
            return Err(Stop::Failed(format!("the program for {chip} has {name} in it")));
        }
        // Told and not judged: a bounds check that stays costs a few bytes and is no error.
        let panics = symbols.iter().filter(|symbol| symbol.name.contains("panicking")).count();
        println!("{chip}: {} symbols, {panics} of them of panics", symbols.len());
        note = format!("{panics} symbols of panics");
    }
    let refusal = process::refused(command(workspace, "build", SMALLEST).args(["--features", "cheat-alloc"]))?;
    if !refusal.contains(REFUSAL) {
        return Err(Stop::Failed(format!("the proof with an allocation failed for another reason:\n{refusal}")));
    }
    println!("refused, as it has to be: {REFUSAL}");
    Ok(note)
}

/// Builds the proof for a target, with these options; its bytes.
pub(crate) fn build(workspace: &Workspace, target: &str, options: &[&str]) -> Result<Vec<u8>, Stop> {
    process::run(command(workspace, "build", target).args(options))?;
    let file = if target == wasm::TARGET { "link-proof.wasm" } else { "link-proof" };
    let path = folder(workspace).join(target).join("release").join(file);
    std::fs::read(&path).map_err(|error| Stop::Failed(format!("{}: {error}", path.display())))
}

fn command(workspace: &Workspace, verb: &str, target: &str) -> Command {
    let manifest = "tests/link-proof/Cargo.toml";
    let mut command = workspace.cargo([verb, "--release", "--manifest-path", manifest, "--target", target]);
    command.env("CARGO_TARGET_DIR", folder(workspace));
    command
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("link-proof")
}

fn forbidden(symbols: &[Symbol]) -> Option<&str> {
    let names = symbols.iter().map(|symbol| symbol.name.as_str());
    names.into_iter().find(|name| FORBIDDEN.iter().any(|forbidden| name.contains(forbidden)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbols(names: [&str; 2]) -> Vec<Symbol> {
        names.map(|name| Symbol { name: name.into(), length: 4 }).to_vec()
    }

    #[test]
    fn traces_of_an_allocator_are_found_in_mangled_names() {
        assert_eq!(forbidden(&symbols(["_start", "memcpy"])), None);
        let allocating = symbols(["_start", "_RNvCs1_7___rustc12___rust_alloc"]);
        assert_eq!(forbidden(&allocating), Some("_RNvCs1_7___rustc12___rust_alloc"));
    }
}
