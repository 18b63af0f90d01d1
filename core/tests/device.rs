//! A device that does not know the time: what it records waits for its date, or leaves with a mark, and never is of 1970.

use std::cell::Cell;

use serde_json::Value;
use xray_recorder_core::testing::{ManualClock, MemoryTransport, SeededRng};
use xray_recorder_core::{
    BootClock, Clock, Delivery, Document, Embed, Framing, Full, Outbox, Recorder, Rng, RngFailed, Timestamp,
    TraceContext, TraceHeader, Transport, WriteTransport,
};

const BUILT: Timestamp = Timestamp::from_secs(1_770_000_000);
const NOON: Timestamp = Timestamp::from_secs(1_780_000_000);

/// A device: its ticks, and a recorder that sends to `transport`.
fn device<T: Transport, C: Clock>(transport: T, clock: C) -> Recorder<T, C, SeededRng> {
    Recorder::new(transport, clock, SeededRng::new(1))
}

fn document(datagram: &[u8]) -> Value {
    let text = std::str::from_utf8(datagram).expect("a datagram is text");
    let (_, document) = text.split_once('\n').expect("a datagram has a header line");
    serde_json::from_str(document).expect("a document is JSON")
}

fn drained<const N: usize>(outbox: &mut Outbox<N>) -> Vec<Value> {
    let mut memory = MemoryTransport::<8192>::new();
    outbox.drain_to(&mut memory).expect("the memory has room");
    memory.datagrams().map(document).collect()
}

/// A measurement that takes 40 ms, the reading of the bus within it 10 ms.
fn measure<T: Transport, C: Clock>(
    recorder: &mut Recorder<T, C, SeededRng>,
    ticks: &Cell<u64>,
    during: impl FnOnce(&mut Recorder<T, C, SeededRng>),
) {
    let (mut whole, mut part) = (Document::<512>::new(), Document::<512>::new());
    let header = TraceHeader::default();
    let mut segment = recorder.begin_segment(&mut whole, "sensor", &header).expect("it has room");
    ticks.set(ticks.get() + 5_000);
    let bus = recorder.begin_subsegment(&mut part, "bus", &segment.context()).expect("it has room");
    ticks.set(ticks.get() + 10_000);
    during(recorder);
    assert!(recorder.end_subsegment(bus, &mut segment).is_ok());
    ticks.set(ticks.get() + 25_000);
    assert!(recorder.end_segment(segment).is_ok());
}

#[test]
fn what_was_recorded_before_the_time_was_known_waits_and_has_the_right_times_then() {
    let ticks = Cell::new(2_000_000);
    let mut recorder = device(Outbox::<2048>::new(), BootClock::new(|| ticks.get(), BUILT));
    measure(&mut recorder, &ticks, |_| ());
    assert!(recorder.transport().is_waiting());
    assert_eq!(drained(recorder.transport_mut()), [] as [Value; 0]);
    assert_eq!(recorder.transport().len(), 2);

    ticks.set(60_000_000);
    assert_eq!(recorder.set_time(NOON), Ok(()));
    let documents = drained(recorder.transport_mut());
    let boot = 1_780_000_000.0 - 60.0;
    assert_eq!(documents[0]["name"], "bus");
    assert_eq!(documents[0]["start_time"], boot + 2.005);
    assert_eq!(documents[0]["end_time"], boot + 2.015);
    assert_eq!(documents[0]["parent_id"], documents[1]["id"]);
    assert_eq!(documents[0]["trace_id"], documents[1]["trace_id"]);
    assert_eq!(documents[1]["name"], "sensor");
    assert_eq!(documents[1]["start_time"], boot + 2.0);
    assert_eq!(documents[1]["end_time"], boot + 2.04);
    assert_eq!(documents[1]["metadata"], Value::Null);
    assert_eq!((recorder.stats().sent, recorder.stats().failed), (2, 0));
}

#[test]
fn a_trace_that_goes_on_while_the_clock_is_set_has_right_times_and_durations_throughout() {
    let ticks = Cell::new(7_000_000);
    let mut recorder = device(Outbox::<2048>::new(), BootClock::new(|| ticks.get(), BUILT));
    measure(&mut recorder, &ticks, |recorder| {
        assert_eq!(recorder.set_time(NOON), Ok(()));
        // Again, as a time server is asked now and then: what has begun keeps to what was known first.
        assert_eq!(recorder.set_time(NOON + core::time::Duration::from_secs(3)), Ok(()));
    });
    let documents = drained(recorder.transport_mut());
    assert_eq!(documents[0]["start_time"], 1_780_000_000.0 - 0.010);
    assert_eq!(documents[0]["end_time"], 1_780_000_000.0);
    assert_eq!(documents[1]["start_time"], 1_780_000_000.0 - 0.015);
    assert_eq!(documents[1]["end_time"], 1_780_000_000.0 + 0.025);
}

#[test]
fn once_the_time_is_known_a_device_is_as_any_other_host() {
    let ticks = Cell::new(7_000_000);
    let mut recorder = device(Outbox::<2048>::new(), BootClock::new(|| ticks.get(), BUILT));
    assert_eq!(recorder.set_time(NOON), Ok(()));
    measure(&mut recorder, &ticks, |_| ());
    let documents = drained(recorder.transport_mut());
    assert_eq!(documents.len(), 1, "the subsegment is embedded");
    assert_eq!(documents[0]["start_time"], 1_780_000_000.0);
    assert_eq!(documents[0]["subsegments"][0]["end_time"], 1_780_000_000.0 + 0.015);
    assert!(documents[0]["trace_id"].as_str().is_some_and(|id| id.starts_with("1-6a18a500-")), "{:?}", documents[0]);
}

#[test]
fn the_trace_id_has_the_guess_in_it_and_never_changes() {
    let ticks = Cell::new(3_000_000);
    let clock = BootClock::new(|| ticks.get(), BUILT);
    let mut recorder = device(Outbox::<1024>::new(), &clock);
    let mut whole = Document::<256>::new();
    let segment = recorder.begin_segment(&mut whole, "sensor", &TraceHeader::default()).expect("it has room");
    let handed_out = segment.context().trace_id();
    assert_eq!(handed_out.to_string()[2..10], format!("{:08x}", BUILT.as_secs() + 3));
    assert!(recorder.end_segment(segment).is_ok());
    let epoch = clock.set(NOON).expect("it is after the build");
    recorder.transport_mut().date(epoch);
    let sent = drained(recorder.transport_mut());
    assert_eq!(sent[0]["trace_id"], handed_out.to_string());
    assert_eq!(sent[0]["start_time"], 1_780_000_000.0);
}

#[test]
fn no_subsegment_is_embedded_before_the_time_is_known_whatever_is_asked_for() {
    for embed in [Embed::IfFits, Embed::AtMost(9), Embed::Never] {
        let ticks = Cell::new(0);
        let mut recorder = device(Outbox::<2048>::new(), BootClock::new(|| ticks.get(), BUILT)).with_embed(embed);
        let (mut whole, mut part) = (Document::<512>::new(), Document::<512>::new());
        let header = TraceHeader::default();
        let mut segment = recorder.begin_segment(&mut whole, "sensor", &header).expect("it has room");
        let bus = recorder.begin_subsegment(&mut part, "bus", &segment.context()).expect("it has room");
        assert_eq!(recorder.set_time(NOON), Ok(()));
        assert_eq!(recorder.end_subsegment(bus, &mut segment), Ok(Delivery::Sent));
        assert_eq!(recorder.end_segment(segment), Ok(()));
    }
}

#[test]
fn a_document_that_cannot_wait_is_dated_by_the_guess_and_says_so() {
    let ticks = Cell::new(1_500_000);
    let mut recorder = device(MemoryTransport::<4096>::new(), BootClock::new(|| ticks.get(), BUILT));
    let mut whole = Document::<512>::new();
    let mut segment = recorder.begin_segment(&mut whole, "sensor", &TraceHeader::default()).expect("it has room");
    assert_eq!(segment.put_annotation("celsius", 21), Ok(()));
    // Nothing can replace it later, so it is not shown in progress.
    assert_eq!(recorder.send_in_progress(&mut segment), Ok(()));
    assert_eq!(recorder.end_segment(segment), Ok(()));
    let sent: Vec<Value> = recorder.transport().datagrams().map(document).collect();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["start_time"], 1_770_000_001.5);
    assert_eq!(sent[0]["end_time"], 1_770_000_001.5);
    assert_eq!(sent[0]["metadata"]["clock"]["set"], false);
    assert_eq!(sent[0]["annotations"]["celsius"], 21);
    let stats = recorder.stats();
    assert_eq!((stats.sent, stats.datagrams), (1, 1));
    assert_eq!(stats.bytes as usize, recorder.transport().datagrams().next().map_or(0, <[u8]>::len));
}

/// A context that another service has sent: it has no anchor.
fn upstream() -> TraceContext {
    let trace_id = "1-5759e988-bd862e3fe1be46a994272793".parse().expect("it is one");
    TraceContext::new(trace_id, "53995c3f42cd8ad8".parse().expect("it is one"))
}

#[test]
fn an_entity_has_room_for_the_mark_from_its_beginning_or_does_not_begin() {
    let mut recorder = device(MemoryTransport::<65536>::new(), BootClock::new(|| 1_500_000, BUILT));
    fn begin<const N: usize>(recorder: &mut Recorder<MemoryTransport<65536>, impl Clock, SeededRng>) -> bool {
        let mut part = Document::<N>::new();
        let Ok(mut bus) = recorder.begin_subsegment(&mut part, "bus", &upstream()) else { return false };
        let _ = (0..).find(|key| bus.put_annotation(format!("key_{key}").as_str(), 1).is_err());
        let _ = bus.put_metadata("rest", &7);
        bus.set_fault();
        assert_eq!(recorder.end_alone(bus), Ok(()));
        true
    }
    assert!(!begin::<256>(&mut recorder) && !begin::<260>(&mut recorder));
    assert!(begin::<263>(&mut recorder) && begin::<300>(&mut recorder) && begin::<777>(&mut recorder));
    // A segment without a parent has the room of that.
    let mut whole = Document::<256>::new();
    let mut segment = recorder.begin_segment(&mut whole, "s", &TraceHeader::default()).expect("it has room");
    assert!(segment.put_annotation("k", 1).is_err());
    segment.set_fault();
    assert_eq!(recorder.end_segment(segment), Ok(()));
    let sent: Vec<Value> = recorder.transport().datagrams().map(document).collect();
    assert_eq!(sent.len(), 4);
    assert!(sent.iter().all(|document| document["metadata"]["clock"]["set"] == false), "{sent:?}");
    let stats = recorder.stats();
    assert_eq!((stats.begun, stats.sent, stats.dropped, stats.failed, stats.open), (6, 4, 2, 0, 0));
    // Once the time is known they have the whole of their documents again, and again.
    assert_eq!(recorder.set_time(NOON), Ok(()));
    for _ in 0..2 {
        assert!(begin::<256>(&mut recorder));
    }
}

#[test]
fn a_document_that_has_left_early_or_late_is_as_good_as_new() {
    for set_before in 0..9 {
        for into_the_second in [0, 500_000, 999_999] {
            let ticks = Cell::new(1_000_000 + into_the_second);
            let mut recorder = device(MemoryTransport::<16384>::new(), BootClock::new(|| ticks.get(), BUILT));
            // One document after the other in the same two buffers, within the second of the first, and a parent that
            // is open all the while.
            let (mut above, mut whole, mut part) =
                (Document::<512>::new(), Document::<512>::new(), Document::<512>::new());
            let header = TraceHeader::default();
            let above = recorder.begin_segment(&mut above, "above", &header).expect("it has room");
            for n in 0..8 {
                if n == set_before {
                    assert_eq!(recorder.set_time(NOON), Ok(()));
                }
                let segment = recorder.begin_segment(&mut whole, "sensor", &header).expect("it has room");
                let bus = recorder.begin_subsegment(&mut part, "bus", &above.context()).expect("it has room");
                ticks.set(ticks.get() + 50);
                assert_eq!(recorder.end_alone(bus), Ok(()));
                assert_eq!(recorder.end_segment(segment), Ok(()));
            }
            assert_eq!(recorder.end_segment(above), Ok(()));
            let sent: Vec<Value> = recorder.transport().datagrams().map(document).collect();
            assert_eq!(sent.len(), 17);
            for (at, document) in sent.iter().enumerate() {
                let is_marked = document["metadata"]["clock"]["set"] == false;
                assert_eq!(is_marked, set_before > 7 || at / 2 < set_before, "{document}");
                let (start, end) = (&document["start_time"], &document["end_time"]);
                let [start, end] = [start, end].map(|time| time.as_f64().expect("it is a time"));
                let second =
                    if is_marked { 1_770_000_001.0..1_770_000_003.0 } else { 1_779_999_999.0..1_780_000_001.0 };
                assert!(second.contains(&start) && second.contains(&end), "{document}");
                let lasts = if document["name"] == "above" { 400.0 } else { 50.0 };
                assert!(((end - start) * 1e6 - lasts).abs() < 1.0, "{document}");
            }
        }
    }
}

#[test]
fn a_trace_that_came_from_elsewhere_goes_on_by_what_is_known_when_a_part_begins() {
    let ticks = Cell::new(5_000_000);
    let mut recorder = device(Outbox::<4096>::new(), BootClock::new(|| ticks.get(), BUILT));
    let mut part = Document::<512>::new();
    let early = recorder.begin_subsegment(&mut part, "early", &upstream()).expect("it has room");
    let of_early = early.context();
    assert_eq!(recorder.end_alone(early), Ok(()));
    // The first time was wrong, and all that was begun before it agrees on it.
    assert_eq!(recorder.set_time(NOON + core::time::Duration::from_secs(1_000)), Ok(()));
    assert_eq!(recorder.set_time(NOON), Ok(()));
    for parent in [upstream(), of_early] {
        let mut later = recorder.begin_subsegment(&mut part, "later", &parent).expect("it has room");
        assert_eq!(recorder.send_in_progress(&mut later), Ok(()));
        ticks.set(ticks.get() + 1_000_000);
        assert_eq!(recorder.end_alone(later), Ok(()));
    }
    let documents = drained(recorder.transport_mut());
    let starts: Vec<&Value> = documents.iter().map(|document| &document["start_time"]).collect();
    assert_eq!(starts, [1_780_001_000.0, 1_780_000_000.0, 1_780_000_000.0, 1_780_001_001.0]);
    assert_eq!((&documents[1]["in_progress"], &documents[2]["end_time"]), (&true.into(), &1_780_000_001.0.into()));
    assert!(recorder.now(&upstream()) > NOON);
}

#[test]
fn an_end_by_the_clock_that_was_not_set_is_dated_as_the_start_is() {
    for (set_before, end) in [(false, 1_780_000_000.0), (true, 1_779_999_999.9)] {
        let ticks = Cell::new(1_500_000);
        let clock = BootClock::new(|| ticks.get(), BUILT);
        let mut recorder = device(Outbox::<2048>::new(), &clock);
        let mut whole = Document::<512>::new();
        let segment = recorder.begin_segment(&mut whole, "sensor", &TraceHeader::default()).expect("it has room");
        ticks.set(ticks.get() + 100_000);
        let ended = segment.end(clock.now());
        if set_before {
            assert_eq!(recorder.set_time(NOON), Ok(()));
        }
        assert_eq!(recorder.deliver(ended), Ok(()));
        assert_eq!(recorder.set_time(NOON), Ok(()));
        let documents = drained(recorder.transport_mut());
        assert_eq!(documents[0]["start_time"], 1_779_999_999.9);
        assert_eq!(documents[0]["end_time"], end);
    }
}

#[test]
fn what_counts_from_boot_is_not_embedded_by_hand_either() {
    let ticks = Cell::new(1_500_000);
    let mut recorder = device(Outbox::<2048>::new(), BootClock::new(|| ticks.get(), BUILT));
    let (mut whole, mut part) = (Document::<512>::new(), Document::<512>::new());
    let mut segment = recorder.begin_segment(&mut whole, "sensor", &TraceHeader::default()).expect("it has room");
    let bus = recorder.begin_subsegment(&mut part, "bus", &segment.context()).expect("it has room");
    let at = recorder.now(&bus.context());
    let mut bus = bus.end(at);
    assert_eq!(segment.embed(&mut bus, Embed::IfFits), Err(Full));
    assert_eq!(recorder.deliver(bus), Ok(()));
    assert_eq!(recorder.end_segment(segment), Ok(()));
    assert_eq!(recorder.set_time(NOON), Ok(()));
    assert!(drained(recorder.transport_mut()).iter().all(|document| document["start_time"] == 1_780_000_000.0));
}

#[test]
fn what_waits_is_dated_with_the_next_document_if_nobody_has_seen_to_it() {
    let ticks = Cell::new(1_500_000);
    let clock = BootClock::new(|| ticks.get(), BUILT);
    let mut recorder = device(Outbox::<2048>::new(), &clock);
    measure(&mut recorder, &ticks, |_| ());
    assert!(clock.set(NOON).is_ok());
    assert!(recorder.transport().is_waiting());
    measure(&mut recorder, &ticks, |_| ());
    let documents = drained(recorder.transport_mut());
    assert_eq!((documents.len(), recorder.transport().len()), (3, 0));
}

#[test]
fn a_host_that_knows_no_epoch_sends_what_its_clock_says() {
    let clock = ManualClock::at(Timestamp::from_secs(7));
    let mut recorder = device(Outbox::<2048>::new(), &clock);
    let mut whole = Document::<512>::new();
    let segment = recorder.begin_segment(&mut whole, "sensor", &TraceHeader::default()).expect("it has room");
    assert_eq!(recorder.end_segment(segment), Ok(()));
    assert!(!recorder.transport().is_waiting());
    assert_eq!(drained(recorder.transport_mut())[0]["start_time"], 7.0);
}

#[test]
fn a_document_is_released_from_among_datagrams_of_any_length() {
    let clock = BootClock::new(|| 5_000_000, BUILT);
    let mut recorder = device(Outbox::<300>::new(), &clock);
    assert_eq!(recorder.transport_mut().send(b"ping"), Ok(()));
    let mut whole = Document::<512>::new();
    let segment = recorder.begin_segment(&mut whole, "sensor", &TraceHeader::default()).expect("it has room");
    assert_eq!(recorder.end_segment(segment), Ok(()));
    let outbox = recorder.transport_mut();
    while outbox.send(b"x").is_ok() {}
    assert_eq!(outbox.front(), Some(&b"ping"[..]));
    assert!(outbox.pop() && outbox.is_waiting());
    assert!(outbox.release(clock.epoch().expect("it counts from boot")));
    assert!(outbox.front().is_some());
}

/// A source of randomness that takes its time.
struct Slow<'t>(&'t Cell<u64>);

impl Rng for Slow<'_> {
    fn fill(&mut self, dest: &mut [u8]) -> Result<(), RngFailed> {
        dest.fill(7);
        self.0.set(self.0.get() + 40_000);
        Ok(())
    }
}

#[test]
fn the_time_in_a_trace_is_that_of_the_clock_however_long_its_beginning_takes() {
    for set in [false, true] {
        let ticks = Cell::new(0);
        let clock = BootClock::new(|| ticks.get(), BUILT);
        if set {
            assert!(clock.set(NOON).is_ok());
        }
        let mut recorder = Recorder::new(MemoryTransport::<2048>::new(), &clock, Slow(&ticks));
        let mut whole = Document::<512>::new();
        let segment = recorder.begin_segment(&mut whole, "sensor", &TraceHeader::default()).expect("it has room");
        let now = recorder.now(&segment.context());
        assert_eq!(now, if set { clock.now() } else { Timestamp::from_micros(40_000) });
        assert_eq!(recorder.end_segment(segment), Ok(()));
        let sent: Vec<Value> = recorder.transport().datagrams().map(document).collect();
        assert_eq!(sent[0]["start_time"], if set { 1_780_000_000.0 } else { 1_770_000_000.0 });
    }
}

#[test]
fn a_device_without_an_outbox_sends_right_times_as_soon_as_it_knows_them() {
    let ticks = Cell::new(5_000_000);
    let mut recorder = device(MemoryTransport::<4096>::new(), BootClock::new(|| ticks.get(), BUILT));
    measure(&mut recorder, &ticks, |recorder| assert_eq!(recorder.set_time(NOON), Ok(())));
    let sent: Vec<Value> = recorder.transport().datagrams().map(document).collect();
    assert_eq!(sent[0]["end_time"], 1_780_000_000.0);
    assert_eq!(sent[1]["start_time"], 1_780_000_000.0 - 0.015);
    assert!(sent.iter().all(|document| document["metadata"] == Value::Null));
}

#[test]
fn a_full_outbox_keeps_what_it_has_and_counts_what_it_has_no_room_for() {
    let ticks = Cell::new(0);
    let mut recorder = device(Outbox::<600>::new(), BootClock::new(|| ticks.get(), BUILT));
    let mut whole = Document::<256>::new();
    for _ in 0..100 {
        let segment = recorder.begin_segment(&mut whole, "sensor", &TraceHeader::default()).expect("it has room");
        ticks.set(ticks.get() + 1_000_000);
        let _ = recorder.end_segment(segment);
    }
    let stats = recorder.stats();
    assert_eq!((stats.begun, stats.sent, stats.failed), (100, 3, 97));
    assert_eq!(recorder.set_time(NOON), Ok(()));
    let starts: Vec<Value> =
        drained(recorder.transport_mut()).iter().map(|document| document["start_time"].clone()).collect();
    assert_eq!(starts, [1_779_999_900.0, 1_779_999_901.0, 1_779_999_902.0]);
}

#[test]
fn a_clock_is_not_set_to_a_time_before_the_firmware_was_built_or_long_after() {
    let ticks = Cell::new(10_000_000);
    let clock = BootClock::new(|| ticks.get(), BUILT);
    for wrong in [Timestamp::from_secs(0), Timestamp::from_secs(7), BUILT] {
        assert!(clock.set(wrong).is_err());
        assert!(!clock.is_set());
    }
    assert!(clock.set(Timestamp::from_secs(BUILT.as_secs() + 10)).is_ok());
    assert!(clock.is_set());
    assert!(clock.set(Timestamp::from_secs(9)).is_err());
    assert!(clock.is_set() && clock.now() >= BUILT);
    // Nor to one at which no device of that build is switched on any more.
    for wrong in [Timestamp::from_secs(BUILT.as_secs() + 31 * 365 * 86_400), Timestamp::MAX] {
        assert!(clock.set(wrong).is_err());
    }
    // No guess at all is the time when this crate was written, and not 1970.
    assert!(BootClock::new(|| 0, Timestamp::default()).now() >= Timestamp::from_secs(1_767_225_600));
}

/// Sends what may leave, and what may not as well if that is wanted.
fn empty<C: Clock>(recorder: &mut Recorder<Outbox<8192>, C, SeededRng>, uart: &mut impl Transport, release: bool) {
    loop {
        assert!(recorder.transport_mut().drain_to(uart).is_ok());
        let epoch = recorder.clock().epoch().expect("it counts from boot");
        if !release || !recorder.transport_mut().release(epoch) {
            break;
        }
    }
}

#[test]
fn nothing_that_leaves_a_device_is_of_1970_whenever_the_clock_is_set() {
    for set_after in 0..12 {
        for release in [false, true] {
            let ticks = Cell::new(0);
            let mut recorder = device(Outbox::<8192>::new(), BootClock::new(|| ticks.get(), BUILT));
            let mut line = [0_u8; 20_000];
            let mut uart = WriteTransport::new(&mut line[..], Framing::Nul);
            for n in 0..12 {
                measure(&mut recorder, &ticks, |recorder| {
                    if n == set_after {
                        assert_eq!(recorder.set_time(NOON), Ok(()));
                    }
                });
                empty(&mut recorder, &mut uart, release);
            }
            let sent: Vec<Value> =
                line.split(|&byte| byte == 0).filter(|frame| !frame.is_empty()).map(document).collect();
            assert!(sent.len() > 10);
            for document in sent {
                let start = document["start_time"].as_f64().expect("it is a time");
                let is_marked = document["metadata"]["clock"]["set"] == false;
                let is_right = (1_779_999_999.0..1_780_000_001.0).contains(&start);
                let is_guessed = (1_770_000_000.0..1_770_000_001.0).contains(&start);
                assert!(if is_marked { is_guessed } else { is_right }, "{document}");
            }
        }
    }
}
