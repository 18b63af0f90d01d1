//! Calls that fail, are tried again or are given up.

use std::time::Duration;

use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, Middleware, Next};
use serde_json::json;
use xray_recorder::TraceFuture;
use xray_recorder::ext::http::Calls;
use xray_recorder::ext::reqwest::SubsegmentMiddleware;

use super::downstream::{Downstream, calls, flags, refused};
use super::loopback::run;
use super::support::{documents, recorder};
use super::{client, fetch};

#[test]
fn a_connection_that_is_refused_is_an_exception_without_the_secrets_of_its_url() {
    run(async {
        let recorder = recorder();
        let client = client(SubsegmentMiddleware::with(Calls::new().downstream_is_traced()));
        let url = format!("{}?token=hunter2", refused());
        let work = async { fetch(&client, &url).await.unwrap_err() };
        let error = work.in_segment(recorder.segment("caller")).await;
        assert!(error.is_connect() && error.to_string().contains("hunter2"), "the error stays as it is: {error}");
        let call = &calls(recorder)[0];
        assert_eq!((flags(call).as_str(), call["http"].get("response")), ("fault", None));
        let text = call["cause"].to_string();
        assert!(
            text.contains("Connection refused") && text.contains("error sending request for url (http://"),
            "{text}"
        );
        assert_eq!(call.get("traced"), None, "there was nobody to record");
    });
}

#[test]
fn what_a_query_may_hold_unescaped_does_not_end_the_url_in_an_error() {
    run(async {
        let recorder = recorder();
        let client = client(SubsegmentMiddleware::new());
        let query = "$filter=(name eq 'hunter2' or (card eq `hunter2`))&q=x(hunter2)hunter2#(hunter2)";
        let url = format!("{}?{query}", refused().replace("//", "//alice:(hunter2)'@"));
        let work = async { fetch(&client, &url).await.unwrap_err() };
        let error = work.in_segment(recorder.segment("caller")).await;
        assert!(error.to_string().contains("(name%20eq%20"), "{error}");
        let text = calls(recorder)[0].to_string();
        assert!(text.contains("error sending request for url (http://127.0.0.1:"), "{text}");
        assert!(!text.contains("hunter2") && !text.contains("alice"), "{text}");
    });
}

#[test]
fn an_error_that_the_caller_records_too_is_a_reference_to_the_call() {
    run(async {
        let recorder = recorder();
        let plain = client(SubsegmentMiddleware::new());
        let failing = ClientBuilder::new(reqwest::Client::new()).with(SubsegmentMiddleware::new()).with(Fails).build();
        for client in [plain, failing] {
            let work = async {
                let error = fetch(&client, &format!("{}?token=hunter2", refused())).await.unwrap_err();
                xray_recorder::add_exception(&error);
            };
            work.in_segment(recorder.segment("caller")).await;
        }
        let documents = documents(recorder);
        assert_eq!(documents.len(), 2);
        for document in documents {
            let told = document["subsegments"][0]["cause"]["exceptions"].as_array().unwrap();
            assert_eq!(document["cause"], told.last().unwrap()["id"], "{document:#}");
            assert!(!document.to_string().contains("hunter2"));
        }
    });
}

#[test]
fn a_timeout_is_an_exception_that_says_so() {
    run(async {
        let (recorder, downstream) = (recorder(), Downstream::start().await);
        let client = client(SubsegmentMiddleware::new());
        let request = client.get(downstream.url("/never?token=hunter2")).timeout(Duration::from_millis(20));
        let work = async { request.send().await.unwrap_err() };
        assert!(work.in_segment(recorder.segment("caller")).await.is_timeout());
        let call = &calls(recorder)[0];
        let text = call["cause"].to_string();
        assert!(flags(call) == "fault" && text.contains("operation timed out"), "{text}");
        assert_eq!(call.get("annotations"), None);
    });
}

#[test]
fn a_call_that_is_given_up_is_cancelled() {
    run(async {
        let (recorder, downstream) = (recorder(), Downstream::start().await);
        let client = client(SubsegmentMiddleware::new());
        let work = async {
            tokio::select! {
                answer = client.get(downstream.url("/never")).send() => panic!("it never answers: {answer:?}"),
                () = downstream.reached() => {}
            }
        };
        work.in_segment(recorder.segment("caller")).await;
        let call = &calls(recorder)[0];
        assert_eq!((&call["annotations"], flags(call).as_str()), (&json!({"cancelled": true}), ""));
    });
}

/// Tries again until the answer is 200.
struct UntilWell;

#[async_trait::async_trait]
impl Middleware for UntilWell {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        loop {
            let response = next.clone().run(request.try_clone().unwrap(), extensions).await?;
            if response.status() == 200 {
                return Ok(response);
            }
        }
    }
}

#[test]
fn each_try_is_a_call_of_its_own_inside_of_what_retries_and_one_outside() {
    run(async {
        for (is_inside, wanted) in [(true, vec![503, 200]), (false, vec![200])] {
            let (recorder, downstream) = (recorder(), Downstream::start().await);
            let builder = ClientBuilder::new(reqwest::Client::new());
            let client = match is_inside {
                true => builder.with(UntilWell).with(SubsegmentMiddleware::new()),
                false => builder.with(SubsegmentMiddleware::new()).with(UntilWell),
            }
            .build();
            let work = async { fetch(&client, &downstream.url("/twice")).await.unwrap() };
            work.in_segment(recorder.segment("caller")).await;
            let told: Vec<_> = calls(recorder).iter().map(|call| call["http"]["response"]["status"].clone()).collect();
            assert_eq!(told, wanted.into_iter().map(|status| json!(status)).collect::<Vec<_>>());
        }
    });
}

/// A middleware that fails with an error that names a URL.
struct Fails;

#[async_trait::async_trait]
impl Middleware for Fails {
    async fn handle(&self, _: Request, _: &mut Extensions, _: Next<'_>) -> reqwest_middleware::Result<Response> {
        let source = "x".parse::<u32>().unwrap_err();
        let told =
            std::io::Error::other(format!("no token for https://alice:hunter2@a.example.com/?q=hunter2: {source}"));
        Err(reqwest_middleware::Error::middleware(told))
    }
}

#[test]
fn an_error_of_another_middleware_is_an_exception_without_the_secrets_of_its_urls() {
    run(async {
        let recorder = recorder();
        let builder = ClientBuilder::new(reqwest::Client::new()).with(SubsegmentMiddleware::new()).with(Fails);
        let client = builder.build();
        let work = async { fetch(&client, "http://a.example.com/").await.unwrap_err() };
        work.in_segment(recorder.segment("caller")).await;
        let text = calls(recorder)[0]["cause"].to_string();
        assert!(text.contains("no token for https://a.example.com/"), "{text}");
    });
}
