//! Daemons that move, vanish and come back, and a resolver that is told what to say.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};
use std::{process, thread};

use xray_recorder::{Recorder, UdpTransport};

use super::DEADLINE;

/// What a resolver says.
pub(crate) enum Answer {
    Addresses(Vec<SocketAddr>),
    Fails,
    Panics,
}

/// A resolver each call of which waits for the test to answer it. So the test knows at each call that what it answered
/// before has been followed.
pub(crate) struct Registry {
    asked: Receiver<String>,
    answers: Sender<Answer>,
}

/// What the resolver is: see [`Registry`].
type Resolve = Box<dyn Fn(&str) -> io::Result<Vec<SocketAddr>> + Send>;

impl Registry {
    pub(crate) fn new() -> (Self, Resolve) {
        let ((ask, asked), (answers, answered)) = (channel(), channel());
        let resolve = move |name: &str| {
            let _ = ask.send(name.to_owned());
            match answered.recv() {
                Ok(Answer::Addresses(addresses)) => Ok(addresses),
                Ok(Answer::Panics) => resume_unwind(Box::new("a resolver of the user's own")),
                Ok(Answer::Fails) | Err(_) => Err(io::Error::other("the registry is down")),
            }
        };
        (Self { asked, answers }, Box::new(resolve))
    }

    /// A transport that asks this registry as often as it may, and a recorder that sends through it.
    pub(crate) fn recorder(name: &str) -> (Self, Recorder<UdpTransport>) {
        let (registry, resolve) = Self::new();
        let transport = UdpTransport::resolved_by(name, Duration::ZERO, resolve);
        (registry, Recorder::builder().describe_sdk(false).transport(transport).build().unwrap())
    }

    /// Waits until the resolver is called.
    pub(crate) fn asked(&self) -> String {
        self.asked.recv_timeout(DEADLINE).expect("the resolver is called")
    }

    /// Whether the resolver is called at this moment, or was.
    pub(crate) fn is_asked(&self) -> bool {
        match self.asked.try_recv() {
            Ok(_) => true,
            Err(TryRecvError::Empty) => false,
            Err(TryRecvError::Disconnected) => panic!("the resolver is gone"),
        }
    }

    /// Answers the call under way, and waits until the answer has been followed and the next call is there.
    pub(crate) fn answer(&self, answer: Answer) {
        self.answer_last(answer);
        self.asked();
    }

    /// Answers the call under way.
    pub(crate) fn answer_last(&self, answer: Answer) {
        self.answers.send(answer).expect("the resolver waits");
    }
}

/// Waits for what does happen.
#[track_caller]
pub(crate) fn until(mut happened: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < DEADLINE, "it does not happen");
        thread::yield_now();
    }
}

/// A port of the loopback on which the kernel refuses what comes from anybody: the socket that holds it is connected to
/// itself. So no other program is given the port meanwhile.
pub(crate) fn refusing_port() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(socket.local_addr().unwrap()).unwrap();
    socket
}

/// An address that nobody else takes while nobody listens there: one of the loopback's that is this process's own, and
/// a port of which no program is given by chance. Linux has such addresses.
pub(crate) fn own_address() -> SocketAddr {
    static PORT: AtomicU16 = AtomicU16::new(2_001);
    let own = Ipv4Addr::from_bits(0x7f40_0000 | process::id() & 0x003f_ffff);
    loop {
        let address = SocketAddr::from((own, PORT.fetch_add(1, Ordering::Relaxed)));
        if UdpSocket::bind(address).is_ok() {
            return address;
        }
        assert!(address.port() < 3_000, "this host has no address of the process's own");
    }
}

static RECORDS: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct AllThreads;

impl log::Log for AllThreads {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let text = format!("{}: {}", record.level(), record.args());
        RECORDS.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }

    fn flush(&self) {}
}

/// Hears what all threads log from now on. Not together with [`super::logged`], which hears one thread.
pub(crate) fn hear_all_threads() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        log::set_logger(&AllThreads).unwrap();
        log::set_max_level(log::LevelFilter::Info);
    });
}

/// What was logged of this name.
pub(crate) fn logged_of(name: &str) -> Vec<String> {
    let records = RECORDS.lock().unwrap_or_else(PoisonError::into_inner);
    records.iter().filter(|record| record.contains(name)).cloned().collect()
}
