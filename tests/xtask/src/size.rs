//! `cargo xtask size`: how long the code is, against what it was.

use std::fs;

use serde_json::{Map, Value, json};

use crate::elf::Elf;
use crate::embedded;
use crate::footprint;
use crate::link_proof;
use crate::npm;
use crate::process::{Done, Stop};
use crate::rustup;
use crate::wasm;
use crate::workspace::Workspace;

/// The sizes that were agreed to.
const TABLE: &str = "tests/xtask/sizes.json";

/// Growth beyond this share fails, in percent; compilers move the figures by less.
const TOLERANCE: f64 = 2.0;

/// What was promised, which nothing that is agreed to may exceed.
const MOST: [(&str, u64); 5] = [
    ("embedded thumbv7em uart flash", 16 * 1024),
    ("embedded thumbv7em udp flash", 36 * 1024),
    ("wasm brotli", 10_000),
    ("wasm raw", 20_000),
    ("wasm tarball", 40 * 1024),
];

/// What was promised of several figures together: their names, and the most that their sum may be.
const MOST_TOGETHER: [(&[&str], u64); 1] =
    [(&["embedded thumbv7em uart ram", "embedded thumbv7em uart stack"], 2 * 1024)];

/// The static of the link proof that is as long as the head of a document.
const HEAD: &str = "DOCUMENT_HEAD";

/// Measures and compares, or agrees to what is measured.
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> Done {
    let (mut update, mut json) = (false, None);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.as_slice().first()) {
            ("--update", _) => update = true,
            ("--json", Some(file)) => {
                json = Some(file);
                arguments.next();
            }
            _ => return Err(Stop::Failed(format!("size takes --update and --json FILE, and not {argument}"))),
        }
    }
    let mut measured = measure(workspace)?;
    let chips = footprint::measure(workspace)?;
    measured.extend(footprint::flat(&chips));
    if let Some(file) = json {
        let of = |part: &str| measured.get(&format!("wasm {part}")).cloned().unwrap_or_default();
        let mut all = measured.clone();
        let wasm = json!({"raw": of("raw"), "brotli": of("brotli"), "tarball": of("tarball")});
        all.insert("wasm".into(), wasm);
        // Those who read it find the figures of a chip by its name.
        all.extend(chips);
        write(file.as_ref(), &all)?;
    }
    if update {
        embedded::needs_qemu()?;
        write(&workspace.root.join(TABLE), &measured)?;
        return Ok(format!("{TABLE} is up to date"));
    }
    compare(workspace, &measured)
}

/// Measures and compares.
pub(crate) fn step(workspace: &Workspace) -> Done {
    let mut measured = measure(workspace)?;
    measured.extend(footprint::flat(&footprint::measure(workspace)?));
    compare(workspace, &measured)
}

/// All sizes in bytes, by what and where.
fn measure(workspace: &Workspace) -> Result<Map<String, Value>, Stop> {
    rustup::targets(&link_proof::CHIPS)?;
    rustup::targets(&[wasm::TARGET])?;
    let mut sizes = Map::new();
    for chip in link_proof::CHIPS {
        let bytes = link_proof::build(workspace, chip, &[])?;
        let broken = || Stop::Failed(format!("the program for {chip} cannot be read"));
        let elf = Elf::parse(&bytes).ok_or_else(broken)?;
        let measured = elf.sizes();
        for (part, bytes) in [("text", measured.text), ("data", measured.data), ("bss", measured.bss)] {
            sizes.insert(format!("link-proof {chip} {part}"), json!(bytes));
        }
        let sampling = link_proof::build(workspace, chip, &link_proof::SAMPLING)?;
        let sampling = Elf::parse(&sampling).ok_or_else(broken)?.sizes().text;
        sizes.insert(format!("sampling {chip} text"), json!(sampling.saturating_sub(measured.text)));
        let symbols = elf.symbols().ok_or_else(broken)?;
        let head = symbols.iter().find(|symbol| symbol.name.contains(HEAD)).ok_or_else(broken)?;
        sizes.insert(format!("document head {chip}"), json!(head.length));
    }
    let module = link_proof::build(workspace, wasm::TARGET, &[])?;
    let bytes =
        wasm::loaded_bytes(&module).ok_or_else(|| Stop::Failed("link-proof: this is no WebAssembly module".into()))?;
    sizes.insert(format!("link-proof {}", wasm::TARGET), json!(bytes));
    let package = npm::build(workspace)?;
    for (name, module) in ["wasm", "wasm redactor"].into_iter().zip(&package.modules) {
        sizes.insert(format!("{name} raw"), json!(module.len()));
        sizes.insert(format!("{name} brotli"), json!(npm::brotli(module, workspace)?));
    }
    let tarball = fs::metadata(&package.tarball).map_err(|error| Stop::Failed(error.to_string()))?;
    sizes.insert("wasm tarball".into(), json!(tarball.len()));
    Ok(sizes)
}

/// What is longer than was promised.
fn broken_promises(measured: &Map<String, Value>) -> Vec<String> {
    let is_broken =
        |(what, most): &&(&str, u64)| measured.get(*what).and_then(Value::as_u64).is_some_and(|bytes| bytes > *most);
    let single = MOST.iter().filter(is_broken).map(|(what, most)| ((*what).to_owned(), most));
    let sum = |whats: &[&str]| whats.iter().filter_map(|what| measured.get(*what)?.as_u64()).sum::<u64>();
    let together = MOST_TOGETHER.iter().filter(|(whats, most)| sum(whats) > *most);
    single
        .chain(together.map(|(whats, most)| (whats.join(" + "), most)))
        .map(|(what, most)| format!("{what} is more than the {most} bytes it was to have at most"))
        .collect()
}

/// What was agreed to and is not there: a figure that nobody measures holds nothing.
fn missing(agreed: &Map<String, Value>, measured: &Map<String, Value>) -> Vec<String> {
    agreed.keys().filter(|what| !measured.contains_key(*what)).cloned().collect()
}

fn compare(workspace: &Workspace, measured: &Map<String, Value>) -> Done {
    let agreed: Map<String, Value> =
        serde_json::from_str(&workspace.read(TABLE)?).map_err(|error| Stop::Failed(format!("{TABLE}: {error}")))?;
    let (report, grown) = growth(&agreed, measured);
    print!("{report}");
    let broken = broken_promises(measured);
    if !broken.is_empty() {
        return Err(Stop::Failed(broken.join("; ")));
    }
    let missing = missing(&agreed, measured);
    if grown.is_empty() && !missing.is_empty() {
        // Without the emulator the depth of stacks is not known, which is said, and not taken for well.
        embedded::needs_qemu()?;
        return Err(Stop::Failed(format!("agreed to and not measured: {}", missing.join(", "))));
    }
    if grown.is_empty() {
        return Ok(format!("thumbv6m text {}", measured[&format!("link-proof {} text", link_proof::SMALLEST)]));
    }
    Err(Stop::Failed(format!(
        "grown by more than {TOLERANCE} %: {}; if it is worth it: cargo xtask size --update",
        grown.join(", ")
    )))
}

/// The sizes beside those agreed to, and which have grown beyond the tolerance. Nothing was agreed to counts as zero.
fn growth(agreed: &Map<String, Value>, measured: &Map<String, Value>) -> (String, Vec<String>) {
    let (mut report, mut grown) = (String::new(), Vec::new());
    for (what, bytes) in measured {
        let bytes = bytes.as_f64().unwrap_or(0.0);
        let before = agreed.get(what).and_then(Value::as_f64).unwrap_or(0.0);
        let change = if !agreed.contains_key(what) {
            "new".to_owned()
        } else {
            format!("{:+.1} %", (bytes - before) * 100.0 / before.max(1.0))
        };
        report += &format!("{what:<42} {bytes:>7}  agreed {before:>7}  {change:>8}\n");
        if (bytes - before) * 100.0 > TOLERANCE * before {
            grown.push(what.clone());
        }
    }
    (report, grown)
}

fn write(path: &std::path::Path, sizes: &Map<String, Value>) -> Result<(), Stop> {
    let text = format!("{:#}\n", Value::Object(sizes.clone()));
    fs::write(path, text).map_err(|error| Stop::Failed(format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grown(agreed: &Value, measured: &Value) -> Vec<String> {
        let map = |value: &Value| value.as_object().cloned().unwrap_or_default();
        growth(&map(agreed), &map(measured)).1
    }

    #[test]
    fn two_percent_more_pass_and_three_do_not() {
        let agreed = json!({"text": 1_000});
        assert_eq!(grown(&agreed, &json!({"text": 1_020})), Vec::<String>::new());
        assert_eq!(grown(&agreed, &json!({"text": 1_030})), ["text"]);
        assert_eq!(grown(&agreed, &json!({"text": 10})), Vec::<String>::new());
    }

    #[test]
    fn what_was_promised_cannot_be_agreed_away() {
        let with = |bytes: u64| {
            broken_promises(json!({"wasm raw": bytes, "text": 1 << 30}).as_object().unwrap_or(&Map::new()))
        };
        assert_eq!(with(20_000), Vec::<String>::new());
        assert_eq!(with(20_001), ["wasm raw is more than the 20000 bytes it was to have at most"]);
    }

    #[test]
    fn memory_and_stack_have_two_kilobytes_together() {
        let with = |ram: u64, stack: u64| {
            let figures =
                json!({"embedded thumbv7em uart ram": ram, "embedded thumbv7em uart stack": stack, "text": 1 << 30});
            broken_promises(figures.as_object().unwrap_or(&Map::new()))
        };
        assert_eq!(with(1_024, 1_024), Vec::<String>::new());
        assert_eq!(with(1_024, 1_025).len(), 1);
    }

    #[test]
    fn what_was_agreed_to_has_to_be_measured() {
        let map = |value: &Value| value.as_object().cloned().unwrap_or_default();
        let agreed = map(&json!({"text": 1, "stack": 2}));
        assert_eq!(missing(&agreed, &map(&json!({"text": 1, "data": 3}))), ["stack"]);
        assert_eq!(missing(&agreed, &agreed), Vec::<String>::new());
    }

    #[test]
    fn what_was_never_agreed_to_has_grown_unless_it_is_nothing() {
        assert_eq!(grown(&json!({}), &json!({"text": 1, "data": 0})), ["text"]);
    }
}
