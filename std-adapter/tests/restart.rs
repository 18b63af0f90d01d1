//! A daemon that restarts under load: what is sent into the gap is lost, and nothing else is.
//!
//! What Linux's loopback does, and so what is counted: a datagram to a port where nobody listens is answered before its
//! send returns. The socket holds one answer, which the next send reads, and adds to `lost_datagrams`. So of one thread
//! that sends alone each datagram is counted. Between the first answer and its reading each other thread can come to
//! the end of the one send it was in the middle of, so that of `n` threads one answer counts for 1 to `n` datagrams.
#![cfg(target_os = "linux")]

mod support;

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use support::daemon::own_address;
use support::{DEADLINE, assert_settled};
use xray_recorder::{Recorder, Stats, UdpTransport};
use xray_recorder_receiver::{Collector, Receiver};

/// As many documents as a receiver's buffer holds in any case, for any number of threads here.
const BURST: u64 = 96;

fn listen(address: SocketAddr) -> Collector {
    Receiver::bind(address).unwrap().spawn().unwrap()
}

/// Sends so many documents of a segment and a subsegment each, from so many threads at once; what the counters gained.
fn send(recorder: Recorder<UdpTransport>, threads: u64, documents: u64) -> Stats {
    let before = recorder.stats();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(move || {
                for _ in 0..documents / threads {
                    recorder.begin_segment("checkout").begin_subsegment("db").end();
                }
            });
        }
    });
    let mut stats = recorder.stats();
    assert_settled(stats);
    stats.begun -= before.begun;
    stats.sent -= before.sent;
    stats.failed -= before.failed;
    stats.datagrams -= before.datagrams;
    stats
}

/// What a restart cost: datagrams sent into the gap, and those counted as lost.
fn restart(threads: u64, in_gap: u64, transport: impl FnOnce(SocketAddr) -> UdpTransport) -> (u64, u64) {
    let address = own_address();
    let mut daemon = listen(address);
    let recorder = Recorder::builder().transport(transport(address)).build().unwrap();

    let before = send(recorder, threads, BURST);
    assert_eq!((before.begun, before.sent, before.datagrams), (2 * BURST, 2 * BURST, BURST));
    daemon.wait_for(DEADLINE, |received| received.datagrams().len() as u64 == BURST).unwrap();
    assert_eq!(recorder.stats().lost_datagrams, 0);
    let received = daemon.finish().unwrap().entities() as u64;

    let gap = send(recorder, threads, in_gap);
    assert_eq!(gap.begun, gap.sent + gap.failed);
    assert_eq!(gap.sent, 2 * gap.datagrams);

    let mut daemon = listen(address);
    let after = send(recorder, threads, BURST);
    assert_eq!((after.sent, after.failed, after.datagrams), (2 * BURST, 0, BURST), "nothing fails any more");
    daemon.wait_for(DEADLINE, |received| received.datagrams().len() as u64 == BURST).unwrap();
    let received = received + daemon.finish().unwrap().entities() as u64;

    let stats = recorder.stats();
    assert_eq!(stats.begun, stats.sent + stats.failed);
    assert_eq!(stats.sent, received + gap.sent, "what was not sent into the gap arrived");
    (gap.datagrams, stats.lost_datagrams)
}

type Transport = fn(SocketAddr) -> UdpTransport;
const TRANSPORTS: [Transport; 2] = [
    |address| UdpTransport::connect(address).unwrap(),
    |address| UdpTransport::resolved_by("daemon:2000", Duration::from_secs(30), move |_| Ok(vec![address])),
];

#[test]
fn of_one_thread_each_datagram_that_was_sent_while_the_daemon_was_gone_is_counted_as_lost() {
    for transport in TRANSPORTS {
        for in_gap in [0, 1, 2, 5_000] {
            assert_eq!(restart(1, in_gap, transport), (in_gap, in_gap));
        }
    }
}

#[test]
fn of_several_threads_an_answer_counts_for_as_many_datagrams_as_were_on_their_way() {
    for transport in TRANSPORTS {
        for threads in [2, 4, 8] {
            let (in_gap, lost) = restart(threads, 20_000, transport);
            println!("{threads} threads sent {in_gap} datagrams into the gap, of which {lost} were counted");
            assert!(lost <= in_gap && in_gap <= threads * lost, "{lost} of {in_gap}");
        }
    }
}
