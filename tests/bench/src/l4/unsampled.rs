//! W4 by hand: the calls of a trace that is not sampled, inlined branches that are not taken.

use std::hint::black_box;

use crate::workload::{Call, Segment, Story};

/// The calls of W2. Returns how many were recorded: none, but the optimizer does not know.
#[inline(always)]
pub(crate) fn calls(story: &Story) -> u64 {
    let mut recorded = 0;
    let mut segment = Entity::begin(story.sampled);
    segment.record(&mut recorded, || segment_values(&story.segment));
    segment.record(&mut recorded, || story.segment.tenant.len());
    for subsegment in &story.subsegments {
        let mut entity = Entity::begin(story.sampled);
        entity.record(&mut recorded, || call_values(&subsegment.call));
        entity.record(&mut recorded, || subsegment.cache.len());
        entity.record(&mut recorded, || subsegment.step.len());
        entity.record(&mut recorded, || subsegment.name.len());
    }
    segment.record(&mut recorded, || story.segment.name.len());
    recorded
}

fn segment_values(segment: &Segment) -> usize {
    segment.url.len() + segment.client_ip.len()
}

fn call_values(call: &Call) -> usize {
    match call {
        Call::Http(http) => http.url.len(),
        Call::Aws(aws) => aws.operation.len(),
        Call::Sql(sql) => sql.url.len(),
        Call::Local => 0,
    }
}

/// A segment or a subsegment, as far as one that is not sampled exists.
struct Entity {
    sampled: bool,
}

impl Entity {
    /// Every entity asks anew: in a program there is other code between two of them.
    #[inline(always)]
    fn begin(sampled: bool) -> Self {
        Self { sampled: black_box(sampled) }
    }

    #[inline(always)]
    fn record(&mut self, recorded: &mut u64, values: impl FnOnce() -> usize) {
        if self.sampled {
            write(recorded, values);
        }
    }
}

#[cold]
#[inline(never)]
fn write(recorded: &mut u64, values: impl FnOnce() -> usize) {
    *recorded += 1 + values() as u64;
}
