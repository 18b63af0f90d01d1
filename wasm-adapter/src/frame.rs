//! The numbers of a call, in memory that both sides know.

use xray_recorder_core::{EntityId, Timestamp, TraceContext, TraceId};

/// What a call is told besides its [`Input`](crate::input::Input), and what it tells: JavaScript writes and reads it as
/// `Float64Array` and `Uint32Array`. Of two words the less significant comes first.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Frame {
    /// Microseconds since the epoch.
    pub(crate) start: f64,
    pub(crate) at: f64,
    /// The trace id, its less significant half first.
    pub(crate) trace: [u64; 2],
    pub(crate) seed: u64,
    /// Of the entity, and of the one above; zero is none.
    pub(crate) id: u64,
    pub(crate) parent: u64,
    /// Numbers a subsegment, of which its id is made; zero for a segment, whose id is known.
    pub(crate) number: u64,
    /// Of the document of the entity above; zero where there is none.
    pub(crate) parent_place: u32,
    /// The capacity of the document.
    pub(crate) capacity: u32,
}

impl Frame {
    pub(crate) const EMPTY: Self =
        Self { start: 0.0, at: 0.0, trace: [0; 2], seed: 0, id: 0, parent: 0, number: 0, parent_place: 0, capacity: 0 };

    pub(crate) fn start(&self) -> Timestamp {
        Timestamp::from_micros(self.start as u64)
    }

    pub(crate) fn at(&self) -> Timestamp {
        Timestamp::from_micros(self.at as u64)
    }

    pub(crate) fn parent(&self) -> Option<EntityId> {
        EntityId::new(self.parent)
    }

    /// The context of the entity above, as far as it is known; of the entity itself where that is a segment.
    fn above(&self) -> Option<TraceContext> {
        let [low, high] = self.trace;
        let trace_id = TraceId::from_u128(u128::from(high) << 64 | u128::from(low));
        let id = EntityId::new(if self.number == 0 { self.id } else { self.parent })?;
        Some(TraceContext::new(trace_id, id).with_seed(self.seed))
    }

    /// The context of the entity.
    pub(crate) fn context(&mut self) -> Option<TraceContext> {
        let above = self.above()?;
        if self.number == 0 {
            return Some(above);
        }
        let id = above.child_id(self.number);
        self.id = id.get();
        Some(above.child(id))
    }
}
