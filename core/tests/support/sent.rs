//! A transport that keeps what was sent, and the entities in it.

use embedded_io::ErrorType;
use serde_json::Value;
use xray_recorder_core::Transport;

use super::json;

const HEADER_LINE: &str = "{\"format\":\"json\",\"version\":1}\n";

/// Keeps every datagram.
#[derive(Debug, Default)]
pub(crate) struct Sent(pub(crate) Vec<String>);

impl ErrorType for Sent {
    type Error = core::convert::Infallible;
}

impl Transport for Sent {
    fn send(&mut self, datagram: &[u8]) -> Result<(), Self::Error> {
        let text = std::str::from_utf8(datagram).expect("a datagram is UTF-8");
        self.0.push(text.to_owned());
        Ok(())
    }
}

/// An entity that arrived.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arrived {
    pub(crate) id: String,
    /// The entity it is nested in, or the parent that its document names.
    pub(crate) parent: Option<String>,
    pub(crate) trace_id: String,
    pub(crate) name: String,
    pub(crate) start_time: f64,
    pub(crate) end_time: Option<f64>,
    pub(crate) embedded: bool,
}

impl Sent {
    /// The documents, parsed, with duplicate keys as an error.
    pub(crate) fn documents(&self) -> Vec<Value> {
        let text = |datagram: &String| datagram.strip_prefix(HEADER_LINE).expect("it has a header line").to_owned();
        self.0.iter().map(|datagram| json::parse_deep(&text(datagram))).collect()
    }

    /// All entities in all documents.
    pub(crate) fn entities(&self) -> Vec<Arrived> {
        let mut entities = Vec::new();
        for document in self.documents() {
            let trace_id = text(&document, "trace_id").expect("a document of its own has a trace id");
            let is_subsegment = document.get("type").is_some_and(|kind| kind == "subsegment");
            assert!(!is_subsegment || document.get("parent_id").is_some(), "a subsegment alone names its parent");
            collect(&document, text(&document, "parent_id"), &trace_id, false, &mut entities);
        }
        entities
    }
}

fn text(entity: &Value, key: &str) -> Option<String> {
    Some(entity.get(key)?.as_str()?.to_owned())
}

fn collect(entity: &Value, parent: Option<String>, trace_id: &str, embedded: bool, entities: &mut Vec<Arrived>) {
    if embedded {
        assert!(
            ["type", "trace_id", "parent_id"].iter().all(|&key| entity.get(key).is_none()),
            "those are the parent's"
        );
    }
    let id = text(entity, "id").expect("an entity has an id");
    let end_time = entity.get("end_time").and_then(Value::as_f64);
    assert_ne!(end_time.is_some(), entity.get("in_progress") == Some(&true.into()), "in progress or ended");
    let arrived = Arrived {
        id: id.clone(),
        parent,
        trace_id: trace_id.to_owned(),
        name: text(entity, "name").expect("an entity has a name"),
        start_time: entity["start_time"].as_f64().expect("a time"),
        end_time,
        embedded,
    };
    assert!(end_time.is_none_or(|end| end >= arrived.start_time), "{id} ended before it started");
    entities.push(arrived);
    for child in entity.get("subsegments").and_then(Value::as_array).into_iter().flatten() {
        collect(child, Some(id.clone()), trace_id, true, entities);
    }
}
