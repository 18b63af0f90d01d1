//! A JSON value that is safe at any depth: nothing here recurses, not even its drop.

use std::fmt;
use std::mem;
use std::slice;

use serde_json::{Map, Value};

use crate::parser;

/// A JSON value as it was received: members in their order, numbers as they were written.
#[derive(Default)]
#[non_exhaustive]
pub enum Json {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string, unescaped.
    String(String),
    /// An array.
    Array(Vec<Self>),
    /// An object: its members in the order in which they were written.
    Object(Vec<(String, Self)>),
}

/// A number as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(String);

impl Number {
    pub(crate) fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The digits as they were written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The nearest floating-point number; infinite when the text is beyond its range.
    pub fn as_f64(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }

    /// Whether the number is whole, however it was written (`200`, `2e2`).
    pub fn is_whole(&self) -> bool {
        self.0.parse::<i128>().is_ok() || self.as_f64().fract() == 0.0
    }

    fn to_value(&self) -> Value {
        if let Ok(number) = self.0.parse::<u64>() {
            return number.into();
        }
        if let Ok(number) = self.0.parse::<i64>() {
            return number.into();
        }
        self.as_f64().into()
    }
}

impl Json {
    /// The member with this key, if this is an object that has it; of repeated keys the last, as most parsers do.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.members().iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The members, empty unless this is an object.
    pub fn members(&self) -> &[(String, Self)] {
        if let Self::Object(members) = self { members } else { &[] }
    }

    /// The elements, empty unless this is an array.
    pub fn elements(&self) -> &[Self] {
        if let Self::Array(elements) = self { elements } else { &[] }
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The number, if this is one.
    pub fn as_number(&self) -> Option<&Number> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// What kind of value this is, as a phrase for a sentence.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// The same value for use with `serde_json`, whose own drop, comparison and printing do recurse.
    pub fn to_value(&self) -> Value {
        self.to_value_without(None)
    }

    /// The same value without one member of the outermost object.
    pub(crate) fn to_value_without(&self, omitted: Option<&str>) -> Value {
        let mut open: Vec<Building<'_>> = Vec::new();
        let mut current = self;
        loop {
            let mut finished = match current {
                Self::Null => Some(Value::Null),
                Self::Bool(value) => Some(Value::Bool(*value)),
                Self::Number(number) => Some(number.to_value()),
                Self::String(text) => Some(Value::String(text.clone())),
                Self::Array(elements) => {
                    open.push(Building::Array(elements.iter(), Vec::with_capacity(elements.len())));
                    None
                }
                Self::Object(members) => {
                    open.push(Building::Object(members.iter(), String::new(), Map::new()));
                    None
                }
            };
            current = loop {
                let Some(mut building) = open.pop() else {
                    return finished.unwrap_or_default();
                };
                if let Some(value) = finished.take() {
                    building.accept(value);
                }
                let omitted = if open.is_empty() { omitted } else { None };
                match building.next_child(omitted) {
                    Some(child) => {
                        open.push(building);
                        break child;
                    }
                    None => finished = Some(building.finish()),
                }
            };
        }
    }

    fn move_children_to(&mut self, rest: &mut Vec<Self>) {
        match self {
            Self::Array(elements) => rest.append(elements),
            Self::Object(members) => {
                rest.extend(mem::take(members).into_iter().map(|(_, value)| value));
            }
            _ => {}
        }
    }
}

impl Drop for Json {
    fn drop(&mut self) {
        let mut rest = Vec::new();
        self.move_children_to(&mut rest);
        while let Some(mut value) = rest.pop() {
            value.move_children_to(&mut rest);
        }
    }
}

/// A container of `serde_json` while its children are converted.
enum Building<'a> {
    Array(slice::Iter<'a, Json>, Vec<Value>),
    Object(slice::Iter<'a, (String, Json)>, String, Map<String, Value>),
}

impl<'a> Building<'a> {
    fn next_child(&mut self, omitted: Option<&str>) -> Option<&'a Json> {
        match self {
            Self::Array(elements, _) => elements.next(),
            Self::Object(members, key, _) => {
                let (name, value) = members.find(|(name, _)| Some(name.as_str()) != omitted)?;
                key.clone_from(name);
                Some(value)
            }
        }
    }

    fn accept(&mut self, value: Value) {
        match self {
            Self::Array(_, done) => done.push(value),
            Self::Object(_, key, done) => {
                done.insert(mem::take(key), value);
            }
        }
    }

    fn finish(self) -> Value {
        match self {
            Self::Array(_, done) => Value::Array(done),
            Self::Object(_, _, done) => Value::Object(done),
        }
    }
}

/// Takes a value of `serde_json` apart level by level, because its own drop recurses.
pub(crate) fn dismantle(value: Value) {
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        match value {
            Value::Array(elements) => rest.extend(elements),
            Value::Object(members) => rest.extend(members.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
}

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        parser::parse(&value.to_string()).map(|parsed| parsed.root).unwrap_or_default()
    }
}

/// Compact JSON.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        enum Piece<'a> {
            Value(&'a Json),
            Key(&'a str),
            Text(&'static str),
        }
        let mut pieces = vec![Piece::Value(self)];
        while let Some(piece) = pieces.pop() {
            match piece {
                Piece::Text(text) => f.write_str(text)?,
                Piece::Key(key) => write!(f, "{}:", Value::from(key))?,
                Piece::Value(Self::Null) => f.write_str("null")?,
                Piece::Value(Self::Bool(value)) => write!(f, "{value}")?,
                Piece::Value(Self::Number(number)) => f.write_str(number.as_str())?,
                Piece::Value(Self::String(text)) => write!(f, "{}", Value::from(text.as_str()))?,
                Piece::Value(Self::Array(elements)) => {
                    f.write_str("[")?;
                    pieces.push(Piece::Text("]"));
                    for (index, element) in elements.iter().enumerate().rev() {
                        pieces.push(Piece::Value(element));
                        if index > 0 {
                            pieces.push(Piece::Text(","));
                        }
                    }
                }
                Piece::Value(Self::Object(members)) => {
                    f.write_str("{")?;
                    pieces.push(Piece::Text("}"));
                    for (index, (key, value)) in members.iter().enumerate().rev() {
                        pieces.push(Piece::Value(value));
                        pieces.push(Piece::Key(key));
                        if index > 0 {
                            pieces.push(Piece::Text(","));
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
