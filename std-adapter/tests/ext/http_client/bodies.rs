//! Whether a subsegment ends with the head of the response or with its body.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use serde_json::json;
use tokio::sync::mpsc::channel;
use tokio_stream::wrappers::ReceiverStream;
use tower::ServiceExt;
use xray_recorder::TraceFuture;
use xray_recorder::ext::http_client::SubsegmentLayer;

use super::downstream::{calls, flags};
use super::loopback::{run, serve};
use super::{client, unembedded};

/// Calls a service whose body has these parts, where `None` is an error, and reads so many of them; gives the subsegment.
fn with_body(
    layer: &SubsegmentLayer,
    ended_with_head: bool,
    parts: &'static [Option<&'static str>],
    read: usize,
) -> serde_json::Value {
    let recorder = unembedded();
    run(async move {
        let (chunks, taken) = channel::<Result<Bytes, std::io::Error>>(4);
        let taken = std::sync::Arc::new(std::sync::Mutex::new(Some(taken)));
        let handler =
            move || async move { Body::from_stream(ReceiverStream::new(taken.lock().unwrap().take().unwrap())) };
        let service = serve(Router::new().route("/", get(handler))).await;
        let client = client(layer);
        let work = async {
            let request = Request::get(format!("http://{service}/")).body(Full::default()).unwrap();
            let mut body = client.oneshot(request).await.unwrap().into_body();
            assert_eq!(recorder.transport().sent().len(), usize::from(ended_with_head));
            for part in parts {
                let part = part.map(Bytes::from).ok_or_else(|| std::io::Error::other("the shelf broke"));
                chunks.send(part).await.unwrap();
            }
            drop(chunks);
            for _ in 0..read {
                if body.frame().await.is_none_or(|frame| frame.is_err()) {
                    break;
                }
            }
        };
        work.in_segment(recorder.segment("caller")).await;
    });
    calls(recorder).remove(0)
}

#[test]
fn a_subsegment_ends_with_the_head_of_the_response() {
    let call = with_body(&SubsegmentLayer::new(), true, &[Some("a"), Some("b")], 9);
    assert_eq!(call["http"]["response"], json!({"status": 200}));
    assert_eq!(call.get("annotations"), None);
}

#[test]
fn it_ends_with_the_body_where_that_is_wanted() {
    let call = with_body(&SubsegmentLayer::new().until_body_ends(), false, &[Some("a"), Some("book")], 9);
    assert_eq!(call["http"]["response"], json!({"status": 200, "content_length": 5}));
    assert_eq!((call.get("annotations"), flags(&call).as_str()), (None, ""));
}

#[test]
fn a_body_that_is_not_read_to_its_end_is_cancelled() {
    let call = with_body(&SubsegmentLayer::new().until_body_ends(), false, &[Some("a"), Some("b")], 0);
    assert_eq!(call["annotations"], json!({"cancelled": true}));
    assert_eq!(call["http"]["response"], json!({"status": 200}));
}

#[test]
fn a_body_that_breaks_off_is_an_exception() {
    let call = with_body(&SubsegmentLayer::new().until_body_ends(), false, &[Some("a"), None], 9);
    assert_eq!(flags(&call), "fault");
    assert!(!call["cause"]["exceptions"].as_array().unwrap().is_empty());
}
