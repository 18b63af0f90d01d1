//! What an entity tells the services it calls.

use std::fmt;
use std::sync::Arc;

use xray_recorder_core::{EntityId, HeaderData, Sampled, TraceHeader, TraceId, Traceparent};

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
    pub(super) data: Option<Arc<HeaderData>>,
}

impl OutgoingHeader {
    /// The header, to write it without going through `core::fmt`; see [`TraceHeader::encode`].
    #[must_use]
    pub fn header(&self) -> TraceHeader<'_> {
        let header = TraceHeader::new(self.root, self.parent, self.sampled);
        match &self.data {
            Some(data) => header.with_data(&data.as_header()),
            None => header,
        }
    }

    /// The same as W3C `traceparent`, when there are a trace and a parent to name.
    #[must_use]
    pub fn traceparent(&self) -> Option<Traceparent> {
        Traceparent::of_header(&self.header())
    }
}

impl fmt::Display for OutgoingHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.header(), f)
    }
}
