//! Instructions per trace, counted by valgrind's callgrind.
//!
//! The program runs itself twice under callgrind, with few and with many traces. The difference of the totals belongs to
//! the difference of the traces: start-up and set-up cancel.

use std::env;
use std::error::Error;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{self, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The first argument of the program when it is the one that is counted.
pub const CHILD: &str = "child";

/// How long a counted run may take; the longest takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(180);

/// Why there is no count.
#[derive(Debug)]
#[non_exhaustive]
pub enum CountError {
    /// valgrind is not installed.
    Missing,
    /// The counted program failed; with what it wrote.
    Failed(String),
    /// The counted program did not end.
    TimedOut,
    /// There is no total in what callgrind wrote.
    NoTotal,
    /// Anything else about starting it or reading its result.
    Io(io::Error),
}

impl fmt::Display for CountError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("valgrind is not installed, so instructions cannot be counted"),
            Self::Failed(output) => write!(formatter, "the counted program failed: {output}"),
            Self::TimedOut => write!(formatter, "the counted program did not end within {PATIENCE:?}"),
            Self::NoTotal => formatter.write_str("callgrind wrote no total"),
            Self::Io(error) => write!(formatter, "callgrind could not be run: {error}"),
        }
    }
}

impl Error for CountError {}

impl From<io::Error> for CountError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Whether valgrind can be run.
///
/// # Errors
///
/// Where it cannot.
pub fn check() -> Result<(), CountError> {
    let status = Command::new("valgrind")
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(CountError::Missing),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(CountError::Missing),
        Err(error) => Err(error.into()),
    }
}

/// The instructions of one trace. The program is called with [`CHILD`], these arguments and the number of traces; `few`
/// are what a count takes at least, `more` what is added to them.
///
/// # Errors
///
/// Without valgrind, and when the program fails or does not end.
pub fn instructions_per_trace(arguments: &[&str], few: u64, more: u64) -> Result<u64, CountError> {
    let (small, large) = thread::scope(|scope| {
        let small = scope.spawn(|| total(arguments, few));
        let large = total(arguments, few + more);
        let small = small.join().unwrap_or_else(|_| Err(CountError::Failed("its thread panicked".into())));
        (small, large)
    });
    Ok(quotient(small?, large?, more))
}

fn quotient(small: u64, large: u64, traces: u64) -> u64 {
    (large.saturating_sub(small) + traces / 2) / traces
}

fn total(arguments: &[&str], iterations: u64) -> Result<u64, CountError> {
    let file = OutputFile::new(arguments, iterations);
    let mut child = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", file.0.display()))
        .arg(env::current_exe()?)
        .arg(CHILD)
        .args(arguments)
        .arg(iterations.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    // Its error output ends when it does, so waiting for the one with a limit is waiting for the other.
    let (sender, receiver) = mpsc::channel();
    let errors = child.stderr.take();
    thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut errors) = errors {
            let _ = errors.read_to_end(&mut text);
        }
        let _ = sender.send(text);
    });
    let text = receiver.recv_timeout(PATIENCE);
    if text.is_err() {
        child.kill()?;
    }
    let status = child.wait()?;
    let text = text.map_err(|_| CountError::TimedOut)?;
    if !status.success() {
        return Err(CountError::Failed(String::from_utf8_lossy(&text).into_owned()));
    }
    parse_total(&fs::read_to_string(&file.0)?).ok_or(CountError::NoTotal)
}

/// The sum of instructions in what callgrind writes: the line `totals:`, or `summary:` where it is missing.
fn parse_total(profile: &str) -> Option<u64> {
    let value = |key: &str| {
        let line = profile.lines().find_map(|line| line.strip_prefix(key))?;
        line.split_whitespace().next()?.parse().ok()
    };
    value("totals:").or_else(|| value("summary:"))
}

/// Where callgrind writes to; removed in the end.
struct OutputFile(PathBuf);

impl OutputFile {
    fn new(arguments: &[&str], iterations: u64) -> Self {
        let name = format!("bench-callgrind-{}-{}-{iterations}", process::id(), arguments.join("-"));
        Self(env::temp_dir().join(name))
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_found_in_either_line() {
        let profile = "version: 1\nevents: Ir\nsummary: 17\n\nfn=(1) main\n5 12\n\ntotals: 19\n";
        assert_eq!(parse_total(profile), Some(19));
        assert_eq!(parse_total("summary: 17\nfn=(1) main\n"), Some(17));
        assert_eq!(parse_total("version: 1\n"), None);
    }

    #[test]
    fn the_quotient_is_rounded() {
        assert_eq!(quotient(1_000, 11_000, 10), 1_000);
        assert_eq!(quotient(1_000, 11_006, 10), 1_001);
        assert_eq!(quotient(1_000, 900, 10), 0);
    }
}
