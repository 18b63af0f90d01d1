//! UDP to the daemon.

mod error;
mod named;
mod peer;
mod resolver;

use std::io::ErrorKind;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::Thread;
use std::time::Duration;
use std::{fmt, io};

use xray_recorder_core::Transport;

use self::named::Named;
use self::peer::Peer;
use self::resolver::Resolver;
use super::address::DaemonAddress;

pub use self::error::UdpError;

/// How long an address of the daemon's name is trusted.
const TTL: Duration = Duration::from_secs(30);

/// Sends each document as a datagram to the daemon, from one connected, non-blocking socket, over IPv4 or IPv6. A full
/// send buffer fails the send rather than block it.
///
/// ```
/// use std::net::UdpSocket;
/// use xray_recorder::{Recorder, UdpTransport};
///
/// let daemon = UdpSocket::bind("127.0.0.1:0")?;
/// let transport = UdpTransport::connect(daemon.local_addr()?)?;
/// let recorder = Recorder::builder().transport(transport).build()?;
/// recorder.begin_segment("checkout").end();
///
/// let mut datagram = [0; 1_024];
/// let length = daemon.recv(&mut datagram)?;
/// assert!(datagram[..length].starts_with(b"{\"format\":\"json\",\"version\":1}\n{"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # A daemon with a name
///
/// A host name is resolved on a thread of its own, at once and again every 30 seconds, for as long as the transport
/// lives: the standard library does not tell how long a name's record is good for.
/// [`UdpTransport::resolved_by`] takes another time, and another resolver. No send waits for a resolution.
///
/// * Until the name leads somewhere, up to 64 KiB of datagrams wait, two bytes more for each, and are sent in their
///   order as soon as it does. They count as sent, and in [`Transport::lost`] until they are on their way: what still
///   waits when the process ends is gone. What finds no room is refused, and counted as failed.
/// * When the name no longer leads to the address there is, documents go to the first of the new addresses to which
///   there is a route, from a new socket. While the address is among those the name leads to, in whatever order,
///   nothing changes, except that another one is tried when nobody listened there at three looks in a row.
/// * When nobody listens, the name is resolved early, at most once a second.
/// * When the name cannot be resolved, the socket there is stays. That is tried again after one second, two, four and
///   so on, up to the usual time. It is logged when it begins and when it is over.
///
/// A process forked off has no such thread: it keeps the address.
///
/// # A daemon that is gone
///
/// Where nobody listens, the kernel answers each datagram with an error, which the next send reads *instead of being
/// sent*. That send is repeated, so that a daemon that restarts loses what was sent while it was gone, and no more.
/// Each answer that is read, or that waits when the socket is closed, counts one in [`Transport::lost`]; none counts
/// that did not stand for a datagram that reached nobody. But the kernel keeps one answer for each socket, so the count
/// is a lower bound:
///
/// * The answer to the last datagram is counted by the send that follows.
/// * An answer that comes before the last one is read replaces it. On the loopback of Linux, where the answer comes
///   before the send returns, this takes several threads in the middle of a send: of up to *n* datagrams sent at once by
///   *n* threads, one is counted. One thread that sends alone has each datagram counted.
/// * Other hosts are slow to answer, and Linux answers another host six times at once and then once a second.
///
/// A datagram to a daemon that is there, but reads too slowly, is lost without an answer, and so is what it had not
/// read when it ended.
pub struct UdpTransport {
    route: Route,
    lost: Arc<AtomicU64>,
}

enum Route {
    /// To an address that was known from the start: no lock, and nothing that changes.
    Known(Result<Peer, ErrorKind>),
    Named(Arc<Named>, Thread),
}

impl UdpTransport {
    /// A transport to this address.
    ///
    /// # Errors
    ///
    /// What the operating system says: no socket to be had, no route of this family.
    pub fn connect(daemon: SocketAddr) -> io::Result<Self> {
        let lost = Arc::default();
        Ok(Self { route: Route::Known(Ok(Peer::connect(daemon, &lost, None)?)), lost })
    }

    /// A transport to this daemon. A host name is resolved in the background, again every 30 seconds; a number, or
    /// `localhost`, needs no resolver. It never fails: where there is no socket, each send fails and is counted.
    #[must_use]
    pub fn to(daemon: &DaemonAddress) -> Self {
        match daemon.udp_numeric() {
            Some(address) => Self::connect(address).unwrap_or_else(|error| Self::to_nowhere(&error)),
            None => Self::resolved_by(daemon.udp(), TTL, |name| Ok(name.to_socket_addrs()?.collect())),
        }
    }

    /// A transport to a daemon whose name `resolve` understands: a service registry, for example, or a resolver that
    /// knows how long its answers are good for.
    ///
    /// `resolve` is called on a thread of the transport's, at once and then every `ttl`, at least a millisecond; it may
    /// block. It returns addresses in order of preference. An error, none, and a panic mean that the name leads nowhere
    /// at present. It is dropped soon after the transport is, which does not wait for it.
    ///
    /// Like [`UdpTransport::to`] it never fails: without a thread, each send fails and is counted.
    ///
    /// ```
    /// use std::net::UdpSocket;
    /// use std::time::Duration;
    /// use xray_recorder::{Recorder, UdpTransport};
    ///
    /// let daemon = UdpSocket::bind("127.0.0.1:0")?;
    /// let registry = [("xray-daemon", daemon.local_addr()?)];
    /// let transport = UdpTransport::resolved_by("xray-daemon", Duration::from_secs(5), move |name| {
    ///     Ok(registry.iter().filter(|(key, _)| *key == name).map(|(_, address)| *address).collect())
    /// });
    /// let recorder = Recorder::builder().transport(transport).build()?;
    /// recorder.begin_segment("checkout").end(); // waits for the address
    /// assert_eq!(recorder.stats().sent, 1);
    ///
    /// assert!(daemon.recv(&mut [0; 1_024])? > 0);
    /// assert_eq!(recorder.transport().peer_addr(), Some(daemon.local_addr()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn resolved_by(
        name: impl Into<String>,
        ttl: Duration,
        resolve: impl Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + 'static,
    ) -> Self {
        let lost = Arc::default();
        let named = Arc::new(Named::new(Arc::clone(&lost)));
        match Resolver::start(name.into(), ttl, resolve, Arc::clone(&named)) {
            Ok(resolver) => Self { route: Route::Named(named, resolver), lost },
            Err(error) => Self::to_nowhere(&error),
        }
    }

    fn to_nowhere(error: &io::Error) -> Self {
        Self { route: Route::Known(Err(error.kind())), lost: Arc::default() }
    }

    /// The address the socket sends from, once there is one.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.route {
            Route::Known(peer) => peer.as_ref().ok()?.local_addr(),
            Route::Named(named, _) => named.peer()?.local_addr(),
        }
    }

    /// The daemon's address, once it is known: the one documents go to at present.
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        match &self.route {
            Route::Known(peer) => Some(peer.as_ref().ok()?.address()),
            Route::Named(named, _) => Some(named.peer()?.address()),
        }
    }
}

impl Drop for UdpTransport {
    fn drop(&mut self) {
        if let Route::Named(named, resolver) = &self.route {
            named.drop_by(resolver);
        }
    }
}

impl fmt::Debug for UdpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UdpTransport")
            .field("local_addr", &self.local_addr())
            .field("peer_addr", &self.peer_addr())
            .field("lost", &self.lost)
            .finish_non_exhaustive()
    }
}

impl embedded_io::ErrorType for &UdpTransport {
    type Error = UdpError;
}

impl Transport for &UdpTransport {
    #[inline]
    fn send(&mut self, datagram: &[u8]) -> Result<(), UdpError> {
        match &self.route {
            Route::Known(Ok(peer)) => peer.send(datagram),
            Route::Known(Err(kind)) => Err((*kind).into()),
            Route::Named(named, _) => named.send(datagram),
        }
    }

    fn lost(&self) -> u64 {
        let waiting = match &self.route {
            Route::Named(named, _) => named.waiting(),
            Route::Known(_) => 0,
        };
        self.lost.load(Ordering::Relaxed) + waiting
    }
}
