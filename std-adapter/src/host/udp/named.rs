//! A daemon with a host name: resolved, and followed, on a thread of its own.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use super::socket::{connected, send};

/// How many bytes wait for the first address.
const WAITING: usize = 65_536;

/// How long an address is taken for good after a daemon has not been there: it would be asked for with every document.
const LEAST: Duration = Duration::from_secs(1);

/// Where the name leads, and who finds out.
#[derive(Debug)]
pub(super) struct Named {
    link: Arc<Link>,
    /// Tells the resolver that nobody listens where it leads; when this goes, so does the resolver.
    resolver: SyncSender<()>,
}

/// The socket to where the name leads.
#[derive(Debug)]
struct Link {
    /// A new socket for each address: one that is connected again keeps the source address of its first route. The lock
    /// is held to copy a pointer, never while something is sent or resolved.
    socket: RwLock<Option<Arc<UdpSocket>>>,
    /// Datagrams from before the first address; none once there is one.
    waiting: Mutex<Option<Waiting>>,
    lost: AtomicU64,
}

#[derive(Debug, Default)]
struct Waiting {
    datagrams: VecDeque<Box<[u8]>>,
    bytes: usize,
}

impl Named {
    /// Follows `name`, which `resolve` is asked about now, each `ttl`, and when nobody listens any more.
    pub(super) fn follow(
        name: String,
        ttl: Duration,
        resolve: impl Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + 'static,
    ) -> Self {
        let link = Arc::new(Link {
            socket: RwLock::default(),
            waiting: Mutex::new(Some(Waiting::default())),
            lost: AtomicU64::new(0),
        });
        let (resolver, woken) = sync_channel(1);
        let mut follower = Follower { link: Arc::clone(&link), name, resolve, failing: false };
        let run = move || follower.run(ttl, &woken);
        if let Err(error) = thread::Builder::new().name("xray-resolver".to_owned()).spawn(run) {
            log::error!("the daemon's name cannot be resolved: {error}");
            link.give_up();
        }
        Self { link, resolver }
    }

    pub(super) fn send(&self, datagram: &[u8]) -> Result<(), ErrorKind> {
        loop {
            if let Some(socket) = self.link.socket() {
                let (result, refused) = send(&socket, datagram);
                if refused > 0 {
                    self.link.lost.fetch_add(refused, Ordering::Relaxed);
                    // A wake-up that is under way already will do.
                    let _ = self.resolver.try_send(());
                }
                return result;
            }
            match &mut *self.link.waiting.lock().unwrap_or_else(PoisonError::into_inner) {
                Some(waiting) => return waiting.push(datagram),
                // There is a socket since, or there will never be one.
                None if self.link.socket().is_none() => return Err(ErrorKind::NotConnected),
                None => {}
            }
        }
    }

    /// What was lost, and what still waits: until it is on its way nobody knows.
    pub(super) fn lost(&self) -> u64 {
        let waiting = self.link.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = waiting.as_ref().map_or(0, |waiting| waiting.datagrams.len() as u64);
        self.link.lost.load(Ordering::Relaxed) + waiting
    }

    pub(super) fn socket(&self) -> Option<Arc<UdpSocket>> {
        self.link.socket()
    }
}

impl Waiting {
    fn push(&mut self, datagram: &[u8]) -> Result<(), ErrorKind> {
        if self.bytes + datagram.len() > WAITING {
            return Err(ErrorKind::NotConnected);
        }
        self.bytes += datagram.len();
        self.datagrams.push_back(datagram.into());
        Ok(())
    }
}

impl Link {
    fn socket(&self) -> Option<Arc<UdpSocket>> {
        self.socket.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Leads to another address from now on, and sends what has waited for the first.
    fn lead_to(&self, socket: UdpSocket) {
        let socket = Arc::new(socket);
        *self.socket.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&socket));
        for datagram in self.give_up().into_iter().flat_map(|waiting| waiting.datagrams) {
            let (result, refused) = send(&socket, &datagram);
            self.lost.fetch_add(refused + u64::from(result.is_err()), Ordering::Relaxed);
        }
    }

    /// Lets nothing wait any more.
    fn give_up(&self) -> Option<Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What runs on the resolver's thread.
struct Follower<R> {
    link: Arc<Link>,
    name: String,
    resolve: R,
    failing: bool,
}

impl<R: Fn(&str) -> io::Result<Vec<SocketAddr>>> Follower<R> {
    fn run(&mut self, ttl: Duration, woken: &Receiver<()>) {
        loop {
            self.look();
            let looked = Instant::now();
            loop {
                match woken.recv_timeout(ttl.saturating_sub(looked.elapsed())) {
                    Ok(()) if looked.elapsed() < LEAST.min(ttl) => {}
                    Ok(()) | Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        }
    }

    /// Asks where the name leads. What cannot be resolved leads where it did.
    fn look(&mut self) {
        match (self.resolve)(&self.name).and_then(|addresses| self.reach(&addresses)) {
            Ok(()) => self.failing = false,
            Err(error) => {
                if !self.failing {
                    log::warn!("the daemon's name `{}` cannot be resolved: {error}; it is tried again", self.name);
                }
                self.failing = true;
            }
        }
    }

    /// Leads to the first address there is a route to, unless it leads to one of them already: names that stand for
    /// several give them in another order each time.
    fn reach(&self, addresses: &[SocketAddr]) -> io::Result<()> {
        let before = self.link.socket().and_then(|socket| socket.peer_addr().ok());
        if before.is_some_and(|address| addresses.contains(&address)) {
            return Ok(());
        }
        let mut last = io::Error::new(ErrorKind::NotFound, "it has no address");
        for &address in addresses {
            match connected(address) {
                Ok(socket) => {
                    log::info!("documents go to {address}, where the daemon's name `{}` leads", self.name);
                    self.link.lead_to(socket);
                    return Ok(());
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}
