//! A clock that counts from boot, until somebody tells it the time.

use core::fmt;

use crate::epoch::Epoch;
use crate::guarded::Guarded;
use crate::host::{Clock, Rng};
use crate::recorder::Recorder;
use crate::sampling::Sampler;
use crate::time::Timestamp;
use crate::transport::Transport;

/// A clock for a device without one: it counts from boot, and is set when the time of day becomes known, from the
/// network for example.
///
/// Until then, with the [`Recorder`] of this crate:
///
/// * documents count from boot and are held by an [`Outbox`](crate::Outbox), which dates them in place when the clock is
///   set; see [`Recorder::set_time`].
/// * no subsegment is embedded, whatever [`Embed`](crate::Embed) says, so that times stand at fixed places.
/// * a document that leaves earlier, because it is released or the transport is none that waits, is dated by a guess, and
///   has the mark `{"clock":{"set":false}}` in its metadata, whatever the program itself has put there. An outbox keeps
///   the room for it free, 35 bytes; with another transport subsegments, and segments with a parent, have so much less of
///   their documents until the clock is set, and cannot begin in one of less than 261 bytes. No document ever is one of 1970.
/// * a trace id has the guess in its first eight digits. It never changes: a header, a log or another device may have it
///   already. X-Ray no longer asks for the right time there; what still does, among others the service as it was before
///   it took W3C's ids, refuses ids that are older than 30 days. With a guess that is newer these are right as well.
///
/// The guess is `not_before`: a time at which the device cannot have been switched on yet. When the firmware was built is
/// one; a device that stores the time now and then, less what its clock may be fast by, has a better one. One before this
/// crate was written, the start of 2026, is none and replaced by that.
///
/// With the feature `critical-section` tasks and interrupts share one in a `static`, as `BootClock<fn() -> u64>`.
///
/// ```
/// use xray_recorder_core::{BootClock, Clock, Timestamp};
///
/// const BUILT: Timestamp = Timestamp::from_secs(1_767_225_600); // date +%s
///
/// let clock = BootClock::new(|| 2_500_000 /* microseconds since boot */, BUILT);
/// assert_eq!(clock.now().to_string(), "1767225602.500000");
/// assert!(!clock.is_set());
///
/// clock.set(Timestamp::from_secs(1_780_000_000))?;
/// assert_eq!(clock.now(), Timestamp::from_secs(1_780_000_000));
/// assert!(clock.set(Timestamp::from_secs(42)).is_err(), "the firmware was not built then");
/// assert!(clock.set(Timestamp::from_secs(7_000_000_000)).is_err(), "nor is it the year 2191");
/// # Ok::<(), xray_recorder_core::ImpossibleTime>(())
/// ```
#[derive(Debug)]
pub struct BootClock<F> {
    ticks: F,
    not_before: Timestamp,
    boot: Guarded<Option<Boot>>,
}

/// When the device was switched on, in wall time.
#[derive(Clone, Copy, Debug)]
struct Boot {
    /// As it was known first: all documents from before are dated by it, so that those of one trace agree.
    first: Timestamp,
    /// As it is known now.
    latest: Timestamp,
}

/// No device is switched on so long after its firmware was built: 30 years, in microseconds.
const LIFETIME: u64 = 30 * 365 * 24 * 60 * 60 * 1_000_000;

/// When this crate was written: no device that runs it was switched on before.
const WRITTEN: Timestamp = Timestamp::from_secs(1_767_225_600);

impl<F: Fn() -> u64> BootClock<F> {
    /// A clock that has not been set, over the microseconds since boot: what a [`TickCounter`](crate::TickCounter) or a
    /// runtime tells. They must never be less than before.
    #[must_use]
    pub const fn new(ticks: F, not_before: Timestamp) -> Self {
        // `Ord::max` is not const.
        let not_before = if not_before.as_micros() < WRITTEN.as_micros() { WRITTEN } else { not_before };
        Self { ticks, not_before, boot: Guarded::new(None) }
    }

    /// Sets the clock: it is `now`. It may be set again and again; traces that have begun keep to what held then.
    ///
    /// What waits in an outbox is dated by [`Recorder::set_time`], which calls this; by
    /// [`Transport::date`](crate::Transport::date) with the epoch that this returns; or else when a recorder sends the next
    /// document. What waits is dated by what the clock was set to first, so that the documents of a trace agree.
    ///
    /// # Errors
    ///
    /// [`ImpossibleTime`] when the device would have been switched on before `not_before`, or 30 years after that: a receiver
    /// without a fix, a server that does not know the time itself and a line that changes bytes say such things. The clock is
    /// as it was.
    pub fn set(&self, now: Timestamp) -> Result<Epoch, ImpossibleTime> {
        let boot = now.as_micros().checked_sub((self.ticks)()).map(Timestamp::from_micros);
        let latest = boot.filter(|&boot| self.may_be_boot(boot)).ok_or(ImpossibleTime)?;
        let first = self.boot.with(|cell| {
            let first = cell.get().map_or(latest, |boot| boot.first);
            cell.set(Some(Boot { first, latest }));
            first
        });
        Ok(Epoch::known(first))
    }

    fn may_be_boot(&self, boot: Timestamp) -> bool {
        boot.as_micros().checked_sub(self.not_before.as_micros()).is_some_and(|since| since < LIFETIME)
    }

    /// Whether it has been set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.boot.get().is_some()
    }
}

impl<F: Fn() -> u64> Clock for BootClock<F> {
    /// Wall time, or the guess of it.
    fn now(&self) -> Timestamp {
        let boot = self.boot.get().map_or(self.not_before, |boot| boot.latest);
        Epoch::known(boot).time_at((self.ticks)())
    }

    fn ticks(&self) -> Option<u64> {
        Some((self.ticks)())
    }

    fn epoch(&self) -> Option<Epoch> {
        Some(match self.boot.get() {
            Some(boot) => Epoch::known(boot.first),
            None => Epoch::guessed(self.not_before),
        })
    }
}

impl<T: Transport, F: Fn() -> u64, R: Rng, S: Sampler> Recorder<T, BootClock<F>, R, S> {
    /// Sets the clock, and has the documents dated that wait in the transport: they may leave now.
    ///
    /// # Errors
    ///
    /// [`ImpossibleTime`]; see [`BootClock::set`].
    ///
    /// ```
    /// # use xray_recorder_core::testing::SeededRng;
    /// # use xray_recorder_core::{BootClock, Document, Outbox, Recorder, Timestamp, TraceHeader};
    /// # const BUILT: Timestamp = Timestamp::from_secs(1_767_225_600);
    /// let clock = BootClock::new(|| 5_000_000, BUILT);
    /// let mut recorder = Recorder::new(Outbox::<1024>::new(), clock, SeededRng::new(7));
    /// let mut document = Document::<256>::new();
    /// let segment = recorder.begin_segment(&mut document, "sensor", &TraceHeader::default())?;
    /// recorder.end_segment(segment)?;
    /// assert_eq!(recorder.transport().front(), None, "it waits for its date");
    ///
    /// recorder.set_time(Timestamp::from_secs(1_780_000_000))?;
    /// let datagram = String::from_utf8_lossy(recorder.transport().front().unwrap());
    /// assert!(datagram.contains(r#""start_time":1780000000.000000"#));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn set_time(&mut self, now: Timestamp) -> Result<(), ImpossibleTime> {
        let epoch = self.clock().set(now)?;
        self.transport_mut().date(epoch);
        Ok(())
    }
}

impl<T: Transport, F: Fn() -> u64, R: Rng, S: Sampler> Recorder<T, &BootClock<F>, R, S> {
    /// The same for a clock that others have as well. What waits in the transports of other recorders is dated when they
    /// send the next document.
    ///
    /// # Errors
    ///
    /// [`ImpossibleTime`]; see [`BootClock::set`].
    ///
    /// ```
    /// # use xray_recorder_core::testing::SeededRng;
    /// # use xray_recorder_core::{BootClock, Outbox, Recorder, Timestamp};
    /// let clock = BootClock::new(|| 5_000_000, Timestamp::from_secs(1_767_225_600));
    /// let mut recorder = Recorder::new(Outbox::<1024>::new(), &clock, SeededRng::new(7));
    /// recorder.set_time(Timestamp::from_secs(1_780_000_000))?;
    /// assert!(clock.is_set());
    /// # Ok::<(), xray_recorder_core::ImpossibleTime>(())
    /// ```
    pub fn set_time(&mut self, now: Timestamp) -> Result<(), ImpossibleTime> {
        let epoch = self.clock().set(now)?;
        self.transport_mut().date(epoch);
        Ok(())
    }
}

/// The clock was to be set to a time that it cannot be.
///
/// ```
/// # use xray_recorder_core::ImpossibleTime;
/// assert_eq!(ImpossibleTime.to_string(), "the device cannot have been switched on at that time");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImpossibleTime;

impl fmt::Display for ImpossibleTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the device cannot have been switched on at that time")
    }
}

impl core::error::Error for ImpossibleTime {}
