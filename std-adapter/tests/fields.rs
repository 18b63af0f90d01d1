//! Everything a guard can be told appears in the document, where X-Ray wants it.

mod support;

use std::error::Error;
use std::fmt;

use serde_json::{Value, json};
use support::{Memory, document, findings, recorder, traces};
use xray_recorder::{
    AwsCall, AwsResource, Ec2, Ecs, Eks, ElasticBeanstalk, Embed, EntityId, Exception, Frame, HttpResponse,
    IncomingRequest, Key, Link, LogGroup, Namespace, OutgoingRequest, Preparation, Recorder, Sdk, Service, Sql,
};

const TENANT: Key<'static> = Key::new("tenant");

fn without(mut document: Value, keys: &[&str]) -> Value {
    for &key in keys {
        assert!(document.as_object_mut().unwrap().remove(key).is_some(), "{key} in {document}");
    }
    document
}

const FIXED: [&str; 4] = ["trace_id", "id", "start_time", "end_time"];

#[test]
fn a_segment_holds_everything_it_was_told() {
    let recorder = recorder();
    let other = "1-581cf771-a006649127e371903a2de979";
    let mut segment = recorder.begin_segment("checkout");
    segment
        .put_annotation(TENANT, "acme")
        .put_annotation("replaced", 1)
        .put_annotation("replaced", false)
        .put_annotation_with("made", || u64::MAX)
        .put_metadata("cart", &["book", "pen"])
        .put_metadata_in("http", "retries", &2)
        .put_metadata_with("made", || (1.5, 'x'))
        .set_user("u-17")
        .set_origin("AWS::ECS::Container")
        .set_resource_arn("arn:aws:ecs:eu-west-1:123456789012:task/a")
        .set_service(&Service {
            name: Some("checkout"),
            version: Some("1.4.2"),
            runtime: Some("rust"),
            runtime_version: Some("1.87"),
        })
        .set_aws(&AwsResource {
            account_id: Some("123456789012"),
            xray: Some(Sdk {
                sdk: Some("X-Ray for Rust"),
                sdk_version: Some("0.1.0"),
                package: Some("xray-recorder"),
                sampling_rule_name: Some("Default"),
                auto_instrumentation: true,
            }),
            ec2: Some(Ec2 {
                instance_id: Some("i-0b"),
                availability_zone: Some("eu-west-1a"),
                instance_size: Some("m5.large"),
                ami_id: Some("ami-1"),
            }),
            ecs: Some(Ecs {
                container: Some("ip-10-0-0-1"),
                container_id: Some("c0ffee"),
                container_arn: Some("arn:container"),
                task_arn: Some("arn:task"),
                task_family: Some("family"),
                cluster_arn: Some("arn:cluster"),
                launch_type: Some("FARGATE"),
                availability_zone: Some("eu-west-1a"),
            }),
            eks: Some(Eks { pod: Some("pod-1"), cluster_name: Some("main"), container_id: Some("c0ffee") }),
            elastic_beanstalk: Some(ElasticBeanstalk {
                environment_name: Some("green"),
                version_label: Some("v7"),
                deployment_id: Some(32),
            }),
            cloudwatch_logs: &[LogGroup { log_group: "checkout", arn: Some("arn:logs") }],
        })
        .put_aws("free", &json!({"form": [1]}))
        .set_http_request(&IncomingRequest {
            verbatim: false,
            method: Some("GET"),
            url: Some("https://shop.example.com/cart"),
            user_agent: Some("curl/8"),
            client_ip: Some("203.0.113.7"),
            x_forwarded_for: true,
        })
        .set_http_response(&HttpResponse { status: Some(429), content_length: Some(12) })
        .add_link(&Link {
            trace_id: other.parse().unwrap(),
            id: EntityId::new(0x70de).unwrap(),
            attributes: &[("queue", "orders".into()), ("depth", 3.into())],
        })
        .set_fault();
    segment.end();
    assert_eq!((recorder.stats().cut, recorder.stats().refused), (0, 0));
    assert_eq!(
        without(document(recorder), &FIXED),
        json!({
            "name": "checkout",
            "annotations": {"tenant": "acme", "replaced": false, "made": u64::MAX},
            "metadata": {"default": {"cart": ["book", "pen"], "made": [1.5, "x"]}, "http": {"retries": 2}},
            "user": "u-17",
            "origin": "AWS::ECS::Container",
            "resource_arn": "arn:aws:ecs:eu-west-1:123456789012:task/a",
            "service": {"name": "checkout", "version": "1.4.2", "runtime": "rust", "runtime_version": "1.87"},
            "aws": {
                "account_id": "123456789012",
                "xray": {
                    "sdk": "X-Ray for Rust",
                    "sdk_version": "0.1.0",
                    "package": "xray-recorder",
                    "sampling_rule_name": "Default",
                    "auto_instrumentation": true
                },
                "ec2": {
                    "instance_id": "i-0b",
                    "availability_zone": "eu-west-1a",
                    "instance_size": "m5.large",
                    "ami_id": "ami-1"
                },
                "ecs": {
                    "container": "ip-10-0-0-1",
                    "container_id": "c0ffee",
                    "container_arn": "arn:container",
                    "task_arn": "arn:task",
                    "task_family": "family",
                    "cluster_arn": "arn:cluster",
                    "launch_type": "FARGATE",
                    "availability_zone": "eu-west-1a"
                },
                "eks": {"pod": "pod-1", "cluster_name": "main", "container_id": "c0ffee"},
                "elastic_beanstalk": {"environment_name": "green", "version_label": "v7", "deployment_id": 32},
                "cloudwatch_logs": [{"log_group": "checkout", "arn": "arn:logs"}],
                "free": {"form": [1]}
            },
            "http": {
                "request": {
                    "method": "GET",
                    "url": "https://shop.example.com/cart",
                    "user_agent": "curl/8",
                    "client_ip": "203.0.113.7",
                    "x_forwarded_for": true
                },
                "response": {"status": 429, "content_length": 12}
            },
            "links": [{"trace_id": other, "id": "00000000000070de", "attributes": {"queue": "orders", "depth": 3}}],
            "error": true,
            "throttle": true,
            "fault": true
        })
    );
}

/// The same alone or embedded.
#[test]
fn a_subsegment_holds_everything_it_was_told_however_it_travels() {
    for embed in [Embed::IfFits, Embed::Never] {
        let builder = Recorder::builder().describe_sdk(false).embed(embed).transport(Memory::default());
        let recorder = builder.build().unwrap();
        let segment = recorder.begin_segment("checkout");
        let first = segment.begin_subsegment("first");
        let first_id = first.context().unwrap().id();
        first.end();
        let mut call = segment.begin_subsegment("orders@db.example.com");
        call.set_namespace(Namespace::Remote)
            .set_traced()
            .add_precursor(first_id)
            .put_annotation(TENANT, 1.5)
            .put_metadata("rows", &())
            .set_http_request(&OutgoingRequest {
                verbatim: false,
                method: Some("POST"),
                url: Some("https://db.example.com/query"),
                user_agent: Some("xray-recorder"),
                client_ip: Some("10.0.0.1"),
            })
            .set_http_response(&HttpResponse { status: Some(200), content_length: None })
            .set_sql(&Sql {
                verbatim: false,
                connection_string: Some("host=db"),
                url: Some("postgresql://db.example.com:5432/orders"),
                sanitized_query: Some("SELECT 1"),
                database_type: Some("PostgreSQL"),
                database_version: Some("16.2"),
                driver_version: Some("tokio-postgres 0.7"),
                user: Some("checkout"),
                preparation: Some(Preparation::Statement),
            })
            .set_aws(&AwsCall {
                operation: Some("ExecuteStatement"),
                region: Some("eu-west-1"),
                request_id: Some("r-1"),
                id_2: Some("h-2"),
                account_id: Some("123456789012"),
                retries: Some(2),
                queue_url: Some("https://sqs/q"),
                table_name: Some("orders"),
                table_names: &["orders", "carts"],
                bucket_name: Some("b"),
                key: Some("k"),
                resource_names: &["a", "b"],
            })
            .put_aws("database", &"orders")
            .apply_status(503);
        call.end();
        segment.end();
        assert_eq!((recorder.stats().cut, recorder.stats().refused), (0, 0));
        assert_eq!(findings(&recorder.transport().sent()), []);
        let traces = traces(recorder);
        let call = traces[0].find_by_name("orders@db.example.com").unwrap();
        assert_eq!(call.is_embedded(), embed == Embed::IfFits);
        let identity: &[&str] = if call.is_embedded() { &[] } else { &["type", "trace_id", "parent_id"] };
        assert_eq!(
            without(without(call.json.clone(), identity), &["id", "start_time", "end_time"]),
            json!({
                "name": "orders@db.example.com",
                "namespace": "remote",
                "traced": true,
                "precursor_ids": [first_id.to_string()],
                "annotations": {"tenant": 1.5},
                "metadata": {"default": {"rows": null}},
                "http": {
                    "request": {
                        "method": "POST",
                        "url": "https://db.example.com/query",
                        "user_agent": "xray-recorder",
                        "client_ip": "10.0.0.1"
                    },
                    "response": {"status": 200}
                },
                "sql": {
                    "connection_string": "host=db",
                    "url": "postgresql://db.example.com:5432/orders",
                    "sanitized_query": "SELECT ?",
                    "database_type": "PostgreSQL",
                    "database_version": "16.2",
                    "driver_version": "tokio-postgres 0.7",
                    "user": "checkout",
                    "preparation": "statement"
                },
                "aws": {
                    "operation": "ExecuteStatement",
                    "region": "eu-west-1",
                    "request_id": "r-1",
                    "id_2": "h-2",
                    "account_id": "123456789012",
                    "retries": 2,
                    "queue_url": "https://sqs/q",
                    "table_name": "orders",
                    "table_names": ["orders", "carts"],
                    "bucket_name": "b",
                    "key": "k",
                    "resource_names": ["a", "b"],
                    "database": "orders"
                },
                "fault": true
            })
        );
    }
}

#[test]
fn a_segment_says_which_sdk_made_it_unless_told_not_to() {
    let recorder = Recorder::builder().transport(Memory::default()).build().unwrap();
    recorder.begin_segment("checkout").begin_subsegment("db").end();
    let sent = document(recorder);
    assert_eq!(sent["aws"]["xray"], json!({"sdk": "X-Ray for Rust", "sdk_version": env!("CARGO_PKG_VERSION")}));
    assert_eq!(sent["service"], json!({"runtime": "rust"}));
    assert_eq!(sent["subsegments"][0].get("aws"), None);

    // It stays beside what the program says, unless that says something else of it.
    for (said, kept) in [(None, "X-Ray for Rust"), (Some(Sdk { sdk: Some("mine"), ..Sdk::default() }), "mine")] {
        let recorder = Recorder::builder().transport(Memory::default()).build().unwrap();
        let mut segment = recorder.begin_segment("checkout");
        segment.set_aws(&AwsResource { account_id: Some("123456789012"), xray: said, ..AwsResource::default() });
        segment.end();
        let sent = document(recorder);
        assert_eq!((&sent["aws"]["account_id"], &sent["aws"]["xray"]["sdk"]), (&json!("123456789012"), &json!(kept)));
    }

    let recorder = support::recorder();
    recorder.begin_segment("checkout").end();
    assert_eq!(without(document(recorder), &FIXED), json!({"name": "checkout"}));
}

/// An error with so many sources below it.
#[derive(Debug)]
struct Layered(u32, Option<Box<Self>>);

fn layered(depth: u32) -> Layered {
    (0..depth).fold(Layered(0, None), |inner, _| Layered(inner.0 + 1, Some(Box::new(inner))))
}

impl fmt::Display for Layered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "layer {}", self.0)
    }
}

impl Error for Layered {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|inner| inner as _)
    }
}

/// The messages from the outermost error to the innermost, by the ids of their causes, and what was skipped below each.
fn chain(exceptions: &Value, id: EntityId) -> Vec<(String, u64)> {
    let mut chain = Vec::new();
    let mut next = Some(id.to_string());
    while let Some(id) = next {
        let exception = exceptions.as_array().unwrap().iter().find(|exception| exception["id"] == id).unwrap();
        chain.push((exception["message"].as_str().unwrap().to_owned(), exception["skipped"].as_u64().unwrap_or(0)));
        next = exception["cause"].as_str().map(str::to_owned);
    }
    chain
}

#[test]
fn an_error_and_its_sources_are_linked_and_what_lies_too_deep_is_skipped_in_the_middle() {
    for (depth, expected, skipped) in [
        (0, vec![0], 0),
        (1, vec![1, 0], 0),
        (10, (0..=10).rev().collect(), 0),
        (11, vec![11, 10, 9, 8, 7, 6, 4, 3, 2, 1, 0], 1),
        (500, vec![500, 499, 498, 497, 496, 495, 4, 3, 2, 1, 0], 490),
    ] {
        let recorder = recorder();
        let mut segment = recorder.begin_segment("checkout");
        let id = segment.add_exception(&layered(depth)).unwrap();
        segment.end();
        let document = document(recorder);
        assert_eq!(document["fault"], true);
        let exceptions = &document["cause"]["exceptions"];
        let expected: Vec<_> = expected.iter().map(|layer| format!("layer {layer}")).collect();
        let (messages, gaps): (Vec<_>, Vec<_>) = chain(exceptions, id).into_iter().unzip();
        assert_eq!(messages, expected);
        assert_eq!(gaps.iter().sum::<u64>(), skipped);
        assert_eq!(gaps.get(5).copied().unwrap_or(0), skipped, "where the messages jump");
        assert!(exceptions.as_array().unwrap().iter().all(|exception| exception["type"] == "Layered"));
    }
}

#[test]
fn an_error_behind_a_pointer_is_recorded_like_any_other() {
    let recorder = recorder();
    let mut segment = recorder.begin_segment("checkout");
    let shared: Box<dyn Error + Send + Sync> = Box::new(layered(2));
    let id = segment.add_exception(&*shared).unwrap();
    let plain: &dyn Error = &fmt::Error;
    segment.add_exception(plain);
    let nameless: Box<dyn Error> = "only a text".into();
    segment.add_exception(&*nameless);
    segment.end();
    let document = document(recorder);
    let exceptions = &document["cause"]["exceptions"];
    assert_eq!(chain(exceptions, id).len(), 3);
    let kinds: Vec<_> =
        exceptions.as_array().unwrap().iter().map(|exception| exception["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["Layered", "Layered", "Layered", "Error", "Error"]);
}

#[test]
fn an_exception_is_recorded_as_given_and_entities_above_refer_to_it() {
    let recorder = recorder();
    let mut segment = recorder.begin_segment("checkout");
    let mut call = segment.begin_subsegment("charge");
    let id = call
        .add_exception_details(&Exception {
            kind: "Declined",
            message: "card expired",
            remote: true,
            stack: &[Frame { path: "charge.rs", line: Some(42), label: "charge" }],
            truncated: 7,
            working_directory: Some("/srv"),
            paths: &["/lib"],
            ..Exception::default()
        })
        .unwrap();
    call.end();
    segment.set_cause_id(id);
    segment.end();
    let document = document(recorder);
    assert_eq!((&document["cause"], &document["fault"]), (&json!(id.to_string()), &json!(true)));
    assert_eq!(
        document["subsegments"][0]["cause"],
        json!({
            "working_directory": "/srv",
            "paths": ["/lib"],
            "exceptions": [{
                "id": id.to_string(),
                "type": "Declined",
                "message": "card expired",
                "remote": true,
                "stack": [{"path": "charge.rs", "line": 42, "label": "charge"}],
                "truncated": 7
            }]
        })
    );
}
