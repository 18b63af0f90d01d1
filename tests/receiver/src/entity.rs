//! One segment or subsegment as it was received, without its children.

use std::mem;

use serde_json::Value;

use crate::json::{Json, Number, dismantle};

/// A segment, a subsegment, or the place of one that others name as their parent.
#[derive(Debug)]
#[non_exhaustive]
pub struct Entity {
    /// The id; empty if the document has none.
    pub id: String,
    /// The id of the parent: of the enclosing entity if embedded, else what the document says.
    pub parent_id: Option<String>,
    /// Whether this is a segment, a subsegment or a placeholder.
    pub kind: EntityKind,
    /// The name; `upstream` for a placeholder.
    pub name: String,
    /// `aws`, `remote` or what else was received; subsegments only.
    pub namespace: Option<String>,
    /// The start in seconds since the epoch.
    pub start: Option<f64>,
    /// The end in seconds since the epoch; none while the entity is in progress.
    pub end: Option<f64>,
    /// Whether the entity was received only as in progress.
    pub in_progress: bool,
    /// Whether the client is to blame.
    pub error: bool,
    /// Whether the call was throttled.
    pub throttle: bool,
    /// Whether the server is to blame.
    pub fault: bool,
    /// The annotations in the order in which they were written, as far as their values are allowed.
    pub annotations: Vec<(String, Value)>,
    /// How it came.
    pub travel: Travel,
    /// The other datagrams that told of this entity, superseded by the one that is shown.
    pub superseded: Vec<usize>,
    /// The members as they were received, without the embedded subsegments.
    pub json: Value,
    pub(crate) parent: Option<usize>,
    pub(crate) children: Vec<usize>,
}

/// What an [`Entity`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntityKind {
    /// A segment.
    Segment,
    /// A subsegment.
    Subsegment,
    /// Nothing that was received: the parent that lone subsegments name, as in Lambda, where the service owns the segment.
    Upstream,
}

/// How an [`Entity`] came. Datagrams are counted from 0, in the order in which they were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Travel {
    /// As the document of this datagram.
    Alone {
        /// The datagram.
        datagram: usize,
    },
    /// Within the document of another entity.
    Embedded {
        /// The datagram.
        datagram: usize,
    },
    /// Not at all: a placeholder.
    NotReceived,
}

impl Entity {
    /// Which datagram this entity came in, counted from 0; none for a placeholder.
    pub fn datagram(&self) -> Option<usize> {
        match self.travel {
            Travel::Alone { datagram } | Travel::Embedded { datagram } => Some(datagram),
            Travel::NotReceived => None,
        }
    }

    /// Whether this entity came within the document of another.
    pub fn is_embedded(&self) -> bool {
        matches!(self.travel, Travel::Embedded { .. })
    }

    /// Seconds from start to end, if both are known.
    pub fn duration(&self) -> Option<f64> {
        Some(self.end? - self.start?)
    }

    /// The value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&Value> {
        self.annotations.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(crate) fn from_json(json: &Json, kind: EntityKind, travel: Travel) -> Self {
        let text = |key| json.get(key).and_then(Json::as_str).map(str::to_owned);
        let time = |key| json.get(key).and_then(Json::as_number).map(Number::as_f64).filter(|time| time.is_finite());
        let flag = |key| json.get(key).and_then(Json::as_bool) == Some(true);
        let annotations = json.get("annotations").map_or(&[][..], Json::members);
        Self {
            id: text("id").unwrap_or_default(),
            parent_id: text("parent_id"),
            kind,
            name: text("name").unwrap_or_default(),
            namespace: text("namespace"),
            start: time("start_time"),
            end: time("end_time"),
            in_progress: flag("in_progress") || json.get("end_time").is_none(),
            error: flag("error"),
            throttle: flag("throttle"),
            fault: flag("fault"),
            annotations: annotations
                .iter()
                .filter(|(_, value)| matches!(value, Json::String(_) | Json::Number(_) | Json::Bool(_)))
                .map(|(key, value)| (key.clone(), value.to_value()))
                .collect(),
            travel,
            superseded: Vec::new(),
            json: json.to_value_without(Some("subsegments")),
            parent: None,
            children: Vec::new(),
        }
    }

    pub(crate) fn upstream(id: &str) -> Self {
        let mut placeholder = Self::from_json(&Json::Null, EntityKind::Upstream, Travel::NotReceived);
        id.clone_into(&mut placeholder.id);
        "upstream".clone_into(&mut placeholder.name);
        placeholder.in_progress = false;
        placeholder
    }
}

/// Values may be nested deeper than the stack allows `serde_json` to go.
impl Drop for Entity {
    fn drop(&mut self) {
        dismantle(mem::take(&mut self.json));
    }
}
