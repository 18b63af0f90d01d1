//! Services on loopback, who calls them in words of HTTP/1, and what they sent.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::net::SocketAddr;
use std::time::Instant;

use axum::Router;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::time::timeout;
use xray_recorder::Recorder;
use xray_recorder_receiver::{Datagram, Trace, assemble};

use crate::support::{DEADLINE, Memory, findings_below};

/// A caller's trace.
pub(crate) const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";
pub(crate) const PARENT: &str = "53995c3f42cd8ad8";
pub(crate) const HEADER: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

/// Runs a test that may take as long as its events do.
pub(crate) fn run(test: impl Future<Output = ()>) {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async { timeout(DEADLINE, test).await.expect("it hangs") });
}

/// Waits for what does happen.
#[track_caller]
pub(crate) fn until(mut happened: impl FnMut() -> bool) -> impl Future<Output = ()> {
    let begun = Instant::now();
    let caller = std::panic::Location::caller();
    async move {
        while !happened() {
            assert!(begun.elapsed() < DEADLINE / 2, "it does not happen: {caller}");
            tokio::task::yield_now().await;
        }
    }
}

/// Serves on a free port, with the addresses of clients.
pub(crate) async fn serve(service: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = service.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

/// Sends the head of a request whose lines these are, and gives the connection.
pub(crate) async fn send(service: SocketAddr, lines: &[&str]) -> TcpStream {
    let mut connection = TcpStream::connect(service).await.unwrap();
    let head = [lines.join("\r\n").as_str(), "\r\n\r\n"].concat();
    connection.write_all(head.as_bytes()).await.unwrap();
    connection
}

/// The whole response to a request whose lines these are, or as much of it as there is.
pub(crate) async fn ask(service: SocketAddr, lines: &[&str]) -> String {
    let lines = [lines, &["Host: shop.example.com", "Connection: close"]].concat();
    let mut response = Vec::new();
    // A server that gives up may reset the connection.
    let _ = send(service, &lines).await.read_to_end(&mut response).await;
    String::from_utf8(response).unwrap()
}

/// Reads until this has been read.
pub(crate) async fn read_until(connection: &mut TcpStream, wanted: &str) -> String {
    let mut text = String::new();
    while !text.contains(wanted) {
        let mut bytes = [0; 1_024];
        let count = connection.read(&mut bytes).await.unwrap();
        assert!(count > 0, "the end came before `{wanted}`: {text}");
        text += std::str::from_utf8(&bytes[..count]).unwrap();
    }
    text
}

/// The value of a header of a response.
pub(crate) fn header<'r>(response: &'r str, name: &str) -> Option<&'r str> {
    let is_named = |line: &&str| line.split_once(':').is_some_and(|(key, _)| key.eq_ignore_ascii_case(name));
    response.lines().take_while(|line| !line.is_empty()).find(is_named)?.split_once(": ").map(|(_, value)| value)
}

/// Waits for this many datagrams, has the strict judge look at them, and gives them.
pub(crate) async fn sent(recorder: Recorder<Memory>, count: usize) -> Vec<Datagram> {
    until(|| recorder.transport().sent().len() >= count).await;
    let datagrams = recorder.transport().sent();
    assert_eq!(datagrams.len(), count, "{datagrams:#?}");
    for datagram in &datagrams {
        assert_eq!(findings_below(std::slice::from_ref(datagram), &[PARENT]), []);
    }
    datagrams
}

/// The same, of one document.
pub(crate) async fn document(recorder: Recorder<Memory>) -> Value {
    sent(recorder, 1).await[0].document().unwrap().to_value()
}

/// The same, as the one trace that it makes.
pub(crate) async fn trace(recorder: Recorder<Memory>, datagrams: usize) -> Trace {
    let datagrams = sent(recorder, datagrams).await;
    assert_eq!(findings_below(&datagrams, &[PARENT]), []);
    let mut traces = assemble(&datagrams);
    assert_eq!(traces.len(), 1);
    traces.remove(0)
}

/// All that was sent, as text to look for secrets in.
pub(crate) fn text_of(datagrams: &[Datagram]) -> String {
    datagrams.iter().map(|datagram| datagram.document().unwrap().to_value().to_string()).collect()
}
