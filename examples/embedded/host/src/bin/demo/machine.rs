//! QEMU, and what is connected to it.

use std::io;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use embedded_host::{Bridge, Relayed};
use xray_recorder_receiver::{Collector, Received};

use crate::Failure;
use crate::chip::Chip;
use crate::clock::TimeServer;

/// A firmware runs for less than a second; this only bounds one that hangs.
const DEADLINE: Duration = Duration::from_secs(60);

/// What came of a run.
pub(crate) struct Run {
    pub(crate) received: Received,
    /// What came over the serial line, where there was one.
    pub(crate) relayed: Relayed,
}

/// Runs a firmware with its serial line on the bridge, and receives what that relays.
pub(crate) fn over_serial(chip: &Chip, firmware: &Path, arguments: &[&str]) -> Result<Run, Failure> {
    let mut collector = Collector::loopback()?;
    let bridge = Bridge::to(collector.addr())?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let relay = thread::spawn(move || -> io::Result<Relayed> {
        let (mut line, _) = listener.accept()?;
        line.set_nodelay(true)?;
        bridge.relay(&mut line)
    });
    let mut qemu = qemu(chip, firmware, arguments);
    qemu.args(["-serial", &format!("tcp:{address},nodelay=on")]);
    let ended = run(&mut qemu);
    // If QEMU did not come, somebody has to, or the bridge would wait for ever.
    drop(TcpStream::connect(address));
    let relayed = relay.join().map_err(|_| "the bridge panicked")??;
    ended?;
    collector.wait_for(DEADLINE, |received| received.datagrams().len() as u64 >= relayed.datagrams)?;
    Ok(Run { received: collector.finish()?, relayed })
}

/// Runs a firmware with its network on this host's loopback, and receives so many entities; `knows` says whether somebody
/// answers who is asked for the time.
pub(crate) fn over_udp(chip: &Chip, firmware: &Path, entities: usize, knows: Knows) -> Result<Run, Failure> {
    let mut collector = Collector::loopback()?;
    let time_server = TimeServer::start()?;
    // Nobody else has this port while it is bound, and what comes there is never read.
    let silence = UdpSocket::bind("127.0.0.1:0")?;
    let time = match knows {
        Knows::Time => time_server.port(),
        Knows::Nothing => silence.local_addr()?.port(),
    };
    let (daemon, time) = (collector.addr().port().to_string(), time.to_string());
    let mut qemu = qemu(chip, firmware, &["daemon", &daemon, "time", &time]);
    run(qemu.args(["-serial", "null", "-nic", "user,model=lan9118"]))?;
    collector.wait_for(DEADLINE, |received| received.entities() >= entities)?;
    Ok(Run { received: collector.finish()?, relayed: Relayed::default() })
}

/// Runs a firmware whose network leads nowhere: what it does is its own to judge.
pub(crate) fn unplugged(chip: &Chip, firmware: &Path) -> Result<(), Failure> {
    run(qemu(chip, firmware, &[]).args(["-serial", "null", "-nic", "none"]))
}

/// What a time server knows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Knows {
    Time,
    Nothing,
}

fn qemu(chip: &Chip, firmware: &Path, arguments: &[&str]) -> Command {
    let mut qemu = Command::new("qemu-system-arm");
    let words: String = arguments.iter().map(|word| format!(",arg={word}")).collect();
    qemu.args(["-machine", chip.machine, "-display", "none", "-monitor", "none"]);
    qemu.args(["-semihosting-config", &format!("enable=on,target=native{words}")]);
    qemu.arg("-kernel").arg(firmware);
    qemu
}

/// Runs QEMU to its end, which is the firmware's; its exit code is the firmware's too.
fn run(qemu: &mut Command) -> Result<(), Failure> {
    let started = qemu.stdin(Stdio::null()).spawn();
    let mut child = Running(started.map_err(|error| format!("qemu-system-arm cannot be started: {error}"))?);
    let begun = Instant::now();
    loop {
        if let Some(status) = child.0.try_wait()? {
            return if status.success() { Ok(()) } else { Err(format!("the firmware ended with {status}").into()) };
        }
        if begun.elapsed() > DEADLINE {
            return Err(format!("the firmware did not end within {DEADLINE:?}").into());
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// A process that ends with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
