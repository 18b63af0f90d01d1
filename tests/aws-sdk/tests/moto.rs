//! The interceptor in real clients, against services as moto makes them: `XRAY_RECORDER_MOTO` says where its server
//! listens. `cargo xtask test moto` starts one and runs these.

#[path = "../../../std-adapter/tests/support/mod.rs"]
mod support;

use std::env;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ReturnConsumedCapacity,
    ScalarAttributeType,
};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use aws_sdk_tests::clients::Settings;
use serde_json::{Value, json};
use support::{assert_settled, document, recorder};
use xray_recorder::TraceFuture;
use xray_recorder::ext::aws_sdk::SubsegmentInterceptor;

fn settings() -> Settings<SubsegmentInterceptor> {
    let server = env::var("XRAY_RECORDER_MOTO").expect("XRAY_RECORDER_MOTO says where moto's server is");
    Settings::new(server.parse().unwrap(), SubsegmentInterceptor::new())
}

/// The calls that were made in this, each with its operation and what is not the same in all.
async fn calls_of(work: impl Future) -> Vec<Value> {
    let recorder = recorder();
    work.in_segment(recorder.segment("checkout")).await;
    assert_settled(recorder.stats());
    let document = document(recorder);
    let mut calls = document["subsegments"].as_array().unwrap().clone();
    for call in &mut calls {
        assert_eq!((&call["namespace"], &call["aws"]["region"]), (&json!("aws"), &json!("us-west-2")));
        assert!(call["aws"]["request_id"].as_str().is_some_and(|id| !id.is_empty()), "{call:#}");
        let aws = call["aws"].as_object_mut().unwrap();
        aws.retain(|key, _| !matches!(key.as_str(), "region" | "request_id" | "id_2" | "retries"));
    }
    calls
}

fn said(call: &Value) -> (&Value, &Value) {
    (&call["aws"], &call["http"]["response"]["status"])
}

fn exception(call: &Value) -> &Value {
    &call["cause"]["exceptions"][0]
}

#[tokio::test]
#[ignore = "wants moto's server: cargo xtask test moto"]
async fn dynamodb() {
    let client = settings().dynamodb();
    let calls = calls_of(async {
        let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build().unwrap();
        let id = AttributeDefinition::builder().attribute_name("id").attribute_type(ScalarAttributeType::S);
        let create = client.create_table().table_name("carts").billing_mode(BillingMode::PayPerRequest);
        create.key_schema(key).attribute_definitions(id.build().unwrap()).send().await.unwrap();
        let cart = || AttributeValue::S("planted".to_owned());
        client.put_item().table_name("carts").item("id", cart()).send().await.unwrap();
        let get = client.get_item().table_name("carts").key("id", cart()).consistent_read(true);
        get.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.unwrap();
        client.scan().table_name("carts").send().await.unwrap();
        client.list_tables().send().await.unwrap();
        client.get_item().table_name("missing").key("id", cart()).send().await.unwrap_err();
    })
    .await;
    let ok = json!(200);
    assert_eq!(said(&calls[0]), (&json!({"operation": "CreateTable", "table_name": "carts"}), &ok));
    assert_eq!(said(&calls[1]), (&json!({"operation": "PutItem", "table_name": "carts"}), &ok));
    assert_eq!(calls[2]["aws"]["consumed_capacity"]["TableName"], json!("carts"), "{:#}", calls[2]);
    assert_eq!(calls[2]["aws"]["consistent_read"], json!(true));
    assert_eq!((&calls[3]["aws"]["count"], &calls[3]["aws"]["scanned_count"]), (&json!(1), &json!(1)));
    assert_eq!(calls[4]["aws"]["table_count"], json!(1));
    assert_eq!(said(&calls[5]), (&json!({"operation": "GetItem", "table_name": "missing"}), &json!(400)));
    assert_eq!((&calls[5]["error"], &calls[5]["fault"]), (&json!(true), &Value::Null));
    assert_eq!(exception(&calls[5])["type"], json!("ResourceNotFoundException"));
    assert!(!format!("{calls:?}").contains("planted"));
}

#[tokio::test]
#[ignore = "wants moto's server: cargo xtask test moto"]
async fn s3() {
    let client = settings().s3();
    let calls = calls_of(async {
        let place = CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::UsWest2);
        client.create_bucket().bucket("baskets").create_bucket_configuration(place.build()).send().await.unwrap();
        let body = ByteStream::from_static(b"planted");
        client.put_object().bucket("baskets").key("a b/1.json").body(body).send().await.unwrap();
        let got = client.get_object().bucket("baskets").key("a b/1.json").send().await.unwrap();
        assert_eq!(got.body.collect().await.unwrap().into_bytes(), "planted");
        client.list_objects_v2().bucket("baskets").prefix("a b/").send().await.unwrap();
        client.get_object().bucket("baskets").key("missing").send().await.unwrap_err();
    })
    .await;
    let ok = json!(200);
    let object = |operation: &str, key: &str| json!({"operation": operation, "bucket_name": "baskets", "key": key});
    assert_eq!(said(&calls[0]), (&json!({"operation": "CreateBucket", "bucket_name": "baskets"}), &ok));
    assert_eq!(said(&calls[1]), (&object("PutObject", "a b/1.json"), &ok));
    assert_eq!(said(&calls[2]), (&object("GetObject", "a b/1.json"), &ok));
    let list = json!({"operation": "ListObjectsV2", "bucket_name": "baskets", "prefix": "a b/"});
    assert_eq!(said(&calls[3]), (&list, &ok));
    assert_eq!(said(&calls[4]), (&object("GetObject", "missing"), &json!(404)));
    assert_eq!(exception(&calls[4])["type"], json!("NoSuchKey"));
    assert!(!format!("{calls:?}").contains("planted"));
}

#[tokio::test]
#[ignore = "wants moto's server: cargo xtask test moto"]
async fn sqs_and_sns() {
    let (sqs, sns) = (settings().sqs(), settings().sns());
    let mut names = (String::new(), String::new());
    let calls = calls_of(async {
        let queue = sqs.create_queue().queue_name("orders").send().await.unwrap().queue_url.unwrap();
        sqs.send_message().queue_url(&queue).message_body("planted").send().await.unwrap();
        let received = sqs.receive_message().queue_url(&queue).send().await.unwrap();
        assert_eq!(received.messages().len(), 1);
        sqs.get_queue_url().queue_name("missing").send().await.unwrap_err();
        let topic = sns.create_topic().name("orders").send().await.unwrap().topic_arn.unwrap();
        sns.publish().topic_arn(&topic).message("planted").send().await.unwrap();
        sns.publish().topic_arn(format!("{topic}-missing")).message("planted").send().await.unwrap_err();
        names = (queue, topic);
    })
    .await;
    let (queue, topic) = names;
    let ok = json!(200);
    assert_eq!(said(&calls[0]), (&json!({"operation": "CreateQueue", "queue_name": "orders"}), &ok));
    assert_eq!((&calls[1]["aws"]["queue_url"], calls[1]["aws"]["message_id"].is_string()), (&json!(queue), true));
    assert_eq!((&calls[2]["aws"]["queue_url"], &calls[2]["aws"]["message_count"]), (&json!(queue), &json!(1)));
    assert!(exception(&calls[3])["type"].as_str().unwrap().contains("QueueDoesNotExist"), "{:#}", calls[3]);
    assert_eq!(said(&calls[4]), (&json!({"operation": "CreateTopic"}), &ok));
    assert_eq!(said(&calls[5]), (&json!({"operation": "Publish", "topic_arn": topic}), &ok));
    assert_eq!(exception(&calls[6])["type"], json!("NotFound"), "{:#}", calls[6]);
    assert!(!format!("{calls:?}").contains("planted"));
}
