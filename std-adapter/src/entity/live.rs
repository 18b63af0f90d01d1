//! What stands behind a guard that records: reused, so that beginning an entity allocates nothing.

use std::sync::Arc;

use xray_recorder_core::{
    AwsResource, DocumentView, Entity, EntityId, HeaderData, Sdk, Segment, Service, Subsegment, Timestamp,
    TraceContext, kind,
};

use super::document;
use crate::recorder::{SEGMENT, SUBSEGMENT, Shared};
use crate::slot::{Handle, Owner, Slot};

/// A document on the heap, of whatever capacity.
pub(crate) type BoxedDocument = Box<DocumentView>;
pub(crate) type DocumentSlot = Slot<BoxedDocument>;
pub(crate) type DocumentHandle = Handle<BoxedDocument>;

/// An open entity.
#[derive(Debug)]
pub(crate) struct Live {
    pub(super) shared: &'static Shared,
    pub(super) context: TraceContext,
    /// Extra data of the trace's header, for the requests this entity makes.
    pub(super) header_data: Option<Arc<HeaderData>>,
    parent: Option<DocumentHandle>,
    /// Whether it began while the thread was unwinding already: then its end within that is no fault of its own.
    pub(super) began_unwinding: bool,
    owner: Owner<BoxedDocument>,
    /// The document while no entity is open.
    idle: Option<BoxedDocument>,
}

impl Live {
    pub(crate) fn new(shared: &'static Shared, slot: &'static DocumentSlot, capacity: usize) -> Self {
        Self {
            shared,
            context: TraceContext::new(xray_recorder_core::TraceId::NOOP, NO_ENTITY),
            header_data: None,
            parent: None,
            began_unwinding: false,
            owner: Owner::new(slot),
            idle: Some(document::boxed(capacity)),
        }
    }

    pub(crate) fn into_slot(self) -> &'static DocumentSlot {
        self.owner.into_slot()
    }

    /// Begins a segment.
    pub(super) fn begin_segment(
        shared: &'static Shared,
        name: &str,
        context: TraceContext,
        parent: Option<EntityId>,
        start: Timestamp,
        header_data: Option<Arc<HeaderData>>,
    ) -> Box<Self> {
        let (mut live, _) = shared.begin(SEGMENT);
        live.open(context, None, header_data, |document| {
            if let Ok(mut segment) = Segment::begin(document, name, context, parent, start) {
                if let Some(sdk) = shared.sdk() {
                    describe_sdk(&mut segment, sdk);
                }
            }
        });
        live
    }

    /// Begins a subsegment of this entity, from any thread.
    #[inline]
    pub(super) fn begin_subsegment(&self, name: &str, start: Option<Timestamp>) -> Box<Self> {
        let shared = self.shared;
        let (mut live, number) = shared.begin(SUBSEGMENT);
        let context = self.context.child(self.context.child_id(number));
        let start = start.unwrap_or_else(|| shared.now(&context));
        let parent = self.owner.share();
        live.open(context, Some(parent), self.header_data.clone(), |document| {
            let _ = Subsegment::begin(document, name, context, self.context.id(), start);
        });
        live
    }

    #[inline]
    fn open(
        &mut self,
        context: TraceContext,
        parent: Option<DocumentHandle>,
        header_data: Option<Arc<HeaderData>>,
        begin: impl FnOnce(&mut DocumentView),
    ) {
        self.context = context;
        self.parent = parent;
        self.began_unwinding = std::thread::panicking();
        self.header_data = header_data;
        if let Some(mut document) = self.idle.take() {
            begin(&mut document);
            self.owner.open(document);
        }
    }

    /// What the recorder says of the SDK.
    pub(super) fn sdk(&self) -> Option<Sdk<'static>> {
        self.shared.sdk()
    }

    /// Writes to the document.
    #[inline]
    pub(super) fn write<R>(&mut self, write: impl FnOnce(&mut DocumentView) -> R) -> Option<R> {
        self.owner.with(|document| write(document))
    }

    /// The same where code of the user's runs meanwhile.
    pub(super) fn write_with_user_code<R>(&mut self, write: impl FnOnce(&mut DocumentView) -> R) -> Option<R> {
        self.owner.with_own(|document| write(document))
    }

    /// Ends the entity: embeds or sends its document, and keeps what can be reused.
    #[inline(never)]
    pub(super) fn end<K: kind::Kind>(mut self: Box<Self>, at: Option<Timestamp>) {
        let shared = self.shared;
        let is_root = !K::IS_SUBSEGMENT;
        if let Some(mut document) = self.owner.close() {
            let at = at.unwrap_or_else(|| shared.now(&self.context));
            if Entity::<K>::resume(&mut document).map(|entity| entity.end(at)).is_some() {
                shared.deliver(&mut document, self.parent.as_ref(), is_root);
            }
            self.idle = Some(document);
        }
        self.parent = None;
        self.header_data = None;
        shared.recycle(if is_root { SEGMENT } else { SUBSEGMENT }, self);
    }
}

/// A context that no entity has yet.
const NO_ENTITY: EntityId = match EntityId::new(u64::MAX) {
    Some(id) => id,
    None => unreachable!(),
};

/// Says which SDK made the segment and what runs it, as every official SDK does.
fn describe_sdk(segment: &mut Segment<'_>, sdk: Sdk<'_>) {
    // A refusal is counted in the document; the capacities of servers have room for this.
    let _ = segment.set_aws(&AwsResource { xray: Some(sdk), ..AwsResource::default() });
    let _ = segment.set_service(&Service { runtime: Some("rust"), ..Service::default() });
}
