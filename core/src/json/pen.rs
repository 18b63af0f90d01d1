//! A writer for targets where code size counts: it holds the buffer itself, and remembers that something did not fit.
//!
//! Where speed counts the writers beside this take the tail by value; see the module above. Here a call is a pointer and
//! the operands, and nothing stands between two calls, which makes a third of the code.

use super::string::CUT_MARK;
use crate::redact::shown_of_web;

/// Whether the processor is a chip's: bytes are copied one by one there, as words of 64 bits are none.
const CHIP: bool = cfg!(any(xray_small, target_arch = "arm", target_arch = "riscv32"));

/// What a text that stands in pieces gives one after the other.
type Pieces<'p, 't> = &'p mut dyn FnMut() -> Option<&'t str>;

/// Writes a value, and within objects and arrays the members of it: for bindings to other languages, which print most values
/// themselves. [`Entity::dictate`](crate::Entity::dictate) gives it.
///
/// A label is a key in its quotes, escaped, with the colon; in an array it is empty. What does not fit makes all of it be
/// refused, by the call that gave the pen.
#[derive(Debug)]
pub struct Pen<'b> {
    bytes: &'b mut [u8],
    at: usize,
    end: usize,
    refused: bool,
    separator: u8,
    cuts: u32,
}

impl<'b> Pen<'b> {
    pub(crate) fn new(bytes: &'b mut [u8], at: usize, end: usize) -> Self {
        Self { bytes, at, end, refused: false, separator: b',', cuts: 0 }
    }

    /// One that writes nothing.
    #[must_use]
    pub fn nowhere() -> Self {
        Self::new(&mut [], 0, 0)
    }

    /// The index behind what was written, and how many texts were cut; `None` where something did not fit.
    pub(crate) fn finish(self) -> Option<(usize, u32)> {
        (!self.refused).then_some((self.at, self.cuts))
    }

    pub(crate) const fn position(&self) -> usize {
        self.at
    }

    /// Writes what is JSON already.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.copy(bytes, false);
    }

    /// Writes what is JSON already and long.
    pub(crate) fn raw_block(&mut self, bytes: &[u8]) {
        let end = self.at + bytes.len();
        match self.bytes.get_mut(self.at..end) {
            Some(slot) if end <= self.end => {
                slot.copy_from_slice(bytes);
                self.at = end;
            }
            _ => self.refused = true,
        }
    }

    #[inline(never)]
    pub(crate) fn byte(&mut self, byte: u8) {
        match self.bytes.get_mut(self.at) {
            Some(slot) if self.at < self.end => {
                *slot = byte;
                self.at += 1;
            }
            _ => self.refused = true,
        }
    }

    /// The text of a JSON string without its quotes.
    pub(crate) fn escaped(&mut self, text: &[u8]) {
        self.copy(text, true);
    }

    /// The room for so many bytes more, if there is that.
    #[inline(always)]
    fn room(&mut self, length: usize) -> Option<&mut [u8]> {
        self.bytes.get_mut(self.at..self.end)?.get_mut(..length)
    }

    #[inline(never)]
    fn copy(&mut self, text: &[u8], escapes: bool) {
        if self.room(text.len()).is_some_and(|slot| plain(slot, text, escapes)) {
            self.at += text.len();
            return;
        }
        for &byte in text {
            let escape = match byte {
                _ if !escapes => 0,
                b'\n' => b'n',
                b'\r' => b'r',
                b'\t' => b't',
                0..0x20 => {
                    self.raw(b"\\u00");
                    self.byte(b'0' + (byte >> 4));
                    let nibble = byte & 15;
                    self.byte(nibble + if nibble < 10 { b'0' } else { b'a' - 10 });
                    continue;
                }
                b'"' | b'\\' => byte,
                _ => 0,
            };
            if escape == 0 {
                self.byte(byte);
            } else {
                self.byte(b'\\');
                self.byte(escape);
            }
        }
    }

    /// A label and a value, which is a text or JSON already: most need no escapes and have room, so that they are written
    /// with one look at that.
    #[inline(never)]
    fn member(&mut self, label: &str, value: &str, quotes: bool) {
        let (label, value) = (label.as_bytes(), value.as_bytes());
        let separator = core::mem::replace(&mut self.separator, b',');
        let label_at = usize::from(separator != 0);
        let label_end = label_at + label.len();
        let value_at = label_end + usize::from(quotes);
        let value_end = value_at + value.len();
        let length = value_end + usize::from(quotes);
        let written = self.room(length).and_then(|slot| {
            if !plain(slot.get_mut(value_at..value_end)?, value, quotes) {
                return None;
            }
            if quotes {
                *slot.get_mut(label_end)? = b'"';
                *slot.get_mut(value_end)? = b'"';
            }
            let label_slot = slot.get_mut(label_at..label_end)?;
            plain(label_slot, label, false);
            if label_at > 0 {
                *slot.first_mut()? = separator;
            }
            Some(())
        });
        if written.is_some() {
            self.at += length;
            return;
        }
        self.separator = separator;
        self.label_bytes(label);
        if quotes {
            self.byte(b'"');
        }
        self.copy(value, quotes);
        if quotes {
            self.byte(b'"');
        }
    }

    /// The comma or bracket that is due, and the label: a key in its quotes, escaped, with the colon; in an array nothing.
    #[inline(always)]
    pub(crate) fn label(&mut self, label: &str) {
        self.label_bytes(label.as_bytes());
    }

    #[inline(never)]
    fn label_bytes(&mut self, label: &[u8]) {
        let separator = core::mem::replace(&mut self.separator, b',');
        if separator != 0 {
            self.byte(separator);
        }
        self.raw(label);
    }

    /// A part of a header, behind a semicolon unless it is the first.
    pub(crate) fn part(&mut self, text: &[u8]) {
        if self.at > 0 {
            self.byte(b';');
        }
        self.raw(text);
    }

    /// Before the value that belongs to the key just written.
    pub(crate) fn value_follows(&mut self) {
        self.separator = 0;
    }

    /// A text of at most so many characters. A longer one is cut, ends with `…` and is counted.
    pub fn text(&mut self, label: &str, text: &str, max_chars: usize) {
        if text.len() <= max_chars {
            return self.member(label, text, true);
        }
        let mut text = Some(text);
        self.pieces(label, &mut || text.take(), max_chars);
    }

    /// A web URL without its secrets; of any other text nothing is shown.
    pub fn web_url(&mut self, label: &str, url: &str) {
        let mut shown = shown_of_web(url).unwrap_or_default().into_iter();
        self.pieces(label, &mut || shown.next(), 250);
    }

    #[inline(never)]
    fn pieces(&mut self, label: &str, next: Pieces<'_, '_>, max_chars: usize) {
        self.label(label);
        self.byte(b'"');
        let mut left = max_chars;
        while let Some(piece) = next() {
            let end = end_of(piece, &mut left);
            self.escaped(piece.as_bytes().get(..end).unwrap_or_default());
            if end < piece.len() {
                self.cut();
                break;
            }
        }
        self.byte(b'"');
    }

    #[inline(never)]
    fn cut(&mut self) {
        self.raw(CUT_MARK.as_bytes());
        self.cuts += 1;
    }

    /// A text that is cut to the room there is: the last member of its block.
    pub fn message(&mut self, label: &str, message: &str) {
        let mut message = Some(message);
        self.fitted(label, &mut || message.take());
    }

    #[inline(never)]
    fn fitted(&mut self, label: &str, next: Pieces<'_, '_>) {
        self.label(label);
        self.byte(b'"');
        let limit = self.end;
        self.end = limit.saturating_sub(b"\"}".len());
        let was_refused = self.refused;
        let mut last = None;
        'pieces: while let Some(piece) = next() {
            // What surely fits needs no second look; no byte takes more than six.
            if self.at + 6 * piece.len() + CUT_MARK.len() <= self.end {
                self.escaped(piece.as_bytes());
                last = Some(self.at);
                continue;
            }
            for byte in piece.bytes() {
                if byte & 0xc0 != 0x80 && self.at + CUT_MARK.len() <= self.end {
                    last = Some(self.at);
                }
                self.escaped(&[byte]);
                if self.refused {
                    if let Some(last) = last {
                        self.at = last;
                        self.refused = was_refused;
                        self.cut();
                    }
                    break 'pieces;
                }
            }
        }
        self.end = limit;
        self.byte(b'"');
    }

    /// A value that is JSON already: a number, a word, what another serializer wrote.
    pub fn json(&mut self, label: &str, json: &str) {
        self.member(label, json, false);
    }

    /// Opens an object or array within; elements of an array have empty keys.
    pub fn open(&mut self, label: &str, bracket: u8) {
        self.label(label);
        self.separator = bracket;
    }

    /// Closes it.
    pub fn close(&mut self, bracket: u8) {
        if self.separator != b',' {
            self.byte(self.separator);
        }
        self.byte(bracket);
        self.separator = b',';
    }

    /// Closes an object that has members.
    pub(crate) fn close_plain(&mut self) {
        self.separator = b',';
        self.byte(b'}');
    }

    /// Refuses all that was written.
    pub fn refuse(&mut self) {
        self.refused = true;
    }
}

/// Copies a text to a slot of its length; false, with the copy unspecified, where something is to be escaped. Not by a call of
/// `memcpy`: most texts are shorter than that is long.
#[inline(never)]
fn plain(slot: &mut [u8], text: &[u8], escapes: bool) -> bool {
    // Of the two the same length, so that it is looked at once.
    let length = slot.len().min(text.len());
    let (slot, text) = (slot.get_mut(..length).unwrap_or_default(), text.get(..length).unwrap_or_default());
    if !CHIP && length < 8 {
        // The first four and the last four, which may overlap.
        if let (Some(&first), Some(&last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
            let bits = u64::from(u32::from_le_bytes(first)) | u64::from(u32::from_le_bytes(last)) << 32;
            if escapes && any_to_escape(bits) {
                return false;
            }
            if let Some(slot) = slot.first_chunk_mut() {
                *slot = first;
            }
            if let Some(slot) = slot.last_chunk_mut() {
                *slot = last;
            }
            return true;
        }
    }
    let mut at = 0;
    while let (false, Some(eight), Some(slot)) = (CHIP, first_eight(text, at), first_eight_mut(slot, at)) {
        let bits = u64::from_le_bytes(*eight);
        if escapes && any_to_escape(bits) {
            return false;
        }
        *slot = bits.to_le_bytes();
        at += 8;
        // The last eight may overlap those before, so that no single bytes are left.
        if at < length && at + 8 > length {
            at = length - 8;
        }
    }
    while let (Some(&byte), Some(slot)) = (text.get(at), slot.get_mut(at)) {
        if escapes && (byte < 0x20 || byte == b'"' || byte == b'\\') {
            return false;
        }
        *slot = byte;
        at += 1;
    }
    true
}

#[inline(always)]
fn first_eight(bytes: &[u8], at: usize) -> Option<&[u8; 8]> {
    bytes.get(at..)?.first_chunk()
}

#[inline(always)]
fn first_eight_mut(bytes: &mut [u8], at: usize) -> Option<&mut [u8; 8]> {
    bytes.get_mut(at..)?.first_chunk_mut()
}

/// Whether one of eight bytes may be one that JSON escapes.
const fn any_to_escape(eight: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (quote, backslash) = (eight ^ (ONES * b'"' as u64), eight ^ (ONES * b'\\' as u64));
    let control = eight.wrapping_sub(ONES * 0x20) & !eight;
    let marks = control | (quote.wrapping_sub(ONES) & !quote) | (backslash.wrapping_sub(ONES) & !backslash);
    marks & (ONES * 0x80) != 0
}

/// The index behind as many characters as are left, of which the last makes room for the mark where more follow; counts
/// them down.
fn end_of(text: &str, left: &mut usize) -> usize {
    let mut last = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte & 0xc0 != 0x80 {
            if *left == 0 {
                return last;
            }
            last = at;
            *left -= 1;
        }
    }
    text.len()
}
