//! Where the trace of a call comes from, and what the service called is told of it.

use std::convert::Infallible;
use std::future::{pending, ready};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::Full;
use serde_json::json;
use tower::{Layer, Service, ServiceExt, service_fn};
use xray_recorder::ext::http::Calls;
use xray_recorder::ext::http_client::{Plain, SubsegmentLayer};
use xray_recorder::{Recorder, TraceFuture};

use super::downstream::calls;
use super::loopback::{HEADER, ROOT, run};
use super::support::{Memory, recorder};

/// A client that tells what it was sent.
fn echo() -> impl Service<Request<()>, Response = Response<Full<Bytes>>, Error = Infallible, Future: Send> + Clone {
    service_fn(|request: Request<()>| {
        let mut response = Response::new(Full::default());
        *response.headers_mut() = request.headers().clone();
        ready(Ok(response))
    })
}

pub(super) async fn told(layer: SubsegmentLayer<Plain>, request: Request<()>) -> HeaderMap {
    layer.layer(echo()).oneshot(request).await.unwrap().headers().clone()
}

pub(super) fn get(url: &str) -> Request<()> {
    Request::get(url).body(()).unwrap()
}

#[test]
fn a_caller_that_is_not_sampled_says_so_and_sends_nothing() {
    run(async {
        let recorder = recorder();
        let header = format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=0");
        let call = told(SubsegmentLayer::new(), get("http://a/"));
        let headers = call.in_segment(recorder.segment("caller").header(&header)).await;
        assert_eq!(headers["x-amzn-trace-id"], header.as_str());
        assert_eq!(recorder.transport().sent().len(), 0);
    });
}

#[test]
fn without_a_current_entity_a_call_is_made_as_it_is() {
    run(async {
        assert!(told(SubsegmentLayer::new(), get("http://a/")).await.is_empty());
    });
}

#[test]
fn a_traceparent_goes_out_where_one_came_in_or_where_it_is_wanted() {
    run(async {
        let recorder = recorder();
        let parent = "00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01";
        let came_in = recorder.segment("caller").headers(None, Some(parent));
        let headers = told(SubsegmentLayer::new(), get("http://a/")).in_segment(came_in).await;
        let text = headers["traceparent"].to_str().unwrap();
        assert!(text.starts_with("00-4efaaf4d1e8720b39541901950019ee5-") && text.ends_with("-01"), "{text}");
        assert!(!text.contains("53995c3f42cd8ad8"), "the parent is the subsegment: {text}");

        let wanted = SubsegmentLayer::with(Calls::new().with_traceparent());
        let headers = told(wanted, get("http://a/")).in_segment(recorder.segment("caller")).await;
        assert!(headers.contains_key("traceparent") && headers.contains_key("x-amzn-trace-id"));
    });
}

#[test]
fn a_header_that_is_there_already_gives_way() {
    run(async {
        let recorder = recorder();
        let mut request = get("http://a/");
        request.headers_mut().insert("x-amzn-trace-id", "Root=1-00000000-000000000000000000000001".parse().unwrap());
        let headers = told(SubsegmentLayer::new(), request).in_segment(recorder.segment("caller")).await;
        assert_eq!(headers.get_all("x-amzn-trace-id").iter().count(), 1);
        let call = &calls(recorder)[0];
        assert!(headers["x-amzn-trace-id"].to_str().unwrap().contains(call["id"].as_str().unwrap()));
    });
}

#[test]
fn what_the_client_does_meanwhile_belongs_to_the_call() {
    run(async {
        let recorder = recorder();
        let signs = service_fn(|_: Request<()>| async {
            xray_recorder::in_subsegment("sign", |_| ());
            tokio::task::yield_now().await;
            xray_recorder::in_subsegment("connect", |_| ());
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
        });
        let call = SubsegmentLayer::new().layer(signs).oneshot(get("http://a/"));
        call.in_segment(recorder.segment("caller")).await.unwrap();
        let outline = super::support::traces(recorder)[0].outline();
        assert_eq!(outline, "caller\n  a\n    sign\n    connect\n");
    });
}

#[test]
fn a_call_begins_when_it_is_made_and_not_when_it_is_polled() {
    run(async {
        let recorder = recorder();
        let never = service_fn(|_: Request<()>| pending::<Result<Response<Full<Bytes>>, Infallible>>());
        let call =
            recorder.in_segment("caller", |_| SubsegmentLayer::<Plain>::new().layer(never).call(get("http://a/")));
        drop(call);
        let documents = super::support::documents(recorder);
        assert_eq!(documents.len(), 2, "the segment had ended when the call was given up");
        assert_eq!(documents[1]["annotations"], json!({"cancelled": true}));
    });
}

#[test]
fn in_lambda_the_recorder_finds_the_invocation() {
    run(async {
        let builder = Recorder::builder().ignore_environment().in_lambda(|| Some(HEADER.to_owned()));
        let recorder = builder.transport(Memory::default()).build().unwrap();
        let layer = SubsegmentLayer::with(Calls::new().recorder(recorder));
        let headers = told(layer, get("http://a/")).await;
        assert!(headers["x-amzn-trace-id"].to_str().unwrap().starts_with(&format!("Root={ROOT};Parent=")));
        assert_eq!(super::support::documents(recorder)[0]["parent_id"], "53995c3f42cd8ad8");
    });
}
