//! The interceptor in real clients of the AWS SDK, against a server that answers as it is told to.

#[path = "../../../../std-adapter/tests/support/mod.rs"]
mod support;

mod capture;
mod fails;
mod parameters;
mod secrets;

use std::future::Future;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_tests::clients::Settings;
use aws_sdk_tests::server::{Answer, Server};
use serde_json::{Value, json};
use support::{Memory, assert_settled, case, document, logged, recorder, run_again};
use xray_recorder::ext::aws_sdk::SubsegmentInterceptor;
use xray_recorder::{Recorder, TraceFuture};

/// Gets an item, and is not interested in what comes of it.
pub(crate) async fn get_item(client: &aws_sdk_dynamodb::Client) {
    let key = AttributeValue::S("planted-key".to_owned());
    let _ = client.get_item().table_name("carts").key("id", key).consistent_read(true).send().await;
}

/// The subsegments of a segment in which this was done.
pub(crate) async fn subsegments_of(work: impl Future) -> Vec<Value> {
    let recorder = recorder();
    work.in_segment(recorder.segment("checkout")).await;
    subsegments(recorder)
}

fn subsegments(recorder: Recorder<Memory>) -> Vec<Value> {
    assert_settled(recorder.stats());
    let mut document = document(recorder);
    match document["subsegments"].take() {
        Value::Array(subsegments) => subsegments,
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn a_call_is_a_subsegment_that_says_what_was_called_and_what_it_said() {
    let server = Server::answering([Answer::json(200, r#"{"ConsumedCapacity":{"CapacityUnits":0.5}}"#)]);
    let client = Settings::new(server.address(), SubsegmentInterceptor::new()).dynamodb();
    let subsegments = subsegments_of(get_item(&client)).await;
    assert_eq!(subsegments.len(), 1);
    let call = &subsegments[0];
    assert_eq!((&call["name"], &call["namespace"]), (&json!("DynamoDB"), &json!("aws")));
    assert_eq!(
        call["aws"],
        json!({
            "operation": "GetItem", "region": "us-west-2", "table_name": "carts", "consistent_read": true,
            "retries": 0, "request_id": "REQID123", "consumed_capacity": {"CapacityUnits": 0.5},
        })
    );
    assert_eq!(call["http"], json!({"response": {"status": 200, "content_length": 42}}));
    for flag in ["error", "throttle", "fault", "cause", "annotations"] {
        assert_eq!(call[flag], Value::Null, "{flag}");
    }
}

#[tokio::test]
async fn each_attempt_carries_the_header_of_the_subsegment_and_no_signature_covers_it() {
    let server = Server::answering([Answer::json(500, "{}"), Answer::json(200, "{}")]);
    let client = Settings::new(server.address(), SubsegmentInterceptor::new()).dynamodb();
    let recorder = recorder();
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1;Lineage=a:1";
    get_item(&client).in_segment(recorder.segment("checkout").header(header)).await;
    let subsegments = subsegments(recorder);
    let id = subsegments[0]["id"].as_str().unwrap();
    let expected = format!("Root=1-5759e988-bd862e3fe1be46a994272793;Parent={id};Sampled=1;Lineage=a:1");
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    for asked in asked {
        assert_eq!(asked.header("x-amzn-trace-id"), Some(expected.as_str()));
        let authorization = asked.header("authorization").unwrap();
        assert!(authorization.contains("SignedHeaders=") && !authorization.contains("trace-id"), "{authorization}");
    }
}

#[tokio::test]
async fn what_is_not_sampled_says_so_to_the_service_and_leaves_nothing() {
    let server = Server::answering([Answer::json(200, "{}")]);
    let client = Settings::new(server.address(), SubsegmentInterceptor::new()).dynamodb();
    let recorder = recorder();
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0";
    get_item(&client).in_segment(recorder.segment("checkout").header(header)).await;
    assert_eq!(recorder.transport().sent().len(), 0);
    let sent = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0";
    assert_eq!(server.asked()[0].header("x-amzn-trace-id"), Some(sent));
}

#[test]
fn without_a_current_entity_the_call_is_made_all_the_same_and_that_is_logged() {
    let server = Server::answering([Answer::json(200, "{}")]);
    let client = Settings::new(server.address(), SubsegmentInterceptor::new()).dynamodb();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let log = logged(|| runtime.block_on(get_item(&client)));
    assert_eq!(server.asked().len(), 1);
    assert_eq!(server.asked()[0].header("x-amzn-trace-id"), None);
    assert!(log.iter().any(|line| line.contains("cannot find the current segment")), "{log:?}");
}

#[tokio::test]
async fn one_call_can_be_given_a_parent_and_is_still_one_subsegment() {
    let server = Server::answering([Answer::json(200, "{}")]);
    let client = Settings::new(server.address(), SubsegmentInterceptor::new()).dynamodb();
    let recorder = recorder();
    let segment = recorder.begin_segment("given");
    let below = SubsegmentInterceptor::new().below(&segment.handle());
    async {
        let call = client.list_tables().limit(7).customize().interceptor(below);
        call.send().await.unwrap();
    }
    .in_segment(recorder.segment("current"))
    .await;
    segment.end();
    let documents = support::documents(recorder);
    assert_eq!((&documents[0]["name"], &documents[0]["subsegments"]), (&json!("current"), &Value::Null));
    assert_eq!(documents[1]["subsegments"].as_array().unwrap().len(), 1);
    assert_eq!(documents[1]["subsegments"][0]["aws"]["limit"], json!(7));
}

#[tokio::test]
async fn calls_at_the_same_time_are_siblings() {
    let server = Server::answering(std::iter::repeat_n(Answer::json(200, "{}"), 10));
    let client = Settings::new(server.address(), SubsegmentInterceptor::new()).dynamodb();
    let subsegments = subsegments_of(async {
        let calls = (0..10).map(|number| {
            let client = client.clone();
            async move { client.list_tables().limit(number).send().await.map(drop) }.in_current_context()
        });
        let tasks: Vec<_> = calls.map(tokio::spawn).collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
    })
    .await;
    let mut limits: Vec<i64> = subsegments.iter().map(|call| call["aws"]["limit"].as_i64().unwrap()).collect();
    limits.sort_unstable();
    assert_eq!(limits, Vec::from_iter(0..10));
    assert!(subsegments.iter().all(|call| call["subsegments"] == Value::Null));
}

/// An interceptor that does nothing.
#[derive(Clone, Debug)]
struct Idle;

impl aws_sdk_dynamodb::config::Intercept for Idle {
    fn name(&self) -> &'static str {
        "Idle"
    }
}

const INVOCATION: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:1";

#[test]
fn in_lambda_the_header_names_the_call_where_that_of_the_sdk_names_the_function() {
    let name = "in_lambda_the_header_names_the_call_where_that_of_the_sdk_names_the_function";
    if case().is_none() {
        let variables = [("AWS_LAMBDA_FUNCTION_NAME", "checkout"), ("_X_AMZN_TRACE_ID", INVOCATION)];
        return run_again(name, "lambda", &variables);
    }
    let server = Server::answering([Answer::json(200, "{}"), Answer::json(200, "{}")]);
    let builder = Recorder::builder().describe_sdk(false).transport(Memory::default()).ignore_environment();
    let recorder = builder.in_lambda(|| Some(INVOCATION.to_owned())).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(
        async {
            get_item(&Settings::new(server.address(), Idle).dynamodb()).await;
            get_item(&Settings::new(server.address(), SubsegmentInterceptor::new()).dynamodb()).await;
        }
        .in_segment(recorder.segment("checkout")),
    );
    let documents = support::documents(recorder);
    assert_eq!(documents.len(), 1);
    assert_eq!(documents[0]["parent_id"], json!("53995c3f42cd8ad8"));
    let id = documents[0]["id"].as_str().unwrap();
    let headers: Vec<String> =
        server.asked().iter().map(|asked| asked.header("x-amzn-trace-id").unwrap().to_owned()).collect();
    assert_eq!(headers, [INVOCATION.to_owned(), INVOCATION.replace("53995c3f42cd8ad8", id)]);
}

#[tokio::test]
async fn a_url_that_is_presigned_calls_nothing_and_has_no_header_of_ours() {
    let server = Server::answering([]);
    let client = Settings::new(server.address(), SubsegmentInterceptor::new()).s3();
    for sampled in [true, false] {
        let recorder = recorder();
        let presigned = async {
            let lifetime = std::time::Duration::from_secs(60);
            let config = aws_sdk_s3::presigning::PresigningConfig::expires_in(lifetime).unwrap();
            client.get_object().bucket("carts").key("k").presigned(config).await.unwrap()
        }
        .in_segment(recorder.segment("checkout").sampled(sampled))
        .await;
        assert!(presigned.uri().contains("X-Amz-Signature="));
        assert_eq!(presigned.headers().find(|(name, _)| name.contains("trace")), None);
        assert_settled(recorder.stats());
        assert!(support::documents(recorder).iter().all(|document| document["subsegments"] == Value::Null));
    }
}
