//! What an official SDK sent of a request, beside what is sent here of the same.

use serde_json::Value;

/// The documents of a capture, in the order in which they came.
pub(crate) fn documents(capture: &str) -> Vec<Value> {
    let path = format!("{}/tests/ext/captures/{capture}.json", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    file["documents"].as_array().unwrap().clone()
}

/// What is their own each time, or says which SDK it was.
const OWN: [&str; 8] = ["id", "start_time", "end_time", "trace_id", "parent_id", "aws", "service", "working_directory"];

/// The members that the official document has and this one has not, or has with another value: `pointer: theirs, ours`.
pub(crate) fn differences(official: &Value, ours: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", official, ours, &mut found);
    found
}

fn compare(pointer: &str, official: &Value, ours: &Value, found: &mut Vec<String>) {
    match (official, ours) {
        (Value::Object(members), Value::Object(_)) => {
            for (key, value) in members.iter().filter(|(key, _)| !OWN.contains(&key.as_str())) {
                compare(&format!("{pointer}/{key}"), value, ours.get(key).unwrap_or(&Value::Null), found);
            }
        }
        (Value::Array(elements), Value::Array(others)) => {
            for (at, value) in elements.iter().enumerate() {
                compare(&format!("{pointer}/{at}"), value, others.get(at).unwrap_or(&Value::Null), found);
            }
        }
        _ => {
            let (official, ours) = (without_port(official), without_port(ours));
            if official != ours {
                found.push(format!("{pointer}: {official}, {ours}"));
            }
        }
    }
}

/// The value as text, without the port that was free by chance.
fn without_port(value: &Value) -> String {
    let text = value.to_string();
    match text.split_once("127.0.0.1:") {
        Some((before, after)) => format!("{before}127.0.0.1{}", after.trim_start_matches(|c: char| c.is_ascii_digit())),
        None => text,
    }
}
