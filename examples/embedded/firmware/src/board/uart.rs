//! The serial line of the board.

use core::fmt;

use embedded_io::{ErrorKind, ErrorType, Write, WriteReady};

use super::Register;

const DATA: Register = Register::at(0x4000_4000);
const STATE: Register = Register::at(0x4000_4004);
const CONTROL: Register = Register::at(0x4000_4008);
const DIVIDER: Register = Register::at(0x4000_4010);

const SENDER_FULL: u32 = 1;
const RECEIVER_FULL: u32 = 2;

/// How often the sender is asked whether it takes the next byte: some milliseconds. A line that stands still must not
/// hold up the device.
const PATIENCE: u32 = 20_000;

/// The line. There is one, and one who writes to it.
#[derive(Debug)]
pub struct Uart(());

impl Uart {
    /// Switches it on.
    #[must_use]
    pub fn start() -> Self {
        DIVIDER.write(16);
        CONTROL.write(3);
        Self(())
    }

    /// A byte that has come, if one has.
    #[must_use]
    pub fn received(&mut self) -> Option<u8> {
        (STATE.read() & RECEIVER_FULL != 0).then(|| DATA.read() as u8)
    }
}

impl ErrorType for Uart {
    type Error = Stalled;
}

impl Write for Uart {
    /// One byte a call, as the hardware has no queue.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Stalled> {
        let Some(&byte) = bytes.first() else { return Ok(0) };
        self.flush()?;
        DATA.write(byte.into());
        Ok(1)
    }

    /// Until the last byte has left.
    fn flush(&mut self) -> Result<(), Stalled> {
        if (0..PATIENCE).any(|_| STATE.read() & SENDER_FULL == 0) { Ok(()) } else { Err(Stalled) }
    }
}

impl WriteReady for Uart {
    fn write_ready(&mut self) -> Result<bool, Stalled> {
        Ok(STATE.read() & SENDER_FULL == 0)
    }
}

/// Nobody takes what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stalled;

impl fmt::Display for Stalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the serial line stands still")
    }
}

impl core::error::Error for Stalled {}

impl embedded_io::Error for Stalled {
    fn kind(&self) -> ErrorKind {
        ErrorKind::TimedOut
    }
}
