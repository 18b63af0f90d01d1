//! What an entity tells the services it calls.

use std::fmt;

use xray_recorder_core::{EntityId, Sampled, TraceContext, TraceHeader, TraceId, Traceparent};

use super::live::Trip;

/// The header of an outgoing request: `X-Amzn-Trace-Id` by `Display`, and W3C `traceparent` on demand. It owns what it
/// says, so it may outlive the entity.
///
/// ```
/// use xray_recorder::{Locked, Outbox, Recorder};
///
/// let recorder = Recorder::builder().transport(Locked::new(Outbox::<4096>::new())).build()?;
/// let incoming = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:1";
/// let segment = recorder.segment("checkout").header(incoming).begin();
/// let call = segment.begin_subsegment("api");
///
/// let outgoing = call.trace_header();
/// let id = call.context().unwrap().id();
/// assert_eq!(
///     outgoing.to_string(),
///     format!("Root=1-5759e988-bd862e3fe1be46a994272793;Parent={id};Sampled=1;Lineage=a:1")
/// );
/// assert_eq!(
///     outgoing.traceparent().unwrap().to_string(),
///     format!("00-5759e988bd862e3fe1be46a994272793-{id}-01")
/// );
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct OutgoingHeader {
    pub(super) root: Option<TraceId>,
    pub(super) parent: Option<EntityId>,
    pub(super) sampled: Option<Sampled>,
    pub(super) trip: Trip,
}

impl OutgoingHeader {
    pub(super) fn of(context: &TraceContext, trip: &Trip) -> Self {
        let (root, parent) = (Some(context.trace_id()), Some(context.id()));
        // What is recorded in case that something goes wrong is not sampled to anybody else.
        let sampled = if trip.unsampled { Sampled::No } else { Sampled::Yes };
        Self { root, parent, sampled: Some(sampled), trip: trip.clone() }
    }

    /// Whether there is nothing to say, so that no header is to be sent: the recorder is disabled, and the request
    /// came without one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.root.is_none() && self.sampled.is_none() && self.trip.data.is_none()
    }

    /// The header, to write it without going through `core::fmt`; see [`TraceHeader::encode`].
    #[must_use]
    pub fn header(&self) -> TraceHeader<'_> {
        let header = TraceHeader::new(self.root, self.parent, self.sampled);
        match &self.trip.data {
            Some(data) => header.with_data(&data.as_header()),
            None => header,
        }
    }

    /// The same as W3C `traceparent`, when there are a trace and a parent to name.
    #[must_use]
    pub fn traceparent(&self) -> Option<Traceparent> {
        Traceparent::of_header(&self.header())
    }

    /// Whether the request that is being served came with a `traceparent`, so that the services called are to get one
    /// too, beside the X-Ray header.
    #[must_use]
    pub fn is_w3c(&self) -> bool {
        self.trip.w3c
    }
}

impl fmt::Display for OutgoingHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.header(), f)
    }
}
