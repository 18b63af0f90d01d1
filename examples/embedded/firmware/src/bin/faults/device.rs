//! The device that things go wrong with.

use embedded_firmware::board::noise::Noise;
use embedded_firmware::board::timer;
use embedded_firmware::board::uart::{Stalled, Uart};
use embedded_firmware::bridge::{self, Listener, Told};
use embedded_firmware::sensor::Sensor;
use embedded_io::{ErrorType, Write};
use xray_recorder_core::{
    BootClock, Clock as _, DocumentView, Framing, Outbox, Recorder, Stats, TickCounter, Timestamp, Transport,
    WriteTransport,
};

use crate::line::{Fault, Line};

const BUILT: Timestamp = Timestamp::from_secs(1_780_000_000);

/// The clock, which interrupts have as well.
pub(crate) type Clock = BootClock<fn() -> u64>;
static TICKS: TickCounter<fn() -> u32> = timer::ticks();
pub(crate) static CLOCK: Clock = BootClock::new(|| TICKS.micros(), BUILT);

/// How long the device waits for an answer of the bridge, and for the line, in rings of the bell: milliseconds.
const PATIENCE: u32 = 5_000;

/// How often it tries to send before it measures again.
const TRIES: u32 = 20;

/// A sensor, its recorder and its line.
pub(crate) struct Device {
    recorder: Recorder<&'static mut Outbox<2048>, &'static Clock, Noise>,
    pub(crate) line: WriteTransport<Line>,
    sensor: Sensor<'static>,
    listener: Listener,
    knows_the_time: bool,
}

impl Device {
    pub(crate) fn start(
        outbox: &'static mut Outbox<2048>,
        whole: &'static mut DocumentView,
        part: &'static mut DocumentView,
    ) -> Self {
        timer::ring_every(1_000);
        Self {
            recorder: Recorder::new(outbox, &CLOCK, Noise::new(1)),
            line: WriteTransport::new(Line::new(Uart::start()), Framing::Checked),
            sensor: Sensor::new(whole, part),
            listener: Listener::new(),
            knows_the_time: false,
        }
    }

    /// Asks the bridge for the time; whether it has answered. Whatever it had to tell before has been heard then, too.
    pub(crate) fn learns_the_time(&mut self) -> bool {
        self.knows_the_time = false;
        let asked = self.line.writer().write_all(bridge::TIME).is_ok();
        let mut left = PATIENCE;
        while asked && !self.knows_the_time && left > 0 {
            left -= u32::from(timer::has_rung());
            self.listen();
        }
        self.knows_the_time
    }

    /// Has the line fail like this from now on.
    pub(crate) fn set_fault(&mut self, fault: Fault) {
        self.line.writer().set_fault(fault);
    }

    /// Measures so many times, and sends after each.
    pub(crate) fn measure(&mut self, times: u32) {
        for _ in 0..times {
            let _ = self.sensor.measure(&mut self.recorder);
            self.send(TRIES);
        }
    }

    /// The same where nobody has told the time, and after each measurement nobody is waited for.
    pub(crate) fn measure_without_time(&mut self, times: u32) {
        for _ in 0..times {
            let _ = self.sensor.measure(&mut self.recorder);
            while let Some(guess) = CLOCK.epoch()
                && self.recorder.transport_mut().release(guess)
            {
                self.send(TRIES);
            }
        }
    }

    /// Measures so many times, and sends nothing.
    pub(crate) fn measure_in_silence(&mut self, times: u32) {
        for _ in 0..times {
            let _ = self.sensor.measure(&mut self.recorder);
        }
    }

    /// Measures so many times without an outbox, over a line that refuses some documents, and once more over one that
    /// refuses none; how many entities were lost.
    pub(crate) fn measure_at_once(&mut self, times: u32, refuses: fn(u32) -> bool) -> Option<u64> {
        let lossy = Lossy { line: &mut self.line, sends: 0, refuses };
        let mut recorder = Recorder::new(lossy, &CLOCK, Noise::new(2));
        for _ in 0..times {
            let _ = self.sensor.measure(&mut recorder);
        }
        recorder.transport_mut().refuses = |_| false;
        let _ = self.sensor.measure(&mut recorder);
        lost(recorder.stats())
    }

    /// Sends all that waits, and tries again as often as it has to; whether all went.
    pub(crate) fn flush(&mut self) -> bool {
        self.send(u32::MAX)
    }

    /// Sends while the line takes something now and then, and until it has failed so many times; whether all went.
    fn send(&mut self, mut tries: u32) -> bool {
        let mut left = PATIENCE;
        while tries > 0 && left > 0 {
            left -= u32::from(timer::has_rung());
            match self.line.drain_ready(self.recorder.transport_mut()) {
                Ok(true) => return true,
                Ok(false) => {}
                Err(Stalled) => tries -= 1,
            }
            self.listen();
        }
        false
    }

    fn listen(&mut self) {
        while let Some(byte) = self.line.writer().received() {
            match self.listener.hear(byte) {
                Some(Told::Time(now)) => self.knows_the_time = CLOCK.set(now).is_ok(),
                Some(Told::Damaged(frames)) => self.sensor.set_damaged(frames),
                _ => {}
            }
        }
    }

    /// How many entities are lost, if all that were begun are accounted for.
    pub(crate) fn lost(&self) -> Option<u64> {
        lost(self.recorder.stats())
    }
}

pub(crate) fn lost(stats: Stats) -> Option<u64> {
    let Stats { begun, sent, failed, dropped, open, .. } = stats;
    (begun == sent + failed + dropped && open == 0).then_some(failed + dropped)
}

/// A transport over the line that refuses some documents.
struct Lossy<'l> {
    line: &'l mut WriteTransport<Line>,
    sends: u32,
    refuses: fn(u32) -> bool,
}

impl ErrorType for Lossy<'_> {
    type Error = Stalled;
}

impl Transport for Lossy<'_> {
    fn send(&mut self, datagram: &[u8]) -> Result<(), Stalled> {
        self.sends += 1;
        if (self.refuses)(self.sends) { Err(Stalled) } else { self.line.send(datagram) }
    }
}
