//! Strings: scanned for what JSON must escape and copied in one pass.
//!
//! Non-ASCII text stays as it is: a `&str` is UTF-8, and so is the document.

use super::copy::{SHORT, json_mark, long, short};
use super::{SMALL, Tail, literal, raw, writer};
use crate::redact::{Redacted, Rule, redact_url, url_mark};

/// What a text that had to be cut ends with.
pub(crate) const CUT_MARK: &str = "…";

writer! {
    /// The text of a JSON string, without its quotes.
    pub(crate) fn escaped<'b>(tail: &'b mut [u8], text: &str) -> Tail<'b> {
        let bytes = text.as_bytes();
        let fits = bytes.len() <= SHORT && bytes.len() <= tail.len();
        if !SMALL && fits && short(&mut tail[..bytes.len()], bytes, json_mark) {
            return Some(&mut tail[bytes.len()..]);
        }
        escaped_long(tail, bytes)
    }
}

/// A JSON string with its quotes.
#[inline]
pub(crate) fn quoted<'b>(tail: &'b mut [u8], text: &str) -> Tail<'b> {
    labelled(tail, b'"', b"", text, usize::MAX, &mut 0)
}

/// Enough for a label, a [`SHORT`] text and a quote. A constant is looked for quicker than their sum, and the few bytes
/// before the end of a document are written by the piece.
const AMPLE: usize = 128;

writer! {
    /// The same as [`labelled`] for a URL, of which secrets are left out. One that has none is copied with no second look.
    pub(crate) fn labelled_url<'b>(
        tail: &'b mut [u8],
        first: u8,
        label: &[u8],
        url: &str,
        max_chars: usize,
        cuts: &mut u32,
    ) -> Tail<'b> {
        let bytes = url.as_bytes();
        let start = 1 + label.len();
        let end = start + bytes.len();
        if !SMALL && bytes.len() <= SHORT {
            if let Some(room) = tail.first_chunk_mut::<AMPLE>() {
                room[0] = first;
                room[1..start].copy_from_slice(label);
                if short(&mut room[start..end], bytes, url_mark) {
                    room[end] = b'"';
                    return Some(&mut tail[end + 1..]);
                }
            }
        }
        labelled_url_slowly(tail, first, label, url, max_chars, cuts)
    }
}

#[inline(never)]
fn labelled_url_slowly<'b>(
    tail: &'b mut [u8],
    first: u8,
    label: &[u8],
    url: &str,
    max_chars: usize,
    cuts: &mut u32,
) -> Tail<'b> {
    labelled_pieces(tail, first, label, redact_url(url), max_chars, cuts)
}

/// The same as [`labelled`] for a text in pieces.
#[inline(never)]
pub(crate) fn labelled_pieces<'b, R: Rule + Clone>(
    tail: &'b mut [u8],
    first: u8,
    label: &[u8],
    pieces: Redacted<'_, R>,
    max_chars: usize,
    cuts: &mut u32,
) -> Tail<'b> {
    let tail = literal(tail, &[first])?;
    let mut tail = raw(tail, label)?;
    // In bytes first, which are at least as many as characters.
    let length: usize = pieces.clone().map(str::len).sum();
    if length <= max_chars || pieces.clone().map(|piece| piece.chars().count()).sum::<usize>() <= max_chars {
        for piece in pieces {
            tail = escaped(tail, piece)?;
        }
    } else {
        let mut left = max_chars - 1;
        for piece in pieces {
            let end = piece.char_indices().nth(left).map_or(piece.len(), |(at, _)| at);
            let piece = piece.get(..end)?;
            left -= piece.chars().count();
            tail = escaped(tail, piece)?;
            if left == 0 {
                break;
            }
        }
        tail = raw(tail, CUT_MARK.as_bytes())?;
        *cuts += 1;
    }
    literal(tail, b"\"")
}

/// The same as [`fitted`] for a text in pieces.
#[inline(never)]
pub(crate) fn fitted_pieces<'b, 't>(
    tail: &'b mut [u8],
    pieces: impl Iterator<Item = &'t str> + Clone,
    reserve: usize,
    cuts: &mut u32,
) -> Tail<'b> {
    let room = tail.len().checked_sub(reserve)?;
    let whole = pieces
        .clone()
        .try_fold(0, |written, piece| escaped(&mut tail[written..room], piece).map(|rest| room - rest.len()));
    let written = match whole {
        Some(written) => written,
        None => fitted_part(&mut tail[..room], pieces.flat_map(str::chars), cuts)?,
    };
    Some(&mut tail[written..])
}

writer! {
    /// `first` and `label`, the text of a JSON string of at most `max_chars` characters and its closing quote. What is
    /// longer is cut, ends with [`CUT_MARK`] and is counted in `cuts`.
    pub(crate) fn labelled<'b>(
        tail: &'b mut [u8],
        first: u8,
        label: &[u8],
        text: &str,
        max_chars: usize,
        cuts: &mut u32,
    ) -> Tail<'b> {
        let bytes = text.as_bytes();
        let start = 1 + label.len();
        let end = start + bytes.len();
        // One look at the room for all three, and one place to go for whatever is unusual.
        if !SMALL && bytes.len() <= SHORT {
            if let Some(room) = tail.first_chunk_mut::<AMPLE>() {
                room[0] = first;
                room[1..start].copy_from_slice(label);
                if short(&mut room[start..end], bytes, json_mark) {
                    room[end] = b'"';
                    return Some(&mut tail[end + 1..]);
                }
            }
        }
        labelled_slowly(tail, first, label, text, max_chars, cuts)
    }
}

#[inline(never)]
fn labelled_slowly<'b>(
    tail: &'b mut [u8],
    first: u8,
    label: &[u8],
    text: &str,
    max_chars: usize,
    cuts: &mut u32,
) -> Tail<'b> {
    let tail = literal(tail, &[first])?;
    let tail = raw(tail, label)?;
    let tail = limited(tail, text, max_chars, cuts)?;
    literal(tail, b"\"")
}

/// The text of a JSON string of at most `max_chars` characters: what is longer is cut, ends with [`CUT_MARK`] and is
/// counted in `cuts`.
#[inline(never)]
pub(crate) fn limited<'b>(tail: &'b mut [u8], text: &str, max_chars: usize, cuts: &mut u32) -> Tail<'b> {
    if text.len() <= max_chars {
        return escaped(tail, text);
    }
    let mut ends = text.char_indices().map(|(at, _)| at).skip(max_chars - 1);
    let (Some(end), Some(_)) = (ends.next(), ends.next()) else {
        return escaped(tail, text);
    };
    // No slice by index: that would link the panic of one that splits a character.
    let tail = escaped(tail, text.get(..end)?)?;
    let tail = raw(tail, CUT_MARK.as_bytes())?;
    *cuts += 1;
    Some(tail)
}

writer! {
    /// The text of a JSON string, or as much of it as fits when `reserve` bytes must stay free behind it. A cut text
    /// ends with [`CUT_MARK`] and is counted in `cuts`. Fails only where not even the mark fits.
    pub(crate) fn fitted<'b>(tail: &'b mut [u8], text: &str, reserve: usize, cuts: &mut u32) -> Tail<'b> {
        let room = tail.len().checked_sub(reserve)?;
        let written = match escaped(&mut tail[..room], text) {
            Some(rest) => room - rest.len(),
            None => fitted_part(&mut tail[..room], text.chars(), cuts)?,
        };
        Some(&mut tail[written..])
    }
}

/// Writes the part of `text` that fits, and the mark; returns their length.
#[inline(never)]
fn fitted_part(tail: &mut [u8], text: impl Iterator<Item = char>, cuts: &mut u32) -> Option<usize> {
    let room = tail.len().checked_sub(CUT_MARK.len())?;
    let mut written = 0;
    for c in text {
        let mut utf8 = [0; 4];
        let utf8 = c.encode_utf8(&mut utf8);
        match escaped(&mut tail[written..room], utf8) {
            Some(rest) => written = room - rest.len(),
            None => break,
        }
    }
    tail[written..written + CUT_MARK.len()].copy_from_slice(CUT_MARK.as_bytes());
    *cuts += 1;
    Some(written + CUT_MARK.len())
}

/// A text that is long or has something to escape, or does not fit.
#[inline(never)]
fn escaped_long<'b>(tail: &'b mut [u8], text: &[u8]) -> Tail<'b> {
    // Escaping only makes a text longer.
    let slot = tail.get_mut(..text.len())?;
    if long(slot, text, json_mark) { Some(&mut tail[text.len()..]) } else { escaped_slowly(tail, text) }
}

#[inline(never)]
fn escaped_slowly<'b>(tail: &'b mut [u8], text: &[u8]) -> Tail<'b> {
    let mut tail = tail;
    for &byte in text {
        tail = match byte {
            b'"' => literal(tail, b"\\\"")?,
            b'\\' => literal(tail, b"\\\\")?,
            b'\n' => literal(tail, b"\\n")?,
            b'\r' => literal(tail, b"\\r")?,
            b'\t' => literal(tail, b"\\t")?,
            0..0x20 => {
                const DIGITS: &[u8; 16] = b"0123456789abcdef";
                let tail = literal(tail, b"\\u00")?;
                literal(tail, &[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])?
            }
            _ => literal(tail, &[byte])?,
        };
    }
    Some(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut [u8]) -> Tail<'_>, capacity: usize) -> Option<String> {
        let mut buffer = vec![0xff; capacity];
        let rest = write(&mut buffer)?.len();
        Some(String::from_utf8(buffer[..capacity - rest].to_vec()).unwrap())
    }

    #[test]
    fn every_byte_at_every_place_of_every_length_is_escaped_as_json_wants() {
        for length in 0..70 {
            for at in 0..length {
                for byte in 0..=0x7f_u8 {
                    let mut text = vec![b'x'; length];
                    text[at] = byte;
                    let text = String::from_utf8(text).unwrap();
                    let json = written(|tail| quoted(tail, &text), 6 * length + 2).unwrap();
                    assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
                    assert_eq!(
                        json.len() > length + 2,
                        byte < 0x20 || byte == b'"' || byte == b'\\',
                        "{byte:#x} at {at} of {length}"
                    );
                }
            }
        }
    }

    #[test]
    fn text_beyond_ascii_stays_as_it_is() {
        let text = "größe 漢字 🦀 \u{2028} \u{7f}";
        assert_eq!(written(|tail| escaped(tail, text), 100).unwrap(), text);
    }

    #[test]
    fn a_text_is_written_whole_or_not_at_all() {
        for capacity in 0..40 {
            let json = written(|tail| escaped(tail, "0123456789abcdef\"0123456789"), capacity);
            assert_eq!(json.is_some(), capacity >= 28, "{capacity}");
        }
    }

    #[test]
    fn a_text_over_its_limit_is_cut_at_a_character_and_counted() {
        let mut cuts = 0;
        assert_eq!(written(|tail| limited(tail, "größer", 6, &mut cuts), 100).unwrap(), "größer");
        assert_eq!(cuts, 0);
        assert_eq!(written(|tail| limited(tail, "größer!", 6, &mut cuts), 100).unwrap(), "größe…");
        assert_eq!(cuts, 1);
    }

    #[test]
    fn a_text_is_cut_to_the_room_at_a_character_and_counted() {
        let text = "ab\"漢\n🦀z";
        for room in 3..40 {
            let mut cuts = 0;
            let json = written(|tail| fitted(tail, text, 5, &mut cuts), room + 5).unwrap();
            assert!(json.len() <= room, "{json:?} in {room}");
            let read: String = serde_json::from_str(&format!("\"{json}\"")).unwrap();
            match cuts {
                0 => assert_eq!(read, text),
                _ => assert!(text.starts_with(read.strip_suffix(CUT_MARK).unwrap())),
            }
            assert_eq!(cuts == 0, room >= 14, "{json:?} in {room}");
        }
        assert!(written(|tail| fitted(tail, text, 5, &mut 0), 7).is_none());
    }
}
