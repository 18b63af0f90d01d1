//! The parts of a trace header, between its semicolons.

use crate::json::SMALL;

pub(super) enum Part<'h> {
    Root(&'h [u8]),
    Parent(&'h [u8]),
    Sampled(&'h [u8]),
    /// Anything else with a key, printable or not.
    Data(&'h [u8], &'h [u8]),
    Nothing,
}

impl<'h> Part<'h> {
    pub(super) fn of(part: &'h [u8]) -> Self {
        let part = if SMALL { part } else { part.trim_ascii() };
        let equals = until(part, b'=');
        let Some(value) = part.get(equals + 1..) else { return Self::Nothing };
        let (key, value) = if SMALL {
            (trimmed(part.get(..equals).unwrap_or_default()), trimmed(value))
        } else {
            (part[..equals].trim_ascii_end(), value.trim_ascii_start())
        };
        // Behind the last blank is a key of nothing.
        const KEYS: &[u8] = b"root parent sampled self ";
        match KEYS.split(|&byte| byte == b' ').position(|known| key.eq_ignore_ascii_case(known)) {
            Some(0) => Self::Root(value),
            Some(1) => Self::Parent(value),
            Some(2) => Self::Sampled(value),
            Some(_) => Self::Nothing,
            None => Self::Data(key, value),
        }
    }
}

#[cfg_attr(target_arch = "wasm32", inline(never))]
pub(super) fn trimmed(text: &[u8]) -> &[u8] {
    text.trim_ascii()
}

/// The first `N` bytes of `text`, if they are the value of a part, up to its end.
#[inline]
pub(super) fn whole_value<const N: usize>(text: &[u8]) -> Option<&[u8; N]> {
    let (value, behind) = text.split_first_chunk::<N>()?;
    matches!(behind, [] | [b';', ..]).then_some(value)
}

/// How far it is to `byte`, or to the end.
#[inline]
pub(super) fn until(text: &[u8], byte: u8) -> usize {
    text.iter().position(|&other| other == byte).unwrap_or(text.len())
}

/// Whether all of `text` can stand in another request's header. By blocks, the last of which overlaps, since data is
/// mostly longer than one.
pub(super) fn is_printable(text: &[u8]) -> bool {
    let printable = |block: &[u8]| block.iter().fold(true, |all, byte| all & matches!(byte, b' '..=b'~'));
    if SMALL {
        return text.iter().all(|byte| matches!(byte, b' '..=b'~'));
    }
    match text.last_chunk::<16>() {
        Some(last) => text.chunks_exact(16).all(printable) && printable(last),
        None => text.iter().all(|&byte| printable(&[byte])),
    }
}
