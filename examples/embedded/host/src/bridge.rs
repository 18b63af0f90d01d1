//! The bridge: from the serial line to UDP, and the time back.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::frames::{Frame, Frames};

/// Relays what a device sends over a serial line.
#[derive(Debug)]
pub struct Bridge {
    socket: UdpSocket,
    relayed: Relayed,
}

/// What came over the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Relayed {
    /// Datagrams that were sent on.
    pub datagrams: u64,
    /// Frames that were not whole, or not what the device had sent.
    pub damaged: u64,
    /// Datagrams that were in those, as far as their beginnings can be read.
    pub lost_with_damaged: u64,
    /// How often the device asked for the time.
    pub questions: u64,
}

impl Bridge {
    /// A bridge to a daemon.
    pub fn to(daemon: SocketAddr) -> io::Result<Self> {
        let own: SocketAddr = if daemon.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
        let socket = UdpSocket::bind(own)?;
        socket.connect(daemon)?;
        Ok(Self { socket, relayed: Relayed::default() })
    }

    /// Relays until the line ends, and says what it was.
    ///
    /// After each damaged frame the device is told how many there were, and the time when it asks for it: lines of a letter
    /// and digits, the last of which makes their sum a multiple of ten: `d37` and `t17800000001234563`.
    pub fn relay(mut self, line: &mut (impl Read + Write)) -> io::Result<Relayed> {
        let mut frames = Frames::default();
        let mut bytes = [0; 4096];
        loop {
            let length = match line.read(&mut bytes) {
                Ok(0) => return Ok(self.relayed),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(self.relayed),
                Err(error) => return Err(error),
            };
            for frame in bytes[..length].iter().filter_map(|&byte| frames.push(byte)) {
                if let Some(answer) = self.take(&frame) {
                    // A device that is gone needs no answer.
                    let _ = line.write_all(answer.as_bytes());
                }
            }
        }
    }

    fn take(&mut self, frame: &Frame) -> Option<String> {
        match frame {
            Frame::Datagram(datagram) => {
                self.relayed.datagrams += 1;
                // Of a daemon that is not there nothing is heard but an error, on the next datagram.
                if self.socket.send(datagram).is_err() {
                    let _ = self.socket.send(datagram);
                }
                None
            }
            Frame::AsksForTheTime => {
                self.relayed.questions += 1;
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Some(line('t', now.as_micros() as u64))
            }
            Frame::Damaged(bytes) => {
                self.relayed.damaged += 1;
                self.relayed.lost_with_damaged += beginnings(bytes);
                Some(line('d', self.relayed.damaged))
            }
        }
    }
}

/// What is told of a subject, with a digit behind it that shows when one of the others was changed on its way.
fn line(subject: char, number: u64) -> String {
    let digits = number.to_string();
    let sum: u32 = digits.bytes().map(|digit| u32::from(digit - b'0')).sum();
    format!("{subject}{digits}{}\n", (10 - sum % 10) % 10)
}

/// How many datagrams begin in a frame: two where a byte between them was changed that should have ended the first. One
/// whose own beginning was changed is one.
fn beginnings(bytes: &[u8]) -> u64 {
    let header = br#"{"format":"json","version":1}"#;
    (bytes.windows(header.len()).filter(|window| window == header).count() as u64).max(1)
}
