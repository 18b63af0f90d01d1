//! How a segment begins.

use std::sync::Arc;

use xray_recorder_core::{EntityId, HeaderData, Sampled, Timestamp, TraceHeader, TraceId, root_context};

use super::live::Live;
use super::{Quiet, Segment};
use crate::recorder::Shared;

/// A segment to be begun.
///
/// ```
/// use xray_recorder::{Locked, Outbox, Recorder};
///
/// let recorder = Recorder::builder().transport(Locked::new(Outbox::<4096>::new())).build()?;
/// let segment = recorder.segment("checkout").header("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0").begin();
/// assert!(!segment.is_sampled());
/// assert_eq!(segment.trace_header().to_string(), "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0");
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
#[derive(Debug)]
#[must_use = "a segment that is not begun records nothing"]
pub struct SegmentBuilder<'a> {
    shared: &'static Shared,
    name: &'a str,
    header: TraceHeader<'a>,
    sampled: bool,
    start: Option<Timestamp>,
}

impl<'a> SegmentBuilder<'a> {
    #[inline]
    pub(crate) fn new(shared: &'static Shared, name: &'a str) -> Self {
        Self { shared, name, header: TraceHeader::default(), sampled: true, start: None }
    }

    /// The trace header of the request, text or bytes: its trace is continued, and its decision is final.
    #[inline]
    pub fn header<H: AsRef<[u8]> + ?Sized>(self, header: &'a H) -> Self {
        Self { header: TraceHeader::parse(header), ..self }
    }

    /// Both headers a request may come with, `X-Amzn-Trace-Id` and W3C `traceparent`; which wins says
    /// [`TraceHeader::of_request`].
    #[inline]
    pub fn headers<H: AsRef<[u8]> + ?Sized>(self, x_amzn_trace_id: Option<&'a H>, traceparent: Option<&H>) -> Self {
        Self { header: TraceHeader::of_request(x_amzn_trace_id, traceparent), ..self }
    }

    /// A header that was parsed before.
    #[inline]
    pub fn parsed_header(self, header: TraceHeader<'a>) -> Self {
        Self { header, ..self }
    }

    /// Whether to record this segment, where the header leaves it open: no header, or `Sampled=?`.
    #[inline]
    pub fn sampled(self, sampled: bool) -> Self {
        Self { sampled, ..self }
    }

    /// When the work began, where that is not now.
    #[inline]
    pub fn start_time(self, start: Timestamp) -> Self {
        Self { start: Some(start), ..self }
    }

    /// Begins the segment. One that is not sampled holds nothing but what the header says.
    #[inline]
    pub fn begin(self) -> Segment {
        let sampled = match self.header.sampled() {
            Some(Sampled::Yes) => true,
            Some(Sampled::No) => false,
            Some(Sampled::Requested) | None => self.sampled,
        };
        if sampled { self.begin_sampled() } else { Segment::not_sampled(Quiet::of(&self.header)) }
    }

    #[inline(never)]
    fn begin_sampled(self) -> Segment {
        let Self { shared, name, header, start, .. } = self;
        let Ok(random) = shared.random() else {
            shared.drop_unbegun("the source of randomness failed");
            return Segment::not_sampled(Quiet::of(&header));
        };
        let (wall, ticks) = shared.wall_and_ticks();
        let (context, wall) = root_context(random, header.root(), wall, ticks);
        let data = header.has_data().then(|| Arc::new(HeaderData::of(&header)));
        let live = Live::begin_segment(shared, name, context, header.parent(), start.unwrap_or(wall), data);
        Segment::recording(live)
    }
}

impl Quiet {
    /// What an entity that is not sampled passes on; nothing where the request came without a header.
    fn of(header: &TraceHeader<'_>) -> Option<Arc<Self>> {
        Self::new(header.root(), header.parent(), header.has_data().then(|| Arc::new(HeaderData::of(header))))
    }

    pub(super) fn new(
        root: Option<TraceId>,
        parent: Option<EntityId>,
        data: Option<Arc<HeaderData>>,
    ) -> Option<Arc<Self>> {
        (root.is_some() || data.is_some()).then(|| Arc::new(Self { root, parent, data }))
    }
}
