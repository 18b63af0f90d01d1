//! UDP to the daemon.

mod named;
mod socket;

use std::io::ErrorKind;
use std::net::{SocketAddr, ToSocketAddrs, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{fmt, io};

use xray_recorder_core::Transport;

use self::named::Named;
use self::socket::{connected, send};
use super::address::DaemonAddress;

/// How long an address is taken for good. The operating system's resolver tells nothing of the record's own time.
const TTL: Duration = Duration::from_secs(30);

/// Sends each document as a datagram to the daemon, from one connected, non-blocking socket, over IPv4 or IPv6.
///
/// A host name is resolved on a thread of its own, and again every 30 seconds, and when nobody listens any more: it is
/// followed to another address without a send that waits. Documents that are sent before the first address is there wait
/// for it, up to 64 KiB: they are counted in [`Transport::lost`] until they are on their way. Beyond that sends fail.
///
/// A full send buffer fails the send rather than block it. Where nobody listens the kernel says so on the next send: that
/// one is repeated, and the datagram before it is counted in [`Transport::lost`]. It says so once for all that were sent
/// before it was heard, so of a burst into the void one may be counted.
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
#[derive(Debug)]
pub struct UdpTransport {
    way: Way,
}

/// How the daemon is reached.
#[derive(Debug)]
enum Way {
    /// Its address is known: no lock guards the system call.
    Direct(Direct),
    /// Its name is followed.
    Named(Named),
    /// There is no socket to be had.
    None(ErrorKind),
}

#[derive(Debug)]
struct Direct {
    socket: UdpSocket,
    lost: AtomicU64,
}

impl UdpTransport {
    /// A transport to this address.
    ///
    /// # Errors
    ///
    /// What the operating system says: no socket to be had, no route of this family.
    pub fn connect(daemon: SocketAddr) -> io::Result<Self> {
        Ok(Self { way: Way::Direct(Direct { socket: connected(daemon)?, lost: AtomicU64::new(0) }) })
    }

    /// A transport to this daemon, whose name is resolved in the background. It never fails: where there is no socket,
    /// each send fails and is counted.
    #[must_use]
    pub fn to(daemon: &DaemonAddress) -> Self {
        match daemon.udp_numeric() {
            Some(address) => Self::connect(address).unwrap_or_else(|error| {
                log::error!("there is no socket to {address}: {error}");
                Self { way: Way::None(error.kind()) }
            }),
            None => Self::resolved_by(daemon.udp(), TTL, |name| Ok(name.to_socket_addrs()?.collect())),
        }
    }

    /// A transport to where a name leads, as `resolve` says, which is asked at once and then each `ttl` on a thread of its
    /// own: for a service discovery that the operating system's resolver knows nothing of. Among several addresses it
    /// stays with the one it has, and otherwise takes the first there is a route to. While `resolve` fails it stays, too.
    ///
    /// ```
    /// use std::net::UdpSocket;
    /// use std::time::Duration;
    /// use xray_recorder::{Recorder, UdpTransport};
    ///
    /// let daemon = UdpSocket::bind("127.0.0.1:0")?;
    /// let address = daemon.local_addr()?;
    /// let transport = UdpTransport::resolved_by("xray-daemon", Duration::from_secs(5), move |_| Ok(vec![address]));
    /// let recorder = Recorder::builder().transport(transport).build()?;
    /// recorder.begin_segment("checkout").end();
    /// assert!(daemon.recv(&mut [0; 1_024])? > 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn resolved_by(
        name: impl Into<String>,
        ttl: Duration,
        resolve: impl Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + 'static,
    ) -> Self {
        Self { way: Way::Named(Named::follow(name.into(), ttl, resolve)) }
    }

    /// The address the socket sends from, once there is one.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.way {
            Way::Direct(direct) => direct.socket.local_addr().ok(),
            Way::Named(named) => named.socket()?.local_addr().ok(),
            Way::None(_) => None,
        }
    }

    /// The address the socket sends to, once there is one.
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        match &self.way {
            Way::Direct(direct) => direct.socket.peer_addr().ok(),
            Way::Named(named) => named.socket()?.peer_addr().ok(),
            Way::None(_) => None,
        }
    }
}

impl embedded_io::ErrorType for &UdpTransport {
    type Error = UdpError;
}

impl Transport for &UdpTransport {
    fn send(&mut self, datagram: &[u8]) -> Result<(), UdpError> {
        match &self.way {
            Way::Direct(Direct { socket, lost }) => {
                let (result, refused) = send(socket, datagram);
                if refused > 0 {
                    lost.fetch_add(refused, Ordering::Relaxed);
                }
                result.map_err(UdpError)
            }
            Way::Named(named) => named.send(datagram).map_err(UdpError),
            Way::None(why) => Err(UdpError(*why)),
        }
    }

    fn lost(&self) -> u64 {
        match &self.way {
            Way::Direct(direct) => direct.lost.load(Ordering::Relaxed),
            Way::Named(named) => named.lost(),
            Way::None(_) => 0,
        }
    }
}

/// A datagram was not sent.
///
/// ```
/// # use std::io::ErrorKind;
/// # use xray_recorder::UdpError;
/// assert_eq!(UdpError::from(ErrorKind::WouldBlock).kind(), ErrorKind::WouldBlock);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UdpError(ErrorKind);

impl UdpError {
    /// What the operating system said. [`ErrorKind::NotConnected`]: the daemon's name is not resolved yet, and more
    /// documents wait for that than are kept.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        self.0
    }
}

impl From<ErrorKind> for UdpError {
    fn from(kind: ErrorKind) -> Self {
        Self(kind)
    }
}

impl fmt::Display for UdpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ErrorKind::NotConnected => f.write_str("the daemon's name is not resolved yet"),
            kind => write!(f, "the datagram was not sent: {kind}"),
        }
    }
}

impl std::error::Error for UdpError {}

impl embedded_io::Error for UdpError {
    fn kind(&self) -> embedded_io::ErrorKind {
        self.0.into()
    }
}
