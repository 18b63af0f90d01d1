//! Relays what a device sends over a serial line to the X-Ray daemon.
//!
//! `bridge LINE [DAEMON]`, where the line is a device such as `/dev/ttyACM0`, set up by `stty -F /dev/ttyACM0 115200 raw -echo`, or
//! `tcp:127.0.0.1:18999` to wait there for QEMU; the daemon is `127.0.0.1:2000` unless it is named.

use std::fs::OpenOptions;
use std::net::{TcpListener, ToSocketAddrs};
use std::process::ExitCode;

use embedded_host::{Bridge, Relayed};

type Failure = Box<dyn std::error::Error>;

const USAGE: &str = "usage: bridge DEVICE|tcp:ADDRESS [DAEMON]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let relayed = match arguments.as_slice() {
        [line] => relay(line, "127.0.0.1:2000"),
        [line, daemon] => relay(line, daemon),
        _ => Err(USAGE.into()),
    };
    match relayed {
        Ok(relayed) => {
            println!("relayed {}, damaged {}", relayed.datagrams, relayed.damaged);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("bridge: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn relay(line: &str, daemon: &str) -> Result<Relayed, Failure> {
    let daemon = daemon.to_socket_addrs()?.next().ok_or("the daemon has no address")?;
    let bridge = Bridge::to(daemon)?;
    if let Some(address) = line.strip_prefix("tcp:") {
        let listener = TcpListener::bind(address)?;
        println!("waiting at {}", listener.local_addr()?);
        let (mut stream, _) = listener.accept()?;
        return Ok(bridge.relay(&mut stream)?);
    }
    Ok(bridge.relay(&mut OpenOptions::new().read(true).write(true).open(line)?)?)
}
