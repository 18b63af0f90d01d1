//! The entities of one document: the segment or subsegment itself and all that are embedded in it.

use crate::json::Json;
use crate::path::{Path, Step, write_path};

/// One entity of a document.
pub(crate) struct Embedded<'a> {
    pub(crate) json: &'a Json,
    /// The enclosing entity, as a position in the list; none for the document itself.
    pub(crate) parent: Option<usize>,
    /// The position among the enclosing entity's `subsegments`.
    index: usize,
}

/// The entities in the order of the document, each after the one that encloses it.
pub(crate) fn entities(document: &Json) -> Vec<Embedded<'_>> {
    let mut found: Vec<Embedded<'_>> = Vec::new();
    let mut waiting = vec![Embedded { json: document, parent: None, index: 0 }];
    while let Some(entity) = waiting.pop() {
        let children = entity.json.get("subsegments").map_or(&[][..], Json::elements);
        let parent = Some(found.len());
        found.push(entity);
        let embedded = children.iter().enumerate().map(|(index, json)| Embedded { json, parent, index });
        waiting.extend(embedded.rev().filter(|entity| matches!(entity.json, Json::Object(_))));
    }
    found
}

/// Where a place within an entity is in the document.
pub(crate) fn place(entities: &[Embedded<'_>], entity: usize, path: &Path<'_>) -> String {
    let mut enclosing = Vec::new();
    let mut current = &entities[entity];
    while let Some(parent) = current.parent {
        enclosing.push(current.index);
        current = &entities[parent];
    }
    let outer = enclosing.into_iter().rev().flat_map(|index| [Step::Key("subsegments"), Step::Index(index)]);
    write_path(outer.chain(path.steps()))
}

/// Whether a document is a subsegment sent by itself.
pub(crate) fn is_lone_subsegment(document: &Json) -> bool {
    document.get("type").and_then(Json::as_str) == Some("subsegment")
}
