//! Transports: where a datagram goes.

use embedded_io::{ErrorType, Write};

/// Takes datagrams: the one thing every host must bring.
///
/// One call is one datagram, whole: header line, newline, document. It must not block, since it runs where an entity
/// ends, in `Drop` on servers. An error is counted and the document is gone; a transport that can do better, by waiting
/// or trying again, does so behind an [`Outbox`](crate::Outbox).
///
/// ```
/// use xray_recorder_core::Transport;
///
/// struct Radio;
/// impl embedded_io::ErrorType for Radio {
///     type Error = embedded_io::ErrorKind;
/// }
/// impl Transport for Radio {
///     fn send(&mut self, datagram: &[u8]) -> Result<(), Self::Error> {
///         if datagram.len() > 1_500 { Err(embedded_io::ErrorKind::OutOfMemory) } else { Ok(()) }
///     }
/// }
/// assert!(Radio.send(&[0; 2_000]).is_err());
/// ```
pub trait Transport: ErrorType {
    /// Sends one datagram.
    ///
    /// # Errors
    ///
    /// The host's own. The recorder counts the document's entities as failed.
    fn send(&mut self, datagram: &[u8]) -> Result<(), Self::Error>;

    /// Datagrams that `send` took and of which the host learned later that nobody was there to receive them: a
    /// connected UDP socket hears of a dead port one call late.
    #[inline]
    fn lost(&self) -> u64 {
        0
    }
}

impl<T: Transport + ?Sized> Transport for &mut T {
    #[inline]
    fn send(&mut self, datagram: &[u8]) -> Result<(), Self::Error> {
        (**self).send(datagram)
    }

    #[inline]
    fn lost(&self) -> u64 {
        (**self).lost()
    }
}

/// How a [`WriteTransport`] marks the bounds of a datagram in a stream of bytes.
///
/// ```
/// # use xray_recorder_core::Framing;
/// assert_eq!(Framing::default(), Framing::Nul);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Framing {
    /// A zero byte behind each datagram, which has none in it: JSON escapes it. A receiver that joins late, or lost
    /// bytes, is back in step at the next zero. For serial lines.
    #[default]
    Nul,
    /// The length in four bytes, most significant first, before each datagram. For connections that lose nothing.
    Length,
}

/// A [`Transport`] over a stream of bytes: a serial line, a TCP connection, a file.
///
/// A stream may split a datagram anywhere, so it needs framing. It is as patient as its writer: one that blocks makes
/// `send` block, and belongs behind an [`Outbox`](crate::Outbox).
///
/// After an error in the middle of a datagram the next `send` first ends the torn one, so that the receiver stays in
/// step: with a zero byte in [`Framing::Nul`], with as many as its length promised in [`Framing::Length`].
///
/// ```
/// use xray_recorder_core::{Framing, Transport, WriteTransport};
///
/// let mut line = [0_u8; 16];
/// let mut transport = WriteTransport::new(&mut line[..], Framing::Nul);
/// transport.send(b"{}\n{}")?;
/// assert_eq!(&line[..6], b"{}\n{}\0");
/// # Ok::<(), embedded_io::SliceWriteError>(())
/// ```
#[derive(Debug)]
pub struct WriteTransport<W> {
    writer: W,
    framing: Framing,
    /// The frame under way: its length, and how much of it is written. Both zero between frames.
    frame: usize,
    written: usize,
    /// Datagrams that the writer stopped taking without an error.
    lost: u64,
}

impl<W: Write> WriteTransport<W> {
    /// A transport that writes to `writer`.
    #[inline]
    pub const fn new(writer: W, framing: Framing) -> Self {
        Self { writer, framing, frame: 0, written: 0, lost: 0 }
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

    /// Writes a piece of the frame; whether all of it went. A writer must not take nothing without an error, and this
    /// one must not wait for it for ever.
    fn write(&mut self, mut piece: &[u8]) -> Result<bool, W::Error> {
        while !piece.is_empty() {
            let taken = self.writer.write(piece)?.min(piece.len());
            if taken == 0 {
                return Ok(false);
            }
            self.written += taken;
            piece = &piece[taken..];
        }
        Ok(true)
    }

    /// Writes a frame; whether all of it went.
    fn write_frame(&mut self, head: &[u8], datagram: &[u8], foot: &[u8]) -> Result<bool, W::Error> {
        self.written = 0;
        self.frame = head.len() + datagram.len() + foot.len();
        let whole = self.write(head)? && self.write(datagram)? && self.write(foot)?;
        if whole {
            self.frame = 0;
        }
        Ok(whole)
    }

    /// Ends a frame that was torn; whether that went. Of one that never began there is nothing to end.
    fn end_torn(&mut self) -> Result<bool, W::Error> {
        if self.frame > 0 && self.written > 0 {
            match self.framing {
                Framing::Nul => {
                    if !self.write(&[0])? {
                        return Ok(false);
                    }
                }
                Framing::Length => {
                    let head = length_of(self.frame - LENGTH);
                    while self.written < self.frame {
                        let byte = head.get(self.written).copied().unwrap_or_default();
                        if !self.write(&[byte])? {
                            return Ok(false);
                        }
                    }
                }
            }
        }
        self.frame = 0;
        Ok(true)
    }
}

/// Length of what stands before a datagram in [`Framing::Length`].
const LENGTH: usize = 4;

fn length_of(datagram: usize) -> [u8; LENGTH] {
    (datagram as u32).to_be_bytes()
}

impl<W: ErrorType> ErrorType for WriteTransport<W> {
    type Error = W::Error;
}

impl<W: Write> Transport for WriteTransport<W> {
    fn send(&mut self, datagram: &[u8]) -> Result<(), W::Error> {
        let whole = self.end_torn()?
            && match self.framing {
                Framing::Nul => self.write_frame(&[], datagram, &[0])?,
                Framing::Length => self.write_frame(&length_of(datagram.len()), datagram, &[])?,
            };
        self.writer.flush()?;
        self.lost += u64::from(!whole);
        Ok(())
    }

    fn lost(&self) -> u64 {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line that takes three bytes a call and breaks after `left` bytes, once.
    struct Breaking {
        bytes: Vec<u8>,
        left: usize,
    }

    impl ErrorType for Breaking {
        type Error = embedded_io::ErrorKind;
    }

    impl Write for Breaking {
        fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
            let taken = bytes.len().min(3).min(self.left);
            if taken == 0 {
                self.left = usize::MAX;
                return Err(embedded_io::ErrorKind::BrokenPipe);
            }
            self.left -= taken;
            self.bytes.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> Result<(), Self::Error> {
            Ok(())
        }
    }

    #[test]
    fn a_receiver_is_in_step_again_behind_a_datagram_that_was_torn_anywhere() {
        for left in 0..24 {
            for framing in [Framing::Nul, Framing::Length] {
                let mut transport = WriteTransport::new(Breaking { bytes: Vec::new(), left }, framing);
                let sent = [b"first".as_slice(), b"second", b"third"].map(|datagram| transport.send(datagram).is_ok());
                let bytes = transport.into_inner().bytes;
                let received: Vec<Vec<u8>> = match framing {
                    Framing::Nul => bytes.split(|&byte| byte == 0).map(<[u8]>::to_vec).collect(),
                    Framing::Length => {
                        let mut rest = bytes.as_slice();
                        let mut received = Vec::new();
                        while let Some((length, behind)) = rest.split_first_chunk::<4>() {
                            let Some((datagram, behind)) =
                                behind.split_at_checked(u32::from_be_bytes(*length) as usize)
                            else {
                                break;
                            };
                            received.push(datagram.to_vec());
                            rest = behind;
                        }
                        received
                    }
                };
                for (datagram, sent) in [b"first".as_slice(), b"second", b"third"].into_iter().zip(sent) {
                    let arrived = received.iter().filter(|received| received.as_slice() == datagram).count();
                    // One that lacked nothing but its zero byte arrives although it failed.
                    assert!(arrived == 1 || (arrived == 0 && !sent), "{framing:?} torn after {left}: {received:?}");
                }
            }
        }
    }
}
