//! What tasks and interrupts share, and a line that is awaited.
#![cfg(all(feature = "critical-section", feature = "embedded-io-async"))]

use std::convert::Infallible;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::thread;

use xray_recorder_core::testing::SeededRng;
use xray_recorder_core::{
    BootClock, Clock, Document, Epoch, Framing, Outbox, OutboxFull, Recorder, Shared, SharedError, TickCounter,
    Timestamp, TraceHeader, Transport, WriteTransport,
};

fn count() -> u32 {
    1_000_000
}

static TICKS: TickCounter<fn() -> u32> = TickCounter::new(count, 1_000_000);
static CLOCK: BootClock<fn() -> u64> = BootClock::new(|| TICKS.micros(), Timestamp::from_secs(1_770_000_000));

/// A line that takes some bytes, and then is pending once.
#[derive(Default)]
struct Line {
    bytes: Vec<u8>,
    pending: bool,
}

impl embedded_io_async::ErrorType for Line {
    type Error = Infallible;
}

impl embedded_io_async::Write for Line {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let taken = bytes.len().min(7);
        self.bytes.extend_from_slice(&bytes[..taken]);
        // Given up here, the bytes are out and nobody knows.
        Yield(false).await;
        Ok(taken)
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        self.pending = false;
        Ok(())
    }
}

struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Polls a future so many times at most; whether it came to its end.
fn poll<F: Future<Output = Result<(), Infallible>>>(future: F, times: usize) -> bool {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..times).any(|_| future.as_mut().poll(&mut context).is_ready())
}

fn frames(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split(|&byte| byte == 0).filter(|frame| !frame.is_empty()).collect()
}

#[test]
fn a_future_that_is_given_up_anywhere_loses_no_datagram() {
    for given_up_after in 0..12 {
        let mut outbox = Outbox::<64>::new();
        assert!([&b"the first"[..], b"the second"].iter().all(|datagram| outbox.send(datagram).is_ok()));
        let mut line = WriteTransport::new(Line::default(), Framing::Nul);
        poll(line.drain(&mut outbox), given_up_after);
        assert!(poll(line.drain(&mut outbox), 100));
        let bytes = line.into_inner().bytes;
        let frames = frames(&bytes);
        for datagram in [&b"the first"[..], b"the second"] {
            assert!(frames.contains(&datagram), "given up after {given_up_after}: {frames:?}");
        }
    }
}

#[test]
fn tasks_fill_an_outbox_while_another_awaits_the_line() {
    static OUTBOX: Shared<Outbox<4096>> = Shared::new(Outbox::new());
    let mut line = WriteTransport::new(Line::default(), Framing::Nul);
    let (mut buffer, mut sent) = ([0; 512], 0);
    thread::scope(|scope| {
        let tasks: Vec<_> = (0..4)
            .map(|task| {
                scope.spawn(move || {
                    let mut recorder = Recorder::new(&OUTBOX, &CLOCK, SeededRng::new(task));
                    let mut document = Document::<256>::new();
                    for _ in 0..50 {
                        let segment = recorder.begin_segment(&mut document, "task", &TraceHeader::default());
                        let _ = recorder.end_segment(segment.expect("it has room"));
                    }
                    recorder.stats()
                })
            })
            .collect();
        assert!(CLOCK.set(Timestamp::from_secs(1_780_000_000)).is_ok());
        while !tasks.iter().all(thread::ScopedJoinHandle::is_finished) {
            OUTBOX.with(|outbox| outbox.date(CLOCK.epoch().expect("it counts from boot")));
            assert!(poll(line.drain_shared(&OUTBOX, &mut buffer), 1_000_000));
        }
        for task in tasks {
            let stats = task.join().expect("no task panics");
            assert_eq!((stats.begun, stats.sent + stats.failed), (50, 50));
            sent += stats.sent;
        }
    });
    OUTBOX.with(|outbox| outbox.date(CLOCK.epoch().expect("it counts from boot")));
    assert!(poll(line.drain_shared(&OUTBOX, &mut buffer), 1_000_000));
    let bytes = line.into_inner().bytes;
    let documents = frames(&bytes);
    assert_eq!(documents.len() as u64, sent);
    for document in documents {
        let text = std::str::from_utf8(document).expect("it is text");
        assert!(text.contains(r#""start_time":1780000000."#) || text.contains(r#""start_time":1779999999."#), "{text}");
        assert!(text.ends_with(r#","name":"task"}"#), "{text}");
    }
}

#[test]
fn a_transport_that_is_called_from_within_itself_refuses() {
    static OUTBOX: Shared<Outbox<64>> = Shared::new(Outbox::new());
    let inner = OUTBOX.with(|_| (&OUTBOX).send(b"inner"));
    assert_eq!(inner, Some(Err(SharedError::Busy)));
    assert_eq!((&OUTBOX).send(&[0; 100]), Err(SharedError::Transport(OutboxFull)));
    assert_eq!((&OUTBOX).send(b"outer"), Ok(()));
}

#[test]
fn a_datagram_that_is_longer_than_the_buffer_is_counted_and_holds_up_nothing() {
    static OUTBOX: Shared<Outbox<128>> = Shared::new(Outbox::new());
    for datagram in [&b"first"[..], b"longer than the buffer", b"third"] {
        assert_eq!((&OUTBOX).send(datagram), Ok(()));
    }
    let mut line = [0_u8; 32];
    let mut transport = WriteTransport::new(&mut line[..], Framing::Nul);
    assert_eq!(OUTBOX.drain_to(&mut transport, &mut [0; 10]), Ok(()));
    assert_eq!((&OUTBOX).lost(), 1);
    assert_eq!(frames(&line), [&b"first"[..], b"third"]);
}

/// A line that takes nothing and says so without an error.
struct Stalled;

impl embedded_io_async::ErrorType for Stalled {
    type Error = Infallible;
}

impl embedded_io_async::Write for Stalled {
    async fn write(&mut self, _: &[u8]) -> Result<usize, Infallible> {
        Ok(0)
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[test]
fn what_waits_stays_when_a_line_that_is_awaited_takes_nothing() {
    static SHARED: Shared<Outbox<64>> = Shared::new(Outbox::new());
    assert_eq!((&SHARED).send(b"shared"), Ok(()));
    let mut own = Outbox::<64>::new();
    assert_eq!(own.send(b"own"), Ok(()));
    let mut line = WriteTransport::new(Stalled, Framing::Nul);
    assert!(poll(line.drain_shared(&SHARED, &mut [0; 64]), 1) && poll(line.drain(&mut own), 1));
    assert_eq!((SHARED.with(|outbox| outbox.len()), own.len(), line.lost()), (Some(1), 1, 0));
    assert!(poll(line.send_async(b"sent at once"), 1));
    assert_eq!(line.lost(), 1);
}

/// A line that takes a few bytes, and is ready every second time it is asked.
#[derive(Default)]
struct Slow {
    bytes: Vec<u8>,
    asked: usize,
}

impl embedded_io_async::ErrorType for Slow {
    type Error = Infallible;
}

impl embedded_io::Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let taken = bytes.len().min(3);
        self.bytes.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl embedded_io::WriteReady for Slow {
    fn write_ready(&mut self) -> Result<bool, Infallible> {
        self.asked += 1;
        Ok(self.asked.is_multiple_of(2))
    }
}

#[test]
fn an_outbox_that_is_filled_meanwhile_is_emptied_as_far_as_the_line_takes_it() {
    static OUTBOX: Shared<Outbox<128>> = Shared::new(Outbox::new());
    let mut line = WriteTransport::new(Slow::default(), Framing::Nul);
    let mut buffer = [0; 16];
    assert_eq!(line.drain_ready_shared(&OUTBOX, &mut buffer), Ok(true));
    for datagram in [&b"the first"[..], b"longer than the buffer", b"the third"] {
        assert_eq!((&OUTBOX).send(datagram), Ok(()));
    }
    assert_eq!(line.drain_ready_shared(&OUTBOX, &mut buffer), Ok(false));
    assert_eq!((&OUTBOX).send(b"the last"), Ok(()));
    assert!((0..100).any(|_| line.drain_ready_shared(&OUTBOX, &mut buffer) == Ok(true)));
    assert_eq!(frames(&line.into_inner().bytes), [&b"the first"[..], b"the third", b"the last"]);
    assert_eq!((&OUTBOX).lost(), 1);
}

const NOON: Timestamp = Timestamp::from_secs(1_780_000_000);

/// A clock that an interrupt sets as soon as somebody has asked what time it is.
struct SetMeanwhile<'c>(&'c BootClock<fn() -> u64>);

impl Clock for SetMeanwhile<'_> {
    fn now(&self) -> Timestamp {
        let guess = self.0.now();
        assert!(self.0.set(NOON).is_ok());
        guess
    }

    fn ticks(&self) -> Option<u64> {
        self.0.ticks()
    }

    fn epoch(&self) -> Option<Epoch> {
        self.0.epoch()
    }
}

/// An outbox for whose documents an interrupt has the time just before the next one comes.
struct DatedMeanwhile<'c> {
    outbox: Outbox<1024>,
    clock: &'c BootClock<fn() -> u64>,
}

impl embedded_io_async::ErrorType for DatedMeanwhile<'_> {
    type Error = OutboxFull;
}

impl Transport for DatedMeanwhile<'_> {
    fn send(&mut self, datagram: &[u8]) -> Result<(), OutboxFull> {
        self.outbox.send(datagram)
    }

    fn hold(&mut self, datagram: &[u8]) -> Option<Result<(), OutboxFull>> {
        let epoch = self.clock.set(NOON).expect("it is after the build");
        self.outbox.date(epoch);
        self.outbox.hold(datagram)
    }

    fn date(&mut self, epoch: Epoch) {
        self.outbox.date(epoch);
    }
}

/// Records a segment; when it begins, as far as its document may leave.
fn start_of<T: Transport, C: Clock>(
    mut recorder: Recorder<T, C, SeededRng>,
    outbox: fn(&T) -> &Outbox<1024>,
) -> String {
    let mut document = Document::<256>::new();
    let segment = recorder.begin_segment(&mut document, "button", &TraceHeader::default()).expect("it has room");
    assert!(recorder.end_segment(segment).is_ok());
    let datagram = outbox(recorder.transport()).front().expect("it has its date");
    let text = std::str::from_utf8(datagram).expect("it is text");
    let (_, start) = text.split_once(r#""start_time":"#).expect("it has begun");
    start[..17].to_owned()
}

#[test]
fn an_interrupt_may_set_the_clock_while_a_segment_begins_or_is_sent() {
    let clock: BootClock<fn() -> u64> = BootClock::new(|| 7_000_000, Timestamp::from_secs(1_770_000_000));
    let begins = Recorder::new(Outbox::new(), SetMeanwhile(&clock), SeededRng::new(1));
    assert_eq!(start_of(begins, |outbox| outbox), "1780000000.000000");

    let clock: BootClock<fn() -> u64> = BootClock::new(|| 7_000_000, Timestamp::from_secs(1_770_000_000));
    let transport = DatedMeanwhile { outbox: Outbox::new(), clock: &clock };
    let is_sent = Recorder::new(transport, &clock, SeededRng::new(1));
    assert_eq!(start_of(is_sent, |transport| &transport.outbox), "1780000000.000000");
}
