//! Reading JSON strictly: a duplicate key is an error.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The value of a JSON text, which serde_json must accept and which must have no key twice in one object.
#[track_caller]
pub(crate) fn parse(json: &str) -> Value {
    match serde_json::from_str::<Unique>(json) {
        Ok(Unique(value)) => value,
        Err(error) => panic!("{error}: {json}"),
    }
}

/// The same for a text that nests deeper than serde_json allows by default.
#[track_caller]
pub(crate) fn parse_deep(json: &str) -> Value {
    let mut reader = serde_json::Deserializer::from_str(json);
    reader.disable_recursion_limit();
    match Unique::deserialize(&mut reader).and_then(|value| reader.end().map(|()| value)) {
        Ok(Unique(value)) => value,
        Err(error) => panic!("{error}: {json}"),
    }
}

/// A value without duplicate keys.
pub(crate) struct Unique(pub(crate) Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Self)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("JSON without duplicate keys")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<Value, E> {
        Ok(Value::String(v.to_owned()))
    }

    fn visit_string<E: Error>(self, v: String) -> Result<Value, E> {
        Ok(Value::String(v))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(Unique(element)) = access.next_element()? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some((key, Unique(value))) = access.next_entry::<String, Unique>()? {
            if members.insert(key, value).is_some() {
                return Err(A::Error::custom("a key stands twice"));
            }
        }
        Ok(Value::Object(members))
    }
}

/// How many bytes a text takes in a JSON string, as the crate escapes it.
pub(crate) fn escaped_len(text: &str) -> usize {
    text.bytes().map(escaped_byte_len).sum()
}

fn escaped_byte_len(byte: u8) -> usize {
    match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
        0..0x20 => 6,
        _ => 1,
    }
}

/// How many bytes a value takes, as the crate writes it.
pub(crate) fn len(value: &Value) -> usize {
    let separators = |count: usize| 2 + count.saturating_sub(1);
    match value {
        Value::Null | Value::Bool(true) => 4,
        Value::Bool(false) => 5,
        Value::Number(number) if number.is_f64() => format!("{:?}", number.as_f64().unwrap_or_default()).len(),
        Value::Number(number) => number.to_string().len(),
        Value::String(text) => escaped_len(text) + 2,
        Value::Array(elements) => elements.iter().map(len).sum::<usize>() + separators(elements.len()),
        Value::Object(members) => {
            members.iter().map(|(key, value)| member_len(key, value)).sum::<usize>() + separators(members.len())
        }
    }
}

/// How many bytes `"key":value` takes.
pub(crate) fn member_len(key: &str, value: &Value) -> usize {
    escaped_len(key) + 3 + len(value)
}
