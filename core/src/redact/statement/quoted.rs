//! What stands between quotes of any kind.

use super::byte::{self, BEYOND_ASCII, BLANK, NUMERAL, WORD};
use super::dialect::Rules;
use super::{Part, RedactedSql};

/// What a backslash in a string is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Backslash {
    /// A character like others.
    Plain,
    /// The next character is part of the string.
    Escapes,
    /// The one or the other: a string with a backslash before a quote may end there or not.
    InDoubt,
}

impl RedactedSql<'_> {
    /// The string whose quote stands at `at`, with its prefix, when all from `start` on has been kept.
    pub(super) fn string(&mut self, start: usize, at: usize) -> Part {
        let before = self.bytes().get(start..at).unwrap_or_default();
        let continues = self.escapes_go_on && before.iter().all(|&byte| byte::is(byte, BLANK));
        let (mut escapes, mut is_alternative) = (continues, false);
        let last = self.byte_before(start, at) | 0x20;
        let last_but_one = if before.len() < 2 { 0 } else { self.byte(at - 2) | 0x20 };
        let length = match (last_but_one, last) {
            (b'u', b'&') | (b'n', b'q') => 2,
            (_, b'n' | b'e' | b'x' | b'b' | b'q') => 1,
            _ => 0,
        };
        if length > 0 && !self.in_name(start, at - length) {
            self.literal = at - length;
            escapes |= last == b'e';
            is_alternative = last == b'q';
        }
        self.escapes_go_on = escapes;
        let end = if is_alternative {
            self.alternative_end(at)
        } else {
            let backslash = if escapes { Backslash::Escapes } else { self.backslash() };
            self.quoted_end(at, backslash).or_else(|| self.escape_clause_end(before, at))
        };
        Part::literal(end.unwrap_or(self.statement.len()))
    }

    pub(super) const fn backslash(&self) -> Backslash {
        if self.rules.has(Rules::IN_DOUBT) {
            Backslash::InDoubt
        } else if self.rules.has(Rules::BACKSLASH_ESCAPES) {
            Backslash::Escapes
        } else {
            Backslash::Plain
        }
    }

    /// The end of what is quoted from `at` on; two quotes do not end it. `None` where it does not end, or it is in doubt
    /// whether it does.
    pub(super) fn quoted_end(&self, at: usize, backslash: Backslash) -> Option<usize> {
        let quote = self.byte(at);
        let mut at = at + 1;
        while at < self.statement.len() {
            let (byte, next) = (self.byte(at), self.byte(at + 1));
            at += 1;
            if byte == quote {
                if next != quote {
                    return Some(at);
                }
                at += 1;
            } else if byte == b'\\' && backslash != Backslash::Plain {
                if backslash == Backslash::InDoubt && next == quote {
                    return None;
                }
                at += 1;
            }
        }
        None
    }

    /// The end of the string `'\\'` in `ESCAPE '\\'`, about which there is no doubt: the clause takes one character.
    fn escape_clause_end(&self, before: &[u8], at: usize) -> Option<usize> {
        let (name, clause) = before.trim_ascii_end().split_last_chunk::<6>()?;
        let begins = name.last().is_none_or(|&byte| !byte::is(byte, WORD | BEYOND_ASCII));
        let clause = begins && clause.eq_ignore_ascii_case(b"escape");
        let alone = self.byte(at + 1) == b'\\' && self.byte(at + 2) == b'\'' && self.byte(at + 3) != b'\'';
        (clause && alone).then_some(at + 3)
    }

    /// The end of `q'[…]'`, whose quote stands at `at`.
    fn alternative_end(&self, at: usize) -> Option<usize> {
        let bytes = self.bytes();
        let opening = self.byte(at + 1);
        if byte::is(opening, BLANK) {
            return self.quoted_end(at, self.backslash());
        }
        let mut start = at + 2;
        while self.byte(start) & 0xc0 == 0x80 {
            start += 1;
        }
        let closing = match opening {
            b'[' => b"]",
            b'{' => b"}",
            b'(' => b")",
            b'<' => b">",
            _ => bytes.get(at + 1..start)?,
        };
        let mut end = start;
        loop {
            end = byte::position(bytes, end, b'\'')?;
            if bytes.get(start..end)?.ends_with(closing) {
                return Some(end + 1);
            }
            end += 1;
        }
    }

    /// The end of `$$…$$` or `$tag$…$tag$`, if one begins at `at`.
    pub(super) fn dollar_quoted(&self, at: usize) -> Option<usize> {
        let bytes = self.bytes();
        let tag = byte::skip(bytes, at + 1, NUMERAL);
        if self.byte(tag) != b'$' || !self.rules.has(Rules::DOLLAR_QUOTES) {
            return None;
        }
        let quote = bytes.get(at..=tag)?;
        let mut end = tag + 1;
        while let Some(next) = byte::position(bytes, end, b'$') {
            if bytes.get(next..)?.starts_with(quote) {
                return Some(next + quote.len());
            }
            end = next + 1;
        }
        Some(bytes.len())
    }

    /// `"…"` or `` `…` ``.
    pub(super) fn string_or_name(&self, at: usize) -> Part {
        let (is_name, backslash) = if self.byte(at) == b'`' {
            (self.rules.has(Rules::BACKTICK_NAMES), Backslash::Plain)
        } else if self.rules.has(Rules::DOUBLE_QUOTED_STRINGS) {
            (false, self.backslash())
        } else {
            (true, Backslash::Plain)
        };
        match self.quoted_end(at, backslash) {
            Some(end) if is_name => Part::kept(end),
            end => Part::literal(end.unwrap_or(self.statement.len())),
        }
    }

    /// A bracket: of a name, or of an array.
    pub(super) fn bracket(&mut self, at: usize) -> Part {
        let bracket = self.byte(at);
        let mut end = at + 1;
        if !self.rules.has(Rules::BRACKET_NAMES) {
            // As part of a name, two of them do not end it.
            if bracket == b']' && self.rules.has(Rules::IN_DOUBT) && self.byte(end) == b']' {
                end += 1;
            } else {
                self.in_brackets = bracket == b'[';
            }
        } else if bracket == b'[' {
            while let Some(next) = byte::position(self.bytes(), end, b']') {
                if self.byte(next + 1) != b']' || !self.rules.has(Rules::DOUBLED_BRACKETS) {
                    return Part::kept(next + 1);
                }
                end = next + 2;
            }
            return self.rest();
        }
        Part::kept(end)
    }
}
