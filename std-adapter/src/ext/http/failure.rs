//! Errors of services as exceptions, without the secrets of the URLs they name.

use std::error::Error;
use std::fmt;

use super::traced::Traced;
use crate::redact_url;

/// What errors come in, in general.
#[cfg(any(feature = "tower", feature = "http-client"))]
type BoxError = Box<dyn Error + Send + Sync>;

/// An error of a service that can be recorded: any [`Error`], and the boxed ones, which by themselves are none. The compiler
/// finds which of the two it is.
#[cfg(any(feature = "tower", feature = "http-client"))]
pub trait Failure<M> {
    /// The error.
    fn as_error(&self) -> &(dyn Error + 'static);
}

/// Errors that are [`Error`]s. See [`Failure`].
#[cfg(any(feature = "tower", feature = "http-client"))]
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is none of these")]
pub enum Plain {}

/// Errors in a box: `Box<dyn Error + Send + Sync>`. See [`Failure`].
#[cfg(any(feature = "tower", feature = "http-client"))]
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is none of these")]
pub enum Boxed {}

#[cfg(any(feature = "tower", feature = "http-client"))]
impl<E: Error + 'static> Failure<Plain> for E {
    fn as_error(&self) -> &(dyn Error + 'static) {
        self
    }
}

#[cfg(any(feature = "tower", feature = "http-client"))]
impl Failure<Boxed> for BoxError {
    fn as_error(&self) -> &(dyn Error + 'static) {
        &**self
    }
}

/// More causes than this say nothing more.
const MAX_CHAIN: usize = 20;

/// Records an error and what caused it. The URLs in what they say lose query, user and password.
pub(in crate::ext) fn add_failure(traced: &mut Traced, error: &(dyn Error + 'static)) {
    if !traced.is_recorded() {
        return;
    }
    match Redacted::of(error, MAX_CHAIN) {
        Some(redacted) => traced.add_exception(&redacted),
        None => traced.add_exception(error),
    }
}

/// A copy of an error and its causes, which says the same but for secrets.
struct Redacted {
    message: String,
    debug: String,
    source: Option<Box<Self>>,
}

impl Redacted {
    /// None where there is nothing to hide.
    fn of(error: &(dyn Error + 'static), depth: usize) -> Option<Self> {
        let mut chain = std::iter::successors(Some(error), |&error| error.source()).take(depth);
        if !chain.any(|error| error.to_text().contains("://")) {
            return None;
        }
        Some(Self::copy(error, depth))
    }

    fn copy(error: &(dyn Error + 'static), depth: usize) -> Self {
        let source = error.source().filter(|_| depth > 1).map(|source| Box::new(Self::copy(source, depth - 1)));
        let mut debug = String::new();
        let _ = fmt::Write::write_fmt(&mut debug, format_args!("{error:?}"));
        Self { message: without_secrets(&error.to_text()), debug, source }
    }
}

/// `to_string` panics where a `Display` of the user's gives an error.
trait ToText {
    fn to_text(&self) -> String;
}

impl ToText for dyn Error + '_ {
    fn to_text(&self) -> String {
        let mut text = String::new();
        let _ = fmt::Write::write_fmt(&mut text, format_args!("{self}"));
        text
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The type of an error behind `dyn` is read from this.
impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.debug)
    }
}

impl Error for Redacted {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

/// The text with each URL in it redacted.
fn without_secrets(text: &str) -> String {
    let ends_url = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '"' | '\'' | '`');
    let mut shown = String::with_capacity(text.len());
    for part in text.split_inclusive(ends_url) {
        let url = part.trim_end_matches(ends_url);
        if url.contains("://") {
            shown += &redact_url(url).to_string();
        } else {
            shown += url;
        }
        shown += &part[url.len()..];
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_in_a_text_lose_what_may_be_secret_and_the_rest_stays() {
        for (text, shown) in [
            ("connection refused", "connection refused"),
            (
                "error sending request for url (http://alice:hunter2@127.0.0.1:1/cart?token=4242): refused",
                "error sending request for url (http://127.0.0.1:1/cart): refused",
            ),
            ("from \"https://a/?s=1\" to <https://b/#t>, twice", "from \"https://a/\" to <https://b/>, twice"),
            ("https://example.com/é?ü=1", "https://example.com/é"),
            ("", ""),
        ] {
            assert_eq!(without_secrets(text), shown);
        }
    }
}
