//! A UDP socket that is read until something has arrived.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::time::{Duration, Instant};

use crate::collector::Collector;
use crate::received::{ReceiveError, Received};

/// The daemon reads into buffers of this size too, and no UDP datagram is larger.
pub(crate) const BUFFER_BYTES: usize = 64 * 1024;

/// Reads and parses on the caller's thread, with the kernel's default buffer.
#[derive(Debug)]
pub struct Receiver {
    socket: UdpSocket,
    address: SocketAddr,
    buffer: Vec<u8>,
    received: Received,
}

impl Receiver {
    /// Listens on an address of either family; port 0 takes a free one.
    pub fn bind(address: impl ToSocketAddrs) -> io::Result<Self> {
        let socket = UdpSocket::bind(address)?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address, buffer: vec![0; BUFFER_BYTES], received: Received::default() })
    }

    /// Listens on a free port of the IPv4 loopback.
    pub fn loopback() -> io::Result<Self> {
        Self::bind((Ipv4Addr::LOCALHOST, 0))
    }

    /// Where to send to.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// What has arrived so far.
    pub fn received(&self) -> &Received {
        &self.received
    }

    /// What has arrived, when no more is to be read.
    pub fn into_received(self) -> Received {
        self.received
    }

    /// Reads until the condition is true of all that has arrived, at most for the given time.
    pub fn receive_until(
        &mut self,
        deadline: Duration,
        mut condition: impl FnMut(&Received) -> bool,
    ) -> Result<&Received, ReceiveError> {
        let begun = Instant::now();
        while !condition(&self.received) {
            let rest = deadline.saturating_sub(begun.elapsed());
            if rest.is_zero() {
                return Err(self.received.deadline_passed(deadline));
            }
            self.socket.set_read_timeout(Some(rest))?;
            match self.socket.recv(&mut self.buffer) {
                Ok(length) => self.received.push(self.buffer[..length].to_vec()),
                Err(error) if is_passing(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(&self.received)
    }

    /// Goes on reading on a thread of its own, as fast as it can.
    pub fn spawn(self) -> io::Result<Collector> {
        Collector::start(self.socket, self.address, self.received)
    }
}

/// Whether reading may go on: the time may be up, a signal came, or the system reports another socket's closed port.
pub(crate) fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted | ErrorKind::ConnectionReset
    )
}
