//! UDP to the daemon.

use std::io::{Error, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::{fmt, io, thread};

use xray_recorder_core::Transport;

use super::address::DaemonAddress;

/// Sends each document as a datagram to the daemon, from one connected, non-blocking socket, over IPv4 or IPv6.
///
/// A host name is resolved on a thread of its own; until that is done, sends fail and are counted. A full send buffer
/// fails the send rather than block it. Where nobody listens the kernel says so on the next send: that one is repeated,
/// and the datagram before it is counted in [`Transport::lost`].
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
    socket: Arc<OnceLock<io::Result<UdpSocket>>>,
    lost: AtomicU64,
}

impl UdpTransport {
    /// A transport to this address.
    ///
    /// # Errors
    ///
    /// What the operating system says: no socket to be had, no route of this family.
    pub fn connect(daemon: SocketAddr) -> io::Result<Self> {
        Ok(Self::of(OnceLock::from(Ok(connected(daemon)?))))
    }

    /// A transport to this daemon, whose name is resolved in the background. It never fails: where there is no socket,
    /// or the name cannot be resolved, each send fails and is counted.
    #[must_use]
    pub fn to(daemon: &DaemonAddress) -> Self {
        if let Some(address) = daemon.udp_numeric() {
            return Self::of(OnceLock::from(connected(address)));
        }
        let transport = Self::of(OnceLock::new());
        let socket = Arc::clone(&transport.socket);
        let name = daemon.udp().to_owned();
        let resolver = thread::Builder::new().name("xray-resolver".to_owned()).spawn(move || {
            let _ = socket.set(resolved(&name));
        });
        if let Err(error) = resolver {
            let _ = transport.socket.set(Err(error));
        }
        transport
    }

    fn of(socket: OnceLock<io::Result<UdpSocket>>) -> Self {
        Self { socket: Arc::new(socket), lost: AtomicU64::new(0) }
    }

    /// The address the socket sends from, once there is one.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.socket.get()?.as_ref().ok()?.local_addr().ok()
    }
}

fn resolved(name: &str) -> io::Result<UdpSocket> {
    let mut last = Error::new(ErrorKind::NotFound, "the daemon's name has no address");
    for address in name.to_socket_addrs()? {
        match connected(address) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn connected(daemon: SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = match daemon {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any)?;
    socket.connect(daemon)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

impl embedded_io::ErrorType for &UdpTransport {
    type Error = UdpError;
}

/// How many answers to earlier datagrams one send may come upon: more than one where other threads send too.
const ANSWERS: usize = 4;

impl Transport for &UdpTransport {
    fn send(&mut self, datagram: &[u8]) -> Result<(), UdpError> {
        let socket = match self.socket.get() {
            Some(Ok(socket)) => socket,
            Some(Err(error)) => return Err(UdpError(error.kind())),
            None => return Err(UdpError(ErrorKind::NotConnected)),
        };
        let mut result = socket.send(datagram);
        for _ in 0..ANSWERS {
            match &result {
                // The answer to an earlier datagram; this one was not sent.
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                    self.lost.fetch_add(1, Ordering::Relaxed);
                    result = socket.send(datagram);
                }
                _ => break,
            }
        }
        result.map(drop).map_err(|error| UdpError(error.kind()))
    }

    fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
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
    /// What the operating system said. [`ErrorKind::NotConnected`]: the daemon's name is not resolved yet.
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
