//! A transport that needs a lock.

use std::sync::{Mutex, PoisonError};

use xray_recorder_core::Transport;

/// Makes a transport that needs exclusive access one that many threads share, by a lock around each send. On servers
/// `&T: Transport` is asked for, so that no lock guards the system call; a socket has that, a file or a pipe does not.
///
/// ```
/// use xray_recorder::{Locked, Recorder};
/// use xray_recorder::core::{Framing, WriteTransport};
///
/// let pipe = Locked::new(WriteTransport::new(Vec::new(), Framing::Nul));
/// let recorder = Recorder::builder().transport(pipe).build()?;
/// recorder.begin_segment("checkout").end();
/// assert_eq!(recorder.stats().sent, 1);
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
#[derive(Debug, Default)]
pub struct Locked<T>(Mutex<T>);

impl<T> Locked<T> {
    /// Shares `transport`.
    pub const fn new(transport: T) -> Self {
        Self(Mutex::new(transport))
    }

    /// Calls `read` with the transport: to drain an outbox, for example. Sends wait meanwhile.
    pub fn with<R>(&self, read: impl FnOnce(&mut T) -> R) -> R {
        read(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T: embedded_io::ErrorType> embedded_io::ErrorType for &Locked<T> {
    type Error = T::Error;
}

impl<T: Transport> Transport for &Locked<T> {
    fn send(&mut self, datagram: &[u8]) -> Result<(), T::Error> {
        self.with(|transport| transport.send(datagram))
    }

    fn lost(&self) -> u64 {
        self.with(|transport| transport.lost())
    }
}
