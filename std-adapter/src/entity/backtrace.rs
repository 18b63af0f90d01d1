//! Frames of a backtrace. The standard library shows them in no other way than as text.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt::Write;

use xray_recorder_core::Frame;

/// The frames of a backtrace that are the program's own, the innermost first.
#[derive(Debug, Default)]
pub(super) struct Frames {
    frames: Vec<Own>,
    left_out: u32,
}

#[derive(Debug, Default, PartialEq)]
struct Own {
    path: String,
    line: Option<u32>,
    label: String,
}

impl Frames {
    /// At most `max` frames.
    pub(super) fn of(backtrace: &Backtrace, max: usize) -> Self {
        if backtrace.status() != BacktraceStatus::Captured {
            return Self::default();
        }
        let mut text = String::new();
        let _ = write!(text, "{backtrace}");
        Self::parse(&text, max)
    }

    /// Reads the text: `  4: path::of::function` and then, where it is known, `          at ./src/file.rs:17:9`.
    fn parse(text: &str, max: usize) -> Self {
        let mut frames: Vec<Own> = Vec::new();
        for line in text.lines().map(str::trim) {
            if let Some(place) = line.strip_prefix("at ") {
                if let Some(frame) = frames.last_mut() {
                    (frame.path, frame.line) = place_of(place);
                }
            } else if let Some((number, label)) = line.split_once(": ") {
                if number.bytes().all(|digit| digit.is_ascii_digit()) {
                    frames.push(Own { label: without_hash(label).to_owned(), ..Own::default() });
                }
            }
        }
        frames.retain(|frame| !is_foreign(frame));
        let left_out = frames.len().saturating_sub(max);
        frames.truncate(max);
        Self { frames, left_out: u32::try_from(left_out).unwrap_or(u32::MAX) }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Frame<'_>> {
        self.frames.iter().map(|frame| Frame { path: &frame.path, line: frame.line, label: &frame.label })
    }

    pub(super) fn left_out(&self) -> u32 {
        self.left_out
    }
}

/// `./src/file.rs:17:9`: the file by its name alone, as a path tells of the machine it was built on.
fn place_of(place: &str) -> (String, Option<u32>) {
    let mut parts = place.rsplitn(3, ':');
    let (_column, line, path) = (parts.next(), parts.next(), parts.next());
    let path = path.unwrap_or(place);
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    (file.to_owned(), line.and_then(|line| line.parse().ok()))
}

/// `function::h0123456789abcdef` without what makes it unique.
fn without_hash(label: &str) -> &str {
    match label.rsplit_once("::h") {
        Some((name, hash)) if hash.len() == 16 && hash.bytes().all(|digit| digit.is_ascii_hexdigit()) => name,
        _ => label,
    }
}

/// Frames of the standard library, of this crate, and of what started the program.
fn is_foreign(frame: &Own) -> bool {
    const CRATES: [&str; 6] =
        ["std::", "core::", "alloc::", "test::", "xray_recorder::entity::", "xray_recorder::current::"];
    const STARTS: [&str; 8] =
        ["rust_begin_unwind", "_start", "main", "__libc_start", "start_thread", "clone", "__rust", "__clone3"];
    let label = frame.label.trim_start_matches('<');
    CRATES.iter().any(|name| label.starts_with(name))
        || (!frame.path.ends_with(".rs") && STARTS.iter().any(|name| label.starts_with(name)))
        || label == "main"
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "   0: std::backtrace::Backtrace::create
             at /rustc/0123/library/std/src/backtrace.rs:331:13
   1: shop::charge::h0123456789abcdef
             at ./src/charge.rs:17:9
   2: <shop::Cart as core::ops::drop::Drop>::drop
             at C:\\build\\src\\cart.rs:42:5
   3: core::ops::function::FnOnce::call_once
   4: shop::main
             at ./src/main.rs:3:1
   5: main
   6: __libc_start_main
";

    #[test]
    fn frames_of_the_program_remain_with_files_by_their_names() {
        let frames = Frames::parse(TEXT, 10);
        let told: Vec<_> = frames.iter().map(|frame| (frame.label, frame.path, frame.line)).collect();
        assert_eq!(
            told,
            [
                ("shop::charge", "charge.rs", Some(17)),
                ("<shop::Cart as core::ops::drop::Drop>::drop", "cart.rs", Some(42)),
                ("shop::main", "main.rs", Some(3)),
            ]
        );
        assert_eq!(frames.left_out(), 0);
    }

    #[test]
    fn frames_beyond_the_limit_are_counted() {
        let frames = Frames::parse(TEXT, 1);
        assert_eq!((frames.iter().count(), frames.left_out()), (1, 2));
        assert_eq!(Frames::parse(TEXT, 0).left_out(), 3);
    }

    #[test]
    fn a_text_that_is_no_backtrace_has_no_frames() {
        assert_eq!(Frames::parse("at nowhere\nx: y\n::::\n", 10).iter().count(), 0);
    }
}
