//! Statements: their literals and comments.

use super::dialect::Dialect;
use super::literal::{
    Escapes, comment_end, dollar_quote_end, is_word, line_end, name_end, number_end, q_quote_end, string_end,
};
use super::{Finds, Gap, PLACEHOLDER, Redacted};

/// A statement without its literals, each of which is replaced by `?`, and without its comments: strings of all forms,
/// numbers, and passwords that `IDENTIFIED BY` names. `TRUE`, `FALSE` and `NULL` stay, as do the sign of a number and
/// parameters such as `$1`, `:name`, `@p1` and `%s`.
///
/// What is not closed is left out to the end, so that a statement that was cut gives nothing away. Whatever the dialect
/// is said to be, nothing panics; where it is said to be another than it is, a string can be taken for what is around
/// it, for which there is [`Dialect::Generic`].
///
/// ```
/// use xray_recorder_core::{Dialect, redact_sql};
///
/// let statement = "SELECT * FROM t1 WHERE name = 'O''Hara' AND id IN (1, 0x2F) -- for alice";
/// assert_eq!(
///     redact_sql(statement, Dialect::PostgreSql).to_string(),
///     "SELECT * FROM t1 WHERE name = ? AND id IN (?, ?) "
/// );
/// let quoted = r#"SELECT "a" FROM `t`"#;
/// assert_eq!(redact_sql(quoted, Dialect::MySql).to_string(), "SELECT ? FROM `t`");
/// ```
#[must_use]
pub fn redact_sql(statement: &str, dialect: Dialect) -> Redacted<'_, SqlRule> {
    Redacted::new(statement, SqlRule { dialect, expected: Expected::Nothing })
}

/// Looks for literals and comments.
#[derive(Clone, Copy, Debug)]
pub struct SqlRule {
    dialect: Dialect,
    expected: Expected,
}

/// What the words so far lead up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Nothing,
    /// After `IDENTIFIED`: `BY`, or `USING` and the like.
    By,
    /// A password, quoted or not.
    Password,
    /// After a password: perhaps `REPLACE` and the old one.
    Replace,
    /// After `STDIN`: the data of `COPY`, from the next line or statement on.
    Data,
}

/// What begins with a byte.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Plain,
    Word,
    Digit,
    Other,
}

static CLASSES: [Class; 256] = {
    let mut classes = [Class::Plain; 256];
    let mut byte = 0;
    while byte < 256 {
        let value = byte as u8;
        classes[byte] = match value {
            b'0'..=b'9' => Class::Digit,
            b'\'' | b'"' | b'`' | b'[' | b'-' | b'/' | b'#' | b'$' | b':' | b'?' | b'.' | b';' | b'\n' => Class::Other,
            _ if is_word(value) => Class::Word,
            _ => Class::Plain,
        };
        byte += 1;
    }
    classes
};

impl Finds for SqlRule {
    fn gap(&mut self, text: &[u8], start: usize) -> Option<Gap> {
        let mut at = start;
        loop {
            let byte = *text.get(at)?;
            match CLASSES[usize::from(byte)] {
                Class::Plain => at += 1,
                Class::Word => {
                    let word = at;
                    while text.get(at).is_some_and(|&byte| is_word(byte)) {
                        at += 1;
                    }
                    if let Some(gap) = self.word(text, word, at) {
                        return Some(gap);
                    }
                }
                Class::Digit => {
                    let end = number_end(text, at);
                    self.value_seen();
                    return Some(Gap { start: at, end, instead: PLACEHOLDER });
                }
                Class::Other => match self.other(text, at) {
                    Ok(next) => at = next,
                    Err(gap) => return Some(gap),
                },
            }
        }
    }
}

impl SqlRule {
    /// A word that may be the prefix of a string, a password, or what leads up to one.
    #[inline]
    fn word(&mut self, text: &[u8], start: usize, end: usize) -> Option<Gap> {
        let word = &text[start..end];
        if self.expected != Expected::Nothing {
            if let Some(gap) = self.expected_word(word, start, end) {
                return Some(gap);
            }
        }
        self.leads_up(word);
        if text.get(end) == Some(&b'\'') { self.prefixed(text, start, end) } else { None }
    }

    /// A string with something directly before it: `N'…'`, `_utf8'…'`, or the keyword of `LIKE'…'`.
    fn prefixed(&mut self, text: &[u8], start: usize, end: usize) -> Option<Gap> {
        let prefix = &text[start..end];
        let is_prefix = |names: &[&[u8]]| names.iter().any(|name| prefix.eq_ignore_ascii_case(name));
        if self.dialect.has_q_quotes() && is_prefix(&[b"q", b"nq"]) {
            self.value_seen();
            return Some(Gap { start, end: q_quote_end(text, end + 1), instead: PLACEHOLDER });
        }
        let belongs = is_prefix(&[b"n", b"e", b"b", b"x"]) || prefix.first() == Some(&b'_');
        self.value_seen();
        let string = string_end(text, end + 1, b'\'', Escapes::of(self.dialect, prefix));
        Some(Gap { start: if belongs { start } else { end }, end: string, instead: PLACEHOLDER })
    }

    /// Remembers words that lead up to a secret which is not quoted. Few words are as long.
    #[inline]
    fn leads_up(&mut self, word: &[u8]) {
        match word {
            [b'i' | b'I', ..] if word.eq_ignore_ascii_case(b"identified") => self.expected = Expected::By,
            [b's' | b'S', ..] if word.eq_ignore_ascii_case(b"stdin") => self.expected = Expected::Data,
            _ => {}
        }
    }

    /// A literal or a parameter is what a password was.
    #[inline]
    fn value_seen(&mut self) {
        self.expected = match self.expected {
            Expected::Password => Expected::Replace,
            Expected::Data => Expected::Data,
            Expected::Nothing | Expected::By | Expected::Replace => Expected::Nothing,
        };
    }

    #[cold]
    fn expected_word(&mut self, word: &[u8], start: usize, end: usize) -> Option<Gap> {
        let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
        match self.expected {
            Expected::By => {
                let goes_on = is(b"by") || is(b"with") || is(b"using") || is(b"as");
                self.expected = if goes_on { Expected::Password } else { Expected::Nothing };
                None
            }
            // `IDENTIFIED BY VALUES 'hash'`, `IDENTIFIED WITH plugin BY 'password'`.
            Expected::Password if is(b"values") || is(b"password") || is(b"by") || is(b"as") || is(b"random") => None,
            Expected::Password => {
                self.expected = Expected::Replace;
                Some(Gap { start, end, instead: PLACEHOLDER })
            }
            Expected::Replace => {
                let goes_on = is(b"replace") || is(b"by") || is(b"as");
                self.expected = if goes_on { Expected::Password } else { Expected::Nothing };
                None
            }
            Expected::Nothing | Expected::Data => None,
        }
    }

    /// A byte that may begin a literal, a quoted name or a comment: where to go on, or what is left out.
    fn other(&mut self, text: &[u8], at: usize) -> Result<usize, Gap> {
        let dialect = self.dialect;
        let next = text.get(at + 1).copied();
        let before = at.checked_sub(1).map(|before| text[before]);
        let literal = |end| Err(Gap { start: at, end, instead: PLACEHOLDER });
        match text[at] {
            quote @ (b'\'' | b'"')
                if quote == b'\'' || dialect.has_double_quoted_strings() || self.expected == Expected::Password =>
            {
                self.value_seen();
                literal(string_end(text, at + 1, quote, Escapes::of(dialect, b"")))
            }
            quote @ (b'"' | b'`') => {
                name_end(text, at + 1, quote).ok_or(Gap { start: at, end: text.len(), instead: PLACEHOLDER })
            }
            b'[' if dialect.has_bracketed_names() => {
                name_end(text, at + 1, b']').ok_or(Gap { start: at, end: text.len(), instead: PLACEHOLDER })
            }
            b'-' if next == Some(b'-') => Err(comment(text, at, line_end(text, at))),
            b'#' if dialect.has_hash_comments() => Err(comment(text, at, line_end(text, at))),
            b'/' if next == Some(b'*') => Err(comment(text, at, comment_end(text, at, dialect.has_nested_comments()))),
            b'$' => self.dollar(text, at),
            b':' if next.is_some_and(|byte| byte.is_ascii_digit()) && dialect.has_colon_parameters() => {
                Ok(parameter_end(text, at))
            }
            b'?' if next.is_some_and(|byte| byte.is_ascii_digit()) && dialect.has_question_parameters() => {
                Ok(parameter_end(text, at))
            }
            b'.' if next.is_some_and(|byte| byte.is_ascii_digit()) && !before.is_some_and(ends_name) => {
                literal(number_end(text, at))
            }
            b'?' if self.expected != Expected::Nothing => {
                self.value_seen();
                Ok(at + 1)
            }
            b';' | b'\n' if self.expected == Expected::Data && text.get(at + 1).is_some() => {
                Err(Gap { start: at + 1, end: text.len(), instead: PLACEHOLDER })
            }
            _ => Ok(at + 1),
        }
    }

    /// `$1`, `$tag$…$tag$`, or money.
    fn dollar(&self, text: &[u8], at: usize) -> Result<usize, Gap> {
        if self.dialect.has_dollar_quotes() {
            if let Some(end) = dollar_quote_end(text, at) {
                return Err(Gap { start: at, end, instead: PLACEHOLDER });
            }
        }
        let is_parameter = self.dialect.has_dollar_parameters() && text.get(at + 1).is_some_and(u8::is_ascii_digit);
        Ok(if is_parameter { parameter_end(text, at) } else { at + 1 })
    }
}

/// Behind the digits of a parameter; what follows them directly is no part of one.
fn parameter_end(text: &[u8], at: usize) -> usize {
    at + 1 + text[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// A comment, with a blank instead where words on both sides would become one.
fn comment(text: &[u8], start: usize, end: usize) -> Gap {
    let is_blank = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
    let before = start.checked_sub(1).and_then(|before| text.get(before));
    let instead = if is_blank(before) || is_blank(text.get(end)) { "" } else { " " };
    Gap { start, end, instead }
}

/// Whether a point behind this byte belongs to a name: `schema.table`.
fn ends_name(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'"' | b'`' | b']')
}
