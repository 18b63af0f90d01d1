//! A host that is the same each time: a transport that keeps what it is given, and a clock that moves by itself.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use xray_recorder::{Clock, Timestamp, Transport};

/// Keeps all datagrams, from any thread.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Vec<Vec<u8>>>);

impl Memory {
    /// The datagrams, oldest first.
    #[must_use]
    pub fn datagrams(&self) -> Vec<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes the datagrams out, oldest first.
    #[must_use]
    pub fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl embedded_io::ErrorType for &Memory {
    type Error = Infallible;
}

impl Transport for &Memory {
    fn send(&mut self, datagram: &[u8]) -> Result<(), Infallible> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(datagram.to_vec());
        Ok(())
    }
}

/// A clock that moves one millisecond whenever its ticks are read, so that no two moments of a story are the same.
#[derive(Debug)]
pub struct SteppingClock(AtomicU64);

impl SteppingClock {
    /// A clock that starts at `start`.
    #[must_use]
    pub const fn at(start: Timestamp) -> Self {
        Self(AtomicU64::new(start.as_micros()))
    }
}

impl Clock for SteppingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }

    fn ticks(&self) -> Option<u64> {
        Some(self.0.fetch_add(1_000, Ordering::Relaxed))
    }
}
