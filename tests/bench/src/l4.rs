//! L4, the yardstick: the workloads' documents by a writer that knows them and nothing else.
//!
//! It has one buffer, one template per place between two values, and no state but ids and times. A recorder with an
//! interface cannot be expected to beat it; how close it comes is what the report says.

mod document;
mod header;
mod number;
mod text;
mod unsampled;

#[cfg(test)]
mod tests;

use crate::outlet::Outlet;
use crate::peer::{Peer, PeerKind};
use crate::workload::{Story, WIDE_ROUNDS};
use document::{Sources, TraceIds, end_segment, lone_prefix, segment, subsegment};
use text::fixed;

/// The largest datagram an IPv4 socket takes.
const LARGEST: usize = 65_507;

/// The marker of L4.
#[derive(Debug)]
pub(crate) struct L4;

impl PeerKind for L4 {
    const NAME: &'static str = "l4";
    type Prepared<O: Outlet> = HandWriter<O>;

    fn prepare<O: Outlet>(outlet: O) -> HandWriter<O> {
        HandWriter { buffer: Box::new([0; 65_536]), sources: Sources::seeded(), recorded: 0, outlet }
    }
}

/// The state of L4: its buffer and its sources.
#[derive(Debug)]
pub(crate) struct HandWriter<O> {
    buffer: Box<[u8; 65_536]>,
    sources: Sources,
    recorded: u64,
    outlet: O,
}

impl<O: Outlet> Peer for HandWriter<O> {
    fn leaf(&mut self, story: &Story) {
        let room = &mut self.buffer[..LARGEST];
        if let Some(length) = write_leaf(room, &mut self.sources, story) {
            self.outlet.deliver(&room[..length]);
        }
    }

    fn typical(&mut self, story: &Story) {
        let room = &mut self.buffer[..LARGEST];
        if let Some(length) = write_typical(room, &mut self.sources, story) {
            self.outlet.deliver(&room[..length]);
        }
    }

    fn wide(&mut self, story: &Story) {
        let room = &mut self.buffer[..LARGEST];
        let _ = deliver_wide(room, &mut self.sources, story, &self.outlet);
    }

    fn unsampled(&mut self, story: &Story) {
        self.recorded += unsampled::calls(story);
    }

    fn header(&mut self, story: &Story) {
        if let Some(text) = header::round_trip(story.header, &mut self.buffer[..]) {
            self.outlet.deliver(text);
        }
    }
}

const ALONE_END: &[u8; 30] = b",\"end_time\":00000000000000000}";

#[inline(always)]
fn write_leaf(room: &mut [u8], sources: &mut Sources, story: &Story) -> Option<usize> {
    let size = room.len();
    let ids = TraceIds::draw(sources);
    let tail = segment(room, sources, &story.segment, &ids)?;
    let tail = end_segment(tail, sources, ALONE_END)?;
    Some(size - tail.len())
}

#[inline(always)]
fn write_typical(room: &mut [u8], sources: &mut Sources, story: &Story) -> Option<usize> {
    let size = room.len();
    let ids = TraceIds::draw(sources);
    let tail = segment(room, sources, &story.segment, &ids)?;
    let (_, mut tail) = fixed(tail, b",\"subsegments\":[{")?;
    for part in &story.subsegments {
        tail = subsegment(tail, sources, part, b"\"}},\"end_time\":00000000000000000},{")?;
    }
    // The last subsegment has opened another one, which the end overwrites.
    let at = size - tail.len() - 2;
    let tail = end_segment(&mut room[at..], sources, b"],\"end_time\":00000000000000000}")?;
    Some(size - tail.len())
}

/// Delivers every subsegment by itself, and then the segment.
#[inline(always)]
fn deliver_wide<O: Outlet>(room: &mut [u8], sources: &mut Sources, story: &Story, outlet: &O) -> Option<()> {
    let size = room.len();
    let ids = TraceIds::draw(sources);
    let begun = size - segment(room, sources, &story.segment, &ids)?.len();
    let (root, lone) = room.split_at_mut_checked(begun + ALONE_END.len())?;
    // What is the same for all subsegments of the trace is written once and stays where it is.
    let size = lone.len();
    let prefix = size - lone_prefix(lone, &ids)?.len();
    for _ in 0..WIDE_ROUNDS {
        for part in &story.subsegments {
            let end = b"\"}},\"end_time\":00000000000000000}";
            let tail = subsegment(&mut lone[prefix..], sources, part, end)?;
            let length = size - tail.len();
            outlet.deliver(&lone[..length]);
        }
    }
    end_segment(&mut root[begun..], sources, ALONE_END)?;
    outlet.deliver(root);
    Some(())
}
