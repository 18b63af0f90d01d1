//! What a span keeps in its extensions.

use crate::{EntityHandle, Segment, Subsegment};

/// The entity of a span.
#[derive(Debug)]
pub(super) struct Kept {
    /// Made once: entering a span copies it.
    pub(super) handle: EntityHandle,
    guard: Guard,
}

/// What ends with the span.
#[derive(Debug)]
#[expect(dead_code, reason = "guards are there to be dropped")]
enum Guard {
    Segment(Segment),
    Subsegment(Subsegment),
    /// The entity is somebody else's.
    None,
}

impl Kept {
    pub(super) fn segment(segment: Segment) -> Self {
        Self { handle: segment.handle().as_entity(), guard: Guard::Segment(segment) }
    }

    pub(super) fn subsegment(subsegment: Subsegment) -> Self {
        Self { handle: subsegment.handle().as_entity(), guard: Guard::Subsegment(subsegment) }
    }

    /// An entity that is not recorded, to be passed on to whatever thread the span is entered on.
    pub(super) fn handle_of(handle: EntityHandle) -> Self {
        Self { handle, guard: Guard::None }
    }

    /// Whether what the span says is to be written to the entity.
    pub(super) fn is_owned(&self) -> bool {
        !matches!(self.guard, Guard::None)
    }
}
