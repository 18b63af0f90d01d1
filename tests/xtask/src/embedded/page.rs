//! The page for embedded developers: its files, as they stand there, are a program that is built and run.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{CHIPS, QEMU, folder};
use crate::process::{self, Stop};
use crate::workspace::Workspace;

const PAGE: &str = "core/docs/embedded.md";
/// What pins the versions of what the program is built with.
const LOCK: &str = "examples/embedded/Cargo.lock";

/// What `cargo new` has written already.
const WRITTEN: [&str; 5] = ["[package]", "name = ", "version = ", "edition = ", "[dependencies]"];

/// The program sends at once; this only bounds one that hangs.
const DEADLINE: Duration = Duration::from_secs(30);

/// Builds it and runs it; how many lines the reader types.
pub(super) fn check(workspace: &Workspace) -> Result<usize, Stop> {
    let failed = |what: &dyn std::fmt::Display| Stop::Failed(format!("{PAGE}: {what}"));
    let page = workspace.read(PAGE)?;
    let files = files(&page);
    let project = folder(workspace).join("page");
    for (name, text) in &files {
        let path = project.join(name);
        // A folder of its own, and not one of the workspace it happens to be in.
        let text = if *name == "Cargo.toml" { format!("{text}\n[workspace]\n") } else { (*text).to_owned() };
        fs::create_dir_all(path.parent().unwrap_or(&project)).map_err(|error| failed(&error))?;
        fs::write(&path, text).map_err(|error| failed(&error))?;
    }
    fs::write(project.join("Cargo.lock"), workspace.read(LOCK)?).map_err(|error| failed(&error))?;
    let core = workspace.root.join("core");
    let mut build = workspace.cargo(["build", "--quiet", "--release", "--config"]);
    build.arg(format!("patch.crates-io.xray-recorder-core.path='{}'", core.display()));
    build.current_dir(&project).env("CARGO_TARGET_DIR", folder(workspace));
    process::run(&mut build)?;
    let program = folder(workspace).join(CHIPS[0].1).join("release/sensor");
    let sent = sent(&program).map_err(|error| failed(&error))?;
    judge(&sent).map_err(|error| failed(&error))?;
    let lines = files.iter().flat_map(|(_, text)| text.lines());
    Ok(lines.filter(|line| !line.trim().is_empty() && !WRITTEN.iter().any(|start| line.starts_with(start))).count())
}

/// The files of the page: a name in a line of its own, and the block behind it.
fn files(page: &str) -> Vec<(&str, &str)> {
    let named = page.split("\n\n`").skip(1).filter_map(|part| part.split_once("`\n```"));
    named.filter_map(|(name, block)| Some((name, block.split_once('\n')?.1.split_once("```")?.0))).collect()
}

/// What the program sends over its serial line, until that is two frames.
fn sent(program: &Path) -> Result<Vec<u8>, String> {
    let mut qemu = Command::new(QEMU);
    qemu.args(["-machine", "mps2-an386", "-display", "none", "-monitor", "none", "-serial", "stdio", "-kernel"]);
    let started = qemu.arg(program).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut running = Running(started.map_err(|error| error.to_string())?);
    let mut line = running.0.stdout.take().ok_or("QEMU has no output")?;
    let (sender, pieces) = mpsc::channel();
    // It ends with QEMU, whose output it reads.
    thread::spawn(move || {
        let mut piece = [0; 1024];
        while let Ok(length @ 1..) = line.read(&mut piece) {
            if sender.send(piece[..length].to_vec()).is_err() {
                break;
            }
        }
    });
    let (mut bytes, begun) = (Vec::new(), Instant::now());
    while frames(&bytes).count() < 2 || !bytes.ends_with(b"\0") {
        let piece = pieces.recv_timeout(DEADLINE.saturating_sub(begun.elapsed()));
        bytes.extend(piece.map_err(|_| format!("only this has come: {}", String::from_utf8_lossy(&bytes)))?);
    }
    Ok(bytes)
}

/// A process that ends with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn frames(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|&byte| byte == 0).filter(|frame| !frame.is_empty())
}

/// Whether these are the two documents of the program, of the time that it takes for now, which they say.
fn judge(bytes: &[u8]) -> Result<(), String> {
    let documents: Vec<Value> = frames(bytes)
        .map(|frame| {
            let text = std::str::from_utf8(frame).map_err(|error| error.to_string())?;
            let json = text.split_once('\n').and_then(|(_, rest)| rest.get(..rest.len().checked_sub(8)?));
            serde_json::from_str(json.ok_or("a frame has no document")?).map_err(|error| format!("{error}: {text}"))
        })
        .collect::<Result<_, String>>()?;
    let [bus, sensor] = documents.as_slice() else { return Err(format!("{} documents", documents.len())) };
    let is_marked = |document: &Value| document["metadata"]["clock"]["set"] == false;
    let is_right = bus["name"] == "bus"
        && bus["annotations"]["millikelvin"] == 294_650
        && sensor["name"] == "sensor"
        && bus["parent_id"] == sensor["id"]
        && sensor["start_time"].as_f64().is_some_and(|time| (1.79e9..1.79e9 + 60.0).contains(&time))
        && is_marked(bus)
        && is_marked(sensor);
    if is_right { Ok(()) } else { Err(format!("these are not its documents: {bus} {sensor}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_the_blocks_behind_their_names() {
        let page = "Text with `code`.\n\n`a.toml`\n```toml\nb = 1\n```\n\n`src/c.rs`\n```rust,ignore\nfn d() {}\n```\n\nAnd:\n```sh\ne\n```\n";
        assert_eq!(files(page), [("a.toml", "b = 1\n"), ("src/c.rs", "fn d() {}\n")]);
    }

    #[test]
    fn documents_that_do_not_say_that_their_time_is_a_guess_are_not_those_of_the_program() {
        let frames = |mark: &str| {
            let bus = format!(r#"{{"name":"bus","parent_id":"1","annotations":{{"millikelvin":294650}}{mark}}}"#);
            let sensor = format!(r#"{{"name":"sensor","id":"1","start_time":1790000001.5{mark}}}"#);
            format!("\0head\n{bus}01234567\0head\n{sensor}01234567\0")
        };
        assert_eq!(judge(frames(r#","metadata":{"clock":{"set":false}}"#).as_bytes()), Ok(()));
        assert!(judge(frames("").as_bytes()).is_err());
        assert!(judge(b"").is_err());
    }
}
