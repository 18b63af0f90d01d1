//! The network: where datagrams go, and where the time comes from.

use core::fmt;

use embedded_io::{ErrorKind, ErrorType};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet, SocketStorage};
use smoltcp::socket::udp::{PacketBuffer, PacketMetadata, Socket};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr, IpEndpoint};
use xray_recorder_core::{Timestamp, Transport};

use crate::lan9118::{Frames, Lan9118};

/// The network that QEMU makes up: this device, and the host's loopback.
const OWN: [u8; 6] = [0x52, 0x54, 0, 0x12, 0x34, 0x56];
const ADDRESS: IpCidr = IpCidr::new(IpAddress::v4(10, 0, 2, 15), 24);
const HOST: IpAddress = IpAddress::v4(10, 0, 2, 2);
const PORT: u16 = 40_000;

/// The memory of the network for what comes and goes: all zeros, so that it takes no place in the image.
pub(crate) struct Buffers {
    frames: Frames,
    received: [u8; 64],
    sent: [u8; 2048],
}

impl Buffers {
    pub(crate) const fn new() -> Self {
        Self { frames: Frames::new(), received: [0; 64], sent: [0; 2048] }
    }
}

/// The same for what is known of that.
pub(crate) struct Storage<'s> {
    sockets: [SocketStorage<'s>; 1],
    received: [PacketMetadata; 1],
    sent: [PacketMetadata; 4],
}

impl Storage<'_> {
    pub(crate) const fn new() -> Self {
        Self {
            sockets: [SocketStorage::EMPTY; 1],
            received: [PacketMetadata::EMPTY; 1],
            sent: [PacketMetadata::EMPTY; 4],
        }
    }
}

/// A socket, and what is below it.
pub(crate) struct Network<'n> {
    device: Lan9118<'n>,
    interface: Interface,
    sockets: SocketSet<'n>,
    socket: SocketHandle,
    daemon: IpEndpoint,
    time_server: IpEndpoint,
}

impl<'n> Network<'n> {
    /// Switches it on; `None` where there is no network hardware.
    pub(crate) fn start(
        buffers: &'n mut Buffers,
        storage: &'n mut Storage<'n>,
        daemon: u16,
        time_server: u16,
    ) -> Option<Self> {
        let mut device = Lan9118::start(OWN, &mut buffers.frames)?;
        let config = Config::new(EthernetAddress(OWN).into());
        let mut interface = Interface::new(config, &mut device, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            let _ = addresses.push(ADDRESS);
        });
        let received = PacketBuffer::new(&mut storage.received[..], &mut buffers.received[..]);
        let sent = PacketBuffer::new(&mut storage.sent[..], &mut buffers.sent[..]);
        let mut socket = Socket::new(received, sent);
        socket.bind(PORT).ok()?;
        let mut sockets = SocketSet::new(&mut storage.sockets[..]);
        let socket = sockets.add(socket);
        let to = |port| IpEndpoint::new(HOST, port);
        Some(Self { device, interface, sockets, socket, daemon: to(daemon), time_server: to(time_server) })
    }

    /// Lets the network work; a time that a server has told. `micros` is the time since boot.
    pub(crate) fn poll(&mut self, micros: u64) -> Option<Timestamp> {
        self.interface.poll(Instant::from_micros(micros as i64), &mut self.device, &mut self.sockets);
        let (answer, from) = self.sockets.get_mut::<Socket<'_>>(self.socket).recv().ok()?;
        (from.endpoint == self.time_server).then_some(answer).and_then(time_of)
    }

    /// Asks the time server; it answers later, or not.
    pub(crate) fn ask_for_the_time(&mut self) {
        let mut question = [0; 48];
        question[0] = 4 << 3 | 3;
        let _ = self.sockets.get_mut::<Socket<'_>>(self.socket).send_slice(&question, self.time_server);
    }

    /// Whether all has left that was sent.
    pub(crate) fn is_idle(&mut self) -> bool {
        self.sockets.get_mut::<Socket<'_>>(self.socket).send_queue() == 0
    }
}

/// The time in an answer of SNTP: when it was sent, in seconds and their fractions since 1900.
fn time_of(answer: &[u8]) -> Option<Timestamp> {
    const UNIX: u64 = 2_208_988_800;
    const ERA: u64 = 1 << 32;
    let is_answer = answer.first()? & 7 == 4;
    let (seconds, fraction) = answer.get(40..48)?.split_first_chunk()?;
    let (seconds, fraction) = (u32::from_be_bytes(*seconds), u32::from_be_bytes(*fraction.first_chunk()?));
    if !is_answer || seconds == 0 {
        return None;
    }
    // In 2036 the seconds begin anew.
    let seconds = u64::from(seconds);
    let unix = if seconds < UNIX { seconds + ERA } else { seconds } - UNIX;
    Some(Timestamp::from_micros(unix * 1_000_000 + ((u64::from(fraction) * 1_000_000) >> 32)))
}

impl ErrorType for Network<'_> {
    type Error = QueueFull;
}

impl Transport for Network<'_> {
    fn send(&mut self, datagram: &[u8]) -> Result<(), QueueFull> {
        let socket = self.sockets.get_mut::<Socket<'_>>(self.socket);
        socket.send_slice(datagram, self.daemon).map_err(|_| QueueFull)
    }
}

/// The network has not sent yet what it was given before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueFull;

impl fmt::Display for QueueFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the network's queue is full")
    }
}

impl core::error::Error for QueueFull {}

impl embedded_io::Error for QueueFull {
    fn kind(&self) -> ErrorKind {
        ErrorKind::OutOfMemory
    }
}
