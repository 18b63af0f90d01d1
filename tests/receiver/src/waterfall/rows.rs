//! Which entities are shown, in which order and under which branches of the tree.

use crate::entity::{Entity, EntityKind};
use crate::trace::Trace;

/// Longer runs of siblings show only their beginning and their end.
const MOST_SIBLINGS: usize = 8;
const FIRST_SIBLINGS: usize = 3;
const LAST_SIBLINGS: usize = 2;

/// One row of the tree.
pub(super) struct Row<'a> {
    /// The branch that leads to the row.
    pub(super) branch: String,
    /// What continues below the row, in front of its details.
    pub(super) below: String,
    pub(super) content: Content<'a>,
}

pub(super) enum Content<'a> {
    Entity(&'a Entity),
    /// Siblings that are not shown one by one.
    Hidden(Vec<&'a Entity>),
}

impl<'a> Row<'a> {
    pub(super) fn entity(&self) -> Option<&'a Entity> {
        if let Content::Entity(entity) = self.content { Some(entity) } else { None }
    }
}

/// Lists the rows; branches are drawn for so many levels, deeper rows say their level instead.
pub(super) fn rows(trace: &Trace, most_branches: usize) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    // For each level above the current row: whether its branch goes on.
    let mut goes_on: Vec<bool> = Vec::new();
    let mut waiting = Vec::new();
    push_siblings(&mut waiting, trace, trace.root_positions(), 0);
    while let Some(Waiting { shown, depth, last }) = waiting.pop() {
        goes_on.truncate(depth);
        let branch = branch(&goes_on, depth, last, most_branches);
        goes_on.push(!last);
        let (content, has_children) = match shown {
            Shown::Entity(entity) => {
                push_siblings(&mut waiting, trace, &entity.children, depth + 1);
                (Content::Entity(entity), !entity.children.is_empty())
            }
            Shown::Hidden(positions) => {
                (Content::Hidden(positions.iter().map(|&position| trace.at(position)).collect()), false)
            }
        };
        let below = if depth > most_branches {
            String::new()
        } else {
            let mut below = continuations(&goes_on[1..]);
            below.push_str(if has_children { "│  " } else { "   " });
            below
        };
        rows.push(Row { branch, below, content });
    }
    rows
}

struct Waiting<'a> {
    shown: Shown<'a>,
    depth: usize,
    last: bool,
}

enum Shown<'a> {
    Entity(&'a Entity),
    Hidden(&'a [usize]),
}

/// Puts siblings on the stack, the first on top.
fn push_siblings<'a>(waiting: &mut Vec<Waiting<'a>>, trace: &'a Trace, siblings: &'a [usize], depth: usize) {
    let mut shown: Vec<Shown<'a>> = Vec::new();
    let entities = |positions: &'a [usize]| positions.iter().map(|&position| Shown::Entity(trace.at(position)));
    if siblings.len() > MOST_SIBLINGS {
        let (first, rest) = siblings.split_at(FIRST_SIBLINGS);
        let (hidden, last) = rest.split_at(rest.len() - LAST_SIBLINGS);
        shown.extend(entities(first));
        shown.push(Shown::Hidden(hidden));
        shown.extend(entities(last));
    } else {
        shown.extend(entities(siblings));
    }
    let last = shown.len().saturating_sub(1);
    waiting.extend(shown.into_iter().enumerate().rev().map(|(index, shown)| Waiting {
        shown,
        depth,
        last: index == last,
    }));
}

fn branch(goes_on: &[bool], depth: usize, last: bool, most_branches: usize) -> String {
    if depth == 0 {
        return String::new();
    }
    if depth > most_branches {
        return format!("⋯ {depth} ");
    }
    let mut branch = continuations(&goes_on[1..]);
    branch.push_str(if last { "└─ " } else { "├─ " });
    branch
}

fn continuations(goes_on: &[bool]) -> String {
    goes_on.iter().map(|&goes_on| if goes_on { "│  " } else { "   " }).collect()
}

/// What stands in the name column.
pub(super) fn label(content: &Content<'_>) -> String {
    match content {
        Content::Entity(entity) if entity.kind == EntityKind::Upstream => {
            format!("(upstream {})", entity.id)
        }
        Content::Entity(entity) if entity.name.is_empty() => "(no name)".to_owned(),
        Content::Entity(entity) => entity.name.clone(),
        Content::Hidden(entities) => format!("… {} more", entities.len()),
    }
}
