//! Randomness from a register.

use crate::host::{Rng, RngFailed};

/// Randomness from a hardware register that gives 32 bits at a time.
///
/// The register is asked a bounded number of times for each word, so that a generator that was not switched on cannot
/// hold up the program. One that gives the same word twice in a row is broken, and its words are not used: chance does
/// that once in four thousand million words.
///
/// A chip without a generator needs one in software, seeded with what differs between devices and between boots: its
/// serial number and a boot count in flash, or the noise of an analog input. Ids that repeat join traces that have
/// nothing to do with each other.
///
/// ```
/// use xray_recorder_core::{RegisterRng, Rng};
///
/// # let mut count = 0_u32;
/// # let mut ready = || { count += 1; count % 2 == 0 };
/// # let mut read = || 0;
/// # let mut n = 1_u32;
/// # let mut read = || { n = n.wrapping_mul(0x9e37_79b9).wrapping_add(7); n };
/// let mut rng = RegisterRng::new(|| ready().then(&mut read));
/// let mut bytes = [0; 32];
/// rng.fill(&mut bytes)?;
/// assert!(RegisterRng::new(|| None).fill(&mut bytes).is_err());
/// assert!(RegisterRng::new(|| Some(0)).fill(&mut bytes).is_err());
/// # Ok::<(), xray_recorder_core::RngFailed>(())
/// ```
#[derive(Clone, Debug)]
pub struct RegisterRng<F> {
    register: F,
    last: Option<u32>,
}

/// How often the register is asked for a word. Generators take some hundred cycles for one.
const TRIES: u32 = 10_000;

impl<F: FnMut() -> Option<u32>> RegisterRng<F> {
    /// A source that reads `register`, which gives `None` while no word is ready.
    #[must_use]
    pub const fn new(register: F) -> Self {
        Self { register, last: None }
    }

    fn word(&mut self) -> Result<u32, RngFailed> {
        let word = (0..TRIES).find_map(|_| (self.register)()).ok_or(RngFailed)?;
        if self.last.replace(word) == Some(word) {
            return Err(RngFailed);
        }
        Ok(word)
    }
}

impl<F: FnMut() -> Option<u32>> Rng for RegisterRng<F> {
    fn fill(&mut self, dest: &mut [u8]) -> Result<(), RngFailed> {
        for piece in dest.chunks_mut(size_of::<u32>()) {
            let word = self.word()?.to_le_bytes();
            piece.copy_from_slice(&word[..piece.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_when_they_are_ready_and_fill_any_length() {
        let mut asked = 0;
        let mut rng = RegisterRng::new(|| {
            asked += 1;
            (asked % 3 == 0).then_some(asked)
        });
        let mut bytes = [0xff; 10];
        assert_eq!(rng.fill(&mut bytes), Ok(()));
        assert_eq!(bytes, [3, 0, 0, 0, 6, 0, 0, 0, 9, 0]);
        assert_eq!(asked, 9);
    }

    #[test]
    fn a_generator_that_is_stuck_fails_and_may_recover() {
        let mut words = [5, 6, 6, 7].into_iter();
        let mut rng = RegisterRng::new(|| words.next());
        assert_eq!(rng.fill(&mut [0; 8]), Ok(()));
        assert_eq!(rng.fill(&mut [0; 4]), Err(RngFailed));
        assert_eq!(rng.fill(&mut [0; 4]), Ok(()));
        assert_eq!(rng.fill(&mut [0; 4]), Err(RngFailed));
    }
}
