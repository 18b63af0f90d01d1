//! The guard before the measurement: a peer that writes something else, or less, is not measured.

use serde_json::{Map, Value};

use crate::outlet::Capture;
use crate::peer::Entry;
use crate::workload::{STORY, Workload};

/// What differs from trace to trace, and from writer to writer.
const IGNORED: [&str; 5] = ["id", "trace_id", "start_time", "end_time", "in_progress"];

/// The datagrams of one trace in the steady state.
pub(crate) fn datagrams(entry: &Entry, workload: Workload) -> Vec<Vec<u8>> {
    let capture = Capture::default();
    let mut run = (entry.capture)(workload, capture.clone());
    run(1);
    drop(capture.take());
    run(1);
    capture.take()
}

/// Checks what a peer delivers for a workload against what it should.
pub(crate) fn check(workload: Workload, delivered: &[Vec<u8>]) -> Result<(), String> {
    match (workload.sample(), workload) {
        (Some(sample), _) => {
            let [datagram] = delivered else {
                return Err(format!("{} datagrams instead of one", delivered.len()));
            };
            let mut expected = document(sample)?;
            let mut found = document(datagram)?;
            forget(&mut expected)?;
            forget(&mut found)?;
            difference("document", &expected, &found).map_or(Ok(()), Err)
        }
        (None, Workload::Unsampled) if !delivered.is_empty() => Err("a trace that is not sampled was delivered".into()),
        (None, Workload::Header) => check_header(delivered),
        (None, Workload::Decision) if delivered != [b"no"] => {
            Err(format!("{delivered:?} is no decision by the last rule"))
        }
        (None, Workload::Decision) => Ok(()),
        (None, _) => check_entities(workload, delivered),
    }
}

/// The document of a datagram; its header line may be spaced as it likes.
fn document(datagram: &[u8]) -> Result<Value, String> {
    let line = datagram.iter().position(|&byte| byte == b'\n');
    let (header, document) = datagram.split_at(line.ok_or("no header line")?);
    let header: Value = serde_json::from_slice(header).map_err(|error| format!("header line: {error}"))?;
    if header != serde_json::json!({"format": "json", "version": 1}) {
        return Err(format!("the header line is {header}"));
    }
    serde_json::from_slice(document).map_err(|error| format!("document: {error}"))
}

/// Removes what may differ, after a look at whether it is there and what it should be.
fn forget(entity: &mut Value) -> Result<(), String> {
    let members = entity.as_object_mut().ok_or("an entity is not an object")?;
    let id = members.get("id").and_then(Value::as_str).unwrap_or_default();
    if id.len() != 16 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(format!("{id:?} is not the id of an entity"));
    }
    if let Some(trace) = members.get("trace_id") {
        let trace = trace.as_str().unwrap_or_default();
        if trace.len() != 35 || !trace.starts_with("1-") {
            return Err(format!("{trace:?} is not the id of a trace"));
        }
    }
    let time = |key| members.get(key).and_then(Value::as_f64).unwrap_or_default();
    let (start, end) = (time("start_time"), time("end_time"));
    if start <= 1e9 || end < start {
        return Err(format!("an entity lasts from {start} to {end}"));
    }
    for key in IGNORED {
        members.remove(key);
    }
    let subsegments = members.get_mut("subsegments").and_then(Value::as_array_mut);
    subsegments.into_iter().flatten().try_for_each(forget)
}

/// The first place where two values differ, if there is one.
fn difference(path: &str, expected: &Value, found: &Value) -> Option<String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => object_difference(path, expected, found),
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let mut pairs = expected.iter().zip(found).enumerate();
            pairs.find_map(|(at, (expected, found))| difference(&format!("{path}[{at}]"), expected, found))
        }
        _ if expected == found => None,
        _ => Some(format!("{path} is {found} instead of {expected}")),
    }
}

fn object_difference(path: &str, expected: &Map<String, Value>, found: &Map<String, Value>) -> Option<String> {
    if let Some(key) = found.keys().find(|key| !expected.contains_key(*key)) {
        return Some(format!("{path} has a member {key} too many"));
    }
    expected.iter().find_map(|(key, expected)| match found.get(key) {
        Some(found) => difference(&format!("{path}.{key}"), expected, found),
        None => Some(format!("{path} lacks the member {key}")),
    })
}

/// Checks that all entities arrived, embedded or alone.
fn check_entities(workload: Workload, delivered: &[Vec<u8>]) -> Result<(), String> {
    let mut entities = 0;
    for datagram in delivered {
        entities += count(&document(datagram)?);
    }
    if entities == workload.entities() {
        Ok(())
    } else {
        Err(format!("{entities} entities instead of {}", workload.entities()))
    }
}

fn count(entity: &Value) -> usize {
    let subsegments = entity.get("subsegments").and_then(Value::as_array);
    1 + subsegments.into_iter().flatten().map(count).sum::<usize>()
}

/// Checks that the header has the members it had, in any order.
fn check_header(delivered: &[Vec<u8>]) -> Result<(), String> {
    let [header] = delivered else {
        return Err(format!("{} headers instead of one", delivered.len()));
    };
    let header = String::from_utf8_lossy(header);
    let sorted = |text: &str| {
        let mut members: Vec<String> = text.split(';').map(|member| member.trim().to_owned()).collect();
        members.sort();
        members
    };
    if sorted(&header) == sorted(STORY.header) { Ok(()) } else { Err(format!("the header became {header}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> String {
        String::from_utf8(Workload::Typical.sample().unwrap().to_vec()).unwrap()
    }

    fn verdict(datagram: &str) -> Result<(), String> {
        check(Workload::Typical, &[datagram.as_bytes().to_vec()])
    }

    #[test]
    fn ids_times_and_the_order_of_members_may_differ() {
        let other = sample()
            .replace("\"format\": \"json\", \"version\": 1", "\"version\":1,\"format\":\"json\"")
            .replace("fcf6c5981fa93145", "0000000000000001")
            .replace("1795173996.98992", "1795173997.98992")
            .replace("\"attempt\":1,\"cache\":\"miss\"", "\"cache\":\"miss\",\"attempt\":1");
        assert_ne!(other, sample());
        assert_eq!(verdict(&other), Ok(()));
    }

    #[test]
    fn less_more_or_other_is_found() {
        let lacking = verdict(&sample().replacen("\"cache\":\"miss\"", "\"cache\":\"hit\"", 1));
        let expected = "document.subsegments[0].annotations.cache is \"hit\" instead of \"miss\"";
        assert_eq!(lacking, Err(expected.into()));
        assert!(verdict(&sample().replacen("\"attempt\":1,", "", 1)).is_err());
        assert!(verdict(&sample().replacen("\"attempt\":1,", "\"attempt\":1,\"more\":2,", 1)).is_err());
        assert!(verdict(&sample().replacen("9360a1c5f6fab70c", "", 1)).is_err());
        assert!(check(Workload::Typical, &[]).is_err());
        assert!(check(Workload::Leaf, &[sample().into_bytes()]).is_err());
    }

    #[test]
    fn entities_are_counted_wherever_they_are() {
        assert_eq!(document(sample().as_bytes()).map(|entity| count(&entity)), Ok(11));
        assert!(check(Workload::Wide, &[sample().into_bytes()]).is_err());
        assert_eq!(check(Workload::Unsampled, &[]), Ok(()));
        assert!(check(Workload::Unsampled, &[sample().into_bytes()]).is_err());
    }
}
