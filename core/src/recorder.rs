//! The recorder: the only place where host traits meet entities.

mod undated;

use crate::context::TraceContext;
use crate::document::{Delivery, DocumentView, Embed};
use crate::entity::{Ended, Entity, Segment, Subsegment, kind::Kind};
use crate::error::BeginError;
use crate::fields::{AwsResource, Sdk};
use crate::header::{Sampled, TraceHeader};
use crate::host::{Clock, Rng, RngFailed};
use crate::id::{EntityId, TraceId};
use crate::sampling::{Everything, Sampler, SamplingRequest};
use crate::stats::{MAX_TRACE_BYTES, Stats, Tally};
use crate::time::Timestamp;
use crate::transport::Transport;

use undated::Moment;

/// Begins and ends entities with a host's clock, randomness and transport, and counts what became of them.
///
/// It holds no entity: those live in documents of the caller's, as many at once as there are documents. An entity that
/// ends is embedded in its parent if that is given, open and has room; otherwise it is sent by itself.
///
/// ```
/// use xray_recorder_core::testing::{ManualClock, MemoryTransport, SeededRng};
/// use xray_recorder_core::{Document, Recorder, Timestamp, TraceHeader};
///
/// let clock = ManualClock::at(Timestamp::from_secs(1_465_510_280));
/// let mut recorder = Recorder::new(MemoryTransport::<1024>::new(), &clock, SeededRng::new(7));
///
/// let (mut document, mut child_document) = (Document::<1024>::new(), Document::<512>::new());
/// let mut segment = recorder.begin_segment(&mut document, "sensor", &TraceHeader::default())?;
/// let mut read = recorder.begin_subsegment(&mut child_document, "bus", &segment.context())?;
/// read.put_annotation("celsius", 21.5)?;
/// clock.advance_micros(1_200);
/// recorder.end_subsegment(read, &mut segment)?;
/// recorder.end_segment(segment)?;
///
/// assert_eq!(recorder.stats().begun, 2);
/// assert_eq!(recorder.stats().sent, 2);
/// let datagram = recorder.transport().datagrams().next().unwrap();
/// assert!(datagram.ends_with(br#""name":"bus","annotations":{"celsius":21.5}}]}"#));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Recorder<T, C, R, S = Everything> {
    transport: T,
    clock: C,
    rng: R,
    sampler: S,
    embed: Embed,
    /// Numbers children, of all traces: their ids are derived from it. Starts at random, so that two recorders that
    /// work on one trace give different ids; zero before the first.
    children: u64,
    stats: Stats,
}

impl<T: Transport, C: Clock, R: Rng> Recorder<T, C, R> {
    /// A recorder on this host, that records everything. Nothing is asked of the host before the first segment.
    pub const fn new(transport: T, clock: C, rng: R) -> Self {
        Self { transport, clock, rng, sampler: Everything, embed: Embed::IfFits, children: 0, stats: Stats::EMPTY }
    }

    /// The same with a sampler, which decides about segments whose header leaves it open.
    ///
    /// ```
    /// # use xray_recorder_core::testing::{ManualClock, MemoryTransport, SeededRng};
    /// # use xray_recorder_core::{BeginError, Document, LocalRules, Recorder, Timestamp, TraceHeader};
    /// # let clock = ManualClock::at(Timestamp::from_secs(1_465_510_280));
    /// let rules = LocalRules::<8, 256>::parse(r#"{"version":2,"default":{"fixed_target":1,"rate":0}}"#)?;
    /// let mut recorder =
    ///     Recorder::new(MemoryTransport::<1024>::new(), clock, SeededRng::new(7)).with_sampler(rules);
    ///
    /// let mut document = Document::<512>::new();
    /// let first = recorder.begin_segment(&mut document, "sensor", &TraceHeader::default())?;
    /// recorder.end_segment(first)?;
    /// let second = recorder.begin_segment(&mut document, "sensor", &TraceHeader::default());
    /// assert_eq!(second.unwrap_err(), BeginError::NotSampled);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn with_sampler<S: Sampler>(self, sampler: S) -> Recorder<T, C, R, S> {
        let Self { transport, clock, rng, sampler: Everything, embed, children, stats } = self;
        Recorder { transport, clock, rng, sampler, embed, children, stats }
    }
}

impl<T: Transport, C: Clock, R: Rng, S: Sampler> Recorder<T, C, R, S> {
    /// When subsegments are embedded; [`Embed::IfFits`] unless this says otherwise.
    ///
    /// ```
    /// # use xray_recorder_core::testing::{ManualClock, MemoryTransport, SeededRng};
    /// # use xray_recorder_core::{Embed, Recorder, Timestamp};
    /// # let clock = ManualClock::at(Timestamp::from_secs(0));
    /// let recorder = Recorder::new(MemoryTransport::<1024>::new(), clock, SeededRng::new(7)).with_embed(Embed::Never);
    /// ```
    #[must_use]
    pub fn with_embed(self, embed: Embed) -> Self {
        Self { embed, ..self }
    }

    /// Begins a segment in `document`, where an entity that was not delivered is given up. Trace id and parent are the
    /// header's, where it has them; a decision of the header's is final, and without one the sampler is asked, of the
    /// service alone. For one that knows more of its request see [`Recorder::begin_segment_for`].
    ///
    /// Randomness is asked for once, 32 bytes: trace id, segment id, and the seed of the children's ids. A recorder's
    /// first subsegment asks for 8 more.
    ///
    /// # Errors
    ///
    /// [`BeginError::NotSampled`] for `Sampled=0`, before any clock, id or buffer is touched, and where the sampler says so;
    /// nothing is counted then. [`BeginError::RngFailed`] and [`BeginError::Full`] count the segment as dropped.
    pub fn begin_segment<'d>(
        &mut self,
        document: &'d mut DocumentView,
        name: &str,
        header: &TraceHeader<'_>,
    ) -> Result<Segment<'d>, BeginError> {
        self.begin_segment_for(document, name, header, &SamplingRequest::default())
    }

    /// Begins a segment as [`Recorder::begin_segment`] does, for a request of which this is known; its service is the
    /// segment's name where it has none. A segment that is recorded by a rule with a name has that in
    /// `aws.xray.sampling_rule_name`; [`Segment::set_aws`] replaces it.
    ///
    /// # Errors
    ///
    /// As [`Recorder::begin_segment`].
    #[inline(always)]
    pub fn begin_segment_for<'d>(
        &mut self,
        document: &'d mut DocumentView,
        name: &str,
        header: &TraceHeader<'_>,
        request: &SamplingRequest<'_>,
    ) -> Result<Segment<'d>, BeginError> {
        match header.sampled() {
            Some(Sampled::Yes) => self.begin_sampled(document, name, header, self.moment()),
            Some(Sampled::No) => Err(BeginError::NotSampled),
            Some(Sampled::Requested) | None => self.begin_if_sampled(document, name, header, request),
        }
    }

    #[inline(never)]
    fn begin_if_sampled<'d>(
        &mut self,
        document: &'d mut DocumentView,
        name: &str,
        header: &TraceHeader<'_>,
        request: &SamplingRequest<'_>,
    ) -> Result<Segment<'d>, BeginError> {
        let request = SamplingRequest { service: request.service.or(Some(name)), ..*request };
        let moment = self.moment();
        let decision = self.sampler.decide(&request, moment.wall, &mut self.rng);
        if !decision.is_sampled() {
            return Err(BeginError::NotSampled);
        }
        let mut segment = self.begin_sampled(document, name, header, moment)?;
        if let Some(rule) = decision.rule() {
            // What finds no room is counted by the document.
            let xray = Some(Sdk { sampling_rule_name: Some(rule), ..Sdk::default() });
            let _ = segment.set_aws(&AwsResource { xray, ..AwsResource::default() });
        }
        Ok(segment)
    }

    #[inline(always)]
    fn begin_sampled<'d>(
        &mut self,
        document: &'d mut DocumentView,
        name: &str,
        header: &TraceHeader<'_>,
        moment: Moment,
    ) -> Result<Segment<'d>, BeginError> {
        self.stats.begun += 1;
        let mut random = [0; 32];
        if self.rng.fill(&mut random).is_err() {
            self.stats.dropped += 1;
            return Err(BeginError::RngFailed);
        }
        self.make_room(document);
        self.keep_room_for_a_mark(document, header.parent().is_some());
        let (context, start) = moment.anchor(root_context(random, header.root(), moment.wall, moment.ticks));
        match Segment::begin(document, name, context, header.parent(), start) {
            Ok(segment) => {
                self.stats.open += 1;
                Ok(segment)
            }
            Err(full) => {
                self.stats.dropped += 1;
                Err(full.into())
            }
        }
    }

    /// Begins a subsegment in `document`, where an entity that was not delivered is given up, under the entity whose
    /// context this is. The parent may have ended.
    ///
    /// # Errors
    ///
    /// [`BeginError::Full`] counts it as dropped.
    #[inline(always)]
    pub fn begin_subsegment<'d>(
        &mut self,
        document: &'d mut DocumentView,
        name: &str,
        parent: &TraceContext,
    ) -> Result<Subsegment<'d>, BeginError> {
        if self.clock.epoch().is_some() {
            return self.begin_on_a_device(document, name, parent);
        }
        self.begin_in(document, name, parent)
    }

    /// By itself, as devices have little room for the same code in several places.
    #[inline(never)]
    fn begin_on_a_device<'d>(
        &mut self,
        document: &'d mut DocumentView,
        name: &str,
        parent: &TraceContext,
    ) -> Result<Subsegment<'d>, BeginError> {
        self.keep_room_for_a_mark(document, true);
        self.begin_in(document, name, parent)
    }

    #[inline(always)]
    fn begin_in<'d>(
        &mut self,
        document: &'d mut DocumentView,
        name: &str,
        parent: &TraceContext,
    ) -> Result<Subsegment<'d>, BeginError> {
        self.make_room(document);
        self.stats.begun += 1;
        let context = parent.child(parent.child_id(self.next_child()));
        let context = self.anchored(context);
        match Subsegment::begin(document, name, context, parent.id(), self.time_in(&context, self.ticks())) {
            Ok(subsegment) => {
                self.stats.open += 1;
                Ok(subsegment)
            }
            Err(full) => {
                self.stats.dropped += 1;
                Err(full.into())
            }
        }
    }

    /// Ends a segment now, and sends it. For another end time see [`Recorder::deliver`].
    ///
    /// # Errors
    ///
    /// The transport's. The entities of the document are counted as failed.
    pub fn end_segment(&mut self, segment: Segment<'_>) -> Result<(), T::Error> {
        let at = self.now(&segment.context());
        self.deliver(segment.end(at))
    }

    /// Ends a subsegment now: embeds it in `parent`, or sends it by itself. For another end time see
    /// [`Recorder::deliver_in`].
    ///
    /// # Errors
    ///
    /// The transport's, where it was to be sent. The entities of the document are counted as failed.
    #[inline]
    pub fn end_subsegment<K: Kind>(
        &mut self,
        subsegment: Subsegment<'_>,
        parent: &mut Entity<'_, K>,
    ) -> Result<Delivery, T::Error> {
        let at = self.now(&subsegment.context());
        self.deliver_in(subsegment.end(at), parent)
    }

    /// Ends a subsegment now and sends it by itself: its parent has ended, or is nobody's here, as in Lambda.
    ///
    /// # Errors
    ///
    /// The transport's. The entities of the document are counted as failed.
    ///
    /// ```
    /// # use xray_recorder_core::testing::{ManualClock, MemoryTransport, SeededRng};
    /// # use xray_recorder_core::{Document, Recorder, Timestamp, TraceContext};
    /// # let clock = ManualClock::at(Timestamp::from_secs(1_465_510_280));
    /// # let mut recorder = Recorder::new(MemoryTransport::<1024>::new(), clock, SeededRng::new(7));
    /// // What a function is told of the segment that Lambda keeps for it.
    /// let parent = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// let mut document = Document::<512>::new();
    /// let work = recorder.begin_subsegment(&mut document, "work", &parent)?;
    /// recorder.end_alone(work)?;
    /// let datagram = recorder.transport().datagrams().next().unwrap();
    /// assert!(String::from_utf8_lossy(datagram).contains(r#""type":"subsegment","trace_id":"1-5759e988-"#));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn end_alone(&mut self, subsegment: Subsegment<'_>) -> Result<(), T::Error> {
        let at = self.now(&subsegment.context());
        self.deliver(subsegment.end(at))
    }

    /// Sends an entity that has ended, at whatever time that was; one that was embedded before stays where it is.
    ///
    /// On a device that does not know the time, see [`BootClock`](crate::BootClock), one that this recorder has begun has
    /// room for its mark. One that was begun without, in a document without that room, is counted as failed and no error.
    ///
    /// # Errors
    ///
    /// The transport's. The entities of the document are counted as failed.
    pub fn deliver(&mut self, mut ended: Ended<'_>) -> Result<(), T::Error> {
        if ended.view().is_delivered() {
            return Ok(());
        }
        let tally = ended.tally();
        let is_root = !ended.view().is_subsegment();
        self.date_what_waits();
        let (sent, bytes) = if self.is_from_boot(ended.view()) {
            self.send_from_boot(ended.view())
        } else {
            let datagram = ended.datagram();
            let sent = (self.transport.send(datagram).map(|()| true), datagram.len() as u64);
            ended.view().delivered();
            sent
        };
        let entities = u64::from(tally.entities);
        self.settle(tally);
        if matches!(sent, Ok(true)) {
            self.stats.sent += entities;
            self.stats.datagrams += 1;
            self.stats.bytes += bytes;
        } else {
            self.stats.failed += entities;
        }
        if is_root && u64::from(tally.bytes_alone) + bytes > MAX_TRACE_BYTES {
            self.stats.oversize_traces += 1;
        }
        sent.map(drop)
    }

    /// Embeds an entity that has ended in `parent`, or sends it by itself.
    ///
    /// # Errors
    ///
    /// The transport's, where it was to be sent. The entities of the document are counted as failed.
    #[inline]
    pub fn deliver_in<K: Kind>(
        &mut self,
        mut ended: Ended<'_>,
        parent: &mut Entity<'_, K>,
    ) -> Result<Delivery, T::Error> {
        // Times that are to be dated stand at fixed places in a document of their own only.
        let embed = if self.is_from_boot(ended.view()) { Embed::Never } else { self.embed };
        match parent.document.settle_dated(ended.view(), embed) {
            Delivery::Embedded => Ok(Delivery::Embedded),
            Delivery::Sent => self.deliver(ended).map(|()| Delivery::Sent),
        }
    }

    /// Sends the document of an open entity as it stands, in progress, so that the service shows it before its end.
    /// Once is enough: X-Ray wants at most one such document of an entity. None of an entity whose trace began before the
    /// device knew the time; see [`BootClock`](crate::BootClock).
    ///
    /// # Errors
    ///
    /// The transport's. Nothing is counted as failed, as the entity is still to be sent.
    pub fn send_in_progress<K: Kind>(&mut self, entity: &mut Entity<'_, K>) -> Result<(), T::Error> {
        if self.is_from_boot(entity.document) {
            return Ok(());
        }
        let datagram = entity.datagram();
        self.transport.send(datagram)?;
        self.stats.datagrams += 1;
        self.stats.bytes += datagram.len() as u64;
        Ok(())
    }

    /// Gives up an entity: it is not sent, and counted as dropped with all that is embedded in it.
    ///
    /// ```
    /// # use xray_recorder_core::testing::{ManualClock, MemoryTransport, SeededRng};
    /// # use xray_recorder_core::{Document, Recorder, Timestamp, TraceHeader};
    /// # let clock = ManualClock::at(Timestamp::from_secs(0));
    /// # let mut recorder = Recorder::new(MemoryTransport::<1024>::new(), clock, SeededRng::new(7));
    /// # let mut document = Document::<512>::new();
    /// let segment = recorder.begin_segment(&mut document, "sensor", &TraceHeader::default())?;
    /// recorder.abandon(segment);
    /// assert_eq!(recorder.stats().dropped, 1);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "the handle is spent")]
    pub fn abandon<K: Kind>(&mut self, entity: Entity<'_, K>) {
        self.give_up(entity.document);
    }

    /// The time in the trace of `context`: that of the steady clock, from its segment's clock anchor on.
    #[inline]
    pub fn now(&self, context: &TraceContext) -> Timestamp {
        self.time_in(context, self.ticks())
    }

    /// What became of everything so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats { lost_datagrams: self.transport.lost(), ..self.stats }
    }

    /// The transport.
    #[inline]
    pub const fn transport(&self) -> &T {
        &self.transport
    }

    /// The clock, to set it for example.
    #[inline]
    pub const fn clock(&self) -> &C {
        &self.clock
    }

    /// The sampler, to make its calls for example, or to give it other rules.
    #[inline]
    pub const fn sampler_mut(&mut self) -> &mut S {
        &mut self.sampler
    }

    /// The transport, to drain it for example.
    #[inline]
    pub const fn transport_mut(&mut self) -> &mut T {
        &mut self.transport
    }

    /// Of the steady clock, or of the one there is.
    #[inline]
    fn ticks(&self) -> u64 {
        self.clock.ticks().unwrap_or_else(|| self.clock.now().as_micros())
    }

    #[inline]
    fn next_child(&mut self) -> u64 {
        if self.children == 0 {
            self.children = self.first_child();
        }
        self.children += 1;
        self.children
    }

    /// Of 63 bits, with room to count on. Only another recorder's must be different, so that without randomness the time
    /// will do.
    #[cold]
    fn first_child(&mut self) -> u64 {
        let mut random = [0; 8];
        match self.rng.fill(&mut random) {
            Ok(()) => u64::from_le_bytes(random) >> 2,
            Err(RngFailed) => self.ticks() >> 2,
        }
    }

    /// Gives up the entity in a document that is wanted for another: its handle was dropped before it was delivered.
    #[inline]
    fn make_room(&mut self, document: &mut DocumentView) {
        if document.is_pending() {
            self.give_up(document);
        }
    }

    #[cold]
    fn give_up(&mut self, document: &mut DocumentView) {
        let tally = document.clear();
        self.settle(tally);
        self.stats.dropped += u64::from(tally.entities);
    }

    /// Takes a document's tally over into the counters: its entities are no longer open. Those that were begun without
    /// this recorder count as begun now.
    fn settle(&mut self, tally: Tally) {
        let entities = u64::from(tally.entities);
        self.stats.begun += entities.saturating_sub(self.stats.open);
        self.stats.open = self.stats.open.saturating_sub(entities);
        self.stats.cut += u64::from(tally.cut);
        self.stats.refused += u64::from(tally.refused);
    }
}

/// What a segment begins with: its context, and its start in wall time.
///
/// `random` becomes the trace id, the segment's id and the seed of its children's; `wall` and `ticks` are one moment on
/// both clocks of the host, where it has two. Hosts that do not use [`Recorder`] begin their segments with this.
///
/// ```
/// # use xray_recorder_core::{Timestamp, root_context};
/// let wall = Timestamp::from_secs(1_465_510_280);
/// let (context, start) = root_context([7; 32], None, wall, Some(5_000_000));
/// assert_eq!(context.trace_id().to_string(), "1-5759e988-070707070707070707070707");
/// assert_eq!(start, wall);
/// assert_eq!(context.time_at(5_000_250), Timestamp::from_micros(1_465_510_280_000_250));
/// ```
#[must_use]
pub fn root_context(
    random: [u8; 32],
    root: Option<TraceId>,
    wall: Timestamp,
    ticks: Option<u64>,
) -> (TraceContext, Timestamp) {
    let (trace, _) = random.split_first_chunk().unwrap_or((&[0; 12], &[]));
    let word = |at: usize| random[at..].first_chunk().map_or(0, |word| u64::from_ne_bytes(*word));
    let seed = word(24);
    // Zero is no id; the seed has another one to give.
    let id = EntityId::new(word(16)).unwrap_or_else(|| EntityId::derive(seed, 0));
    let trace_id = root.unwrap_or_else(|| TraceId::new(wall, *trace));
    let offset = ticks.map_or(0, |ticks| (wall.as_micros() as i64).wrapping_sub(ticks as i64));
    (TraceContext::new(trace_id, id).with_seed(seed).with_clock_offset(offset), wall)
}
