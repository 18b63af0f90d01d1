//! Two timers of the board: one counts the time since boot, the other rings when it is time to measure.

use xray_recorder_core::TickCounter;

use super::Register;

const CONTROL: Register = Register::at(0x4000_1000);
const VALUE: Register = Register::at(0x4000_1004);
const RELOAD: Register = Register::at(0x4000_1008);

const BELL_CONTROL: Register = Register::at(0x4000_0000);
const BELL_VALUE: Register = Register::at(0x4000_0004);
const BELL_RELOAD: Register = Register::at(0x4000_0008);
const BELL_RUNG: Register = Register::at(0x4000_000c);

/// What the timers of the board count a second.
const HERTZ: u32 = 25_000_000;

/// Starts the timer of [`ticks`]; it counts down from its highest value, again and again.
pub fn start() {
    RELOAD.write(u32::MAX);
    VALUE.write(u32::MAX);
    CONTROL.write(1);
}

fn count() -> u32 {
    !VALUE.read()
}

/// The microseconds since [`start`].
#[must_use]
pub const fn ticks() -> TickCounter<fn() -> u32> {
    TickCounter::new(count, HERTZ)
}

/// Has the bell ring all so many microseconds, at most 171 seconds.
pub fn ring_every(micros: u32) {
    BELL_RELOAD.write(micros * (HERTZ / 1_000_000));
    BELL_VALUE.write(micros * (HERTZ / 1_000_000));
    // It also asks for its interrupt, which nobody has to handle.
    BELL_CONTROL.write(1 | 1 << 3);
}

/// Whether the bell has rung since this was asked last.
#[must_use]
pub fn has_rung() -> bool {
    let rung = BELL_RUNG.read() != 0;
    if rung {
        BELL_RUNG.write(1);
    }
    rung
}

/// Lets some microseconds pass: what this device does in place of work.
pub fn pass(micros: u32) {
    let begun = count();
    while count().wrapping_sub(begun) < micros * (HERTZ / 1_000_000) {}
}
