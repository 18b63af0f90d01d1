//! The share of requests that a rule records.

use crate::host::Rng;
use crate::id::mix;
use crate::json::hex;
use crate::json::read::Decimal;
use crate::time::Timestamp;

/// A share between none and all, in fixed point: chips have no floats, and a decision needs no more than 31 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rate(u32);

/// What counts as all.
const ONE: u32 = 1 << 31;

/// How many decimal places are looked at.
const PLACES: i32 = 9;
const BILLION: u64 = 1_000_000_000;

impl Rate {
    pub(super) const NONE: Self = Self(0);

    /// Of so many billionths, at most all of them.
    pub(super) const fn billionths(billionths: u64) -> Self {
        let billionths = if billionths > BILLION { BILLION } else { billionths };
        Self(((billionths * ONE as u64) / BILLION) as u32)
    }

    /// The number, if it is between 0 and 1.
    pub(super) fn of(number: Decimal) -> Option<Self> {
        let (billionths, exact) = number.scaled(PLACES)?;
        let in_range = billionths < BILLION || (billionths == BILLION && exact);
        in_range.then(|| Self::billionths(billionths))
    }
}

/// A source of chance for decisions: seeded by the host once, and its own from there on, as the host's randomness costs
/// more than the decision.
#[derive(Clone, Debug)]
pub(super) struct Coin {
    seed: Option<u64>,
    tosses: u64,
}

/// What the identity of a client is derived from, beside the seed: tosses never count this far.
const CLIENT: u64 = u64::MAX - 1;

impl Coin {
    pub(super) const fn new() -> Self {
        Self { seed: None, tosses: 0 }
    }

    /// Before the first toss.
    #[inline]
    pub(super) fn seed_once(&mut self, now: Timestamp, rng: &mut dyn Rng) {
        if self.seed.is_none() {
            self.draw(now, rng);
        }
    }

    #[cold]
    fn draw(&mut self, now: Timestamp, rng: &mut dyn Rng) {
        let mut seed = [0; 8];
        // Nobody gains by guessing what is sampled, so that without randomness the time will do.
        self.seed = Some(match rng.fill(&mut seed) {
            Ok(()) => u64::from_le_bytes(seed),
            Err(_) => now.as_micros(),
        });
    }

    /// Any number.
    #[inline]
    pub(super) fn chance(&mut self) -> u64 {
        self.tosses = self.tosses.wrapping_add(1);
        mix(self.seed.unwrap_or(0), self.tosses)
    }

    /// Any number, for how long to wait: machines that were not asked for a decision yet have no seed, and begin at
    /// different times.
    pub(super) fn chance_of_waiting(&mut self, now: Timestamp) -> u64 {
        self.chance() ^ if self.seed.is_none() { mix(now.as_micros(), 1) } else { 0 }
    }

    /// True in `rate` of the cases: never for none, always for all.
    #[inline]
    pub(super) fn toss(&mut self, rate: Rate) -> bool {
        ((self.chance() >> 33) as u32) < rate.0
    }

    /// Who asks, in 24 hex digits: the same for as long as the seed is.
    pub(super) fn client_id(&self) -> [u8; 24] {
        let seed = self.seed.unwrap_or(0);
        let mut id = [0; 24];
        let (first, second) = id.split_at_mut(16);
        first.copy_from_slice(&hex::digits16(mix(seed, CLIENT)));
        second.copy_from_slice(&hex::digits16(mix(seed, CLIENT + 1))[..8]);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read::{Reader, Value};
    use crate::testing::SeededRng;

    fn rate(json: &str) -> Option<Rate> {
        match Reader::new(json.as_bytes()).value() {
            Ok(Value::Number(number)) => Rate::of(number),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_rate_is_between_none_and_all() {
        assert_eq!(rate("0"), Some(Rate(0)));
        assert_eq!(rate("1"), Some(Rate(ONE)));
        assert_eq!(rate("1.000"), Some(Rate(ONE)));
        assert_eq!(rate("10E-1"), Some(Rate(ONE)));
        assert_eq!(rate("0.5"), Some(Rate(ONE / 2)));
        assert_eq!(rate("5e-1"), Some(Rate(ONE / 2)));
        assert_eq!(rate("1.0000000001"), None);
        assert_eq!(rate("1.5"), None);
        assert_eq!(rate("-0.1"), None);
        assert_eq!(rate("1e300"), None);
        assert_eq!(rate("1e-300"), Some(Rate(0)));
    }

    #[test]
    fn none_never_falls_and_all_always() {
        let mut coin = Coin::new();
        coin.seed_once(Timestamp::from_secs(1), &mut SeededRng::new(7));
        for _ in 0..1_000 {
            assert!(!coin.toss(Rate::NONE));
            assert!(coin.toss(Rate(ONE)));
        }
    }
}
