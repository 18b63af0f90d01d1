//! The requests of the official SDKs' captures, asked here. Everything they record is recorded, but for what is listed.

#[path = "../official.rs"]
mod beside;

use axum::Router;
use axum::routing::get;
use serde_json::Value;
use xray_recorder::Recorder;

use self::beside::{differences, documents};
use super::loopback::{HEADER, ROOT, document, read_until, run, send};
use super::serve;
use super::support::Memory;

/// Asks as the captured program was asked, and gives the document.
async fn told(recorder: Recorder<Memory>, lines: &[&str]) -> Value {
    async fn boom() -> &'static str {
        panic!("bad")
    }
    let service = Router::new().route("/ok", get(|| async { "ok" })).route("/boom", get(boom));
    let mut connection = send(serve(recorder, service).await, lines).await;
    if !lines[0].contains("/boom") {
        read_until(&mut connection, "\r\n\r\n").await;
    }
    document(recorder).await
}

fn recorder(service: &str) -> Recorder<Memory> {
    Recorder::builder().ignore_environment().service(service).transport(Memory::default()).build().unwrap()
}

/// Compares one document of a capture with what is sent here.
fn compare(capture: &str, at: usize, service: &str, lines: &[&str], listed: &[&str]) {
    run(async {
        let ours = told(recorder(service), lines).await;
        let official = &documents(capture)[at];
        let found = differences(official, &ours);
        assert_eq!(found, listed, "{capture}, document {at}: {ours:#}");
    });
}

/// `in_progress` is false in what has ended, which says nothing.
const ENDED: &str = "/in_progress: false, null";

/// Where a handler panics no response is sent, as the connection ends, so that there is no status to record.
const NO_RESPONSE: &str = r#"/http/response: {"status":500}, null"#;

const ASKED: &str = "X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=?";
const FORWARDED: &str = "X-Forwarded-For: 1.2.3.4, 5.6.7.8";

#[test]
fn flask() {
    let lines = ["GET /ok?x=1 HTTP/1.1", "Host: localhost", ASKED, FORWARDED, "User-Agent: UA/1"];
    // The first of the list is the client, the others are proxies.
    let listed = [r#"/http/request/client_ip: "1.2.3.4, 5.6.7.8", "1.2.3.4""#, ENDED];
    compare("py12_flask", 0, "svc", &lines, &listed);
    let lines = ["GET /missing HTTP/1.1", "Host: localhost", "User-Agent: Werkzeug/3.1.9"];
    // The page of Flask's for what is missing is longer.
    compare("py12_flask", 1, "svc", &lines, &["/http/response/content_length: 207, 0", ENDED]);
}

#[test]
fn bottle() {
    let lines = ["GET /ok?q=1 HTTP/1.1", "Host: www.example.com:8080", "User-Agent: UA/1", "X-Forwarded-For: 1.2.3.4"];
    // A query holds secrets.
    let url = r#"/http/request/url: "http://www.example.com:8080/ok?q=1", "http://www.example.com:8080/ok""#;
    compare("py25_bottle", 1, "svc", &lines, &[url, ENDED]);
}

#[test]
fn aiohttp() {
    let header = format!("X-Amzn-Trace-Id: {HEADER}");
    let agent = "User-Agent: Python/3.11 aiohttp/3.14.5";
    let url = r#"/http/request/url: "http://127.0.0.1/ok?q=1", "http://127.0.0.1/ok""#;
    compare(
        "py26_aiohttp_server",
        0,
        "svc",
        &["GET /ok?q=1 HTTP/1.1", "Host: 127.0.0.1", agent, &header],
        &[url, ENDED],
    );
    let boom = ["GET /boom HTTP/1.1", "Host: 127.0.0.1", agent, &header];
    run(async {
        let ours = told(recorder("svc"), &boom).await;
        let found = differences(&documents("py26_aiohttp_server")[2], &ours);
        let of_language = |difference: &&String| difference.starts_with("/cause/exceptions/0/");
        let others: Vec<_> = found.iter().filter(|difference| !of_language(difference)).collect();
        assert_eq!(others, [NO_RESPONSE, ENDED]);
        // The type is the language's own; a panic brings no frames unless the recorder is told to.
        let of_language: Vec<_> =
            found.iter().filter(of_language).map(|found| &found[..found.find(':').unwrap()]).collect();
        assert_eq!(
            of_language,
            ["/cause/exceptions/0/remote", "/cause/exceptions/0/stack", "/cause/exceptions/0/type"]
        );
    });
}

#[test]
fn django() {
    let forwarded = "X-Forwarded-For: 1.2.3.4, 2.2.2.2";
    let lines = ["GET /ok?q=1 HTTP/1.1", "Host: testserver", ASKED, forwarded, "User-Agent: UA/1"];
    let listed = [
        r#"/http/request/client_ip: "1.2.3.4, 2.2.2.2", "1.2.3.4""#,
        r#"/http/request/url: "http://testserver/ok?q=1", "http://testserver/ok""#,
        ENDED,
    ];
    compare("py27_django", 0, "dj", &lines, &listed);
}

#[test]
fn flask_in_lambda() {
    run(async {
        let builder = Recorder::builder().ignore_environment().service("svc").transport(Memory::default());
        let recorder = builder.in_lambda(|| Some(HEADER.to_owned())).build().unwrap();
        let lines = ["GET /ok?x=1 HTTP/1.1", "Host: localhost", "User-Agent: Werkzeug/3.1.9"];
        let ours = told(recorder, &lines).await;
        assert_eq!((&ours["trace_id"], &ours["parent_id"]), (&ROOT.into(), &"53995c3f42cd8ad8".into()));
        // X-Ray knows no namespace `local`: it is that of subsegments without one.
        let listed = [ENDED, r#"/namespace: "local", null"#];
        assert_eq!(differences(&documents("py28_flask_lambda")[0], &ours), listed);
    });
}

#[test]
fn express() {
    let lines = ["GET /ok?q=1 HTTP/1.1", "Host: 127.0.0.1:44177", ASKED, FORWARDED, "User-Agent: UA/1"];
    let url = r#"/http/request/url: "http://127.0.0.1/ok?q=1", "http://127.0.0.1/ok""#;
    compare("node05_express", 0, "myapp", &lines, &[url]);
    // What the request does not say is absent, and not empty.
    let listed = [r#"/http/request/user_agent: "", null"#];
    compare("node05_express", 1, "myapp", &["GET /missing HTTP/1.1", "Host: 127.0.0.1:44177"], &listed);
}
