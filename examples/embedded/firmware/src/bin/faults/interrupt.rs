//! An interrupt that records, in the middle of whatever the program does: it writes to the line, for example.

use cortex_m::peripheral::NVIC;
use embedded_firmware::board::noise::Noise;
use embedded_firmware::board::timer;
use embedded_firmware::sensor::Sensor;
use xray_recorder_core::{Document, Key, Outbox, Recorder, Shared, TraceHeader};

use crate::device::{CLOCK, Clock, Device, lost};

/// What the interrupt and the program send to, each with a recorder of its own.
static OUTBOX: Shared<Outbox<2048>> = Shared::new(Outbox::new());

/// The recorder of the interrupt, its document, and how often it was interrupted for.
struct Ticker {
    recorder: Recorder<&'static Shared<Outbox<2048>>, &'static Clock, Noise>,
    document: Document<384>,
    ticks: u32,
}

static TICKER: Shared<Ticker> = Shared::new(Ticker {
    recorder: Recorder::new(&OUTBOX, &CLOCK, Noise::new(3)),
    document: Document::new(),
    ticks: 0,
});

/// Arrives as `ticker`: without the core's feature `unicode-names` letters beyond ASCII are left out, and counted.
const NAME: &str = "tickerß";
const TICK: Key<'_> = Key::new("tick");
const LOST: Key<'_> = Key::new("lost");

/// The interrupt of the timer that rings.
#[expect(unsafe_code, reason = "the table of interrupts finds it by its name")]
// SAFETY: the linker script has a weak symbol of this name, for a function of this type, and nothing else has it.
#[unsafe(no_mangle)]
extern "C" fn TIMER0() {
    if !timer::has_rung() {
        return;
    }
    TICKER.with(|ticker| {
        let Ticker { recorder, document, ticks } = ticker;
        *ticks += 1;
        let stats = recorder.stats();
        let lost = stats.failed + stats.dropped + stats.lost_datagrams;
        let Ok(mut segment) = recorder.begin_segment(document, NAME, &TraceHeader::default()) else { return };
        let _ = segment.put_annotation(TICK, *ticks);
        if lost > 0 {
            let _ = segment.put_annotation(LOST, lost);
        }
        let _ = recorder.end_segment(segment);
    });
}

/// Interrupts come while documents are written, to memory and to the line.
pub(crate) fn scenario(device: &mut Device) -> bool {
    let (mut whole, mut part) = (Document::<1024>::new(), Document::<512>::new());
    let mut sensor = Sensor::new(&mut whole, &mut part);
    let mut recorder = Recorder::new(&OUTBOX, &CLOCK, Noise::new(4));
    let mut buffer = [0; 1024];

    timer::ring_every(2_000);
    allow_interrupts();
    while sensor.measurements() < 50 || TICKER.with(|ticker| ticker.ticks) < Some(100) {
        if sensor.measurements() < 50 {
            let _ = sensor.measure(&mut recorder);
        }
        // Nothing here waits for the line: interrupts fill the outbox while a document is on its way in pieces.
        if device.line.drain_ready_shared(&OUTBOX, &mut buffer).is_err() {
            return false;
        }
    }
    NVIC::mask(Bell);
    let Some(stats) = TICKER.with(|ticker| ticker.recorder.stats()) else { return false };
    let drained = (0..1_000_000).any(|_| device.line.drain_ready_shared(&OUTBOX, &mut buffer) == Ok(true));
    drained && lost(stats).is_some() && stats.cut == stats.begun && lost(recorder.stats()).is_some()
}

/// The interrupt of the bell.
#[derive(Clone, Copy)]
struct Bell;

#[expect(unsafe_code, reason = "only who knows the chip knows its interrupts")]
// SAFETY: the bell is interrupt 8 of the board, in the table as well.
unsafe impl cortex_m::interrupt::InterruptNumber for Bell {
    fn number(self) -> u16 {
        8
    }
}

fn allow_interrupts() {
    // SAFETY: what the interrupt shares with the program is behind critical sections.
    #[expect(unsafe_code, reason = "an interrupt comes at any time")]
    unsafe {
        NVIC::unmask(Bell);
    }
}
