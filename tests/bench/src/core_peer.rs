//! The peer `core`: the recorder of `xray-recorder-core`, driven as a program without a host adapter drives it.

use std::hint::black_box;

use xray_recorder_core::{
    AwsCall, CentralRules, Clock, Document, Entity, HttpResponse, IncomingRequest, Key, Namespace, OutgoingRequest,
    Recorder, Rng, RngFailed, SamplingRequest, Segment, Sql, Subsegment, Timestamp, TraceHeader, Transport, kind::Kind,
};

use crate::outlet::Outlet;
use crate::peer::{Entry, Peer, PeerKind};
use crate::rules;
use crate::sources::{Random, now};
use crate::workload::{self, Call, Story, WIDE_ROUNDS, Workload};

/// The name of the peer on the command line and in the reports.
pub(crate) const NAME: &str = "core";

/// The entry of the peer.
pub(crate) fn entry() -> Option<Entry> {
    Some(Entry::of::<Core>())
}

struct Core;

impl PeerKind for Core {
    const NAME: &'static str = NAME;
    const WORKLOADS: &'static [Workload] = &Workload::ALL;
    type Prepared<O: Outlet> = Recording<O>;

    fn prepare<O: Outlet>(outlet: O) -> Recording<O> {
        Recording {
            recorder: Recorder::new(Handed(outlet.clone()), WallClock, Wyrand(Random::seeded())),
            segment: Box::new(Document::new()),
            subsegment: Box::new(Document::new()),
            rules: rules(),
            random: Wyrand(Random::seeded()),
            outlet,
        }
    }
}

/// A recorder and the documents it writes to: of the sizes that suit a server.
struct Recording<O> {
    recorder: Recorder<Handed<O>, WallClock, Wyrand>,
    segment: Box<Document<16_384>>,
    subsegment: Box<Document<4_096>>,
    rules: Box<CentralRules<256, 8_192>>,
    random: Wyrand,
    outlet: O,
}

/// The rules of W6 as the service told them, good for the hour in which the bench runs.
fn rules() -> Box<CentralRules<256, 8_192>> {
    let mut rules = Box::new(CentralRules::new());
    let mut buffer = [0; 1_024];
    rules.poll("checkout-api", WallClock.now(), &mut buffer).expect("rules are asked for first");
    rules.handle(&rules::listed(), WallClock.now()).expect("the rules are as the service lists them");
    rules
}

impl<O: Outlet> Recording<O> {
    #[inline(always)]
    fn trace(&mut self, story: &Story, rounds: usize) {
        let request = &story.segment;
        let header = TraceHeader::default();
        let Ok(mut segment) = self.recorder.begin_segment(&mut self.segment, request.name, &header) else { return };
        describe(&mut segment, request);
        for _ in 0..rounds {
            for part in &story.subsegments {
                let parent = segment.context();
                let begun = self.recorder.begin_subsegment(&mut self.subsegment, part.name, &parent);
                let Ok(mut subsegment) = begun else { return };
                call(&mut subsegment, part);
                let _ = self.recorder.end_subsegment(subsegment, &mut segment);
            }
        }
        let _ = self.recorder.end_segment(segment);
    }
}

impl<O: Outlet> Peer for Recording<O> {
    fn leaf(&mut self, story: &Story) {
        self.trace(story, 0);
    }

    fn typical(&mut self, story: &Story) {
        self.trace(story, 1);
    }

    fn wide(&mut self, story: &Story) {
        self.trace(story, WIDE_ROUNDS);
    }

    fn unsampled(&mut self, story: &Story) {
        // Without guards a program asks once, and there is nothing to call after that.
        if black_box(story.sampled) {
            self.trace(story, 1);
        }
    }

    fn header(&mut self, story: &Story) {
        let mut text = [0; TraceHeader::MAX_LEN];
        if let Ok(text) = TraceHeader::parse(story.header).encode(&mut text) {
            self.outlet.deliver(text.as_bytes());
        }
    }

    fn decision(&mut self, story: &Story) {
        let request = SamplingRequest {
            service: Some(story.segment.name),
            host: Some(story.host),
            method: Some(story.segment.method),
            path: Some(story.path),
            ..SamplingRequest::default()
        };
        let decision = self.rules.decide(&request, WallClock.now(), &mut self.random);
        let sampled = decision.is_some_and(|decision| decision.is_sampled());
        self.outlet.deliver(if sampled { b"yes" } else { b"no" });
    }
}

const TENANT: Key<'_> = Key::new("tenant");
const ATTEMPT: Key<'_> = Key::new("attempt");
const CACHE: Key<'_> = Key::new("cache");

fn describe(segment: &mut Segment<'_>, story: &workload::Segment) {
    let _ = segment.set_http_request(&IncomingRequest {
        method: Some(story.method),
        url: Some(story.url),
        user_agent: Some(story.user_agent),
        client_ip: Some(story.client_ip),
        x_forwarded_for: false,
        // The sample's URL has its query, which would be left out by default.
        verbatim: true,
    });
    respond(segment, story.status, Some(story.content_length));
    let _ = segment.put_annotation(TENANT, story.tenant);
}

fn call(subsegment: &mut Subsegment<'_>, story: &workload::Subsegment) {
    match &story.call {
        Call::Http(call) => {
            let _ = subsegment.set_namespace(Namespace::Remote);
            let _ = subsegment.set_http_request(&OutgoingRequest {
                method: Some(call.method),
                url: Some(call.url),
                ..OutgoingRequest::default()
            });
            respond(subsegment, call.status, Some(call.content_length));
        }
        Call::Aws(call) => {
            let _ = subsegment.set_namespace(Namespace::Aws);
            respond(subsegment, call.status, None);
            let _ = subsegment.set_aws(&AwsCall {
                operation: Some(call.operation),
                region: Some(call.region),
                request_id: Some(call.request_id),
                table_name: Some(call.table_name),
                ..AwsCall::default()
            });
        }
        Call::Sql(call) => {
            let _ = subsegment.set_namespace(Namespace::Remote);
            let _ = subsegment.set_sql(&Sql {
                url: Some(call.url),
                sanitized_query: Some(call.sanitized_query),
                database_type: Some(call.database_type),
                database_version: Some(call.database_version),
                user: Some(call.user),
                // The sample's statement is sanitized already, and the other writers do not look at it.
                verbatim: true,
                ..Sql::default()
            });
        }
        Call::Local => {}
    }
    let _ = subsegment.put_annotation(ATTEMPT, story.attempt);
    let _ = subsegment.put_annotation(CACHE, story.cache);
    let _ = subsegment.put_metadata("step", story.step);
}

fn respond<K: Kind>(entity: &mut Entity<'_, K>, status: u16, content_length: Option<u64>) {
    let _ = entity.set_http_response(&HttpResponse { status: Some(status), content_length });
}

/// The wall clock every peer reads.
struct WallClock;

impl Clock for WallClock {
    #[inline]
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(now())
    }
}

/// The generator every peer draws from.
struct Wyrand(Random);

impl Rng for Wyrand {
    #[inline]
    fn fill(&mut self, dest: &mut [u8]) -> Result<(), RngFailed> {
        for word in dest.chunks_exact_mut(8) {
            word.copy_from_slice(&self.0.next().to_ne_bytes());
        }
        Ok(())
    }
}

/// An outlet as a transport.
struct Handed<O>(O);

impl<O> embedded_io::ErrorType for Handed<O> {
    type Error = core::convert::Infallible;
}

impl<O: Outlet> Transport for Handed<O> {
    #[inline]
    fn send(&mut self, datagram: &[u8]) -> Result<(), Self::Error> {
        self.0.deliver(datagram);
        Ok(())
    }
}
