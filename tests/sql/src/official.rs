//! What an official SDK sent, beside what is sent here of the same.

use serde_json::Value;

/// The subsegments of a capture's first document.
///
/// # Panics
///
/// Where there is no such capture.
#[must_use]
pub fn subsegments(capture: &str) -> Vec<Value> {
    let path = format!("{}/captures/{capture}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the capture is there");
    let file: Value = serde_json::from_str(&text).expect("the capture is JSON");
    file["documents"][0]["subsegments"].as_array().expect("the capture has subsegments").clone()
}

/// What is another each time, and what an embedded document does not need, as its parent says it.
const OWN: [&str; 7] = ["id", "start_time", "end_time", "trace_id", "parent_id", "type", "in_progress"];

/// What the official document has and this one has not, or has with another value: `/sql/user: null, "app"`.
#[must_use]
pub fn differences(official: &Value, ours: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", official, ours, &mut found);
    found
}

fn compare(pointer: &str, official: &Value, ours: &Value, found: &mut Vec<String>) {
    if let (Value::Object(members), Value::Object(_)) = (official, ours) {
        for (key, value) in members.iter().filter(|(key, _)| !OWN.contains(&key.as_str())) {
            compare(&format!("{pointer}/{key}"), value, ours.get(key).unwrap_or(&Value::Null), found);
        }
    } else if official != ours {
        found.push(format!("{pointer}: {official}, {ours}"));
    }
}
