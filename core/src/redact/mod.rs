//! What must not leave the process: secrets in URLs, connection strings and statements.
//!
//! Nothing is copied: what is redacted comes in pieces, of the text itself and of what stands in for a secret.

mod connection;
mod dialect;
mod literal;
mod statement;
mod url;

use core::fmt;

pub use connection::redact_connection;
pub use dialect::Dialect;
pub use statement::redact_sql;
pub use url::redact_url;
pub(crate) use url::url_mark;

/// What stands in for a secret or a literal.
const PLACEHOLDER: &str = "?";

/// The pieces of a text without its secrets, one after another; `Display` joins them.
///
/// ```
/// use xray_recorder_core::redact_url;
///
/// let url = redact_url("https://alice:hunter2@shop.example.com/cart?token=4242");
/// assert_eq!(url.clone().collect::<Vec<_>>(), ["https://", "shop.example.com/cart"]);
/// assert_eq!(url.to_string(), "https://shop.example.com/cart");
/// ```
#[derive(Clone, Debug)]
pub struct Redacted<'t> {
    text: &'t str,
    /// Where the rest of the text begins.
    at: usize,
    /// What stands in for what was left out last.
    due: &'static str,
    rule: Rule,
}

/// What is looked for.
#[derive(Clone, Copy, Debug)]
enum Rule {
    /// Secrets at two places at most, both known.
    Url(url::Parts),
    Connection,
    Statement(statement::Scanner),
}

/// A part of the rest that is left out.
#[derive(Clone, Copy, Debug)]
struct Gap {
    start: usize,
    end: usize,
    instead: &'static str,
}

impl<'t> Redacted<'t> {
    const fn new(text: &'t str, rule: Rule) -> Self {
        Self { text, at: 0, due: "", rule }
    }

    fn gap(&mut self) -> Option<Gap> {
        match &mut self.rule {
            Rule::Url(parts) => parts.gap(self.at),
            Rule::Connection => connection::gap(self.text, self.at),
            Rule::Statement(scanner) => scanner.gap(self.text.as_bytes(), self.at),
        }
    }
}

impl<'t> Iterator for Redacted<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        loop {
            if !self.due.is_empty() {
                return Some(core::mem::take(&mut self.due));
            }
            if self.at >= self.text.len() {
                return None;
            }
            let start = self.at;
            let end = self.text.len();
            let gap = self.gap().unwrap_or(Gap { start: end, end, instead: "" });
            self.at = gap.end.max(start + 1);
            self.due = gap.instead;
            // Gaps begin and end at ASCII characters.
            let piece = self.text.get(start..gap.start).unwrap_or_default();
            if !piece.is_empty() {
                return Some(piece);
            }
        }
    }
}

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clone().try_for_each(|piece| f.write_str(piece))
    }
}
