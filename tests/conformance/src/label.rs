//! Stable labels in place of ids.

use std::collections::HashMap;

use serde_json::Value;
use xray_recorder_receiver::Json;

use crate::shape::{Forest, GIVEN_IDS};

/// What each id names.
pub(crate) struct Labels(HashMap<String, String>);

impl Labels {
    pub(crate) fn of(forest: &Forest<'_>) -> Self {
        let mut labels = Self(HashMap::new());
        let mut numbers = HashMap::new();
        let mut exceptions = 0;
        let mut next = forest.below(None);
        next.reverse();
        while let Some(at) = next.pop() {
            next.extend(forest.below(Some(at)).into_iter().rev());
            let node = &forest.nodes[at];
            labels.add(node.trace, "<the trace>".to_owned());
            let number: &mut usize = numbers.entry(node.text("name")).or_default();
            *number += 1;
            labels.add(node.text("id"), format!("<{} #{number}>", node.text("name")));
            for id in exception_ids(node.json) {
                if !labels.0.contains_key(id) {
                    exceptions += 1;
                    labels.add(id, format!("<exception {exceptions}>"));
                }
            }
        }
        labels
    }

    /// The zero ids of the official SDKs' unsampled entities name nothing, and stay.
    fn add(&mut self, id: &str, label: String) {
        let is_zero = id.trim_start_matches("1-").bytes().all(|byte| matches!(byte, b'0' | b'-'));
        if !is_zero && !GIVEN_IDS.contains(&id) {
            self.0.entry(id.to_owned()).or_insert(label);
        }
    }

    /// Whether there is a label for this id.
    pub(crate) fn names(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// The label of an id, or the text itself.
    pub(crate) fn of_id(&self, text: &str) -> String {
        if let Some(label) = self.0.get(text) {
            return label.clone();
        }
        let is_zero = text.bytes().all(|byte| byte == b'0');
        let is_id = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_id && !is_zero && !GIVEN_IDS.contains(&text) {
            return "<an entity that was not sent>".to_owned();
        }
        text.to_owned()
    }

    /// Replaces every id in a value.
    pub(crate) fn replace(&self, value: Value) -> Value {
        match value {
            Value::String(text) => self.of_id(&text).into(),
            Value::Array(elements) => elements.into_iter().map(|element| self.replace(element)).collect(),
            Value::Object(members) => members.into_iter().map(|(key, value)| (key, self.replace(value))).collect(),
            _ => value,
        }
    }
}

/// The exceptions an entity speaks of: its own, and the one below that its cause names.
fn exception_ids(entity: &Json) -> impl Iterator<Item = &str> {
    let cause = entity.get("cause");
    let own = cause.and_then(|cause| cause.get("exceptions")).map_or(&[][..], Json::elements);
    let own = own.iter().filter_map(|exception| exception.get("id")?.as_str());
    own.chain(cause.and_then(Json::as_str))
}
