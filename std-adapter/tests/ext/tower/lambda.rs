//! In Lambda a request is a subsegment.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use xray_recorder::ext::tower::UrlsAsAnnotation;
use xray_recorder::{Recorder, TraceFuture};

use super::loopback::{self, HEADER, PARENT, ROOT, ask, document, header, run};
use super::support::{Memory, assert_settled, recorder};
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

/// In Lambda, where no variable names the invocation: behind its web adapter, or where several run at once.
fn in_lambda_without_a_variable() -> Recorder<Memory> {
    let builder = Recorder::builder().ignore_environment().service("shop").in_lambda(|| None);
    builder.transport(Memory::default()).build().unwrap()
}

const OTHER_ROOT: &str = "1-5759e988-000000000000000000000001";

#[test]
fn where_no_variable_names_the_invocation_the_header_of_the_request_does() {
    run(async {
        let recorder = in_lambda_without_a_variable();
        let routes = Router::new().route("/", get(|| async { xray_recorder::trace_header().to_string() }));
        let service = serve(recorder, routes).await;
        let response = ask(service, &["GET / HTTP/1.1", &format!("X-Amzn-Trace-Id: {HEADER};Lineage=a:1")]).await;
        assert_eq!(header(&response, "X-Amzn-Trace-Id"), Some(format!("Root={ROOT}").as_str()));
        let document = document(recorder).await;
        assert_eq!((&document["type"], &document["trace_id"]), (&json!("subsegment"), &json!(ROOT)));
        assert_eq!((&document["parent_id"], &document["http"]["response"]["status"]), (&json!(PARENT), &json!(200)));
        let goes_on = format!("Root={ROOT};Parent={};Sampled=1;Lineage=a:1", document["id"].as_str().unwrap());
        assert!(response.ends_with(&goes_on), "{response}");
        assert_settled(recorder.stats());
    });
}

#[test]
fn a_header_that_says_not_to_record_goes_on_where_no_variable_says_otherwise() {
    run(async {
        let recorder = in_lambda_without_a_variable();
        let routes = Router::new().route("/", get(|| async { xray_recorder::trace_header().to_string() }));
        let asked = format!("Root={ROOT};Parent={PARENT};Sampled=0");
        let response =
            ask(serve(recorder, routes).await, &["GET / HTTP/1.1", &format!("X-Amzn-Trace-Id: {asked}")]).await;
        assert!(response.ends_with(&asked), "{response}");
        assert_eq!((recorder.transport().sent().len(), recorder.stats().dropped), (0, 0));
    });
}

#[test]
fn the_variable_wins_over_the_header_of_the_request_and_the_current_entity_over_both() {
    run(async {
        let other = format!("X-Amzn-Trace-Id: Root={OTHER_ROOT};Parent={PARENT};Sampled=1");
        let recorder = in_lambda(HEADER);
        ask(serve(recorder, books()).await, &[REQUEST[0], &other]).await;
        assert_eq!(document(recorder).await["trace_id"], ROOT);

        let recorder = in_lambda(HEADER);
        let handed = "Root=1-5759e988-000000000000000000000002;Parent=53995c3f42cd8ad8;Sampled=1";
        let request = http::Request::get("/books/7").header("x-amzn-trace-id", HEADER).body(Body::empty()).unwrap();
        let response = books().layer(layer(recorder)).oneshot(request).in_context(&recorder.facade(handed));
        response.await.unwrap().into_body().collect().await.unwrap();
        assert_eq!(document(recorder).await["trace_id"], "1-5759e988-000000000000000000000002");
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
