//! Real datagrams over a real socket: every subsegment arrives once, under its parent, in documents without a flaw.
//!
//! What is guaranteed is that everything is handed to the kernel. A receiver whose buffer is full loses datagrams and
//! nobody is told; so those tests that count arrivals let the receiver catch up after each burst that its buffer holds.

mod support;

use std::net::{Ipv6Addr, SocketAddr};

use support::{DEADLINE, Memory, assert_each_once, assert_settled, findings};
use xray_recorder::{DaemonAddress, Embed, Entity, Recorder, Segment, Subsegment, UdpTransport, kind::Kind};
use xray_recorder_receiver::{Code, Collector, Datagram, Receiver};

const SEGMENT_CAPACITY: usize = if cfg!(target_vendor = "apple") { 8_192 } else { 16_384 };
const SUBSEGMENT_CAPACITY: usize = 4_096;

/// The smallest default receive buffer among common systems, Linux's 212,992 bytes, holds about 270 small datagrams and
/// 12 large ones. A burst is this many entities at most.
const BURST: u64 = 100;

fn say<K: Kind>(entity: &mut Entity<K>, number: u64, parent: i64) {
    entity.put_annotation("n", number).put_annotation("p", parent);
}

fn begin(recorder: Recorder<impl Send>) -> Segment {
    let mut segment = recorder.begin_segment("checkout");
    say(&mut segment, 0, -1);
    segment
}

/// A segment with so many children, all its own.
fn wide(recorder: Recorder<impl Send>, children: u64, mut after_burst: impl FnMut()) {
    let segment = begin(recorder);
    for number in 1..=children {
        let mut child = segment.begin_subsegment("orders@db.example.com");
        say(&mut child, number, 0);
        child.end();
        if number % BURST == 0 {
            after_burst();
        }
    }
    segment.end();
}

/// A segment with so many descendants, four to each, of which every third ends before its children do.
fn deep(recorder: Recorder<impl Send>, descendants: u64, mut after_burst: impl FnMut()) {
    let segment = begin(recorder);
    let mut open: Vec<(u64, Subsegment)> = Vec::new();
    for number in 1..=descendants {
        let parent = (number - 1) / 4;
        let mut child = match open.iter().find(|(open, _)| *open == parent) {
            Some((_, parent)) => parent.begin_subsegment("step"),
            None => segment.begin_subsegment("step"),
        };
        say(&mut child, number, parent as i64);
        open.push((number, child));
        // The parent has its four children now.
        if number % 4 == 0 && parent % 3 == 0 {
            open.retain(|(number, _)| *number != parent);
        }
        if number % BURST == 0 {
            after_burst();
        }
    }
    // The youngest first, so that most are embedded; and not all at once.
    for (at, (_, child)) in open.into_iter().rev().enumerate() {
        child.end();
        if (at as u64).is_multiple_of(BURST) {
            after_burst();
        }
    }
    segment.end();
}

type Story = fn(Recorder<UdpTransport>, u64, &mut dyn FnMut());
const STORIES: [(&str, Story); 2] = [
    ("wide", |recorder, count, pace| wide(recorder, count, pace)),
    ("deep", |recorder, count, pace| deep(recorder, count, pace)),
];

/// Waits until the receiver has taken everything the recorder says it has sent.
fn catch_up(recorder: Recorder<UdpTransport>, collector: &mut Collector) {
    let sent = recorder.stats().datagrams as usize;
    collector.wait_for(DEADLINE, |received| received.datagrams().len() >= sent).unwrap();
}

fn to(collector: &Collector, embed: Embed) -> Recorder<UdpTransport> {
    let transport = UdpTransport::connect(collector.addr()).unwrap();
    let recorder = Recorder::builder().describe_sdk(false).embed(embed).transport(transport).build();
    recorder.unwrap()
}

fn assert_capacities(datagrams: &[Datagram]) {
    for datagram in datagrams {
        let alone = datagram.document().is_some_and(|document| document.get("type").is_some());
        let capacity = if alone { SUBSEGMENT_CAPACITY } else { SEGMENT_CAPACITY };
        assert!(datagram.len() <= capacity, "{} bytes", datagram.len());
    }
}

/// Tells a story of `count` subsegments to `collector` and asserts that all of it arrives.
fn assert_delivered(mut collector: Collector, embed: Embed, tell: Story, count: u64) -> Vec<usize> {
    let recorder = to(&collector, embed);
    tell(recorder, count, &mut || catch_up(recorder, &mut collector));
    catch_up(recorder, &mut collector);

    let received = collector.finish().unwrap();
    let stats = recorder.stats();
    assert_settled(stats);
    assert_eq!((stats.begun, stats.failed, stats.lost_datagrams), (count + 1, 0, 0));
    assert_eq!((stats.cut, stats.refused), (0, 0));
    assert_eq!(stats.datagrams as usize, received.datagrams().len());
    assert_eq!(stats.bytes as usize, received.bytes());
    assert_eq!(received.entities() as u64, count + 1);
    assert_each_once(received.datagrams(), count + 1);
    assert_eq!(findings(received.datagrams()), []);
    assert_capacities(received.datagrams());
    received.datagrams().iter().map(Datagram::len).collect()
}

#[test]
fn each_of_1_100_and_1000_subsegments_is_delivered_once_however_it_travels() {
    for (name, tell) in STORIES {
        for count in [1, 100, 1_000] {
            for embed in [Embed::IfFits, Embed::AtMost(20), Embed::AtMost(0), Embed::Never] {
                let datagrams = assert_delivered(Collector::loopback().unwrap(), embed, tell, count);
                println!("{name}, {count} subsegments, {embed:?}: {} datagrams", datagrams.len());
                match embed {
                    Embed::IfFits if count == 1 => assert_eq!(datagrams.len(), 1),
                    Embed::AtMost(0) | Embed::Never => assert_eq!(datagrams.len() as u64, count + 1),
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn a_segment_with_as_many_children_as_fit_is_one_datagram() {
    let datagrams = assert_delivered(Collector::loopback().unwrap(), Embed::IfFits, STORIES[0].1, 50);
    assert_eq!(datagrams.len(), 1);
}

#[test]
fn documents_travel_over_ipv6() {
    let receiver = match Receiver::bind((Ipv6Addr::LOCALHOST, 0)) {
        Ok(receiver) => receiver,
        Err(error) => {
            println!("skipped, as this host has no ::1: {error}");
            return;
        }
    };
    let address = receiver.addr();
    assert!(address.is_ipv6());
    assert_delivered(receiver.spawn().unwrap(), Embed::IfFits, STORIES[0].1, 100);
}

#[test]
fn an_address_as_text_reaches_the_same_daemon_by_number_and_as_localhost() {
    for host in ["127.0.0.1", "localhost", "LOCALHOST"] {
        let mut collector = Collector::loopback().unwrap();
        let port = collector.addr().port();
        // The address for TCP belongs to nobody.
        let daemon: DaemonAddress = format!("tcp:127.0.0.1:1 udp:{host}:{port}").parse().unwrap();
        let recorder = Recorder::builder().transport(UdpTransport::to(&daemon)).build().unwrap();
        recorder.begin_segment("checkout").end();
        let received = collector.wait_for(DEADLINE, |received| received.entities() == 1).unwrap();
        assert_eq!(findings(received.datagrams()), []);
        assert_settled(recorder.stats());
    }
}

#[test]
#[cfg_attr(target_vendor = "apple", ignore = "datagrams over 9,216 bytes need a setting of the system")]
fn the_largest_document_is_the_largest_datagram() {
    let addresses = [SocketAddr::from(([127, 0, 0, 1], 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
    for receiver in addresses.into_iter().filter_map(|address| Receiver::bind(address).ok()) {
        let mut collector = receiver.spawn().unwrap();
        let transport = UdpTransport::connect(collector.addr()).unwrap();
        let recorder =
            Recorder::builder().describe_sdk(false).capacities(65_507, 65_507).transport(transport).build().unwrap();
        let mut segment = begin(recorder);
        segment.put_metadata("filling", &"x".repeat(57_000));
        for at in 0..7 {
            segment.put_annotation(format!("a{at}").as_str(), "x".repeat(1_000).as_str());
        }
        // The message is cut to the room that is left.
        segment.add_exception(&std::io::Error::other("y".repeat(65_507)));
        segment.end();
        let received = collector.wait_for(DEADLINE, |received| received.entities() == 1).unwrap();
        assert_eq!(findings(received.datagrams()), []);
        let length = received.datagrams()[0].len();
        assert!((65_300..=65_507).contains(&length), "{length} bytes");
        assert_eq!(recorder.stats().cut, 1);
    }
}

type StoryInMemory = fn(Recorder<Memory>, u64);
const TO_MEMORY: [(bool, StoryInMemory); 2] =
    [(true, |recorder, count| wide(recorder, count, || {})), (false, |recorder, count| deep(recorder, count, || {}))];

#[test]
fn each_of_10000_subsegments_is_sent_once_however_it_travels() {
    for embed in [Embed::IfFits, Embed::AtMost(100), Embed::Never] {
        for (is_wide, tell) in TO_MEMORY {
            let recorder =
                Recorder::builder().describe_sdk(false).embed(embed).transport(Memory::default()).build().unwrap();
            tell(recorder, 10_000);
            let datagrams = recorder.transport().sent();
            assert_each_once(&datagrams, 10_001);
            assert_eq!(findings(&datagrams), []);
            assert_capacities(&datagrams);
            let stats = recorder.stats();
            assert_settled(stats);
            assert_eq!((stats.sent, stats.datagrams as usize), (10_001, datagrams.len()));
            assert_eq!(stats.bytes as usize, datagrams.iter().map(Datagram::len).sum::<usize>());
            // Of what ends under a parent that has ended, the segment does not hear.
            assert!(stats.oversize_traces == 1 || !is_wide);
        }
    }
}

/// Nothing paces this one: it prints what a receiver with a default buffer loses, and asserts only what holds with
/// any loss.
#[test]
fn of_a_burst_without_a_pause_whatever_arrives_is_valid_and_the_loss_is_printed() {
    for (count, embed) in [(1_000, Embed::IfFits), (10_000, Embed::IfFits), (10_000, Embed::Never)] {
        let collector = Collector::loopback().unwrap();
        let recorder = to(&collector, embed);
        wide(recorder, count, || {});
        let received = collector.finish().unwrap();

        let stats = recorder.stats();
        assert_settled(stats);
        let (sent, arrived) = (stats.datagrams as usize, received.datagrams().len());
        let lost = sent - arrived;
        println!(
            "{count} subsegments, {embed:?}: {lost} of {sent} datagrams lost, {} of {} entities arrived",
            received.entities(),
            stats.sent
        );
        // A full send buffer would have failed the send, and been counted.
        assert_eq!(stats.begun, stats.sent + stats.failed);
        // The segment is sent last, so it may be what is missing.
        let mut findings = findings(received.datagrams());
        findings.retain(|finding| finding.code != Code::ParentUnknown);
        assert_eq!(findings, []);
        if lost == 0 && stats.failed == 0 {
            assert_each_once(received.datagrams(), count + 1);
        }
    }
}
