//! The two firmwares that are what a user would write.

use crate::Failure;
use crate::chip::Chip;
use crate::machine::{self, Knows, Run};
use crate::sensor;

/// How the sensor is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scene {
    /// By a serial line.
    Uart,
    /// By a network.
    Udp,
}

impl Scene {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Uart => "uart",
            Self::Udp => "udp",
        }
    }

    /// Builds the firmware, runs it and receives what it sends.
    pub(crate) fn run(self, chip: &Chip) -> Result<Run, Failure> {
        let firmware = chip.firmware(self.name())?;
        match self {
            Self::Uart => machine::over_serial(chip, &firmware, &[]),
            Self::Udp => machine::over_udp(chip, &firmware, sensor::entities(1..=sensor::MEASUREMENTS), Knows::Time),
        }
    }
}
