//! The structure of a story: what is left of documents when ids and times are normalized and packing is undone.
//!
//! * Documents are joined by trace id and parent id, as the service does; whether an entity came alone or embedded in
//!   another's document is a member of its own, `(sent)`.
//! * Siblings stand in the order in which they began.
//! * Ids are replaced by what they name: an entity by its name and, among those of that name, its number in order of
//!   appearance; an exception by its number. Numbering entities alone would shift all numbers behind a child that one
//!   side leaves out.
//! * Times are replaced by what must hold: not before the entity's or its parent's start, before or after its parent's
//!   end.
//! * Ids and times that the program itself gave stay as they are: [`GIVEN_IDS`], [`GIVEN_TIMES`].

use serde_json::{Map, Value};
use xray_recorder_receiver::Json;

use crate::label::Labels;

/// Ids that programs of the captures give.
pub const GIVEN_IDS: [&str; 2] = ["1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"];

/// Times that programs of the captures give.
pub const GIVEN_TIMES: [f64; 4] = [1_461_096_053.375_18, 1_461_096_053.38, 1_461_096_053.39, 1_461_096_053.404_2];

/// What documents and headers say, independent of packing, ids and times.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// One for each trace id, in the order in which they were first seen.
    pub traces: Vec<TraceShape>,
    /// The members of each header that was sent to another service.
    pub headers: Vec<Value>,
}

/// All that was received with one trace id.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceShape {
    /// The id if the program gave it.
    pub id: Value,
    /// The segments, and the subsegments whose parent was not received.
    pub entities: Vec<EntityShape>,
}

/// A segment or subsegment.
#[derive(Clone, Debug, PartialEq)]
pub struct EntityShape {
    /// Whether it is a subsegment.
    pub is_subsegment: bool,
    /// Its name as it was received.
    pub name: String,
    /// Its members, normalized, without `subsegments`.
    pub members: Map<String, Value>,
    /// Its children.
    pub children: Vec<Self>,
}

impl Shape {
    /// The shape of these documents, and of headers in text.
    #[must_use]
    pub fn of<'a>(documents: impl IntoIterator<Item = &'a Json>, headers: impl IntoIterator<Item = &'a str>) -> Self {
        let forest = Forest::of(documents);
        let labels = Labels::of(&forest);
        Self {
            traces: forest.traces(&labels),
            headers: headers.into_iter().map(|header| header_shape(header, &labels)).collect(),
        }
    }
}

/// A header's parts; its data in their order.
fn header_shape(header: &str, labels: &Labels) -> Value {
    let mut members = Map::new();
    let mut data = Vec::new();
    for part in header.split(';') {
        match part.split_once('=') {
            Some((key @ ("Root" | "Parent" | "Sampled"), value)) => {
                members.insert(key.to_owned(), labels.of_id(value).into());
            }
            _ => data.push(part),
        }
    }
    if !data.is_empty() {
        members.insert("data".to_owned(), data.join(";").into());
    }
    members.into()
}

/// Entities as they were received, with their parents.
pub(crate) struct Forest<'a> {
    pub(crate) nodes: Vec<Node<'a>>,
}

pub(crate) struct Node<'a> {
    pub(crate) json: &'a Json,
    pub(crate) trace: &'a str,
    parent: Option<usize>,
    embedded: bool,
}

impl<'a> Node<'a> {
    pub(crate) fn text(&self, key: &str) -> &'a str {
        self.json.get(key).and_then(Json::as_str).unwrap_or_default()
    }

    fn time(&self, key: &str) -> Option<f64> {
        Some(self.json.get(key)?.as_number()?.as_f64())
    }

    fn start(&self) -> f64 {
        self.time("start_time").unwrap_or(f64::INFINITY)
    }
}

impl<'a> Forest<'a> {
    fn of(documents: impl IntoIterator<Item = &'a Json>) -> Self {
        let mut nodes = Vec::new();
        for document in documents {
            let trace = document.get("trace_id").and_then(Json::as_str).unwrap_or_default();
            collect(&mut nodes, document, trace, None);
        }
        for at in 0..nodes.len() {
            let parent = nodes[at].text("parent_id");
            if !nodes[at].embedded && !parent.is_empty() {
                let is_parent = |other: &Node<'_>| other.text("id") == parent && other.trace == nodes[at].trace;
                nodes[at].parent = nodes.iter().position(is_parent);
            }
        }
        Self { nodes }
    }

    /// The positions of the entities below this one, or of those without a parent, in the order in which they began.
    pub(crate) fn below(&self, parent: Option<usize>) -> Vec<usize> {
        let mut children: Vec<usize> = (0..self.nodes.len()).filter(|&at| self.nodes[at].parent == parent).collect();
        // Those that began in the same millisecond, which is all the Node SDK knows, stay in their order.
        children.sort_by(|&a, &b| self.nodes[a].start().total_cmp(&self.nodes[b].start()));
        children
    }

    fn traces(&self, labels: &Labels) -> Vec<TraceShape> {
        let mut ids: Vec<&str> = Vec::new();
        for node in &self.nodes {
            if !ids.contains(&node.trace) {
                ids.push(node.trace);
            }
        }
        let trace = |id: &str| {
            let roots = self.below(None).into_iter().filter(|&root| self.nodes[root].trace == id);
            TraceShape { id: labels.of_id(id).into(), entities: roots.map(|root| self.entity(root, labels)).collect() }
        };
        ids.into_iter().map(trace).collect()
    }

    fn entity(&self, at: usize, labels: &Labels) -> EntityShape {
        let node = &self.nodes[at];
        let parent = node.parent.map(|parent| &self.nodes[parent]);
        let mut members = Map::new();
        for (key, value) in node.json.members() {
            let shape = match key.as_str() {
                "subsegments" => continue,
                "start_time" => start_shape(node, parent),
                "end_time" => end_shape(node, parent),
                "id" if labels.names(node.text("id")) => "<an id>".into(),
                "trace_id" if value.as_str() == Some(node.trace) => "<the trace>".into(),
                "parent_id" if parent.is_some_and(|parent| value.as_str() == Some(parent.text("id"))) => {
                    "<the parent>".into()
                }
                "annotations" | "metadata" | "name" => value.to_value(),
                _ => labels.replace(value.to_value()),
            };
            members.insert(key.clone(), shape);
        }
        members.insert("(sent)".to_owned(), if node.embedded { "embedded" } else { "alone" }.into());
        EntityShape {
            is_subsegment: node.embedded || node.text("type") == "subsegment",
            name: node.text("name").to_owned(),
            members,
            children: self.below(Some(at)).into_iter().map(|child| self.entity(child, labels)).collect(),
        }
    }
}

fn collect<'a>(nodes: &mut Vec<Node<'a>>, json: &'a Json, trace: &'a str, parent: Option<usize>) {
    let at = nodes.len();
    nodes.push(Node { json, trace, parent, embedded: parent.is_some() });
    for child in json.get("subsegments").map_or(&[][..], Json::elements) {
        collect(nodes, child, trace, Some(at));
    }
}

fn start_shape(node: &Node<'_>, parent: Option<&Node<'_>>) -> Value {
    match (node.time("start_time"), parent.and_then(|parent| parent.time("start_time"))) {
        (None, _) => "<no time>".into(),
        (Some(start), _) if GIVEN_TIMES.contains(&start) => start.into(),
        (Some(start), Some(parent)) if start < parent => "<a time before its parent's start>".into(),
        (Some(_), _) => "<a time>".into(),
    }
}

fn end_shape(node: &Node<'_>, parent: Option<&Node<'_>>) -> Value {
    match (node.time("end_time"), parent.and_then(|parent| parent.time("end_time"))) {
        (None, _) => "<no time>".into(),
        (Some(end), _) if GIVEN_TIMES.contains(&end) => end.into(),
        (Some(end), _) if end < node.start() => "<a time before its start>".into(),
        (Some(end), Some(parent)) if end > parent => "<a time after its parent's end>".into(),
        (Some(_), _) => "<a time>".into(),
    }
}
