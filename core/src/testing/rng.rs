//! Randomness that is the same each time, and randomness that fails.

use crate::host::{Rng, RngFailed};

/// A generator that gives the same bytes for the same seed, on every platform: splitmix64, least significant byte
/// first. For tests only.
///
/// ```
/// use xray_recorder_core::testing::SeededRng;
///
/// assert_eq!(SeededRng::new(1).next_u64(), SeededRng::new(1).next_u64());
/// ```
#[derive(Clone, Debug)]
pub struct SeededRng(u64);

impl SeededRng {
    /// A generator that starts at `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl Rng for SeededRng {
    fn fill(&mut self, dest: &mut [u8]) -> Result<(), RngFailed> {
        for piece in dest.chunks_mut(8) {
            piece.copy_from_slice(&self.next_u64().to_le_bytes()[..piece.len()]);
        }
        Ok(())
    }
}

/// A source of randomness that has none.
///
/// ```
/// use xray_recorder_core::testing::FailingRng;
/// use xray_recorder_core::{Rng, RngFailed};
///
/// assert_eq!(FailingRng.fill(&mut [0; 8]), Err(RngFailed));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FailingRng;

impl Rng for FailingRng {
    fn fill(&mut self, _: &mut [u8]) -> Result<(), RngFailed> {
        Err(RngFailed)
    }
}
