//! Where every peer takes its times and ids from, so that they cost all the same.

use std::hint::black_box;
use std::time::{SystemTime, UNIX_EPOCH};

/// The wall clock, in microseconds since the epoch. Every entity reads it twice: when it begins and when it ends.
#[inline]
#[must_use]
pub(crate) fn now() -> u64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(elapsed) => elapsed.as_secs() * 1_000_000 + u64::from(elapsed.subsec_micros()),
        Err(_) => 0,
    }
}

/// A wyrand generator: the cheapest source of ids that is random enough.
#[derive(Debug)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    /// A generator for one run. The seed is the same for all, so that runs can be compared, and opaque to the optimizer.
    #[must_use]
    pub(crate) fn seeded() -> Self {
        Self { state: black_box(0x9e37_79b9_7f4a_7c15) }
    }

    /// The next 64 bits.
    #[inline]
    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0xa076_1d64_78bd_642f);
        let product = u128::from(self.state) * u128::from(self.state ^ 0xe703_7ed1_a0b4_28db);
        ((product >> 64) as u64) ^ (product as u64)
    }
}
