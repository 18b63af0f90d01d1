//! A service whose functions are handed no guard: each request runs in a segment, and whatever it calls records on the
//! entity that is current there. `cargo run -p example-services --bin ambient` starts it, calls it and draws what it sent.

use std::future::pending;
use std::{fmt, io};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use example_services::{HEADER, judge, observed, request};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::{spawn, spawn_blocking};
use xray_recorder::{HttpResponse, IncomingRequest, Recorder, TraceFuture, capture, in_current_context};

/// Runs each request in a segment of its own, in the trace it came with.
async fn traced(recorder: Recorder, request: Request, next: Next) -> Response {
    let text = |headers: &HeaderMap, name| headers.get(name).map(|value| value.as_bytes().to_vec());
    let [trace, w3c] = ["x-amzn-trace-id", "traceparent"].map(|name| text(request.headers(), name));
    let mut segment = recorder.segment(recorder.service()).headers(trace.as_ref(), w3c.as_ref()).begin();
    segment.set_http_request(&IncomingRequest {
        method: Some(request.method().as_str()),
        url: Some(&request.uri().to_string()),
        ..IncomingRequest::default()
    });
    async {
        let response = next.run(request).await;
        if let Some(segment) = xray_recorder::current_segment() {
            let status = Some(response.status().as_u16());
            segment.set_http_response(&HttpResponse { status, content_length: None });
        }
        response
    }
    .in_segment(segment)
    .await
}

/// Two calls at once, one on a thread for blocking work, one in a task: siblings all.
async fn cart() -> String {
    xray_recorder::put_annotation("tenant", "acme");
    let stock = spawn_blocking(in_current_context(stock));
    let offers = spawn(offers().in_current_context());
    let (price, stock, offers) = tokio::join!(price("book"), stock, offers);
    format!("{price} {stock:?} {offers:?}")
}

#[capture(annotations(item))]
async fn price(item: &str) -> usize {
    // What a call of another service would carry.
    let header = async { xray_recorder::trace_header().to_string() }.in_subsegment("prices.example.com").await;
    assert!(header.starts_with("Root=1-"), "{header}");
    item.len()
}

#[capture]
fn stock() -> u32 {
    xray_recorder::put_metadata("shelf", &["A", "7"]);
    3
}

#[capture]
async fn offers() -> u32 {
    2
}

#[derive(Debug)]
struct Declined;

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the card was declined")
    }
}

impl std::error::Error for Declined {}

#[capture]
async fn charge() -> Result<(), Declined> {
    Err(Declined)
}

async fn pay() -> StatusCode {
    match charge().await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::PAYMENT_REQUIRED,
    }
}

/// Never answers: the caller gives up.
async fn slow(started: Sender<()>) {
    let waiting = async {
        let _ = started.send(()).await;
        pending::<()>().await;
    };
    waiting.in_subsegment("waiting").await;
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (collector, recorder) = observed()?;
    let (started, mut has_started) = channel(1);
    let service = Router::new()
        .route("/cart", get(cart))
        .route("/pay", get(pay))
        .route("/slow", get(move || slow(started.clone())))
        .layer(from_fn(move |request, next| traced(recorder, request, next)));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    spawn(async move { axum::serve(listener, service).await });

    let not_sampled = HEADER.replace("Sampled=1", "Sampled=0");
    spawn_blocking(move || {
        for (path, header, status) in
            [("/cart?token=secret", Some(HEADER), "200"), ("/cart", Some(&not_sampled), "200"), ("/pay", None, "402")]
        {
            let response = example_services::get(address, path, header)?;
            assert!(response.starts_with(&format!("HTTP/1.1 {status}")), "{response}");
        }
        io::Result::Ok(())
    })
    .await??;
    let given_up = spawn_blocking(move || request(address, "/slow", None)).await??;
    has_started.recv().await.ok_or("the slow request never started")?;
    drop(given_up);

    let cart = "shop\n  price\n    prices.example.com\n  stock\n  offers\n";
    spawn_blocking(move || {
        judge(collector, recorder, &[cart, "shop\n  charge\n", "shop\n  waiting\n"]).map_err(|error| error.to_string())
    })
    .await??;
    Ok(())
}
