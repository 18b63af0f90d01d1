//! Where literals, names and comments of SQL end.

use super::dialect::Dialect;

/// Behind a string that was opened before `at`, or the end. A quote that is doubled is part of it.
pub(super) fn string_end(text: &[u8], at: usize, quote: u8, escapes: Escapes) -> usize {
    let mut at = at;
    while let Some(&byte) = text.get(at) {
        if byte == quote {
            if text.get(at + 1) != Some(&quote) {
                return at + 1;
            }
            at += 2;
        } else if byte == b'\\' {
            match escapes {
                Escapes::None => at += 1,
                Escapes::Backslash => at += 2,
                // One reading ends the string with the quote that follows, the other does not.
                Escapes::Unknown if text.get(at + 1) == Some(&quote) => return text.len(),
                Escapes::Unknown => at += 1,
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// What a backslash does in a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escapes {
    None,
    Backslash,
    Unknown,
}

impl Escapes {
    /// In a string of this dialect, behind this prefix.
    pub(super) fn of(dialect: Dialect, prefix: &[u8]) -> Self {
        match dialect {
            Dialect::Generic => Self::Unknown,
            Dialect::PostgreSql if prefix.eq_ignore_ascii_case(b"e") => Self::Backslash,
            dialect if dialect.has_backslashes() => Self::Backslash,
            _ => Self::None,
        }
    }
}

/// Behind a name that was opened before `at`; none where it is not closed.
pub(super) fn name_end(text: &[u8], at: usize, close: u8) -> Option<usize> {
    text.get(at..)?.iter().position(|&byte| byte == close).map(|length| at + length + 1)
}

/// Behind Oracle's `q'[…]'`, of which `at` is the delimiter, or the end.
pub(super) fn q_quote_end(text: &[u8], at: usize) -> usize {
    let Some(&open) = text.get(at) else { return text.len() };
    let close = match open {
        b'[' => b']',
        b'{' => b'}',
        b'(' => b')',
        b'<' => b'>',
        other => other,
    };
    // A delimiter beyond ASCII is one of several bytes; its last one is enough to find it by, as nothing is kept.
    let body = at + 1;
    let found = text.get(body..).and_then(|rest| rest.windows(2).position(|pair| pair == [close, b'\'']));
    found.map_or(text.len(), |length| body + length + 2)
}

/// Behind PostgreSQL's `$tag$…$tag$` that begins at `at`, or the end; none where nothing of the kind begins there.
pub(super) fn dollar_quote_end(text: &[u8], at: usize) -> Option<usize> {
    let tag = text.get(at + 1..)?.iter().take_while(|&&byte| is_word(byte) && byte != b'$').count();
    let first = text.get(at + 1)?;
    let open_end = at + 1 + tag;
    if text.get(open_end) != Some(&b'$') || first.is_ascii_digit() {
        return None;
    }
    let quote = &text[at..=open_end];
    let body = &text[open_end + 1..];
    let length = body.windows(quote.len()).position(|part| part == quote).map(|at| at + quote.len());
    Some(length.map_or(text.len(), |length| open_end + 1 + length))
}

/// Behind a number that begins at `at`: digits, letters of its base and its unit, points, and an exponent with its sign.
pub(super) fn number_end(text: &[u8], at: usize) -> usize {
    let is_hex = text.get(at + 1).is_some_and(|byte| byte.eq_ignore_ascii_case(&b'x'));
    let mut at = at;
    while let Some(&byte) = text.get(at) {
        let is_exponent_sign = matches!(byte, b'+' | b'-')
            && !is_hex
            && text[at - 1].eq_ignore_ascii_case(&b'e')
            && text.get(at + 1).is_some_and(u8::is_ascii_digit);
        if !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.') || byte >= 0x80 || is_exponent_sign) {
            break;
        }
        at += 1;
    }
    at
}

/// Behind a comment that goes to the end of its line.
pub(super) fn line_end(text: &[u8], at: usize) -> usize {
    text[at..].iter().position(|&byte| matches!(byte, b'\n' | b'\r')).map_or(text.len(), |length| at + length)
}

/// Behind a comment `/*…*/` that begins at `at`, or the end.
pub(super) fn comment_end(text: &[u8], at: usize, nests: bool) -> usize {
    let mut depth = 1;
    let mut at = at + 2;
    while let Some(pair) = text.get(at..at + 2) {
        if pair == b"*/" {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else if pair == b"/*" && nests {
            depth += 1;
            at += 2;
        } else {
            at += 1;
        }
    }
    text.len()
}

/// Whether a byte may stand in a word: a name, a keyword, a number.
#[inline(always)]
pub(super) const fn is_word(byte: u8) -> bool {
    WORDS[byte as usize]
}

/// One look at a table, as every byte of a statement is asked about.
static WORDS: [bool; 256] = {
    let mut words = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let value = byte as u8;
        words[byte] = value.is_ascii_alphanumeric() || value == b'_' || value == b'$' || value >= 0x80;
        byte += 1;
    }
    words
};
