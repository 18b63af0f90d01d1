//! What of a request is recorded, and whether it is.

use axum::Router;
use axum::routing::{get, post};
use serde_json::json;
use xray_recorder::{Recorder, SamplingRequest};
use xray_recorder_receiver::{Collector, Validator};

use super::loopback::{
    HEADER, PARENT, ROOT, ask, document, header, read_until, run, send, sent, text_of, trace, until,
};
use super::support::{DEADLINE, Memory, recorder};
use super::{layer, serve};

fn books() -> Router {
    Router::new().route("/books/{id}", get(|| async { "a book" }))
}

#[test]
fn a_request_in_full_is_a_segment_in_the_trace_it_came_with() {
    run(async {
        let recorder = recorder();
        let service = serve(recorder, books()).await;
        let trace_header = format!("X-Amzn-Trace-Id: {HEADER};Lineage=a:1");
        let response = ask(service, &["GET /books/7?x=1 HTTP/1.1", "User-Agent: UA/1", &trace_header]).await;
        assert!(response.starts_with("HTTP/1.1 200 OK") && response.ends_with("a book"), "{response}");
        assert_eq!(header(&response, "X-Amzn-Trace-Id"), Some(format!("Root={ROOT}").as_str()));
        let document = document(recorder).await;
        assert_eq!((&document["name"], &document["trace_id"]), (&json!("service"), &json!(ROOT)));
        assert_eq!(document["parent_id"], PARENT);
        assert_eq!(
            document["http"],
            json!({
                "request": {
                    "method": "GET",
                    "url": "http://shop.example.com/books/7",
                    "user_agent": "UA/1",
                    "client_ip": "127.0.0.1",
                },
                "response": {"status": 200, "content_length": 6},
            })
        );
        assert_eq!(document["annotations"], json!({"route": "/books/{id}"}));
        assert!(document.get("fault").is_none() && document.get("error").is_none());
    });
}

#[test]
fn the_client_is_the_first_that_was_forwarded_for() {
    run(async {
        let recorder = recorder();
        let service = serve(recorder, books()).await;
        ask(service, &["GET /books/7 HTTP/1.1", "X-Forwarded-For: 203.0.113.7 , 10.0.0.1", "X-Forwarded-Proto: https"])
            .await;
        let request = &document(recorder).await["http"]["request"];
        assert_eq!((&request["client_ip"], &request["x_forwarded_for"]), (&json!("203.0.113.7"), &json!(true)));
        assert_eq!(request["url"], "https://shop.example.com/books/7");
    });
}

#[test]
fn a_request_that_names_no_host_has_its_path_for_a_url() {
    run(async {
        let recorder = recorder();
        let mut connection = send(serve(recorder, books()).await, &["GET /books/7?token=1 HTTP/1.0"]).await;
        read_until(&mut connection, "a book").await;
        assert_eq!(document(recorder).await["http"]["request"]["url"], "/books/7");
    });
}

#[test]
fn what_the_response_says_depends_on_what_the_request_asked() {
    run(async {
        let recorder = Recorder::builder().transport(Memory::default()).sampler(Never).build().unwrap();
        let service = serve(recorder, books()).await;
        for (asked, told) in [
            (Some(format!("Root={ROOT};Sampled=1")), Some(format!("Root={ROOT}"))),
            (Some(format!("Root={ROOT};Parent={PARENT};Sampled=0")), Some(format!("Root={ROOT}"))),
            (Some(format!("Root={ROOT};Sampled=?")), Some(format!("Root={ROOT};Sampled=0"))),
            (Some(format!("Root={ROOT}")), Some(format!("Root={ROOT}"))),
            (Some("Sampled=?".to_owned()), Some("Sampled=0".to_owned())),
            (Some("nonsense".to_owned()), None),
            (None, None),
        ] {
            let line = asked.map(|asked| format!("X-Amzn-Trace-Id: {asked}"));
            let mut lines = vec!["GET /books/7 HTTP/1.1"];
            lines.extend(line.as_deref());
            let response = ask(service, &lines).await;
            assert_eq!(header(&response, "X-Amzn-Trace-Id"), told.as_deref(), "{line:?}");
        }
        assert_eq!(recorder.transport().sent().len(), 1);
    });
}

/// A sampler that records nothing.
struct Never;

impl xray_recorder::Sampler for Never {
    fn decide(&self, _: &SamplingRequest<'_>, _: xray_recorder::Timestamp) -> Option<xray_recorder::Decision> {
        Some(xray_recorder::Decision::of(false))
    }
}

#[test]
fn rules_decide_by_host_method_and_path() {
    run(async {
        let rules = r#"{"version":2,"default":{"fixed_target":0,"rate":0},"rules":[
            {"host":"shop.example.com","http_method":"POST","url_path":"/orders","fixed_target":0,"rate":1}]}"#;
        let builder = Recorder::builder().sampling_rules(rules).unwrap().describe_sdk(false);
        let recorder = builder.transport(Memory::default()).build().unwrap();
        let orders = Router::new().route("/orders", post(|| async { "ok" }).get(|| async { "none" }));
        let service = serve(recorder, orders).await;
        ask(service, &["GET /orders HTTP/1.1"]).await;
        ask(service, &["POST /orders?secret=1 HTTP/1.1", "Content-Length: 0"]).await;
        ask(service, &["GET http://other.example.com/orders HTTP/1.1"]).await;
        assert_eq!(document(recorder).await["http"]["request"]["method"], "POST");
    });
}

#[test]
fn the_name_follows_the_host_where_the_recorder_says_so() {
    run(async {
        let builder = Recorder::builder().service("shop").dynamic_naming("*.example.com").describe_sdk(false);
        let recorder = builder.transport(Memory::default()).build().unwrap();
        let service = serve(recorder, books()).await;
        let mut connection = send(service, &["GET /books/7 HTTP/1.1", "Host: alice:hunter2@eu.example.com"]).await;
        read_until(&mut connection, "a book").await;
        let document = document(recorder).await;
        assert_eq!((&document["name"], document.to_string().contains("hunter2")), (&json!("eu.example.com"), false));
    });
}

#[test]
fn a_traceparent_is_continued_and_goes_on() {
    run(async {
        let recorder = recorder();
        let told = |_: ()| async {
            let header = xray_recorder::trace_header();
            format!("{} {}", header.is_w3c(), header)
        };
        let service = serve(recorder, Router::new().route("/", get(move || told(())))).await;
        let parent = "traceparent: 00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01";
        let response = ask(service, &["GET / HTTP/1.1", parent]).await;
        assert!(response.contains("true Root=1-4efaaf4d-1e8720b39541901950019ee5;Parent="), "{response}");
        let document = document(recorder).await;
        assert_eq!(document["trace_id"], "1-4efaaf4d-1e8720b39541901950019ee5");
        assert_eq!(document["parent_id"], PARENT);
    });
}

#[test]
fn the_segment_is_current_for_handlers_and_what_they_call() {
    run(async {
        let recorder = recorder();
        let handler = || async {
            xray_recorder::put_annotation("tenant", "acme");
            tokio::task::yield_now().await;
            xray_recorder::in_subsegment("price", |_| ());
            assert!(xray_recorder::is_sampled());
            "ok"
        };
        let service = serve(recorder, Router::new().route("/", get(handler))).await;
        ask(service, &["GET / HTTP/1.1", &format!("X-Amzn-Trace-Id: {HEADER}")]).await;
        let trace = trace(recorder, 1).await;
        assert_eq!(trace.outline(), "service\n  price\n");
        assert_eq!(trace.find_by_name("service").unwrap().annotation("tenant"), Some(&json!("acme")));
        assert!(xray_recorder::current().is_none());
    });
}

#[test]
fn a_request_that_is_not_sampled_sends_nothing_and_tells_so() {
    run(async {
        let recorder = recorder();
        let told = || async { xray_recorder::trace_header().to_string() };
        let service = serve(recorder, Router::new().route("/", get(told))).await;
        let asked = format!("Root={ROOT};Parent={PARENT};Sampled=0");
        let response = ask(service, &["GET / HTTP/1.1", &format!("X-Amzn-Trace-Id: {asked}")]).await;
        assert!(response.ends_with(&asked), "{response}");
        assert_eq!(recorder.transport().sent().len(), 0);
    });
}

#[test]
fn no_secret_of_a_request_or_response_is_in_any_datagram() {
    run(async {
        let recorder = recorder();
        let echo = |body: String| async move {
            xray_recorder::in_subsegment("work", |_| ());
            ([("X-Secret", "hunter2")], format!("hunter2 {body}"))
        };
        let service = serve(recorder, Router::new().route("/", post(echo))).await;
        let mut connection = send(
            service,
            &[
                "POST http://alice:hunter2@shop.example.com/?token=hunter2#hunter2 HTTP/1.1",
                "Host: alice:hunter2@shop.example.com",
                "Authorization: Bearer hunter2",
                "Cookie: session=hunter2",
                "X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1;Secret=hunter2",
                "Referer: https://shop.example.com/?token=hunter2",
                "Connection: close",
                "Content-Length: 7",
                "",
                "hunter2",
            ],
        )
        .await;
        read_until(&mut connection, "hunter2 hunter2").await;
        let text = text_of(&sent(recorder, 1).await);
        assert!(text.contains("\"http://shop.example.com/\""), "{text}");
        assert!(!text.contains("hunter2") && !text.contains("alice"), "{text}");
    });
}

#[test]
fn what_went_wrong_is_kept_though_it_was_not_sampled() {
    run(async {
        let builder = Recorder::builder().keep_what_went_wrong(xray_recorder::KeepWhatWentWrong::per_second(5));
        let recorder = builder.describe_sdk(false).transport(Memory::default()).build().unwrap();
        let handler = || async { http::StatusCode::BAD_GATEWAY };
        let service = serve(recorder, Router::new().route("/", get(handler))).await;
        let line = format!("X-Amzn-Trace-Id: Root={ROOT};Sampled=0");
        let response = ask(service, &["GET / HTTP/1.1", &line]).await;
        assert_eq!(header(&response, "X-Amzn-Trace-Id"), Some(format!("Root={ROOT}").as_str()));
        assert_eq!(document(recorder).await["http"]["response"]["status"], 502);
    });
}

#[test]
fn documents_arrive_over_udp() {
    run(async {
        let mut collector = Collector::loopback().unwrap();
        let transport = xray_recorder::UdpTransport::connect(collector.addr()).unwrap();
        let recorder = Recorder::builder().service("shop").ignore_environment().transport(transport).build().unwrap();
        let service = super::loopback::serve(books().layer(layer(recorder))).await;
        ask(service, &["GET /books/7 HTTP/1.1"]).await;
        until(|| recorder.stats().sent == 1).await;
        let received = collector.wait_for(DEADLINE, |received| received.entities() == 1).unwrap();
        assert_eq!(received.findings(&Validator::default()), []);
        assert_eq!(received.traces()[0].outline(), "shop\n");
    });
}
