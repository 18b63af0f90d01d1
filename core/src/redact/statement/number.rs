//! Numbers, and what only looks like one.

use super::byte::{self, DIGIT, NUMERAL, WORD};
use super::dialect::Rules;
use super::{BEHIND_LITERAL, Part, RedactedSql};

impl RedactedSql<'_> {
    /// What a digit belongs to: a name, a placeholder, or else a number.
    pub(super) fn digit(&mut self, start: usize, at: usize) -> Part {
        let before = at.wrapping_sub(1);
        let is_name = match self.byte_before(start, at) {
            b'@' => self.rules.has(Rules::NUMBERED_VARIABLES),
            b'?' => true,
            b':' => !self.in_brackets && !self.is_operand_before(start, before, b'['),
            b'.' if !self.is_operand_before(start, before, b'.') => {
                self.literal = before;
                false
            }
            b'#' => self.rules.has(Rules::HASH_IN_NAMES),
            _ => self.in_name(start, at),
        };
        if is_name { Part::kept(byte::skip(self.bytes(), at, WORD)) } else { self.number(at) }
    }

    /// `$` within a name, before a placeholder or an amount, or around a string.
    pub(super) fn dollar(&self, start: usize, at: usize) -> Part {
        if !self.in_name(start, at) {
            if byte::is(self.byte(at + 1), DIGIT) {
                if self.rules.has(Rules::AMOUNTS) {
                    return self.number(at + 1);
                }
            } else if let Some(end) = self.dollar_quoted(at) {
                return Part::literal(end);
            }
        }
        Part::kept(byte::skip(self.bytes(), at, WORD))
    }

    /// Whether something stands before `at` that a value can be part of: a name, another value, a closing bracket or
    /// the byte named. Behind it a colon begins no placeholder but the end of a slice, and a point no number.
    fn is_operand_before(&self, start: usize, at: usize, other: u8) -> bool {
        let byte = self.byte_before(start, at);
        let is_end = matches!(byte, b')' | b']' | b'}' | b'"' | b'`' | b'?' | b':' | BEHIND_LITERAL);
        is_end || byte == other || self.in_name(start, at)
    }

    /// The number whose digits begin at `at`, with all letters and points that touch them: it may be `0xff`, `1_000`,
    /// `1.5e-3`, `1.5f` or an address.
    fn number(&self, at: usize) -> Part {
        let is_hex = self.byte(at) == b'0' && self.byte(at + 1) | 0x20 == b'x';
        let mut end = at;
        loop {
            end = byte::skip(self.bytes(), end, NUMERAL);
            let last = self.byte(end.wrapping_sub(1)) | 0x20;
            end += match (self.byte(end), self.byte(end + 1)) {
                // Two of them are no point.
                (b'.', next) if next != b'.' => 1,
                (b'+' | b'-', next) if last == b'e' && !is_hex && byte::is(next, DIGIT) => 2,
                // SQL Server goes on behind the end of the line.
                (b'\\', b'\n') => 2,
                (b'\\', b'\r') if self.byte(end + 2) == b'\n' => 3,
                _ => return Part::literal(end),
            };
        }
    }
}
