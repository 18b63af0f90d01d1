//! A JSON parser that goes by the grammar, keeps its own stack and remembers what other parsers forgive.

use std::mem;

use crate::finding::{Code, Finding};
use crate::json::{Json, Number};
use crate::path::{Step, write_path};

/// A value and what is wrong with it although its meaning is clear.
pub(crate) struct Parsed {
    pub(crate) root: Json,
    pub(crate) flaws: Vec<Finding>,
}

/// Reads one JSON text; fails at the first break of the grammar.
pub(crate) fn parse(text: &str) -> Result<Parsed, Finding> {
    let mut parser = Parser { text, position: 0, open: Vec::new(), flaws: Vec::new() };
    let root = parser.document()?;
    Ok(Parsed { root, flaws: parser.flaws })
}

struct Parser<'t> {
    text: &'t str,
    position: usize,
    open: Vec<Open>,
    flaws: Vec<Finding>,
}

/// A container whose closing bracket has not been read.
enum Open {
    Array(Vec<Json>),
    Object { members: Vec<(String, Json)>, key: String },
}

impl Parser<'_> {
    fn document(&mut self) -> Result<Json, Finding> {
        loop {
            if let Some(value) = self.value_or_open()?
                && let Some(root) = self.place(value)?
            {
                self.skip_whitespace();
                return if self.position == self.text.len() { Ok(root) } else { Err(self.trailing_data()) };
            }
        }
    }

    /// Reads a whole value, or the beginning of a container that is not empty.
    fn value_or_open(&mut self) -> Result<Option<Json>, Finding> {
        self.skip_whitespace();
        match self.peek() {
            Some(b'{') => {
                self.position += 1;
                self.skip_whitespace();
                if self.take(b'}') {
                    return Ok(Some(Json::Object(Vec::new())));
                }
                let key = self.key()?;
                self.open.push(Open::Object { members: Vec::new(), key });
                Ok(None)
            }
            Some(b'[') => {
                self.position += 1;
                self.skip_whitespace();
                if self.take(b']') {
                    return Ok(Some(Json::Array(Vec::new())));
                }
                self.open.push(Open::Array(Vec::new()));
                Ok(None)
            }
            Some(b'"') => self.string().map(|text| Some(Json::String(text))),
            Some(b'-' | b'0'..=b'9') => self.number().map(Some),
            _ => self.word().map(Some),
        }
    }

    /// Puts a value where it belongs and closes the containers that end after it; the outermost value comes back.
    fn place(&mut self, value: Json) -> Result<Option<Json>, Finding> {
        let mut value = value;
        loop {
            match self.open.last_mut() {
                None => return Ok(Some(value)),
                Some(Open::Array(elements)) => elements.push(value),
                Some(Open::Object { members, key }) => members.push((mem::take(key), value)),
            }
            self.skip_whitespace();
            let comma = self.take(b',');
            let (close, expected) = match self.open.last_mut() {
                Some(Open::Object { .. }) if comma => {
                    self.skip_whitespace();
                    let next_key = self.key()?;
                    if let Some(Open::Object { key, .. }) = self.open.last_mut() {
                        *key = next_key;
                    }
                    return Ok(None);
                }
                _ if comma => return Ok(None),
                Some(Open::Array(_)) | None => (b']', "a comma or `]`"),
                Some(Open::Object { .. }) => (b'}', "a comma or `}`"),
            };
            if !self.take(close) {
                return Err(self.unexpected(expected));
            }
            value = match self.open.pop() {
                Some(Open::Object { members, .. }) => {
                    self.note_duplicates(&members);
                    Json::Object(members)
                }
                Some(Open::Array(elements)) => Json::Array(elements),
                None => Json::Null,
            };
        }
    }

    fn key(&mut self) -> Result<String, Finding> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a key in double quotes"));
        }
        let key = self.string()?;
        self.skip_whitespace();
        if self.take(b':') { Ok(key) } else { Err(self.unexpected("a colon")) }
    }

    fn note_duplicates(&mut self, members: &[(String, Json)]) {
        let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        let mut reported = None;
        for pair in keys.windows(2) {
            let key = pair[0];
            if key == pair[1] && reported != Some(key) {
                reported = Some(key);
                let path = self.path(Some(key));
                let message =
                    format!("the key `{key}` stands more than once in the same object; each key may stand once");
                self.flaws.push(Finding::new(Code::DuplicateKey, path, message));
            }
        }
    }

    fn string(&mut self) -> Result<String, Finding> {
        self.position += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.position..];
            let plain = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)).unwrap_or(rest.len());
            text.push_str(&rest[..plain]);
            self.position += plain;
            match self.peek() {
                Some(b'"') => {
                    self.position += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    self.position += 1;
                    let character = self.escape()?;
                    text.push(character);
                }
                Some(_) => {
                    return Err(self.unexpected("an escape instead of a bare control character"));
                }
                None => return Err(self.unexpected("the closing quote of a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Finding> {
        let character = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.position += 1;
                return self.unicode_escape();
            }
            _ => return Err(self.unexpected("one of the escapes of JSON")),
        };
        self.position += 1;
        Ok(character)
    }

    fn unicode_escape(&mut self) -> Result<char, Finding> {
        let high = self.four_digits()?;
        if let Some(character) = char::from_u32(high) {
            return Ok(character);
        }
        let before_low = self.position;
        if high < 0xdc00 && self.text[self.position..].starts_with("\\u") {
            self.position += 2;
            let low = self.four_digits()?;
            if (0xdc00..0xe000).contains(&low) {
                let scalar = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.position = before_low;
        }
        let message =
            format!("the escape `\\u{high:04x}` is half of a surrogate pair; both halves must stand together");
        let path = self.path(None);
        self.flaws.push(Finding::new(Code::LoneSurrogate, path, message));
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn four_digits(&mut self) -> Result<u32, Finding> {
        let digits = self.text.as_bytes().get(self.position..self.position + 4).unwrap_or_default();
        if digits.len() < 4 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(self.unexpected("four hexadecimal digits"));
        }
        self.position += 4;
        Ok(digits.iter().fold(0, |value, &digit| value * 16 + char::from(digit).to_digit(16).unwrap_or(0)))
    }

    fn number(&mut self) -> Result<Json, Finding> {
        let start = self.position;
        self.take(b'-');
        if self.text[self.position..].starts_with("Infinity") {
            self.position = start;
            return self.word();
        }
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits()?;
        }
        Ok(Json::Number(Number::from_text(&self.text[start..self.position])))
    }

    fn digits(&mut self) -> Result<(), Finding> {
        let start = self.position;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.position += 1;
        }
        if self.position == start { Err(self.unexpected("a digit")) } else { Ok(()) }
    }

    fn word(&mut self) -> Result<Json, Finding> {
        for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))] {
            if self.text[self.position..].starts_with(word) {
                self.position += word.len();
                return Ok(value);
            }
        }
        for word in ["NaN", "Infinity", "-Infinity"] {
            if self.text[self.position..].starts_with(word) {
                self.position += word.len();
                let message =
                    format!("`{word}` is no JSON; a number that is not finite must be sent as null or as a string");
                let path = self.path(None);
                self.flaws.push(Finding::new(Code::NotANumber, path, message));
                return Ok(Json::Null);
            }
        }
        Err(self.unexpected("a value"))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.position += usize::from(found);
        found
    }

    fn skip_whitespace(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.position += 1;
        }
    }

    /// The place that is being read, or a key of the object that was just closed.
    fn path(&self, key: Option<&str>) -> String {
        let open = self.open.iter().map(|open| match open {
            Open::Array(elements) => Step::Index(elements.len()),
            Open::Object { key, .. } => Step::Key(key),
        });
        write_path(open.chain(key.map(Step::Key)))
    }

    fn unexpected(&self, expected: &str) -> Finding {
        let found = match self.text[self.position..].chars().next() {
            Some(character) => format!("{character:?}"),
            None => "the end".to_owned(),
        };
        let message = format!("expected {expected} at byte {} of the document, found {found}", self.position);
        Finding::new(Code::InvalidJson, self.path(None), message)
    }

    fn trailing_data(&self) -> Finding {
        let message = format!(
            "{} bytes follow the document, which ends at byte {}; a datagram holds one document",
            self.text.len() - self.position,
            self.position
        );
        Finding::new(Code::TrailingData, "", message)
    }
}
