//! The rules of the house that no compiler checks.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::HELP;
use crate::process::{Done, Stop};
use crate::workspace::Workspace;

/// Lines of the longest source file.
const MAX_LINES: usize = 600;

/// Words that leave work to somebody else. In halves, so that this file has none of them.
const LEFT_UNDONE: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];

/// A test that waits for time to pass is slow on one machine and fails on another.
const SLEEPS: [&str; 2] = [concat!("thread::", "sleep"), concat!("time::", "sleep")];
const SLEEPLESS: [&str; 3] = ["core", "std-adapter", "tests"];

const LICENCE: &str = "Apache-2.0 OR MIT";

/// What a reader of the README has to learn.
const README_NAMES: [&str; 3] = ["cargo run -p quickstart", "cargo xtask test", "cargo xtask bench"];

/// Checks all rules and shows every breach.
pub(crate) fn step(workspace: &Workspace) -> Done {
    let mut files = Vec::new();
    collect(&workspace.root, Path::new(""), &mut files)?;
    let mut breaches = Vec::new();
    for file in &files {
        if let Ok(text) = fs::read_to_string(workspace.root.join(file)) {
            breaches.extend(breaches_in(file, &text));
        }
    }
    for package in workspace.packages()? {
        if package["license"] != LICENCE {
            breaches.push(format!("{}: its licence is not {LICENCE}", package["name"]));
        }
    }
    breaches.extend(breaches_of_the_text_files(workspace)?);
    for breach in &breaches {
        println!("{breach}");
    }
    match breaches.len() {
        0 => Ok(format!("{} files", files.len())),
        count => Err(Stop::Failed(format!("{count} breaches of the rules, the first: {}", breaches[0]))),
    }
}

/// All files that people write, relative to the root.
fn collect(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Stop> {
    let failed = |error: std::io::Error| Stop::Failed(format!("{}: {error}", folder.display()));
    for entry in fs::read_dir(root.join(folder)).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (name, path) = (entry.file_name(), folder.join(entry.file_name()));
        if entry.file_type().map_err(failed)?.is_dir() {
            let made = [OsStr::new(".git"), OsStr::new("target"), OsStr::new("node_modules"), OsStr::new(".wrangler")]
                .contains(&name.as_os_str());
            if !made {
                collect(root, &path, files)?;
            }
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

fn breaches_in(file: &Path, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    let is_rust = file.extension() == Some(OsStr::new("rs"));
    let lines = text.lines().count();
    if is_rust && lines > MAX_LINES {
        breaches.push(format!("{}: {lines} lines, and {MAX_LINES} are the most", file.display()));
    }
    let sleepless = is_rust && SLEEPLESS.iter().any(|folder| file.starts_with(folder));
    for (at, line) in text.lines().enumerate() {
        let place = || format!("{}:{}", file.display(), at + 1);
        if let Some(word) = LEFT_UNDONE.iter().find(|word| line.contains(**word)) {
            breaches.push(format!("{}: a {word}; do it, or say in the documentation what is missing", place()));
        }
        if sleepless && SLEEPS.iter().any(|sleep| line.contains(sleep)) {
            breaches.push(format!("{}: sleeps; wait for an event instead, with a deadline", place()));
        }
    }
    if file.file_name() == Some(OsStr::new("Cargo.toml")) && text.contains("[package]") && !text.contains("[lints") {
        breaches.push(format!("{}: has no lints", file.display()));
    }
    breaches
}

fn breaches_of_the_text_files(workspace: &Workspace) -> Result<Vec<String>, Stop> {
    let mut breaches = Vec::new();
    for file in ["LICENSE-APACHE", "LICENSE-MIT", "CHANGELOG.md"] {
        if !workspace.root.join(file).exists() {
            breaches.push(format!("{file}: missing"));
        }
    }
    let commands = HELP.lines().filter_map(command_of).map(|command| format!("cargo xtask {command}"));
    for (file, names) in
        [("README.md", README_NAMES.map(str::to_owned).to_vec()), ("CONTRIBUTING.md", commands.collect::<Vec<_>>())]
    {
        match workspace.read(file) {
            Ok(text) => {
                let missing = names.iter().filter(|name| !text.contains(name.as_str()));
                breaches.extend(missing.map(|name| format!("{file}: does not name `{name}`")));
            }
            Err(_) => breaches.push(format!("{file}: missing")),
        }
    }
    Ok(breaches)
}

/// The command a line of the help is about: those lines are indented by two.
fn command_of(line: &str) -> Option<&str> {
    line.strip_prefix("  ")?.split(' ').next().filter(|command| !command.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(file: &str, text: &str) -> usize {
        breaches_in(Path::new(file), text).len()
    }

    #[test]
    fn a_source_file_has_at_most_six_hundred_lines() {
        assert_eq!(breaches("core/src/time.rs", &"\n".repeat(MAX_LINES)), 0);
        assert_eq!(breaches("core/src/time.rs", &"\n".repeat(MAX_LINES + 1)), 1);
        assert_eq!(breaches("Cargo.lock", &"\n".repeat(MAX_LINES + 1)), 0);
    }

    #[test]
    fn nothing_is_left_undone_in_any_file() {
        for word in LEFT_UNDONE {
            assert_eq!(breaches("README.md", &format!("one\n{word}: two\n")), 1);
        }
    }

    #[test]
    fn nothing_sleeps_but_examples() {
        let text = format!("std::{}(pause);", SLEEPS[0]);
        assert_eq!(breaches("std-adapter/tests/udp.rs", &text), 1);
        assert_eq!(breaches("examples/quickstart/src/main.rs", &text), 0);
    }

    #[test]
    fn a_package_has_lints() {
        assert_eq!(breaches("core/Cargo.toml", "[package]\n[lints]\nworkspace = true\n"), 0);
        assert_eq!(breaches("core/Cargo.toml", "[package]\n"), 1);
        assert_eq!(breaches("Cargo.toml", "[workspace]\n"), 0);
    }

    #[test]
    fn the_help_names_its_commands() {
        let commands: Vec<&str> = HELP.lines().filter_map(command_of).collect();
        assert_eq!(commands, ["test", "bench", "size", "npm"]);
    }
}
