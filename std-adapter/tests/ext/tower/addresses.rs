//! Which URL, host and client a request says it is about, and what it may not say.

use axum::Router;
use axum::body::Body;
use axum::routing::{any, get};
use http::{Request, Response};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};
use xray_recorder::Recorder;
use xray_recorder::ext::tower::SegmentLayer;

use super::layer;
use super::loopback::{self, ask, document, run};
use super::support::{self, Memory, recorder};

fn books() -> Router {
    Router::new().route("/{id}", get(|| async { "a book" }))
}

/// The layer within `nest`, where the router takes the prefix off.
fn nested<T>(recorder: Recorder<T>) -> Router {
    Router::new().nest("/books", books().layer(layer(recorder)))
}

#[test]
fn within_nest_the_url_is_the_one_that_was_asked_for() {
    run(async {
        let recorder = recorder();
        ask(loopback::serve(nested(recorder)).await, &["GET /books/7?x=1 HTTP/1.1"]).await;
        let document = document(recorder).await;
        assert_eq!(document["http"]["request"]["url"], "http://shop.example.com/books/7");
        assert_eq!(document["annotations"], json!({"route": "/books/{id}"}));
    });
}

#[test]
fn within_nest_rules_decide_by_the_path_that_was_asked_for() {
    run(async {
        let rules = r#"{"version":2,"default":{"fixed_target":0,"rate":0},"rules":[
            {"host":"*","http_method":"*","url_path":"/books/*","fixed_target":0,"rate":1}]}"#;
        let builder = Recorder::builder().sampling_rules(rules).unwrap().describe_sdk(false);
        let recorder = builder.transport(Memory::default()).build().unwrap();
        ask(loopback::serve(nested(recorder)).await, &["GET /books/7 HTTP/1.1"]).await;
        assert_eq!(document(recorder).await["http"]["response"]["status"], 200);
    });
}

/// The document of a request, by a recorder that names segments by whatever host there is.
async fn served(request: http::request::Builder) -> Value {
    let builder = Recorder::builder().service("shop").dynamic_naming("*").describe_sdk(false);
    let recorder = builder.transport(Memory::default()).build().unwrap();
    let answers =
        service_fn(|_: Request<()>| async { Ok::<_, std::convert::Infallible>(Response::new(Body::empty())) });
    SegmentLayer::new(recorder).layer(answers).oneshot(request.body(()).unwrap()).await.unwrap();
    support::document(recorder)
}

#[test]
fn what_is_no_host_names_nothing_and_hides_no_other() {
    run(async {
        for (uri, host, name, url) in [
            ("/p", "h:8080", "h:8080", "http://h:8080/p"),
            ("/p", "[::1]:80", "::1:80", "http://[::1]:80/p"),
            ("/p", "h/path?token=hunter2#x", "shop", "/p"),
            ("/p", "h?hunter2", "shop", "/p"),
            ("/p", "h:hunter2", "shop", "/p"),
            ("/p", "", "shop", "/p"),
            ("https://real.example.com/p?x=1", "", "real.example.com", "https://real.example.com/p"),
            ("https://real.example.com/p", "h/hunter2", "real.example.com", "https://real.example.com/p"),
        ] {
            let document = served(Request::get(uri).header("host", host)).await;
            assert_eq!((&document["name"], &document["http"]["request"]["url"]), (&json!(name), &json!(url)), "{host}");
        }
    });
}

#[test]
fn a_request_about_the_whole_server_is_about_its_root() {
    run(async {
        let recorder = recorder();
        let service = Router::new().fallback(any(|| async { "all of them" })).layer(layer(recorder));
        ask(loopback::serve(service).await, &["OPTIONS * HTTP/1.1"]).await;
        assert_eq!(document(recorder).await["http"]["request"]["url"], "http://shop.example.com/");
    });
}

#[test]
fn a_client_that_was_forwarded_for_is_known_by_its_address_alone() {
    run(async {
        for (forwarded, client) in [
            ("10.0.0.1:3333", json!({"client_ip": "10.0.0.1", "x_forwarded_for": true})),
            ("[2001:db8::1]:80, 10.0.0.1", json!({"client_ip": "2001:db8::1", "x_forwarded_for": true})),
            ("2001:db8::1", json!({"client_ip": "2001:db8::1", "x_forwarded_for": true})),
            ("unknown, 10.0.0.1", json!({})),
        ] {
            let request =
                served(Request::get("/").header("x-forwarded-for", forwarded)).await["http"]["request"].clone();
            let mut wanted = json!({"method": "GET", "url": "/"});
            wanted.as_object_mut().unwrap().extend(client.as_object().unwrap().clone());
            assert_eq!(request, wanted, "{forwarded}");
        }
    });
}
