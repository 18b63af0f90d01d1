//! A transport that keeps what it is handed.

use std::sync::{Mutex, PoisonError};

use embedded_io::ErrorKind;
use xray_recorder_core::Transport;
use xray_recorder_receiver::Datagram;

/// Keeps each datagram, and fails where a test says so.
#[derive(Debug, Default)]
pub struct Memory {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    datagrams: Vec<Vec<u8>>,
    failures: u64,
}

impl Memory {
    /// The datagrams so far, in the order in which they were sent.
    #[must_use]
    pub fn datagrams(&self) -> Vec<Datagram> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.datagrams.iter().map(|bytes| Datagram::parse(bytes.as_slice())).collect()
    }

    pub(super) fn fail_next(&self, count: u64) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).failures = count;
    }
}

impl embedded_io::ErrorType for &Memory {
    type Error = ErrorKind;
}

impl Transport for &Memory {
    fn send(&mut self, datagram: &[u8]) -> Result<(), ErrorKind> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.failures.checked_sub(1) {
            Some(left) => {
                kept.failures = left;
                Err(ErrorKind::Other)
            }
            None => {
                kept.datagrams.push(datagram.to_vec());
                Ok(())
            }
        }
    }
}
