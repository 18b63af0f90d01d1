//! A daemon known by name: it moves and is followed, its name fails and it is kept, and what is sent before its name
//! is resolved waits.

mod support;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use support::daemon::{Answer, Registry, hear_all_threads, logged_of, refusing_port, until};
use support::{DEADLINE, assert_settled, case, run_again};
use xray_recorder::{Recorder, Transport, UdpTransport};
use xray_recorder_receiver::{Collector, Received};

fn say(recorder: Recorder<UdpTransport>, number: u64) {
    let mut segment = recorder.begin_segment("checkout");
    segment.put_annotation("n", number);
    segment.end();
}

/// The numbers that were said, in the order in which they arrived.
fn numbers(received: &Received) -> Vec<u64> {
    let number = |document: Value| document["annotations"]["n"].as_u64().unwrap();
    received.datagrams().iter().map(|datagram| number(datagram.document().unwrap().to_value())).collect()
}

fn arrived(collector: &mut Collector) -> usize {
    let _ = collector.wait_for(Duration::ZERO, |_| true);
    collector.received().entities()
}

fn at(addresses: &[SocketAddr]) -> Answer {
    Answer::Addresses(addresses.to_vec())
}

#[test]
fn an_address_that_changes_is_followed_and_no_send_fails_meanwhile() {
    let mut daemons = [Collector::loopback().unwrap(), Collector::loopback().unwrap()];
    let addresses = [daemons[0].addr(), daemons[1].addr()];
    let (registry, recorder) = Registry::recorder("moving:2000");
    assert_eq!(registry.asked(), "moving:2000");
    for round in 0..40 {
        // Half of the threads send before the address changes, and half whenever it happens.
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(move || (0..20).for_each(|number| say(recorder, number)));
            }
            registry.answer(at(&[addresses[round % 2]]));
        });
        assert_eq!(recorder.transport().peer_addr(), Some(addresses[round % 2]));
        say(recorder, 0);
        let sent = recorder.stats().datagrams as usize;
        until(|| daemons.iter_mut().map(arrived).sum::<usize>() == sent);
    }
    let stats = recorder.stats();
    assert_settled(stats);
    assert_eq!((stats.begun, stats.sent, stats.lost_datagrams), (40 * 81, 40 * 81, 0));
    for daemon in daemons {
        assert!(daemon.finish().unwrap().entities() >= 20, "each round's last is for the address of that round");
    }
}

#[test]
fn a_name_with_several_addresses_is_not_followed_to_and_fro() {
    let (mut first, second) = (Collector::loopback().unwrap(), Collector::loopback().unwrap());
    let (a, b) = (first.addr(), second.addr());
    let (registry, recorder) = Registry::recorder("round-robin:2000");
    registry.asked();
    registry.answer(at(&[a, b]));
    let source = recorder.transport().local_addr();
    for round in 0..20 {
        registry.answer(at(&if round % 2 == 0 { [b, a] } else { [a, b] }));
        say(recorder, round);
        assert_eq!((recorder.transport().peer_addr(), recorder.transport().local_addr()), (Some(a), source));
    }
    first.wait_for(DEADLINE, |received| received.entities() == 20).unwrap();
    assert_eq!(second.finish().unwrap().datagrams().len(), 0);

    registry.answer(at(&[b]));
    assert_eq!(recorder.transport().peer_addr(), Some(b));
}

#[test]
fn a_name_that_can_no_longer_be_resolved_keeps_its_address_and_that_is_logged_once() {
    hear_all_threads();
    let mut daemon = Collector::loopback().unwrap();
    let (registry, recorder) = Registry::recorder("flaky-name:2000");
    registry.asked();
    registry.answer(at(&[daemon.addr()]));
    let source = recorder.transport().local_addr();
    assert_eq!(logged_of("flaky-name"), [""; 0]);
    for (round, answer) in [Answer::Fails, at(&[]), Answer::Panics, Answer::Fails].into_iter().enumerate() {
        registry.answer(answer);
        say(recorder, round as u64);
        assert_eq!(recorder.transport().local_addr(), source);
        let records = logged_of("flaky-name");
        let kept = daemon.addr();
        assert_eq!(
            records,
            [format!(
                "WARN: the daemon's name \"flaky-name:2000\" cannot be resolved: the registry is down; \
                 documents go to {kept} as before"
            )]
        );
    }
    registry.answer(at(&[daemon.addr()]));
    registry.answer(at(&[daemon.addr()]));
    assert_eq!(recorder.transport().local_addr(), source);
    let records = logged_of("flaky-name");
    assert_eq!(records.len(), 2, "{records:?}");
    assert!(records[1].starts_with("INFO: ") && records[1].contains("is resolved again"), "{records:?}");

    let elsewhere = Collector::loopback().unwrap();
    registry.answer(at(&[elsewhere.addr()]));
    let records = logged_of("flaky-name");
    assert!(records.len() == 3 && records[2].contains("no longer"), "{records:?}");

    let received = daemon.wait_for(DEADLINE, |received| received.entities() == 4).unwrap();
    assert_eq!(numbers(received), [0, 1, 2, 3]);
    assert_eq!((recorder.stats().sent, recorder.stats().failed), (4, 0));
}

#[test]
fn what_is_sent_before_the_name_is_resolved_arrives_in_order() {
    let mut daemon = Collector::loopback().unwrap();
    let (registry, recorder) = Registry::recorder("late:2000");
    registry.asked();
    (0..25).for_each(|number| say(recorder, number));
    // It still waits when the first attempts fail.
    registry.answer(Answer::Fails);
    registry.answer(at(&[]));
    (25..50).for_each(|number| say(recorder, number));
    assert_eq!((recorder.transport().peer_addr(), recorder.transport().local_addr()), (None, None));
    assert_settled(recorder.stats());
    assert_eq!(recorder.stats().sent, 50);
    assert_eq!(arrived(&mut daemon), 0);

    registry.answer(at(&[daemon.addr()]));
    (50..60).for_each(|number| say(recorder, number));
    let received = daemon.wait_for(DEADLINE, |received| received.entities() == 60).unwrap();
    assert_eq!(numbers(received), Vec::from_iter(0..60));
    assert_settled(recorder.stats());
    assert_eq!((recorder.stats().sent, recorder.stats().lost_datagrams), (60, 0));
}

#[test]
fn what_each_thread_sends_while_the_name_is_resolved_arrives_in_its_order() {
    for _ in 0..20 {
        let mut daemon = Collector::loopback().unwrap();
        let (registry, recorder) = Registry::recorder("just-now:2000");
        registry.asked();
        thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || (0..25).for_each(|number| say(recorder, 100 * thread + number)));
            }
            registry.answer(at(&[daemon.addr()]));
        });
        let received = daemon.wait_for(DEADLINE, |received| received.entities() == 100).unwrap();
        let numbers = numbers(received);
        for thread in 0..4 {
            let own = numbers.iter().copied().filter(|number| number / 100 == thread);
            assert_eq!(Vec::from_iter(own), Vec::from_iter(100 * thread..100 * thread + 25));
        }
        assert_eq!((recorder.stats().sent, recorder.stats().lost_datagrams), (100, 0));
    }
}

#[test]
fn what_finds_no_room_to_wait_is_refused_and_counted() {
    let mut daemon = Collector::loopback().unwrap();
    let (registry, recorder) = Registry::recorder("full:2000");
    registry.asked();
    for number in 0..20 {
        let mut segment = recorder.begin_segment("checkout");
        segment.put_annotation("n", number).put_metadata("filling", &"x".repeat(8_100));
    }
    let stats = recorder.stats();
    assert_settled(stats);
    // Seven of 8.3 KB, where 64 KiB are.
    assert_eq!((stats.sent, stats.failed, stats.datagrams), (7, 13, 7));
    let refused = { recorder.transport() }.send(&[0; 8_100]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotConnected);
    assert_eq!(refused.to_string(), "the daemon's name is not resolved yet, and no more datagrams can wait for it");

    registry.answer(at(&[daemon.addr()]));
    say(recorder, 7);
    let received = daemon.wait_for(DEADLINE, |received| received.entities() == 8).unwrap();
    assert_eq!(numbers(received), Vec::from_iter(0..8));
    let stats = recorder.stats();
    assert_settled(stats);
    assert_eq!((stats.sent, stats.failed, stats.lost_datagrams), (8, 13, 0));
}

#[test]
fn what_waited_and_cannot_be_sent_then_is_counted_as_lost() {
    let daemon = Collector::loopback().unwrap();
    let (registry, resolve) = Registry::new();
    let transport = UdpTransport::resolved_by("late:2000", Duration::ZERO, resolve);
    registry.asked();
    // No datagram of UDP is that large.
    assert_eq!((&transport).send(&[0; 65_530]), Ok(()));
    assert_eq!((&transport).lost(), 1, "nobody knows yet");
    registry.answer(at(&[daemon.addr()]));
    assert_eq!((&transport).lost(), 1);
    assert!((&transport).send(&[0; 65_530]).is_err());
    assert_eq!((&transport).lost(), 1);
}

#[test]
fn the_first_address_that_can_be_connected_to_is_taken() {
    // A broadcast needs a permission that the socket did not ask for.
    let broadcast: SocketAddr = "255.255.255.255:2000".parse().unwrap();
    if UdpTransport::connect(broadcast).is_ok() {
        println!("skipped, as this system connects to a broadcast");
        return;
    }
    let mut daemon = Collector::loopback().unwrap();
    let (registry, recorder) = Registry::recorder("several:2000");
    registry.asked();
    registry.answer(at(&[broadcast]));
    assert_eq!(recorder.transport().peer_addr(), None);
    registry.answer(at(&[broadcast, daemon.addr(), refusing_port().local_addr().unwrap()]));
    assert_eq!(recorder.transport().peer_addr(), Some(daemon.addr()));
    registry.answer(at(&[broadcast]));
    assert_eq!(recorder.transport().peer_addr(), Some(daemon.addr()));
    say(recorder, 0);
    daemon.wait_for(DEADLINE, |received| received.entities() == 1).unwrap();
}

#[test]
fn a_daemon_nobody_finds_is_looked_for_before_it_is_time() {
    let nobody = refusing_port();
    let mut daemon = Collector::loopback().unwrap();
    let (registry, resolve) = Registry::new();
    let transport = UdpTransport::resolved_by("moved:2000", Duration::MAX, resolve);
    let recorder = Recorder::builder().transport(transport).build().unwrap();
    registry.asked();
    registry.answer_last(at(&[nobody.local_addr().unwrap()]));
    until(|| {
        say(recorder, 0);
        registry.is_asked()
    });
    registry.answer_last(at(&[daemon.addr()]));
    until(|| recorder.transport().peer_addr() == Some(daemon.addr()));
    let before = recorder.stats().datagrams;
    say(recorder, 1);
    daemon.wait_for(DEADLINE, |received| numbers(received).contains(&1)).unwrap();
    assert_settled(recorder.stats());
    // On Linux each of them is accounted for: those that waited, and the last, whose answer no send has read.
    until(|| !cfg!(target_os = "linux") || recorder.stats().lost_datagrams == before);
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "other systems may tell later that nobody listens")]
fn another_address_of_the_name_is_tried_when_nobody_listens_at_three_looks_in_a_row() {
    let nobody = refusing_port();
    let mut daemon = Collector::loopback().unwrap();
    let (dead, alive) = (nobody.local_addr().unwrap(), daemon.addr());
    let (registry, recorder) = Registry::recorder("two:2000");
    registry.asked();
    registry.answer(at(&[dead, alive]));
    // A look at which nobody was refused begins the count anew.
    for sends in [2, 2, 0, 2, 2, 2] {
        assert_eq!(recorder.transport().peer_addr(), Some(dead));
        (0..sends).for_each(|_| say(recorder, 0));
        registry.answer(at(&[dead, alive]));
    }
    // A name with one address has no other.
    say(recorder, 0);
    registry.answer(at(&[dead]));
    assert_eq!(recorder.transport().peer_addr(), Some(dead));
    registry.answer(at(&[alive, dead]));
    assert_eq!(recorder.transport().peer_addr(), Some(alive));
    say(recorder, 1);
    daemon.wait_for(DEADLINE, |received| received.entities() == 1).unwrap();
    assert_eq!(recorder.stats().lost_datagrams, recorder.stats().datagrams - 1);
}

#[test]
fn the_resolver_ends_with_the_transport_which_does_not_wait_for_it() {
    // The resolver's thread waits for the next time.
    let (registry, resolve) = Registry::new();
    let (held, gone) = channel::<()>();
    let transport = UdpTransport::resolved_by("idle:2000", Duration::MAX, move |name| {
        let _ = &held;
        resolve(name)
    });
    registry.asked();
    registry.answer_last(at(&[refusing_port().local_addr().unwrap()]));
    until(|| transport.peer_addr().is_some());
    drop(transport);
    assert_eq!(gone.recv_timeout(DEADLINE), Err(RecvTimeoutError::Disconnected));

    // It is in the middle of a call.
    let (registry, resolve) = Registry::new();
    let (held, gone) = channel::<()>();
    let transport = UdpTransport::resolved_by("busy:2000", Duration::MAX, move |name| {
        let _ = &held;
        resolve(name)
    });
    registry.asked();
    drop(transport);
    assert_eq!(gone.try_recv(), Err(std::sync::mpsc::TryRecvError::Empty));
    registry.answer_last(at(&[]));
    assert_eq!(gone.recv_timeout(DEADLINE), Err(RecvTimeoutError::Disconnected));
}

#[test]
fn a_recorder_by_the_environment_takes_a_name_that_leads_nowhere() {
    const TEST: &str = "a_recorder_by_the_environment_takes_a_name_that_leads_nowhere";
    let Some(name) = case() else {
        let name = "no-such-host.invalid:2000";
        return run_again(TEST, name, &[("AWS_XRAY_DAEMON_ADDRESS", name)]);
    };
    hear_all_threads();
    let recorder = Recorder::new();
    say(recorder, 0);
    assert_settled(recorder.stats());
    assert_eq!((recorder.stats().sent, recorder.transport().peer_addr()), (1, None));
    // Asking a resolver of the system takes as long as it takes.
    let waits = |record: &String| record.starts_with("WARN: ") && record.ends_with("documents wait until it can");
    until(|| logged_of(&name).iter().any(waits));
    assert_eq!(recorder.transport().peer_addr(), None);
}
