//! How a segment begins.

use xray_recorder_core::{Sampled, Timestamp, TraceHeader, TraceId, root_context};

use super::Segment;
use super::live::{Live, Trip};
use super::unrecorded::Unrecorded;
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
    w3c: bool,
    start: Option<Timestamp>,
}

impl<'a> SegmentBuilder<'a> {
    #[inline]
    pub(crate) fn new(shared: &'static Shared, name: &'a str) -> Self {
        Self { shared, name, header: TraceHeader::default(), sampled: true, w3c: false, start: None }
    }

    /// The trace header of the request, text or bytes: its trace is continued, and its decision is final.
    #[inline]
    pub fn header<H: AsRef<[u8]> + ?Sized>(self, header: &'a H) -> Self {
        Self { header: TraceHeader::parse(header), ..self }
    }

    /// Both headers a request may come with, `X-Amzn-Trace-Id` and W3C `traceparent`; which wins says
    /// [`TraceHeader::of_request`]. The services called are to get a `traceparent` too, where there is one here; see
    /// [`OutgoingHeader::is_w3c`](crate::OutgoingHeader::is_w3c).
    #[inline]
    pub fn headers<H: AsRef<[u8]> + ?Sized>(self, x_amzn_trace_id: Option<&'a H>, traceparent: Option<&H>) -> Self {
        Self { header: TraceHeader::of_request(x_amzn_trace_id, traceparent), w3c: traceparent.is_some(), ..self }
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
    ///
    /// In Lambda the segment is Lambda's: what this begins stands for it, records nothing of its own, and subsegments of
    /// it are recorded under the one that the header names, or else the environment.
    #[inline]
    pub fn begin(self) -> Segment {
        let sampled = match self.header.sampled() {
            Some(Sampled::Yes) => true,
            Some(Sampled::No) => false,
            Some(Sampled::Requested) | None => self.sampled,
        };
        let elsewhere = if self.shared.is_plain() { None } else { self.elsewhere(sampled) };
        match elsewhere {
            Some(unrecorded) => Segment::unrecorded(unrecorded),
            None if sampled => self.begin_sampled(),
            None => Segment::unrecorded(Unrecorded::not_sampled(&self.header, self.w3c)),
        }
    }

    /// Begins the segment and runs `work` in it, as the current entity; it ends when that returns or panics.
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    /// recorder.segment("checkout").header(header).in_segment(|segment| {
    ///     segment.set_user("u-17");
    ///     xray_recorder::put_annotation("tenant", "acme");
    /// });
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    pub fn in_segment<R>(self, work: impl FnOnce(&mut Segment) -> R) -> R {
        self.begin().run(work)
    }

    /// What the segment is where not everything is as it mostly is: disabled, in Lambda, or with ids wanted for what is
    /// not sampled.
    #[cold]
    fn elsewhere(&self, sampled: bool) -> Option<Unrecorded> {
        let Self { shared, header, w3c, .. } = self;
        if !shared.is_enabled() {
            return Some(Unrecorded::transparent(header, *w3c));
        }
        if let Some(lambda) = shared.lambda() {
            return Some(lambda.segment(shared, header));
        }
        if sampled || header.root().is_some() {
            return None;
        }
        let (wall, ticks) = shared.wall_and_ticks();
        let (context, _) = root_context(shared.random().ok()?, None, wall, ticks);
        Some(not_sampled_with_id(header, context.trace_id(), *w3c))
    }

    #[inline(never)]
    fn begin_sampled(self) -> Segment {
        let Self { shared, name, header, start, w3c, .. } = self;
        let Ok(random) = shared.random() else {
            shared.drop_unbegun("the source of randomness failed");
            return Segment::unrecorded(Unrecorded::not_sampled(&header, w3c));
        };
        let (wall, ticks) = shared.wall_and_ticks();
        let (context, wall) = root_context(random, header.root(), wall, ticks);
        let trip = Trip::of(&header, w3c);
        let live = Live::begin_segment(shared, name, context, header.parent(), start.unwrap_or(wall), trip);
        Segment::recording(live)
    }
}

/// An entity that is not sampled and has a trace id all the same, by which logs of several services find together:
/// `AWS_XRAY_NOOP_ID=false`.
fn not_sampled_with_id(header: &TraceHeader<'_>, root: TraceId, w3c: bool) -> Unrecorded {
    Unrecorded::not_sampled(&TraceHeader::new(Some(root), None, Some(Sampled::No)).with_data(header), w3c)
}
