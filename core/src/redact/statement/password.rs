//! Passwords that stand in a statement without quotes, and data behind it.
//!
//! To find them, words must be looked at, which costs more than to pass over them. No statement that begins with one of
//! the usual verbs can have one, so that only others pay for it.

use super::byte::{self, BLANK, STOP, WATCHED, WORD};
use super::dialect::Rules;
use super::{Becomes, Part, RedactedSql};
use crate::json::SMALL;

/// What the words so far make of the next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Watch {
    /// There are no passwords in this statement.
    Off,
    /// The statement begins.
    Opening,
    /// No word before says anything.
    On,
    /// `IDENTIFIED` stands before.
    Identified,
    /// `PASSWORD` stands before.
    Named,
    /// A password is next.
    Due,
    /// A password stands before.
    Given,
}

impl Watch {
    /// What is known of a statement, or of one behind another, by its first letters.
    #[inline(always)]
    pub(super) fn opening(statement: &[u8]) -> Self {
        if SMALL {
            // The first word will tell.
            return Self::Opening;
        }
        Self::of_verb(statement.trim_ascii_start())
    }

    #[inline(always)]
    fn of_verb(statement: &[u8]) -> Self {
        const VERBS: [u32; 6] = {
            let verbs = [*b"sele", *b"inse", *b"upda", *b"dele", *b"with", *b"merg"];
            let mut words = [0; 6];
            let mut at = 0;
            while at < verbs.len() {
                words[at] = u32::from_le_bytes(verbs[at]);
                at += 1;
            }
            words
        };
        let verb = statement.first_chunk().copied().unwrap_or_default();
        let verb = u32::from_le_bytes(verb) | 0x2020_2020;
        if VERBS.contains(&verb) { Self::Off } else { Self::Opening }
    }

    fn after(self, word: &[u8]) -> Self {
        let is = |keyword: &[u8]| word.eq_ignore_ascii_case(keyword);
        match self {
            Self::Opening if Self::of_verb(word) == Self::Off => Self::Off,
            Self::Identified if is(b"BY") => Self::Due,
            // The old one in a change of Oracle's, and the new one in that of a keystore.
            Self::Given if is(b"REPLACE") || is(b"SET") => Self::Due,
            _ if is(b"IDENTIFIED") => Self::Identified,
            _ if is(b"PASSWORD") => Self::Named,
            _ => Self::On,
        }
    }
}

/// Whether a word is one of those that stand in a text with blanks between them, which is shorter than a table.
fn is_one_of(word: &[u8], keywords: &[u8]) -> bool {
    keywords.split(|&byte| byte == b' ').any(|keyword| word.eq_ignore_ascii_case(keyword))
}

/// Whether a word behind `PASSWORD` may be one: of databases that this knows no dialect of, such as SAP's.
fn is_bare_password(word: &[u8]) -> bool {
    const KEYWORDS: &[u8] = b"IDENTIFIED EXPIRE LOCK UNLOCK FOR REQUIRE HISTORY REUSE VERIFY NULL MUST POLICY ENABLE DISABLE USING IS CHANGE TO LIFETIME";
    !word.is_empty() && !is_one_of(word, KEYWORDS)
}

impl RedactedSql<'_> {
    /// The next place from `at` on that has to be looked at, or the end. Words on the way are noted, and passwords are
    /// such a place.
    #[inline(never)]
    pub(super) fn next_watched(&mut self, at: usize) -> usize {
        let bytes = self.bytes();
        let mut at = at;
        loop {
            match self.watch {
                Watch::Off => return byte::next_stop(bytes, at),
                Watch::Due => return byte::skip(bytes, at, BLANK),
                Watch::Opening | Watch::On => at = byte::find(bytes, at, STOP | WATCHED),
                // What matters here is what stands next, behind comments.
                Watch::Identified | Watch::Named | Watch::Given => {
                    at = byte::skip(bytes, at, BLANK);
                    match bytes.get(at) {
                        Some(b'-' | b'/' | b'#') => return at,
                        Some(&byte) if byte::is(byte, WATCHED) => {}
                        _ => {
                            self.watch = Watch::On;
                            continue;
                        }
                    }
                }
            }
            let Some(&first) = bytes.get(at) else { return at };
            if !byte::is(first, WATCHED) {
                return at;
            }
            let end = byte::skip(bytes, at, WORD);
            let word = bytes.get(at..end).unwrap_or_default();
            if self.watch == Watch::Named
                && self.of_account
                && self.rules.has(Rules::IN_DOUBT)
                && is_bare_password(word)
            {
                self.watch = Watch::Due;
                return at;
            }
            self.watch = match (self.watch, first) {
                // Not `=>`, before the argument of a call.
                (Watch::Named, b'=') if bytes.get(at + 1).is_some_and(|&next| next != b'>') => Watch::Due,
                // More than one may be given the same right.
                (Watch::Given, b',') => Watch::Due,
                (_, b'=' | b',') => Watch::On,
                (watch, _) => watch.after(word),
            };
            self.data_follows |= word.eq_ignore_ascii_case(b"STDIN");
            self.of_account |= is_one_of(word, b"USER LOGIN ROLE ADMINISTER");
            if self.of_account && word.eq_ignore_ascii_case(b"SECRET") {
                self.watch = Watch::Due;
            }
            at = end.max(at + 1);
        }
    }

    /// The password at `at`, up to a blank or to what cannot be part of one.
    pub(super) fn password(&mut self, at: usize) -> Option<Part> {
        let mut end = at;
        while end < self.statement.len() {
            let byte = self.byte(end);
            end = match byte {
                b'=' if end == at => return Some(Part::kept(at + 1)),
                b'(' if end == at && self.of_account && self.rules.has(Rules::IN_DOUBT) => {
                    return Some(Part::kept(at + 1));
                }
                b'(' | b')' | b',' | b';' => {
                    if end == at {
                        self.watch = Watch::On;
                    }
                    break;
                }
                b'\'' => self.string(at, end).end,
                b'"' | b'`' => self.quoted_end(end, self.backslash()).unwrap_or(self.statement.len()),
                b'$' => self.dollar_quoted(end).unwrap_or(end + 1),
                b'-' | b'/' | b'#' => match self.comment(end) {
                    Part { becomes: Becomes::Nothing, .. } => break,
                    part => part.end,
                },
                _ if byte::is(byte, BLANK) => break,
                _ => end + 1,
            };
        }
        if end == at {
            return None;
        }
        let word = byte::skip(self.bytes(), at, WORD);
        if self.bytes().get(at..word).is_some_and(|word| word.eq_ignore_ascii_case(b"VALUES")) {
            return Some(Part::kept(word));
        }
        self.watch = Watch::Given;
        self.literal = at;
        Some(Part::literal(end))
    }
}
