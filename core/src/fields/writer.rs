//! Members of an object, with the comma or brace before each.

use crate::json::{Tail, literal, number, string};

/// The limit of strings for which X-Ray states no other.
pub(super) const MAX_CHARS: usize = 250;

/// The limit of resource names.
pub(super) const MAX_ARN_CHARS: usize = 500;

/// What separates the next member from what stands before: the brace of its object at first, then a comma.
///
/// A value, and not an object that is closed around its members by a function: that one was not inlined.
pub(super) struct Separator(u8);

impl Separator {
    #[inline(always)]
    pub(super) const fn brace() -> Self {
        Self(b'{')
    }

    #[inline(always)]
    pub(super) const fn bracket() -> Self {
        Self(b'[')
    }

    /// Behind another member.
    #[inline(always)]
    pub(super) const fn comma() -> Self {
        Self(b',')
    }

    /// The separator that is due now.
    #[inline(always)]
    pub(super) const fn next(&mut self) -> u8 {
        core::mem::replace(&mut self.0, b',')
    }

    #[inline(always)]
    pub(super) fn write<'b>(&mut self, tail: &'b mut [u8]) -> Tail<'b> {
        literal(tail, &[self.next()])
    }

    /// Closes an object; `{` is written first when it has no member.
    #[inline(always)]
    pub(super) fn close<'b>(self, tail: &'b mut [u8]) -> Tail<'b> {
        if self.0 == b'{' { literal(tail, b"{}") } else { literal(tail, b"}") }
    }
}

/// `"key":"text"`, where `label` is all up to the opening quote of the text.
#[inline(always)]
pub(super) fn text<'b>(
    tail: &'b mut [u8],
    separator: &mut Separator,
    label: &[u8],
    value: Option<&str>,
    cuts: &mut u32,
) -> Tail<'b> {
    text_limited(tail, separator, label, value, MAX_CHARS, cuts)
}

/// The same with another limit.
#[inline(always)]
pub(super) fn text_limited<'b>(
    tail: &'b mut [u8],
    separator: &mut Separator,
    label: &[u8],
    value: Option<&str>,
    max_chars: usize,
    cuts: &mut u32,
) -> Tail<'b> {
    let Some(value) = value else { return Some(tail) };
    string::labelled(tail, separator.next(), label, value, max_chars, cuts)
}

/// The same for a URL, of which secrets are left out.
#[inline(always)]
pub(super) fn url<'b>(
    tail: &'b mut [u8],
    separator: &mut Separator,
    label: &[u8],
    value: Option<&str>,
    verbatim: bool,
    cuts: &mut u32,
) -> Tail<'b> {
    let Some(value) = value else { return Some(tail) };
    if verbatim {
        return string::labelled(tail, separator.next(), label, value, MAX_CHARS, cuts);
    }
    string::labelled_url(tail, separator.next(), label, value, MAX_CHARS, cuts)
}

/// `"key":number`
#[inline(always)]
pub(super) fn unsigned<'b>(
    tail: &'b mut [u8],
    separator: &mut Separator,
    label: &[u8],
    value: Option<u64>,
) -> Tail<'b> {
    let Some(value) = value else { return Some(tail) };
    number::labelled(tail, separator.next(), label, value)
}

/// `"key":["text",…]`, where `label` is all up to the opening bracket; nothing for an empty list.
#[inline(always)]
pub(super) fn texts<'b, const L: usize>(
    tail: &'b mut [u8],
    separator: &mut Separator,
    label: &[u8; L],
    values: &[&str],
    cuts: &mut u32,
) -> Tail<'b> {
    if values.is_empty() {
        return Some(tail);
    }
    let tail = separator.write(tail)?;
    let tail = literal(tail, label)?;
    list(tail, values, cuts)
}

/// `["text",…]`
#[inline(never)]
pub(super) fn list<'b>(tail: &'b mut [u8], values: &[&str], cuts: &mut u32) -> Tail<'b> {
    let mut tail = tail;
    let mut element = Separator::bracket();
    for value in values {
        tail = text(tail, &mut element, b"\"", Some(value), cuts)?;
    }
    literal(tail, b"]")
}
