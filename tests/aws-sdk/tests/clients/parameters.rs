//! Parameters on the list, in the protocols of real clients.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_sqs::types::MessageAttributeValue;
use serde_json::{Value, json};
use xray_recorder::ext::aws_sdk::{Parameter, SubsegmentInterceptor, Whitelist};

use crate::{get_item, subsegments_of};
use aws_sdk_tests::clients::Settings;
use aws_sdk_tests::server::{Answer, Server};

fn settings(server: &Server) -> Settings<SubsegmentInterceptor> {
    Settings::new(server.address(), SubsegmentInterceptor::new())
}

/// The `aws` block without what each call has.
fn parameters(call: &Value) -> Value {
    let mut aws = call["aws"].clone();
    for key in ["operation", "region", "request_id", "retries"] {
        aws.as_object_mut().unwrap().remove(key);
    }
    aws
}

#[tokio::test]
async fn sqs_says_queue_and_attribute_names_and_the_id_of_the_message() {
    let server = Server::answering([
        Answer::json(200, r#"{"MD5OfMessageBody":"x","MessageId":"m-1"}"#),
        Answer::json(200, r#"{"Messages":[{"Body":"planted-body"},{"Body":"planted-body"}]}"#),
    ]);
    let client = settings(&server).sqs();
    let calls = subsegments_of(async {
        let value = MessageAttributeValue::builder().data_type("String").string_value("planted-value").build().unwrap();
        let message = client.send_message().queue_url("http://sqs/1/carts").message_body("planted-body");
        // The checksum is wrong, so that this fails where the server has answered all the same.
        let _ = message.delay_seconds(3).message_attributes("tenant", value).send().await;
        let _ = client.receive_message().queue_url("http://sqs/1/carts").wait_time_seconds(1).send().await;
    })
    .await;
    let sent = json!({
        "queue_url": "http://sqs/1/carts", "delay_seconds": 3, "message_attribute_names": ["tenant"], "message_id": "m-1",
    });
    assert_eq!((&calls[0]["name"], parameters(&calls[0])), (&json!("SQS"), sent));
    let received = json!({"queue_url": "http://sqs/1/carts", "wait_time_seconds": 1, "message_count": 2});
    assert_eq!(parameters(&calls[1]), received);
}

#[tokio::test]
async fn sns_says_the_topic_which_is_in_a_form() {
    let body = "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>";
    let server = Server::answering([Answer::says(200, &[("content-type", "text/xml")], body)]);
    let client = settings(&server).sns();
    let calls = subsegments_of(async {
        let topic = "arn:aws:sns:us-west-2:1:carts";
        client.publish().topic_arn(topic).message("planted-body").send().await.unwrap();
    })
    .await;
    assert_eq!(parameters(&calls[0]), json!({"topic_arn": "arn:aws:sns:us-west-2:1:carts"}));
}

#[tokio::test]
async fn s3_says_bucket_key_version_and_prefix_and_nothing_of_streams() {
    let object = r#"{"Key":"planted-body","TableName":"planted-body"}"#;
    let json_object = [("content-type", "application/json")];
    let listing = "<ListBucketResult><Name>carts</Name></ListBucketResult>";
    let server = Server::answering([
        Answer::says(200, &[], ""),
        Answer::says(200, &json_object, object),
        Answer::says(200, &[("content-type", "application/xml")], listing),
        Answer::says(200, &[("content-type", "application/xml")], "<CopyObjectResult></CopyObjectResult>"),
    ]);
    let client = settings(&server).s3();
    let calls = subsegments_of(async {
        let put = client.put_object().bucket("carts").key("a b/ü.json").content_type("application/json");
        put.body(ByteStream::from_static(object.as_bytes())).send().await.unwrap();
        let got = client.get_object().bucket("carts").key("k").version_id("v/1").send().await.unwrap();
        assert_eq!(got.body.collect().await.unwrap().into_bytes(), object);
        client.list_objects_v2().bucket("carts").prefix("a/").send().await.unwrap();
        client.copy_object().bucket("carts").key("k2").copy_source("carts/k").send().await.unwrap();
    })
    .await;
    let expected = [
        json!({"bucket_name": "carts", "key": "a b/ü.json"}),
        json!({"bucket_name": "carts", "key": "k", "version_id": "v/1"}),
        json!({"bucket_name": "carts", "prefix": "a/"}),
        json!({"bucket_name": "carts", "key": "k2", "copy_source": "carts/k"}),
    ];
    for (call, expected) in calls.iter().zip(expected) {
        assert_eq!(parameters(call), expected);
    }
    assert_eq!(calls.len(), 4);
    assert_eq!(calls[1]["http"]["response"]["content_length"], json!(object.len()));
}

#[tokio::test]
async fn a_list_of_ones_own_replaces_the_default_or_adds_to_it() {
    let mut only = Whitelist::empty();
    only.allow("dynamodb", "getItem", Parameter::response("Item").count().renamed("members"));
    let mut more = Whitelist::default();
    more.append(&only);
    let answer = r#"{"Item":{"a":{"S":"planted-body"},"b":{"S":"planted-body"}}}"#;
    let of = async |whitelist: Whitelist| {
        let server = Server::answering([Answer::json(200, answer)]);
        let interceptor = SubsegmentInterceptor::new().whitelist(whitelist);
        let client = Settings::new(server.address(), interceptor).dynamodb();
        parameters(&subsegments_of(get_item(&client)).await[0])
    };
    assert_eq!(of(only).await, json!({"members": 2}));
    assert_eq!(of(more).await, json!({"table_name": "carts", "consistent_read": true, "members": 2}));
    assert_eq!(of(Whitelist::empty()).await, json!({}));
}
