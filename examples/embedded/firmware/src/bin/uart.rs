//! A sensor that sends its traces over a serial line, to a bridge that relays them to UDP.
//!
//! The device has no clock. It counts from boot, asks the bridge for the time after a while, and what it has recorded by
//! then waits in the outbox for its date.

#![no_std]
#![no_main]

use cortex_m_rt::entry;
use embedded_firmware::board::noise::Noise;
use embedded_firmware::board::uart::Uart;
use embedded_firmware::board::{semihosting, timer};
use embedded_firmware::bridge::{self, Listener, Told};
use embedded_firmware::plan::{INTERVAL_MICROS, MEASUREMENTS, Plan, Turn};
use embedded_firmware::sensor::Sensor;
use embedded_firmware::stack;
use embedded_io::Write;
use xray_recorder_core::{BootClock, Clock, Document, Framing, Outbox, Recorder, Timestamp, WriteTransport};

/// When this firmware was built: `date +%s`.
const BUILT: Timestamp = Timestamp::from_secs(1_780_000_000);

#[entry]
fn main() -> ! {
    // The runtime hands these out as `&'static mut`, once: memory that is there before the program is.
    static mut OUTBOX: Outbox<4096> = Outbox::new();
    static mut WHOLE: Document<1024> = Document::new();
    static mut PART: Document<512> = Document::new();

    stack::paint();
    timer::start();
    let ticks = timer::ticks();
    let clock = BootClock::new(|| ticks.micros(), BUILT);
    let mut recorder = Recorder::new(OUTBOX, clock, Noise::new(1));
    let mut line = WriteTransport::new(Uart::start(), Framing::Checked);
    let mut sensor = Sensor::new(WHOLE, PART);
    let mut listener = Listener::new();
    let mut plan = Plan::new();
    timer::ring_every(INTERVAL_MICROS);

    while sensor.measurements() < MEASUREMENTS || !recorder.transport().is_empty() {
        if timer::has_rung() {
            match plan.next(sensor.measurements(), recorder.clock().is_set()) {
                Turn::Measure => drop(sensor.measure(&mut recorder)),
                // No document is under way on the line, as all of them wait for the answer.
                Turn::Ask => drop(line.writer().write_all(bridge::TIME)),
                Turn::Wait => {}
            }
        }
        // Who has not been told the time by now sends what waits with the guess, and the mark that says so.
        if plan.is_out_of_patience()
            && let Some(epoch) = recorder.clock().epoch()
        {
            recorder.transport_mut().release(epoch);
        }
        // Nothing here waits: what the line does not take now it takes the next time, in the middle of a document.
        let _ = line.drain_ready(recorder.transport_mut());
        while let Some(byte) = line.writer().received() {
            match listener.hear(byte) {
                Some(Told::Time(now)) => drop(recorder.set_time(now)),
                Some(Told::Damaged(frames)) => sensor.set_damaged(frames),
                _ => {}
            }
        }
    }
    let flushed = line.writer().flush().is_ok();
    let stats = recorder.stats();
    semihosting::exit(flushed && stats.begun == stats.sent && stats.open == 0);
}
