//! What tasks and interrupts share, and a device that does not know the time.

use core::future::Future;
use core::hint::black_box;
use core::pin::pin;
use core::task::{Context, Waker};

use critical_section::RawRestoreState;
use xray_recorder_core::{
    BootClock, Clock, Document, Framing, Outbox, Recorder, RegisterRng, Shared, TickCounter, Timestamp, TraceHeader,
    Transport, WriteTransport,
};

use crate::device::Uart;
use crate::trace::Refused;

fn count() -> u32 {
    black_box(7)
}

static TICKS: TickCounter<fn() -> u32> = TickCounter::new(count as fn() -> u32, 25_000_000).with_bits(24);
static CLOCK: BootClock<fn() -> u64> = BootClock::new(|| TICKS.micros(), Timestamp::from_secs(1_790_000_000));
static OUTBOX: Shared<Outbox<1024>> = Shared::new(Outbox::new());

/// The only critical sections there are: a chip without compare-and-swap holds up interrupts.
struct HeldUp;
critical_section::set_impl!(HeldUp);

// SAFETY: this program is linked and never run.
#[expect(unsafe_code, reason = "critical sections are the chip's own")]
unsafe impl critical_section::Impl for HeldUp {
    unsafe fn acquire() -> RawRestoreState {
        black_box(());
    }

    unsafe fn release(held: RawRestoreState) {
        black_box(held);
    }
}

/// A segment before the time is known, one that is dated, one that is not, and all ways to drain.
pub(crate) fn waiting() -> Result<(), Refused> {
    let mut recorder = Recorder::new(&OUTBOX, &CLOCK, RegisterRng::new(|| black_box(Some(7))));
    let mut document = Document::<256>::new();
    let segment = recorder.begin_segment(&mut document, black_box("sensor"), &TraceHeader::default())?;
    recorder.end_segment(segment).map_err(|_| Refused)?;
    let guess = CLOCK.epoch().ok_or(Refused)?;
    black_box(OUTBOX.with(|outbox| outbox.release(guess)));
    let epoch = CLOCK.set(Timestamp::from_secs(black_box(1_800_000_000)))?;
    recorder.transport_mut().date(epoch);

    let mut line = WriteTransport::new(Uart, Framing::Checked);
    let mut buffer = [0; 256];
    OUTBOX.drain_to(&mut line, &mut buffer)?;
    let mut drained = pin!(line.drain_shared(&OUTBOX, &mut buffer));
    black_box(drained.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    Ok(())
}
