//! The epoch of a device: the wall time at which it was switched on, and documents that wait for it.

use core::ops::Range;

use crate::json::number::{self, TIME_LEN};
use crate::time::Timestamp;

/// The wall time at which a device's ticks were zero: known, or guessed.
///
/// A device without a clock counts from boot. The times of a trace that begins before it knows the time of day count
/// from there, too, so that durations are right from the first instruction on. Such a document is undated: it must not
/// leave the device as it is, or it would be one of 1970. It is dated where it stands, since its times have their full
/// width at fixed places; that is why no entity of such a trace is embedded in another.
///
/// ```
/// use xray_recorder_core::{Epoch, Timestamp};
///
/// let epoch = Epoch::known(Timestamp::from_secs(1_465_510_280));
/// assert_eq!(epoch.time_at(2_500_000).to_string(), "1465510282.500000");
/// assert!(epoch.is_known() && !Epoch::guessed(Timestamp::from_secs(1_465_510_280)).is_known());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch {
    boot: Timestamp,
    known: bool,
}

impl Epoch {
    /// That of a device that knows the time of day, and so when it was switched on.
    #[inline]
    #[must_use]
    pub const fn known(boot: Timestamp) -> Self {
        Self { boot, known: true }
    }

    /// A guess, for documents that must leave before more is known.
    #[inline]
    #[must_use]
    pub const fn guessed(boot: Timestamp) -> Self {
        Self { boot, known: false }
    }

    /// Whether it is more than a guess.
    #[inline]
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.known
    }

    /// Wall time when the device's ticks are at `ticks`, in microseconds.
    #[inline]
    #[must_use]
    pub const fn time_at(self, ticks: u64) -> Timestamp {
        Timestamp::from_micros(self.boot.as_micros().saturating_add(ticks))
    }

    /// Puts wall times in place of times from boot in a datagram of this crate's; whether it had such times. Its length
    /// stays what it is, and so does its trace id.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Epoch, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// let mut document = Document::<512>::new();
    /// let segment = Segment::begin(&mut document, "sensor", context, None, Timestamp::from_micros(1_500_000))?;
    /// let mut datagram = segment.end(Timestamp::from_micros(1_750_000)).datagram().to_vec();
    ///
    /// let epoch = Epoch::known(Timestamp::from_secs(1_465_510_280));
    /// assert!(epoch.date(&mut datagram));
    /// let text = String::from_utf8(datagram.clone())?;
    /// assert!(text.contains(r#""start_time":1465510281.500000,"end_time":1465510281.750000,"#));
    /// assert!(!epoch.date(&mut datagram), "it is dated now");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn date(self, datagram: &mut [u8]) -> bool {
        let Some(start) = undated(datagram) else { return false };
        let end = end_behind(datagram, &start);
        let Some(begun) = change(datagram, start, &|ticks| self.time_at(ticks)) else { return false };
        if let Some(end) = end {
            // An end that the program gave itself may be of the wall already, and of a wall that was another then.
            change(datagram, end, &|micros| self.dated(Timestamp::from_micros(micros)).max(begun));
        }
        true
    }

    /// This time, or what it is on the wall where it counts from boot.
    fn dated(self, time: Timestamp) -> Timestamp {
        if counts_from_boot(time) { self.time_at(time.as_micros()) } else { time }
    }

    /// Has the end of an undated datagram count from boot as well, where the program took it from a clock that had nothing
    /// but this guess. `ticks` is what the device's are at now: an end behind that is of another clock, and stays.
    pub(crate) fn undate_end(self, datagram: &mut [u8], ticks: u64) {
        let Some(end) = undated(datagram).and_then(|start| end_behind(datagram, &start)) else { return };
        change(datagram, end, &|micros| {
            let since = micros.checked_sub(self.boot.as_micros()).filter(|since| *since <= ticks);
            Timestamp::from_micros(since.unwrap_or(micros))
        });
    }
}

/// The first second with ten digits, in 2001. No device runs for that long, and no clock that was set is that wrong.
const FIRST_OF_THE_WALL: Timestamp = Timestamp::from_secs(1_000_000_000);

/// Whether this is a time since boot, and not one of the wall.
#[inline(always)]
pub(crate) fn counts_from_boot(time: Timestamp) -> bool {
    time < FIRST_OF_THE_WALL
}

const START_TIME: &[u8] = b"\"start_time\":";
const END_TIME: &[u8] = b"\"end_time\":";

/// Where the start time's label stands: behind the header line, the brace, the trace id and the entity's own; further
/// behind where there is a type, a parent, or both.
const LABEL: usize = 30 + 1 + 49 + 24;
const TYPE: usize = r#""type":"subsegment","#.len();
const PARENT: usize = r#","parent_id":"0000000000000000""#.len();

/// Where the start time of a datagram stands, if that counts from boot.
///
/// JSON wants no leading zeros, and so a time that [counts from boot](counts_from_boot) begins with a blank. Nothing else
/// tells an undated document from others, so it costs no byte.
pub(crate) fn undated(datagram: &[u8]) -> Option<Range<usize>> {
    let label = [LABEL, LABEL + TYPE, LABEL + PARENT, LABEL + TYPE + PARENT]
        .into_iter()
        .find(|&at| datagram.get(at..at + START_TIME.len()) == Some(START_TIME))?;
    let start = label + START_TIME.len();
    (datagram.get(start) == Some(&b' ')).then_some(start..start + TIME_LEN)
}

/// Where the end time stands that belongs to the start time there, if the entity has ended.
fn end_behind(datagram: &[u8], start: &Range<usize>) -> Option<Range<usize>> {
    let behind = start.end + ",".len() + END_TIME.len();
    let has_ended = datagram.get(start.end + 1..behind) == Some(END_TIME);
    has_ended.then_some(behind..behind + TIME_LEN)
}

/// Puts another time in place of one; the other. Through a pointer, so that it is there once.
#[inline(never)]
fn change(datagram: &mut [u8], at: Range<usize>, to: &dyn Fn(u64) -> Timestamp) -> Option<Timestamp> {
    let slot = datagram.get_mut(at)?.first_chunk_mut()?;
    let time = to(micros(slot));
    number::time(slot, time);
    Some(time)
}

/// The microseconds that a time in its slot stands for. Of a slice, since a loop of constant length would be unrolled.
fn micros(slot: &[u8]) -> u64 {
    let mut micros = 0;
    for &byte in slot {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            micros = 10 * micros + u64::from(digit);
        }
    }
    micros
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::TraceContext;
    use crate::document::Document;
    use crate::entity::{Segment, Subsegment};

    const BOOT: Epoch = Epoch::known(Timestamp::from_micros(1_465_510_280_654_321));

    fn context() -> TraceContext {
        TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse().unwrap(), "53995c3f42cd8ad8".parse().unwrap())
    }

    /// What each kind of document begins with: a segment, one with a parent, and a subsegment; ended, and in progress.
    fn datagrams(start: Timestamp, end: Timestamp) -> Vec<Vec<u8>> {
        let parent = "70de5b6f19ff9a0a".parse().unwrap();
        let mut document = Document::<512>::new();
        let mut datagrams = Vec::new();
        for parent in [None, Some(parent)] {
            let mut segment = Segment::begin(&mut document, "\"start_time\":", context(), parent, start).unwrap();
            segment.put_annotation("start_time", "\"start_time\":         1.000000").unwrap();
            datagrams.push(segment.datagram().to_vec());
            datagrams.push(segment.end(end).datagram().to_vec());
        }
        let mut subsegment = Subsegment::begin(&mut document, "bus", context(), parent, start).unwrap();
        datagrams.push(subsegment.datagram().to_vec());
        datagrams.push(subsegment.end(end).datagram().to_vec());
        datagrams
    }

    #[test]
    fn a_dated_document_is_the_one_that_had_begun_with_the_right_clock() {
        for (start, end) in [(0, 0), (1, 1_000_000), (59_999_999, 60_000_000), (5_000_000_000_000, 5_000_000_000_001)] {
            let from_boot = datagrams(Timestamp::from_micros(start), Timestamp::from_micros(end));
            let right = datagrams(BOOT.time_at(start), BOOT.time_at(end));
            for (mut datagram, right) in from_boot.into_iter().zip(right) {
                assert!(BOOT.date(&mut datagram));
                assert_eq!(String::from_utf8(datagram), String::from_utf8(right));
            }
        }
    }

    #[test]
    fn a_document_with_wall_times_is_left_as_it_is() {
        for datagram in datagrams(BOOT.time_at(0), BOOT.time_at(7)) {
            let mut dated = datagram.clone();
            assert!(!BOOT.date(&mut dated));
            assert_eq!(dated, datagram);
        }
    }

    #[test]
    fn an_end_in_wall_time_stays_what_it_is() {
        let mut mixed = datagrams(Timestamp::from_micros(5), BOOT.time_at(9));
        let right = datagrams(BOOT.time_at(5), BOOT.time_at(9));
        for (datagram, right) in mixed.iter_mut().zip(right) {
            assert!(BOOT.date(datagram));
            assert_eq!(*datagram, right);
        }
    }

    #[test]
    fn an_end_is_never_before_its_start_whatever_clock_it_was_taken_from() {
        let guess = Epoch::guessed(Timestamp::from_secs(1_400_000_000));
        let mut mixed = datagrams(Timestamp::from_micros(5), guess.time_at(9));
        let right = datagrams(BOOT.time_at(5), BOOT.time_at(5));
        for (datagram, right) in mixed.iter_mut().zip(right) {
            assert!(BOOT.date(datagram));
            assert_eq!(*datagram, right);
        }
    }

    #[test]
    fn an_end_by_the_guess_is_taken_back_to_ticks_and_one_of_another_clock_stays() {
        let guess = Epoch::guessed(Timestamp::from_secs(1_400_000_000));
        let start = Timestamp::from_micros(5);
        for (end, then) in [
            (guess.time_at(9), Timestamp::from_micros(9)),
            (guess.time_at(10), guess.time_at(10)),
            (Timestamp::from_micros(7), Timestamp::from_micros(7)),
            (BOOT.time_at(9), BOOT.time_at(9)),
        ] {
            for (mut datagram, right) in datagrams(start, end).into_iter().zip(datagrams(start, then)) {
                guess.undate_end(&mut datagram, 9);
                assert_eq!(String::from_utf8(datagram), String::from_utf8(right));
            }
        }
        for datagram in datagrams(BOOT.time_at(5), guess.time_at(9)) {
            let mut untouched = datagram.clone();
            guess.undate_end(&mut untouched, 9);
            assert_eq!(untouched, datagram);
        }
    }

    #[test]
    fn every_piece_of_a_document_is_dated_or_left_as_it_is() {
        for datagram in datagrams(Timestamp::from_micros(5), Timestamp::from_micros(7)) {
            for length in 0..datagram.len() {
                let mut torn = datagram[..length].to_vec();
                if BOOT.date(&mut torn) {
                    continue;
                }
                assert_eq!(torn, datagram[..length]);
            }
        }
        assert!(!BOOT.date(&mut [b' '; 400]));
    }
}
