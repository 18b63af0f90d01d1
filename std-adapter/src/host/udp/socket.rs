//! A socket that is connected to the daemon.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

pub(super) fn connected(daemon: SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = match daemon {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any)?;
    socket.connect(daemon)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// How many answers to earlier datagrams one send may come upon: more than one where other threads send too.
const ANSWERS: usize = 4;

/// Sends a datagram, and gives how often the kernel said instead that nobody listened for an earlier one.
pub(super) fn send(socket: &UdpSocket, datagram: &[u8]) -> (Result<(), ErrorKind>, u64) {
    let mut refused = 0;
    let mut result = socket.send(datagram);
    for _ in 0..ANSWERS {
        match &result {
            // The answer to an earlier datagram; this one was not sent.
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                refused += 1;
                result = socket.send(datagram);
            }
            _ => break,
        }
    }
    (result.map(drop).map_err(|error| error.kind()), refused)
}
