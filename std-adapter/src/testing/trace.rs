//! A trace that was sent, and its entities.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use xray_recorder_receiver::{Entity, EntityKind, Trace, Waterfall};

use super::micros;

/// A trace, as the service would join it from what was sent. `Display` draws it.
#[derive(Clone, Debug)]
pub struct RecordedTrace {
    trace: Arc<Trace>,
}

impl RecordedTrace {
    pub(super) fn new(trace: Trace) -> Self {
        Self { trace: Arc::new(trace) }
    }

    /// The ids of parents that were not sent: other processes', or segments that are still open.
    pub(super) fn upstream(&self) -> impl Iterator<Item = String> {
        let is_absent = |id: &String| self.trace.entities().all(|entity| entity.id != *id);
        self.trace.entities().filter_map(|entity| entity.parent_id.clone()).filter(is_absent)
    }

    /// The trace id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.trace.id()
    }

    /// The first segment of this name.
    ///
    /// # Panics
    ///
    /// Where there is none.
    #[track_caller]
    pub fn segment(&self, name: &str) -> RecordedEntity {
        let is_it = |entity: &&Entity| entity.kind == EntityKind::Segment && entity.name == name;
        match self.trace.entities().find(is_it) {
            Some(entity) => self.entity(entity),
            None => panic!("there is no segment `{name}`\n\n{self}"),
        }
    }

    /// The first entity of this name, at any depth.
    ///
    /// # Panics
    ///
    /// Where there is none.
    #[track_caller]
    pub fn find(&self, name: &str) -> RecordedEntity {
        match self.trace.find_by_name(name) {
            Some(entity) => self.entity(entity),
            None => panic!("there is no entity `{name}`\n\n{self}"),
        }
    }

    /// How many entities were sent.
    #[must_use]
    pub fn count(&self) -> usize {
        self.trace.count()
    }

    /// The names as lines, each two blanks deeper than its parent: the structure, to compare with.
    ///
    /// ```
    /// # use xray_recorder::testing::TestRecorder;
    /// let kit = TestRecorder::new();
    /// kit.recorder().in_segment("checkout", |segment| segment.begin_subsegment("db").end());
    /// assert_eq!(kit.trace().outline(), "checkout\n  db\n");
    /// ```
    #[must_use]
    pub fn outline(&self) -> String {
        self.trace.outline()
    }

    fn entity(&self, entity: &Entity) -> RecordedEntity {
        RecordedEntity { trace: self.clone(), id: entity.id.clone() }
    }
}

impl fmt::Display for RecordedTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Waterfall::new().width(100).render(&self.trace))
    }
}

/// An entity of a trace. Assertions give it back, and panic with a picture of the trace.
#[derive(Clone, Debug)]
pub struct RecordedEntity {
    trace: RecordedTrace,
    id: String,
}

impl RecordedEntity {
    pub(super) fn entity(&self) -> &Entity {
        self.trace.trace.find_by_id(&self.id).expect("it was found in this trace")
    }

    /// Fails an assertion.
    #[track_caller]
    pub(super) fn fail(&self, what: impl fmt::Display) -> ! {
        let json = serde_json::to_string_pretty(&self.entity().json).unwrap_or_default();
        panic!("`{}` {what}\n\n{}\n{json}", self.entity().name, self.trace)
    }

    /// The first subsegment of this name directly below.
    ///
    /// # Panics
    ///
    /// Where there is none.
    #[track_caller]
    pub fn subsegment(&self, name: &str) -> Self {
        match self.subsegments(name).into_iter().next() {
            Some(subsegment) => subsegment,
            None => self.fail(format_args!("has no subsegment `{name}`")),
        }
    }

    /// All subsegments of this name directly below, by their start.
    #[must_use]
    pub fn subsegments(&self, name: &str) -> Vec<Self> {
        let trace = &self.trace.trace;
        trace.children(self.entity()).filter(|child| child.name == name).map(|child| self.trace.entity(child)).collect()
    }

    /// The entity above, if it was sent.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let parent = self.trace.trace.parent(self.entity())?;
        (parent.kind != EntityKind::Upstream).then(|| self.trace.entity(parent))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.entity().name
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The value of an annotation.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&Value> {
        self.json().get("annotations")?.get(key)
    }

    /// A metadata value of the namespace `default`.
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<&Value> {
        self.metadata_in("default", key)
    }

    /// A metadata value of a namespace.
    #[must_use]
    pub fn metadata_in(&self, namespace: &str, key: &str) -> Option<&Value> {
        self.json().get("metadata")?.get(namespace)?.get(key)
    }

    /// The document, without the subsegments that are embedded in it.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.entity().json
    }

    /// From start to end, once it has ended.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        self.entity().duration().map(micros)
    }
}
