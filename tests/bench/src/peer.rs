//! What a peer is, and how it becomes a row of the report.
//!
//! A peer is two types: a marker that implements [`PeerKind`], and the state it prepares once per run, which implements
//! [`Peer`]. [`Entry::of`] turns the marker into an [`Entry`] with one monomorphic loop per workload and outlet: the
//! choice is made once, outside of the loop, and inside of it every call is static.

use measure::Run;

use crate::outlet::{Capture, Discard, Outlet, Udp};
use crate::workload::{Story, Workload, story};

/// A writer of traces, set up once per run; what it needs again and again (buffers, recorder, generator) it owns.
pub(crate) trait Peer {
    /// W1: the segment alone.
    fn leaf(&mut self, story: &Story);

    /// W2: the segment with its ten subsegments.
    fn typical(&mut self, story: &Story);

    /// W3: the segment with [`WIDE_ROUNDS`](crate::workload::WIDE_ROUNDS) times its ten subsegments.
    fn wide(&mut self, story: &Story);

    /// W4: the calls of W2 with a trace for which [`Story::sampled`] says no.
    fn unsampled(&mut self, story: &Story);

    /// W5: parse [`Story::header`] and deliver what it is when formatted again.
    fn header(&mut self, story: &Story);

    /// W6: ask the rules about [`Story::host`] and [`Story::path`], and deliver the decision, if the peer has rules.
    fn decision(&mut self, _story: &Story) {}
}

/// The marker of a peer: its name, what it measures and how it is set up.
pub(crate) trait PeerKind {
    /// The name in the report and on the command line.
    const NAME: &'static str;

    /// The workloads the peer has.
    const WORKLOADS: &'static [Workload] = &Workload::WITHOUT_RULES;

    /// Whether its cost without a network is worth a row.
    const ENCODES: bool = true;

    /// Whether its cost with a network is worth a row.
    const SENDS: bool = true;

    /// The state of a run.
    type Prepared<O: Outlet>: Peer + 'static;

    /// Sets up a run that delivers its datagrams to `outlet`.
    fn prepare<O: Outlet>(outlet: O) -> Self::Prepared<O>;
}

/// A peer as the report sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// [`PeerKind::NAME`].
    pub(crate) name: &'static str,
    /// [`PeerKind::WORKLOADS`].
    pub(crate) workloads: &'static [Workload],
    /// [`PeerKind::ENCODES`].
    pub(crate) encodes: bool,
    /// [`PeerKind::SENDS`].
    pub(crate) sends: bool,
    /// A run whose datagrams go nowhere.
    pub(crate) discard: fn(Workload, Discard) -> Run,
    /// A run whose datagrams are kept.
    pub(crate) capture: fn(Workload, Capture) -> Run,
    /// A run whose datagrams are sent.
    pub(crate) udp: fn(Workload, Udp) -> Run,
}

impl Entry {
    /// The entry of a peer.
    #[must_use]
    pub(crate) fn of<K: PeerKind>() -> Self {
        Self {
            name: K::NAME,
            workloads: K::WORKLOADS,
            encodes: K::ENCODES,
            sends: K::SENDS,
            discard: run::<K, Discard>,
            capture: run::<K, Capture>,
            udp: run::<K, Udp>,
        }
    }

    /// Whether the peer has this workload.
    #[must_use]
    pub(crate) fn has(&self, workload: Workload) -> bool {
        self.workloads.contains(&workload)
    }
}

fn run<K: PeerKind, O: Outlet>(workload: Workload, outlet: O) -> Run {
    let peer = K::prepare(outlet);
    match workload {
        Workload::Leaf => repeat(peer, K::Prepared::leaf),
        Workload::Typical => repeat(peer, K::Prepared::typical),
        Workload::Wide => repeat(peer, K::Prepared::wide),
        Workload::Unsampled => repeat(peer, K::Prepared::unsampled),
        Workload::Header => repeat(peer, K::Prepared::header),
        Workload::Decision => repeat(peer, K::Prepared::decision),
    }
}

// `trace` is a function item, a type of its own, so each instance of this function calls one method directly.
fn repeat<P: Peer + 'static>(mut peer: P, trace: impl Fn(&mut P, &Story) + 'static) -> Run {
    let story = story();
    Box::new(move |iterations| {
        for _ in 0..iterations {
            trace(&mut peer, story);
        }
    })
}
