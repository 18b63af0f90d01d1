//! In Lambda a request is a subsegment.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};
use xray_recorder::Recorder;
use xray_recorder::ext::tower::UrlsAsAnnotation;

use super::loopback::{self, HEADER, PARENT, ROOT, ask, document, header, run};
use super::support::{Memory, recorder};
use super::{layer, serve};

fn in_lambda(header: &'static str) -> Recorder<Memory> {
    let builder = Recorder::builder().ignore_environment().service("shop");
    builder.in_lambda(move || Some(header.to_owned())).transport(Memory::default()).build().unwrap()
}

fn books() -> Router {
    Router::new().route("/books/{id}", get(|| async { "a book" }))
}

const REQUEST: [&str; 3] = ["GET /books/7?x=1 HTTP/1.1", "User-Agent: UA/1", "X-Forwarded-For: 203.0.113.7"];

#[test]
fn in_lambda_a_request_is_a_subsegment_of_the_invocation_and_its_http_block_is_annotated() {
    run(async {
        let recorder = in_lambda(HEADER);
        let response = ask(serve(recorder, books()).await, &REQUEST).await;
        assert_eq!(header(&response, "X-Amzn-Trace-Id"), Some(format!("Root={ROOT}").as_str()));
        let document = document(recorder).await;
        assert_eq!((&document["type"], &document["name"]), (&json!("subsegment"), &json!("shop")));
        assert_eq!((&document["trace_id"], &document["parent_id"]), (&json!(ROOT), &json!(PARENT)));
        assert_eq!(
            document["annotations"],
            json!({
                "url": "http://shop.example.com/books/7",
                "method": "GET",
                "user_agent": "UA/1",
                "client_ip": "203.0.113.7",
                "x_forwarded_for": true,
                "status": 200,
                "content_length": 6,
                "route": "/books/{id}",
            })
        );
        assert_eq!(document["http"]["request"]["user_agent"], "UA/1");
        assert_eq!(document["http"]["response"], json!({"status": 200, "content_length": 6}));
    });
}

#[test]
fn an_invocation_that_is_not_sampled_records_nothing() {
    run(async {
        let recorder = in_lambda("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0");
        let response = ask(serve(recorder, books()).await, &REQUEST).await;
        assert!(response.ends_with("a book"), "{response}");
        assert_eq!(recorder.transport().sent().len(), 0);
    });
}

#[test]
fn requests_are_annotations_where_that_is_wanted() {
    run(async {
        for (urls, on_a_server, in_the_function) in [
            (UrlsAsAnnotation::Lambda, false, true),
            (UrlsAsAnnotation::All, true, true),
            (UrlsAsAnnotation::None, false, false),
        ] {
            for (recorder, wanted) in [(recorder(), on_a_server), (in_lambda(HEADER), in_the_function)] {
                let service = books().layer(layer(recorder).urls_as_annotation(urls));
                ask(loopback::serve(service).await, &REQUEST).await;
                let annotations = &document(recorder).await["annotations"];
                let url = annotations.get("url").and_then(Value::as_str);
                assert_eq!(url, wanted.then_some("http://shop.example.com/books/7"), "{urls:?}");
                assert_eq!(annotations.get("status").is_some(), wanted, "{urls:?}");
            }
        }
    });
}
