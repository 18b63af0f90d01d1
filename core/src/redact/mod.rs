//! What must not leave the process: secrets in URLs, connection strings and statements.
//!
//! Nothing is copied: what is redacted comes in pieces, of the text itself and of what stands in for a secret.

mod connection;
mod statement;
mod url;

use core::fmt;

pub use connection::{ConnectionRule, redact_connection};
pub use statement::{Dialect, RedactedSql, redact_sql};
pub(crate) use url::shown_of_web;
pub(crate) use url::url_mark;
pub use url::{UrlRule, redact_url};

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
#[derive(Clone)]
pub struct Redacted<'t, R> {
    text: &'t str,
    /// Where the rest of the text begins.
    at: usize,
    /// What stands in for what was left out last.
    due: &'static str,
    rule: R,
}

/// What finds secrets in a text: [`UrlRule`] or [`ConnectionRule`]. Types of their own, so that a program has in it what it
/// uses.
pub trait Rule: Finds {}

impl<R: Finds> Rule for R {}

mod sealed {
    /// A part of the rest that is left out.
    #[derive(Clone, Copy, Debug)]
    pub struct Gap {
        pub start: usize,
        pub end: usize,
        pub instead: &'static str,
    }

    pub trait Finds {
        /// The next part, from `at` on.
        fn gap(&mut self, text: &[u8], at: usize) -> Option<Gap>;
    }
}
use sealed::{Finds, Gap};

impl<'t, R> Redacted<'t, R> {
    const fn new(text: &'t str, rule: R) -> Self {
        Self { text, at: 0, due: "", rule }
    }
}

impl<'t, R: Rule> Iterator for Redacted<'t, R> {
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
            let gap = self.rule.gap(self.text.as_bytes(), start);
            let gap = gap.unwrap_or(Gap { start: end, end, instead: "" });
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

impl<R: Rule + Clone> fmt::Display for Redacted<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clone().try_for_each(|piece| f.write_str(piece))
    }
}

impl<R: Rule + Clone> fmt::Debug for Redacted<'_, R> {
    /// What is left, and nothing else: a text that has secrets may be logged by mistake.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redacted({self})")
    }
}
