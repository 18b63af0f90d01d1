//! What of a call is recorded, and what the service called is told.

use std::convert::Infallible;
use std::error::Error;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use serde_json::{Value, json};
use tower::retry::Policy;
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};
use xray_recorder::ext::http::{Calls, Ignore};
use xray_recorder::ext::http_client::SubsegmentLayer;
use xray_recorder::{Recorder, TraceFuture};

use super::context::{get, told};
use super::downstream::{Downstream, calls, flags, refused};
use super::loopback::{HEADER, ROOT, run, text_of};
use super::official::{differences, documents};
use super::support::{Memory, recorder};
use super::{client, fetch};

#[test]
fn a_call_is_a_remote_subsegment_and_the_service_called_is_told_of_it() {
    run(async {
        let (recorder, downstream) = (recorder(), Downstream::start().await);
        let client = client(&SubsegmentLayer::new());
        let work = async {
            let url = downstream.url("/a/b?token=hunter2").replace("//", "//alice:hunter2@");
            assert_eq!(fetch(&client, &url).await.unwrap(), "ok");
        };
        let header = format!("{HEADER};Lineage=a:1");
        work.in_segment(recorder.segment("caller").header(&header)).await;
        let call = &calls_below(recorder)[0];
        assert_eq!((&call["name"], &call["namespace"]), (&json!("127.0.0.1"), &json!("remote")));
        assert_eq!(
            call["http"],
            json!({
                "request": {"method": "GET", "url": downstream.url("/a/b")},
                "response": {"status": 200, "content_length": 2},
            })
        );
        assert_eq!(flags(call), "");
        let id = call["id"].as_str().unwrap();
        let told = format!("Root={ROOT};Parent={id};Sampled=1;Lineage=a:1");
        assert_eq!(downstream.told("x-amzn-trace-id"), [Some(told)]);
        assert_eq!(downstream.told("traceparent"), [None]);
    });
}

/// The same below a caller.
fn calls_below(recorder: Recorder<Memory>) -> Vec<Value> {
    let datagrams = recorder.transport().sent();
    assert_eq!(super::support::findings_below(&datagrams, &[super::loopback::PARENT]), []);
    assert!(!text_of(&datagrams).contains("hunter2"), "{datagrams:#?}");
    datagrams[0].document().unwrap().to_value()["subsegments"].as_array().unwrap().clone()
}

#[test]
fn the_status_says_who_is_at_fault() {
    run(async {
        let (recorder, downstream) = (recorder(), Downstream::start().await);
        let client = client(&SubsegmentLayer::new());
        let statuses = [(302, ""), (404, "error"), (429, "error throttle"), (500, "fault"), (503, "fault")];
        let work = async {
            for (status, _) in statuses {
                fetch(&client, &downstream.url(&format!("/status/{status}"))).await.unwrap();
            }
        };
        work.in_segment(recorder.segment("caller")).await;
        for (call, (status, wanted)) in calls(recorder).iter().zip(statuses) {
            assert_eq!((call["http"]["response"]["status"].as_u64(), flags(call).as_str()), (Some(status), wanted));
            assert_eq!(call["http"]["response"]["content_length"], 4);
        }
    });
}

#[test]
fn a_connection_that_is_refused_is_an_exception_with_what_caused_it() {
    run(async {
        let recorder = recorder();
        let client = client(&SubsegmentLayer::with(Calls::new().downstream_is_traced()));
        let work = async { fetch(&client, &refused()).await.unwrap_err() };
        assert!(work.in_segment(recorder.segment("caller")).await.is_connect(), "the error stays as it is");
        let call = &calls(recorder)[0];
        assert_eq!((flags(call).as_str(), call["http"].get("response")), ("fault", None));
        let text = call["cause"].to_string();
        assert!(text.contains("Connection refused"), "{text}");
        assert_eq!(call.get("traced"), None, "there was nobody to record");
    });
}

#[test]
fn a_call_that_is_given_up_is_cancelled() {
    run(async {
        let (recorder, downstream) = (recorder(), Downstream::start().await);
        let client = client(&SubsegmentLayer::new());
        let work = async {
            let url = downstream.url("/never");
            tokio::select! {
                answer = fetch(&client, &url) => panic!("it never answers: {answer:?}"),
                () = downstream.reached() => {}
            }
        };
        work.in_segment(recorder.segment("caller")).await;
        let call = &calls(recorder)[0];
        assert_eq!(call["annotations"], json!({"cancelled": true}));
        assert_eq!((flags(call).as_str(), call["http"].get("response")), ("", None));
    });
}

#[test]
fn calls_that_a_rule_goes_for_are_made_without_a_trace() {
    run(async {
        #[derive(Clone)]
        struct Poller;
        let recorder = recorder();
        let rules = Calls::new()
            .ignore(Ignore::new().host("*.internal").path("/health"))
            .ignore(Ignore::new().when(|call| call.extensions.get::<Poller>().is_some()));
        let layer = SubsegmentLayer::with(rules);
        let work = async {
            let mut polled = get("http://a/");
            polled.extensions_mut().insert(Poller);
            for (request, is_told) in [
                (get("http://stock.internal:8080/health?deep=1"), false),
                (get("http://stock.internal/books"), true),
                (get("http://a/health"), true),
                (polled, false),
            ] {
                let headers = told(layer.clone(), request).await;
                assert_eq!(headers.contains_key("x-amzn-trace-id"), is_told);
            }
        };
        work.in_segment(recorder.segment("caller")).await;
        let names: Vec<_> = calls(recorder).iter().map(|call| call["name"].clone()).collect();
        assert_eq!(names, [json!("stock.internal"), json!("a")]);
    });
}

#[test]
fn a_call_has_the_name_it_is_told_and_the_url_of_its_host_header() {
    run(async {
        let recorder = recorder();
        let layer = SubsegmentLayer::with(Calls::new().name("payments").downstream_is_traced());
        let mut request = get("/charge?card=hunter2");
        request.headers_mut().insert("host", "alice:hunter2@pay.example.com:8443".parse().unwrap());
        told(layer, request).in_segment(recorder.segment("caller")).await;
        let call = &calls(recorder)[0];
        assert_eq!((&call["name"], &call["traced"]), (&json!("payments"), &json!(true)));
        assert_eq!(call["http"]["request"]["url"], "http://pay.example.com:8443/charge");
    });
}

#[test]
fn each_try_is_a_subsegment_where_the_layer_is_inside_of_what_retries() {
    run(async {
        let recorder = recorder();
        let tries = Arc::new(AtomicU16::new(503));
        let answers = service_fn(move |_: Request<()>| {
            let status = tries.swap(200, Ordering::Relaxed);
            ready(Ok::<_, Infallible>(Response::builder().status(status).body(Full::<Bytes>::default()).unwrap()))
        });
        let call = ServiceBuilder::new().retry(UntilWell).layer(SubsegmentLayer::new()).service(answers);
        let work = call.oneshot(get("http://a/"));
        assert_eq!(work.in_segment(recorder.segment("caller")).await.unwrap().status(), 200);
        let told: Vec<_> =
            calls(recorder).iter().map(|call| (call["http"]["response"]["status"].clone(), flags(call))).collect();
        assert_eq!(told, [(json!(503), "fault".to_owned()), (json!(200), String::new())]);
    });
}

/// Tries again until the answer is 200.
#[derive(Clone)]
struct UntilWell;

impl<B> Policy<Request<()>, Response<B>, Infallible> for UntilWell {
    type Future = Ready<()>;

    fn retry(&mut self, _: &mut Request<()>, result: &mut Result<Response<B>, Infallible>) -> Option<Ready<()>> {
        result.as_ref().is_ok_and(|response| response.status() != 200).then(|| ready(()))
    }

    fn clone_request(&mut self, request: &Request<()>) -> Option<Request<()>> {
        Some(request.clone())
    }
}

#[test]
fn a_boxed_error_is_recorded_with_its_type() {
    run(async {
        let recorder = recorder();
        let fails = service_fn(|_: Request<()>| {
            let error: Box<dyn Error + Send + Sync> = "x".parse::<u32>().unwrap_err().into();
            ready(Err::<Response<Full<Bytes>>, _>(error))
        });
        let call = SubsegmentLayer::new().layer(fails).oneshot(get("http://a/"));
        call.in_segment(recorder.segment("caller")).await.unwrap_err();
        assert_eq!(calls(recorder)[0]["cause"]["exceptions"][0]["type"], "ParseIntError");
    });
}

#[test]
fn the_calls_of_the_node_sdk_have_all_their_fields() {
    run(async {
        let (recorder, downstream) = (recorder(), Downstream::start().await);
        let client = client(&SubsegmentLayer::with(Calls::new().downstream_is_traced()));
        let work = async {
            for path in ["/a/b?x=1", "/status/404", "/status/429", "/status/500"] {
                fetch(&client, &downstream.url(path)).await.unwrap();
            }
            fetch(&client, &refused()).await.unwrap_err();
        };
        work.in_segment(recorder.segment("caller")).await;
        let official = documents("node04_http_client").remove(0);
        // The paths are those of other services.
        let listed: [&[&str]; 5] = [
            &[r#"/http/request/url: "http://127.0.0.1/a", "http://127.0.0.1/a/b""#],
            &[],
            &[],
            &[],
            &[r#"/http/request/url: "http://127.0.0.1/refused", "http://127.0.0.1/x""#],
        ];
        for ((official, ours), listed) in
            official["subsegments"].as_array().unwrap().iter().zip(calls(recorder)).zip(listed)
        {
            let mut found = differences(official, &ours);
            // What failed is told in the language's own words.
            found.retain(|difference| !difference.starts_with("/cause/exceptions"));
            assert_eq!(found, listed, "{ours:#}");
        }
    });
}
