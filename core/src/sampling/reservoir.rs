//! So many requests of each second.

use crate::time::Timestamp;

/// A second of wall time; X-Ray gives what is allowed per second, and all official SDKs count in whole ones.
pub(super) fn second(now: Timestamp) -> u32 {
    u32::try_from(now.as_secs()).unwrap_or(u32::MAX)
}

/// What was taken in the current second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reservoir {
    second: u32,
    taken: u32,
}

impl Reservoir {
    pub(super) const EMPTY: Self = Self { second: 0, taken: 0 };

    /// Takes one, if fewer than `size` were taken in this second.
    #[inline]
    pub(super) fn take(&mut self, second: u32, size: u32) -> bool {
        // A thread that read its clock just before the second ended may come after one that read it in the next: that opens
        // no second once more. A clock that was set back does.
        if second > self.second || self.second - second > 1 {
            *self = Self { second, taken: 0 };
        }
        let free = self.taken < size;
        self.taken += u32::from(free);
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_taken_in_each_second() {
        let mut reservoir = Reservoir::EMPTY;
        let taken = |reservoir: &mut Reservoir, second| (0..5).filter(|_| reservoir.take(second, 2)).count();
        assert_eq!(taken(&mut reservoir, 100), 2);
        assert_eq!(taken(&mut reservoir, 100), 0);
        assert_eq!(taken(&mut reservoir, 101), 2);
    }

    #[test]
    fn a_thread_that_comes_late_opens_no_second_once_more() {
        let mut reservoir = Reservoir::EMPTY;
        assert!(reservoir.take(101, 1));
        assert!(!reservoir.take(100, 1));
        assert!(!reservoir.take(101, 1));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_close_it() {
        let mut reservoir = Reservoir::EMPTY;
        assert!(reservoir.take(1_000_000, 1));
        assert!(reservoir.take(10, 1));
        assert!(!reservoir.take(10, 1));
        assert!(reservoir.take(11, 1));
    }

    #[test]
    fn nothing_is_taken_of_nothing() {
        let mut reservoir = Reservoir::EMPTY;
        assert!(!reservoir.take(5, 0));
    }
}
