//! SQL statements without their literals.

mod byte;
mod comment;
mod dialect;
mod number;
mod password;
mod quoted;

use core::fmt;
use core::iter::FusedIterator;

use byte::{BEYOND_ASCII, BLANK, DIGIT, WORD};
pub use dialect::Dialect;
use dialect::Rules;
use password::Watch;

use crate::json::SMALL;

/// What stands in place of a literal: the placeholder that most databases know.
const PLACEHOLDER: &str = "?";

/// What [`RedactedSql::before`] says behind a literal. No number and no name goes on after a quote.
const BEHIND_LITERAL: u8 = b'\'';

/// The statement with `?` in place of each literal and without its comments, as pieces to be written one after another.
///
/// It reads the statement once, keeps what it keeps in place, and takes whatever it is given: a statement that is cut
/// off, or no SQL at all.
///
/// ```
/// use xray_recorder_core::{Dialect, redact_sql};
///
/// let statement = "SELECT t1.id FROM t1 WHERE name = 'O''Brien' AND age >= 1.5e1 -- ask Bob\n LIMIT $1";
/// let redacted = redact_sql(statement, Dialect::PostgreSql);
/// assert_eq!(redacted.to_string(), "SELECT t1.id FROM t1 WHERE name = ? AND age >= ? LIMIT $1");
///
/// let pieces: Vec<&str> = redact_sql("SELECT 'a', b", Dialect::Generic).collect();
/// assert_eq!(pieces, ["SELECT ", "?", ", b"]);
/// ```
///
/// # What becomes `?`
///
/// * Strings with all that belongs to them: `'…'`, `N'…'`, `E'…'`, `U&'…'`, `B'…'`, `X'…'`, Oracle's `q'[…]'`,
///   `$$…$$` and `$tag$…$tag$`, and `"…"` where the dialect has strings of this kind. A name directly before a quote
///   stays, also where it is a character set: `_utf8'…'` becomes `_utf8?`.
/// * Numbers in any notation, and amounts such as `$4.50`. A sign stays: `-1` becomes `-?`.
/// * The password behind `IDENTIFIED BY` and `PASSWORD =`, quoted or not, the secret of a keystore, and the data behind
///   `COPY … FROM STDIN;`. In a statement about a user [`Dialect::Generic`] hides the word behind `PASSWORD`, too.
/// * All the rest, where a string, a name or a comment does not end.
///
/// Names, placeholders (`?`, `?1`, `$1`, `:1`, `:name`, `@name`, `%s`), keywords, `TRUE`, `FALSE` and `NULL` stay. A
/// comment goes, with the blanks behind it when there are some before it; one between two tokens leaves a blank. What
/// is no SQL is read as if it were.
///
/// # What the dialect decides
///
/// Databases do not agree on where a string ends, so a wrong dialect may show a part of one:
///
/// | in the statement | shown under |
/// |---|---|
/// | a string `"…"` | PostgreSQL, Redshift, Oracle and SQL Server, where it is a name |
/// | a quote after a backslash, `'it\'s …'` | PostgreSQL, SQLite, SQL Server and Oracle, where the string ends there |
/// | a string that ends with a backslash, `'C:\'` | MySQL and Redshift, where it goes on |
/// | a quote within `[…]` or a string that begins within it | the dialects that do not have, or do have, such names |
/// | a comment within a comment | MySQL, SQLite and Oracle, where the first end counts; the others hide more |
/// | a comment behind `#` | all but MySQL |
/// | a comment `--x` without a blank | MySQL |
/// | an amount `$5` | all but SQL Server, where it is a placeholder |
/// | `$$…$$` | Oracle |
///
/// [`Dialect::Generic`] shows none of these: where the dialects that are named here differ it hides what any of them takes for a literal or a
/// comment, and the rest of the statement where they could not agree again; so `$1` and `"name"` become `?` in it. It
/// is also right for a server whose settings change the reading: `standard_conforming_strings = off` of PostgreSQL,
/// `NO_BACKSLASH_ESCAPES` of MySQL, `QUOTED_IDENTIFIER OFF` of SQL Server.
///
/// ```
/// use xray_recorder_core::{Dialect, redact_sql};
///
/// let redacted = |dialect| redact_sql(r#"SELECT "a" FROM [b] WHERE c = 'it\'s'"#, dialect).to_string();
/// assert_eq!(redacted(Dialect::MySql), "SELECT ? FROM [b] WHERE c = ?");
/// assert_eq!(redacted(Dialect::Oracle), r#"SELECT "a" FROM [b] WHERE c = ?s?"#);
/// assert_eq!(redacted(Dialect::Generic), "SELECT ? FROM [b] WHERE c = ?");
/// ```
#[must_use]
pub fn redact_sql(statement: &str, dialect: Dialect) -> RedactedSql<'_> {
    RedactedSql {
        statement,
        at: 0,
        due: None,
        literal: 0,
        rules: dialect.rules(),
        watch: Watch::opening(statement.as_bytes()),
        before: b' ',
        escapes_go_on: false,
        in_brackets: false,
        data_follows: false,
        of_account: false,
    }
}

/// The pieces of a redacted statement: slices of the statement that are kept, as long as can be, and `?` in place of
/// each literal; see [`redact_sql`]. As [`Display`](fmt::Display) and [`Debug`](fmt::Debug) it is all of them that are
/// still to come; what was redacted is in neither.
///
/// ```
/// use xray_recorder_core::{Dialect, redact_sql};
///
/// let mut pieces = redact_sql("CALL f(1, x)", Dialect::MySql);
/// assert_eq!(pieces.next(), Some("CALL f("));
/// assert_eq!(format!("{pieces} {pieces:?}"), "?, x) RedactedSql(?, x))");
/// ```
#[derive(Clone)]
pub struct RedactedSql<'a> {
    statement: &'a str,
    /// All before it has been given.
    at: usize,
    /// What comes before the statement goes on.
    due: Option<&'static str>,
    /// Where the literal begins that has been found: its prefix or its point stands before the place.
    literal: usize,
    rules: Rules,
    /// Whether words are looked at.
    watch: Watch,
    /// What stands before `at` in what has been given.
    before: u8,
    /// Whether a string that follows has backslash escapes, because it continues an `E'…'`.
    escapes_go_on: bool,
    /// Whether a bracket is open, where it is not known to begin a name.
    in_brackets: bool,
    /// Whether data follows the end of the statement.
    data_follows: bool,
    /// Whether it is about a user or a keystore, in which a password may be a mere word.
    of_account: bool,
}

/// What stands at a place: what becomes of it, and the offset at which it ends.
#[derive(Clone, Copy)]
struct Part {
    becomes: Becomes,
    end: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Becomes {
    /// It stays.
    Itself,
    /// It is a literal, which begins at [`RedactedSql::literal`].
    Placeholder,
    /// It is a comment.
    Nothing,
}

impl Part {
    const fn kept(end: usize) -> Self {
        Self { becomes: Becomes::Itself, end }
    }

    const fn literal(end: usize) -> Self {
        Self { becomes: Becomes::Placeholder, end }
    }

    const fn comment(end: usize) -> Self {
        Self { becomes: Becomes::Nothing, end }
    }
}

impl<'a> Iterator for RedactedSql<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if let Some(due) = self.due.take() {
            return Some(due);
        }
        let mut start = self.at;
        if start >= self.statement.len() {
            return None;
        }
        let mut at = start;
        loop {
            at = self.next_mark(start, at);
            if at >= self.statement.len() {
                self.at = at;
                return self.kept(start, at);
            }
            if let Some(end) = self.part(start, at) {
                at = end;
                continue;
            }
            let piece = self.kept(start, self.literal).or_else(|| self.due.take());
            if piece.is_some() {
                return piece;
            }
            start = self.at;
            at = start;
        }
    }
}

impl FusedIterator for RedactedSql<'_> {}

impl fmt::Display for RedactedSql<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clone().try_for_each(|piece| f.write_str(piece))
    }
}

impl fmt::Debug for RedactedSql<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedactedSql({self})")
    }
}

impl<'a> RedactedSql<'a> {
    #[inline(always)]
    const fn bytes(&self) -> &'a [u8] {
        self.statement.as_bytes()
    }

    /// The byte at `at`; behind the end 0, which is nothing special in any dialect.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(not(target_arch = "wasm32"), inline)]
    fn byte(&self, at: usize) -> u8 {
        self.bytes().get(at).copied().unwrap_or(0)
    }

    /// A part of the statement, unless that is empty.
    #[inline(always)]
    fn kept(&self, start: usize, end: usize) -> Option<&'a str> {
        self.statement.get(start..end).filter(|kept| !kept.is_empty())
    }

    /// The next place from `at` on that has to be looked at, or the end, when all from `start` on has been kept.
    #[inline(always)]
    fn next_mark(&mut self, start: usize, at: usize) -> usize {
        let bytes = self.bytes();
        let mut at = at;
        loop {
            at = match self.watch {
                Watch::Off => byte::next_stop(bytes, at),
                _ => self.next_watched(at),
            };
            // What stays and is frequent is passed over here, where that is worth its code.
            if SMALL || self.watch == Watch::Due {
                return at;
            }
            at = match self.byte(at) {
                // Two quotes within a name are the end of one and the beginning of another.
                quote if quote == self.rules.name_quote() && !self.in_brackets => {
                    match byte::position(bytes, at + 1, quote) {
                        Some(end) => end + 1,
                        None => return at,
                    }
                }
                // A placeholder, or part of a name.
                b'$' if !self.rules.has(Rules::AMOUNTS) && byte::is(self.byte(at + 1), DIGIT) => {
                    byte::skip(bytes, at, WORD)
                }
                b'0'..=b'9' if byte::is(self.byte_before(start, at), WORD) => byte::skip(bytes, at, WORD),
                _ => return at,
            };
        }
    }

    /// Where to go on behind what stands at a mark, if that stays, when all from `start` on has been kept.
    #[inline(never)]
    fn part(&mut self, start: usize, at: usize) -> Option<usize> {
        self.literal = at;
        let mut part = self.element(start, at);
        if self.in_brackets && self.rules.has(Rules::IN_DOUBT) {
            // Where `[` begins a name, that may have ended in the midst of this.
            let is_whole = part.becomes != Becomes::Itself || self.byte(at) == b'`';
            let until = self.bytes().get(..part.end).unwrap_or_default();
            if is_whole && byte::position(until, at, b']').is_some() {
                part = self.rest();
            }
        }
        match part.becomes {
            Becomes::Itself => return Some(part.end),
            Becomes::Placeholder => {
                self.escapes_go_on &= self.byte(at) == b'\'';
                self.before = BEHIND_LITERAL;
                self.due = Some(PLACEHOLDER);
                self.at = part.end;
            }
            Becomes::Nothing => self.comment_ends(start, at, part.end),
        }
        None
    }

    /// A literal up to the end.
    const fn rest(&self) -> Part {
        Part::literal(self.statement.len())
    }

    #[inline(always)]
    fn element(&mut self, start: usize, at: usize) -> Part {
        if self.watch == Watch::Due {
            if let Some(part) = self.password(at) {
                return part;
            }
        }
        match self.byte(at) {
            b'0'..=b'9' => self.digit(start, at),
            b'\'' => self.string(start, at),
            b'"' | b'`' => self.string_or_name(at),
            b'$' => self.dollar(start, at),
            b'[' | b']' => self.bracket(at),
            b'-' | b'/' | b'#' => self.comment(at),
            b';' => self.statement_ends(at),
            _ => Part::kept(at + 1),
        }
    }

    fn statement_ends(&mut self, at: usize) -> Part {
        let next = byte::skip(self.bytes(), at + 1, BLANK);
        if self.data_follows && next < self.statement.len() {
            self.literal = next;
            return self.rest();
        }
        self.watch = Watch::Opening;
        self.of_account = false;
        Part::kept(next)
    }

    /// Goes on behind a comment, with a blank where its going would join what stands around it.
    fn comment_ends(&mut self, start: usize, at: usize, to: usize) {
        let bytes = self.bytes();
        let kept = bytes.get(start..at).unwrap_or_default();
        let blank_before = byte::is(self.byte_before(start, at), BLANK);
        self.at = if blank_before { byte::skip(bytes, to, BLANK) } else { to };
        self.escapes_go_on &= kept.iter().all(|&byte| byte::is(byte, BLANK));
        self.before = b' ';
        if self.rules.has(Rules::DASHES_NEED_BLANK) && kept.ends_with(b"--") {
            // A blank, or the one behind, would make these two minuses the beginning of a comment.
            self.due = Some(PLACEHOLDER);
            self.before = BEHIND_LITERAL;
        } else if !blank_before && self.at < bytes.len() && !byte::is(self.byte(self.at), BLANK) {
            self.due = Some(" ");
        }
    }

    /// The byte before `at`, when all from `start` on has been kept.
    fn byte_before(&self, start: usize, at: usize) -> u8 {
        match at.checked_sub(1) {
            Some(before) if at > start => self.byte(before),
            _ => self.before,
        }
    }

    /// Whether what begins at `at` goes on with a name that stands before it.
    fn in_name(&self, start: usize, at: usize) -> bool {
        let byte = self.byte_before(start, at);
        byte::is(byte, WORD)
            || byte == b'#' && self.rules.has(Rules::HASH_IN_NAMES)
            || byte::is(byte, BEYOND_ASCII)
                && !byte::ends_symbol(self.byte(at.wrapping_sub(3)), self.byte(at.wrapping_sub(2)), byte)
    }
}
