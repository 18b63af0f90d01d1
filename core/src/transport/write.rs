//! Datagrams over a stream of bytes.

use embedded_io::{ErrorType, Write, WriteReady};

use super::Transport;
use super::framing::{EDGE, Frame, Framing};
use crate::outbox::Outbox;

/// A [`Transport`] over a stream of bytes: a serial line, a TCP connection, a file.
///
/// A stream may split a datagram anywhere, so it needs framing. It is as patient as its writer: one that blocks makes
/// `send` block, and belongs behind an [`Outbox`], which [`WriteTransport::drain_ready`] empties without waiting. With the
/// feature `embedded-io-async` one that is awaited does it, too.
///
/// After an error in the middle of a datagram the next `send` first ends the torn one, so that the receiver stays in
/// step: with a zero byte in [`Framing::Nul`] and [`Framing::Checked`], with as many as its length promised in
/// [`Framing::Length`]. The first datagram of all has a zero byte before it as well: the device may have been switched off
/// in the middle of a frame.
///
/// ```
/// use xray_recorder_core::{Framing, Transport, WriteTransport};
///
/// let mut line = [0_u8; 16];
/// let mut transport = WriteTransport::new(&mut line[..], Framing::Nul);
/// transport.send(b"{}\n{}")?;
/// assert_eq!(&line[..7], b"\0{}\n{}\0");
/// # Ok::<(), embedded_io::SliceWriteError>(())
/// ```
#[derive(Debug)]
pub struct WriteTransport<W> {
    pub(super) writer: W,
    pub(super) frame: Frame,
    /// Whether the frame under way is the oldest of an outbox, and goes on where it stopped.
    pub(super) resumes: bool,
    /// Datagrams that the writer stopped taking without an error.
    pub(super) lost: u64,
}

impl<W> WriteTransport<W> {
    /// A transport that writes to `writer`.
    #[inline]
    pub const fn new(writer: W, framing: Framing) -> Self {
        Self { writer, frame: Frame::new(framing), resumes: false, lost: 0 }
    }

    /// The writer.
    #[inline]
    pub const fn writer(&mut self) -> &mut W {
        &mut self.writer
    }

    /// The writer, back.
    #[inline]
    #[must_use]
    pub fn into_inner(self) -> W {
        self.writer
    }

    /// Datagrams that the writer stopped taking without an error.
    #[inline]
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }
}

impl<W: Write + WriteReady> WriteTransport<W> {
    /// Writes as much of what waits in an outbox as the line takes now, and waits for nothing; whether that was all of it.
    /// The next call goes on where this one stopped, in the middle of a datagram, which stays in the outbox until it is
    /// written whole. Nobody else may take it out of there meanwhile, and this line drains no other outbox. Flushing a
    /// writer that has a buffer of its own might wait, and is left to the caller.
    ///
    /// # Errors
    ///
    /// The line's. The datagram stays, and the next call writes it anew.
    ///
    /// ```
    /// # use core::convert::Infallible;
    /// # use xray_recorder_core::{Framing, Outbox, Transport, WriteTransport};
    /// # struct Uart { room: usize, sent: Vec<u8> }
    /// # impl embedded_io::ErrorType for Uart { type Error = Infallible; }
    /// # impl embedded_io::WriteReady for Uart { fn write_ready(&mut self) -> Result<bool, Infallible> { Ok(self.room > 0) } }
    /// # impl embedded_io::Write for Uart {
    /// #     fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
    /// #         let taken = bytes.len().min(self.room);
    /// #         self.sent.extend_from_slice(&bytes[..taken]);
    /// #         self.room -= taken;
    /// #         Ok(taken)
    /// #     }
    /// #     fn flush(&mut self) -> Result<(), Infallible> { Ok(()) }
    /// # }
    /// # let uart_with_room_for_4_bytes = Uart { room: 4, sent: Vec::new() };
    /// let mut line = WriteTransport::new(uart_with_room_for_4_bytes, Framing::Nul);
    /// let mut outbox = Outbox::<64>::new();
    /// outbox.send(b"first")?;
    /// assert!(!line.drain_ready(&mut outbox)?);
    /// line.writer().room = 4;
    /// assert!(line.drain_ready(&mut outbox)?);
    /// assert_eq!(line.into_inner().sent, b"\0first\0");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn drain_ready<const N: usize>(&mut self, outbox: &mut Outbox<N>) -> Result<bool, W::Error> {
        while let Some(datagram) = outbox.front() {
            if !(self.writer.write_ready()? && self.write_now(datagram)?) {
                return Ok(false);
            }
            outbox.pop();
        }
        Ok(true)
    }

    /// The same for what waits now in an outbox that tasks and interrupts share: whether that was all of it. While the line
    /// takes something, the oldest datagram is copied to `buffer`, so that interrupts are held up for the copy alone; one that
    /// is longer than that is removed, and counted in the outbox's [`Transport::lost`].
    ///
    /// # Errors
    ///
    /// The line's. The datagram stays, and the next call writes it anew.
    #[cfg(feature = "critical-section")]
    pub fn drain_ready_shared<const N: usize>(
        &mut self,
        outbox: &crate::Shared<Outbox<N>>,
        buffer: &mut [u8],
    ) -> Result<bool, W::Error> {
        for _ in 0..outbox.waiting() {
            if !self.writer.write_ready()? {
                return Ok(false);
            }
            if let Some(datagram) = outbox.copy_front(buffer) {
                if !self.write_now(datagram)? {
                    return Ok(false);
                }
                outbox.pop();
            }
        }
        Ok(true)
    }

    /// Writes as much of a datagram's frame as the line takes now, which is ready; whether that was the rest of it.
    fn write_now(&mut self, datagram: &[u8]) -> Result<bool, W::Error> {
        let mut edge = [0; EDGE];
        if !(self.resumes && self.frame.is_of(datagram.len())) {
            self.frame.begin(datagram);
        }
        loop {
            // Unless it is known that all went well, the next frame is a new one.
            self.resumes = false;
            let piece = self.frame.next(datagram, &mut edge);
            if piece.is_empty() {
                return Ok(true);
            }
            let taken = self.writer.write(piece)?.min(piece.len());
            self.frame.advance(taken);
            let is_done = self.frame.is_whole();
            if taken == 0 || !(is_done || self.writer.write_ready()?) {
                // Of what has not begun the checksum is not settled either: the datagram may still be changed.
                self.resumes = self.frame.has_begun();
                return Ok(false);
            }
        }
    }
}

impl<W: ErrorType> ErrorType for WriteTransport<W> {
    type Error = W::Error;
}

impl<W: Write> Transport for WriteTransport<W> {
    fn send(&mut self, datagram: &[u8]) -> Result<(), W::Error> {
        self.lost += u64::from(!self.offer(datagram)?);
        Ok(())
    }

    fn offer(&mut self, datagram: &[u8]) -> Result<bool, W::Error> {
        let mut edge = [0; EDGE];
        self.resumes = false;
        self.frame.begin(datagram);
        loop {
            let piece = self.frame.next(datagram, &mut edge);
            if piece.is_empty() {
                return self.writer.flush().map(|()| true);
            }
            let taken = self.writer.write(piece)?.min(piece.len());
            if taken == 0 {
                // A writer must not take nothing without an error, and this one must not wait for it for ever.
                return self.writer.flush().map(|()| false);
            }
            self.frame.advance(taken);
        }
    }

    fn lost(&self) -> u64 {
        self.lost
    }
}

#[cfg(test)]
mod tests;
