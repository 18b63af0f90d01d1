//! Reading the JSON of bodies where it lies: the members of an object, each with its value as it is written.

use std::borrow::Cow;

/// How deep values may be nested.
pub(super) const MAX_DEPTH: usize = 32;

/// The members of the object that a text begins with. They end where the text does, or where it is no JSON.
pub(super) struct Members<'j> {
    reader: Reader<'j>,
    next: Next,
}

/// The elements of the array that a text begins with, likewise.
pub(super) struct Elements<'j> {
    reader: Reader<'j>,
    next: Next,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    First,
    Further,
    /// It was closed.
    End,
    /// It is not what it should be.
    None,
}

impl Members<'_> {
    /// Whether all members were seen, to the bracket that closes the object.
    pub(super) fn is_complete(&self) -> bool {
        self.next == Next::End
    }
}

impl Elements<'_> {
    /// Whether all elements were seen, to the bracket that closes the array.
    pub(super) fn is_complete(&self) -> bool {
        self.next == Next::End
    }
}

/// A member's key, without its quotes but as it is escaped, and its value as it is written.
pub(super) type Member<'j> = (&'j str, &'j str);

/// The members of an object; none where this is something else.
pub(super) fn members(json: &[u8]) -> Members<'_> {
    let mut reader = Reader { rest: json };
    let next = if reader.take(b'{').is_some() { Next::First } else { Next::None };
    Members { reader, next }
}

/// The elements of an array; none where this is something else.
pub(super) fn elements(json: &[u8]) -> Elements<'_> {
    let mut reader = Reader { rest: json };
    let next = if reader.take(b'[').is_some() { Next::First } else { Next::None };
    Elements { reader, next }
}

impl<'j> Members<'j> {
    /// The next member, in bytes that were not yet looked at: of most members only the key counts.
    pub(super) fn next_bytes(&mut self) -> Option<(&'j [u8], &'j [u8])> {
        let (key, value) = separated(&mut self.reader, &mut self.next, b'}', |reader| {
            let key = reader.text()?;
            reader.take(b':')?;
            Some((key, reader.value()?))
        })?;
        Some((key.get(1..key.len() - 1)?, value))
    }
}

impl<'j> Iterator for Members<'j> {
    type Item = Member<'j>;

    fn next(&mut self) -> Option<Member<'j>> {
        let (key, value) = self.next_bytes()?;
        Some((str::from_utf8(key).ok()?, str::from_utf8(value).ok()?))
    }
}

impl<'j> Iterator for Elements<'j> {
    type Item = &'j str;

    fn next(&mut self) -> Option<&'j str> {
        let value = separated(&mut self.reader, &mut self.next, b']', Reader::value)?;
        str::from_utf8(value).ok()
    }
}

fn separated<'j, R>(
    reader: &mut Reader<'j>,
    next: &mut Next,
    close: u8,
    read: impl FnOnce(&mut Reader<'j>) -> Option<R>,
) -> Option<R> {
    if *next == Next::End {
        return None;
    }
    match std::mem::replace(next, Next::None) {
        Next::None | Next::End => return None,
        Next::First | Next::Further if reader.peek()? == close => {
            *next = Next::End;
            return None;
        }
        Next::First => {}
        Next::Further => reader.take(b',')?,
    }
    let found = read(reader)?;
    *next = Next::Further;
    Some(found)
}

struct Reader<'j> {
    rest: &'j [u8],
}

impl<'j> Reader<'j> {
    /// The byte that follows blanks, of which services and clients write none.
    fn peek(&mut self) -> Option<u8> {
        if let Some(first @ b'!'..) = self.rest.first() {
            return Some(*first);
        }
        let blanks = self.rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\t' | b'\r')).count();
        self.rest = &self.rest[blanks..];
        self.rest.first().copied()
    }

    fn take(&mut self, expected: u8) -> Option<()> {
        if self.peek()? != expected {
            return None;
        }
        self.skip(1);
        Some(())
    }

    fn skip(&mut self, bytes: usize) -> &'j [u8] {
        let (taken, rest) = self.rest.split_at(bytes.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// A text with its quotes.
    fn text(&mut self) -> Option<&'j [u8]> {
        if self.peek()? != b'"' {
            return None;
        }
        let end = end_of_text(self.rest)?;
        Some(self.skip(end))
    }

    /// Any value, to where it ends. Of what is nested only the brackets are counted, which is enough to find that.
    fn value(&mut self) -> Option<&'j [u8]> {
        match self.peek()? {
            b'"' => self.text(),
            b'{' | b'[' => {
                let mut depth = 0;
                let mut at = 0;
                loop {
                    match *self.rest.get(at)? {
                        b'"' => at += end_of_text(&self.rest[at..])?,
                        b'{' | b'[' => {
                            depth += 1;
                            at += 1;
                        }
                        b'}' | b']' => {
                            depth -= 1;
                            at += 1;
                            if depth == 0 {
                                return Some(self.skip(at));
                            }
                        }
                        _ => at += 1,
                    }
                    if depth > MAX_DEPTH {
                        return None;
                    }
                }
            }
            // Only what is followed by something is known to be whole.
            _ => {
                let end = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\t' | b'\r');
                let end = self.rest.iter().position(end)?;
                Some(self.skip(end))
            }
        }
    }
}

/// The length of the text that this begins with, its quotes included.
fn end_of_text(json: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += match *json.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => 2,
            _ => 1,
        };
    }
}

/// What a text says, which is given as it is written, with its quotes; `None` where this is no text.
pub(super) fn unescaped(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        let kind = escape.chars().next()?;
        rest = &escape[kind.len_utf8()..];
        text.push(match kind {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            '"' | '\\' | '/' => kind,
            'u' => {
                let (character, after) = unit(rest)?;
                rest = after;
                character
            }
            _ => return None,
        });
    }
    text.push_str(rest);
    Some(Cow::Owned(text))
}

/// The character of one `\u`, or of two that are a pair, and what follows. Half a pair is replaced.
fn unit(digits: &str) -> Option<(char, &str)> {
    let (first, rest) = four_digits(digits)?;
    if let 0xd800..0xdc00 = first {
        let second = rest.strip_prefix("\\u").and_then(four_digits);
        if let Some((second @ 0xdc00..0xe000, after)) = second {
            let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            return Some((char::from_u32(code)?, after));
        }
    }
    Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), rest))
}

fn four_digits(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    Some((u32::from_str_radix(digits, 16).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_members_of_an_object_come_as_they_are_written() {
        let json = br#" { "a" : 1 , "b":[1,{"c":"]}"}], "d":"x\"y", "e":null,"f":{} } "#;
        let read: Vec<Member<'_>> = members(json).collect();
        assert_eq!(read, [("a", "1"), ("b", r#"[1,{"c":"]}"}]"#), ("d", r#""x\"y""#), ("e", "null"), ("f", "{}")]);
    }

    #[test]
    fn of_a_text_that_is_broken_off_only_what_is_whole_is_read() {
        let json = br#"{"a":12,"b":"text","c":[1,2],"d":345}"#;
        for length in 0..json.len() {
            let whole: Vec<Member<'_>> = members(json).collect();
            let read: Vec<Member<'_>> = members(&json[..length]).collect();
            assert!(whole.starts_with(&read), "{length}: {read:?}");
            assert_eq!(read.len(), [7, 17, 27, 36].iter().filter(|end| **end < length).count(), "{length}");
        }
    }

    #[test]
    fn what_is_no_object_has_no_members() {
        for json in ["", "[1]", "12", "{1:2}", "{\"a\"}", "{\"a\":}", "<a/>", "{,}", "{\"a\" 1}"] {
            let read: Vec<Member<'_>> = members(json.as_bytes()).filter(|(_, value)| !value.is_empty()).collect();
            assert_eq!(read, [], "{json}");
        }
        let deep = format!("{{\"a\":{}1", "[".repeat(MAX_DEPTH + 1));
        assert_eq!(members(deep.as_bytes()).count(), 0);
    }

    #[test]
    fn elements_come_as_they_are_written() {
        assert_eq!(elements(b"[1, \"b\" ,[2]]").collect::<Vec<_>>(), ["1", "\"b\"", "[2]"]);
        assert_eq!(elements(b"[]").count() + elements(b"{}").count() + elements(b"").count(), 0);
    }

    #[test]
    fn escapes_are_undone_and_half_a_pair_is_replaced() {
        assert_eq!(unescaped(r#""a\n\u00e4\ud83d\ude00\/""#).as_deref(), Some("a\nä😀/"));
        assert_eq!(unescaped(r#""\ud83dx""#).as_deref(), Some("\u{fffd}x"));
        for wrong in ["12", r#""\x""#, r#""\u12""#, r#""\u+123""#] {
            assert_eq!(unescaped(wrong), None);
        }
    }
}
