//! The Ethernet controller of the board, as smoltcp wants it.

use embedded_firmware::board::Register;
use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

const RECEIVED: Register = Register::at(0x4020_0000);
const TO_SEND: Register = Register::at(0x4020_0020);
const RECEIVED_STATUS: Register = Register::at(0x4020_0040);
const BYTE_ORDER: Register = Register::at(0x4020_0064);
const SEND_CONFIG: Register = Register::at(0x4020_0070);
const CONFIG: Register = Register::at(0x4020_0074);
const RECEIVED_INFO: Register = Register::at(0x4020_007c);
const MAC_COMMAND: Register = Register::at(0x4020_00a4);
const MAC_DATA: Register = Register::at(0x4020_00a8);

const BUSY: u32 = 1 << 31;
const FIRST_AND_LAST: u32 = 1 << 13 | 1 << 12;
const CHECKSUM: usize = 4;

/// How often a register is asked before the hardware counts as absent.
const PATIENCE: u32 = 100_000;

/// The longest frame, in whole words.
const FRAME: usize = 1_516;

/// Memory for one frame in each direction.
#[derive(Debug)]
pub(crate) struct Frames {
    received: [u8; FRAME],
    sent: [u8; FRAME],
}

impl Frames {
    pub(crate) const fn new() -> Self {
        Self { received: [0; FRAME], sent: [0; FRAME] }
    }
}

/// The controller.
#[derive(Debug)]
pub(crate) struct Lan9118<'f>(&'f mut Frames);

impl<'f> Lan9118<'f> {
    /// Switches it on; `None` where there is none.
    pub(crate) fn start(address: [u8; 6], frames: &'f mut Frames) -> Option<Self> {
        if BYTE_ORDER.read() != 0x8765_4321 {
            return None;
        }
        CONFIG.write(1);
        wait_while(|| CONFIG.read() & 1 != 0)?;
        CONFIG.write(5 << 16 | 1 << 20);
        let [a, b, c, d, e, f] = address;
        write_mac(3, u32::from_le_bytes([a, b, c, d]))?;
        write_mac(2, u32::from_le_bytes([e, f, 0, 0]))?;
        SEND_CONFIG.write(2);
        write_mac(1, 1 << 3 | 1 << 2)?;
        Some(Self(frames))
    }
}

fn write_mac(register: u32, value: u32) -> Option<()> {
    MAC_DATA.write(value);
    MAC_COMMAND.write(BUSY | register);
    wait_while(|| MAC_COMMAND.read() & BUSY != 0)
}

fn wait_while(busy: impl Fn() -> bool) -> Option<()> {
    (0..PATIENCE).any(|_| !busy()).then_some(())
}

impl Device for Lan9118<'_> {
    type RxToken<'a>
        = Received<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = ToSend<'a>
    where
        Self: 'a;

    fn receive(&mut self, _: Instant) -> Option<(Received<'_>, ToSend<'_>)> {
        if (RECEIVED_INFO.read() >> 16) & 0xff == 0 {
            return None;
        }
        let length = ((RECEIVED_STATUS.read() >> 16) & 0x3fff) as usize;
        let mut words = self.0.received.chunks_exact_mut(4);
        for _ in 0..length.div_ceil(4) {
            let word = RECEIVED.read();
            if let Some(slot) = words.next() {
                slot.copy_from_slice(&word.to_le_bytes());
            }
        }
        let frame = self.0.received.get(..length.saturating_sub(CHECKSUM))?;
        Some((Received(frame), ToSend(&mut self.0.sent)))
    }

    fn transmit(&mut self, _: Instant) -> Option<ToSend<'_>> {
        Some(ToSend(&mut self.0.sent))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME - 2;
        capabilities
    }
}

/// A frame that has come.
pub(crate) struct Received<'a>(&'a [u8]);

impl phy::RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(self.0)
    }
}

/// Room for a frame that is to go.
pub(crate) struct ToSend<'a>(&'a mut [u8; FRAME]);

impl phy::TxToken for ToSend<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let length = length.min(FRAME);
        let result = write(&mut self.0[..length]);
        TO_SEND.write(FIRST_AND_LAST | length as u32);
        TO_SEND.write(length as u32);
        for word in self.0[..length.next_multiple_of(4)].chunks_exact(4) {
            TO_SEND.write(word.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte)));
        }
        result
    }
}
