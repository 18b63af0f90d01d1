//! Names of segments and subsegments.

use crate::json::copy::{BAD, GOOD, SHORT, short};
use crate::json::pen::Pen;
use crate::json::string;

/// Characters a name may have.
const MAX_CHARS: usize = 200;

/// What an entity is called when its name has no character that is allowed.
pub(crate) const FALLBACK: &str = "unnamed";

/// Writes a name as X-Ray allows it: 1 to 200 characters, letters, numbers and blanks of any script and
/// `_.:/%&#=+\-@`. Others are left out, as the Python SDK leaves out eleven of them, and what is too long or has no
/// room is cut; each is counted. A cut name has no mark, since the mark would make it another name on the map.
///
/// Returns the length of what was written, the closing quote included.
///
/// In a name that is `SCREENED` the host has put a NUL for each character beyond ASCII that is not of Unicode's classes L, N
/// and Z. The tables for that take more room than all else that a small host needs, and some hosts have their own.
#[inline]
pub(crate) fn write<const SCREENED: bool>(to: &mut [u8], name: &str, cuts: &mut u32) -> Option<usize> {
    let bytes = name.as_bytes();
    let end = bytes.len();
    if end.wrapping_sub(1) < SHORT && end < to.len() && short(&mut to[..end], bytes, mark) {
        to[end] = b'"';
        return Some(end + 1);
    }
    if SCREENED { write_screened(to, name, cuts) } else { write_allowed(to, name, cuts) }
}

/// Marks a byte that is not [`is_common`].
#[inline(always)]
const fn mark(byte: u8) -> u8 {
    if is_common(byte) { GOOD } else { BAD }
}

/// Whether a byte is allowed, and one of those that most names are made of. `-./`, digits and `:` are neighbours, so
/// that three ranges and three marks are quickly told in all bytes of a block at once; the rest costs a second look.
#[inline(always)]
const fn is_common(byte: u8) -> bool {
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let digit_or_mark = byte.wrapping_sub(b'-') <= b':' - b'-';
    letter | digit_or_mark | (byte == b'_') | (byte == b' ') | (byte == b'@')
}

/// The same for a name whose characters beyond ASCII were looked at.
#[inline(never)]
fn write_screened(to: &mut [u8], name: &str, cuts: &mut u32) -> Option<usize> {
    let end = to.len().checked_sub(1).filter(|room| *room > 0)?;
    let mut pen = Pen::new(to, 0, end);
    let mut count = 0;
    let mut changed = false;
    for byte in name.bytes() {
        if byte.is_ascii() && !is_allowed_ascii(byte) {
            changed = true;
            continue;
        }
        let begins = byte & 0xc0 != 0x80;
        // A character is not begun that could be torn.
        let length = if byte == b'\\' { 2 } else { byte.leading_ones().max(1) as usize };
        if begins && (count == MAX_CHARS || pen.position() + length > end) {
            changed = true;
            break;
        }
        count += usize::from(begins);
        pen.escaped(&[byte]);
    }
    if count == 0 {
        pen.raw(FALLBACK.as_bytes().get(..FALLBACK.len().min(end))?);
        changed = true;
    }
    *cuts += u32::from(changed);
    let (written, _) = pen.finish()?;
    *to.get_mut(written)? = b'"';
    Some(written + 1)
}

#[inline(never)]
fn write_allowed(to: &mut [u8], name: &str, cuts: &mut u32) -> Option<usize> {
    let room = to.len().checked_sub(1).filter(|&room| room > 0)?;
    let mut written = 0;
    let mut count = 0;
    let mut changed = false;
    for c in name.chars() {
        if !is_allowed(c) {
            changed = true;
            continue;
        }
        let fitting = if count < MAX_CHARS {
            string::escaped(&mut to[written..room], c.encode_utf8(&mut [0; 4])).map(|rest| room - rest.len())
        } else {
            None
        };
        let Some(end) = fitting else {
            changed = true;
            break;
        };
        written = end;
        count += 1;
    }
    if count == 0 {
        written = FALLBACK.len().min(room);
        to[..written].copy_from_slice(&FALLBACK.as_bytes()[..written]);
        changed = true;
    }
    *cuts += u32::from(changed);
    to[written] = b'"';
    Some(written + 1)
}

const fn is_allowed_ascii(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b' ' | b'_' | b'.' | b':' | b'/' | b'%' | b'&' | b'#' | b'=' | b'+' | b'\\' | b'-' | b'@')
}

/// Whether a name may have `c`: the Unicode classes L, N and Z, and twelve marks. Without the feature `unicode-names` no
/// more than is ASCII, since all alphabets are four kilobytes of tables and searches.
fn is_allowed(c: char) -> bool {
    if c.is_ascii() || cfg!(not(feature = "unicode-names")) {
        return c.is_ascii() && is_allowed_ascii(c as u8);
    }
    let blank = c.is_whitespace() && !c.is_control();
    blank || (c.is_alphanumeric() && !is_alphabetic_mark(c))
}

/// The letters of `char::is_alphanumeric` that are not of class L or N: combining vowel signs and circled letters.
fn is_alphabetic_mark(c: char) -> bool {
    let c = c as u32;
    let behind = ALPHABETIC_MARKS.partition_point(|&(first, _)| first <= c);
    behind > 0 && c <= ALPHABETIC_MARKS[behind - 1].1
}

include!("name_marks.rs");

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str, capacity: usize) -> (Option<String>, u32) {
        let mut buffer = vec![0; capacity];
        let mut cuts = 0;
        let length = write::<false>(&mut buffer, name, &mut cuts);
        let json = length.map(|length| format!("\"{}", String::from_utf8(buffer[..length].to_vec()).unwrap()));
        (json.map(|json| serde_json::from_str(&json).unwrap()), cuts)
    }

    #[test]
    fn names_of_the_python_sdks_vectors_come_out_as_there() {
        for (name, expected) in [
            ("a?b", "ab"),
            ("a;b*c(d)e!f$g~h^i<j>k", "abcdefghijk"),
            (r"ok_.:/%&#=+\-@ é漢", r"ok_.:/%&#=+\-@ é漢"),
            ("https://x/y?z=1", "https://x/yz=1"),
            // The Python SDK leaves these, the schema does not allow them.
            ("a\"b'c[d]{e}|f,g`", "abcdefg"),
        ] {
            assert_eq!(written(name, 300).0.as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_name_over_two_hundred_characters_is_cut_and_counted() {
        assert_eq!(written(&"x".repeat(205), 300), (Some("x".repeat(200)), 1));
        assert_eq!(written(&"漢".repeat(205), 900), (Some("漢".repeat(200)), 1));
        assert_eq!(written(&"漢".repeat(200), 900), (Some("漢".repeat(200)), 0));
    }

    #[test]
    fn a_name_without_an_allowed_character_becomes_the_fallback_and_is_counted() {
        for name in ["", "?;*", "\0\n\t", "🦀"] {
            assert_eq!(written(name, 300), (Some(FALLBACK.to_owned()), 1), "{name:?}");
        }
    }

    #[test]
    fn a_name_is_cut_to_the_room_at_a_character() {
        assert_eq!(written("漢字漢字", 8), (Some("漢字".to_owned()), 1));
        assert_eq!(written("checkout", 9), (Some("checkout".to_owned()), 0));
        assert_eq!(written("checkout", 8), (Some("checkou".to_owned()), 1));
        assert_eq!(written("漢", 3), (Some("un".to_owned()), 1));
    }

    #[test]
    fn a_name_without_room_for_one_character_is_refused() {
        for capacity in 0..2 {
            assert_eq!(written("x", capacity).0, None);
        }
        assert_eq!(written("x", 2).0.as_deref(), Some("x"));
    }
}
