//! Microseconds since boot, from a counter of the hardware.

use crate::division::divided;
use crate::guarded::Guarded;

/// Microseconds since boot, from a hardware counter that counts up and wraps around.
///
/// It must be read at least once in each round of the counter, and recording is reading; a counter of 32 bits at 25 MHz
/// takes 171 seconds. A device that may be idle for longer calls [`TickCounter::micros`] from its idle loop, or from the
/// interrupt of the counter's overflow.
///
/// With the feature `critical-section` tasks and interrupts share one in a `static`, as `TickCounter<fn() -> u32>`.
///
/// ```
/// use core::cell::Cell;
/// use xray_recorder_core::TickCounter;
///
/// let register = Cell::new(0_u32);
/// let counter = TickCounter::new(|| register.get(), 25_000_000);
/// register.set(u32::MAX);
/// assert_eq!(counter.micros(), 171_798_691);
/// register.set(24); // 25 ticks later, it has wrapped around
/// assert_eq!(counter.micros(), 171_798_692);
/// ```
#[derive(Debug)]
pub struct TickCounter<F> {
    register: F,
    hertz: u32,
    bits: u32,
    /// What was counted by the last reading, all rounds of the counter included.
    seen: Guarded<u64>,
}

impl<F: Fn() -> u32> TickCounter<F> {
    /// A counter of 32 bits that counts `hertz` times a second, which is taken as 1 where it is 0. For one that counts
    /// down, such as the system timer of a Cortex-M, give its bits inverted.
    #[must_use]
    pub const fn new(register: F, hertz: u32) -> Self {
        let hertz = if hertz == 0 { 1 } else { hertz };
        Self { register, hertz, bits: u32::BITS, seen: Guarded::new(0) }
    }

    /// The same for a counter of fewer bits, 1 to 32; those above are ignored.
    ///
    /// ```
    /// # use core::cell::Cell;
    /// # use xray_recorder_core::TickCounter;
    /// let register = Cell::new(0xff_ffff_u32);
    /// let counter = TickCounter::new(|| !register.get(), 1_000_000).with_bits(24);
    /// assert_eq!(counter.micros(), 0);
    /// register.set(0);
    /// assert_eq!(counter.micros(), 0xff_ffff);
    /// register.set(0xff_fffe);
    /// assert_eq!(counter.micros(), 0x100_0001);
    /// ```
    #[must_use]
    pub const fn with_bits(mut self, bits: u32) -> Self {
        self.bits = if bits == 0 || bits > u32::BITS { u32::BITS } else { bits };
        self
    }

    /// Microseconds since the counter was zero.
    #[must_use]
    pub fn micros(&self) -> u64 {
        let ticks = self.seen.with(|cell| {
            // Read in here, so that no other reads a later count in between and takes this one for another round.
            let seen = cell.get();
            let since = (self.register)().wrapping_sub(seen as u32) & (u32::MAX >> (u32::BITS - self.bits));
            let ticks = seen.wrapping_add(since.into());
            cell.set(ticks);
            ticks
        });
        // In two steps: millions of ticks in millionths of a second would not fit into 64 bits for two days.
        let (seconds, rest) = divided(ticks, self.hertz);
        let (micros, _) = divided(u64::from(rest) * 1_000_000, self.hertz);
        seconds.saturating_mul(1_000_000).saturating_add(micros)
    }
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use super::*;
    use crate::testing::SeededRng;

    #[test]
    fn every_round_of_a_counter_of_any_width_goes_on_where_the_last_ended() {
        let mut rng = SeededRng::new(1);
        for bits in [8, 16, 24, 31, 32] {
            for hertz in [1, 32_768, 1_000_000, 25_000_000, u32::MAX] {
                let register = Cell::new(0_u32);
                let counter = TickCounter::new(|| register.get(), hertz).with_bits(bits);
                let mut ticks = 0_u64;
                for _ in 0..1_000 {
                    ticks += rng.next_u64() % (1 << bits);
                    // What stands above the counter's bits is none of its business.
                    let above = if bits < 32 { (rng.next_u64() as u32) << bits } else { 0 };
                    register.set((ticks as u32 & (u32::MAX >> (32 - bits))) | above);
                    let micros = u128::from(ticks) * 1_000_000 / u128::from(hertz);
                    let micros = u64::try_from(micros).unwrap_or(u64::MAX);
                    assert_eq!(counter.micros(), micros, "{bits} bits at {hertz} Hz");
                }
            }
        }
    }

    #[test]
    fn a_counter_of_few_bits_counts_for_longer_than_32_bits_of_rounds() {
        let register = Cell::new(0_u32);
        let counter = TickCounter::new(|| register.get(), 25_000_000).with_bits(8);
        // A reading in each round of 256 ticks would take minutes here: what was seen stands in for twelve hours of them.
        let half_a_day = 1 << 40;
        counter.seen.with(|seen| seen.set(half_a_day - 1));
        register.set(0xff);
        let before = counter.micros();
        register.set(0x100 + 24);
        assert_eq!(counter.micros(), before + 1);
        assert_eq!(before, (half_a_day - 1) / 25);
    }

    #[test]
    fn a_counter_without_a_frequency_or_a_width_is_read_all_the_same() {
        assert_eq!(TickCounter::new(|| 7, 0).micros(), 7_000_000);
        assert_eq!(TickCounter::new(|| u32::MAX, 1).with_bits(40).micros(), u64::from(u32::MAX) * 1_000_000);
    }
}
