// The stories behind the golden documents, told with nothing but the core: a program for any target includes this file
// and compares what its transport was given with the file of the same name.

use xray_recorder_core::testing::{ManualClock, SeededRng};
use xray_recorder_core::{
    AwsCall, AwsResource, Document, Ec2, Ecs, Eks, ElasticBeanstalk, Exception, Frame, HttpResponse, IncomingRequest,
    Key, Link, LogGroup, Namespace, OutgoingRequest, Preparation, Recorder, Sdk, Segment, Service, Sql, Timestamp,
    TraceHeader, Transport,
};

/// A story: gives its datagrams to a transport. It fails when anything in it is refused, which must not be.
type Told = Result<(), ()>;

const START: Timestamp = Timestamp::from_micros(1_465_510_280_123_456);
const HEADER: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:1";

/// A segment with a name and two times.
pub(crate) fn minimal(transport: &mut impl Transport) -> Told {
    let clock = ManualClock::at(START);
    let mut recorder = Recorder::new(transport, &clock, SeededRng::new(1));
    let mut document = Document::<256>::new();
    let segment = recorder.begin_segment(&mut document, "sensor", &TraceHeader::default()).map_err(drop)?;
    clock.advance_micros(1_500);
    recorder.end_segment(segment).map(drop).map_err(drop)
}

/// One with every field there is, and subsegments of each kind embedded.
pub(crate) fn rich(transport: &mut impl Transport) -> Told {
    let clock = ManualClock::at(START);
    let mut recorder = Recorder::new(transport, &clock, SeededRng::new(2));
    let (mut document, mut child_document) = (Document::<8192>::new(), Document::<2048>::new());
    let header = TraceHeader::parse(HEADER);
    let mut segment = recorder.begin_segment(&mut document, "checkout über 漢字", &header).map_err(drop)?;
    recorder.send_in_progress(&mut segment).map_err(drop)?;
    fill(&mut segment)?;

    clock.advance_micros(1_000);
    let mut query =
        recorder.begin_subsegment(&mut child_document, "orders@db.example.com", &segment.context()).map_err(drop)?;
    let query_id = query.context().id();
    query.set_namespace(Namespace::Remote).map_err(drop)?;
    query
        .set_sql(&Sql {
            verbatim: false,
            connection_string: Some("host=db.example.com"),
            url: Some("postgresql://db.example.com:5432/orders"),
            sanitized_query: Some("SELECT \"id\" FROM orders WHERE customer = ?"),
            database_type: Some("PostgreSQL"),
            database_version: Some("17.2"),
            driver_version: Some("tokio-postgres 0.7"),
            user: Some("reader"),
            preparation: Some(Preparation::Statement),
        })
        .map_err(drop)?;
    clock.advance_micros(2_345);
    recorder.end_subsegment(query, &mut segment).map_err(drop)?;

    let mut call = recorder.begin_subsegment(&mut child_document, "DynamoDB", &segment.context()).map_err(drop)?;
    call.set_namespace(Namespace::Aws).map_err(drop)?;
    call.add_precursor(query_id).map_err(drop)?;
    call.set_traced().map_err(drop)?;
    call.set_http_request(&OutgoingRequest {
        verbatim: false,
        method: Some("POST"),
        url: Some("https://dynamodb.eu-west-1.amazonaws.com/"),
        user_agent: Some("aws-sdk-rust/1"),
        client_ip: Some("10.0.0.1"),
    })
    .map_err(drop)?;
    call.set_http_response(&HttpResponse { status: Some(200), content_length: Some(4_294_967_296) }).map_err(drop)?;
    call.set_aws(&AwsCall {
        operation: Some("BatchGetItem"),
        region: Some("eu-west-1"),
        request_id: Some("KQ7T"),
        id_2: Some("id+2"),
        account_id: Some("123456789012"),
        retries: Some(2),
        queue_url: Some("https://sqs.eu-west-1.amazonaws.com/1/q"),
        table_name: Some("carts"),
        table_names: &["carts", "orders"],
        bucket_name: Some("b"),
        key: Some("k/1"),
        resource_names: &["r"],
    })
    .map_err(drop)?;
    call.put_aws("consistent_read", &true).map_err(drop)?;
    clock.advance_micros(999_999);
    recorder.end_subsegment(call, &mut segment).map_err(drop)?;
    recorder.end_segment(segment).map(drop).map_err(drop)
}

fn fill(segment: &mut Segment<'_>) -> Told {
    const TENANT: Key<'_> = Key::new("tenant");
    segment.set_user("u-17 \"quoted\" \\ \u{1}").map_err(drop)?;
    segment.set_origin("AWS::ECS::Container").map_err(drop)?;
    segment.set_resource_arn("arn:aws:ecs:eu-west-1:123456789012:task/t").map_err(drop)?;
    segment
        .set_service(&Service {
            name: Some("checkout"),
            version: Some("1.4.2"),
            runtime: Some("rust"),
            runtime_version: Some("1.95.0"),
        })
        .map_err(drop)?;
    segment
        .set_http_request(&IncomingRequest {
            verbatim: false,
            method: Some("GET"),
            url: Some("https://shop.example.com/cart"),
            user_agent: Some("curl/8"),
            client_ip: Some("203.0.113.7"),
            x_forwarded_for: true,
        })
        .map_err(drop)?;
    segment.set_http_response(&HttpResponse { status: Some(429), content_length: Some(0) }).map_err(drop)?;
    segment.set_aws(&resource()).map_err(drop)?;
    segment.put_annotation(TENANT, "acme").map_err(drop)?;
    segment.put_annotation("items", 2).map_err(drop)?;
    segment.put_annotation("total", 12.5).map_err(drop)?;
    segment.put_annotation("debt", i64::MIN).map_err(drop)?;
    segment.put_annotation("most", u64::MAX).map_err(drop)?;
    segment.put_annotation("paid", false).map_err(drop)?;
    segment.put_annotation("items", 3).map_err(drop)?;
    segment.put_metadata("cart", &[Some("book"), None, Some("pen \u{1f980}")]).map_err(drop)?;
    segment.put_metadata_in("numbers", "floats", &(1.5e300, 0.1_f32, f64::NAN, -0.0)).map_err(drop)?;
    segment.put_metadata_in("numbers", "integers", &(u128::MAX, i8::MIN, 'x', ())).map_err(drop)?;
    segment.put_metadata("cart", &[Some("book")]).map_err(drop)?;
    segment
        .add_link(&Link {
            trace_id: "1-581cf771-a006649127e371903a2de979".parse().map_err(drop)?,
            id: "70de5b6f19ff9a0a".parse().map_err(drop)?,
            attributes: &[("queue", "orders".into()), ("delay", 0.25.into())],
        })
        .map_err(drop)
}

fn resource() -> AwsResource<'static> {
    AwsResource {
        account_id: Some("123456789012"),
        xray: Some(Sdk {
            sdk: Some("X-Ray for Rust"),
            sdk_version: Some("0.1.0"),
            package: Some("xray-recorder"),
            sampling_rule_name: Some("checkout"),
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
            container_arn: Some("arn:aws:ecs:eu-west-1:123456789012:container/c"),
            task_arn: Some("arn:aws:ecs:eu-west-1:123456789012:task/t"),
            task_family: Some("shop"),
            cluster_arn: Some("arn:aws:ecs:eu-west-1:123456789012:cluster/x"),
            launch_type: Some("FARGATE"),
            availability_zone: Some("eu-west-1b"),
        }),
        eks: Some(Eks { pod: Some("p"), cluster_name: Some("k"), container_id: Some("d0") }),
        elastic_beanstalk: Some(ElasticBeanstalk {
            environment_name: Some("shop-prod"),
            version_label: Some("v7"),
            deployment_id: Some(42),
        }),
        cloudwatch_logs: &[LogGroup {
            log_group: "/shop",
            arn: Some("arn:aws:logs:eu-west-1:123456789012:log-group:/shop"),
        }],
    }
}

/// One with more subsegments than its document has room for: the others are sent alone, with a chain below the last.
pub(crate) fn wide(transport: &mut impl Transport) -> Told {
    const NAMES: [&str; 6] = ["one", "two", "three", "four", "five", "six"];
    let clock = ManualClock::at(START);
    let mut recorder = Recorder::new(transport, &clock, SeededRng::new(3));
    let mut document = Document::<768>::new();
    let (mut child_document, mut leaf_document) = (Document::<640>::new(), Document::<512>::new());
    let header = TraceHeader::parse("Sampled=?");
    let mut segment = recorder.begin_segment(&mut document, "fan-out", &header).map_err(drop)?;
    for (n, name) in NAMES.into_iter().enumerate() {
        let mut child = recorder.begin_subsegment(&mut child_document, name, &segment.context()).map_err(drop)?;
        child.put_annotation("n", n as u32).map_err(drop)?;
        clock.advance_micros(100);
        if n == NAMES.len() - 1 {
            let leaf = recorder.begin_subsegment(&mut leaf_document, "leaf", &child.context()).map_err(drop)?;
            clock.advance_micros(7);
            recorder.end_subsegment(leaf, &mut child).map_err(drop)?;
        }
        recorder.end_subsegment(child, &mut segment).map_err(drop)?;
    }
    recorder.end_segment(segment).map(drop).map_err(drop)
}

/// A failure with its cause, retried, and blamed by the segment above.
pub(crate) fn exception(transport: &mut impl Transport) -> Told {
    let clock = ManualClock::at(START);
    let mut recorder = Recorder::new(transport, &clock, SeededRng::new(4));
    let (mut document, mut child_document) = (Document::<2048>::new(), Document::<960>::new());
    let header = TraceHeader::parse(HEADER);
    let mut segment = recorder.begin_segment(&mut document, "charge", &header).map_err(drop)?;
    let mut child = recorder.begin_subsegment(&mut child_document, "card", &segment.context()).map_err(drop)?;
    let refused = child
        .add_exception(&Exception {
            kind: "io::Error",
            message: "connection \"reset\" by peer\n",
            remote: true,
            stack: &[
                Frame { path: "net.rs", line: Some(17), label: "connect" },
                Frame { path: "card.rs", line: None, label: "charge" },
            ],
            truncated: 3,
            working_directory: Some("/srv/shop"),
            paths: &["/srv/shop/src"],
            ..Exception::default()
        })
        .map_err(drop)?;
    child
        .add_exception(&Exception {
            kind: "Declined",
            message: "a message that is longer than the room there is for it, and is therefore cut at a character: 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字",
            cause: Some(refused),
            skipped: 1,
            stack: &[Frame { path: "charge.rs", line: Some(42), label: "charge" }],
            ..Exception::default()
        })
        .map_err(drop)?;
    clock.advance_micros(30_000_000);
    segment.apply_status(404);
    segment.set_cause_id(refused).map_err(drop)?;
    // The clock is set back: the subsegment ends where it started.
    clock.set(Timestamp::from_secs(1));
    recorder.end_subsegment(child, &mut segment).map_err(drop)?;
    clock.set(START);
    recorder.end_segment(segment).map(drop).map_err(drop)
}
