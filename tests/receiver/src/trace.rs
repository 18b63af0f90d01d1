//! A trace put together from its datagrams.

use std::collections::HashMap;

use crate::entity::{Entity, EntityKind};

/// All entities that were received with one trace id, as a forest.
#[derive(Debug)]
pub struct Trace {
    id: String,
    /// Every entity before its children, siblings in their order.
    entities: Vec<Entity>,
    roots: Vec<usize>,
    by_id: HashMap<String, usize>,
    datagrams: Vec<DatagramSummary>,
    depth: usize,
}

/// What one datagram brought to a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatagramSummary {
    /// Which datagram, counted from 0 in the order in which they were given.
    pub datagram: usize,
    /// Its length in bytes, header line included.
    pub bytes: usize,
    /// How many entities its document holds.
    pub entities: usize,
}

impl Trace {
    /// The entities must stand before their children; parents and children are positions among them.
    pub(crate) fn new(id: String, entities: Vec<Entity>, datagrams: Vec<DatagramSummary>) -> Self {
        let mut by_id = HashMap::with_capacity(entities.len());
        let mut roots = Vec::new();
        let mut levels: Vec<usize> = Vec::with_capacity(entities.len());
        for (position, entity) in entities.iter().enumerate() {
            if entity.parent.is_none() {
                roots.push(position);
            }
            if !entity.id.is_empty() {
                by_id.entry(entity.id.clone()).or_insert(position);
            }
            let above = entity.parent.map_or(0, |parent| levels[parent]);
            levels.push(above + usize::from(entity.kind != EntityKind::Upstream));
        }
        let depth = levels.into_iter().max().unwrap_or(0);
        Self { id, entities, roots, by_id, datagrams, depth }
    }

    /// The trace id; empty for documents that have none.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Segments without a received parent, and placeholders for the parents that lone subsegments name.
    pub fn roots(&self) -> impl ExactSizeIterator<Item = &Entity> {
        self.roots.iter().map(|&position| &self.entities[position])
    }

    /// Every received entity, each before its children; no placeholders.
    pub fn entities(&self) -> impl Iterator<Item = &Entity> {
        self.entities.iter().filter(|entity| entity.kind != EntityKind::Upstream)
    }

    /// The children by start time, then id.
    pub fn children(&self, entity: &Entity) -> impl ExactSizeIterator<Item = &Entity> {
        entity.children.iter().map(|&position| &self.entities[position])
    }

    /// The parent, which may be a placeholder.
    pub fn parent(&self, entity: &Entity) -> Option<&Entity> {
        entity.parent.map(|position| &self.entities[position])
    }

    /// The entity, or the placeholder, with this id.
    pub fn find_by_id(&self, id: &str) -> Option<&Entity> {
        self.by_id.get(id).map(|&position| &self.entities[position])
    }

    /// The first entity with this name.
    pub fn find_by_name(&self, name: &str) -> Option<&Entity> {
        self.entities().find(|entity| entity.name == name)
    }

    /// Every entity with this name.
    pub fn all_by_name<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Entity> {
        self.entities().filter(move |entity| entity.name == name)
    }

    /// The number of received entities.
    pub fn count(&self) -> usize {
        self.entities().count()
    }

    /// The number of levels: 1 for a segment alone.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// The datagrams that carried this trace.
    pub fn datagrams(&self) -> &[DatagramSummary] {
        &self.datagrams
    }

    /// The earliest start.
    pub fn start(&self) -> Option<f64> {
        self.entities.iter().filter_map(|entity| entity.start).min_by(f64::total_cmp)
    }

    /// The latest time that any entity names.
    pub fn end(&self) -> Option<f64> {
        self.entities.iter().flat_map(|entity| [entity.start, entity.end]).flatten().max_by(f64::total_cmp)
    }

    /// The names as lines, each two spaces deeper than its parent: the structure, for comparisons in tests.
    pub fn outline(&self) -> String {
        let mut text = String::new();
        let mut levels: Vec<usize> = Vec::with_capacity(self.entities.len());
        for entity in &self.entities {
            let level = entity.parent.map_or(0, |parent| levels[parent] + 1);
            levels.push(level);
            text.extend(std::iter::repeat_n("  ", level));
            text.push_str(&entity.name);
            text.push('\n');
        }
        text
    }

    pub(crate) fn at(&self, position: usize) -> &Entity {
        &self.entities[position]
    }

    pub(crate) fn root_positions(&self) -> &[usize] {
        &self.roots
    }
}
