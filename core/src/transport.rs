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
/// After an error in the middle of a datagram the next one begins with a zero byte in [`Framing::Nul`], so that the
/// receiver can tell the torn one from it.
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
    torn: bool,
}

impl<W: Write> WriteTransport<W> {
    /// A transport that writes to `writer`.
    #[inline]
    pub const fn new(writer: W, framing: Framing) -> Self {
        Self { writer, framing, torn: false }
    }

    /// The writer.
    #[inline]
    pub fn into_inner(self) -> W {
        self.writer
    }
}

impl<W: ErrorType> ErrorType for WriteTransport<W> {
    type Error = W::Error;
}

impl<W: Write> Transport for WriteTransport<W> {
    fn send(&mut self, datagram: &[u8]) -> Result<(), W::Error> {
        let torn = core::mem::replace(&mut self.torn, true);
        match self.framing {
            Framing::Nul => {
                if torn {
                    self.writer.write_all(&[0])?;
                }
                self.writer.write_all(datagram)?;
                self.writer.write_all(&[0])?;
            }
            Framing::Length => {
                self.writer.write_all(&(datagram.len() as u32).to_be_bytes())?;
                self.writer.write_all(datagram)?;
            }
        }
        self.torn = false;
        self.writer.flush()
    }
}
