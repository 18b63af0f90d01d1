//! What stands behind a guard that records: reused, so that beginning an entity allocates nothing.

use std::sync::Arc;

use xray_recorder_core::{
    AwsResource, DocumentView, Entity, EntityId, HeaderData, RuleName, Sdk, Segment, Service, Subsegment, Timestamp,
    TraceContext, TraceHeader, kind,
};

use super::page::Page;
use super::reference::Open;
use crate::plugins::Whereabouts;
use crate::recorder::{SEGMENT, SUBSEGMENT, Shared};
use crate::slot::{Handle, Owner, Slot};

pub(crate) type DocumentSlot = Slot<Box<Page>>;
pub(crate) type DocumentHandle = Handle<Box<Page>>;

/// An open entity.
#[derive(Debug)]
pub(crate) struct Live {
    pub(super) shared: &'static Shared,
    pub(super) context: TraceContext,
    pub(super) trip: Trip,
    parent: Option<DocumentHandle>,
    /// The segment above, of a subsegment that has one.
    segment: Option<DocumentHandle>,
    is_subsegment: bool,
    /// The rule by which a segment was decided, where the service wants to hear of requests that go wrong.
    watched: Option<RuleName>,
    /// Whether it began while the thread was unwinding already: then its end within that is no fault of its own.
    pub(super) began_unwinding: bool,
    owner: Owner<Box<Page>>,
    /// The page while no entity is open.
    idle: Option<Box<Page>>,
}

/// What of the request's header goes on with the requests that an entity makes, beside ids and the decision.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trip {
    /// Extra data, once per trace.
    pub(crate) data: Option<Arc<HeaderData>>,
    /// Whether the request came with a `traceparent`.
    pub(crate) w3c: bool,
    /// Whether the segment is not sampled, and recorded only in case that something goes wrong.
    pub(crate) unsampled: bool,
}

impl Trip {
    pub(crate) fn of(header: &TraceHeader<'_>, w3c: bool) -> Self {
        Self { data: header.has_data().then(|| Arc::new(HeaderData::of(header))), w3c, unsampled: false }
    }
}

impl Live {
    pub(crate) fn new(shared: &'static Shared, slot: &'static DocumentSlot, capacity: usize) -> Self {
        Self {
            shared,
            context: TraceContext::new(xray_recorder_core::TraceId::NOOP, NO_ENTITY),
            trip: Trip::default(),
            parent: None,
            segment: None,
            is_subsegment: false,
            watched: None,
            began_unwinding: false,
            owner: Owner::new(slot),
            idle: Some(Box::new(Page::new(capacity))),
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
        trip: Trip,
        rule: Option<&str>,
    ) -> Box<Self> {
        let (mut live, _) = shared.begin(SEGMENT);
        live.open(context, trip, |document| {
            if let Ok(mut segment) = Segment::begin(document, name, context, parent, start) {
                match (shared.whereabouts(), rule) {
                    (None, None) => {
                        if let Some(sdk) = shared.sdk() {
                            describe_sdk(&mut segment, sdk);
                        }
                    }
                    (found, rule) => describe(&mut segment, shared.sdk(), found, rule),
                }
            }
        });
        live
    }

    /// The service is to hear whether this segment goes wrong.
    pub(super) fn watch(&mut self, rule: RuleName) {
        self.watched = Some(rule);
    }

    /// Begins a subsegment of this entity, from any thread.
    #[inline]
    pub(super) fn begin_subsegment(&self, name: &str, start: Option<Timestamp>) -> Box<Self> {
        let parent = self.owner.share();
        let segment = if self.is_subsegment { self.segment } else { Some(parent) };
        Self::begin_below(self.shared, &self.context, Some(parent), segment, &self.trip, name, start)
    }

    /// Begins a subsegment of the entity with this context, whoever has its document.
    #[inline(always)]
    pub(super) fn begin_below(
        shared: &'static Shared,
        parent: &TraceContext,
        document: Option<DocumentHandle>,
        segment: Option<DocumentHandle>,
        trip: &Trip,
        name: &str,
        start: Option<Timestamp>,
    ) -> Box<Self> {
        let (mut live, number) = shared.begin(SUBSEGMENT);
        let context = parent.child(parent.child_id(number));
        let start = start.unwrap_or_else(|| shared.now(&context));
        live.is_subsegment = true;
        live.parent = document;
        live.segment = segment;
        live.open(context, trip.clone(), |document| {
            let _ = Subsegment::begin(document, name, context, parent.id(), start);
        });
        live
    }

    #[inline]
    fn open(&mut self, context: TraceContext, trip: Trip, begin: impl FnOnce(&mut DocumentView)) {
        self.context = context;
        self.began_unwinding = std::thread::panicking();
        self.trip = trip;
        if let Some(mut page) = self.idle.take() {
            begin(&mut page.document);
            // Of what may yet be let go, nothing is sent before its end.
            page.shown = self.trip.unsampled;
            self.owner.open(page);
            if self.shared.shows_progress() {
                self.owner.share();
            }
        }
    }

    /// A reference to this entity; its document is shared from now on.
    pub(super) fn reference(&self) -> Open {
        Open {
            shared: self.shared,
            context: self.context,
            trip: self.trip.clone(),
            document: self.owner.share(),
            parent: self.parent,
            segment: self.segment,
            is_subsegment: self.is_subsegment,
        }
    }

    /// The document of the entity above, unless that is another process's.
    pub(super) fn parent(&self) -> Option<DocumentHandle> {
        self.parent
    }

    /// Writes to the page. No code of the user's may run meanwhile.
    #[inline]
    pub(super) fn with_page<R>(&mut self, write: impl FnOnce(&mut Page) -> R) -> Option<R> {
        self.owner.with(|page| write(page))
    }

    /// Writes to the document. No code of the user's may run meanwhile.
    #[inline]
    pub(super) fn write<R>(&mut self, write: impl FnOnce(&mut DocumentView) -> R) -> Option<R> {
        self.owner.with(|page| write(&mut page.document))
    }

    /// The document while nobody else has a handle to it, so that code of the user's may run.
    #[inline]
    pub(super) fn private(&mut self) -> Option<&mut DocumentView> {
        self.owner.private().map(|page| &mut *page.document)
    }

    /// Ends the entity: embeds or sends its document, and keeps what can be reused.
    #[inline(never)]
    pub(super) fn end(mut self: Box<Self>, at: Option<Timestamp>) {
        let shared = self.shared;
        let is_root = !self.is_subsegment;
        if let Some(mut page) = self.owner.close() {
            let at = at.unwrap_or_else(|| shared.now(&self.context));
            let may_leave = !self.looks_back() || self.look_back(&mut page.document, at, is_root);
            if Entity::<kind::Any>::resume(&mut page.document).map(|entity| entity.end(at)).is_some() {
                if may_leave {
                    shared.deliver(&mut page.document, self.parent.as_ref(), is_root);
                } else {
                    shared.put_away(&mut page.document, self.parent.as_ref());
                }
            }
            page.seen = None;
            self.idle = Some(page);
        }
        self.parent = None;
        self.segment = None;
        self.trip = Trip::default();
        shared.recycle(if is_root { SEGMENT } else { SUBSEGMENT }, self);
    }
}

impl Live {
    /// Whether what became of the entity matters to more than its document.
    #[inline]
    fn looks_back(&self) -> bool {
        self.trip.unsampled || self.watched.is_some()
    }

    /// Tells the service of a segment that went wrong, and says whether the document may be sent.
    #[cold]
    fn look_back(&mut self, document: &mut DocumentView, end: Timestamp, is_root: bool) -> bool {
        let shared = self.shared;
        if let (Some(rule), Some(central)) = (self.watched.take(), shared.sampling.central()) {
            let went_wrong = Entity::<kind::Segment>::resume(document)
                .is_some_and(|segment| segment.is_fault() || segment.is_error());
            if went_wrong {
                central.went_wrong(rule.as_str(), !self.trip.unsampled);
            }
        }
        !self.trip.unsampled
            || is_root && shared.keeper.as_ref().is_some_and(|keeper| keeper.keeps(document, end, shared.ticks()))
    }
}

/// A context that no entity has yet.
const NO_ENTITY: EntityId = match EntityId::new(u64::MAX) {
    Some(id) => id,
    None => unreachable!(),
};

/// Says which SDK made the segment, by which rule, and where it runs.
#[inline(never)]
fn describe(segment: &mut Segment<'_>, sdk: Option<Sdk<'_>>, found: Option<&Whereabouts>, rule: Option<&str>) {
    let says_sdk = sdk.is_some();
    let xray = Sdk { sampling_rule_name: rule, ..sdk.unwrap_or_default() };
    let xray = (says_sdk || rule.is_some()).then_some(xray);
    // A refusal is counted in the document.
    match found {
        Some(found) => {
            let told = found.with_resource(|resource| segment.set_aws(&AwsResource { xray, ..*resource }));
            if told.is_err() {
                // In a document without room for all, the rule matters most.
                let _ = segment.set_aws(&AwsResource { xray, ..AwsResource::default() });
            }
            if let Some(origin) = found.origin() {
                let _ = segment.set_origin(origin);
            }
        }
        None => drop(segment.set_aws(&AwsResource { xray, ..AwsResource::default() })),
    }
    if says_sdk {
        let _ = segment.set_service(&Service { runtime: Some("rust"), ..Service::default() });
    }
}

/// Says which SDK made the segment and what runs it, as every official SDK does.
fn describe_sdk(segment: &mut Segment<'_>, sdk: Sdk<'_>) {
    // A refusal is counted in the document; the capacities of servers have room for this.
    let _ = segment.set_aws(&AwsResource { xray: Some(sdk), ..AwsResource::default() });
    let _ = segment.set_service(&Service { runtime: Some("rust"), ..Service::default() });
}
