//! Entities of which nothing is written: what they still pass on.

use std::sync::{Arc, LazyLock};

use xray_recorder_core::{EntityId, Sampled, Timestamp, TraceContext, TraceHeader, TraceId};

use super::live::{Live, Trip};
use super::{OutgoingHeader, Subsegment};
use crate::recorder::Shared;

/// What an entity is of which nothing is written. `None` where it is not sampled, by a decision that was made here, and
/// there is nothing of a header to pass on: that is what most are.
#[derive(Clone, Debug)]
pub(crate) struct Unrecorded(Option<Arc<Why>>);

/// Why nothing is written, and what the services that are called hear of it.
#[derive(Debug)]
enum Why {
    /// The segment is somebody else's, Lambda's for one; subsegments are recorded under it.
    Facade(Facade),
    /// What the request came with goes on, but for the decision.
    Passing { root: Option<TraceId>, parent: Option<EntityId>, sampled: Option<Sampled>, trip: Trip },
    /// The recorder is disabled, or there is none: nothing is said about the trace.
    Off,
}

/// The segment that Lambda keeps for an invocation.
#[derive(Debug)]
pub(crate) struct Facade {
    pub(crate) shared: &'static Shared,
    pub(crate) context: TraceContext,
    pub(crate) trip: Trip,
}

impl Unrecorded {
    /// Not sampled, with nothing to pass on but that.
    pub(crate) const NOT_SAMPLED: Self = Self(None);

    /// An entity that is not sampled, of a request with this header.
    pub(crate) fn not_sampled(header: &TraceHeader<'_>, w3c: bool) -> Self {
        let nothing_to_pass = header.root().is_none() && !header.has_data();
        if nothing_to_pass { Self::NOT_SAMPLED } else { Self::passing(header, Some(Sampled::No), w3c) }
    }

    /// An entity of a recorder that is disabled, which is as if it were not there.
    pub(crate) fn transparent(header: &TraceHeader<'_>, w3c: bool) -> Self {
        let says_nothing = header.root().is_none() && header.sampled().is_none() && !header.has_data();
        if says_nothing { Self::off() } else { Self::passing(header, header.sampled(), w3c) }
    }

    /// Neither a trace nor a decision.
    pub(crate) fn off() -> Self {
        static OFF: LazyLock<Arc<Why>> = LazyLock::new(|| Arc::new(Why::Off));
        Self(Some(Arc::clone(&OFF)))
    }

    /// What goes on as it came, with this decision.
    pub(crate) fn passing(header: &TraceHeader<'_>, sampled: Option<Sampled>, w3c: bool) -> Self {
        let (root, parent, trip) = (header.root(), header.parent(), Trip::of(header, w3c));
        Self(Some(Arc::new(Why::Passing { root, parent, sampled, trip })))
    }

    pub(crate) fn facade(facade: Facade) -> Self {
        Self(Some(Arc::new(Why::Facade(facade))))
    }

    /// A child that is not sampled under an entity that is.
    pub(super) fn below(context: &TraceContext, trip: &Trip) -> Self {
        let (root, parent) = (Some(context.trace_id()), Some(context.id()));
        Self(Some(Arc::new(Why::Passing { root, parent, sampled: Some(Sampled::No), trip: trip.clone() })))
    }

    /// The segment that is somebody else's, if it is one.
    pub(super) fn as_facade(&self) -> Option<&Facade> {
        match self.0.as_deref() {
            Some(Why::Facade(facade)) => Some(facade),
            _ => None,
        }
    }

    /// Whether there is nothing to pass on, so that children are just like it.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.0.is_none()
    }

    pub(super) fn begin_subsegment(&self, name: &str, start: Option<Timestamp>) -> Subsegment {
        match self.as_facade() {
            Some(Facade { shared, context, trip }) => {
                Subsegment::recording(Live::begin_below(shared, context, None, None, trip, name, start))
            }
            None => Subsegment::unrecorded(self.clone()),
        }
    }

    pub(super) fn without_sampling(&self) -> Self {
        self.as_facade().map_or_else(|| self.clone(), |facade| Self::below(&facade.context, &facade.trip))
    }

    pub(super) fn trace_header(&self) -> OutgoingHeader {
        match self.0.as_deref() {
            Some(Why::Facade(facade)) => OutgoingHeader::of(&facade.context, &facade.trip),
            Some(Why::Passing { root, parent, sampled, trip }) => {
                OutgoingHeader { root: *root, parent: *parent, sampled: *sampled, trip: trip.clone() }
            }
            Some(Why::Off) => OutgoingHeader::default(),
            None => OutgoingHeader { sampled: Some(Sampled::No), ..OutgoingHeader::default() },
        }
    }
}
