//! The transport, erased: guards have no type parameters, since `Drop` and thread-local pools forbid them.

use crate::journal;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use xray_recorder_core::Transport;

/// What the recorder does with a datagram.
pub(super) trait Sink: Send + Sync {
    /// Whether it was sent. The first failure is logged.
    fn send(&self, datagram: &[u8]) -> bool;

    /// See [`Transport::lost`].
    fn lost(&self) -> u64;
}

/// A transport that threads share, and whether it was heard of failing.
pub(super) struct Erased<T> {
    pub(super) transport: T,
    failed: AtomicBool,
}

impl<T> Erased<T> {
    pub(super) const fn new(transport: T) -> Self {
        Self { transport, failed: AtomicBool::new(false) }
    }
}

impl<T> Sink for Erased<T>
where
    T: Send + Sync,
    for<'t> &'t T: Transport,
{
    fn send(&self, datagram: &[u8]) -> bool {
        // The transport, its error and the logger are code of the user's: none may take the program down from within
        // the drop of a guard, or keep what became of the document from being counted.
        let sent = catch_unwind(AssertUnwindSafe(|| match (&mut &self.transport).send(datagram) {
            Ok(()) => true,
            Err(error) => {
                self.tell(datagram, format_args!("{error:?}"));
                false
            }
        }));
        sent.unwrap_or_else(|_| {
            let _ = catch_unwind(AssertUnwindSafe(|| self.tell(datagram, format_args!("the transport panicked"))));
            false
        })
    }

    fn lost(&self) -> u64 {
        catch_unwind(AssertUnwindSafe(|| (&&self.transport).lost())).unwrap_or_default()
    }
}

impl<T> Erased<T> {
    /// Logs the first failure.
    fn tell(&self, datagram: &[u8], error: fmt::Arguments<'_>) {
        if !self.failed.swap(true, Ordering::Relaxed) {
            journal::warn(format_args!(
                "a document of {} bytes could not be sent: {error}; further failures are counted only",
                datagram.len()
            ));
        }
    }
}
