//! A document, and what its entity remembers beside it.

use xray_recorder_core::{DocumentView, EntityId};

use super::chain::Fingerprint;
use super::document;

/// What is in a slot: reused with the guard it belongs to.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) document: Box<DocumentView>,
    /// The exception that was recorded last, here or in an entity below.
    pub(super) seen: Option<Seen>,
    /// Whether the document was sent in progress, or is not to be.
    pub(crate) shown: bool,
}

/// An exception by which the same error is known again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) fingerprint: Fingerprint,
    pub(super) id: EntityId,
    /// Whether this entity tells of it, or one below has and may pass it on.
    pub(super) here: bool,
}

impl Page {
    /// An empty one with a document of at least `capacity` bytes.
    pub(super) fn new(capacity: usize) -> Self {
        Self { document: document::boxed(capacity), seen: None, shown: false }
    }
}
