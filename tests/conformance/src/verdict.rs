//! Whether a story has the structure of its capture, and which decisions it takes to say so.

use std::fmt::Write as _;

use crate::capture::Capture;
use crate::compare::differences;
use crate::differences::ROWS;
use crate::teller::Teller;

/// A capture and the same story told through our API.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Story {
    /// The name of the capture.
    pub capture: &'static str,
    teller: fn() -> Teller,
    tell: fn(&Teller),
}

impl Story {
    /// The story of this capture, on a server.
    #[must_use]
    pub const fn new(capture: &'static str, tell: fn(&Teller)) -> Self {
        Self { capture, teller: Teller::new, tell }
    }

    /// The same by another teller.
    #[must_use]
    pub const fn told_by(self, teller: fn() -> Teller) -> Self {
        Self { teller, ..self }
    }

    /// Tells the story, and returns the positions in [`ROWS`] of the differences there are.
    ///
    /// # Errors
    ///
    /// What the judges find in either side's documents, and every difference that not exactly one row documents.
    pub fn compare(&self) -> Result<Vec<usize>, String> {
        let capture = Capture::read(self.capture).map_err(|error| format!("{}: {error}", self.capture))?;
        let teller = (self.teller)();
        (self.tell)(&teller);

        let mut complaints = String::new();
        for finding in capture.findings() {
            let _ = writeln!(complaints, "the capture: {finding}");
        }
        for finding in teller.findings() {
            let _ = writeln!(complaints, "ours: {finding}");
        }
        let stats = teller.recorder().stats();
        if stats.begun != stats.sent {
            let _ = writeln!(complaints, "{} entities began and {} were sent", stats.begun, stats.sent);
        }
        let mut used = Vec::new();
        for difference in differences(&capture.shape(), &teller.shape()) {
            let rows: Vec<usize> =
                (0..ROWS.len()).filter(|&row| ROWS[row].documents(self.capture, &difference)).collect();
            match *rows {
                [row] => used.push(row),
                _ => {
                    let _ = writeln!(complaints, "documented by {} rows: {difference}", rows.len());
                }
            }
        }
        if complaints.is_empty() { Ok(used) } else { Err(format!("{}:\n{complaints}", self.capture)) }
    }
}
