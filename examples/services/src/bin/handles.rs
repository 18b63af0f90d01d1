//! A service that hands guards and references on, and knows no current entity: threads, a queue of work, and each function
//! told whose part it is. `cargo run -p example-services --bin handles` starts it, calls it and draws what it sent.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use example_services::{HEADER, get, judge, observed};
use xray_recorder::{
    Entity, HttpResponse, IncomingRequest, Namespace, OutgoingRequest, Recorder, Segment, SegmentHandle, kind,
};

/// What goes to the workers: a part of a request, and whose.
struct Work {
    segment: SegmentHandle,
    item: &'static str,
    done: Sender<usize>,
}

/// Works off the queue. The segment is open until the answer is there, or the subsegment would be sent by itself.
fn work(queue: Receiver<Work>) {
    for Work { segment, item, done } in queue {
        let mut stock = segment.begin_subsegment("stock");
        stock.put_annotation("item", item);
        let found = item.len();
        stock.end();
        segment.put_metadata("found", &found);
        // Nobody waits any more where the request was given up.
        let _ = done.send(found);
    }
}

/// Serves one connection.
fn serve(recorder: Recorder, mut connection: TcpStream, workers: &Sender<Work>) -> io::Result<()> {
    let (path, header) = read_request(&connection)?;
    let mut segment = recorder.segment("shop").header(header.as_deref().unwrap_or_default()).begin();
    segment.set_http_request(&IncomingRequest { method: Some("GET"), url: Some(&path), ..IncomingRequest::default() });
    let (status, text) = match path.split('?').next() {
        Some("/cart") => ("200 OK", cart(&mut segment, workers)),
        Some("/pay") => pay(&mut segment),
        _ => ("404 Not Found", String::new()),
    };
    segment
        .set_http_response(&HttpResponse { status: status[..3].parse().ok(), content_length: Some(text.len() as u64) });
    // Before the answer: whoever reads it may look for the trace.
    segment.end();
    write!(connection, "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{text}", text.len())
}

/// Two items by the workers, and the prices meanwhile.
fn cart(segment: &mut Segment, workers: &Sender<Work>) -> String {
    segment.put_annotation("tenant", "acme");
    let (done, results) = channel();
    for item in ["book", "pen"] {
        let work = Work { segment: segment.handle(), item, done: done.clone() };
        if workers.send(work).is_err() {
            segment.set_fault();
        }
    }
    drop(done);
    let prices = price(segment);
    format!("{prices} {}", results.iter().sum::<usize>())
}

/// A part of whatever calls it.
fn price<K: kind::Kind>(parent: &Entity<K>) -> usize {
    let mut call = parent.begin_subsegment("prices.example.com");
    call.set_namespace(Namespace::Remote).set_http_request(&OutgoingRequest {
        method: Some("GET"),
        url: Some("https://prices.example.com/v1?key=secret"),
        ..OutgoingRequest::default()
    });
    let header = call.trace_header().to_string();
    header.len()
}

fn pay(segment: &mut Segment) -> (&'static str, String) {
    let mut charge = segment.begin_subsegment("charge");
    let Err(declined) = "no number".parse::<u32>() else { return ("200 OK", String::new()) };
    charge.add_exception(&declined);
    charge.end();
    // The same error: a reference to the exception below.
    segment.add_exception(&declined);
    ("500 Internal Server Error", declined.to_string())
}

/// The path, and the trace header if there is one.
fn read_request(connection: &TcpStream) -> io::Result<(String, Option<String>)> {
    let mut lines = BufReader::new(connection).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let path = first.split(' ').nth(1).unwrap_or("/").to_owned();
    let mut header = None;
    for line in lines {
        let line = line?;
        match line.split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("x-amzn-trace-id") => header = Some(value.to_owned()),
            None if line.is_empty() => break,
            _ => {}
        }
    }
    Ok((path, header))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (collector, recorder) = observed()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let (workers, queue) = channel();
    thread::spawn(move || work(queue));
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let workers = workers.clone();
            thread::spawn(move || {
                if let Err(error) = serve(recorder, connection, &workers) {
                    eprintln!("a request failed: {error}");
                }
            });
        }
    });

    let not_sampled = HEADER.replace("Sampled=1", "Sampled=0");
    for (path, header, status) in [
        ("/cart?token=secret", Some(HEADER), "200"),
        ("/cart", Some(&not_sampled), "200"),
        ("/pay", None, "500"),
        ("/nothing", None, "404"),
    ] {
        let response = get(address, path, header)?;
        assert!(response.starts_with(&format!("HTTP/1.1 {status}")), "{response}");
    }

    judge(collector, recorder, &["shop\n  prices.example.com\n  stock\n  stock\n", "shop\n  charge\n", "shop\n"])
}
