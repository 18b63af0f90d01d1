//! Where datagrams go: nowhere, into memory, or to a socket that is drained.

use std::hint::{black_box, spin_loop};
use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The end of a peer's path. Shared, because a recorder wants its transport to be.
pub(crate) trait Outlet: Clone + Send + Sync + 'static {
    /// Takes one datagram.
    fn deliver(&self, datagram: &[u8]);
}

/// Takes datagrams and does nothing, but the optimizer has to believe that it reads them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Discard;

impl Outlet for Discard {
    #[inline]
    fn deliver(&self, datagram: &[u8]) {
        black_box(datagram);
    }
}

/// Keeps all datagrams.
#[derive(Clone, Debug, Default)]
pub(crate) struct Capture {
    datagrams: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Capture {
    /// Takes out what was delivered so far.
    #[must_use]
    pub(crate) fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *self.datagrams.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Outlet for Capture {
    fn deliver(&self, datagram: &[u8]) {
        self.datagrams.lock().unwrap_or_else(PoisonError::into_inner).push(datagram.to_vec());
    }
}

/// Sends datagrams through a connected socket.
#[derive(Clone, Debug)]
pub(crate) struct Udp {
    socket: Arc<UdpSocket>,
}

impl Outlet for Udp {
    #[inline]
    fn deliver(&self, datagram: &[u8]) {
        // The receiver counts what arrives, so a failure shows as a loss.
        let _ = black_box(self.socket.send(datagram));
    }
}

/// A receiver on the loopback interface that reads and forgets.
///
/// It polls: a receiver that blocks makes the sender pay for waking it up, which would measure the receiver.
#[derive(Debug)]
pub(crate) struct Drain {
    outlet: Udp,
    received: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drain {
    const PAUSE: Duration = Duration::from_micros(5);

    /// Starts a receiver, for `limit` at most.
    pub(crate) fn start(limit: Duration) -> io::Result<Self> {
        let receiver = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        receiver.set_nonblocking(true)?;
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.connect(receiver.local_addr()?)?;
        let received = Arc::new(AtomicU64::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::Builder::new().name("drain".into()).spawn({
            let (received, stop) = (Arc::clone(&received), Arc::clone(&stop));
            move || drain(&receiver, &received, &stop, Instant::now() + limit)
        })?;
        Ok(Self { outlet: Udp { socket: Arc::new(socket) }, received, stop, thread: Some(thread) })
    }

    /// The outlet that sends to this receiver.
    #[must_use]
    pub(crate) fn outlet(&self) -> Udp {
        self.outlet.clone()
    }

    /// Reads what is still queued, stops, and says how many datagrams arrived.
    #[must_use]
    pub(crate) fn finish(mut self) -> u64 {
        self.join();
        self.received.load(Ordering::Relaxed)
    }

    fn join(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Drain {
    fn drop(&mut self) {
        self.join();
    }
}

fn drain(receiver: &UdpSocket, received: &AtomicU64, stop: &AtomicBool, deadline: Instant) {
    let mut datagram = vec![0; 65_536];
    loop {
        // Read before the socket is: whatever was sent before the order to stop is then still counted.
        let stopping = stop.load(Ordering::Acquire);
        while receiver.recv(&mut datagram).is_ok() {
            received.fetch_add(1, Ordering::Relaxed);
        }
        let idle = Instant::now();
        if stopping || idle > deadline {
            return;
        }
        // Asking without a pause would fight with the sender for the socket's queue.
        while idle.elapsed() < Drain::PAUSE {
            spin_loop();
        }
    }
}
