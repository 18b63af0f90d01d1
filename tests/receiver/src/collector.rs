//! A thread that only moves datagrams from the kernel to memory, so that a burst is not lost for slowness.

use std::io::{self, ErrorKind};
use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::received::{ReceiveError, Received};
use crate::receiver::{BUFFER_BYTES, Receiver, is_passing};

/// Collects datagrams on a thread of its own; they are parsed on the thread that asks for them.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    inbox: Arc<Inbox>,
    received: Received,
    waker: UdpSocket,
    thread: Option<JoinHandle<io::Result<()>>>,
}

#[derive(Debug, Default)]
struct Inbox {
    state: Mutex<InboxState>,
    changed: Condvar,
    stop: AtomicBool,
}

#[derive(Debug, Default)]
struct InboxState {
    arrived: Vec<Vec<u8>>,
    ended: bool,
}

impl Collector {
    /// Listens on a free port of the IPv4 loopback.
    pub fn loopback() -> io::Result<Self> {
        Receiver::loopback()?.spawn()
    }

    pub(crate) fn start(socket: UdpSocket, address: SocketAddr, received: Received) -> io::Result<Self> {
        let loopback = match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        };
        let own = if address.ip().is_unspecified() { loopback } else { address.ip() };
        let waker = UdpSocket::bind((own, 0))?;
        waker.connect((own, address.port()))?;
        let waker_address = waker.local_addr()?;
        socket.set_read_timeout(None)?;
        let inbox = Arc::new(Inbox::default());
        let thread = thread::Builder::new().name("datagram-collector".to_owned()).spawn({
            let inbox = Arc::clone(&inbox);
            move || {
                let result = collect(&socket, &inbox, waker_address);
                inbox.end();
                result
            }
        })?;
        Ok(Self { address, inbox, received, waker, thread: Some(thread) })
    }

    /// Where to send to.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// What had arrived when it was last asked for.
    pub fn received(&self) -> &Received {
        &self.received
    }

    /// Waits until the condition is true of all that has arrived, at most for the given time.
    pub fn wait_for(
        &mut self,
        deadline: Duration,
        mut condition: impl FnMut(&Received) -> bool,
    ) -> Result<&Received, ReceiveError> {
        let begun = Instant::now();
        loop {
            self.take_arrived();
            if condition(&self.received) {
                return Ok(&self.received);
            }
            let rest = deadline.saturating_sub(begun.elapsed());
            if rest.is_zero() {
                return Err(self.received.deadline_passed(deadline));
            }
            if self.inbox.wait(rest) {
                return Err(ReceiveError::Io(ErrorKind::NotConnected.into()));
            }
        }
    }

    /// Reads what the kernel still holds, ends the thread and returns everything that arrived.
    pub fn finish(mut self) -> io::Result<Received> {
        let result = self.stop();
        self.take_arrived();
        result.map(|()| mem::take(&mut self.received))
    }

    fn take_arrived(&mut self) {
        for bytes in self.inbox.take() {
            self.received.push(bytes);
        }
    }

    fn stop(&mut self) -> io::Result<()> {
        let Some(thread) = self.thread.take() else {
            return Ok(());
        };
        self.inbox.stop.store(true, Ordering::SeqCst);
        // A datagram of our own ends the read. Should the kernel drop it because its buffer is full, then the thread is
        // not blocked and sees the flag.
        let _ = self.waker.send(&[]);
        thread.join().unwrap_or_else(|_| Err(io::Error::other("the collecting thread panicked")))
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// Reads until it is told to stop, and then what is left in the kernel.
fn collect(socket: &UdpSocket, inbox: &Inbox, waker: SocketAddr) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut stopping = false;
    loop {
        match socket.recv_from(&mut buffer) {
            Ok((_, sender)) if sender == waker => {}
            Ok((length, _)) => inbox.put(buffer[..length].to_vec()),
            Err(error) if stopping && error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) if is_passing(&error) => {}
            Err(error) => return Err(error),
        }
        if !stopping && inbox.stop.load(Ordering::SeqCst) {
            stopping = true;
            socket.set_nonblocking(true)?;
        }
    }
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, InboxState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, bytes: Vec<u8>) {
        self.lock().arrived.push(bytes);
        self.changed.notify_all();
    }

    fn take(&self) -> Vec<Vec<u8>> {
        mem::take(&mut self.lock().arrived)
    }

    fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    /// Waits for a datagram; true when there will be no more.
    fn wait(&self, at_most: Duration) -> bool {
        let nothing_new = |state: &mut InboxState| state.arrived.is_empty() && !state.ended;
        let (state, _) =
            self.changed.wait_timeout_while(self.lock(), at_most, nothing_new).unwrap_or_else(PoisonError::into_inner);
        state.ended && state.arrived.is_empty()
    }
}
