//! A serial line that fails on purpose.

use embedded_firmware::board::uart::{Stalled, Uart};
use embedded_io::{ErrorType, Write, WriteReady};

/// How the line fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not at all.
    None,
    /// It takes nothing.
    Down,
    /// After each `from` bytes it is not ready for so many questions.
    NotReady { from: u32, polls: u32 },
    /// After each `after` bytes it stands still until somebody gives up.
    Stalled { after: u32 },
    /// Each so many bytes one is changed.
    Corrupted { every: u32 },
}

/// The line, and how it fails.
#[derive(Debug)]
pub(crate) struct Line {
    uart: Uart,
    fault: Fault,
    /// Bytes since the fault was last felt, and questions since.
    bytes: u32,
    questions: u32,
}

impl Line {
    pub(crate) const fn new(uart: Uart) -> Self {
        Self { uart, fault: Fault::None, bytes: 0, questions: 0 }
    }

    pub(crate) fn set_fault(&mut self, fault: Fault) {
        (self.fault, self.bytes, self.questions) = (fault, 0, 0);
    }

    pub(crate) fn received(&mut self) -> Option<u8> {
        self.uart.received()
    }
}

impl ErrorType for Line {
    type Error = Stalled;
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Stalled> {
        let Some(&byte) = bytes.first() else { return Ok(0) };
        self.bytes += 1;
        let byte = match self.fault {
            Fault::Down => return Err(Stalled),
            Fault::Stalled { after } if self.bytes > after => {
                self.bytes = 0;
                return Err(Stalled);
            }
            Fault::Corrupted { every } if self.bytes >= every => {
                self.bytes = 0;
                byte ^ 1
            }
            _ => byte,
        };
        self.uart.write(&[byte])
    }

    fn flush(&mut self) -> Result<(), Stalled> {
        self.uart.flush()
    }
}

impl WriteReady for Line {
    fn write_ready(&mut self) -> Result<bool, Stalled> {
        if let Fault::NotReady { from, polls } = self.fault
            && self.bytes >= from
        {
            self.questions += 1;
            if self.questions < polls {
                return Ok(false);
            }
            (self.bytes, self.questions) = (0, 0);
        }
        self.uart.write_ready()
    }
}
