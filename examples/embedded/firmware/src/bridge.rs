//! What the bridge at the other end of the serial line tells: lines of a letter and digits, the last of which makes their sum
//! a multiple of ten. A time that was changed on its way would be that of all documents from before.

use core::mem;

use xray_recorder_core::Timestamp;

/// What the device asks the bridge with. No document is like this.
pub const TIME: &[u8] = b"\0time?\0";

/// Something that the bridge tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Told {
    /// The time.
    Time(Timestamp),
    /// So many frames have come damaged since it began.
    Damaged(u32),
}

/// Puts together what the bridge tells, byte by byte.
#[derive(Clone, Copy, Debug, Default)]
pub struct Listener {
    subject: u8,
    /// Without the last digit, which only checks the others: a division by ten would be a kilobyte of flash.
    number: u64,
    last: u8,
    sum: u8,
}

impl Listener {
    /// One that has heard nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { subject: 0, number: 0, last: 0, sum: 0 }
    }

    /// Hears a byte; what was told, where it ends a line.
    pub fn hear(&mut self, byte: u8) -> Option<Told> {
        match byte {
            b'0'..=b'9' => {
                self.number = self.number.wrapping_mul(10).wrapping_add(self.last.into());
                self.last = byte - b'0';
                self.sum = (self.sum + self.last) % 10;
                None
            }
            b'\n' => {
                let is_whole = self.sum == 0;
                match mem::replace(&mut self.subject, 0) {
                    b't' if is_whole => Some(Told::Time(Timestamp::from_micros(self.number))),
                    b'd' if is_whole => Some(Told::Damaged(self.number as u32)),
                    _ => None,
                }
            }
            subject => {
                *self = Self { subject, number: 0, last: 0, sum: 0 };
                None
            }
        }
    }
}
