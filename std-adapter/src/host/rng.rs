//! The randomness of the operating system.

use xray_recorder_core::{Rng, RngFailed};

/// Randomness of the operating system, through `getrandom`. Nothing is kept, so nothing outlives a fork or a snapshot.
///
/// ```
/// use xray_recorder::{OsRng, Rng};
///
/// let mut bytes = [0; 32];
/// OsRng.fill(&mut bytes)?;
/// assert_ne!(bytes, [0; 32]);
/// # Ok::<(), xray_recorder::RngFailed>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRng;

impl Rng for OsRng {
    #[inline]
    fn fill(&mut self, dest: &mut [u8]) -> Result<(), RngFailed> {
        getrandom::fill(dest).map_err(|_| RngFailed)
    }
}
