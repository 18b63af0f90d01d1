//! The thread that asks where the daemon's name leads to.

use std::fmt;
use std::io::{self, Error};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use log::Level;

use super::named::Named;
use super::peer::Peer;

/// How long a refusal waits for the name to be resolved again, and how long the resolver waits after it failed for the
/// first time.
const EARLY: Duration = Duration::from_secs(1);

/// The shortest time between two resolutions.
const SHORTEST: Duration = Duration::from_millis(1);

/// At how many looks in a row nobody listens at an address before another one of the name's is tried: a daemon that
/// restarts comes back at the same.
const REFUSED_LOOKS: u32 = 3;

/// Resolves a name, now and then, and leads the senders to where it leads.
pub(super) struct Resolver<F> {
    name: String,
    ttl: Duration,
    resolve: F,
    named: Arc<Named>,
    /// Resolutions in a row that led nowhere.
    failures: u32,
    /// Looks in a row at which nobody had listened since the one before.
    refused_looks: u32,
}

impl<F: Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + 'static> Resolver<F> {
    /// Starts the thread, which ends when `named` is dropped by its sender.
    pub(super) fn start(name: String, ttl: Duration, resolve: F, named: Arc<Named>) -> io::Result<Thread> {
        let resolver = Self { name, ttl: ttl.max(SHORTEST), resolve, named, failures: 0, refused_looks: 0 };
        let thread = thread::Builder::new().name("xray-resolver".to_owned()).spawn(move || resolver.run())?;
        Ok(thread.thread().clone())
    }

    fn run(mut self) {
        while !self.named.is_dropped() {
            // A resolver of the user's own may panic; the next call may do better.
            let found = catch_unwind(AssertUnwindSafe(|| (self.resolve)(&self.name)))
                .unwrap_or_else(|_| Err(Error::other("the resolver panicked")));
            if self.named.is_dropped() {
                return;
            }
            let pause = match found.and_then(|addresses| self.follow(&addresses)) {
                Ok(()) => self.succeeded(),
                Err(error) => self.failed(&error),
            };
            self.wait(pause);
        }
    }

    /// Leads to the first address that can be connected to, where the name no longer leads to the present one.
    ///
    /// That is on a socket of its own: one that is connected again keeps, on Linux, the source address that was chosen
    /// for the first destination, from which there may be no way to the second; and other threads are sending on it.
    fn follow(&mut self, addresses: &[SocketAddr]) -> io::Result<()> {
        let Some(present) = self.named.peer() else {
            let peer = self.connect(addresses)?;
            self.tell(Level::Debug, format_args!("leads to {}", peer.address()));
            self.named.lead_to(peer);
            return Ok(());
        };
        let present = present.address();
        match addresses.iter().position(|address| *address == present) {
            None => {
                let peer = self.connect(addresses)?;
                self.tell(Level::Info, format_args!("leads to {} now, no longer to {present}", peer.address()));
                self.refused_looks = 0;
                self.named.lead_to(peer);
            }
            Some(at) if self.refused_looks >= REFUSED_LOOKS => {
                let (before, behind) = addresses.split_at(at);
                let others = behind.iter().chain(before).filter(|address| **address != present);
                if let Ok(peer) = self.connect(others) {
                    self.tell(
                        Level::Debug,
                        format_args!("is tried at {}: nobody listens at {present}", peer.address()),
                    );
                    self.refused_looks = 0;
                    self.named.lead_to(peer);
                }
            }
            // In whatever order they are told: a name with several addresses is not followed to and fro.
            Some(_) => {}
        }
        Ok(())
    }

    fn connect<'a>(&self, addresses: impl IntoIterator<Item = &'a SocketAddr>) -> io::Result<Arc<Peer>> {
        Peer::connect_first(addresses, self.named.lost(), Some(&thread::current())).map(Arc::new)
    }

    /// How long to wait after the name led somewhere.
    fn succeeded(&mut self) -> Duration {
        if self.failures > 0 {
            self.failures = 0;
            if let Some(peer) = self.named.peer() {
                self.tell(Level::Info, format_args!("is resolved again: documents go to {}", peer.address()));
            }
        }
        self.ttl
    }

    /// How long to wait after it did not: longer each time.
    fn failed(&mut self, error: &Error) -> Duration {
        if self.failures == 0 {
            match self.named.peer() {
                Some(peer) => {
                    let kept = peer.address();
                    self.tell(
                        Level::Warn,
                        format_args!("cannot be resolved: {error}; documents go to {kept} as before"),
                    );
                }
                None => {
                    self.tell(Level::Warn, format_args!("cannot be resolved: {error}; documents wait until it can"));
                }
            }
        }
        let pause = EARLY.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        self.failures = self.failures.saturating_add(1);
        pause.min(self.ttl)
    }

    /// Waits so long, or less where nobody listens, or until nobody can send any more.
    fn wait(&mut self, pause: Duration) {
        let peer = self.named.peer();
        let begun = Instant::now();
        while !self.named.is_dropped() {
            let is_refused = peer.as_ref().is_some_and(|peer| peer.is_refused());
            let pause = if is_refused { pause.min(EARLY) } else { pause };
            match pause.checked_sub(begun.elapsed()) {
                Some(rest) if !rest.is_zero() => thread::park_timeout(rest),
                _ => break,
            }
        }
        let was_refused = peer.is_some_and(|peer| peer.take_refused());
        self.refused_looks = if was_refused { self.refused_looks.saturating_add(1) } else { 0 };
    }

    /// The logger is code of the user's too.
    fn tell(&self, level: Level, what: fmt::Arguments<'_>) {
        let _ = catch_unwind(AssertUnwindSafe(|| log::log!(level, "the daemon's name {:?} {what}", self.name)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_cannot_be_resolved_is_tried_again_ever_more_rarely() {
        let resolver = |ttl| {
            let named = Arc::new(Named::new(Arc::default()));
            let resolve = |_: &str| Ok(Vec::new());
            Resolver { name: "daemon:2000".to_owned(), ttl, resolve, named, failures: 0, refused_looks: 0 }
        };
        let mut usual = resolver(Duration::from_secs(30));
        for _ in 0..2 {
            let pauses = [(); 7].map(|()| usual.failed(&Error::other("no answer")).as_secs());
            assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
            assert_eq!(usual.succeeded(), Duration::from_secs(30));
        }
        let mut quick = resolver(Duration::from_millis(5));
        assert_eq!(quick.failed(&Error::other("no answer")), Duration::from_millis(5));
        let mut patient = resolver(Duration::MAX);
        for _ in 0..1_000 {
            assert!(patient.failed(&Error::other("no answer")) >= EARLY);
        }
    }
}
