//! One socket, connected to one address.

use std::io::{self, Error, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::Thread;

use super::UdpError;

/// How many answers to earlier datagrams one send may come upon: as many as other threads were in the middle of sending
/// when the answer before was read. When the daemon is back there are no more than that, and nothing fails.
const ANSWERS: usize = 16;

/// A connected, non-blocking socket, and what the kernel said of those it was to reach.
#[derive(Debug)]
pub(super) struct Peer {
    socket: UdpSocket,
    address: SocketAddr,
    lost: Arc<AtomicU64>,
    /// Whether nobody listened there since this was last asked for.
    refused: AtomicBool,
    /// Who wants to know of it.
    resolver: Option<Thread>,
}

impl Peer {
    /// Datagrams that turn out to have reached nobody are added to `lost`; `resolver` is unparked when that begins.
    pub(super) fn connect(address: SocketAddr, lost: &Arc<AtomicU64>, resolver: Option<&Thread>) -> io::Result<Self> {
        let any: SocketAddr = match address {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(any)?;
        socket.connect(address)?;
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket,
            address,
            lost: Arc::clone(lost),
            refused: AtomicBool::new(false),
            resolver: resolver.cloned(),
        })
    }

    /// The first of these addresses that can be connected to: a host without a route of a family skips its addresses.
    pub(super) fn connect_first<'a>(
        addresses: impl IntoIterator<Item = &'a SocketAddr>,
        lost: &Arc<AtomicU64>,
        resolver: Option<&Thread>,
    ) -> io::Result<Self> {
        let mut last = Error::new(ErrorKind::NotFound, "the name has no address");
        for address in addresses {
            match Self::connect(*address, lost, resolver) {
                Ok(peer) => return Ok(peer),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Where it sends to.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it sends from.
    pub(super) fn local_addr(&self) -> Option<SocketAddr> {
        self.socket.local_addr().ok()
    }

    /// Sends, behind the answers to earlier datagrams.
    #[inline]
    pub(super) fn send(&self, datagram: &[u8]) -> Result<(), UdpError> {
        for _ in 0..=ANSWERS {
            match self.socket.send(datagram) {
                Ok(_) => return Ok(()),
                // The answer to an earlier datagram; this one was not sent.
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => self.hear_refusal(),
                Err(error) => return Err(error.kind().into()),
            }
        }
        Err(ErrorKind::ConnectionRefused.into())
    }

    #[cold]
    fn hear_refusal(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
        if let Some(resolver) = &self.resolver {
            if !self.refused.swap(true, Ordering::Relaxed) {
                resolver.unpark();
            }
        }
    }

    /// Whether an answer came since [`Peer::take_refused`].
    pub(super) fn is_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    /// Whether an answer came since this was last called.
    pub(super) fn take_refused(&self) -> bool {
        self.refused.swap(false, Ordering::Relaxed)
    }
}

impl Drop for Peer {
    /// The answer to the last datagram, which no send will read.
    fn drop(&mut self) {
        if matches!(self.socket.take_error(), Ok(Some(error)) if error.kind() == ErrorKind::ConnectionRefused) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}
