//! Reading JSON of other people's making: a pull reader over the bytes, which builds nothing, calls nothing back and
//! does not recurse.
//!
//! Numbers stay decimal: rates become fixed point, and nothing here knows floats, whose parser alone would be ten
//! kilobytes on a chip.

use core::str;

use heapless::VecView;

/// The text is no JSON, from this byte on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) at: usize,
}

/// How deep values may be nested in what is skipped.
const MAX_DEPTH: u32 = 64;

/// A value, or the beginning of one that has members.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'j> {
    Null,
    Bool,
    Number(Decimal),
    Text(Text<'j>),
    /// Elements follow: see [`Reader::next_element`].
    Array,
    /// Members follow: see [`Reader::next_key`].
    Object,
}

/// A position in a JSON text.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'j> {
    json: &'j [u8],
    at: usize,
    /// Whether the next element or member is the first of its kind, before which no comma stands.
    first: bool,
}

impl<'j> Reader<'j> {
    pub(crate) fn new(json: &'j [u8]) -> Self {
        Self { json, at: 0, first: false }
    }

    fn malformed<T>(&self) -> Result<T, Malformed> {
        Err(Malformed { at: self.at })
    }

    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.json.get(self.at) {
            self.at += 1;
        }
        self.json.get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.peek() != Some(byte) {
            return self.malformed();
        }
        self.at += 1;
        Ok(())
    }

    /// The next value. Of an array or object only the beginning.
    pub(crate) fn value(&mut self) -> Result<Value<'j>, Malformed> {
        match self.peek() {
            Some(b'"') => Ok(Value::Text(self.text()?)),
            Some(b'-' | b'0'..=b'9') => Ok(Value::Number(self.number()?)),
            Some(b'n') => self.word(b"null").map(|()| Value::Null),
            Some(b't') => self.word(b"true").map(|()| Value::Bool),
            Some(b'f') => self.word(b"false").map(|()| Value::Bool),
            Some(byte @ (b'[' | b'{')) => {
                self.at += 1;
                self.first = true;
                Ok(if byte == b'[' { Value::Array } else { Value::Object })
            }
            _ => self.malformed(),
        }
    }

    /// Whether the next value is an object, whose members follow then; anything else is skipped.
    pub(crate) fn object(&mut self) -> Result<bool, Malformed> {
        let value = self.value()?;
        let is_object = matches!(value, Value::Object);
        if !is_object {
            self.skip_rest(&value)?;
        }
        Ok(is_object)
    }

    /// Whether there is another element in this array; its value follows.
    pub(crate) fn next_element(&mut self) -> Result<bool, Malformed> {
        self.next(b']')
    }

    /// The key of the next member of this object, if there is another; its value follows.
    pub(crate) fn next_key(&mut self) -> Result<Option<Text<'j>>, Malformed> {
        if !self.next(b'}')? {
            return Ok(None);
        }
        if self.peek() != Some(b'"') {
            return self.malformed();
        }
        let key = self.text()?;
        self.expect(b':')?;
        Ok(Some(key))
    }

    fn next(&mut self, end: u8) -> Result<bool, Malformed> {
        let first = core::mem::replace(&mut self.first, false);
        match self.peek() {
            Some(byte) if byte == end => {
                self.at += 1;
                Ok(false)
            }
            Some(b',') if !first => {
                self.at += 1;
                // A comma with nothing behind it is none.
                if self.peek() == Some(end) { self.malformed() } else { Ok(true) }
            }
            Some(_) if first => Ok(true),
            _ => self.malformed(),
        }
    }

    /// Nothing but blanks may follow.
    pub(crate) fn end(&mut self) -> Result<(), Malformed> {
        if self.peek().is_some() { self.malformed() } else { Ok(()) }
    }

    /// Skips the next value, whatever it is.
    pub(crate) fn skip(&mut self) -> Result<(), Malformed> {
        let value = self.value()?;
        self.skip_rest(&value)
    }

    /// Skips what follows of a value that was begun.
    pub(crate) fn skip_rest(&mut self, begun: &Value<'_>) -> Result<(), Malformed> {
        let mut depth = 0;
        // A bit for each level: whether it is an object.
        let mut levels = 0_u64;
        let mut value = *begun;
        loop {
            if let Value::Array | Value::Object = value {
                if depth == MAX_DEPTH {
                    return self.malformed();
                }
                depth += 1;
                levels = levels << 1 | u64::from(matches!(value, Value::Object));
            }
            loop {
                if depth == 0 {
                    return Ok(());
                }
                let more = if levels & 1 == 1 { self.next_key()?.is_some() } else { self.next_element()? };
                if more {
                    break;
                }
                depth -= 1;
                levels >>= 1;
            }
            value = self.value()?;
        }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Malformed> {
        if !self.json[self.at..].starts_with(word) {
            return self.malformed();
        }
        self.at += word.len();
        Ok(())
    }

    /// The string that begins here.
    fn text(&mut self) -> Result<Text<'j>, Malformed> {
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        loop {
            match self.json.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    let Some(length) = escape(&self.json[self.at + 1..]).map(|(_, length)| length) else {
                        return self.malformed();
                    };
                    self.at += 1 + length;
                }
                Some(0..=0x1f) | None => return self.malformed(),
                Some(_) => self.at += 1,
            }
        }
        match str::from_utf8(&self.json[start..self.at]) {
            Ok(raw) => {
                self.at += 1;
                Ok(Text { raw, escaped })
            }
            Err(error) => Err(Malformed { at: start + error.valid_up_to() }),
        }
    }

    fn number(&mut self) -> Result<Decimal, Malformed> {
        let mut decimal = Decimal { negative: self.json[self.at] == b'-', digits: 0, exponent: 0 };
        if decimal.negative {
            self.at += 1;
        }
        let starts_with_zero = self.json.get(self.at) == Some(&b'0');
        let whole = self.digits(|digit| decimal.push(digit, 0))?;
        if starts_with_zero && whole > 1 {
            return self.malformed();
        }
        if self.json.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits(|digit| decimal.push(digit, -1))?;
        }
        if let Some(b'e' | b'E') = self.json.get(self.at) {
            self.at += 1;
            let sign = self.json.get(self.at).copied();
            if let Some(b'-' | b'+') = sign {
                self.at += 1;
            }
            let mut power = 0_i32;
            self.digits(|digit| power = (power * 10 + i32::from(digit)).min(10_000))?;
            let power = if sign == Some(b'-') { -power } else { power };
            decimal.exponent = decimal.exponent.saturating_add(power);
        }
        Ok(decimal)
    }

    /// Calls `push` with each digit; gives how many there were, at least one.
    fn digits(&mut self, mut push: impl FnMut(u8)) -> Result<usize, Malformed> {
        let start = self.at;
        while let Some(byte @ b'0'..=b'9') = self.json.get(self.at) {
            push(byte - b'0');
            self.at += 1;
        }
        if self.at == start { self.malformed() } else { Ok(self.at - start) }
    }
}

/// The character of the escape whose backslash was before, and how many bytes it took.
fn escape(rest: &[u8]) -> Option<(char, usize)> {
    let plain = match rest.first()? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let first = hex4(rest.get(1..5)?)?;
            let (code, length) = match first {
                // A pair of surrogates, or one that stands alone, which is no character.
                0xd800..=0xdbff if rest.get(5..7)? == b"\\u" => {
                    let second = hex4(rest.get(7..11)?)?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                    (0x1_0000 + ((first - 0xd800) << 10) + second, 11)
                }
                code => (code, 5),
            };
            return char::from_u32(code).map(|character| (character, length));
        }
        _ => return None,
    };
    Some((plain, 1))
}

fn hex4(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |code, digit| Some(code << 4 | (*digit as char).to_digit(16)?))
}

/// A string of a JSON text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'j> {
    raw: &'j str,
    escaped: bool,
}

impl<'j> Text<'j> {
    /// The characters, escapes resolved.
    pub(crate) fn chars(self) -> impl Iterator<Item = char> + 'j {
        let mut rest = self.raw;
        core::iter::from_fn(move || {
            let next = rest.chars().next()?;
            // Escapes were looked at when the string was read.
            let (character, length) = match next {
                '\\' if self.escaped => {
                    escape(&rest.as_bytes()[1..]).map(|(character, length)| (character, 1 + length))?
                }
                plain => (plain, plain.len_utf8()),
            };
            rest = rest.get(length..)?;
            Some(character)
        })
    }

    pub(crate) fn is(self, text: &str) -> bool {
        if self.escaped { self.chars().eq(text.chars()) } else { self.raw == text }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    /// How many bytes it takes as UTF-8.
    pub(crate) fn len_utf8(self) -> usize {
        if self.escaped { self.chars().map(char::len_utf8).sum() } else { self.raw.len() }
    }

    /// Appends the text as UTF-8; gives how many bytes that were. `None` when there is no room for them: some of it may
    /// have been appended then.
    pub(crate) fn push_to(self, bytes: &mut VecView<u8>) -> Option<usize> {
        if !self.escaped {
            return bytes.extend_from_slice(self.raw.as_bytes()).ok().map(|()| self.raw.len());
        }
        let before = bytes.len();
        for character in self.chars() {
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()).ok()?;
        }
        Some(bytes.len() - before)
    }
}

/// A number as it was written: `digits` times ten to the power of `exponent`. Digits beyond eighteen are zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    digits: u64,
    exponent: i32,
}

/// Eighteen digits and one more fit into 64 bits.
const MAX_DIGITS: u64 = 100_000_000_000_000_000;

impl Decimal {
    fn push(&mut self, digit: u8, exponent: i32) {
        if self.digits < MAX_DIGITS {
            self.digits = self.digits * 10 + u64::from(digit);
            self.exponent = self.exponent.saturating_add(exponent);
        } else {
            self.exponent = self.exponent.saturating_add(1 + exponent);
        }
    }

    /// The number in units of ten to the power of `-places`, cut to a whole one, and whether nothing was cut. `None` where
    /// it is negative or too large.
    pub(crate) fn scaled(self, places: i32) -> Option<(u64, bool)> {
        if self.digits == 0 {
            return Some((0, true));
        }
        if self.negative {
            return None;
        }
        let (mut number, mut exact) = (self.digits, true);
        let mut exponent = self.exponent.saturating_add(places);
        while exponent < 0 && number > 0 {
            exact &= number % 10 == 0;
            number /= 10;
            exponent += 1;
        }
        while exponent > 0 && number > 0 {
            number = number.checked_mul(10)?;
            exponent -= 1;
        }
        Some((number, exact))
    }

    /// A whole number.
    pub(crate) fn whole(self) -> Option<u32> {
        let (number, exact) = self.scaled(0)?;
        u32::try_from(number).ok().filter(|_| exact)
    }

    /// Seconds, cut to whole ones.
    pub(crate) fn seconds(self) -> Option<u32> {
        self.scaled(0).and_then(|(seconds, _)| u32::try_from(seconds).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skips(json: &str) -> Result<(), Malformed> {
        let mut reader = Reader::new(json.as_bytes());
        reader.skip().and_then(|()| reader.end())
    }

    fn decimal(json: &str) -> Option<Decimal> {
        match Reader::new(json.as_bytes()).value() {
            Ok(Value::Number(decimal)) => Some(decimal),
            _ => None,
        }
    }

    #[test]
    fn what_serde_json_reads_is_read_and_what_it_refuses_is_refused() {
        for json in [
            "0",
            "-0",
            "1.5e-7",
            "1E9",
            "\"\"",
            "\"a\\u00e9\\n\\\"\"",
            "[]",
            "{}",
            "[1,[2,{\"a\":[]}],\"x\"]",
            " { \"a\" : null , \"b\" : true } ",
            "\"\\ud83d\\ude00\"",
            "",
            "01",
            "1.",
            ".5",
            "1e",
            "-",
            "+1",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "{\"a\":1,}",
            "{,}",
            "[}",
            "{]",
            "[",
            "{\"a\":1",
            "\"a",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\ud83d\"",
            "\"\\ude00\"",
            "\"\\ud83dx\"",
            "\"a\nb\"",
            "nul",
            "truefalse",
            "1 2",
            "[1]]",
            "{\"a\":1}}",
            "[\"a\":1]",
            "{\"a\",1}",
        ] {
            let expected = serde_json::from_str::<serde_json::Value>(json).is_ok();
            assert_eq!(skips(json).is_ok(), expected, "{json}");
        }
    }

    #[test]
    fn each_text_that_is_cut_off_is_refused_where_it_ends() {
        let json = r#"{"a":[1,{"b":"c\"d"},null],"e":{"f":true}}"#;
        for end in 0..json.len() {
            let error = skips(&json[..end]).unwrap_err();
            assert!(error.at <= end, "{} of {end}", error.at);
        }
        assert_eq!(skips(json), Ok(()));
    }

    #[test]
    fn nesting_beyond_a_depth_is_refused_and_not_recursed_into() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(skips(&nested(64)), Ok(()));
        assert_eq!(skips(&nested(65)), Err(Malformed { at: 65 }));
        assert!(skips(&"[".repeat(1_000_000)).is_err());
    }

    #[test]
    fn text_that_is_not_utf_8_is_refused_at_its_byte() {
        let mut reader = Reader::new(b"\"ab\xffc\"");
        assert_eq!(reader.value().unwrap_err(), Malformed { at: 3 });
    }

    #[test]
    fn escapes_are_resolved() {
        let Ok(Value::Text(text)) = Reader::new(br#""a\u00e9\ud83d\ude00\/\"\\\n""#).value() else { panic!() };
        assert_eq!(text.chars().collect::<String>(), "aé😀/\"\\\n");
        assert!(text.is("aé😀/\"\\\n"));
        assert!(!text.is("aé😀/\"\\"));
    }

    #[test]
    fn numbers_are_read_in_any_notation() {
        for (json, whole, seconds) in [
            ("0", Some(0), Some(0)),
            ("10000", Some(10_000), Some(10_000)),
            ("1.0", Some(1), Some(1)),
            ("1.5", None, Some(1)),
            ("1.530923107E9", Some(1_530_923_107), Some(1_530_923_107)),
            ("1530923107.25", None, Some(1_530_923_107)),
            ("1530923107.123456789123456789", None, Some(1_530_923_107)),
            ("4294967295", Some(u32::MAX), Some(u32::MAX)),
            ("4294967296", None, None),
            ("1e400", None, None),
            ("1e-400", None, Some(0)),
            ("0e999999999999", Some(0), Some(0)),
            ("-1", None, None),
            ("-0.0", Some(0), Some(0)),
            ("123456789012345678901234567890e-20", None, Some(1_234_567_890)),
        ] {
            let decimal = decimal(json).unwrap();
            assert_eq!(decimal.whole(), whole, "{json}");
            assert_eq!(decimal.seconds(), seconds, "{json}");
        }
    }
}
