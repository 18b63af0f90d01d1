//! What the core needs of its host: the time and randomness.

use core::fmt;

use crate::epoch::Epoch;
use crate::time::Timestamp;

/// Tells the time.
///
/// A host with a steady clock beside the one of the wall gives both. A segment reads them when it begins and keeps their
/// difference; every later time of its trace is [`ticks`](Clock::ticks) plus that difference. So a wall clock that is
/// set while a trace runs makes no entity end before it started, and the duration of each is that of the steady clock.
/// A host without one leaves `ticks` as it is; where its clock runs backwards an entity ends at its own start time at
/// the earliest.
///
/// Neither may block or panic.
///
/// ```
/// use xray_recorder_core::{Clock, Timestamp};
///
/// struct SinceBoot;
/// impl Clock for SinceBoot {
///     fn now(&self) -> Timestamp {
///         Timestamp::from_secs(1_700_000_000)
///     }
/// }
/// assert_eq!(SinceBoot.ticks(), None);
/// ```
pub trait Clock {
    /// Wall time.
    fn now(&self) -> Timestamp;

    /// Microseconds of a clock that is never set, counted from any fixed point; `None`, and that always, where there is
    /// none.
    #[inline]
    fn ticks(&self) -> Option<u64> {
        None
    }

    /// When the ticks were zero, as far as it is known, for a clock that counts from boot and may not have been set: a
    /// [`BootClock`](crate::BootClock) for example. `None`, and that always, for one that knows the time of day.
    #[inline]
    fn epoch(&self) -> Option<Epoch> {
        None
    }
}

impl<C: Clock + ?Sized> Clock for &C {
    #[inline]
    fn now(&self) -> Timestamp {
        (**self).now()
    }

    #[inline]
    fn ticks(&self) -> Option<u64> {
        (**self).ticks()
    }

    #[inline]
    fn epoch(&self) -> Option<Epoch> {
        (**self).epoch()
    }
}

/// Gives unpredictable bytes, of which ids are made. Asked once per segment, for 32 bytes, and once per recorder of the
/// core for 8, of which it numbers children; without those it takes the time.
///
/// X-Ray's SDKs all take them from the operating system. It must not block for long; a host whose source is not ready
/// says [`RngFailed`], and the segment is dropped and counted.
///
/// ```
/// use xray_recorder_core::{Rng, RngFailed};
///
/// struct Hardware;
/// impl Rng for Hardware {
///     fn fill(&mut self, dest: &mut [u8]) -> Result<(), RngFailed> {
///         dest.fill(4); // chosen by fair dice roll
///         Ok(())
///     }
/// }
/// let mut bytes = [0; 32];
/// Hardware.fill(&mut bytes)?;
/// # Ok::<(), RngFailed>(())
/// ```
pub trait Rng {
    /// Fills all of `dest`.
    ///
    /// # Errors
    ///
    /// [`RngFailed`] when there is no randomness to be had now. The content of `dest` is then unspecified.
    fn fill(&mut self, dest: &mut [u8]) -> Result<(), RngFailed>;
}

impl<R: Rng + ?Sized> Rng for &mut R {
    #[inline]
    fn fill(&mut self, dest: &mut [u8]) -> Result<(), RngFailed> {
        (**self).fill(dest)
    }
}

/// The host has no randomness to give.
///
/// ```
/// # use xray_recorder_core::RngFailed;
/// assert_eq!(RngFailed.to_string(), "the source of randomness failed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RngFailed;

impl fmt::Display for RngFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the source of randomness failed")
    }
}

impl core::error::Error for RngFailed {}
