//! The peer `ambient`: the traces of `std`, told by those who are handed no guard: closures, and functions on the current
//! entity. What it costs beyond `std` is the price of not passing guards on.

use std::hint::black_box;

use xray_recorder::{Recorder, TraceHeader};

use crate::outlet::Outlet;
use crate::peer::{Entry, Peer, PeerKind};
use crate::std_peer::{ATTEMPT, CACHE, Handed, TENANT, call, recorder, serve};
use crate::workload::{Story, WIDE_ROUNDS, Workload};

/// The name of the peer on the command line and in the reports.
pub(crate) const NAME: &str = "ambient";

/// The entry of the peer.
pub(crate) fn entry() -> Option<Entry> {
    Some(Entry::of::<Ambient>())
}

struct Ambient;

impl PeerKind for Ambient {
    const NAME: &'static str = NAME;
    const WORKLOADS: &'static [Workload] = &[Workload::Leaf, Workload::Typical, Workload::Wide, Workload::Unsampled];
    const SENDS: bool = false;
    type Prepared<O: Outlet> = Telling<O>;

    fn prepare<O: Outlet>(outlet: O) -> Telling<O> {
        Telling { recorder: recorder(outlet.clone()), outlet }
    }
}

/// A recorder with the default capacities.
struct Telling<O: Outlet> {
    recorder: Recorder<Handed<O>>,
    outlet: O,
}

impl<O: Outlet> Telling<O> {
    #[inline(always)]
    fn trace(&mut self, story: &Story, sampled: bool, rounds: usize) {
        self.recorder.segment(story.segment.name).sampled(sampled).in_segment(|segment| {
            serve(segment, &story.segment);
            xray_recorder::put_annotation(TENANT, story.segment.tenant);
            for _ in 0..rounds {
                for part in &story.subsegments {
                    xray_recorder::in_subsegment(part.name, |subsegment| {
                        if subsegment.is_sampled() {
                            call(subsegment, &part.call);
                        }
                        xray_recorder::put_annotation(ATTEMPT, part.attempt);
                        xray_recorder::put_annotation(CACHE, part.cache);
                        xray_recorder::put_metadata("step", part.step);
                    });
                }
            }
        });
    }
}

impl<O: Outlet> Peer for Telling<O> {
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
}
