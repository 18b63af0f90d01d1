//! Transports: where a datagram goes.

#[cfg(feature = "embedded-io-async")]
mod asynchronous;
mod framing;
mod write;

use embedded_io::ErrorType;

pub use framing::Framing;
pub use write::WriteTransport;

use crate::epoch::Epoch;

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

    /// Sends one datagram if it is taken as a whole; whether it was. Nothing is lost and nothing counted where it was not:
    /// what drains an [`Outbox`](crate::Outbox) calls this, and tries again. As [`Transport::send`], unless the transport
    /// may take nothing without an error.
    ///
    /// # Errors
    ///
    /// The host's own.
    #[inline]
    fn offer(&mut self, datagram: &[u8]) -> Result<bool, Self::Error> {
        self.send(datagram).map(|()| true)
    }

    /// Datagrams that `send` took and of which the host learned later that nobody was there to receive them: a
    /// connected UDP socket hears of a dead port one call late.
    #[inline]
    fn lost(&self) -> u64 {
        0
    }

    /// Takes a datagram that has no date yet, and holds it until it gets one: its times count from when the device was
    /// switched on, and nobody knows when that was; see [`BootClock`](crate::BootClock). `None` where nothing is held:
    /// then the document gets a date by guess, a mark that says so, and is sent.
    ///
    /// Only a device without a clock calls this. An [`Outbox`](crate::Outbox) holds; what passes on to one does, too.
    #[inline]
    fn hold(&mut self, datagram: &[u8]) -> Option<Result<(), Self::Error>> {
        let _ = datagram;
        None
    }

    /// Whether it holds what has no date, as [`Transport::hold`] does. Where it does not, subsegments leave room for the
    /// mark from their beginning on.
    #[inline]
    fn holds(&self) -> bool {
        false
    }

    /// Dates what is held: the epoch is known now. Called whenever that may be so; where nothing is held there is nothing
    /// to do.
    #[inline]
    fn date(&mut self, epoch: Epoch) {
        let _ = epoch;
    }
}

impl<T: Transport + ?Sized> Transport for &mut T {
    #[inline]
    fn send(&mut self, datagram: &[u8]) -> Result<(), Self::Error> {
        (**self).send(datagram)
    }

    #[inline]
    fn offer(&mut self, datagram: &[u8]) -> Result<bool, Self::Error> {
        (**self).offer(datagram)
    }

    #[inline]
    fn lost(&self) -> u64 {
        (**self).lost()
    }

    #[inline]
    fn hold(&mut self, datagram: &[u8]) -> Option<Result<(), Self::Error>> {
        (**self).hold(datagram)
    }

    #[inline]
    fn holds(&self) -> bool {
        (**self).holds()
    }

    #[inline]
    fn date(&mut self, epoch: Epoch) {
        (**self).date(epoch);
    }
}
