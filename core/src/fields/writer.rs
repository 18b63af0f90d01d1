//! Members of an object, with the comma or brace before each.

use crate::json::{Tail, literal, number, string, writer};

/// The limit of strings for which X-Ray states no other.
pub(super) const MAX_CHARS: usize = 250;

/// The limit of resource names.
pub(super) const MAX_ARN_CHARS: usize = 500;

/// What separates the next member from what stands before: the brace of its object at first, then a comma.
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

    #[inline(always)]
    pub(super) fn write<'b>(&mut self, tail: &'b mut [u8]) -> Tail<'b> {
        let byte = core::mem::replace(&mut self.0, b',');
        literal(tail, &[byte])
    }

    /// Closes an object; `{` is written first when it has no member.
    #[inline(always)]
    pub(super) fn close<'b>(self, tail: &'b mut [u8]) -> Tail<'b> {
        let tail = if self.0 == b'{' { literal(tail, b"{")? } else { tail };
        literal(tail, b"}")
    }
}

writer! {
    /// `"key":"text"`, where `label` is all up to the opening quote of the text.
    pub(super) fn text<'b, const L: usize>(
        tail: &'b mut [u8],
        separator: &mut Separator,
        label: &[u8; L],
        value: Option<&str>,
        cuts: &mut u32,
    ) -> Tail<'b> {
        let Some(value) = value else { return Some(tail) };
        let tail = separator.write(tail)?;
        let tail = literal(tail, label)?;
        let tail = string::limited(tail, value, MAX_CHARS, cuts)?;
        literal(tail, b"\"")
    }
}

writer! {
    /// `"key":number`
    pub(super) fn unsigned<'b, const L: usize>(
        tail: &'b mut [u8],
        separator: &mut Separator,
        label: &[u8; L],
        value: Option<u64>,
    ) -> Tail<'b> {
        let Some(value) = value else { return Some(tail) };
        let tail = separator.write(tail)?;
        let tail = literal(tail, label)?;
        number::unsigned(tail, value)
    }
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
