//! Values that are read before their document is written.

use std::fmt::Write as _;

use super::value::Value;

/// Keys and values, in one text for all: most calls have two or three of a few bytes.
#[derive(Debug, Default)]
pub(super) struct Kept {
    text: String,
    entries: Vec<Entry>,
}

/// Where an entry's parts end; its key begins where the entry before it ends.
#[derive(Debug)]
struct Entry {
    key: usize,
    value: usize,
    is_text: bool,
}

impl Kept {
    pub(super) fn push(&mut self, key: &str, value: &Value<'_>) {
        let Self { text, entries } = self;
        if entries.is_empty() {
            text.reserve(120);
        }
        text.push_str(key);
        let key = text.len();
        match value {
            Value::Json(value) | Value::Text(value) => text.push_str(value),
            // A text takes all that is written to it.
            Value::Number(number) => drop(write!(text, "{number}")),
        }
        entries.push(Entry { key, value: text.len(), is_text: matches!(value, Value::Text(_)) });
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        let mut start = 0;
        self.entries.iter().filter_map(move |entry| {
            let key = self.text.get(start..entry.key)?;
            let value = self.text.get(entry.key..entry.value)?.into();
            start = entry.value;
            Some((key, if entry.is_text { Value::Text(value) } else { Value::Json(value) }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_comes_back_in_order_and_a_number_as_json() {
        let mut kept = Kept::default();
        let values = [Value::Text("".into()), Value::Json("[1]".into()), Value::Number(12), Value::Text("ü\"".into())];
        for (key, value) in ["a", "", "count", "ö"].iter().zip(&values) {
            kept.push(key, value);
        }
        let expected = [
            ("a", Value::Text("".into())),
            ("", Value::Json("[1]".into())),
            ("count", Value::Json("12".into())),
            ("ö", Value::Text("ü\"".into())),
        ];
        assert_eq!(kept.iter().collect::<Vec<_>>(), expected);
        assert_eq!(Kept::default().iter().count(), 0);
    }
}
