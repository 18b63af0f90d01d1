//! Texts of a megabyte in every field: cut at a character, marked, counted; and never cut where that would change what
//! is meant.

use serde_json::Value;
use xray_recorder_core::{
    AnnotationError, AwsCall, AwsResource, Document, DocumentView, Ec2, Ecs, Eks, ElasticBeanstalk, EntityId,
    Exception, Frame, Full, IncomingRequest, Link, LogGroup, MetadataError, OutgoingRequest, Sdk, Segment, Service,
    Sql, Subsegment, Timestamp, TraceContext, TraceId,
};

mod support;

use support::json::parse;

/// A way to write a text into an entity, where it then stands, and how many characters it may have there; zero when the
/// room alone decides.
type OfSegment = (for<'d> fn(&mut Segment<'d>, &str) -> Result<(), Full>, &'static str, usize);
type OfSubsegment = (for<'d> fn(&mut Subsegment<'d>, &str) -> Result<(), Full>, &'static str, usize);

fn context() -> TraceContext {
    TraceContext::new(TraceId::from_u128(1), EntityId::new(1).expect("one is not zero"))
}

fn aws(segment: &mut Segment<'_>, resource: AwsResource<'_>) -> Result<(), Full> {
    segment.set_aws(&resource)
}

fn sdk(segment: &mut Segment<'_>, sdk: Sdk<'_>) -> Result<(), Full> {
    aws(segment, AwsResource { xray: Some(sdk), ..AwsResource::default() })
}

fn ec2(segment: &mut Segment<'_>, ec2: Ec2<'_>) -> Result<(), Full> {
    aws(segment, AwsResource { ec2: Some(ec2), ..AwsResource::default() })
}

fn ecs(segment: &mut Segment<'_>, ecs: Ecs<'_>) -> Result<(), Full> {
    aws(segment, AwsResource { ecs: Some(ecs), ..AwsResource::default() })
}

fn eks(segment: &mut Segment<'_>, eks: Eks<'_>) -> Result<(), Full> {
    aws(segment, AwsResource { eks: Some(eks), ..AwsResource::default() })
}

fn beanstalk(segment: &mut Segment<'_>, environment: ElasticBeanstalk<'_>) -> Result<(), Full> {
    aws(segment, AwsResource { elastic_beanstalk: Some(environment), ..AwsResource::default() })
}

fn logs(segment: &mut Segment<'_>, group: LogGroup<'_>) -> Result<(), Full> {
    aws(segment, AwsResource { cloudwatch_logs: &[group], ..AwsResource::default() })
}

fn link(segment: &mut Segment<'_>, key: &str, value: &str) -> Result<(), Full> {
    let attributes = &[(key, value.into())];
    segment.add_link(&Link { trace_id: TraceId::NOOP, id: context().id(), attributes }).map_err(|_| Full)
}

fn exception(segment: &mut Segment<'_>, exception: &Exception<'_>) -> Result<(), Full> {
    segment.add_exception(exception).map(drop)
}

const OF_SEGMENTS: &[OfSegment] = &[
    (|s, t| s.set_user(t), "/user", 250),
    (|s, t| s.set_origin(t), "/origin", 250),
    (|s, t| s.set_resource_arn(t), "/resource_arn", 500),
    (|s, t| s.set_service(&Service { name: Some(t), ..Service::default() }), "/service/name", 250),
    (|s, t| s.set_service(&Service { version: Some(t), ..Service::default() }), "/service/version", 250),
    (|s, t| s.set_service(&Service { runtime: Some(t), ..Service::default() }), "/service/runtime", 250),
    (
        |s, t| s.set_service(&Service { runtime_version: Some(t), ..Service::default() }),
        "/service/runtime_version",
        250,
    ),
    (
        |s, t| s.set_http_request(&IncomingRequest { method: Some(t), ..Default::default() }),
        "/http/request/method",
        250,
    ),
    (|s, t| s.set_http_request(&IncomingRequest { url: Some(t), ..Default::default() }), "/http/request/url", 250),
    (
        |s, t| s.set_http_request(&IncomingRequest { user_agent: Some(t), ..Default::default() }),
        "/http/request/user_agent",
        250,
    ),
    (
        |s, t| s.set_http_request(&IncomingRequest { client_ip: Some(t), ..Default::default() }),
        "/http/request/client_ip",
        250,
    ),
    (|s, t| s.put_annotation("k", t).map_err(|_| Full), "/annotations/k", 1_000),
    (|s, t| link(s, "k", t), "/links/0/attributes/k", 1_000),
    (|s, t| aws(s, AwsResource { account_id: Some(t), ..Default::default() }), "/aws/account_id", 250),
    (|s, t| sdk(s, Sdk { sdk: Some(t), ..Default::default() }), "/aws/xray/sdk", 250),
    (|s, t| sdk(s, Sdk { sdk_version: Some(t), ..Default::default() }), "/aws/xray/sdk_version", 250),
    (|s, t| sdk(s, Sdk { package: Some(t), ..Default::default() }), "/aws/xray/package", 250),
    (|s, t| sdk(s, Sdk { sampling_rule_name: Some(t), ..Default::default() }), "/aws/xray/sampling_rule_name", 250),
    (|s, t| ec2(s, Ec2 { instance_id: Some(t), ..Default::default() }), "/aws/ec2/instance_id", 250),
    (|s, t| ec2(s, Ec2 { availability_zone: Some(t), ..Default::default() }), "/aws/ec2/availability_zone", 250),
    (|s, t| ec2(s, Ec2 { instance_size: Some(t), ..Default::default() }), "/aws/ec2/instance_size", 250),
    (|s, t| ec2(s, Ec2 { ami_id: Some(t), ..Default::default() }), "/aws/ec2/ami_id", 250),
    (|s, t| ecs(s, Ecs { container: Some(t), ..Default::default() }), "/aws/ecs/container", 250),
    (|s, t| ecs(s, Ecs { container_id: Some(t), ..Default::default() }), "/aws/ecs/container_id", 250),
    (|s, t| ecs(s, Ecs { container_arn: Some(t), ..Default::default() }), "/aws/ecs/container_arn", 500),
    (|s, t| ecs(s, Ecs { task_arn: Some(t), ..Default::default() }), "/aws/ecs/task_arn", 500),
    (|s, t| ecs(s, Ecs { task_family: Some(t), ..Default::default() }), "/aws/ecs/task_family", 250),
    (|s, t| ecs(s, Ecs { cluster_arn: Some(t), ..Default::default() }), "/aws/ecs/cluster_arn", 500),
    (|s, t| ecs(s, Ecs { launch_type: Some(t), ..Default::default() }), "/aws/ecs/launch_type", 250),
    (|s, t| ecs(s, Ecs { availability_zone: Some(t), ..Default::default() }), "/aws/ecs/availability_zone", 250),
    (|s, t| eks(s, Eks { pod: Some(t), ..Default::default() }), "/aws/eks/pod", 250),
    (|s, t| eks(s, Eks { cluster_name: Some(t), ..Default::default() }), "/aws/eks/cluster_name", 250),
    (|s, t| eks(s, Eks { container_id: Some(t), ..Default::default() }), "/aws/eks/container_id", 250),
    (
        |s, t| beanstalk(s, ElasticBeanstalk { environment_name: Some(t), ..Default::default() }),
        "/aws/elastic_beanstalk/environment_name",
        250,
    ),
    (
        |s, t| beanstalk(s, ElasticBeanstalk { version_label: Some(t), ..Default::default() }),
        "/aws/elastic_beanstalk/version_label",
        250,
    ),
    (|s, t| logs(s, LogGroup { log_group: t, arn: None }), "/aws/cloudwatch_logs/0/log_group", 250),
    (|s, t| logs(s, LogGroup { log_group: "g", arn: Some(t) }), "/aws/cloudwatch_logs/0/arn", 500),
    (|s, t| exception(s, &Exception { kind: t, ..Exception::default() }), "/cause/exceptions/0/type", 250),
    (|s, t| exception(s, &Exception { message: t, ..Exception::default() }), "/cause/exceptions/0/message", 0),
    (
        |s, t| exception(s, &Exception { working_directory: Some(t), ..Exception::default() }),
        "/cause/working_directory",
        250,
    ),
    (|s, t| exception(s, &Exception { paths: &["p", t], ..Exception::default() }), "/cause/paths/1", 250),
    (
        |s, t| exception(s, &Exception { stack: &[Frame { path: t, ..Frame::default() }], ..Exception::default() }),
        "/cause/exceptions/0/stack/0/path",
        250,
    ),
    (
        |s, t| exception(s, &Exception { stack: &[Frame { label: t, ..Frame::default() }], ..Exception::default() }),
        "/cause/exceptions/0/stack/0/label",
        250,
    ),
];

const OF_SUBSEGMENTS: &[OfSubsegment] = &[
    (
        |s, t| s.set_http_request(&OutgoingRequest { method: Some(t), ..Default::default() }),
        "/http/request/method",
        250,
    ),
    (|s, t| s.set_http_request(&OutgoingRequest { url: Some(t), ..Default::default() }), "/http/request/url", 250),
    (
        |s, t| s.set_http_request(&OutgoingRequest { user_agent: Some(t), ..Default::default() }),
        "/http/request/user_agent",
        250,
    ),
    (
        |s, t| s.set_http_request(&OutgoingRequest { client_ip: Some(t), ..Default::default() }),
        "/http/request/client_ip",
        250,
    ),
    (
        |s, t| s.set_sql(&Sql { connection_string: Some(t), verbatim: true, ..Default::default() }),
        "/sql/connection_string",
        250,
    ),
    (|s, t| s.set_sql(&Sql { url: Some(t), ..Default::default() }), "/sql/url", 250),
    (|s, t| s.set_sql(&Sql { database_type: Some(t), ..Default::default() }), "/sql/database_type", 250),
    (|s, t| s.set_sql(&Sql { database_version: Some(t), ..Default::default() }), "/sql/database_version", 250),
    (|s, t| s.set_sql(&Sql { driver_version: Some(t), ..Default::default() }), "/sql/driver_version", 250),
    (|s, t| s.set_sql(&Sql { user: Some(t), ..Default::default() }), "/sql/user", 250),
    (
        |s, t| s.set_sql(&Sql { sanitized_query: Some(t), verbatim: true, ..Default::default() }),
        "/sql/sanitized_query",
        0,
    ),
    (|s, t| s.set_aws(&AwsCall { operation: Some(t), ..Default::default() }), "/aws/operation", 250),
    (|s, t| s.set_aws(&AwsCall { region: Some(t), ..Default::default() }), "/aws/region", 250),
    (|s, t| s.set_aws(&AwsCall { request_id: Some(t), ..Default::default() }), "/aws/request_id", 250),
    (|s, t| s.set_aws(&AwsCall { id_2: Some(t), ..Default::default() }), "/aws/id_2", 250),
    (|s, t| s.set_aws(&AwsCall { account_id: Some(t), ..Default::default() }), "/aws/account_id", 250),
    (|s, t| s.set_aws(&AwsCall { queue_url: Some(t), ..Default::default() }), "/aws/queue_url", 250),
    (|s, t| s.set_aws(&AwsCall { table_name: Some(t), ..Default::default() }), "/aws/table_name", 250),
    (|s, t| s.set_aws(&AwsCall { table_names: &["a", t], ..Default::default() }), "/aws/table_names/1", 250),
    (|s, t| s.set_aws(&AwsCall { bucket_name: Some(t), ..Default::default() }), "/aws/bucket_name", 250),
    (|s, t| s.set_aws(&AwsCall { key: Some(t), ..Default::default() }), "/aws/key", 250),
    (|s, t| s.set_aws(&AwsCall { resource_names: &[t], ..Default::default() }), "/aws/resource_names/0", 250),
];

fn texts() -> [String; 6] {
    ["x", "ß", "漢", "🦀", "\"\\\n\u{1}", "a🦀\"漢"].map(|piece| piece.repeat(1_000_000 / piece.len()))
}

/// Checks a text that was written: whole where it is short enough, else a prefix and the mark.
#[track_caller]
fn check(text: &str, json: &Value, pointer: &str, max: usize, cut: u32, capacity: usize) {
    let written = json.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("nothing at {pointer}"));
    let is_long = max > 0 && text.chars().nth(max).is_some();
    if !is_long && written == text {
        return assert_eq!(cut, 0, "{pointer}");
    }
    assert_eq!(cut, 1, "{pointer}");
    let kept = written.strip_suffix('…').unwrap_or_else(|| panic!("no mark at {pointer}"));
    assert!(text.starts_with(kept), "{pointer}");
    match max {
        // The room decides. What is kept free of it, and how exactly, is looked at in `invariant.rs`.
        0 => assert!(json.to_string().len() + 300 > capacity, "{pointer}"),
        max => assert_eq!(kept.chars().count(), max - 1, "{pointer}"),
    }
}

#[test]
fn a_megabyte_in_any_field_of_a_segment_is_cut_and_counted() {
    for text in texts() {
        for (write, pointer, max) in OF_SEGMENTS {
            let mut document = Box::new(Document::<65_507>::new());
            let mut segment =
                Segment::begin(&mut document, "s", context(), None, Timestamp::from_secs(0)).expect("large");
            write(&mut segment, &text).unwrap_or_else(|_| panic!("{pointer} was refused"));
            let cut = segment.tally().cut;
            check(&text, &parse(segment.json()), pointer, *max, cut, 65_507);
        }
    }
}

#[test]
fn a_megabyte_in_any_field_of_a_subsegment_is_cut_and_counted() {
    for text in texts() {
        for (write, pointer, max) in OF_SUBSEGMENTS {
            let mut document = Box::new(Document::<65_507>::new());
            let at = Timestamp::from_secs(0);
            let mut entity = Subsegment::begin(&mut document, "s", context(), context().id(), at).expect("large");
            write(&mut entity, &text).unwrap_or_else(|_| panic!("{pointer} was refused"));
            let cut = entity.tally().cut;
            check(&text, &parse(entity.json()), pointer, *max, cut, 65_507);
        }
    }
}

#[test]
fn a_text_at_its_limit_is_whole_and_one_over_is_cut() {
    for piece in ["x", "ß", "🦀", "\""] {
        for (write, pointer, max) in OF_SEGMENTS.iter().filter(|(.., max)| *max > 0) {
            for length in [*max - 1, *max, *max + 1] {
                let text = piece.repeat(length);
                let mut document = Document::<8192>::new();
                let at = Timestamp::from_secs(0);
                let mut segment = Segment::begin(&mut document, "s", context(), None, at).expect("large");
                write(&mut segment, &text).unwrap_or_else(|_| panic!("{pointer} was refused"));
                assert_eq!(segment.tally().cut, u32::from(length > *max), "{pointer}");
                check(&text, &parse(segment.json()), pointer, *max, segment.tally().cut, 8192);
            }
        }
    }
}

#[test]
fn a_megabyte_of_a_name_is_cut_without_a_mark() {
    for (text, kept) in texts().into_iter().zip(["x", "ß", "漢", "", "\\", "a漢"]) {
        let mut document = Document::<2048>::new();
        let segment = Segment::begin(&mut document, &text, context(), None, Timestamp::from_secs(0)).expect("large");
        assert_eq!(segment.tally().cut, 1);
        let name = parse(document.json().expect("it was begun"))["name"].as_str().expect("a text").to_owned();
        let expected: String = kept.chars().cycle().take(if kept.is_empty() { 0 } else { 200 }).collect();
        assert_eq!(name, if expected.is_empty() { "unnamed" } else { &expected });
    }
}

#[test]
fn a_megabyte_of_a_link_key_is_cut() {
    for text in texts() {
        let mut document = Document::<8192>::new();
        let mut segment = begin(&mut document);
        link(&mut segment, &text, "v").expect("there is room");
        assert_eq!(segment.tally().cut, 1);
        let key: String = text.chars().take(499).chain(['…']).collect();
        assert_eq!(parse(segment.json())["links"][0]["attributes"][key], "v");
    }
}

fn begin(document: &mut DocumentView) -> Segment<'_> {
    Segment::begin(document, "s", context(), None, Timestamp::from_secs(0)).expect("large")
}

#[test]
fn keys_and_metadata_are_refused_and_never_cut() {
    for text in texts() {
        let mut document = Box::new(Document::<65_507>::new());
        let mut segment = begin(&mut document);
        let before = segment.json().to_owned();
        assert_eq!(segment.put_annotation(&*text, 1), Err(AnnotationError::InvalidKey));
        assert_eq!(segment.put_metadata("k", &text), Err(MetadataError::Full));
        assert_eq!(segment.put_metadata(&text, &1), Err(MetadataError::Full));
        assert_eq!(segment.put_metadata_in(&text, "k", &1), Err(MetadataError::Full));
        assert_eq!(segment.put_aws("k", &text), Err(MetadataError::Full));
        assert_eq!(segment.put_aws(&text, &1), Err(MetadataError::Full));
        assert_eq!((segment.tally().refused, segment.tally().cut), (6, 0));
        assert_eq!(segment.json(), before);
    }
}
