//! The outbox: where datagrams wait for a host that cannot send at once.

mod undated;

use core::fmt;
use core::ops::Range;

use embedded_io::{ErrorKind, ErrorType};

use crate::epoch::{self, Epoch};
use crate::transport::Transport;

/// A queue of datagrams in `N` bytes, first in, first out. An asynchronous host, or one that speaks HTTP, has it as
/// its [`Transport`] and drains it when it can: from a task, at the end of a request, in the idle loop.
///
/// A full outbox refuses the newest datagram, which the recorder counts; what waits is never overwritten. Each datagram
/// takes two bytes beside its own.
///
/// It is also where documents wait for their date on a device that does not know the time yet, see
/// [`BootClock`](crate::BootClock): such a document, and all behind it, stay until [`Transport::date`] dates them or
/// [`Outbox::release`] lets them go without. It is told by its times, which are before 2001 as long as they count from
/// boot.
///
/// ```
/// use xray_recorder_core::{Outbox, Transport};
///
/// let mut outbox = Outbox::<64>::new();
/// outbox.send(b"first")?;
/// outbox.send(b"second")?;
/// assert!(outbox.send(&[0; 64]).is_err());
/// assert_eq!(outbox.front(), Some(&b"first"[..]));
/// outbox.pop();
/// assert_eq!(outbox.front(), Some(&b"second"[..]));
/// assert_eq!(outbox.len(), 1);
/// # Ok::<(), xray_recorder_core::OutboxFull>(())
/// ```
#[derive(Debug)]
pub struct Outbox<const N: usize> {
    bytes: [u8; N],
    /// Where the oldest datagram stands and where the next is written. Datagrams stand whole: one that does not fit
    /// behind the others goes to the start.
    front: usize,
    back: usize,
    /// Where the datagrams at the end of the buffer end, once newer ones are written at its start.
    wrapped_at: Option<usize>,
    count: usize,
    /// Whether a document was [held](Transport::hold) that may still be here. What merely looks like one does not wait: a
    /// host that knows no epoch may have a clock that is wrong.
    holds: bool,
    /// Datagrams that were removed unsent.
    lost: u64,
}

/// Length of what stands before each datagram.
const LENGTH: usize = 2;

impl<const N: usize> Outbox<N> {
    /// An empty outbox.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: [0; N], front: 0, back: 0, wrapped_at: None, count: 0, holds: false, lost: 0 }
    }

    /// How many datagrams wait.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether none waits.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The oldest datagram, unless it waits for its date. It stays until [`Outbox::pop`]: a host that failed to send it
    /// tries again.
    #[must_use]
    pub fn front(&self) -> Option<&[u8]> {
        if self.count == 0 {
            return None;
        }
        let datagram = self.bytes.get(self.datagram_at(self.front))?;
        (!self.holds || epoch::undated(datagram).is_none()).then_some(datagram)
    }

    /// The oldest datagram, whether it waits for its date or not, to be changed before any of it is sent.
    #[must_use]
    pub fn front_mut(&mut self) -> Option<&mut [u8]> {
        if self.count == 0 {
            return None;
        }
        let datagram = self.datagram_at(self.front);
        self.bytes.get_mut(datagram)
    }

    /// Removes the oldest datagram; whether there was one.
    pub fn pop(&mut self) -> bool {
        if self.count == 0 {
            return false;
        }
        self.front = self.datagram_at(self.front).end;
        self.count -= 1;
        if self.count == 0 {
            (self.front, self.back, self.wrapped_at) = (0, 0, None);
            self.holds = false;
        } else if self.wrapped_at == Some(self.front) {
            (self.front, self.wrapped_at) = (0, None);
        }
        true
    }

    /// Removes the oldest datagram, which nobody can send, and counts it.
    #[cfg(feature = "critical-section")]
    pub(crate) fn lose_front(&mut self) {
        self.lost += u64::from(self.pop());
    }

    /// Sends all that waits through another transport, oldest first, until that refuses one or does not take it, which
    /// stays, or one waits for its date.
    ///
    /// # Errors
    ///
    /// The other transport's.
    ///
    /// ```
    /// # use xray_recorder_core::{Framing, Outbox, Transport, WriteTransport};
    /// # let mut outbox = Outbox::<64>::new();
    /// # outbox.send(b"{}")?;
    /// let mut line = [0_u8; 16];
    /// outbox.drain_to(&mut WriteTransport::new(&mut line[..], Framing::Nul))?;
    /// assert!(outbox.is_empty());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn drain_to<T: Transport>(&mut self, transport: &mut T) -> Result<(), T::Error> {
        while let Some(datagram) = self.front() {
            if !transport.offer(datagram)? {
                break;
            }
            self.pop();
        }
        Ok(())
    }

    /// Where the datagram stands whose length stands at `at`.
    fn datagram_at(&self, at: usize) -> Range<usize> {
        let length = match self.bytes.get(at..).and_then(|rest| rest.first_chunk::<LENGTH>()) {
            Some(length) => u16::from_be_bytes(*length).into(),
            None => 0,
        };
        at + LENGTH..at + LENGTH + length
    }

    /// Where `needed` bytes are free in one piece.
    fn place(&self, needed: usize) -> Option<usize> {
        let free = |from: usize, to: usize| (to.saturating_sub(from) >= needed).then_some(from);
        if self.wrapped_at.is_some() {
            free(self.back, self.front)
        } else {
            free(self.back, N).or_else(|| free(0, self.front))
        }
    }
}

impl<const N: usize> Default for Outbox<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> ErrorType for Outbox<N> {
    type Error = OutboxFull;
}

impl<const N: usize> Transport for Outbox<N> {
    fn send(&mut self, datagram: &[u8]) -> Result<(), OutboxFull> {
        let length = u16::try_from(datagram.len()).map_err(|_| OutboxFull)?;
        let needed = LENGTH + datagram.len();
        // A document that has to leave without a date finds room for its mark: all that come keep it free, and the oldest
        // takes it.
        let mark = if self.holds { undated::MARK_ROOM } else { 0 };
        let at = self.place(needed + mark).ok_or(OutboxFull)?;
        if at < self.back {
            self.wrapped_at = Some(self.back);
        }
        self.bytes[at..at + LENGTH].copy_from_slice(&length.to_be_bytes());
        self.bytes[at + LENGTH..at + needed].copy_from_slice(datagram);
        self.back = at + needed;
        self.count += 1;
        Ok(())
    }

    fn lost(&self) -> u64 {
        self.lost
    }

    fn hold(&mut self, datagram: &[u8]) -> Option<Result<(), OutboxFull>> {
        let held = self.holds;
        self.holds = true;
        let sent = self.send(datagram);
        self.holds = held || sent.is_ok();
        Some(sent)
    }

    fn holds(&self) -> bool {
        true
    }

    fn date(&mut self, epoch: Epoch) {
        // By a guess only what is released is dated, since that is marked.
        if self.holds && epoch.is_known() {
            self.date_all(epoch);
        }
    }
}

/// The outbox has no room for the datagram.
///
/// ```
/// # use xray_recorder_core::OutboxFull;
/// assert_eq!(OutboxFull.to_string(), "the outbox is full");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxFull;

impl fmt::Display for OutboxFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the outbox is full")
    }
}

impl core::error::Error for OutboxFull {}

impl embedded_io::Error for OutboxFull {
    fn kind(&self) -> ErrorKind {
        ErrorKind::OutOfMemory
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::testing::SeededRng;

    #[test]
    fn datagrams_come_out_whole_and_in_order_whatever_fits() {
        let mut rng = SeededRng::new(1);
        let mut outbox = Outbox::<100>::new();
        let mut model = VecDeque::new();
        let mut refused = 0;
        for n in 0..100_000_u32 {
            if rng.next_u64() % 5 < 3 {
                let length = (rng.next_u64() % 40) as usize;
                let datagram = vec![n as u8; length];
                let waiting: usize = model.iter().map(|waiting: &Vec<u8>| waiting.len() + LENGTH).sum();
                match outbox.send(&datagram) {
                    Ok(()) => model.push_back(datagram),
                    Err(OutboxFull) => {
                        refused += 1;
                        assert!(waiting + length + LENGTH > 100 - 41, "{waiting} of 100 bytes used, {length} refused");
                    }
                }
            } else {
                assert_eq!(outbox.pop(), model.pop_front().is_some());
            }
            assert_eq!(outbox.front(), model.front().map(Vec::as_slice));
            assert_eq!(outbox.len(), model.len());
        }
        assert!(refused > 100);
    }

    #[test]
    fn an_outbox_without_room_refuses_all() {
        assert_eq!(Outbox::<0>::new().send(b""), Err(OutboxFull));
        assert_eq!(Outbox::<3>::new().send(b"ab"), Err(OutboxFull));
        assert_eq!(Outbox::<4>::new().send(b"ab"), Ok(()));
    }
}
