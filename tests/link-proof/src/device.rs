//! The host: what a chip brings, reduced to what the optimizer cannot see through.

use core::convert::Infallible;
use core::hint::black_box;

use embedded_io::{ErrorType, Write};
use xray_recorder_core::{Clock, Rng, RngFailed, Timestamp};

/// A timer that counts from power-on.
pub(crate) struct Timer;

impl Clock for Timer {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(black_box(1_465_510_280))
    }

    fn ticks(&self) -> Option<u64> {
        Some(black_box(1_200))
    }
}

/// A generator of random numbers.
pub(crate) struct Noise;

impl Rng for Noise {
    fn fill(&mut self, dest: &mut [u8]) -> Result<(), RngFailed> {
        dest.fill(black_box(4));
        if black_box(true) { Ok(()) } else { Err(RngFailed) }
    }
}

/// A serial line.
pub(crate) struct Uart;

impl ErrorType for Uart {
    type Error = Infallible;
}

#[cfg(feature = "tasks")]
impl embedded_io_async::Write for Uart {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        Ok(black_box(bytes).len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        Ok(black_box(bytes).len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
