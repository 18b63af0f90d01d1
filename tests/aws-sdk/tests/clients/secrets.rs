//! What must not get into any datagram: whatever no list names.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::primitives::ByteStream;
use xray_recorder::TraceFuture;
use xray_recorder::ext::aws_sdk::{SubsegmentInterceptor, Whitelist};

use crate::support::{assert_settled, recorder};
use aws_sdk_tests::clients::Settings;
use aws_sdk_tests::server::{Answer, Server};

const PUBLISHED: &str = "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>";

/// Calls with something planted wherever a user has something, and all datagrams of it as one text.
async fn recorded(interceptor: SubsegmentInterceptor) -> String {
    let refused = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"failed",
        "Item":{"card":{"S":"planted-item"}}}"#;
    let found = r#"{"Count":1,"Items":[{"card":{"S":"planted-item"}}]}"#;
    let dynamodb = Server::answering([
        Answer::json(200, r#"{"Attributes":{"card":{"S":"planted-item"}}}"#),
        Answer::json(400, refused),
        Answer::json(200, found),
    ]);
    let others = Server::answering([
        Answer::says(200, &[("x-amz-meta-card", "planted-header")], ""),
        Answer::says(200, &[("content-type", "text/xml")], PUBLISHED),
        Answer::json(200, r#"{"Messages":[{"Body":"planted-message","ReceiptHandle":"planted-handle"}]}"#),
        Answer::json(200, r#"{"MessageId":"\planted-escape"}"#),
        Answer::json(200, "{}"),
        Answer::says(200, &[], "planted-object"),
    ]);
    let recorder = recorder();
    async {
        let client = Settings::new(dynamodb.address(), interceptor.clone()).dynamodb();
        let card = || AttributeValue::S("planted-item".to_owned());
        client.put_item().table_name("carts").item("card", card()).send().await.unwrap();
        let condition = client.put_item().table_name("carts").item("card", card());
        condition.condition_expression("card = planted-expression").send().await.unwrap_err();
        let query = client.query().table_name("carts").key_condition_expression("card = :planted-expression");
        query.expression_attribute_values(":planted-expression", card()).send().await.unwrap();

        let settings = Settings::new(others.address(), interceptor.clone());
        let put = settings.s3().put_object().bucket("carts").key("listed-key").metadata("card", "planted-header");
        put.body(ByteStream::from_static(b"planted-object")).send().await.unwrap();
        let publish = settings.sns().publish().topic_arn("listed-topic").subject("planted-subject");
        publish.message("planted-message").send().await.unwrap();
        settings.sqs().receive_message().queue_url("http://listed-queue").send().await.unwrap();
        // An answer that cannot be read: what says why may quote it.
        settings.sqs().send_message().queue_url("http://listed-queue").message_body("x").send().await.unwrap_err();
        let delete = settings.sqs().delete_message().queue_url("http://listed-queue");
        delete.receipt_handle("planted-handle").send().await.unwrap();
        let get = settings.s3().get_object().bucket("carts").key("listed-key").sse_customer_key("planted-header");
        get.response_content_language("planted-query").send().await.unwrap();
    }
    .in_segment(recorder.segment("checkout"))
    .await;
    // It was there to be recorded.
    let asked = others.asked();
    assert_eq!(asked[0].header("x-amz-meta-card"), Some("planted-header"));
    assert!(asked[5].target().contains("planted-query") && asked[0].header("authorization").is_some());
    assert_settled(recorder.stats());
    let sent = recorder.transport().sent();
    assert_eq!(sent.len(), 1);
    String::from_utf8(sent[0].bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn neither_items_nor_messages_nor_objects_nor_credentials_are_in_any_datagram() {
    let recorded = recorded(SubsegmentInterceptor::new()).await;
    assert_eq!(recorded.matches(r#""namespace":"aws""#).count(), 9, "{recorded}");
    for word in ["planted", "AWS4-HMAC", "Credential", "authorization", "amz-security-token"] {
        assert!(!recorded.contains(word), "{word} in {recorded}");
    }
    // What the list names is there.
    for word in ["listed-key", "listed-topic", "listed-queue", "carts"] {
        assert!(recorded.contains(word), "no {word} in {recorded}");
    }
}

#[tokio::test]
async fn with_an_empty_list_no_name_of_the_users_is_in_any_datagram() {
    let recorded = recorded(SubsegmentInterceptor::new().whitelist(Whitelist::empty())).await;
    assert_eq!(recorded.matches(r#""namespace":"aws""#).count(), 9, "{recorded}");
    for word in ["planted", "listed", "carts"] {
        assert!(!recorded.contains(word), "{word} in {recorded}");
    }
}
