//! Beside the capture of the Python SDK, on the same requests and the same answers: DynamoDB's GetItem, one that is
//! there and one whose table is missing, and S3's GetObject.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;
use xray_recorder::ext::aws_sdk::SubsegmentInterceptor;

use crate::subsegments_of;
use aws_sdk_tests::clients::Settings;
use aws_sdk_tests::server::{Answer, Server};

const CAPTURE: &str = include_str!("py16_botocore_dynamodb.json");

/// The members that differ: the call, the member, what Python has and what is here, and why.
const DIFFERENCES: &[(&str, &str, &str, &str, &str)] = &[
    ("*", "name", "by host name", "by service id", "as Node 3, Go and Java have it, and X-Ray's documentation"),
    ("*", "aws.retries", "none", "0", "Node 2, Go and Java say it, Python does not"),
    ("*", "http.response.content_length", "none", "a number", "Node, Go and Java say it, Python does not"),
    ("*", "in_progress", "false", "none", "only what is in progress says so"),
    ("*", "trace_id", "an id", "none", "what is embedded has the trace of what it is in"),
    ("*", "parent_id", "an id", "none", "likewise"),
    ("*", "type", "subsegment", "none", "likewise"),
    ("1", "fault", "true", "none", "a 4xx is the caller's error and no fault, as the Java SDK has it"),
    ("1", "cause.working_directory", "a path", "none", "nothing here needs it"),
    ("1", "cause.exceptions.0.stack", "frames", "none", "frames of a future say nothing of who called it"),
    ("1", "cause.exceptions.0.message", "with a preface", "without", "the service's own words; the rest is in aws"),
];

/// All members that are no objects or arrays of objects, by their paths.
fn leaves(value: &Value, path: &str, into: &mut BTreeMap<String, Value>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| leaves(value, &below(key), into)),
        Value::Array(elements) if !path.ends_with("stack") => {
            elements.iter().enumerate().for_each(|(at, value)| leaves(value, &below(&at.to_string()), into));
        }
        _ => drop(into.insert(path.to_owned(), value.clone())),
    }
}

async fn recorded() -> Vec<Value> {
    let item = r#"{"Item":{"k":{"S":"v"}},"ConsumedCapacity":{"TableName":"t1","CapacityUnits":0.5}}"#;
    let missing = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
        "message":"Requested resource not found"}"#;
    let ids = [("x-amz-request-id", "S3REQ"), ("x-amz-id-2", "EXTENDED2")];
    let dynamodb = Server::answering([Answer::json(200, item), Answer::json(400, missing)]);
    let s3 = Server::answering([Answer::says(200, &ids, "object")]);
    subsegments_of(async {
        let client = Settings::new(dynamodb.address(), SubsegmentInterceptor::new()).dynamodb();
        let key = || AttributeValue::S("v".to_owned());
        client.get_item().table_name("t1").key("k", key()).consistent_read(true).send().await.unwrap();
        client.get_item().table_name("Missing").key("k", key()).send().await.unwrap_err();
        let client = Settings::new(s3.address(), SubsegmentInterceptor::new()).s3();
        client.get_object().bucket("bkt").key("obj").send().await.unwrap();
    })
    .await
}

#[tokio::test]
async fn all_fields_of_the_python_sdk_are_there_or_the_difference_is_listed() {
    let capture: Value = serde_json::from_str(CAPTURE).unwrap();
    let theirs = capture["datagrams"][0]["document"]["subsegments"].as_array().unwrap();
    let ours = recorded().await;
    assert_eq!(ours.len(), theirs.len());
    let mut met = vec![false; DIFFERENCES.len()];
    for (at, (theirs, ours)) in theirs.iter().zip(&ours).enumerate() {
        let [mut there, mut here] = [BTreeMap::new(), BTreeMap::new()];
        leaves(theirs, "", &mut there);
        leaves(ours, "", &mut here);
        let paths: std::collections::BTreeSet<&String> = there.keys().chain(here.keys()).collect();
        for path in paths {
            // They vary from run to run.
            if path == "id" || path.ends_with("_time") || path.ends_with("exceptions.0.id") {
                assert!(there.contains_key(path) && here.contains_key(path), "{path}");
                continue;
            }
            if there.get(path) == here.get(path) {
                continue;
            }
            let is_it = |&(call, member, ..): &(&str, &str, &str, &str, &str)| {
                member == path && (call == "*" || call == at.to_string())
            };
            let known = DIFFERENCES.iter().position(is_it);
            let Some(known) = known else {
                panic!("call {at}, {path}: {:?} there, {:?} here", there.get(path), here.get(path))
            };
            met[known] = true;
        }
    }
    for (difference, met) in DIFFERENCES.iter().zip(met) {
        assert!(met, "there is no such difference any more: {difference:?}");
    }
}
