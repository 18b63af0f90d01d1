//! A call of a client of the AWS SDK.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Intercept, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use measure::Run;
use xray_recorder::Segment;
use xray_recorder::ext::aws_sdk::SubsegmentInterceptor;

use crate::case::{Case, Variant, in_segments};
use crate::recorders::{declining, sampling};

pub(crate) const CASE: Case = Case {
    name: "aws-sdk",
    does: "GetItem of DynamoDB, by a connector that answers at once",
    variants: &[
        Variant { name: "without", prepare: || calls(Interceptor::None, None) },
        Variant { name: "an idle interceptor", prepare: || calls(Interceptor::Idle, None) },
        Variant { name: "unsampled", prepare: || recorded(|| declining().begin_segment("checkout")) },
        Variant { name: "sampled", prepare: || recorded(|| sampling().begin_segment("checkout")) },
    ],
};

#[derive(Clone, Copy)]
enum Interceptor {
    None,
    Idle,
    Recording,
}

/// Does nothing, which the SDK asks for at every hook all the same.
#[derive(Debug)]
struct Idle;

impl Intercept for Idle {
    fn name(&self) -> &'static str {
        "Idle"
    }
}

/// Answers at once, as DynamoDB does.
#[derive(Debug)]
struct AtOnce;

impl HttpConnector for AtOnce {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        const BODY: &str = r#"{"ConsumedCapacity":{"CapacityUnits":0.5,"TableName":"carts"},"Item":{"id":{"S":"7"}}}"#;
        const REQUEST_ID: &str = "4KBNVRGD25RG1KEO9UT4V3FQDJVV4KQNSO5AEMVJF66Q9ASUAAJG";
        let ok = StatusCode::try_from(200).expect("a status");
        let mut response = HttpResponse::new(ok, SdkBody::from(BODY));
        for (name, value) in [
            ("content-type", "application/x-amz-json-1.0"),
            ("content-length", "87"),
            ("x-amzn-requestid", REQUEST_ID),
            ("server", "Server"),
            ("connection", "keep-alive"),
            ("date", "Sat, 21 Nov 2026 10:00:00 GMT"),
        ] {
            response.headers_mut().insert(name, value);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

fn client(interceptor: Interceptor) -> Client {
    let connector = SharedHttpConnector::new(AtOnce);
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("key", "secret", None, None, "bench"))
        .http_client(http_client_fn(move |_, _| connector.clone()));
    let config = match interceptor {
        Interceptor::None => config,
        Interceptor::Idle => config.interceptor(Idle),
        Interceptor::Recording => config.interceptor(SubsegmentInterceptor::new()),
    };
    Client::from_conf(config.build())
}

fn recorded(begin: fn() -> Segment) -> Run {
    calls(Interceptor::Recording, Some(begin))
}

fn calls(interceptor: Interceptor, begin: Option<fn() -> Segment>) -> Run {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime is to be had");
    let client = client(interceptor);
    Box::new(move |times| {
        in_segments(times, begin, || {
            let key = AttributeValue::S("7".to_owned());
            let call = client.get_item().table_name("carts").key("id", key).consistent_read(true).send();
            assert!(runtime.block_on(call).is_ok_and(|got| got.item.is_some()), "it answers with an item");
        });
    })
}
