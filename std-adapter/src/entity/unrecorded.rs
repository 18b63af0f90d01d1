//! Entities of which nothing is written: what they still pass on.

use std::sync::Arc;

use xray_recorder_core::{EntityId, Sampled, Timestamp, TraceContext, TraceHeader, TraceId};

use super::live::{Live, Trip};
use super::{OutgoingHeader, Subsegment};
use crate::recorder::Shared;

/// Why nothing is written, and what the services that are called hear of it.
#[derive(Clone, Debug)]
pub(crate) enum Unrecorded {
    /// The segment is Lambda's, which sends it; subsegments are recorded under it.
    Facade(Arc<Facade>),
    /// What the request came with goes on.
    Passing(Arc<Passing>),
    /// Not sampled, by a decision that was made here.
    NotSampled,
    /// Ended, or the recorder is disabled: nothing is said about the trace.
    Off,
}

/// The segment that Lambda keeps for an invocation.
#[derive(Debug)]
pub(crate) struct Facade {
    pub(crate) shared: &'static Shared,
    pub(crate) context: TraceContext,
    pub(crate) trip: Trip,
}

/// A header that goes on as it came, but for the decision.
#[derive(Debug)]
pub(crate) struct Passing {
    pub(crate) root: Option<TraceId>,
    pub(crate) parent: Option<EntityId>,
    pub(crate) sampled: Option<Sampled>,
    pub(crate) trip: Trip,
}

impl Unrecorded {
    /// An entity that is not sampled, of a request with this header.
    pub(crate) fn not_sampled(header: &TraceHeader<'_>, w3c: bool) -> Self {
        let nothing_to_pass = header.root().is_none() && !header.has_data();
        if nothing_to_pass { Self::NotSampled } else { Self::passing(header, Some(Sampled::No), w3c) }
    }

    /// An entity of a recorder that is disabled, which is as if it were not there.
    pub(crate) fn transparent(header: &TraceHeader<'_>, w3c: bool) -> Self {
        let says_nothing = header.root().is_none() && header.sampled().is_none() && !header.has_data();
        if says_nothing { Self::Off } else { Self::passing(header, header.sampled(), w3c) }
    }

    fn passing(header: &TraceHeader<'_>, sampled: Option<Sampled>, w3c: bool) -> Self {
        let (root, parent) = (header.root(), header.parent());
        Self::Passing(Arc::new(Passing { root, parent, sampled, trip: Trip::of(header, w3c) }))
    }

    /// A child that is not sampled under an entity that is.
    pub(super) fn below(context: &TraceContext, trip: &Trip) -> Self {
        Self::Passing(Arc::new(Passing {
            root: Some(context.trace_id()),
            parent: Some(context.id()),
            sampled: Some(Sampled::No),
            trip: trip.clone(),
        }))
    }

    pub(super) fn is_sampled(&self) -> bool {
        matches!(self, Self::Facade(_))
    }

    pub(super) fn context(&self) -> Option<TraceContext> {
        match self {
            Self::Facade(facade) => Some(facade.context),
            _ => None,
        }
    }

    pub(super) fn begin_subsegment(&self, name: &str, start: Option<Timestamp>) -> Subsegment {
        match self {
            Self::Facade(facade) => {
                let Facade { shared, context, trip } = &**facade;
                Subsegment::recording(Live::begin_below(shared, context, None, None, trip, name, start))
            }
            other => Subsegment::unrecorded(other.clone()),
        }
    }

    pub(super) fn without_sampling(&self) -> Self {
        match self {
            Self::Facade(facade) => Self::below(&facade.context, &facade.trip),
            other => other.clone(),
        }
    }

    pub(super) fn trace_header(&self) -> OutgoingHeader {
        match self {
            Self::Facade(facade) => OutgoingHeader::of(&facade.context, &facade.trip),
            Self::Passing(passing) => OutgoingHeader {
                root: passing.root,
                parent: passing.parent,
                sampled: passing.sampled,
                trip: passing.trip.clone(),
            },
            Self::NotSampled => OutgoingHeader { sampled: Some(Sampled::No), ..OutgoingHeader::default() },
            Self::Off => OutgoingHeader::default(),
        }
    }
}
