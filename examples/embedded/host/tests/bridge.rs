//! The bridge as it is started beside a device.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A process that ends with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const DEADLINE: Option<Duration> = Some(Duration::from_secs(20));

#[test]
fn a_bridge_relays_whole_datagrams_tells_of_damaged_ones_and_of_the_time_and_ends_with_the_line() {
    let daemon = UdpSocket::bind("127.0.0.1:0").expect("loopback is there");
    daemon.set_read_timeout(DEADLINE).expect("it is a timeout");
    let address = daemon.local_addr().expect("it is bound").to_string();
    let mut bridge = Command::new(env!("CARGO_BIN_EXE_bridge"));
    let bridge = bridge.args(["tcp:127.0.0.1:0", &address]).stdout(Stdio::piped()).spawn();
    let mut bridge = Running(bridge.expect("it was built"));
    let mut printed = BufReader::new(bridge.0.stdout.take().expect("it is piped")).lines();
    let waiting = printed.next().and_then(Result::ok).unwrap_or_default();
    let address = waiting.strip_prefix("waiting at ").expect("it says where");

    let mut device = TcpStream::connect(address).expect("it waits there");
    device.set_read_timeout(DEADLINE).expect("it is a timeout");
    // The end of something from before, a datagram in two pieces, one that was changed, a question.
    device.write_all(b"gram96c213d4\0data").expect("it listens");
    device.write_all(b"gram96c213d4\0datagrXm96c213d4\0time?\0").expect("it listens");
    let mut received = [0; 100];
    let length = daemon.recv(&mut received).expect("a datagram comes");
    assert_eq!(&received[..length], b"datagram");
    let mut told = String::new();
    let mut reader = BufReader::new(device.try_clone().expect("it is a socket"));
    while !told.contains('t') {
        reader.read_line(&mut told).expect("the bridge answers");
    }
    let (damaged, time) = told.split_at(told.find('t').expect("it is there"));
    assert_eq!(damaged, "d19\nd28\n");
    let (micros, _) = time.trim_end().split_at(time.trim_end().len() - 1);
    assert!(
        time.bytes().filter(u8::is_ascii_digit).map(|digit| u32::from(digit - b'0')).sum::<u32>().is_multiple_of(10)
    );
    let micros: u64 = micros[1..].parse().expect("it is a number");
    assert!(micros > 1_767_225_600_000_000, "{micros}");

    device.shutdown(std::net::Shutdown::Both).expect("it is connected");
    assert_eq!(reader.read(&mut [0; 1]).ok(), Some(0));
    assert_eq!(printed.next().and_then(Result::ok).as_deref(), Some("relayed 1, damaged 2"));
    assert!(bridge.0.wait().is_ok_and(|status| status.success()));
}
