//! What is taken of a parameter, as a value of a document.

use std::borrow::Cow;

use serde::ser::{Error, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::json::{MAX_DEPTH, elements, members, unescaped};
use super::parameter::Take;

/// A value of the `aws` block.
#[derive(Debug, PartialEq)]
pub(super) enum Value<'j> {
    Json(Cow<'j, str>),
    Text(Cow<'j, str>),
    Number(u64),
}

impl<'j> Value<'j> {
    /// What is to be taken of a value of JSON; `None` where it is not of a kind that has it.
    pub(super) fn of_json(json: &'j str, take: Take) -> Option<Self> {
        match take {
            Take::Value if json == "null" => None,
            Take::Value if json.starts_with('"') => unescaped(json).map(Self::Text),
            Take::Value => Some(Self::Json(Cow::Borrowed(json))),
            Take::Keys if json.starts_with('{') => Some(Self::Json(Cow::Owned(keys(json)))),
            Take::Count if json.starts_with('{') => Some(Self::Number(members(json.as_bytes()).count() as u64)),
            Take::Count if json.starts_with('[') => Some(Self::Number(elements(json.as_bytes()).count() as u64)),
            Take::Keys | Take::Count => None,
        }
    }

    /// The text, if it is one of so many bytes at most.
    pub(super) fn short_text(&self, at_most: usize) -> Option<&str> {
        match self {
            Self::Text(text) if text.len() <= at_most => Some(text),
            _ => None,
        }
    }

    /// How many bytes it takes, about.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Json(json) => json.len(),
            Self::Text(text) => text.len(),
            Self::Number(_) => 0,
        }
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Json(json) => Json { json, depth: 0 }.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_u64(*number),
        }
    }
}

/// The keys of an object, as an array.
fn keys(json: &str) -> String {
    let keys: Vec<String> = members(json.as_bytes()).map(|(key, _)| format!("\"{key}\"")).collect();
    format!("[{}]", keys.join(","))
}

/// What a key says, which is given as it is escaped.
fn key_text(key: &str) -> Cow<'_, str> {
    if !key.contains('\\') {
        return Cow::Borrowed(key);
    }
    unescaped(&format!("\"{key}\"")).map_or(Cow::Borrowed(key), |key| Cow::Owned(key.into_owned()))
}

/// JSON of somebody else's, serialized again, so that a document is what it should be whatever that was.
struct Json<'j> {
    json: &'j str,
    depth: usize,
}

impl Json<'_> {
    fn below<'j>(&self, json: &'j str) -> Json<'j> {
        Json { json, depth: self.depth + 1 }
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let malformed = || S::Error::custom("it is no JSON");
        if self.depth > MAX_DEPTH {
            return Err(S::Error::custom("it is nested too deeply"));
        }
        match self.json.bytes().next().ok_or_else(malformed)? {
            b'"' => serializer.serialize_str(&unescaped(self.json).ok_or_else(malformed)?),
            b'{' => {
                let mut map = serializer.serialize_map(None)?;
                for (key, value) in members(self.json.as_bytes()) {
                    map.serialize_entry(&*key_text(key), &self.below(value))?;
                }
                map.end()
            }
            b'[' => {
                let mut sequence = serializer.serialize_seq(None)?;
                for element in elements(self.json.as_bytes()) {
                    sequence.serialize_element(&self.below(element))?;
                }
                sequence.end()
            }
            b't' if self.json == "true" => serializer.serialize_bool(true),
            b'f' if self.json == "false" => serializer.serialize_bool(false),
            b'n' if self.json == "null" => serializer.serialize_unit(),
            b'-' | b'0'..=b'9' => {
                if let Ok(number) = self.json.parse::<i64>() {
                    serializer.serialize_i64(number)
                } else {
                    serializer.serialize_f64(self.json.parse().map_err(|_| malformed())?)
                }
            }
            _ => Err(malformed()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &Value<'_>) -> Result<String, serde_json::Error> {
        serde_json::to_string(value)
    }

    #[test]
    fn json_is_written_as_it_was_read() {
        for json in [r#"{"a":[1,-2.5,true,false,null,"xäy"],"b":{}}"#, "[]", "12", r#""\n""#] {
            assert_eq!(written(&Value::of_json(json, Take::Value).unwrap()).unwrap(), json);
        }
    }

    #[test]
    fn keys_and_counts_are_taken_of_what_has_them() {
        let object = r#"{"carts":{"Keys":[{"secret":{"S":"x"}}]},"a\"b":1}"#;
        assert_eq!(written(&Value::of_json(object, Take::Keys).unwrap()).unwrap(), r#"["carts","a\"b"]"#);
        assert_eq!(Value::of_json(object, Take::Count), Some(Value::Number(2)));
        assert_eq!(Value::of_json("[1,2,3]", Take::Count), Some(Value::Number(3)));
        assert_eq!(Value::of_json("[1,2,3]", Take::Keys), None);
        assert_eq!(Value::of_json("12", Take::Count), None);
        assert_eq!(Value::of_json("null", Take::Value), None);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for json in ["", "abc", "tru", "--1", "1x", r#""a"#] {
            assert!(written(&Value::Json(Cow::Borrowed(json))).is_err(), "{json}");
        }
        let deep = format!("{}1{}", "[".repeat(MAX_DEPTH + 2), "]".repeat(MAX_DEPTH + 2));
        let refused = written(&Value::Json(Cow::Owned(deep)));
        assert!(refused.is_err() || !refused.unwrap().contains('1'));
    }
}
