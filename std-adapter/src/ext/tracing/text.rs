//! Values as text.

use std::borrow::Cow;
use std::fmt::{self, Write};

/// What a value displays, as far as it goes: `to_string` panics where a `Display` of the user's gives an error.
pub(super) fn displayed(value: impl fmt::Display) -> String {
    let mut text = String::new();
    let _ = write!(text, "{value}");
    text
}

/// An annotation's key of a field's name: X-Ray knows letters, digits and `_`.
pub(super) fn key_of(name: &str) -> Cow<'_, str> {
    let name = plain(name);
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.bytes().all(|byte| is_allowed(char::from(byte))) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.chars().map(|c| if is_allowed(c) { c } else { '_' }).collect())
}

/// A field's name without the mark of a raw identifier.
pub(super) fn plain(name: &str) -> &str {
    name.strip_prefix("r#").unwrap_or(name)
}
