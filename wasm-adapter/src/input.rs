//! What JavaScript wrote.

use crate::labels::Labels;
use crate::memory;

/// Operations and their operands, one behind the other.
///
/// A text is its length and itself. JavaScript counts in UTF-16 units, as that is what it knows of a string without a
/// look at it; digits of a length are of base 64, least significant first, with 64 added to all but the last. So
/// everything is ASCII but the texts themselves, and one call of `encodeInto` writes all of it.
pub(crate) struct Input<'i> {
    bytes: &'i [u8],
    at: usize,
    /// Whether units are bytes: everything is ASCII.
    is_ascii: bool,
    labels: &'i Labels,
}

impl<'i> Input<'i> {
    pub(crate) const fn new(bytes: &'i [u8], is_ascii: bool, labels: &'i Labels) -> Self {
        Self { bytes, at: 0, is_ascii, labels }
    }

    /// The next byte: an operation, the kind of a member, a digit.
    pub(crate) fn mark(&mut self) -> Option<u8> {
        let mark = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(mark)
    }

    /// The next label: a number, or none and the text.
    #[inline(never)]
    pub(crate) fn label(&mut self) -> Option<&'i str> {
        match self.mark()? {
            127 => self.text(),
            number => Some(memory::text(self.labels.get(number.into())?)),
        }
    }

    /// The next text; `None` where there is none, which is a defect of the JavaScript side.
    #[inline(never)]
    pub(crate) fn text(&mut self) -> Option<&'i str> {
        let (mut units, mut shift) = (0, 0);
        loop {
            let digit = usize::from(self.mark()?);
            units |= (digit & 63) << shift;
            if digit < 64 {
                break;
            }
            shift = (shift + 6) & 31;
        }
        let start = self.at;
        let mut end = start + units;
        if !self.is_ascii {
            end = start;
            // A character ends where the next one begins; what takes four bytes is two units.
            while let Some(&byte) = self.bytes.get(end) {
                if byte & 0xc0 != 0x80 {
                    if units == 0 {
                        break;
                    }
                    units = units.wrapping_sub(1 + usize::from(byte >= 0xf0));
                }
                end += 1;
            }
        }
        self.at = end;
        // Both are between characters: before one is a digit, behind the other a byte that begins a character.
        Some(memory::text(self.bytes.get(start..end)?))
    }
}
