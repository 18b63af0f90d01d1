//! A daemon's TCP side, which answers as the test says.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};
use xray_recorder::{Builder, Recorder, UdpTransport};
use xray_recorder_core::testing::SeededRng;
use xray_recorder_receiver::Collector;

use crate::support::{DEADLINE, SetClock};

/// When the tests take place.
pub(crate) const START: u64 = 1_795_172_688;

/// A call that was made.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) path: String,
    /// The request line and the headers.
    pub(crate) head: String,
    pub(crate) body: Value,
}

/// What is answered.
pub(crate) enum Say {
    Json(Value),
    Status(u16),
    /// All that is sent, before the connection is closed.
    Bytes(Vec<u8>),
    /// The connection stays open.
    Nothing,
    /// The answer is sent once the test lets go of the other end.
    Held(Receiver<()>, Value),
}

pub(crate) struct Service {
    address: SocketAddr,
    calls: Receiver<Call>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    pub(crate) fn new(mut answer: impl FnMut(&Call) -> Say + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stopped = Arc::new(AtomicBool::new(false));
        let (tell, calls) = channel();
        let is_stopped = Arc::clone(&stopped);
        let thread = thread::spawn(move || {
            let mut open = Vec::new();
            for connection in listener.incoming() {
                if is_stopped.load(Ordering::Relaxed) {
                    return;
                }
                let mut connection = connection.unwrap();
                let Some(call) = read(&mut connection) else { continue };
                let say = answer(&call);
                let _ = tell.send(call);
                open.extend(write(connection, say));
            }
        });
        Self { address, calls, stopped, thread: Some(thread) }
    }

    /// One that has these rules, and is told of no targets.
    pub(crate) fn of_rules(rules: Vec<Value>) -> Self {
        Self::new(move |call| answer_with(&rules, call))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the next call.
    pub(crate) fn called(&self) -> Call {
        self.calls.recv_timeout(DEADLINE).expect("the service is called")
    }

    /// The calls that were made and not looked at.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.try_iter().collect()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // For whom it still waits.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What a service with these rules answers.
pub(crate) fn answer_with(rules: &[Value], call: &Call) -> Say {
    Say::Json(match call.path.as_str() {
        "/GetSamplingRules" => page(rules),
        _ => json!({"SamplingTargetDocuments": [], "LastRuleModification": 1.5E9, "UnprocessedStatistics": []}),
    })
}

/// The only page of rules.
pub(crate) fn page(rules: &[Value]) -> Value {
    let record = |rule| json!({"SamplingRule": rule, "CreatedAt": 0.0, "ModifiedAt": 1.530920505E9});
    json!({"SamplingRuleRecords": rules.iter().map(record).collect::<Vec<_>>(), "NextToken": null})
}

/// A rule as the service lists it, for everything, with a reservoir of none and a rate of none.
pub(crate) fn rule(name: &str, priority: u32, changes: &Value) -> Value {
    let mut rule = json!({
        "RuleName": name, "RuleARN": "arn:aws:xray:eu-west-1:1:sampling-rule/r", "ResourceARN": "*",
        "Priority": priority, "FixedRate": 0.0, "ReservoirSize": 0, "ServiceName": "*", "ServiceType": "*",
        "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1, "Attributes": {},
    });
    for (key, value) in changes.as_object().into_iter().flatten() {
        rule[key] = value.clone();
    }
    rule
}

/// A recorder that sends to `daemon`, asks there for rules when the test says so, and has a clock the test sets.
pub(crate) fn recorder(
    tcp: SocketAddr,
    daemon: &Collector,
    choose: impl FnOnce(Builder) -> Builder,
) -> (Recorder<UdpTransport>, &'static SetClock) {
    let clock: &'static SetClock = Box::leak(Box::new(SetClock::at(START * 1_000_000, 0)));
    (choose(builder(tcp, daemon)).clock(clock).rng(SeededRng::new(7)).build().unwrap(), clock)
}

/// The builder of a recorder that sends to `daemon`, and asks for rules by itself.
pub(crate) fn builder(tcp: SocketAddr, daemon: &Collector) -> Builder {
    let address = format!("tcp:{tcp} udp:{}", daemon.addr());
    Recorder::builder().ignore_environment().service("svc1").daemon_address(address.parse().unwrap())
}

impl SetClock {
    /// So many seconds after the beginning.
    pub(crate) fn set(&self, second: u64) {
        self.micros.store((START + second) * 1_000_000, Ordering::Relaxed);
    }
}

fn read(connection: &mut TcpStream) -> Option<Call> {
    connection.set_read_timeout(Some(DEADLINE)).unwrap();
    let (mut bytes, mut part) = (Vec::new(), [0; 4_096]);
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length: usize = head.lines().find_map(|line| line.strip_prefix("Content-Length: "))?.parse().unwrap();
            if body.len() == length {
                let path = head.strip_prefix("POST ")?.split(' ').next()?.to_owned();
                return Some(Call { path, head: head.to_owned(), body: serde_json::from_str(body).unwrap() });
            }
        }
        match connection.read(&mut part) {
            Ok(0) | Err(_) => return None,
            Ok(length) => bytes.extend(&part[..length]),
        }
    }
}

/// Answers, and gives back what is to stay open. Whoever is told too much may hang up.
fn write(mut connection: TcpStream, say: Say) -> Option<TcpStream> {
    let whole = |status, body: &str| format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let bytes = match say {
        Say::Json(body) => whole(200, &body.to_string()).into_bytes(),
        Say::Status(status) => whole(status, "{}").into_bytes(),
        Say::Bytes(bytes) => bytes,
        Say::Nothing => return Some(connection),
        Say::Held(gate, body) => {
            let _ = gate.recv();
            whole(200, &body.to_string()).into_bytes()
        }
    };
    let _ = connection.write_all(&bytes);
    None
}
