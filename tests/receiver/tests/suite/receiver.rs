//! What is sent over UDP arrives, and waiting ends.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use xray_recorder_receiver::{Code, Collector, ReceiveError, Receiver, Validator};

use crate::support::{embedded, embedding, lone, segment, with_header};

/// Long enough for any machine; only a failing test waits that long.
const DEADLINE: Duration = Duration::from_secs(60);

fn sender_to(address: SocketAddr) -> UdpSocket {
    let socket = match address {
        SocketAddr::V4(_) => UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)),
        SocketAddr::V6(_) => UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)),
    };
    let socket = socket.unwrap();
    socket.connect(address).unwrap();
    socket
}

fn send(socket: &UdpSocket, body: &str) {
    socket.send(&with_header(body)).unwrap();
}

/// A listener on the IPv6 loopback; none where the system has no IPv6.
fn ipv6() -> Option<Receiver> {
    Receiver::bind((Ipv6Addr::LOCALHOST, 0)).ok()
}

fn check_receives(mut receiver: Receiver) {
    let socket = sender_to(receiver.addr());
    send(&socket, &segment(1, &embedding(&[embedded(2, ""), embedded(3, "")])));
    send(&socket, &lone(4, 1, ""));
    let received = receiver.receive_until(DEADLINE, |received| received.entities() >= 4).unwrap();
    assert_eq!((received.datagrams().len(), received.entities()), (2, 4));
    assert_eq!(received.bytes(), received.datagrams().iter().map(xray_recorder_receiver::Datagram::len).sum::<usize>());
    assert_eq!(received.traces()[0].count(), 4);
    assert_eq!(received.findings(&Validator::default()), []);
}

fn check_collects(receiver: Receiver) {
    let mut collector = receiver.spawn().unwrap();
    let socket = sender_to(collector.addr());
    for number in 1..=50 {
        send(&socket, &segment(number, ""));
    }
    let received = collector.wait_for(DEADLINE, |received| received.entities() >= 50).unwrap();
    assert_eq!(received.datagrams().len(), 50);
    assert_eq!(collector.finish().unwrap().entities(), 50);
}

#[test]
fn a_receiver_returns_when_enough_has_arrived_over_ipv4() {
    check_receives(Receiver::loopback().unwrap());
}

#[test]
fn a_receiver_returns_when_enough_has_arrived_over_ipv6() {
    ipv6().into_iter().for_each(check_receives);
}

#[test]
fn a_collector_collects_a_burst_over_ipv4() {
    check_collects(Receiver::bind("127.0.0.1:0").unwrap());
}

#[test]
fn a_collector_collects_a_burst_over_ipv6() {
    ipv6().into_iter().for_each(check_collects);
}

#[test]
fn a_receiver_says_what_had_arrived_when_the_deadline_passes() {
    let mut receiver = Receiver::loopback().unwrap();
    send(&sender_to(receiver.addr()), &segment(1, ""));
    receiver.receive_until(DEADLINE, |received| received.entities() == 1).unwrap();
    let error = receiver.receive_until(Duration::ZERO, |received| received.entities() == 2).unwrap_err();
    assert!(matches!(error, ReceiveError::DeadlinePassed { datagrams: 1, entities: 1, .. }), "{error}");
    assert_eq!(receiver.into_received().entities(), 1);
}

#[test]
fn a_receiver_gives_up_at_the_deadline_when_nothing_arrives() {
    let mut receiver = Receiver::loopback().unwrap();
    let error = receiver.receive_until(Duration::from_millis(1), |_| false).unwrap_err();
    assert_eq!(
        error.to_string(),
        "what was waited for did not arrive within 1ms; so far 0 datagrams with 0 entities and 0 bytes"
    );
}

#[test]
fn a_collector_gives_up_at_the_deadline_when_nothing_arrives() {
    let mut collector = Collector::loopback().unwrap();
    let error = collector.wait_for(Duration::from_millis(1), |_| false).unwrap_err();
    assert!(matches!(error, ReceiveError::DeadlinePassed { datagrams: 0, .. }), "{error}");
}

#[test]
fn a_collector_hands_over_what_the_kernel_still_held_when_it_is_finished() {
    let collector = Collector::loopback().unwrap();
    let socket = sender_to(collector.addr());
    for number in 1..=50 {
        send(&socket, &segment(number, ""));
    }
    assert_eq!(collector.finish().unwrap().entities(), 50);
}

#[test]
fn a_collector_keeps_what_its_receiver_had_received() {
    let mut receiver = Receiver::loopback().unwrap();
    let socket = sender_to(receiver.addr());
    send(&socket, &segment(1, ""));
    receiver.receive_until(DEADLINE, |received| received.entities() == 1).unwrap();
    let collector = receiver.spawn().unwrap();
    send(&socket, &segment(2, ""));
    let names: Vec<String> = collector
        .finish()
        .unwrap()
        .traces()
        .iter()
        .flat_map(|trace| trace.entities().map(|entity| entity.name.clone()).collect::<Vec<_>>())
        .collect();
    assert_eq!(names, ["segment 1", "segment 2"]);
}

#[test]
fn a_collector_on_every_address_can_be_finished() -> io::Result<()> {
    let collector = Receiver::bind((Ipv4Addr::UNSPECIFIED, 0))?.spawn()?;
    send(&sender_to((Ipv4Addr::LOCALHOST, collector.addr().port()).into()), &segment(1, ""));
    assert_eq!(collector.finish()?.entities(), 1);
    Ok(())
}

#[test]
fn a_dropped_collector_ends_its_thread() {
    // The drop joins the thread: it returns only because the thread ends.
    drop(Collector::loopback().unwrap());
}

#[test]
fn an_empty_datagram_and_noise_are_received_as_they_are() {
    let mut receiver = Receiver::loopback().unwrap();
    let socket = sender_to(receiver.addr());
    socket.send(b"").unwrap();
    socket.send(b"noise\n\n").unwrap();
    let received = receiver.receive_until(DEADLINE, |received| received.datagrams().len() == 2).unwrap();
    assert_eq!((received.entities(), received.bytes()), (0, 7));
    let codes: Vec<Code> = received.findings(&Validator::default()).iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::HeaderMissing, Code::HeaderNotJson]);
}
