//! Calls that fail, are retried, or never end: each leaves a subsegment that says so.

use std::net::TcpListener;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use serde_json::{Value, json};
use xray_recorder::TraceFuture;
use xray_recorder::ext::aws_sdk::SubsegmentInterceptor;

use crate::support::recorder;
use crate::{get_item, subsegments, subsegments_of};
use aws_sdk_tests::clients::Settings;
use aws_sdk_tests::server::{Answer, Server};

fn settings(server: &Server) -> Settings<SubsegmentInterceptor> {
    Settings::new(server.address(), SubsegmentInterceptor::new())
}

/// The one subsegment of getting an item from a server that answers this.
async fn got(answers: impl IntoIterator<Item = Answer>) -> Value {
    let client = settings(&Server::answering(answers)).dynamodb();
    let mut subsegments = subsegments_of(get_item(&client)).await;
    assert_eq!(subsegments.len(), 1);
    subsegments.remove(0)
}

fn flags(call: &Value) -> [bool; 3] {
    ["error", "throttle", "fault"].map(|flag| call[flag] == json!(true))
}

fn exception(call: &Value) -> [&Value; 3] {
    let exceptions = call["cause"]["exceptions"].as_array().unwrap();
    let outermost = exceptions.last().unwrap();
    ["type", "message", "remote"].map(|key| &outermost[key])
}

#[tokio::test]
async fn a_retried_call_that_comes_through_is_no_error_and_says_how_often() {
    let call = got([Answer::json(503, "{}"), Answer::json(500, "{}"), Answer::json(200, "{}")]).await;
    assert_eq!((flags(&call), &call["cause"]), ([false; 3], &Value::Null));
    assert_eq!((&call["aws"]["retries"], &call["http"]["response"]["status"]), (&json!(2), &json!(200)));
}

#[tokio::test]
async fn what_fails_each_time_has_the_last_answer() {
    let body = r#"{"__type":"com.amazon.coral.service#InternalFailure","message":"out of order"}"#;
    let call = got(std::iter::repeat_n(Answer::json(503, body), 3)).await;
    assert_eq!((flags(&call), &call["aws"]["retries"]), ([false, false, true], &json!(2)));
    assert_eq!(exception(&call), [&json!("InternalFailure"), &json!("out of order"), &json!(true)]);
    assert_eq!(call["http"]["response"]["status"], json!(503));
}

#[tokio::test]
async fn throttling_is_seen_by_its_status_and_by_the_code_of_the_error() {
    let throttled =
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"slow"}"#;
    for (status, body) in [(429, "{}"), (400, throttled), (429, throttled)] {
        let call = got(std::iter::repeat_n(Answer::json(status, body), 3)).await;
        assert_eq!(flags(&call), [true, true, false], "{status} {body}");
    }
    let invalid = r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"no"}"#;
    let call = got([Answer::json(400, invalid)]).await;
    assert_eq!((flags(&call), &call["aws"]["retries"]), ([true, false, false], &json!(0)));
    assert_eq!(exception(&call), [&json!("ValidationException"), &json!("no"), &json!(true)]);
}

#[tokio::test]
async fn errors_of_xml_services_have_code_and_message_also_where_the_body_has_none() {
    let headers = [("content-type", "application/xml"), ("x-amz-request-id", "S3REQ"), ("x-amz-id-2", "EXTENDED2")];
    let body = "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>It is gone.</Message></Error>";
    let server = Server::answering([Answer::says(404, &headers, body), Answer::says(404, &headers, "")]);
    let client = settings(&server).s3();
    let subsegments = subsegments_of(async {
        client.get_object().bucket("carts").key("k").send().await.unwrap_err();
        client.head_object().bucket("carts").key("k").send().await.unwrap_err();
    })
    .await;
    let [get, head] = &subsegments[..] else { panic!("{subsegments:#?}") };
    assert_eq!(exception(get), [&json!("NoSuchKey"), &json!("It is gone."), &json!(true)]);
    assert_eq!(exception(head)[0], &json!("NotFound"));
    for call in [get, head] {
        assert_eq!(flags(call), [true, false, false]);
        assert_eq!((&call["aws"]["request_id"], &call["aws"]["id_2"]), (&json!("S3REQ"), &json!("EXTENDED2")));
    }
}

#[tokio::test]
async fn an_answer_that_is_no_answer_is_a_fault() {
    let call = got([Answer::json(200, "{\"Item\":")]).await;
    assert_eq!(flags(&call), [false, false, true]);
    assert_eq!((exception(&call)[0], exception(&call)[2]), (&json!("ResponseError"), &Value::Null));
    assert_eq!(call["http"]["response"]["status"], json!(200));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_asked_for_again_and_a_fault_in_the_end() {
    let call = got([Answer::Torn, Answer::json(200, "{}")]).await;
    assert_eq!((flags(&call), &call["cause"], &call["aws"]["retries"]), ([false; 3], &Value::Null, &json!(1)));
    let call = got(std::iter::repeat_n(Answer::Torn, 3)).await;
    assert_eq!((flags(&call), &call["aws"]["retries"]), ([false, false, true], &json!(2)));
    assert_eq!((exception(&call)[0], exception(&call)[2]), (&json!("ResponseError"), &Value::Null));
    assert_eq!(call["http"]["response"], json!({"status": 200, "content_length": 99}));
}

#[tokio::test]
async fn a_body_that_breaks_off_while_it_is_streamed_is_the_readers_and_not_the_calls() {
    let server = Server::answering([Answer::Torn]);
    let client = settings(&server).s3();
    let call = subsegments_of(async {
        let got = client.get_object().bucket("carts").key("k").send().await.unwrap();
        got.body.collect().await.unwrap_err();
    })
    .await
    .remove(0);
    assert_eq!((flags(&call), &call["cause"]), ([false; 3], &Value::Null));
    assert_eq!(call["http"]["response"], json!({"status": 200, "content_length": 99}));
}

#[tokio::test]
async fn a_redirect_to_another_region_is_not_followed_and_says_so() {
    let body = "<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>";
    let server = Server::answering([Answer::says(301, &[("content-type", "application/xml")], body)]);
    let client = settings(&server).s3();
    let call = subsegments_of(async {
        client.get_object().bucket("carts").key("k").send().await.unwrap_err();
    })
    .await
    .remove(0);
    assert_eq!((flags(&call), &call["aws"]["retries"]), ([false, false, true], &json!(0)));
    assert_eq!(exception(&call), [&json!("PermanentRedirect"), &json!("elsewhere"), &json!(true)]);
    assert_eq!(call["http"]["response"]["status"], json!(301));
}

#[tokio::test]
async fn a_connection_that_is_refused_is_a_fault_with_its_causes() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = Settings::new(nobody, SubsegmentInterceptor::new()).dynamodb();
    let call = subsegments_of(get_item(&client)).await.remove(0);
    assert_eq!((flags(&call), &call["aws"]["retries"]), ([false, false, true], &json!(2)));
    let [kind, message, remote] = exception(&call);
    assert_eq!((kind, remote), (&json!("DispatchFailure"), &Value::Null));
    assert!(message.as_str().unwrap().contains("onnection refused"), "{message}");
    let exceptions = call["cause"]["exceptions"].as_array().unwrap();
    assert_eq!(exceptions.last().unwrap()["cause"], exceptions[exceptions.len() - 2]["id"]);
    assert_eq!(call["http"], Value::Null);
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_a_timeout() {
    let server = Server::answering(std::iter::repeat_n(Answer::Silence, 3));
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(30)).build();
    let client = Settings { timeouts, ..settings(&server) }.dynamodb();
    let call = subsegments_of(get_item(&client)).await.remove(0);
    assert_eq!((flags(&call), &call["aws"]["retries"]), ([false, false, true], &json!(2)));
    assert_eq!(exception(&call)[0], &json!("TimeoutError"));
    assert_eq!((&call["http"], &call["annotations"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_call_that_takes_too_long_altogether_is_a_timeout_and_not_cancelled() {
    let server = Server::answering([Answer::Silence]);
    let timeouts = TimeoutConfig::builder().operation_timeout(Duration::from_millis(30)).build();
    let client = Settings { timeouts, ..settings(&server) }.dynamodb();
    let call = subsegments_of(get_item(&client)).await.remove(0);
    assert_eq!(flags(&call), [false, false, true]);
    assert_eq!((exception(&call)[0], &call["annotations"]), (&json!("TimeoutError"), &Value::Null));
}

#[tokio::test]
async fn a_call_whose_future_is_dropped_says_that_it_was_cancelled() {
    let server = Server::answering([Answer::Silence]);
    let client = settings(&server).dynamodb();
    let recorder = recorder();
    async {
        let mut call = pin!(get_item(&client));
        // Until the request has arrived, which nobody answers.
        while server.asked().is_empty() {
            assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            tokio::task::yield_now().await;
        }
    }
    .in_segment(recorder.segment("checkout"))
    .await;
    let call = subsegments(recorder).remove(0);
    assert_eq!(call["annotations"], json!({"cancelled": true}));
    assert_eq!((flags(&call), &call["aws"]["table_name"]), ([false; 3], &json!("carts")));
}

#[tokio::test]
async fn a_request_that_cannot_be_put_together_is_a_fault_of_ones_own() {
    let server = Server::answering([]);
    let client = settings(&server).s3();
    let call = subsegments_of(async {
        client.get_object().bucket("carts").send().await.unwrap_err();
    })
    .await
    .remove(0);
    assert_eq!(flags(&call), [false, false, true]);
    assert_eq!((exception(&call)[0], exception(&call)[2]), (&json!("ConstructionFailure"), &Value::Null));
    assert_eq!((&call["aws"]["operation"], &call["http"]), (&json!("GetObject"), &Value::Null));
    assert_eq!(server.asked().len(), 0);
}

#[tokio::test]
async fn of_a_value_that_a_request_cannot_have_only_the_field_is_told() {
    let server = Server::answering([]);
    let client = settings(&server).s3();
    let call = subsegments_of(async {
        let put = client.put_object().bucket("carts").key("k").content_disposition("planted\nvalue");
        put.send().await.unwrap_err();
    })
    .await
    .remove(0);
    let told = [json!("ConstructionFailure"), json!("failed to construct request: the field content_disposition")];
    assert_eq!(exception(&call)[..2], [&told[0], &told[1]]);
    assert!(!call.to_string().contains("planted"), "{call}");
}

#[tokio::test]
async fn an_endpoint_that_is_none_is_not_quoted() {
    for endpoint in ["http://user:planted@127.0.0.1:1/x?y=planted", "user:planted@localhost:99"] {
        let client = Settings { endpoint: Some(endpoint.to_owned()), ..settings(&Server::answering([])) }.s3();
        let call = subsegments_of(async {
            client.get_object().bucket("carts").key("k").send().await.unwrap_err();
        })
        .await
        .remove(0);
        assert_eq!(flags(&call), [false, false, true]);
        assert!(!call.to_string().contains("planted"), "{call}");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_names_no_code_of_its_values() {
    let body = r#"{"code":"planted","message":"planted","MessageId":12}"#;
    let server = Server::answering([Answer::json(200, body)]);
    let client = settings(&server).sqs();
    let call = subsegments_of(async {
        client.send_message().queue_url("http://queue").message_body("x").send().await.unwrap_err();
    })
    .await
    .remove(0);
    assert_eq!(exception(&call)[0], &json!("ResponseError"));
    assert!(!call.to_string().contains("planted"), "{call}");
}

#[tokio::test]
async fn an_error_that_comes_with_a_status_of_success_is_one() {
    let body =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>SlowDown</Code><Message>slow</Message></Error>";
    let server =
        Server::answering(std::iter::repeat_n(Answer::says(200, &[("content-type", "application/xml")], body), 3));
    let client = settings(&server).s3();
    let call = subsegments_of(async {
        client.copy_object().bucket("carts").key("k").copy_source("carts/other").send().await.unwrap_err();
    })
    .await
    .remove(0);
    assert_eq!(exception(&call), [&json!("SlowDown"), &json!("slow"), &json!(true)]);
}

#[tokio::test]
async fn what_has_not_changed_is_no_error() {
    let server = Server::answering([Answer::says(304, &[], "")]);
    let client = settings(&server).s3();
    let call = subsegments_of(async {
        client.get_object().bucket("carts").key("k").if_none_match("tag").send().await.unwrap_err();
    })
    .await
    .remove(0);
    assert_eq!((flags(&call), &call["cause"]), ([false; 3], &Value::Null));
    assert_eq!(call["http"]["response"]["status"], json!(304));
}

#[tokio::test]
async fn a_panic_in_the_task_ends_the_call_with_a_fault() {
    let server = Server::answering([Answer::Silence]);
    let client = settings(&server).dynamodb();
    let recorder = recorder();
    let task = tokio::spawn(
        async move {
            let mut call = pin!(get_item(&client));
            let _ = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            panic!("on purpose");
        }
        .in_segment(recorder.segment("checkout")),
    );
    assert!(task.await.unwrap_err().is_panic());
    let call = subsegments(recorder).remove(0);
    assert_eq!((flags(&call), &call["annotations"]), ([false, false, true], &Value::Null));
}
