//! What of a call is recorded, and what the service called is told.

use serde_json::{Value, json};
use xray_recorder::ext::http::{Calls, Ignore};
use xray_recorder::ext::reqwest::SubsegmentMiddleware;
use xray_recorder::{Recorder, TraceFuture};

use super::downstream::{Downstream, calls, flags, refused};
use super::loopback::{HEADER, ROOT, run, text_of};
use super::official::{differences, documents};
use super::support::{Memory, recorder};
use super::{client, fetch};

#[test]
fn a_call_is_a_remote_subsegment_and_the_service_called_is_told_of_it() {
    run(async {
        let (recorder, downstream) = (recorder(), Downstream::start().await);
        let client = client(SubsegmentMiddleware::new());
        let work = async {
            let request = client.post(downstream.url("/a/b?token=hunter2").replace("//", "//alice:hunter2@"));
            let request = request.header("authorization", "Bearer hunter2").body("hunter2");
            assert_eq!(request.send().await.unwrap().text().await.unwrap(), "ok");
        };
        work.in_segment(recorder.segment("caller").header(&format!("Root={ROOT};Sampled=1;Lineage=a:1"))).await;
        let call = &calls(recorder)[0];
        assert_eq!((&call["name"], &call["namespace"]), (&json!("127.0.0.1"), &json!("remote")));
        assert_eq!(
            call["http"],
            json!({
                "request": {"method": "POST", "url": downstream.url("/a/b")},
                "response": {"status": 200, "content_length": 2},
            })
        );
        assert_eq!((flags(call).as_str(), call.get("metadata")), ("", None));
        let id = call["id"].as_str().unwrap();
        let told = format!("Root={ROOT};Parent={id};Sampled=1;Lineage=a:1");
        assert_eq!(downstream.told("x-amzn-trace-id"), [Some(told)]);
        assert_eq!(downstream.told("traceparent"), [None]);
        assert!(!text_of(&recorder.transport().sent()).contains("alice"));
    });
}

#[test]
fn the_status_says_who_is_at_fault() {
    run(async {
        let (recorder, downstream) = (recorder(), Downstream::start().await);
        let client = client(SubsegmentMiddleware::new());
        let statuses = [(404, "error"), (429, "error throttle"), (500, "fault"), (503, "fault")];
        let work = async {
            for (status, _) in statuses {
                fetch(&client, &downstream.url(&format!("/status/{status}"))).await.unwrap();
            }
        };
        work.in_segment(recorder.segment("caller")).await;
        let calls = calls(recorder);
        assert_eq!(calls.len(), statuses.len());
        for (call, (status, wanted)) in calls.iter().zip(statuses) {
            assert_eq!((call["http"]["response"]["status"].as_u64(), flags(call).as_str()), (Some(status), wanted));
        }
    });
}

#[test]
fn a_redirect_is_one_call_that_says_where_it_led() {
    run(async {
        let (recorder, downstream) = (recorder(), Downstream::start().await);
        let client = client(SubsegmentMiddleware::new());
        let work = async { assert_eq!(fetch(&client, &downstream.url("/from")).await.unwrap(), "ok") };
        work.in_segment(recorder.segment("caller")).await;
        let call = &calls(recorder)[0];
        assert_eq!(call["http"]["request"]["url"], downstream.url("/from"));
        assert_eq!(call["http"]["response"]["status"], 200);
        assert_eq!(call["metadata"]["default"], json!({"redirected_to": downstream.url("/a/b")}));
        let told = downstream.told("x-amzn-trace-id").remove(0).unwrap();
        assert!(told.contains(call["id"].as_str().unwrap()), "{told}");
    });
}

#[test]
fn a_fragment_is_no_redirect() {
    run(async {
        let (recorder, downstream) = (recorder(), Downstream::start().await);
        let client = client(SubsegmentMiddleware::new());
        let work = async { fetch(&client, &downstream.url("/a/b?x=1#top")).await.unwrap() };
        work.in_segment(recorder.segment("caller")).await;
        assert_eq!(calls(recorder)[0].get("metadata"), None);
    });
}

#[test]
fn a_traceparent_goes_out_where_one_came_in() {
    run(async {
        let (recorder, downstream) = (recorder(), Downstream::start().await);
        let client = client(SubsegmentMiddleware::new());
        let parent = "00-4efaaf4d1e8720b39541901950019ee5-53995c3f42cd8ad8-01";
        let work = async { fetch(&client, &downstream.url("/a/b")).await.unwrap() };
        work.in_segment(recorder.segment("caller").headers(None, Some(parent))).await;
        let told = downstream.told("traceparent").remove(0).unwrap();
        assert!(told.starts_with("00-4efaaf4d1e8720b39541901950019ee5-") && told.ends_with("-01"), "{told}");
    });
}

#[test]
fn a_caller_that_is_not_sampled_says_so_and_sends_nothing() {
    run(async {
        let (recorder, downstream) = (recorder(), Downstream::start().await);
        let client = client(SubsegmentMiddleware::new());
        let header = format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=0");
        let work = async { fetch(&client, &downstream.url("/a/b")).await.unwrap() };
        work.in_segment(recorder.segment("caller").header(&header)).await;
        assert_eq!(downstream.told("x-amzn-trace-id"), [Some(header)]);
        assert_eq!(recorder.transport().sent().len(), 0);
    });
}

#[test]
fn calls_that_a_rule_goes_for_are_made_without_a_trace() {
    run(async {
        #[derive(Clone)]
        struct Poller;
        let (recorder, downstream) = (recorder(), Downstream::start().await);
        let rules = Calls::new()
            .ignore(Ignore::new().host("127.0.0.*").path("/STATUS/*"))
            .ignore(Ignore::new().when(|call| call.extensions.get::<Poller>().is_some()));
        let client = client(SubsegmentMiddleware::with(rules));
        let work = async {
            fetch(&client, &downstream.url("/status/500")).await.unwrap();
            client.get(downstream.url("/a/b")).with_extension(Poller).send().await.unwrap();
            fetch(&client, &downstream.url("/a/b")).await.unwrap();
        };
        work.in_segment(recorder.segment("caller")).await;
        assert_eq!(calls(recorder).len(), 1);
        let told = downstream.told("x-amzn-trace-id");
        assert!(told[0].is_none() && told[1].is_some(), "{told:?}");
    });
}

#[test]
fn without_a_current_entity_a_call_is_made_as_it_is() {
    run(async {
        let downstream = Downstream::start().await;
        fetch(&client(SubsegmentMiddleware::new()), &downstream.url("/a/b")).await.unwrap();
        assert_eq!(downstream.told("x-amzn-trace-id"), [None]);
    });
}

#[test]
fn in_lambda_the_recorder_finds_the_invocation() {
    run(async {
        let downstream = Downstream::start().await;
        let builder = Recorder::builder().ignore_environment().in_lambda(|| Some(HEADER.to_owned()));
        let recorder = builder.transport(Memory::default()).build().unwrap();
        let calls = Calls::new().name("payments").recorder(recorder);
        fetch(&client(SubsegmentMiddleware::with(calls)), &downstream.url("/a/b")).await.unwrap();
        let call: &Value = &super::support::documents(recorder)[0];
        assert_eq!((&call["name"], &call["parent_id"]), (&json!("payments"), &json!("53995c3f42cd8ad8")));
    });
}

#[test]
fn the_calls_of_the_python_sdk_have_all_their_fields() {
    run(async {
        let (recorder, downstream) = (recorder(), Downstream::start().await);
        let client = client(SubsegmentMiddleware::new());
        let work = async {
            for path in ["/a/b?secret=1", "/status/404", "/status/429", "/status/500"] {
                fetch(&client, &downstream.url(path)).await.unwrap();
            }
            fetch(&client, &refused()).await.unwrap_err();
        };
        work.in_segment(recorder.segment("caller")).await;
        let official = documents("py13_requests_client").remove(0);
        let ours = calls(recorder);
        assert_eq!(ours.len(), 5);
        for (official, ours) in official["subsegments"].as_array().unwrap().iter().zip(ours) {
            let mut found = differences(official, &ours);
            // What failed is told in the language's own words.
            found.retain(|difference| !difference.starts_with("/cause/exceptions"));
            let listed = [
                // The method is what goes over the wire, and not as it was typed.
                r#"/http/request/method: "get", "GET""#,
                // It has ended.
                "/in_progress: false, null",
                // An embedded subsegment needs none.
                r#"/type: "subsegment", null"#,
            ];
            assert_eq!(found, listed, "{ours:#}");
        }
    });
}
