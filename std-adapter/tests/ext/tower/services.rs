//! Services of tower's that are no framework: their errors, their panics, what they are asked.

use std::error::Error;
use std::fmt;
use std::future::{Ready, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::body::Body;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use serde_json::json;
use tower::{Layer, Service, ServiceExt, service_fn};
use xray_recorder::ext::tower::SegmentLayer;

use super::loopback::run;
use super::support::{document, documents, recorder};

fn request() -> Request<()> {
    Request::get("https://shop.example.com/books/7?token=4242").body(()).unwrap()
}

#[derive(Debug)]
pub(super) struct Unavailable(std::num::ParseIntError);

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the shelf behind https://alice:hunter2@shelf.example.com/?token=4242 is not there")
    }
}

impl Error for Unavailable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

pub(super) fn unavailable() -> Unavailable {
    Unavailable("x".parse::<u32>().unwrap_err())
}

#[test]
fn an_error_of_a_service_is_an_exception_with_what_caused_it_and_without_its_secrets() {
    run(async {
        let plain = recorder();
        let service = service_fn(|_: Request<()>| ready(Err::<Response<Body>, _>(unavailable())));
        let error = SegmentLayer::new(plain).layer(service).oneshot(request()).await.unwrap_err();
        assert!(error.to_string().contains("hunter2"), "the service's own error stays as it is");

        let boxed = recorder();
        let fails = |_: Request<()>| ready(Err::<Response<Body>, Box<dyn Error + Send + Sync>>(unavailable().into()));
        SegmentLayer::new(boxed).layer(service_fn(fails)).oneshot(request()).await.unwrap_err();

        for recorder in [plain, boxed] {
            let document = document(recorder);
            assert_eq!((&document["fault"], &document["http"].get("response")), (&json!(true), &None));
            let told: Vec<_> = document["cause"]["exceptions"].as_array().unwrap().iter().collect();
            let told: Vec<_> = told.iter().map(|told| (told["type"].clone(), told["message"].clone())).collect();
            let message = "the shelf behind https://shelf.example.com/ is not there";
            assert!(told.contains(&(json!("Unavailable"), json!(message))), "{told:?}");
            assert!(told.contains(&(json!("ParseIntError"), json!("invalid digit found in string"))), "{told:?}");
        }
    });
}

#[test]
fn a_panic_before_there_is_a_future_is_recorded_and_goes_on() {
    struct Panics;
    impl Service<Request<()>> for Panics {
        type Response = Response<Body>;
        type Error = std::convert::Infallible;
        type Future = Ready<Result<Response<Body>, Self::Error>>;
        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Ready(Ok(()))
        }
        fn call(&mut self, _: Request<()>) -> Self::Future {
            panic!("not even a future")
        }
    }
    let recorder = recorder();
    let mut service = SegmentLayer::new(recorder).layer(Panics);
    let caught = catch_unwind(AssertUnwindSafe(|| drop(service.call(request()))));
    assert_eq!(*caught.unwrap_err().downcast::<&str>().unwrap(), "not even a future");
    let document = document(recorder);
    assert_eq!(document["cause"]["exceptions"][0]["message"], "not even a future");
    assert!(xray_recorder::current().is_none());
}

#[test]
fn a_request_that_is_dropped_before_it_is_polled_is_cancelled() {
    let recorder = recorder();
    let never = service_fn(|_: Request<()>| pending::<Result<Response<Body>, std::io::Error>>());
    let mut service = SegmentLayer::<xray_recorder::ext::tower::Plain>::new(recorder).layer(never);
    drop(service.call(request()));
    assert_eq!(document(recorder)["annotations"], json!({"cancelled": true}));
}

#[test]
fn what_runs_at_once_on_one_thread_has_segments_of_its_own() {
    let recorder = recorder();
    let named = service_fn(|request: Request<()>| async move {
        let path = request.uri().path().to_owned();
        xray_recorder::put_annotation("path", path.as_str());
        tokio::task::yield_now().await;
        xray_recorder::put_annotation("still", path.as_str());
        Ok::<_, std::convert::Infallible>(Response::new(Full::<&[u8]>::default()))
    });
    let mut service = SegmentLayer::new(recorder).layer(named);
    let mut ask = |path: &str| Box::pin(service.call(Request::get(path).body(()).unwrap()));
    let mut calls = [ask("/a"), ask("/b")];
    let mut context = Context::from_waker(Waker::noop());
    for call in &mut calls {
        assert!(call.as_mut().poll(&mut context).is_pending());
        assert!(xray_recorder::current().is_none());
    }
    for mut call in calls {
        assert!(call.as_mut().poll(&mut context).is_ready());
    }
    let annotations: Vec<_> = documents(recorder).iter().map(|document| document["annotations"].clone()).collect();
    assert_eq!(annotations, [json!({"path": "/a", "still": "/a"}), json!({"path": "/b", "still": "/b"})]);
}

#[test]
fn the_response_and_its_body_come_through_as_they_are() {
    run(async {
        let recorder = recorder();
        let service = service_fn(|_: Request<()>| {
            let response = Response::builder().status(206).header("x-mine", "1").body(Full::new(&b"a book"[..]));
            ready(Ok::<_, std::convert::Infallible>(response.unwrap()))
        });
        let response = SegmentLayer::new(recorder).layer(service).oneshot(request()).await.unwrap();
        assert_eq!((response.status().as_u16(), &response.headers()["x-mine"]), (206, &"1".parse().unwrap()));
        assert_eq!(http_body::Body::size_hint(response.body()).exact(), Some(6));
        let mut body = pin!(response.into_body());
        assert_eq!(body.as_mut().collect().await.unwrap().to_bytes(), "a book");
        assert_eq!(document(recorder)["http"]["request"]["url"], "https://shop.example.com/books/7");
    });
}
