//! Functions of `lambda_runtime`, run by it against a small runtime API on loopback: each in a process of its own, as the
//! runtime reads its environment.

#[path = "../support/mod.rs"]
mod support;

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::Value;
use support::{DEADLINE, Memory, assert_settled, case, documents, findings_below, run_again};
use tokio::sync::Barrier;
use xray_recorder::ext::lambda::XRayLayer;
use xray_recorder::{Recorder, TraceFuture, current, in_subsegment, put_annotation, trace_header};

const SECRET: &str = "hunter2";

/// The header of the `n`th invocation.
fn header(n: usize) -> String {
    format!("Root=1-5759e988-{n:024x};Parent={:016x};Sampled=1;Lineage=a:{n}", n + 1)
}

fn trace_id(n: usize) -> String {
    format!("1-5759e988-{n:024x}")
}

/// Lambda's runtime API: hands out invocations, the number of each as its event, and is told the answers. Once all are
/// answered it hangs up, by which a function ends that asks for one after the other. One that asks for several at once
/// would try again for ever: it waits for that at the path `/end`.
struct Api {
    address: SocketAddr,
    desk: Arc<Desk>,
}

struct Desk {
    headers: Vec<Option<String>>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    handed_out: usize,
    answers: HashMap<usize, (bool, Value)>,
}

impl Api {
    fn start(headers: Vec<Option<String>>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let desk = Arc::new(Desk { headers, state: Mutex::default(), changed: Condvar::new() });
        let served = Arc::clone(&desk);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let desk = Arc::clone(&served);
                thread::spawn(move || desk.serve(&connection.unwrap()));
            }
        });
        Self { address, desk }
    }

    /// Runs the function that is in this test, and gives its answers: whether it is an error, and what it says.
    #[track_caller]
    fn answers_of(self, test: &str, concurrency: &str) -> HashMap<usize, (bool, Value)> {
        let address = self.address.to_string();
        run_again(
            test,
            "function",
            &[
                ("AWS_LAMBDA_RUNTIME_API", &address),
                ("AWS_LAMBDA_FUNCTION_NAME", "checkout"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
                ("AWS_LAMBDA_MAX_CONCURRENCY", concurrency),
                ("LAMBDA_TASK_ROOT", "/var/task"),
            ],
        );
        std::mem::take(&mut self.desk.state.lock().unwrap().answers)
    }
}

impl Desk {
    /// Answers the requests of a connection, until there is nothing more to hand out.
    fn serve(&self, mut connection: &TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(connection);
        loop {
            let mut head = String::new();
            let mut length = 0;
            while !head.ends_with("\r\n\r\n") {
                let start = head.len();
                if reader.read_line(&mut head)? == 0 {
                    return Ok(());
                }
                let line = head[start..].to_ascii_lowercase();
                if let Some(value) = line.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body)?;
            let path = head.split(' ').nth(1).unwrap();
            let answer = match path.rsplit('/').collect::<Vec<_>>()[..] {
                ["next", ..] => match self.next() {
                    Some(answer) => answer,
                    None => return Ok(()),
                },
                ["end", ..] => {
                    self.wait_for_answers();
                    return Ok(());
                }
                [what, id, ..] => {
                    let answer = (what == "error", serde_json::from_slice(&body).unwrap());
                    self.state.lock().unwrap().answers.insert(id.parse().unwrap(), answer);
                    self.changed.notify_all();
                    "HTTP/1.1 202 \r\nContent-Length: 0\r\n\r\n".to_owned()
                }
                _ => unreachable!("{path}"),
            };
            connection.write_all(answer.as_bytes())?;
        }
    }

    fn wait_for_answers(&self) {
        let all = self.headers.len();
        let state = self.state.lock().unwrap();
        let wait = self.changed.wait_timeout_while(state, DEADLINE, |state| state.answers.len() < all);
        assert!(!wait.unwrap().1.timed_out(), "not all are answered");
    }

    fn next(&self) -> Option<String> {
        let mut state = self.state.lock().unwrap();
        let number = state.handed_out;
        let Some(header) = self.headers.get(number) else {
            drop(state);
            self.wait_for_answers();
            return None;
        };
        state.handed_out += 1;
        let trace = header.as_ref().map(|header| format!("Lambda-Runtime-Trace-Id: {header}\r\n")).unwrap_or_default();
        let body = format!(r#"{{"number":{number},"password":"{SECRET}"}}"#);
        Some(format!(
            "HTTP/1.1 200 \r\nLambda-Runtime-Aws-Request-Id: {number}\r\nLambda-Runtime-Deadline-Ms: 4102444800000\r\n\
             {trace}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }
}

/// In the function: waits until all invocations are answered.
fn wait_for_end() -> io::Result<()> {
    let mut connection = TcpStream::connect(std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap())?;
    connection.set_read_timeout(Some(DEADLINE))?;
    connection.write_all(b"GET /end HTTP/1.1\r\n\r\n")?;
    connection.read_to_end(&mut Vec::new()).map(drop)
}

/// A recorder as Lambda's environment says, but that what it sends stays here.
fn recorder() -> Recorder<Memory> {
    Recorder::builder().describe_sdk(false).transport(Memory::default()).build().unwrap()
}

fn number(event: &LambdaEvent<Value>) -> usize {
    event.payload["number"].as_u64().unwrap() as usize
}

/// Asserts what goes for every function: all is sent, by the rules, and nothing of the event is in it.
fn assert_sound(recorder: Recorder<Memory>, upstream: &[&str]) {
    assert_settled(recorder.stats());
    assert_eq!((recorder.stats().dropped, recorder.stats().refused), (0, 0));
    assert_eq!(findings_below(&recorder.transport().sent(), upstream), []);
    let text = documents(recorder).iter().map(Value::to_string).collect::<String>();
    assert!(!text.contains(SECRET), "{text}");
}

#[test]
fn invocations_that_run_at_once_keep_to_their_traces() {
    const COUNT: usize = 8;
    if case().is_some() {
        return several_at_once();
    }
    let api = Api::start((0..COUNT).map(|n| Some(header(n))).collect());
    let answers = api.answers_of("invocations_that_run_at_once_keep_to_their_traces", "4");
    for n in 0..COUNT {
        assert_eq!(answers[&n], (false, Value::from(header(n))));
    }
}

#[tokio::main(worker_threads = 4)]
async fn several_at_once() {
    let recorder = recorder();
    let barrier = Arc::new(Barrier::new(4));
    let handler = service_fn(move |event: LambdaEvent<Value>| {
        let barrier = Arc::clone(&barrier);
        async move {
            let n = number(&event);
            // Four are under way by now, and go on on whatever thread is free.
            barrier.wait().await;
            in_subsegment("work", |_| put_annotation("n", n));
            tokio::spawn(async move { put_annotation("n", n) }.in_subsegment("task")).await?;
            barrier.wait().await;
            Ok::<_, Error>(trace_header().to_string())
        }
    });
    let runtime = Runtime::new(handler).layer(XRayLayer::new(recorder));
    tokio::select! {
        biased;
        end = tokio::task::spawn_blocking(wait_for_end) => end.unwrap().unwrap(),
        error = runtime.run_concurrent() => panic!("{error:?}"),
    }
    assert!(current().is_none());
    let documents = documents(recorder);
    assert_eq!(documents.len(), 16);
    for document in &documents {
        let n = document["annotations"]["n"].as_u64().unwrap() as usize;
        assert_eq!(document["trace_id"], trace_id(n));
        assert_eq!(document["parent_id"], format!("{:016x}", n + 1));
    }
    let upstream: Vec<_> = (0..8).map(|n| format!("{:016x}", n + 1)).collect();
    assert_sound(recorder, &upstream.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn an_invocation_may_have_a_subsegment_of_its_own_that_says_whether_it_was_the_first() {
    if case().is_some() {
        return one_after_the_other();
    }
    let not_sampled = header(1).replace("Sampled=1", "Sampled=0");
    let root_alone = format!("Root={}", trace_id(3));
    let headers = vec![Some(header(0)), Some(not_sampled.clone()), None, Some(root_alone.clone()), Some(header(4))];
    let name = "an_invocation_may_have_a_subsegment_of_its_own_that_says_whether_it_was_the_first";
    let answers = Api::start(headers).answers_of(name, "1");
    for (n, expected) in [(1, not_sampled), (2, String::new()), (3, root_alone)] {
        assert_eq!(answers[&n], (false, Value::from(expected)));
    }
    let first = answers[&0].1.as_str().unwrap();
    assert!(first.starts_with(&format!("Root={};Parent=", trace_id(0))) && first.ends_with(";Sampled=1;Lineage=a:0"));
    assert!(answers[&4].0, "{answers:?}");
}

#[tokio::main(flavor = "current_thread")]
async fn one_after_the_other() {
    let recorder = recorder();
    let handler = service_fn(async |event: LambdaEvent<Value>| {
        put_annotation("n", number(&event));
        match number(&event) {
            4 => Err(Error::from("declined")),
            _ => Ok(trace_header().to_string()),
        }
    });
    let layer = XRayLayer::new(recorder).annotate_cold_start().subsegment("checkout");
    Runtime::new(handler).layer(layer).run().await.unwrap_err();
    let documents = documents(recorder);
    let annotations: Vec<_> = documents.iter().map(|document| document["annotations"].clone()).collect();
    let expected = serde_json::json!([{"cold_start": true, "n": 0}, {"cold_start": false, "n": 4}]);
    assert_eq!(Value::from(annotations), expected);
    for (document, n) in documents.iter().zip([0, 4]) {
        assert_eq!((&document["name"], &document["type"]), (&Value::from("checkout"), &Value::from("subsegment")));
        assert_eq!(document["parent_id"], format!("{:016x}", n + 1));
    }
    assert_sound(recorder, &["0000000000000001", "0000000000000005"]);
}
