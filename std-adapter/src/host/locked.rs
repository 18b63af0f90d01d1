//! A transport that needs a lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use xray_recorder_core::Transport;

/// Makes a transport that needs exclusive access one that many threads share, by a lock around each send. On servers
/// `&T: Transport` is asked for, so that no lock guards the system call; a socket has that, a file or a pipe does not.
///
/// ```
/// use xray_recorder::{Framing, Locked, Recorder, WriteTransport};
///
/// let pipe = Locked::new(WriteTransport::new(Vec::new(), Framing::Nul));
/// let recorder = Recorder::builder().transport(pipe).build()?;
/// recorder.begin_segment("checkout").end();
/// assert_eq!(recorder.stats().sent, 1);
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
///
/// The lock is an ordinary one: nothing of the same recorder may begin, end or be sent within the transport's own
/// `send`, or within [`Locked::with`].
#[derive(Debug, Default)]
pub struct Locked<T> {
    transport: Mutex<T>,
    /// What the transport said last, so that it can be read while a send is on its way.
    lost: AtomicU64,
}

impl<T> Locked<T> {
    /// Shares `transport`.
    pub const fn new(transport: T) -> Self {
        Self { transport: Mutex::new(transport), lost: AtomicU64::new(0) }
    }

    /// Calls `read` with the transport: to drain an outbox, for example. Sends wait meanwhile, so end no entity of this
    /// recorder in there.
    pub fn with<R>(&self, read: impl FnOnce(&mut T) -> R) -> R {
        read(&mut self.transport.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T: embedded_io::ErrorType> embedded_io::ErrorType for &Locked<T> {
    type Error = T::Error;
}

impl<T: Transport> Transport for &Locked<T> {
    fn send(&mut self, datagram: &[u8]) -> Result<(), T::Error> {
        self.with(|transport| {
            let sent = transport.send(datagram);
            self.lost.store(transport.lost(), Ordering::Relaxed);
            sent
        })
    }

    fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}
