//! Joins documents by trace id and parent id, as the service does.

use std::collections::HashMap;

use crate::datagram::Datagram;
use crate::entities::{entities, is_lone_subsegment};
use crate::entity::{Entity, EntityKind, Travel};
use crate::json::Json;
use crate::trace::{DatagramSummary, Trace};

/// Puts together the traces of any number of datagrams in any order, sorted by start and then id.
///
/// Embedded subsegments and those sent by themselves end up in the same tree. A complete document replaces one that was
/// in progress. Subsegments whose parent was not received hang under a placeholder. Datagrams without a document are
/// passed over; they still count in the numbering.
pub fn assemble<'a>(datagrams: impl IntoIterator<Item = &'a Datagram>) -> Vec<Trace> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut by_trace_id: HashMap<String, usize> = HashMap::new();
    for (index, datagram) in datagrams.into_iter().enumerate() {
        let Some(document @ Json::Object(_)) = datagram.document() else {
            continue;
        };
        let trace_id = document.get("trace_id").and_then(Json::as_str).unwrap_or_default();
        let draft = *by_trace_id.entry(trace_id.to_owned()).or_insert_with(|| {
            drafts.push(Draft { trace_id: trace_id.to_owned(), ..Draft::default() });
            drafts.len() - 1
        });
        drafts[draft].add(index, datagram.len(), document);
    }
    let mut traces: Vec<Trace> = drafts.into_iter().map(Draft::finish).collect();
    traces.sort_by(|a, b| {
        let start = |trace: &Trace| trace.start().unwrap_or(f64::INFINITY);
        start(a).total_cmp(&start(b)).then_with(|| a.id().cmp(b.id()))
    });
    traces
}

/// A trace of which more documents may come.
#[derive(Default)]
struct Draft {
    trace_id: String,
    slots: Vec<Slot>,
    by_id: HashMap<String, usize>,
    datagrams: Vec<DatagramSummary>,
}

struct Slot {
    entity: Entity,
    /// The slot of the enclosing entity, if embedded.
    enclosing: Option<usize>,
    /// Whether the document as a whole said that it was in progress.
    provisional: bool,
}

impl Draft {
    fn add(&mut self, datagram: usize, bytes: usize, document: &Json) {
        let found = entities(document);
        self.datagrams.push(DatagramSummary { datagram, bytes, entities: found.len() });
        let provisional = document.get("in_progress").and_then(Json::as_bool) == Some(true);
        let mut slots: Vec<usize> = Vec::with_capacity(found.len());
        for part in &found {
            let enclosing = part.parent.map(|parent| slots[parent]);
            let (kind, travel) = match enclosing {
                Some(_) => (EntityKind::Subsegment, Travel::Embedded { datagram }),
                None if is_lone_subsegment(document) => (EntityKind::Subsegment, Travel::Alone { datagram }),
                None => (EntityKind::Segment, Travel::Alone { datagram }),
            };
            let mut entity = Entity::from_json(part.json, kind, travel);
            if let Some(enclosing) = enclosing {
                // Some SDKs write another id into embedded subsegments; where it stands counts.
                entity.parent_id = Some(self.slots[enclosing].entity.id.clone());
            }
            slots.push(self.place(Slot { entity, enclosing, provisional }));
        }
    }

    /// Gives an entity its own slot, or the one of an earlier document about it if that is no better informed.
    fn place(&mut self, mut slot: Slot) -> usize {
        let next = self.slots.len();
        if slot.entity.id.is_empty() {
            self.slots.push(slot);
            return next;
        }
        let position = *self.by_id.entry(slot.entity.id.clone()).or_insert(next);
        match self.slots.get_mut(position) {
            None => self.slots.push(slot),
            Some(present) => {
                let completeness = |slot: &Slot| (!slot.entity.in_progress, !slot.provisional);
                if completeness(&slot) >= completeness(present) {
                    std::mem::swap(present, &mut slot);
                }
                present.entity.superseded.append(&mut slot.entity.superseded);
                present.entity.superseded.extend(slot.entity.datagram());
            }
        }
        position
    }

    fn finish(mut self) -> Trace {
        let parents = self.find_parents();
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); self.slots.len()];
        let mut roots = Vec::new();
        for (position, parent) in parents.into_iter().enumerate() {
            match parent {
                Some(parent) => children[parent].push(position),
                None => roots.push(position),
            }
        }
        for siblings in &mut children {
            siblings.sort_by(|&a, &b| self.compare(a, b));
        }
        // A placeholder begins with its first child, so it is sorted by that.
        roots.sort_by(|&a, &b| {
            let first = |root: usize| match self.slots[root].entity.kind {
                EntityKind::Upstream => children[root].first().copied().unwrap_or(root),
                _ => root,
            };
            self.compare(first(a), first(b))
        });
        let order = depth_first(&roots, &children);
        Trace::new(self.trace_id, in_order(self.slots, &order), self.datagrams)
    }

    /// The slot of each entity's parent; adds the placeholders.
    fn find_parents(&mut self) -> Vec<Option<usize>> {
        let received = self.slots.len();
        let mut placeholders: HashMap<String, usize> = HashMap::new();
        let mut parents = Vec::with_capacity(received);
        for position in 0..received {
            let slot = &self.slots[position];
            let parent_id = slot.entity.parent_id.as_deref().filter(|id| !id.is_empty());
            let parent = match (slot.enclosing, parent_id) {
                (Some(enclosing), _) => Some(enclosing),
                (None, None) => None,
                (None, Some(id)) => match self.by_id.get(id) {
                    Some(&parent) => Some(parent),
                    // A segment may well have its parent in another service.
                    None if slot.entity.kind == EntityKind::Segment => None,
                    None => {
                        let next = received + placeholders.len();
                        Some(*placeholders.entry(id.to_owned()).or_insert(next))
                    }
                },
            };
            parents.push(parent);
        }
        let mut placeholders: Vec<(String, usize)> = placeholders.into_iter().collect();
        placeholders.sort_by_key(|&(_, position)| position);
        for (id, _) in placeholders {
            self.slots.push(Slot { entity: Entity::upstream(&id), enclosing: None, provisional: false });
            parents.push(None);
        }
        parents
    }

    fn compare(&self, a: usize, b: usize) -> std::cmp::Ordering {
        let (a, b) = (&self.slots[a].entity, &self.slots[b].entity);
        let start = |entity: &Entity| entity.start.unwrap_or(f64::INFINITY);
        start(a).total_cmp(&start(b)).then_with(|| a.id.cmp(&b.id))
    }
}

/// Every slot once, each after its parent, together with that parent's position in the result.
fn depth_first(roots: &[usize], children: &[Vec<usize>]) -> Vec<(usize, Option<usize>)> {
    let mut order = Vec::with_capacity(children.len());
    let mut visited = vec![false; children.len()];
    // Entities that name each other as parents are reachable from no root: the first of each circle becomes one.
    let starts = roots.iter().copied().chain(0..children.len());
    for start in starts {
        let mut waiting = vec![(start, None)];
        while let Some((slot, parent)) = waiting.pop() {
            if std::mem::replace(&mut visited[slot], true) {
                continue;
            }
            let position = order.len();
            order.push((slot, parent));
            waiting.extend(children[slot].iter().rev().map(|&child| (child, Some(position))));
        }
    }
    order
}

fn in_order(slots: Vec<Slot>, order: &[(usize, Option<usize>)]) -> Vec<Entity> {
    let mut slots: Vec<Option<Slot>> = slots.into_iter().map(Some).collect();
    let mut entities: Vec<Entity> = Vec::with_capacity(order.len());
    for (position, &(slot, parent)) in order.iter().enumerate() {
        let Some(Slot { mut entity, .. }) = slots[slot].take() else {
            continue;
        };
        entity.parent = parent;
        if let Some(parent) = parent {
            entities[parent].children.push(position);
        }
        entities.push(entity);
    }
    entities
}
