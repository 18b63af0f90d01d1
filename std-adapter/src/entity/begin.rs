//! How a segment begins.

use xray_recorder_core::{Decision, RuleName, Sampled, SamplingRequest, Timestamp, TraceHeader, TraceId, root_context};

use super::live::{Live, Trip};
use super::unrecorded::Unrecorded;
use super::{Segment, State, Subsegment};
use crate::current::{is_detached, top};
use crate::lambda::facade;
use crate::plugins::Whereabouts;
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
    said: Said<'a>,
    request: SamplingRequest<'a>,
    w3c: bool,
    start: Option<Timestamp>,
}

/// What the program says about sampling.
#[derive(Clone, Copy, Debug)]
enum Said<'a> {
    /// The recorder's sampler is to decide.
    Nothing,
    Sampled(bool),
    /// Sampled, by a rule of this name.
    By(&'a str),
}

impl<'a> SegmentBuilder<'a> {
    #[inline]
    pub(crate) fn new(shared: &'static Shared, name: &'a str) -> Self {
        let (header, request) = (TraceHeader::default(), SamplingRequest::default());
        Self { shared, name, header, said: Said::Nothing, request, w3c: false, start: None }
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

    /// A header that was parsed before. Where it came from a `traceparent`, or with one, say so by
    /// [`SegmentBuilder::w3c`].
    #[inline]
    pub fn parsed_header(self, header: TraceHeader<'a>) -> Self {
        Self { header, ..self }
    }

    /// Whether the services called are to get a `traceparent` too; see [`OutgoingHeader::is_w3c`](crate::OutgoingHeader::is_w3c).
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder, TraceHeader};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<4096>::new())).build()?;
    /// let traceparent = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01";
    /// let header = TraceHeader::of_request(None, Some(traceparent));
    /// let segment = recorder.segment("checkout").parsed_header(header).w3c(true).begin();
    /// assert!(segment.trace_header().is_w3c());
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    #[inline]
    pub fn w3c(self, w3c: bool) -> Self {
        Self { w3c, ..self }
    }

    /// Whether to record this segment, where the header leaves it open: no header, or `Sampled=?`. The sampler is not asked
    /// then.
    #[inline]
    pub fn sampled(self, sampled: bool) -> Self {
        Self { said: Said::Sampled(sampled), ..self }
    }

    /// Records this segment, where the header leaves it open, by a rule of this name, which it has in
    /// `aws.xray.sampling_rule_name`. The sampler is not asked then.
    #[inline]
    pub fn sampled_by(self, rule: &'a str) -> Self {
        Self { said: Said::By(rule), ..self }
    }

    /// The request this segment serves, for the sampler to decide by. Its service is the segment's name, and its type what
    /// plugins have found, where it has none.
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder, SamplingRequest};
    /// let rules = r#"{"version":2,"default":{"fixed_target":1,"rate":1},"rules":[
    ///     {"host":"*","http_method":"GET","url_path":"/health","fixed_target":0,"rate":0}]}"#;
    /// let transport = Locked::new(Outbox::<8192>::new());
    /// let recorder = Recorder::builder().sampling_rules(rules)?.transport(transport).build()?;
    /// let sampled = |path| {
    ///     let request = SamplingRequest { method: Some("GET"), path: Some(path), ..SamplingRequest::default() };
    ///     recorder.segment("checkout").request(&request).begin().is_sampled()
    /// };
    /// assert!(sampled("/carts") && !sampled("/health"));
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    #[inline]
    pub fn request(self, request: &SamplingRequest<'a>) -> Self {
        Self { request: *request, ..self }
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
        let said = match self.header.sampled() {
            Some(Sampled::Yes) => Said::Sampled(true),
            Some(Sampled::No) => Said::Sampled(false),
            Some(Sampled::Requested) | None => self.said,
        };
        if !self.shared.is_plain() {
            return self.begin_elsewhere(said);
        }
        match said {
            Said::Sampled(false) => Segment::unrecorded(Unrecorded::not_sampled(&self.header, self.w3c)),
            Said::Nothing | Said::Sampled(true) => self.begin_sampled(None),
            Said::By(rule) => self.begin_sampled(Some(rule)),
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

    /// Begins a subsegment instead: what serves a request in Lambda, where the segment is Lambda's. It belongs to the current
    /// entity, or else to the invocation that the environment names, or else to the one that the header names. The last is
    /// how a server in a function hears of it that is called over HTTP, by Lambda's web adapter, or where several
    /// invocations run at once. A header takes what it takes with [`Recorder::facade`](crate::Recorder::facade).
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder};
    /// # let transport = Locked::new(Outbox::<8192>::new());
    /// let recorder = Recorder::builder().in_lambda(|| None).transport(transport).build()?;
    /// let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    /// let subsegment = recorder.segment("shop").header(header).begin_subsegment();
    /// assert!(subsegment.trace_header().to_string().starts_with("Root=1-5759e988-bd862e3fe1be46a994272793;Parent="));
    /// drop(subsegment);
    /// assert_eq!(recorder.stats().sent, 1);
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    pub fn begin_subsegment(self) -> Subsegment {
        let Self { shared, name, header, start, .. } = self;
        if let Some(current) = top() {
            return current.begin_child(name, start);
        }
        let named = shared.lambda().filter(|_| !is_detached()).and_then(|lambda| lambda.current(shared));
        named.unwrap_or_else(|| facade(shared, &header)).begin_subsegment(name, start)
    }

    /// Begins it where not everything is as simple as can be: disabled, in Lambda, with a sampler, or with ids wanted for
    /// what is not sampled.
    #[inline(never)]
    fn begin_elsewhere(self, said: Said<'_>) -> Segment {
        let Self { shared, header, w3c, .. } = &self;
        if !shared.is_enabled() {
            return Segment::unrecorded(Unrecorded::transparent(header, *w3c));
        }
        if let Some(lambda) = shared.lambda() {
            return Segment::unrecorded(lambda.segment(shared, header));
        }
        let decision = match said {
            Said::Nothing => self.decide(),
            Said::Sampled(sampled) => Decision::of(sampled),
            Said::By(rule) => return self.begin_sampled(Some(rule)),
        };
        let rule = decision.rule();
        let watches = |rule: &&str| shared.sampling.central().is_some_and(|central| central.boosts(rule));
        let watched = rule.filter(watches);
        let mut segment = if decision.is_sampled() {
            self.begin_sampled(rule)
        } else if shared.keeper.is_some() {
            self.begin_recording(rule, true)
        } else {
            return self.begin_unsampled();
        };
        if let (Some(rule), State::Recording(live)) = (watched.and_then(RuleName::new), &mut segment.state) {
            live.watch(rule);
        }
        segment
    }

    fn decide(&self) -> Decision {
        let Self { shared, name, request, .. } = self;
        let origin = shared.whereabouts().and_then(Whereabouts::origin);
        let request = SamplingRequest {
            service: request.service.or(Some(name)),
            service_type: request.service_type.or(origin),
            ..*request
        };
        shared.sampling.decide(shared, &request)
    }

    fn begin_unsampled(self) -> Segment {
        let Self { shared, header, w3c, .. } = self;
        let id = if header.root().is_none() && shared.gives_ids_to_unsampled() { shared.random().ok() } else { None };
        Segment::unrecorded(match id {
            Some(random) => {
                let (wall, ticks) = shared.wall_and_ticks();
                let (context, _) = root_context(random, None, wall, ticks);
                not_sampled_with_id(&header, context.trace_id(), w3c)
            }
            None => Unrecorded::not_sampled(&header, w3c),
        })
    }

    #[inline]
    fn begin_sampled(self, rule: Option<&str>) -> Segment {
        self.begin_recording(rule, false)
    }

    #[inline(never)]
    fn begin_recording(self, rule: Option<&str>, unsampled: bool) -> Segment {
        let Self { shared, name, header, start, w3c, .. } = self;
        let Ok(random) = shared.random() else {
            shared.drop_unbegun("the source of randomness failed");
            return Segment::unrecorded(Unrecorded::not_sampled(&header, w3c));
        };
        let (wall, ticks) = shared.wall_and_ticks();
        let (context, wall) = root_context(random, header.root(), wall, ticks);
        let trip = Trip { unsampled, ..Trip::of(&header, w3c) };
        let start = start.unwrap_or(wall);
        Segment::recording(Live::begin_segment(shared, name, context, header.parent(), start, trip, rule))
    }
}

/// An entity that is not sampled and has a trace id all the same, by which logs of several services find together:
/// `AWS_XRAY_NOOP_ID=false`.
fn not_sampled_with_id(header: &TraceHeader<'_>, root: TraceId, w3c: bool) -> Unrecorded {
    Unrecorded::not_sampled(&TraceHeader::new(Some(root), None, Some(Sampled::No)).with_data(header), w3c)
}
