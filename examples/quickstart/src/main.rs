//! A checkout, traced. `cargo run -p quickstart` starts a receiver on loopback, runs a small story through the public
//! API of `xray-recorder`, sends real datagrams, and draws what arrived.
//!
//! * `--json` prints the documents instead, one per line, and nothing else on standard output.
//! * `--daemon ADDR` sends to a real X-Ray daemon, CloudWatch agent or OpenTelemetry collector instead.
//!
//! The exit code is not zero if one entity is missing or one document is not valid.

mod clock;
mod report;
mod story;

use std::net::ToSocketAddrs;
use std::process::ExitCode;
use std::time::Duration;

use xray_recorder::{DaemonAddress, Recorder, UdpTransport};
use xray_recorder_receiver::{Collector, Received};

type Failure = Box<dyn std::error::Error>;

const USAGE: &str = "usage: quickstart [--json | --daemon HOST:PORT]";

/// Loopback delivers at once; this only bounds a run in which something is lost.
const DEADLINE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => to_receiver(report::waterfall),
        ["--json"] => to_receiver(report::json),
        ["--daemon", address] => to_daemon(address),
        ["--help" | "-h"] => {
            println!("{USAGE}");
            Ok(true)
        }
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("quickstart: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the story against a receiver in this process; whether all arrived and was valid.
fn to_receiver(print: fn(&Received, &Recorder<UdpTransport>) -> bool) -> Result<bool, Failure> {
    let mut collector = Collector::loopback()?;
    let recorder = recorder(UdpTransport::connect(collector.addr())?)?;
    story::run(recorder)?;

    let begun = recorder.stats().begun;
    if let Err(missing) = collector.wait_for(DEADLINE, |received| received.entities() as u64 >= begun) {
        eprintln!("quickstart: {begun} entities were begun, and not all of them arrived: {missing}");
    }
    Ok(print(&collector.finish()?, &recorder))
}

/// Runs the story against a daemon, of which nothing is heard back but that nobody listens.
fn to_daemon(address: &str) -> Result<bool, Failure> {
    let address: DaemonAddress = address.parse()?;
    // Resolved here, since this program is over before a resolver in the background has answered.
    let socket = address.udp().to_socket_addrs()?.next().ok_or("the daemon's name has no address")?;
    let recorder = recorder(UdpTransport::connect(socket)?)?;
    let traces = story::run(recorder)?;
    Ok(report::sent(&traces, &recorder))
}

fn recorder(transport: UdpTransport) -> Result<Recorder<UdpTransport>, Failure> {
    Ok(Recorder::builder().transport(transport).clock(clock::StoryClock::starting_now()).build()?)
}
