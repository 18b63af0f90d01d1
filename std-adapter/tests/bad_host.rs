//! A host that does not do its part: addresses that are none, ports where nobody listens, clocks that run backwards,
//! randomness that fails. The program goes on, and what is lost is counted.

mod support;

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use support::daemon::refusing_port;
use support::{
    DEADLINE, Memory, SetClock, assert_settled, case, document, documents, findings, logged, recorder, run_again,
};
use xray_recorder::{BuildError, Clock, DaemonAddress, Recorder, Rng, RngFailed, Timestamp, Transport, UdpTransport};
use xray_recorder_core::testing::{FailingRng, SeededRng};
use xray_recorder_receiver::Collector;

#[test]
fn an_address_in_the_environment_that_does_not_parse_is_an_error_of_build_and_ignored_by_new() {
    const TEST: &str = "an_address_in_the_environment_that_does_not_parse_is_an_error_of_build_and_ignored_by_new";
    let Some(address) = case() else {
        for address in ["127.0.0.1", "nowhere", "tcp:127.0.0.1:2000", "127.0.0.1:99999", "a:1 b:2 c:3", "\u{1b}[2J"] {
            run_again(TEST, address, &[("AWS_XRAY_DAEMON_ADDRESS", address)]);
        }
        return;
    };
    let error = Recorder::builder().build().unwrap_err();
    assert_eq!(error, BuildError::DaemonAddress(address.parse::<DaemonAddress>().unwrap_err()));
    assert!(error.to_string().starts_with("AWS_XRAY_DAEMON_ADDRESS: `"), "{error}");
    assert!(std::error::Error::source(&error).is_some());

    let records = logged(|| {
        let recorder = Recorder::new();
        // Where a daemon has the default address already, it is not to be given documents of a test.
        if let Ok(daemon) = UdpSocket::bind("127.0.0.1:2000") {
            recorder.begin_segment("checkout").end();
            assert_eq!((recorder.stats().sent, recorder.stats().lost_datagrams), (1, 0));
            daemon.set_read_timeout(Some(DEADLINE)).unwrap();
            assert!(daemon.recv(&mut [0; 65_536]).unwrap() > 0);
        }
    });
    assert_eq!(records.len(), 1, "{records:?}");
    assert!(records[0].starts_with("WARN: AWS_XRAY_DAEMON_ADDRESS: `"), "{records:?}");

    // A transport of one's own has no use for it.
    assert!(Recorder::builder().transport(Memory::default()).build().is_ok());
}

#[test]
fn an_address_in_the_environment_wins_over_code() {
    const TEST: &str = "an_address_in_the_environment_wins_over_code";
    if case().is_none() {
        let mut collector = Collector::loopback().unwrap();
        let both = format!(" tcp:127.0.0.1:1   udp:{} ", collector.addr());
        for address in [collector.addr().to_string(), both] {
            run_again(TEST, &address, &[("AWS_XRAY_DAEMON_ADDRESS", &address)]);
        }
        let received = collector.wait_for(DEADLINE, |received| received.entities() == 4).unwrap();
        assert_eq!(findings(received.datagrams()), []);
        return;
    }
    let nobody = "127.0.0.1:1".parse::<DaemonAddress>().unwrap();
    for recorder in [Recorder::new(), Recorder::builder().daemon_address(nobody).build().unwrap()] {
        recorder.begin_segment("checkout").end();
        assert_settled(recorder.stats());
    }
}

#[test]
fn an_empty_address_in_the_environment_is_none() {
    const TEST: &str = "an_empty_address_in_the_environment_is_none";
    if case().is_none() {
        return run_again(TEST, "empty", &[("AWS_XRAY_DAEMON_ADDRESS", "  "), ("AWS_XRAY_TRACING_NAME", "")]);
    }
    let records = logged(|| {
        let mut collector = Collector::loopback().unwrap();
        let recorder = Recorder::builder().daemon_address(collector.addr().into()).service("checkout").build().unwrap();
        assert_eq!(recorder.service(), "checkout");
        recorder.begin_segment(recorder.service()).end();
        collector.wait_for(DEADLINE, |received| received.entities() == 1).unwrap();
    });
    assert_eq!(records, [""; 0]);
}

#[test]
fn where_nobody_listens_each_datagram_is_counted_as_lost_one_call_late() {
    let nobody = refusing_port();
    let records = logged(|| {
        let transport = UdpTransport::connect(nobody.local_addr().unwrap()).unwrap();
        let recorder = Recorder::builder().transport(transport).build().unwrap();
        for sent in 1..=100 {
            recorder.begin_segment("checkout").end();
            let stats = recorder.stats();
            assert_settled(stats);
            assert_eq!((stats.sent, stats.failed, stats.datagrams), (sent, 0, sent));
            if cfg!(target_os = "linux") {
                assert_eq!(stats.lost_datagrams, sent - 1);
            } else {
                // Other systems may report later, never more.
                assert!(stats.lost_datagrams < sent);
            }
        }
    });
    assert_eq!(records, [""; 0], "a dead port is no failure of the send");
}

#[test]
fn a_daemon_that_comes_back_gets_what_is_sent_from_then_on() {
    let holder = refusing_port();
    let address = holder.local_addr().unwrap();
    let recorder = Recorder::builder().transport(UdpTransport::connect(address).unwrap()).build().unwrap();
    recorder.begin_segment("lost").end();
    // The same socket begins to listen: connected to the recorder's.
    let source = (std::net::Ipv4Addr::LOCALHOST, recorder.transport().local_addr().unwrap().port());
    holder.connect(source).unwrap();
    holder.set_read_timeout(Some(DEADLINE)).unwrap();
    recorder.begin_segment("delivered").end();
    let mut datagram = [0; 65_536];
    let length = holder.recv(&mut datagram).unwrap();
    let text = std::str::from_utf8(&datagram[..length]).unwrap();
    assert!(text.contains(r#""name":"delivered""#), "{text}");
    assert!(recorder.stats().lost_datagrams <= 1);
    assert_eq!(recorder.stats().sent, 2);
}

#[test]
fn a_host_name_that_does_not_resolve_blocks_no_send_and_fails_those_that_find_no_room_to_wait() {
    support::within_deadline(|| {
        let records = logged(|| {
            let daemon: DaemonAddress = "no-such-host.invalid:2000".parse().unwrap();
            let transport = UdpTransport::to(&daemon);
            let recorder = Recorder::builder().transport(transport).build().unwrap();
            for begun in 1..=10_000 {
                recorder.begin_segment("checkout").end();
                assert_eq!(recorder.stats().sent + recorder.stats().failed, begun);
            }
            let stats = recorder.stats();
            assert_settled(stats);
            assert!(stats.bytes > 60_000 && stats.bytes + 2 * stats.datagrams <= 65_536, "{stats:?}");
            assert_eq!(stats.lost_datagrams, stats.datagrams, "as long as they wait");
            assert_eq!(recorder.transport().local_addr(), None);
        });
        assert_eq!(records.len(), 1, "{records:?}");
        assert!(records[0].starts_with("WARN: a document of "), "{records:?}");
    });
}

#[test]
fn a_datagram_the_kernel_does_not_take_is_counted_as_failed() {
    // A broadcast needs a permission that the socket did not ask for; a system that connects to one fails the send.
    match UdpTransport::connect("255.255.255.255:2000".parse().unwrap()) {
        Err(_) => {
            let daemon: DaemonAddress = "255.255.255.255:2000".parse().unwrap();
            let recorder = Recorder::builder().transport(UdpTransport::to(&daemon)).build().unwrap();
            recorder.begin_segment("checkout").end();
            assert_settled(recorder.stats());
            assert_eq!(recorder.stats().failed, 1);
        }
        Ok(transport) => assert!((&transport).send(b"x").is_err()),
    }
}

#[test]
fn a_clock_that_runs_backwards_ends_nothing_before_its_start() {
    for (start, step) in [(2_000_000_000_000_000, -1_000_000), (1_700_000_000_000_000, 0), (1_700_000_000_000_000, 250)]
    {
        let builder = Recorder::builder().describe_sdk(false).transport(Memory::default());
        let recorder = builder.clock(SetClock::at(start, step)).build().unwrap();
        for _ in 0..3 {
            let segment = recorder.begin_segment("checkout");
            let outer = segment.begin_subsegment("outer");
            outer.begin_subsegment("inner").end();
            let alone = segment.begin_subsegment("alone");
            outer.end();
            segment.end();
            alone.end();
        }
        assert_settled(recorder.stats());
        assert_eq!(findings(&recorder.transport().sent()), []);
    }
}

#[test]
fn a_clock_at_either_end_of_time_spoils_no_document() {
    for micros in [0, 1, 9_999_999_999_999_999, 10_000_000_000_000_000, i64::MAX as u64, u64::MAX] {
        for step in [0, 1, -1] {
            let builder = Recorder::builder().describe_sdk(false).transport(Memory::default());
            let recorder = builder.clock(SetClock::at(micros, step)).build().unwrap();
            let segment = recorder.begin_segment("checkout");
            segment.begin_subsegment("db").end();
            segment.begin_subsegment_at("early", Timestamp::from_micros(0)).end_at(Timestamp::from_micros(u64::MAX));
            segment.begin_subsegment_at("late", Timestamp::from_micros(u64::MAX)).end_at(Timestamp::from_micros(0));
            segment.end();
            assert_settled(recorder.stats());
            // Such times are none the service takes; all the rest is as it should be.
            let codes: Vec<_> =
                findings(&recorder.transport().sent()).iter().map(|finding| finding.code.as_str()).collect();
            assert!(codes.iter().all(|&code| code == "timestamp-range"), "{micros} {step}: {codes:?}");
        }
    }
}

/// A wall clock that is set while its ticks go on.
#[derive(Clone, Default)]
struct Disturbed {
    wall: Arc<AtomicU64>,
    ticks: Arc<AtomicU64>,
}

impl Clock for Disturbed {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.wall.load(Ordering::Relaxed))
    }

    fn ticks(&self) -> Option<u64> {
        Some(self.ticks.load(Ordering::Relaxed))
    }
}

#[test]
fn a_wall_clock_that_is_set_disturbs_no_duration() {
    let clock = Disturbed::default();
    clock.wall.store(1_700_000_000_000_000, Ordering::Relaxed);
    let builder = Recorder::builder().describe_sdk(false).transport(Memory::default());
    let recorder = builder.clock(clock.clone()).build().unwrap();
    let segment = recorder.begin_segment("checkout");
    clock.ticks.fetch_add(1_500_000, Ordering::Relaxed);
    let child = segment.begin_subsegment("db");
    // An hour back, and far ahead.
    clock.wall.fetch_sub(3_600_000_000, Ordering::Relaxed);
    clock.ticks.fetch_add(250, Ordering::Relaxed);
    child.end();
    clock.wall.store(4_000_000_000_000_000, Ordering::Relaxed);
    clock.ticks.fetch_add(1, Ordering::Relaxed);
    segment.end();
    let document = document(recorder);
    assert_eq!(document["start_time"], 1_700_000_000.0);
    assert_eq!(document["end_time"], 1_700_000_001.500_251);
    assert_eq!(document["subsegments"][0]["start_time"], 1_700_000_001.5);
    assert_eq!(document["subsegments"][0]["end_time"], 1_700_000_001.500_25);
}

#[test]
fn randomness_that_fails_drops_and_counts_the_segment_and_the_guard_is_harmless() {
    let recorder = Recorder::builder().rng(FailingRng).transport(Memory::default()).build().unwrap();
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:1";
    let records = logged(|| {
        for dropped in 1..=10 {
            let mut segment = recorder.segment("checkout").header(header).begin();
            assert!(!segment.is_sampled());
            segment.put_annotation("key", 1).set_user("u-17").set_fault();
            let child = segment.begin_subsegment("db");
            child.begin_subsegment("inner").end();
            // What is not recorded here is not to be recorded further on.
            assert_eq!(
                child.trace_header().to_string(),
                "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=a:1"
            );
            child.end();
            segment.end();
            let stats = recorder.stats();
            assert_settled(stats);
            assert_eq!((stats.begun, stats.dropped, stats.sent), (dropped, dropped, 0));
        }
    });
    assert_eq!(
        records,
        ["ERROR: a segment was dropped: the source of randomness failed; further ones are counted only"]
    );
    assert_eq!(documents(recorder).len(), 0);
}

/// Randomness that fails, or panics, every other time.
struct Flaky(u32, SeededRng, bool);

impl Rng for Flaky {
    fn fill(&mut self, dest: &mut [u8]) -> Result<(), RngFailed> {
        self.0 += 1;
        match (self.0 % 2, self.2) {
            (0, true) => std::panic::resume_unwind(Box::new("no dice")),
            (0, false) => Err(RngFailed),
            _ => self.1.fill(dest),
        }
    }
}

#[test]
fn randomness_that_comes_back_begins_segments_again() {
    let recorder = Recorder::builder().rng(Flaky(0, SeededRng::new(7), false)).transport(Memory::default());
    let recorder = recorder.build().unwrap();
    (0..10).for_each(|_| recorder.begin_segment("checkout").begin_subsegment("db").end());
    let stats = recorder.stats();
    assert_settled(stats);
    assert_eq!((stats.begun, stats.sent, stats.dropped), (5 * 2 + 5, 5 * 2, 5));

    // Also after a panic while it was locked, which is no more than a failure.
    let recorder = Recorder::builder().rng(Flaky(0, SeededRng::new(7), true)).transport(Memory::default());
    let recorder = recorder.build().unwrap();
    for _ in 0..5 {
        recorder.begin_segment("checkout").end();
        thread::spawn(move || recorder.begin_segment("checkout").end()).join().unwrap();
    }
    let stats = recorder.stats();
    assert_settled(stats);
    assert_eq!((stats.sent, stats.dropped), (5, 5));
}

/// A transport that looks at the recorder it belongs to, and records with it.
#[derive(Default)]
struct Meddling(Mutex<Option<Recorder<Self>>>);

impl embedded_io::ErrorType for &Meddling {
    type Error = embedded_io::ErrorKind;
}

impl Transport for &Meddling {
    fn send(&mut self, _: &[u8]) -> Result<(), embedded_io::ErrorKind> {
        // Once, or it would go on for ever.
        let recorder = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(recorder) = recorder {
            assert!(recorder.stats().begun > 0);
            recorder.begin_segment("within").begin_subsegment("db").end();
        }
        Ok(())
    }
}

#[test]
fn a_transport_may_use_the_recorder_it_belongs_to() {
    support::within_deadline(|| {
        let recorder = Recorder::builder().transport(Meddling::default()).build().unwrap();
        let segment = recorder.begin_segment("checkout");
        *recorder.transport().0.lock().unwrap() = Some(recorder);
        segment.end();
        assert_settled(recorder.stats());
        assert_eq!(recorder.stats().sent, 3);
    });
}

#[test]
fn segments_of_one_trace_begun_by_several_recorders_have_ids_of_their_own() {
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
    let mut ids = std::collections::HashSet::new();
    for recorder in [recorder(), recorder()] {
        let segment = recorder.segment("checkout").header(header).begin();
        let children = [(); 10].map(|()| segment.begin_subsegment("db"));
        ids.insert(segment.context().unwrap().id());
        ids.extend(children.iter().map(|child| child.context().unwrap().id()));
    }
    assert_eq!(ids.len(), 22);
}

struct Panicking;

impl embedded_io::ErrorType for &Panicking {
    type Error = std::convert::Infallible;
}

impl Transport for &Panicking {
    fn send(&mut self, _: &[u8]) -> Result<(), Self::Error> {
        panic!("a transport of the user's own")
    }
}

#[test]
fn a_transport_that_panics_fails_the_document_and_not_the_program() {
    let recorder = Recorder::builder().transport(Panicking).build().unwrap();
    let segment = recorder.begin_segment("checkout");
    segment.begin_subsegment("db").end();
    segment.end();
    let while_unwinding = thread::spawn(move || {
        let _segment = recorder.begin_segment("checkout");
        panic!("the program's own");
    });
    assert!(while_unwinding.join().is_err());
    assert_settled(recorder.stats());
    assert_eq!(recorder.stats().failed, 3);
}

/// An error that cannot even be told.
struct Unspeakable;

impl std::fmt::Debug for Unspeakable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("an error of the user's own")
    }
}

impl std::fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Unspeakable {}

impl embedded_io::Error for Unspeakable {
    fn kind(&self) -> embedded_io::ErrorKind {
        embedded_io::ErrorKind::Other
    }
}

struct Refusing;

impl embedded_io::ErrorType for &Refusing {
    type Error = Unspeakable;
}

impl Transport for &Refusing {
    fn send(&mut self, _: &[u8]) -> Result<(), Unspeakable> {
        Err(Unspeakable)
    }
}

#[test]
fn an_error_that_panics_when_it_is_told_fails_the_document_and_not_the_program() {
    let told = logged(|| {
        let recorder = Recorder::builder().transport(Refusing).build().unwrap();
        recorder.begin_segment("checkout").end();
        assert_settled(recorder.stats());
        assert_eq!(recorder.stats().failed, 1);
    });
    assert!(told.len() <= 1);
}

struct Broken;

impl Clock for Broken {
    fn now(&self) -> Timestamp {
        panic!("a clock of the user's own")
    }
}

#[test]
fn a_clock_that_panics_leaves_entities_without_duration_and_the_program_alone() {
    let collector = Collector::loopback().unwrap();
    let transport = UdpTransport::connect(collector.addr()).unwrap();
    let recorder = Recorder::builder().transport(transport).clock(Broken).build().unwrap();
    let segment = recorder.begin_segment("checkout");
    segment.begin_subsegment("db").end();
    segment.end();
    assert_settled(recorder.stats());
    assert_eq!(recorder.stats().sent, 2);
}
