//! L1 and L2: what it costs to move finished bytes, copied and sent or only copied.

use std::hint::black_box;

use crate::l4::L4;
use crate::outlet::{Capture, Outlet};
use crate::peer::{Peer, PeerKind};
use crate::workload::{Story, Workload, story};

/// All that is sent, and all that has bytes: what is not sampled has none.
const SENT: &[Workload] = &[Workload::Leaf, Workload::Typical, Workload::Wide];
const WITH_BYTES: &[Workload] = &[Workload::Leaf, Workload::Typical, Workload::Wide, Workload::Header];

/// The marker of L1: the sample copied into a buffer and sent.
#[derive(Debug)]
pub(crate) struct L1;

impl PeerKind for L1 {
    const NAME: &'static str = "l1";
    const WORKLOADS: &'static [Workload] = SENT;
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
    const WORKLOADS: &'static [Workload] = WITH_BYTES;
    const SENDS: bool = false;
    type Prepared<O: Outlet> = Transfer<O>;

    fn prepare<O: Outlet>(outlet: O) -> Transfer<O> {
        Transfer::new(outlet)
    }
}

/// The state of L1 and L2: finished bytes and a buffer.
#[derive(Debug)]
pub(crate) struct Transfer<O> {
    leaf: &'static [u8],
    typical: &'static [u8],
    /// L4's datagrams of a trace.
    wide: Vec<Vec<u8>>,
    header: Vec<Vec<u8>>,
    buffer: Box<[u8; 65_536]>,
    outlet: O,
}

impl<O: Outlet> Transfer<O> {
    fn new(outlet: O) -> Self {
        let captured = Capture::default();
        let mut writer = L4::prepare(captured.clone());
        writer.wide(story());
        let wide = captured.take();
        writer.header(story());
        // The copy must not know how long it is before it runs, as no writer does.
        Self {
            leaf: black_box(Workload::Leaf.sample().unwrap_or_default()),
            typical: black_box(Workload::Typical.sample().unwrap_or_default()),
            wide: black_box(wide),
            header: black_box(captured.take()),
            buffer: Box::new([0; 65_536]),
            outlet,
        }
    }
}

fn copy<O: Outlet>(buffer: &mut [u8; 65_536], outlet: &O, bytes: &[u8]) {
    let copy = &mut buffer[..bytes.len()];
    copy.copy_from_slice(bytes);
    outlet.deliver(copy);
}

impl<O: Outlet> Peer for Transfer<O> {
    fn leaf(&mut self, _story: &Story) {
        copy(&mut self.buffer, &self.outlet, self.leaf);
    }

    fn typical(&mut self, _story: &Story) {
        copy(&mut self.buffer, &self.outlet, self.typical);
    }

    fn wide(&mut self, _story: &Story) {
        for datagram in &self.wide {
            copy(&mut self.buffer, &self.outlet, datagram);
        }
    }

    fn unsampled(&mut self, _story: &Story) {
        unreachable!("not among the workloads of this peer");
    }

    fn header(&mut self, _story: &Story) {
        for text in &self.header {
            copy(&mut self.buffer, &self.outlet, text);
        }
    }
}
