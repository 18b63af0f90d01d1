//! Comments.

use super::byte::{self, BLANK};
use super::dialect::Rules;
use super::{Part, RedactedSql};

impl RedactedSql<'_> {
    /// The comment that begins at `at`, with `-`, `/` or `#`, if one does. What may be code as well is a literal.
    pub(super) fn comment(&self, at: usize) -> Part {
        let in_doubt = self.rules.has(Rules::IN_DOUBT);
        match (self.byte(at), self.byte(at + 1)) {
            (b'/', b'*') => self.block(at),
            (b'-', b'-') => {
                let behind = self.byte(at + 2);
                let is_certain = byte::is(behind, BLANK) || behind.is_ascii_control();
                if !is_certain && self.rules.has(Rules::DASHES_NEED_BLANK) {
                    return Part::kept(at + 1);
                }
                self.line(at, in_doubt && !is_certain)
            }
            (b'#', _) if in_doubt || self.rules.has(Rules::HASH_COMMENTS) => self.line(at, in_doubt),
            _ => Part::kept(at + 1),
        }
    }

    /// A comment up to the end of the line, which stays; another dialect may take it for code.
    fn line(&self, at: usize, in_doubt: bool) -> Part {
        let end = self.line_end(at);
        // A carriage return alone ends a line only for some.
        let is_end = self.byte(end) != b'\r' || self.byte(end + 1) == b'\n' || !self.rules.has(Rules::IN_DOUBT);
        if !is_end || in_doubt && self.may_go_on(at + 1, end) {
            self.rest()
        } else if in_doubt {
            Part::literal(end)
        } else {
            Part::comment(end)
        }
    }

    fn line_end(&self, at: usize) -> usize {
        let return_ends = self.rules.has(Rules::RETURN_ENDS_LINE | Rules::IN_DOUBT);
        let rest = self.bytes().get(at..).unwrap_or_default();
        at + rest.iter().position(|&byte| byte == b'\n' || byte == b'\r' && return_ends).unwrap_or(rest.len())
    }

    /// `/*…*/`
    fn block(&self, at: usize) -> Part {
        let mut depth = 1;
        let mut end = at + 2;
        while depth > 0 {
            end += match (self.byte(end), self.byte(end + 1)) {
                (b'*', b'/') => {
                    depth -= 1;
                    2
                }
                (b'/', b'*') if self.rules.has(Rules::IN_DOUBT) => self.statement.len(),
                (b'/', b'*') if self.rules.has(Rules::NESTED_COMMENTS) => {
                    depth += 1;
                    2
                }
                _ => 1,
            };
            if end > self.statement.len() {
                return self.rest();
            }
        }
        let mark = at + 2 + usize::from(self.byte(at + 2) == b'M');
        if self.byte(mark) != b'!' || !self.rules.has(Rules::CODE_IN_COMMENTS) {
            return Part::comment(end);
        }
        if self.may_go_on(mark, end - 2) { self.rest() } else { Part::literal(end) }
    }

    /// Whether what stands between might, read as code, go on behind its end.
    fn may_go_on(&self, from: usize, end: usize) -> bool {
        let inside = self.bytes().get(from..end).unwrap_or_default();
        inside.iter().any(|byte| matches!(byte, b'\'' | b'"' | b'`' | b'$' | b'#' | b'/' | b'['))
    }
}
