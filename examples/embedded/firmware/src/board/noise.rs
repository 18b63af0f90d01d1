//! Randomness. The board has no generator of it, and this is a stand-in for the register of one.

use xray_recorder_core::{RegisterRng, Rng, RngFailed};

use super::Register;

/// A timer that runs beside the program.
const VALUE: Register = Register::at(0x4000_1004);

/// Words that differ between two boots by the moments at which they are asked for. What sends documents to a real
/// service has better ones.
#[derive(Debug)]
pub struct Noise(u32);

impl Noise {
    /// A source; each of a program has another `seed`.
    #[must_use]
    pub const fn new(seed: u32) -> Self {
        Self(seed)
    }

    /// The next word: what the register of a generator would give.
    fn word(&mut self) -> Option<u32> {
        let mut word = self.0 ^ VALUE.read().rotate_left(7);
        word ^= word << 13;
        word ^= word >> 17;
        word ^= word << 5;
        self.0 = word | 1;
        Some(word)
    }
}

impl Rng for Noise {
    fn fill(&mut self, dest: &mut [u8]) -> Result<(), RngFailed> {
        RegisterRng::new(|| self.word()).fill(dest)
    }
}
