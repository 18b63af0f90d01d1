//! The peer `std`: the guards of `xray-recorder`, driven as a service drives them.

use std::hint::black_box;

use xray_recorder::{
    AwsCall, HttpResponse, IncomingRequest, Key, Namespace, OutgoingRequest, Recorder, SamplingRequest, Segment, Sql,
    Subsegment, TraceHeader, Transport,
};

use crate::outlet::Outlet;
use crate::peer::{Entry, Peer, PeerKind};
use crate::rules;
use crate::workload::{self, Call, Story, WIDE_ROUNDS, Workload};

/// The name of the peer on the command line and in the reports.
pub(crate) const NAME: &str = "std";

/// The entry of the peer.
pub(crate) fn entry() -> Option<Entry> {
    Some(Entry::of::<Std>())
}

struct Std;

impl PeerKind for Std {
    const NAME: &'static str = NAME;
    const WORKLOADS: &'static [Workload] = &Workload::ALL;
    type Prepared<O: Outlet> = Recording<O>;

    fn prepare<O: Outlet>(outlet: O) -> Recording<O> {
        let deciding = Recorder::builder().sampling_rules(&rules::local()).expect("the rules are a document");
        let deciding = deciding.transport(Handed(outlet.clone())).build().expect("the default capacities are valid");
        Recording { recorder: recorder(outlet.clone()), deciding, outlet }
    }
}

/// A recorder without the members that say which SDK this is, as the sample has none; the clocks and the randomness are
/// the adapter's own.
pub(crate) fn recorder<O: Outlet>(outlet: O) -> Recorder<Handed<O>> {
    let builder = Recorder::builder().transport(Handed(outlet)).describe_sdk(false);
    builder.build().expect("the default capacities are valid")
}

/// A recorder with the default capacities.
struct Recording<O: Outlet> {
    recorder: Recorder<Handed<O>>,
    /// One with the rules of W6.
    deciding: Recorder<Handed<O>>,
    outlet: O,
}

impl<O: Outlet> Recording<O> {
    #[inline(always)]
    fn trace(&mut self, story: &Story, sampled: bool, rounds: usize) {
        let request = &story.segment;
        let mut segment = self.recorder.segment(request.name).sampled(sampled).begin();
        serve(&mut segment, request);
        segment.put_annotation(TENANT, request.tenant);
        for _ in 0..rounds {
            for part in &story.subsegments {
                let mut subsegment = segment.begin_subsegment(part.name);
                if subsegment.is_sampled() {
                    call(&mut subsegment, &part.call);
                }
                subsegment
                    .put_annotation(ATTEMPT, part.attempt)
                    .put_annotation(CACHE, part.cache)
                    .put_metadata("step", part.step);
                subsegment.end();
            }
        }
        segment.end();
    }
}

impl<O: Outlet> Peer for Recording<O> {
    fn leaf(&mut self, story: &Story) {
        self.trace(story, true, 0);
    }

    fn typical(&mut self, story: &Story) {
        self.trace(story, true, 1);
    }

    fn wide(&mut self, story: &Story) {
        self.trace(story, true, WIDE_ROUNDS);
    }

    fn unsampled(&mut self, story: &Story) {
        self.trace(story, black_box(story.sampled), 1);
    }

    fn header(&mut self, story: &Story) {
        let mut text = [0; TraceHeader::MAX_LEN];
        if let Ok(text) = TraceHeader::parse(story.header).encode(&mut text) {
            self.outlet.deliver(text.as_bytes());
        }
    }

    fn decision(&mut self, story: &Story) {
        let request = SamplingRequest {
            host: Some(story.host),
            method: Some(story.segment.method),
            path: Some(story.path),
            ..SamplingRequest::default()
        };
        let segment = self.deciding.segment(story.segment.name).request(&request).begin();
        self.outlet.deliver(if segment.is_sampled() { b"yes" } else { b"no" });
    }
}

pub(crate) const TENANT: Key<'_> = Key::new("tenant");
pub(crate) const ATTEMPT: Key<'_> = Key::new("attempt");
pub(crate) const CACHE: Key<'_> = Key::new("cache");

/// What the segment says of its request.
#[inline(always)]
pub(crate) fn serve(segment: &mut Segment, request: &workload::Segment) {
    segment
        .set_http_request(&IncomingRequest {
            method: Some(request.method),
            url: Some(request.url),
            user_agent: Some(request.user_agent),
            client_ip: Some(request.client_ip),
            x_forwarded_for: false,
            // The sample's URL has its query, which would be left out by default.
            verbatim: true,
        })
        .set_http_response(&HttpResponse {
            status: Some(request.status),
            content_length: Some(request.content_length),
        });
}

pub(crate) fn call(subsegment: &mut Subsegment, call: &Call) {
    match call {
        Call::Http(call) => subsegment
            .set_namespace(Namespace::Remote)
            .set_http_request(&OutgoingRequest {
                method: Some(call.method),
                url: Some(call.url),
                ..OutgoingRequest::default()
            })
            .set_http_response(&HttpResponse { status: Some(call.status), content_length: Some(call.content_length) }),
        Call::Aws(call) => subsegment
            .set_namespace(Namespace::Aws)
            .set_http_response(&HttpResponse { status: Some(call.status), content_length: None })
            .set_aws(&AwsCall {
                operation: Some(call.operation),
                region: Some(call.region),
                request_id: Some(call.request_id),
                table_name: Some(call.table_name),
                ..AwsCall::default()
            }),
        Call::Sql(call) => subsegment.set_namespace(Namespace::Remote).set_sql(&Sql {
            url: Some(call.url),
            sanitized_query: Some(call.sanitized_query),
            database_type: Some(call.database_type),
            database_version: Some(call.database_version),
            user: Some(call.user),
            // The sample's statement is sanitized already, and the other writers do not look at it.
            verbatim: true,
            ..Sql::default()
        }),
        Call::Local => subsegment,
    };
}

/// An outlet as a transport that threads share.
pub(crate) struct Handed<O>(O);

impl<O> embedded_io::ErrorType for &Handed<O> {
    type Error = core::convert::Infallible;
}

impl<O: Outlet> Transport for &Handed<O> {
    #[inline]
    fn send(&mut self, datagram: &[u8]) -> Result<(), Self::Error> {
        self.0.deliver(datagram);
        Ok(())
    }
}
