//! What single bytes of a statement may begin.

use crate::json::SMALL;

/// May begin a literal or a comment, or has to do with where one begins.
pub(super) const STOP: u8 = 1;
/// Has to do with where a password stands, and is no [`STOP`].
pub(super) const WATCHED: u8 = 2;
/// Stands within a name or keyword in every dialect, though it may not begin one.
pub(super) const WORD: u8 = 4;
/// Part of a character beyond ASCII, which may be a letter or not.
pub(super) const BEYOND_ASCII: u8 = 32;
/// May go on a number.
pub(super) const NUMERAL: u8 = 16;
/// A decimal digit.
pub(super) const DIGIT: u8 = 64;
/// White space.
pub(super) const BLANK: u8 = 8;

static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut at = 0;
    while at < classes.len() {
        classes[at] = class(at as u8);
        at += 1;
    }
    classes
}

const fn class(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => STOP | WORD | NUMERAL | DIGIT,
        b'$' => STOP | WORD,
        b'"' | b'#' | b'\'' | b'-' | b'/' | b';' | b'[' | b']' | b'`' => STOP,
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => WATCHED | WORD | NUMERAL,
        0x80.. => BEYOND_ASCII | NUMERAL,
        b'=' | b',' => WATCHED,
        b'\t'..=b'\r' | b' ' => BLANK,
        _ => 0,
    }
}

/// Whether a byte is of one of the `classes`.
#[inline(always)]
pub(super) fn is(byte: u8, classes: u8) -> bool {
    CLASSES[usize::from(byte)] & classes != 0
}

/// The first byte from `at` on that is of one of the `classes`, or the end.
#[inline]
pub(super) fn find(bytes: &[u8], at: usize, classes: u8) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|&byte| is(byte, classes)).unwrap_or(rest.len())
}

/// The first byte from `at` on that is of none of the `classes`, or the end.
#[inline]
pub(super) fn skip(bytes: &[u8], at: usize, classes: u8) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|&byte| !is(byte, classes)).unwrap_or(rest.len())
}

/// How many bytes are looked at at once, and how many between two looks at the end.
const BLOCK: usize = 16;
const FEW: usize = 4;

/// The first [`STOP`] from `at` on, or the end.
#[inline(always)]
pub(super) fn next_stop(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    if SMALL {
        return find(bytes, at, STOP);
    }
    // Where one is, another is near, and single bytes are quicker. A statement begins with words.
    let rest = if at == 0 {
        rest
    } else {
        match search(rest, BLOCK / FEW, |byte| is(byte, STOP)) {
            Ok(stop) => return bytes.len() - stop.len(),
            Err(rest) => rest,
        }
    };
    let mut rest = rest;
    while let Some((block, behind)) = rest.split_first_chunk::<BLOCK>() {
        if block.iter().fold(0, |any, &byte| any | stop_mark(byte)) != 0 {
            break;
        }
        rest = behind;
    }
    bytes.len() - search(rest, usize::MAX, |byte| is(byte, STOP)).unwrap_or_default().len()
}

/// The first place from `at` on where `byte` stands.
#[inline]
pub(super) fn position(bytes: &[u8], at: usize, byte: u8) -> Option<usize> {
    let rest = bytes.get(at..)?;
    if SMALL {
        return rest.iter().position(|&other| other == byte).map(|offset| at + offset);
    }
    search(rest, usize::MAX, |other| other == byte)
        .ok()
        .filter(|rest| !rest.is_empty())
        .map(|rest| bytes.len() - rest.len())
}

/// The bytes from the first wanted one on, none if there is none; or those behind `steps` of four, if it is in none of
/// them.
#[inline(always)]
fn search(bytes: &[u8], steps: usize, is_wanted: impl Fn(u8) -> bool) -> Result<&[u8], &[u8]> {
    let mut rest = bytes;
    let mut left = steps;
    while left > 0 {
        let Some(([a, b, c, d], behind)) = rest.split_first_chunk::<FEW>() else {
            while let [byte, behind @ ..] = rest {
                if is_wanted(*byte) {
                    break;
                }
                rest = behind;
            }
            return Ok(rest);
        };
        if is_wanted(*a) {
            return Ok(rest);
        }
        if is_wanted(*b) {
            return Ok(rest.get(1..).unwrap_or_default());
        }
        if is_wanted(*c) {
            return Ok(rest.get(2..).unwrap_or_default());
        }
        if is_wanted(*d) {
            return Ok(rest.get(3..).unwrap_or_default());
        }
        rest = behind;
        left -= 1;
    }
    Err(rest)
}

/// Not 0 for every [`STOP`], and for `%`, `&`, `:` and `\` because they stand between.
///
/// A sum of saturating differences and not of conditions, so that a block takes few vector instructions.
#[inline(always)]
const fn stop_mark(byte: u8) -> u8 {
    in_range(byte, b'"', b'\'')
        | in_range(byte, b'/', b';')
        | in_range(byte, b'[', b']')
        | in_range(byte, b'-', b'-')
        | in_range(byte, b'`', b'`')
}

/// Not 0 for a byte from `first` to `last`.
#[inline(always)]
const fn in_range(byte: u8, first: u8, last: u8) -> u8 {
    byte.wrapping_add(u8::MAX - last).saturating_sub(u8::MAX - 1 - (last - first))
}

/// Whether three bytes, of which the last is beyond ASCII, end with a character that no name ends with: the sign of a
/// currency, a blank, a dash. A number may follow it. Some letters that are rare in names count as such.
pub(super) const fn ends_symbol(first: u8, second: u8, third: u8) -> bool {
    // U+0080 to U+00BF,
    second == 0xc2
        // U+2000 to U+2FFF, U+F000 to U+FFFF, U+3000 to U+303F,
        || matches!((first, second), (0xe2 | 0xef, _) | (0xe3, 0x80))
        // and the signs of the rupee, the baht and the riel.
        || matches!((first, second, third), (0xe0, 0xa7, 0xb2 | 0xb3) | (0xe0, 0xb8, 0xbf) | (0xe1, 0x9f, 0x9b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_stops_at_every_byte_that_the_table_names() {
        for byte in 0..=u8::MAX {
            assert!(stop_mark(byte) != 0 || !is(byte, STOP), "{byte:#x}");
            assert_eq!(stop_mark(byte) != 0 && !is(byte, STOP), b"%&:\\".contains(&byte), "{byte:#x}");
        }
    }

    #[test]
    fn the_next_stop_is_found_at_every_place_of_every_length() {
        // Miri looks at each byte a thousand times slower; a block and what is behind it have every kind of place.
        let longest = if cfg!(miri) { 20 } else { 69 };
        for length in 0..=longest {
            for stop in 0..=length {
                let mut text = vec![b'x'; length];
                if let Some(byte) = text.get_mut(stop) {
                    *byte = b'\'';
                }
                for at in 0..=length {
                    let expected = if at <= stop { stop } else { length };
                    assert_eq!(next_stop(&text, at), expected, "{stop} of {length} from {at}");
                    assert_eq!(find(&text, at, STOP), expected);
                }
            }
        }
    }

    #[test]
    fn letters_are_no_symbols_and_signs_of_currencies_are() {
        let ends_symbol = |text: &str| match text.as_bytes() {
            [.., first, second, third] => ends_symbol(*first, *second, *third),
            _ => panic!("{text} is too short"),
        };
        for name in ["aé", "größ", "年", "имя", "naï", "עברית", "naïveé"] {
            assert!(!ends_symbol(name), "{name}");
        }
        for text in ["a£", "€", "a¥", "a\u{a0}", "\u{3000}", "＄", "฿", "৳", "៛", "…", "–", "\u{feff}"] {
            assert!(ends_symbol(text), "{text}");
        }
    }
}
