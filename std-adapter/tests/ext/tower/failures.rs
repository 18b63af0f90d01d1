//! Panics, errors, and requests that are given up.

use std::future::pending;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use serde_json::json;
use tokio::sync::Notify;
use tokio::sync::mpsc::channel;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use super::loopback::{HEADER, ask, document, read_until, run, send, sent, text_of, trace};
use super::serve;
use super::services::unavailable;
use super::support::{assert_settled, recorder};

#[test]
fn a_panic_of_a_handler_is_recorded_and_goes_on() {
    run(async {
        let recorder = recorder();
        async fn boom() -> &'static str {
            xray_recorder::in_subsegment("work", |_| panic!("out of stock"))
        }
        let service = serve(recorder, Router::new().route("/", get(boom))).await;
        let response = ask(service, &["GET / HTTP/1.1", &format!("X-Amzn-Trace-Id: {HEADER}")]).await;
        assert_eq!(response, "");
        let trace = trace(recorder, 1).await;
        let [segment, work] = ["service", "work"].map(|name| trace.find_by_name(name).unwrap());
        let exception = &work.json["cause"]["exceptions"][0];
        assert_eq!((&exception["type"], &exception["message"]), (&json!("panic"), &json!("out of stock")));
        assert!(segment.fault && work.fault);
        assert_eq!(segment.json["cause"], exception["id"]);
        assert_eq!(segment.json["annotations"], json!({"route": "/"}));
        assert_settled(recorder.stats());
    });
}

#[test]
fn a_panic_says_nothing_of_the_secrets_in_the_urls_it_names() {
    run(async {
        let recorder = recorder();
        async fn boom() -> &'static str {
            let error = format!("no answer from url (https://alice:hunter2@{}/?q=(hunter2))", "shelf.example.com");
            xray_recorder::in_subsegment("work", |_| Err::<&str, _>(error)).unwrap()
        }
        async fn boom_below() -> &'static str {
            xray_recorder::in_subsegment("work", |_| {
                panic!("no answer from {}", "https://shelf.example.com/?q=hunter2")
            })
        }
        let routes = Router::new().route("/", get(boom)).route("/below", get(boom_below));
        let service = serve(recorder, routes).await;
        for path in ["/", "/below"] {
            ask(service, &[&format!("GET {path} HTTP/1.1")]).await;
        }
        let text = text_of(&sent(recorder, 2).await);
        assert!(text.contains("(https://shelf.example.com/)") && !text.contains("hunter2"), "{text}");
    });
}

#[test]
fn a_panic_in_a_body_is_recorded_and_goes_on() {
    run(async {
        let recorder = recorder();
        let boom = || async {
            Body::from_stream(tokio_stream::iter(["a", "b"]).map(|chunk| {
                assert_eq!(chunk, "a", "the second is not there");
                Ok::<_, std::io::Error>(Bytes::from(chunk))
            }))
        };
        let service = serve(recorder, Router::new().route("/", get(boom))).await;
        ask(service, &["GET / HTTP/1.1"]).await;
        let document = document(recorder).await;
        assert_eq!(document["fault"], true);
        let message = document["cause"]["exceptions"][0]["message"].as_str().unwrap();
        assert!(message.contains("the second is not there"), "{message}");
        assert_eq!(document["annotations"], json!({"route": "/"}));
    });
}

#[test]
fn a_body_that_fails_leaves_its_error_and_what_caused_it() {
    run(async {
        let recorder = recorder();
        let failing = || async {
            let chunks = ["a", "b"].map(|chunk| match chunk {
                "a" => Ok(Bytes::from(chunk)),
                _ => Err(unavailable()),
            });
            Body::from_stream(tokio_stream::iter(chunks))
        };
        let service = serve(recorder, Router::new().route("/", get(failing))).await;
        ask(service, &["GET / HTTP/1.1"]).await;
        let document = document(recorder).await;
        let text = document["cause"].to_string();
        for part in ["the shelf behind https://shelf.example.com/ is not there", "ParseIntError", "invalid digit"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains("hunter2"), "{text}");
        assert_eq!((&document["fault"], &document["http"]["response"]["status"]), (&json!(true), &json!(200)));
        assert_eq!(document["annotations"], json!({"route": "/"}));
    });
}

#[test]
fn a_client_that_disconnects_before_the_response_leaves_a_request_that_is_cancelled() {
    run(async {
        let recorder = recorder();
        let started = Arc::new(Notify::new());
        let slow = {
            let started = Arc::clone(&started);
            move || async move {
                let waiting = async {
                    started.notify_one();
                    pending::<()>().await;
                };
                xray_recorder::TraceFuture::in_subsegment(waiting, "waiting").await;
            }
        };
        let service = serve(recorder, Router::new().route("/", get(slow))).await;
        let connection = send(service, &["GET / HTTP/1.1", "Host: h"]).await;
        started.notified().await;
        drop(connection);
        let trace = trace(recorder, 1).await;
        assert_eq!(trace.outline(), "service\n  waiting\n");
        let segment = trace.find_by_name("service").unwrap();
        assert_eq!(segment.annotation("cancelled"), Some(&json!(true)));
        assert_eq!(segment.json["http"].get("response"), None);
        assert!(!segment.fault && !segment.error);
    });
}

#[test]
fn a_client_that_disconnects_in_the_middle_of_the_body_leaves_a_request_that_is_cancelled() {
    run(async {
        let recorder = recorder();
        let (chunks, taken) = channel::<Result<Bytes, std::io::Error>>(1);
        let taken = Arc::new(Mutex::new(Some(taken)));
        let stream =
            move || async move { Body::from_stream(ReceiverStream::new(taken.lock().unwrap().take().unwrap())) };
        let service = serve(recorder, Router::new().route("/", get(stream))).await;
        let mut connection = send(service, &["GET / HTTP/1.1", "Host: h"]).await;
        chunks.send(Ok(Bytes::from("first"))).await.unwrap();
        read_until(&mut connection, "first").await;
        drop(connection);
        chunks.closed().await;
        let document = document(recorder).await;
        assert_eq!(document["annotations"], json!({"cancelled": true, "route": "/"}));
        assert_eq!(document["http"]["response"], json!({"status": 200}));
    });
}
