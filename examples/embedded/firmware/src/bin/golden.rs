//! Tells one of the stories behind the core's golden documents, `arg=story,arg=NAME`, over the serial line. What arrives has
//! to be what it is everywhere else, byte for byte.

#![no_std]
#![no_main]

use cortex_m_rt::entry;
use embedded_firmware::board::semihosting;
use embedded_firmware::board::uart::Uart;
use xray_recorder_core::{Framing, WriteTransport};

#[path = "../../../../../core/tests/golden/stories.rs"]
mod stories;

#[entry]
fn main() -> ! {
    let mut line = WriteTransport::new(Uart::start(), Framing::Checked);
    let told = match semihosting::argument("story", &mut [0; 256]) {
        Some("minimal") => stories::minimal(&mut line),
        Some("rich") => stories::rich(&mut line),
        Some("wide") => stories::wide(&mut line),
        Some("exception") => stories::exception(&mut line),
        _ => Err(()),
    };
    semihosting::exit(told.is_ok());
}
