//! Reading the JSON of metadata: texts and numbers by where they stand.

use std::borrow::Cow;

/// How deep values may be nested.
const MAX_DEPTH: usize = 32;

/// The text is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Calls `see` with each text and each number, as it is written, and its place: the keys of the members that lead to it,
/// where `*` stands for an element of an array. What was seen before an error counts for nothing.
pub(super) fn scalars(json: &[u8], mut see: impl FnMut(&[&str], &str)) -> Result<(), Malformed> {
    let text = str::from_utf8(json).map_err(|_| Malformed)?;
    let mut reader = Reader { rest: text, place: Vec::new(), see: &mut see };
    reader.value().ok_or(Malformed)?;
    if reader.peek().is_some() { Err(Malformed) } else { Ok(()) }
}

struct Reader<'j, 's> {
    rest: &'j str,
    place: Vec<Cow<'j, str>>,
    see: &'s mut dyn FnMut(&[&str], &str),
}

impl<'j> Reader<'j, '_> {
    /// The byte that follows blanks.
    fn peek(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_start_matches([' ', '\n', '\t', '\r']);
        self.rest.bytes().next()
    }

    fn skip(&mut self, expected: u8) -> Option<()> {
        if self.peek()? != expected {
            return None;
        }
        self.rest = self.rest.get(1..)?;
        Some(())
    }

    fn value(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => {
                let text = self.text()?;
                self.tell(&text);
            }
            b'{' => self.members(b'{', b'}', true)?,
            b'[' => self.members(b'[', b']', false)?,
            b'-' | b'0'..=b'9' => {
                let end = self.rest.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'));
                let (number, rest) = self.rest.split_at_checked(end.unwrap_or(self.rest.len()))?;
                self.rest = rest;
                self.tell(number);
            }
            _ => self.rest = ["true", "false", "null"].iter().find_map(|word| self.rest.strip_prefix(word))?,
        }
        Some(())
    }

    fn tell(&mut self, value: &str) {
        let place: Vec<&str> = self.place.iter().map(AsRef::as_ref).collect();
        (self.see)(&place, value);
    }

    fn members(&mut self, open: u8, close: u8, have_keys: bool) -> Option<()> {
        self.skip(open)?;
        if self.place.len() == MAX_DEPTH {
            return None;
        }
        if self.peek()? == close {
            return self.skip(close);
        }
        loop {
            let key = if have_keys {
                self.peek().filter(|byte| *byte == b'"')?;
                let key = self.text()?;
                self.skip(b':')?;
                key
            } else {
                Cow::Borrowed("*")
            };
            self.place.push(key);
            self.value()?;
            self.place.pop();
            match self.peek()? {
                b',' => self.skip(b',')?,
                _ => return self.skip(close),
            }
        }
    }

    /// The string that begins here, escapes resolved.
    fn text(&mut self) -> Option<Cow<'j, str>> {
        let whole = self.rest.get(1..)?;
        let mut end = 0;
        let mut resolved = Cow::Borrowed("");
        let mut copied = 0;
        loop {
            match whole.as_bytes().get(end)? {
                b'"' => break,
                b'\\' => {
                    let (character, length) = escape(whole.get(end + 1..)?)?;
                    let resolved = resolved.to_mut();
                    resolved.push_str(whole.get(copied..end)?);
                    resolved.push(character);
                    end += 1 + length;
                    copied = end;
                }
                0..0x20 => return None,
                _ => end += 1,
            }
        }
        let last = whole.get(copied..end)?;
        match &mut resolved {
            Cow::Owned(text) => text.push_str(last),
            borrowed => *borrowed = Cow::Borrowed(last),
        }
        self.rest = whole.get(end + 1..)?;
        Some(resolved)
    }
}

/// The character of the escape whose backslash was before, and how many bytes it took.
fn escape(rest: &str) -> Option<(char, usize)> {
    let plain = match rest.bytes().next()? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let first = unit(rest.get(1..5)?)?;
            if !(0xd800..0xdc00).contains(&first) {
                return Some((char::from_u32(first.into())?, 5));
            }
            let second = rest.get(5..)?.strip_prefix("\\u").and_then(|rest| unit(rest.get(..4)?))?;
            let pair = char::decode_utf16([first, second]).next()?.ok()?;
            return Some((pair, 11));
        }
        _ => return None,
    };
    Some((plain, 1))
}

fn unit(digits: &str) -> Option<u16> {
    // `from_str_radix` would take a sign.
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Vec<String>, Malformed> {
        let mut seen = Vec::new();
        scalars(json.as_bytes(), |place, value| seen.push(format!("{} = {value}", place.join("/")))).map(|()| seen)
    }

    #[test]
    fn texts_and_numbers_are_seen_where_they_stand() {
        let json = r#" { "a" : "x", "b":{"c":[-1.5e3,{"d":""}], "a":true}, "e":null,"f":[],"g":{} ,"":false}"#;
        assert_eq!(read(json).unwrap(), ["a = x", "b/c/* = -1.5e3", "b/c/*/d = "]);
        assert_eq!(read("\"x\"").unwrap(), [" = x"]);
    }

    #[test]
    fn escapes_are_resolved_in_texts_and_keys() {
        let json = r#"{"\u0061\n":"\"\\\/\b\f\r\té😀\u00e9\ud83d\ude00 end"}"#;
        assert_eq!(read(json).unwrap(), ["a\n = \"\\/\u{8}\u{c}\r\té😀é😀 end"]);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for json in [
            "",
            " ",
            "{",
            "}",
            "[",
            "[1",
            "[1,",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[}",
            "{]",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "{\"a\":1,}",
            "{,}",
            "{\"a\":1}}",
            "{\"a\" 1}",
            "{1:1}",
            "\"a",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u+123\"",
            "\"\\ud83d\"",
            "\"\\ud83dx\"",
            "\"\\ud83d\\u0061\"",
            "\"\\ude00\"",
            "\"\\u00é\"",
            "\"a\nb\"",
            "nul",
            "truefalse",
            "1 2",
            "<html></html>",
            "\u{feff}{}",
        ] {
            assert_eq!(read(json), Err(Malformed), "{json}");
        }
        assert_eq!(scalars(b"\"\xff\"", |_, _| ()), Err(Malformed));
    }

    #[test]
    fn a_text_that_is_cut_off_anywhere_is_refused() {
        let json = r#"{"a":[1,{"b":"c\"d\u00e9"},null],"e":{"f":true}}"#;
        assert_eq!(read(json).unwrap().len(), 2);
        for end in 0..json.len() {
            assert_eq!(read(&json[..end]), Err(Malformed), "{}", &json[..end]);
        }
    }

    #[test]
    fn nesting_beyond_a_depth_is_refused() {
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(read(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(read(&nested(MAX_DEPTH + 1)), Err(Malformed));
        assert_eq!(read(&"[".repeat(1_000_000)), Err(Malformed));
    }
}
