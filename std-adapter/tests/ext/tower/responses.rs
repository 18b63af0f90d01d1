//! What of a response is recorded, and when the segment ends.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Response, StatusCode};
use axum::routing::get;
use http_body_util::StreamBody;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc::{Receiver, channel};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use super::loopback::{ask, document, read_until, run, send, sent, trace, until};
use super::serve;
use super::support::recorder;

/// A body of the chunks that come.
fn body_of(chunks: Receiver<&'static str>) -> Body {
    Body::from_stream(ReceiverStream::new(chunks).map(|chunk| Ok::<_, Infallible>(Bytes::from(chunk))))
}

#[test]
fn the_status_says_who_is_at_fault() {
    run(async {
        let recorder = recorder();
        let statuses = [(204, ""), (301, ""), (404, "error"), (429, "error throttle"), (500, "fault"), (503, "fault")];
        for (at, (status, flags)) in statuses.into_iter().enumerate() {
            let answer = move || async move { StatusCode::from_u16(status).unwrap() };
            let service = serve(recorder, Router::new().route("/", get(answer))).await;
            ask(service, &["GET / HTTP/1.1"]).await;
            let document = sent(recorder, at + 1).await[at].document().unwrap().to_value();
            assert_eq!(document["http"]["response"]["status"], status);
            let set = ["error", "throttle", "fault"].into_iter().filter(|flag| document[*flag] == true);
            assert_eq!(set.collect::<Vec<_>>().join(" "), flags);
            assert!(document["annotations"].get("cancelled").is_none(), "{document}");
        }
    });
}

#[test]
fn the_segment_ends_with_the_body_and_has_the_length_of_what_passed() {
    run(async {
        let recorder = recorder();
        let (chunks, taken) = channel(1);
        let taken = Arc::new(Mutex::new(Some(taken)));
        let stream = move || async move { body_of(taken.lock().unwrap().take().unwrap()) };
        let service = serve(recorder, Router::new().route("/", get(stream))).await;
        let mut connection = send(service, &["GET / HTTP/1.1", "Host: h", "Connection: close"]).await;
        chunks.send("first").await.unwrap();
        read_until(&mut connection, "first").await;
        assert_eq!(recorder.transport().sent().len(), 0);
        chunks.send("second").await.unwrap();
        drop(chunks);
        connection.read_to_end(&mut Vec::new()).await.unwrap();
        let document = document(recorder).await;
        assert_eq!(document["http"]["response"], json!({"status": 200, "content_length": 11}));
        assert_eq!(document["annotations"], json!({"route": "/"}));
    });
}

#[test]
fn what_makes_the_body_is_in_the_segment_too() {
    run(async {
        let recorder = recorder();
        let made = || async {
            let chunks = tokio_stream::iter(["a", "b"]).map(|chunk| {
                xray_recorder::in_subsegment(chunk, |_| ());
                Ok::<_, Infallible>(Bytes::from(chunk))
            });
            Body::from_stream(chunks)
        };
        let service = serve(recorder, Router::new().route("/", get(made))).await;
        ask(service, &["GET / HTTP/1.1"]).await;
        assert_eq!(trace(recorder, 1).await.outline(), "service\n  a\n  b\n");
    });
}

#[test]
fn a_response_without_a_body_has_not_been_given_up() {
    run(async {
        let recorder = recorder();
        let with_length =
            || async { Response::builder().header("Content-Length", "6").body(Body::from("a book")).unwrap() };
        let not_modified = || async { Response::builder().status(304).body(body_of(channel(1).1)).unwrap() };
        let service =
            serve(recorder, Router::new().route("/", get(with_length)).route("/same", get(not_modified))).await;
        ask(service, &["HEAD / HTTP/1.1"]).await;
        ask(service, &["GET /same HTTP/1.1"]).await;
        let documents: Vec<_> =
            sent(recorder, 2).await.iter().map(|datagram| datagram.document().unwrap().to_value()).collect();
        assert_eq!(documents[0]["http"]["response"], json!({"status": 200, "content_length": 6}));
        assert_eq!(documents[1]["http"]["response"], json!({"status": 304}));
        for document in documents {
            assert!(document["annotations"].get("cancelled").is_none(), "{document}");
        }
    });
}

#[test]
fn a_body_whose_length_is_said_is_whole_when_that_has_passed() {
    run(async {
        let recorder = recorder();
        // It never ends by itself: the server knows when enough has passed.
        let endless = || async {
            let (chunks, taken) = channel(1);
            chunks.try_send("a book").unwrap();
            std::mem::forget(chunks);
            Response::builder().header("Content-Length", "6").body(body_of(taken)).unwrap()
        };
        let service = serve(recorder, Router::new().route("/", get(endless))).await;
        ask(service, &["GET / HTTP/1.1"]).await;
        let document = document(recorder).await;
        assert_eq!(document["http"]["response"], json!({"status": 200, "content_length": 6}));
        assert_eq!(document["annotations"], json!({"route": "/"}));
    });
}

#[test]
fn trailers_end_the_body() {
    run(async {
        let recorder = recorder();
        let with_trailers = || async {
            let mut trailers = http::HeaderMap::new();
            trailers.insert("x-checksum", "7".parse().unwrap());
            let frames = [http_body::Frame::data(Bytes::from("data")), http_body::Frame::trailers(trailers)];
            Body::new(StreamBody::new(tokio_stream::iter(frames.map(Ok::<_, Infallible>))))
        };
        let service = serve(recorder, Router::new().route("/", get(with_trailers))).await;
        ask(service, &["GET / HTTP/1.1", "TE: trailers"]).await;
        let document = document(recorder).await;
        assert_eq!(document["http"]["response"]["content_length"], 4);
        assert!(document["annotations"].get("cancelled").is_none(), "{document}");
    });
}

#[test]
fn the_route_may_be_told_by_the_response() {
    run(async {
        #[derive(Clone)]
        struct Template(&'static str);
        let recorder = recorder();
        let layer = xray_recorder::ext::tower::SegmentLayer::new(recorder)
            .route(|extensions| Some(extensions.get::<Template>()?.0));
        let told = || async { (axum::Extension(Template("/of/the/response")), "ok") };
        let service = Router::new().route("/", get(told)).layer(layer);
        ask(super::loopback::serve(service).await, &["GET / HTTP/1.1"]).await;
        assert_eq!(document(recorder).await["annotations"], json!({"route": "/of/the/response"}));
    });
}

#[test]
fn requests_on_one_connection_are_segments_of_their_own() {
    run(async {
        let recorder = recorder();
        let service = serve(recorder, Router::new().route("/", get(|| async { "ok" }))).await;
        let mut connection = send(service, &["GET / HTTP/1.1", "Host: a"]).await;
        read_until(&mut connection, "ok").await;
        until(|| recorder.transport().sent().len() == 1).await;
        tokio::io::AsyncWriteExt::write_all(&mut connection, b"GET / HTTP/1.1\r\nHost: b\r\n\r\n").await.unwrap();
        read_until(&mut connection, "ok").await;
        let documents = sent(recorder, 2).await;
        let urls: Vec<_> = documents
            .iter()
            .map(|datagram| datagram.document().unwrap().to_value()["http"]["request"]["url"].clone())
            .collect();
        assert_eq!(urls, [json!("http://a/"), json!("http://b/")]);
    });
}
