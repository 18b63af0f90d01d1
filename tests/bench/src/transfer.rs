//! L1 and L2: what it costs to move finished bytes, copied and sent or only copied.

use std::hint::black_box;

use crate::outlet::Outlet;
use crate::peer::{Peer, PeerKind};
use crate::workload::{Story, Workload};

const SAMPLED: &[Workload] = &[Workload::Leaf, Workload::Typical];

/// The marker of L1: the sample copied into a buffer and sent.
#[derive(Debug)]
pub(crate) struct L1;

impl PeerKind for L1 {
    const NAME: &'static str = "l1";
    const WORKLOADS: &'static [Workload] = SAMPLED;
    const ENCODES: bool = false;
    type Prepared<O: Outlet> = Transfer<O>;

    fn prepare<O: Outlet>(outlet: O) -> Transfer<O> {
        Transfer::new(outlet)
    }
}

/// The marker of L2: the sample copied into a buffer.
#[derive(Debug)]
pub(crate) struct L2;

impl PeerKind for L2 {
    const NAME: &'static str = "l2";
    const WORKLOADS: &'static [Workload] = SAMPLED;
    const SENDS: bool = false;
    type Prepared<O: Outlet> = Transfer<O>;

    fn prepare<O: Outlet>(outlet: O) -> Transfer<O> {
        Transfer::new(outlet)
    }
}

/// The state of L1 and L2: the samples and a buffer.
#[derive(Debug)]
pub(crate) struct Transfer<O> {
    leaf: &'static [u8],
    typical: &'static [u8],
    buffer: Box<[u8; 65_536]>,
    outlet: O,
}

impl<O: Outlet> Transfer<O> {
    fn new(outlet: O) -> Self {
        // The copy must not know how long it is before it runs, as no writer does.
        Self {
            leaf: black_box(Workload::Leaf.sample().unwrap_or_default()),
            typical: black_box(Workload::Typical.sample().unwrap_or_default()),
            buffer: Box::new([0; 65_536]),
            outlet,
        }
    }

    fn copy(&mut self, sample: &[u8]) {
        let copy = &mut self.buffer[..sample.len()];
        copy.copy_from_slice(sample);
        self.outlet.deliver(copy);
    }
}

impl<O: Outlet> Peer for Transfer<O> {
    fn leaf(&mut self, _story: &Story) {
        self.copy(self.leaf);
    }

    fn typical(&mut self, _story: &Story) {
        self.copy(self.typical);
    }

    fn wide(&mut self, _story: &Story) {
        unreachable!("not among the workloads of this peer");
    }

    fn unsampled(&mut self, _story: &Story) {
        unreachable!("not among the workloads of this peer");
    }

    fn header(&mut self, _story: &Story) {
        unreachable!("not among the workloads of this peer");
    }
}
