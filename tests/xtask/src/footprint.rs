//! What the firmware of the embedded example takes of a chip: flash, memory, and stack as far as QEMU is there to paint it.

use serde_json::{Map, Value, json};

use crate::elf::{Elf, Symbol};
use crate::embedded::{self, CHIPS};
use crate::process::{self, Stop};
use crate::workspace::Workspace;

/// The firmwares that are weighed; the others are for tests.
const FIRMWARES: [&str; 2] = ["uart", "udp"];

/// The statics that documents are in, as they stand in mangled names, and the capacities their program chose.
const DOCUMENTS: [(&str, u64); 3] = [("6OUTBOX", 4_096), ("5WHOLE", 1_024), ("4PART", 512)];

/// The most that a document or an outbox takes beside its capacity.
const HEAD: u64 = 256;

/// Flash, memory, that of documents and stack in bytes, by chip and firmware.
pub(crate) fn measure(workspace: &Workspace) -> Result<Map<String, Value>, Stop> {
    let stacks = stacks(workspace)?;
    let mut chips = Map::new();
    for (chip, target) in CHIPS {
        let mut firmwares = Map::new();
        for firmware in FIRMWARES {
            let mut figures = weigh(workspace, target, firmware)?;
            if let Some(stack) = stacks[chip][firmware]["stack"].as_u64() {
                figures.insert("stack".into(), json!(stack));
            }
            firmwares.insert(firmware.into(), figures.into());
        }
        chips.insert(chip.into(), firmwares.into());
    }
    Ok(chips)
}

/// The same in one table, by what and where.
pub(crate) fn flat(chips: &Map<String, Value>) -> Map<String, Value> {
    let mut sizes = Map::new();
    for (chip, firmwares) in chips {
        for (firmware, figures) in firmwares.as_object().into_iter().flatten() {
            for (figure, bytes) in figures.as_object().into_iter().flatten() {
                sizes.insert(format!("embedded {chip} {firmware} {figure}"), bytes.clone());
            }
        }
    }
    sizes
}

/// Flash holds code, constants and what variables start with. Memory holds variables: `ram` is what they take beside the
/// capacities of documents, which are the program's to choose.
fn weigh(workspace: &Workspace, target: &str, firmware: &str) -> Result<Map<String, Value>, Stop> {
    let failed = |what: &str| Stop::Failed(format!("the firmware {firmware} for {target} {what}"));
    let bytes = build(workspace, target, firmware)?;
    let elf = Elf::parse(&bytes).ok_or_else(|| failed("is no program for a chip"))?;
    let symbols = elf.symbols().ok_or_else(|| failed("has no symbols"))?;
    let documents = documents(&symbols).ok_or_else(|| failed("has no documents"))?;
    let sizes = elf.sizes();
    let mut figures = Map::new();
    figures.insert("flash".into(), json!(sizes.text + sizes.data));
    figures.insert("ram".into(), json!((sizes.data + sizes.bss).saturating_sub(documents)));
    figures.insert("documents".into(), json!(documents));
    Ok(figures)
}

/// Builds a firmware; the program.
pub(crate) fn build(workspace: &Workspace, target: &str, firmware: &str) -> Result<Vec<u8>, Stop> {
    let mut build = embedded::command(workspace, "build");
    build.args(["--quiet", "--release", "--package", "embedded-firmware", "--target", target, "--bin", firmware]);
    if firmware != "uart" {
        build.args(["--features", firmware]);
    }
    process::run(&mut build)?;
    let path = embedded::folder(workspace).join(target).join("release").join(firmware);
    std::fs::read(&path).map_err(|error| Stop::Failed(format!("{}: {error}", path.display())))
}

/// The capacities for documents; `None` unless each of them is there and what it is said to be.
fn documents(symbols: &[Symbol]) -> Option<u64> {
    let is_there = |&(name, capacity): &(&str, u64)| {
        let symbol = symbols.iter().find(|symbol| symbol.name.contains(name))?;
        (capacity..capacity + HEAD).contains(&u64::from(symbol.length)).then_some(capacity)
    };
    DOCUMENTS.iter().map(is_there).sum()
}

/// How deep the stack was, by chip and firmware; nothing where there is no QEMU.
fn stacks(workspace: &Workspace) -> Result<Value, Stop> {
    if embedded::needs_qemu().is_err() {
        return Ok(Value::Null);
    }
    let file = embedded::folder(workspace).join("figures.json");
    process::run(embedded::command(workspace, "run").args(["--quiet", "--", "--figures"]).arg(&file))?;
    let failed = |error: &dyn std::fmt::Display| Stop::Failed(format!("{}: {error}", file.display()));
    let text = std::fs::read_to_string(&file).map_err(|error| failed(&error))?;
    serde_json::from_str(&text).map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_count_if_all_of_them_are_what_they_are_said_to_be() {
        let symbol = |name: &str, length| Symbol { name: name.into(), length };
        let mut symbols = vec![symbol("_ZN4uart4main6OUTBOX17hE", 4_128), symbol("_ZN4uart4main4PART17hE", 656)];
        assert_eq!(documents(&symbols), None);
        symbols.push(symbol("_ZN4uart4main5WHOLE17hE", 1_168));
        assert_eq!(documents(&symbols), Some(5_632));
        symbols[0].length = 2_080;
        assert_eq!(documents(&symbols), None);
    }

    #[test]
    fn figures_have_a_line_each_in_the_table() {
        let chips = json!({"thumbv7em": {"uart": {"flash": 3, "ram": 2, "stack": 1}, "udp": {"flash": 5}}});
        let flat = flat(chips.as_object().unwrap_or(&Map::new()));
        assert_eq!(flat.len(), 4);
        assert_eq!(flat["embedded thumbv7em uart stack"], 1);
        assert_eq!(flat["embedded thumbv7em udp flash"], 5);
    }
}
