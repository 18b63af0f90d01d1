//! A sensor that sends its traces to the X-Ray daemon over UDP, on a network stack of its own.
//!
//! The device has no clock. It counts from boot and asks a time server, and what it has recorded by then waits in the outbox
//! for its date.

#![no_std]
#![no_main]

mod lan9118;
mod network;

use cortex_m_rt::entry;
use embedded_firmware::board::noise::Noise;
use embedded_firmware::board::{semihosting, timer};
use embedded_firmware::plan::{INTERVAL_MICROS, MEASUREMENTS, Plan, Turn};
use embedded_firmware::sensor::Sensor;
use embedded_firmware::stack;
use xray_recorder_core::{BootClock, Clock, Document, Outbox, Recorder, Timestamp};

use network::{Buffers, Network, Storage};

/// When this firmware was built: `date +%s`.
const BUILT: Timestamp = Timestamp::from_secs(1_780_000_000);

const DAEMON: u16 = 2000;
const TIME_SERVER: u16 = 123;

#[entry]
fn main() -> ! {
    // The runtime hands these out as `&'static mut`, once: memory that is there before the program is.
    static mut OUTBOX: Outbox<4096> = Outbox::new();
    static mut WHOLE: Document<1024> = Document::new();
    static mut PART: Document<512> = Document::new();
    static mut BUFFERS: Buffers = Buffers::new();

    stack::paint();
    timer::start();
    let ticks = timer::ticks();
    let clock = BootClock::new(|| ticks.micros(), BUILT);
    let mut recorder = Recorder::new(OUTBOX, clock, Noise::new(1));
    let daemon = semihosting::number("daemon").unwrap_or(DAEMON);
    let time_server = semihosting::number("time").unwrap_or(TIME_SERVER);
    let mut storage = Storage::new();
    let Some(mut network) = Network::start(BUFFERS, &mut storage, daemon, time_server) else {
        semihosting::exit(false)
    };
    let mut sensor = Sensor::new(WHOLE, PART);
    let mut plan = Plan::new();
    timer::ring_every(INTERVAL_MICROS);

    let mut all_left = false;
    while sensor.measurements() < MEASUREMENTS || !(all_left || plan.is_over()) {
        if timer::has_rung() {
            match plan.next(sensor.measurements(), recorder.clock().is_set()) {
                Turn::Measure => drop(sensor.measure(&mut recorder)),
                Turn::Ask => network.ask_for_the_time(),
                Turn::Wait => {}
            }
        }
        // Who has not been told the time by now sends what waits with the guess, and the mark that says so.
        if plan.is_out_of_patience()
            && let Some(epoch) = recorder.clock().epoch()
        {
            recorder.transport_mut().release(epoch);
        }
        if let Some(now) = network.poll(ticks.micros()) {
            let _ = recorder.set_time(now);
        }
        // What the network does not take now it takes the next time.
        let _ = recorder.transport_mut().drain_to(&mut network);
        all_left = recorder.transport().is_empty() && network.is_idle();
    }
    // Where nobody takes what it sends the outbox is full some day, and what it had no room for is counted.
    let stats = recorder.stats();
    let lost = stats.failed + stats.dropped;
    semihosting::exit(stats.open == 0 && stats.begun == stats.sent + lost && all_left == (lost == 0));
}
