//! A daemon that has a name, moves, restarts, or is not there.

mod support;

use std::io::{Error, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver as Channel, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fs, thread};

use support::{DEADLINE, assert_settled, findings, logged, within_deadline};
use xray_recorder::{DaemonAddress, Recorder, UdpTransport};
use xray_recorder_receiver::{Collector, Receiver};

/// As often as a thread comes to it.
const AT_ONCE: Duration = Duration::from_millis(1);

/// So rarely that it does not happen in a test.
const NEVER: Duration = Duration::from_secs(100_000);

fn recorder(transport: UdpTransport) -> Recorder<UdpTransport> {
    Recorder::builder().describe_sdk(false).transport(transport).build().unwrap()
}

/// A name that leads where the test says, and the number of times it was asked for.
#[derive(Clone, Debug)]
struct Name {
    answer: Arc<Mutex<Result<Vec<SocketAddr>, ErrorKind>>>,
    asked: Arc<AtomicU64>,
    told: Sender<()>,
}

impl Name {
    /// The name, and a channel on which each question is told.
    fn leading_to(addresses: &[SocketAddr]) -> (Self, Channel<()>) {
        let (told, asked) = mpsc::channel();
        (Self { answer: Arc::new(Mutex::new(Ok(addresses.to_vec()))), asked: Arc::default(), told }, asked)
    }

    fn now_leads_to(&self, addresses: &[SocketAddr]) {
        *self.answer.lock().unwrap() = Ok(addresses.to_vec());
    }

    fn now_fails(&self) {
        *self.answer.lock().unwrap() = Err(ErrorKind::NotFound);
    }

    fn transport(&self, ttl: Duration) -> UdpTransport {
        let name = self.clone();
        UdpTransport::resolved_by("xray-daemon", ttl, move |asked| {
            assert_eq!(asked, "xray-daemon");
            name.asked.fetch_add(1, Ordering::Relaxed);
            let answer = name.answer.lock().unwrap().clone();
            let _ = name.told.send(());
            answer.map_err(Error::from)
        })
    }
}

/// Waits until the name was asked for once more, after what was asked before.
fn asked_again(asked: &Channel<()>) {
    asked.try_iter().for_each(drop);
    // The first answer may have been on its way already.
    for _ in 0..2 {
        asked.recv_timeout(DEADLINE).unwrap();
    }
}

#[test]
fn a_name_whose_address_changes_is_followed_and_no_send_fails() {
    let (mut one, mut two) = (Collector::loopback().unwrap(), Collector::loopback().unwrap());
    let (name, asked) = Name::leading_to(&[one.addr()]);
    let recorder = recorder(name.transport(AT_ONCE));
    recorder.begin_segment("checkout").end();
    one.wait_for(DEADLINE, |received| received.entities() == 1).unwrap();

    name.now_leads_to(&[two.addr()]);
    asked_again(&asked);
    for _ in 0..100 {
        recorder.begin_segment("checkout").end();
    }
    two.wait_for(DEADLINE, |received| received.entities() > 0).unwrap();
    assert_eq!(recorder.transport().peer_addr(), Some(two.addr()));
    recorder.begin_segment("the last").end();
    two.wait_for(DEADLINE, |received| received.traces().iter().any(|trace| trace.outline() == "the last\n")).unwrap();

    let stats = recorder.stats();
    assert_settled(stats);
    assert_eq!((stats.begun, stats.sent, stats.lost_datagrams), (102, 102, 0));
    let (one, two) = (one.finish().unwrap(), two.finish().unwrap());
    assert_eq!(one.entities() + two.entities(), 102);
    assert_eq!(findings(two.datagrams()), []);
}

#[test]
fn a_name_with_several_addresses_stays_with_the_one_it_has() {
    let (mut one, two) = (Collector::loopback().unwrap(), Collector::loopback().unwrap());
    let (name, asked) = Name::leading_to(&[one.addr(), two.addr()]);
    let recorder = recorder(name.transport(AT_ONCE));
    asked_again(&asked);
    let local = recorder.transport().local_addr();
    assert!(local.is_some());
    name.now_leads_to(&[two.addr(), one.addr()]);
    asked_again(&asked);
    recorder.begin_segment("checkout").end();
    one.wait_for(DEADLINE, |received| received.entities() == 1).unwrap();
    assert_eq!((recorder.transport().peer_addr(), recorder.transport().local_addr()), (Some(one.addr()), local));
}

#[test]
fn a_name_that_cannot_be_resolved_any_more_leads_where_it_did() {
    let mut one = Collector::loopback().unwrap();
    let (name, asked) = Name::leading_to(&[one.addr()]);
    let recorder = recorder(name.transport(AT_ONCE));
    asked_again(&asked);
    name.now_fails();
    asked_again(&asked);
    name.now_leads_to(&[]);
    asked_again(&asked);
    recorder.begin_segment("checkout").end();
    one.wait_for(DEADLINE, |received| received.entities() == 1).unwrap();
}

#[test]
fn what_is_sent_before_the_first_address_waits_for_it() {
    let mut collector = Collector::loopback().unwrap();
    let address = collector.addr();
    let (answer, answered) = mpsc::channel::<()>();
    let answered = Mutex::new(answered);
    let recorder = recorder(UdpTransport::resolved_by("slow", NEVER, move |_| {
        answered.lock().unwrap().recv_timeout(DEADLINE).map_err(Error::other)?;
        Ok(vec![address])
    }));
    for name in ["one", "two", "three"] {
        recorder.begin_segment(name).end();
    }
    assert_eq!((recorder.stats().sent, recorder.stats().lost_datagrams), (3, 3), "nobody knows yet");
    assert_eq!((recorder.transport().local_addr(), recorder.transport().peer_addr()), (None, None));
    answer.send(()).unwrap();
    collector.wait_for(DEADLINE, |received| received.entities() == 3).unwrap();
    assert_eq!(recorder.stats().lost_datagrams, 0);
    let outlines: Vec<_> =
        collector.finish().unwrap().traces().iter().map(xray_recorder_receiver::Trace::outline).collect();
    assert_eq!(outlines, ["one\n", "two\n", "three\n"]);
}

#[test]
fn what_waits_for_a_name_that_leads_nowhere_is_bounded_and_counted() {
    within_deadline(|| {
        let records = logged(|| {
            let daemon: DaemonAddress = "no-such-host.invalid:2000".parse().unwrap();
            let recorder = recorder(UdpTransport::to(&daemon));
            for _ in 0..10_000 {
                recorder.begin_segment("checkout").end();
            }
            let stats = recorder.stats();
            assert_settled(stats);
            // 64 KiB of documents of about 150 bytes.
            assert_eq!(stats.sent, stats.lost_datagrams);
            assert!(stats.bytes <= 65_536 && stats.bytes > 65_000, "{stats:?}");
            assert_eq!(stats.failed, 10_000 - stats.sent);
            assert_eq!(recorder.transport().local_addr(), None);
        });
        assert_eq!(records.len(), 1, "{records:?}");
        assert!(records[0].starts_with("WARN: a document of "), "{records:?}");
    });
}

#[test]
fn the_resolver_ends_with_its_transport() {
    let (name, asked) = Name::leading_to(&["127.0.0.1:9".parse().unwrap()]);
    let transport = name.transport(NEVER);
    drop(name);
    asked.recv_timeout(DEADLINE).unwrap();
    drop(transport);
    // The channel ends when the resolver's closure is gone.
    assert_eq!(asked.recv_timeout(DEADLINE), Err(mpsc::RecvTimeoutError::Disconnected));
}

#[test]
fn a_daemon_that_moves_while_nobody_listens_is_found_before_the_time_is_up() {
    let mut one = Collector::loopback().unwrap();
    let (name, _asked) = Name::leading_to(&[one.addr()]);
    // A second has to pass between two questions; the time to live is far off.
    let recorder = recorder(name.transport(NEVER));
    recorder.begin_segment("checkout").end();
    one.wait_for(DEADLINE, |received| received.entities() == 1).unwrap();
    drop(one.finish().unwrap());

    let two = Collector::loopback().unwrap();
    name.now_leads_to(&[two.addr()]);
    within_deadline(move || {
        while recorder.transport().peer_addr() != Some(two.addr()) {
            recorder.begin_segment("checkout").end();
            thread::yield_now();
        }
        let stats = recorder.stats();
        assert_settled(stats);
        assert!(stats.lost_datagrams > 0);
    });
}

#[test]
fn the_hosts_own_name_leads_to_it() {
    let Ok(name) = fs::read_to_string("/proc/sys/kernel/hostname") else {
        println!("skipped, as this host does not tell its name");
        return;
    };
    let name = name.trim();
    let Ok(mut own) = (name, 0).to_socket_addrs() else {
        println!("skipped, as this host does not resolve its own name");
        return;
    };
    let Some(Ok(receiver)) = own.next().map(Receiver::bind) else {
        println!("skipped, as this host's name is not its own address");
        return;
    };
    let mut collector = receiver.spawn().unwrap();
    let daemon: DaemonAddress = format!("{name}:{}", collector.addr().port()).parse().unwrap();
    let recorder = recorder(UdpTransport::to(&daemon));
    recorder.begin_segment("checkout").end();
    collector.wait_for(DEADLINE, |received| received.entities() == 1).unwrap();
    assert_eq!((recorder.stats().sent, recorder.stats().failed), (1, 0));
}

/// One thread: each datagram sent into the void is answered before the next one, and counted with it.
#[test]
fn of_a_daemon_that_restarts_exactly_what_was_sent_into_the_gap_is_lost() {
    let mut before = Collector::loopback().unwrap();
    let address = before.addr();
    let recorder = recorder(UdpTransport::connect(address).unwrap());
    for _ in 0..100 {
        recorder.begin_segment("before").end();
    }
    before.wait_for(DEADLINE, |received| received.entities() == 100).unwrap();
    assert_eq!(before.finish().unwrap().entities(), 100);

    for _ in 0..250 {
        recorder.begin_segment("in the gap").end();
    }
    let mut after = Receiver::bind(address).unwrap().spawn().unwrap();
    for _ in 0..100 {
        recorder.begin_segment("after").end();
    }
    after.wait_for(DEADLINE, |received| received.entities() == 100).unwrap();
    let stats = recorder.stats();
    assert_settled(stats);
    assert_eq!((stats.begun, stats.sent, stats.lost_datagrams), (450, 450, 250));
    assert_eq!(after.finish().unwrap().entities(), 100);
}

/// Several threads: answers to datagrams that were under way at once come as one. So no more is counted than was lost,
/// and nothing is lost but what was sent into the gap.
#[test]
fn a_daemon_that_restarts_under_load_loses_nothing_but_what_was_sent_into_the_gap() {
    let before = Collector::loopback().unwrap();
    let address = before.addr();
    let recorder = recorder(UdpTransport::connect(address).unwrap());
    let (stop, answered) = (AtomicBool::new(false), AtomicU64::new(0));
    let received = thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                // One at a time and thread, so that no receive buffer overflows.
                while !stop.load(Ordering::Relaxed) {
                    let sent = recorder.stats().sent;
                    if sent < answered.load(Ordering::Relaxed) + recorder.stats().lost_datagrams + 50 {
                        recorder.begin_segment("checkout").end();
                    }
                    thread::yield_now();
                }
            });
        }
        let mut before = before;
        before
            .wait_for(DEADLINE, |received| {
                answered.store(received.entities() as u64, Ordering::Relaxed);
                received.entities() >= 500
            })
            .unwrap();
        let first = before.finish().unwrap().entities() as u64;
        // The gap: until something was lost.
        while recorder.stats().lost_datagrams < 50 {
            answered.store(recorder.stats().sent, Ordering::Relaxed);
            thread::yield_now();
        }
        let mut after = Receiver::bind(address).unwrap().spawn().unwrap();
        let floor = recorder.stats().sent;
        after
            .wait_for(DEADLINE, |received| {
                answered.store(floor + received.entities() as u64, Ordering::Relaxed);
                received.entities() >= 500
            })
            .unwrap();
        stop.store(true, Ordering::Relaxed);
        (first, after)
    });
    let (first, after) = received;
    let stats = recorder.stats();
    let second = after.finish().unwrap().entities() as u64;
    assert_settled(stats);
    assert_eq!(stats.failed, 0);
    assert!(stats.lost_datagrams >= 50 && first + second + stats.lost_datagrams <= stats.sent, "{stats:?}");
}
