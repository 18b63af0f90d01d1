//! What the tests share: documents as text, datagrams of them, and an order that is mixed the same way each time.

use xray_recorder_receiver::Datagram;

/// The trace id of every document made here.
pub(crate) const TRACE_ID: &str = "1-6b003d0d-a49bc297069525a038714d3a";

/// Sixteen digits for a small number.
pub(crate) fn id(number: u64) -> String {
    format!("{number:016x}")
}

/// A body with the header line in front.
pub(crate) fn with_header(body: &str) -> Vec<u8> {
    format!("{{\"format\":\"json\",\"version\":1}}\n{body}").into_bytes()
}

/// The datagram of a body.
pub(crate) fn datagram(body: &str) -> Datagram {
    Datagram::parse(with_header(body))
}

/// A segment from second 100 to 110 with more members, each followed by a comma.
pub(crate) fn segment(number: u64, more: &str) -> String {
    let id = id(number);
    format!(
        r#"{{{more}"name":"segment {number}","id":"{id}","trace_id":"{TRACE_ID}","start_time":100.000001,"end_time":110.5}}"#
    )
}

/// A subsegment that is sent by itself.
pub(crate) fn lone(number: u64, parent: u64, more: &str) -> String {
    let members = format!(r#"{more}"type":"subsegment","trace_id":"{TRACE_ID}","parent_id":"{}","#, id(parent));
    embedded(number, &members)
}

/// A subsegment that is embedded.
pub(crate) fn embedded(number: u64, more: &str) -> String {
    let id = id(number);
    format!(r#"{{{more}"name":"subsegment {number}","id":"{id}","start_time":101,"end_time":102.25}}"#)
}

/// The member that embeds subsegments, comma included.
pub(crate) fn embedding(children: &[String]) -> String {
    format!(r#""subsegments":[{}],"#, children.join(","))
}

/// Numbers that are the same in every run.
pub(crate) struct Mixer(u64);

impl Mixer {
    /// Starts a sequence; the seed must not be zero.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below the bound.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    /// Puts the items in another order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
