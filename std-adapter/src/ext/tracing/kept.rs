//! What a span keeps in its extensions.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::{EntityHandle, Segment, Subsegment, Timestamp};

/// The entity of a span.
#[derive(Debug)]
pub(super) struct Kept {
    /// Made once: entering a span copies it.
    pub(super) handle: EntityHandle,
    /// When the span was left last, on whatever thread, in microseconds; 0 before.
    left: AtomicU64,
    guard: Guard,
}

/// What ends with the span.
#[derive(Debug)]
enum Guard {
    Segment(Segment),
    Subsegment(Subsegment),
    /// The entity is somebody else's.
    None,
}

impl Kept {
    pub(super) fn segment(segment: Segment) -> Self {
        Self { handle: segment.handle().as_entity(), left: AtomicU64::new(0), guard: Guard::Segment(segment) }
    }

    pub(super) fn subsegment(subsegment: Subsegment) -> Self {
        Self { handle: subsegment.handle().as_entity(), left: AtomicU64::new(0), guard: Guard::Subsegment(subsegment) }
    }

    /// An entity that is not recorded, to be passed on to whatever thread the span is entered on.
    pub(super) fn handle_of(handle: EntityHandle) -> Self {
        Self { handle, left: AtomicU64::new(0), guard: Guard::None }
    }

    /// Whether what the span says is to be written to the entity.
    pub(super) fn is_owned(&self) -> bool {
        !matches!(self.guard, Guard::None)
    }

    /// The span was left.
    pub(super) fn leave(&self) {
        if let Some(now) = self.handle.now() {
            self.left.fetch_max(now.as_micros(), Ordering::Relaxed);
        }
    }

    /// Ends what is the span's own, at the time at which that was left last: since then it was there for its children alone.
    /// One that nobody has entered ends now.
    pub(super) fn end(self) {
        let left = Some(self.left.into_inner()).filter(|left| *left > 0).map(Timestamp::from_micros);
        match (self.guard, left) {
            (Guard::Segment(segment), Some(left)) => segment.end_at(left),
            (Guard::Segment(segment), None) => segment.end(),
            (Guard::Subsegment(subsegment), Some(left)) => subsegment.end_at(left),
            (Guard::Subsegment(subsegment), None) => subsegment.end(),
            (Guard::None, _) => {}
        }
    }
}
