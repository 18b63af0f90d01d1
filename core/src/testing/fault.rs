//! A transport that fails on purpose.

use core::fmt;

use embedded_io::{ErrorKind, ErrorType};

use crate::epoch::Epoch;
use crate::transport::Transport;

/// A transport that fails on every `k`th send and passes the others on.
///
/// ```
/// use xray_recorder_core::Transport;
/// use xray_recorder_core::testing::{FaultTransport, MemoryTransport};
///
/// let mut flaky = FaultTransport::every(2, MemoryTransport::<32>::new());
/// assert!(flaky.send(b"one").is_ok());
/// assert!(flaky.send(b"two").is_err());
/// assert!(flaky.send(b"three").is_ok());
/// assert_eq!(flaky.inner().datagrams().count(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct FaultTransport<T> {
    inner: T,
    k: u64,
    sends: u64,
}

impl<T: Transport> FaultTransport<T> {
    /// Fails on sends `k`, `2k`, `3k`…; with 1 on each, with 0 on none.
    pub const fn every(k: u64, inner: T) -> Self {
        Self { inner, k, sends: 0 }
    }

    /// What the others are passed on to.
    pub const fn inner(&self) -> &T {
        &self.inner
    }
}

impl<T: ErrorType> ErrorType for FaultTransport<T> {
    type Error = Injected;
}

impl<T: Transport> Transport for FaultTransport<T> {
    fn send(&mut self, datagram: &[u8]) -> Result<(), Injected> {
        self.sends += 1;
        if self.sends.checked_rem(self.k) == Some(0) {
            return Err(Injected);
        }
        self.inner.send(datagram).map_err(|_| Injected)
    }

    fn lost(&self) -> u64 {
        self.inner.lost()
    }

    fn hold(&mut self, datagram: &[u8]) -> Option<Result<(), Injected>> {
        self.inner.hold(datagram).map(|held| held.map_err(|_| Injected))
    }

    fn date(&mut self, epoch: Epoch) {
        self.inner.date(epoch);
    }
}

/// A failure on purpose, or one of the transport behind.
///
/// ```
/// # use xray_recorder_core::testing::Injected;
/// assert_eq!(Injected.to_string(), "an injected fault");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Injected;

impl fmt::Display for Injected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an injected fault")
    }
}

impl core::error::Error for Injected {}

impl embedded_io::Error for Injected {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}
