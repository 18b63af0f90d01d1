//! The transport, erased: guards have no type parameters, since `Drop` and thread-local pools forbid them.

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
        // A transport of the user's own may panic; it must not take down the program from within a guard's drop.
        let error: &dyn fmt::Debug = match catch_unwind(AssertUnwindSafe(|| (&mut &self.transport).send(datagram))) {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => &{ error },
            Err(_) => &"the transport panicked",
        };
        if !self.failed.swap(true, Ordering::Relaxed) {
            log::warn!(
                "a document of {} bytes could not be sent: {error:?}; further failures are counted only",
                datagram.len()
            );
        }
        false
    }

    fn lost(&self) -> u64 {
        (&&self.transport).lost()
    }
}
