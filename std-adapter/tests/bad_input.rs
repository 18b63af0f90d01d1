//! Texts, keys, numbers and headers that nobody should pass: they never fail the program, nor spoil a document.

mod support;

use serde_json::json;
use support::{document, findings_below, logged, recorder};
use xray_recorder::{
    AwsCall, AwsResource, BuildError, Ec2, Ecs, Eks, ElasticBeanstalk, Embed, EntityId, Exception, Frame,
    IncomingRequest, Link, LogGroup, OutgoingRequest, Recorder, Sdk, Service, Sql, TraceHeader, TraceId,
};
use xray_recorder_core::testing::SeededRng;
use xray_recorder_receiver::Datagram;

const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";
const PARENT: &str = "53995c3f42cd8ad8";

fn findings(datagrams: &[Datagram]) -> Vec<xray_recorder_receiver::Finding> {
    findings_below(datagrams, &[PARENT])
}

#[test]
fn names_lose_what_they_may_not_have() {
    let long = "x".repeat(201);
    let longest = "x".repeat(1_000_000);
    let controls: String = (0..32).map(|c| char::from_u32(c).unwrap()).collect();
    for (name, expected, cut) in [
        ("orders@db.example.com", "orders@db.example.com", 0),
        ("", "unnamed", 1),
        ("?;*()!$~^<>\"'[]{}|,`", "unnamed", 1),
        ("GET /cart?id=1;x", "GET /cartid=1x", 1),
        ("a\"b\\c", "ab\\c", 1),
        ("監査 ログ", "監査 ログ", 0),
        ("🦀", "unnamed", 1),
        (controls.as_str(), "unnamed", 1),
        ("a\u{202e}b\u{feff}c\u{fffd}", "abc", 1),
        (long.as_str(), &long[..200], 1),
        (longest.as_str(), &long[..200], 1),
    ] {
        let recorder = recorder();
        let segment = recorder.begin_segment(name);
        segment.begin_subsegment(name).end();
        segment.end();
        let document = document(recorder);
        assert_eq!(document["name"], expected);
        assert_eq!(document["subsegments"][0]["name"], expected);
        assert_eq!(recorder.stats().cut, 2 * cut, "{expected}");
    }
}

#[test]
fn annotations_with_bad_keys_or_numbers_are_refused_counted_and_logged_once_of_each_kind() {
    let recorder = recorder();
    let records = logged(|| {
        let mut segment = recorder.begin_segment("checkout");
        let long = "k".repeat(501);
        for key in ["", "tenant-id", "a b", "a.b", "ключ", "a\"", "a\0", long.as_str()] {
            segment.put_annotation(key, "never");
        }
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            segment.put_annotation("number", number).put_annotation("number", number as f32);
        }
        segment.put_annotation_with("also-bad", || 1);
        segment.put_annotation("kept", true).put_annotation(&long[..500], 1).put_annotation("number", 1.5);
        let mut child = segment.begin_subsegment("db");
        child.put_annotation("no key", 1);
        child.end();
    });
    assert_eq!(records.len(), 2, "{records:?}");
    assert!(records[0].starts_with("WARN: a call on an entity was refused: an annotation key is"), "{records:?}");
    assert!(records[1].starts_with("WARN: a call on an entity was refused: an annotation cannot be"), "{records:?}");
    let stats = recorder.stats();
    assert_eq!((stats.refused, stats.cut), (8 + 6 + 1 + 1, 0));
    assert_eq!(document(recorder)["annotations"], json!({"kept": true, "k".repeat(500): 1, "number": 1.5}));
}

#[test]
fn an_annotation_over_1000_characters_is_cut_and_counted() {
    let recorder = recorder();
    let mut segment = recorder.begin_segment("checkout");
    segment.put_annotation("text", "漢".repeat(1_001).as_str());
    segment.put_annotation("whole", "漢".repeat(1_000).as_str());
    segment.end();
    let document = document(recorder);
    assert_eq!(document["annotations"]["text"].as_str().unwrap(), "漢".repeat(999) + "…");
    assert_eq!(document["annotations"]["whole"].as_str().unwrap(), "漢".repeat(1_000));
    assert_eq!(recorder.stats().cut, 1);
}

#[test]
fn a_full_document_refuses_and_stays_valid_and_its_flags_still_fit() {
    let recorder = recorder();
    let records = logged(|| {
        let mut segment = recorder.begin_segment("checkout");
        for number in 0..1_000 {
            segment.put_annotation(format!("key_{number}").as_str(), "x".repeat(50).as_str());
        }
        segment.set_throttle().set_fault().set_cause_id(EntityId::new(7).unwrap());
    });
    assert_eq!(records.len(), 1, "{records:?}");
    let stats = recorder.stats();
    let document = support::documents(recorder).remove(0);
    let written = document["annotations"].as_object().unwrap().len() as u64;
    assert!((150..1_000).contains(&written), "{written}");
    assert_eq!(stats.refused, 1_000 - written);
    assert_eq!([&document["error"], &document["throttle"], &document["fault"]], [true; 3]);
    assert_eq!(document["cause"], "0000000000000007");
}

fn huge() -> String {
    "\u{1}\"漢\u{10ffff}".repeat(1_000_000 / 9)
}

#[test]
fn a_megabyte_in_every_text_of_a_segment_is_cut_or_refused() {
    let huge = huge();
    let text = Some(huge.as_str());
    // With room for all the cut texts together.
    let recorder =
        Recorder::builder().describe_sdk(false).capacities(65_507, 4_096).transport(support::Memory::default());
    let recorder = recorder.build().unwrap();
    let mut segment = recorder.segment(&huge).header(&huge).begin();
    segment
        .put_annotation(huge.as_str(), 1)
        .put_annotation("key", huge.as_str())
        .put_metadata("key", &huge)
        .put_metadata(&huge, &1)
        .put_metadata_in(&huge, "key", &1)
        .put_aws(&huge, &1)
        .put_aws("key", &huge)
        .set_user(&huge)
        .set_origin(&huge)
        .set_resource_arn(&huge)
        .set_service(&Service { name: text, version: text, runtime: text, runtime_version: text })
        .set_http_request(&IncomingRequest {
            verbatim: true,
            method: text,
            url: text,
            user_agent: text,
            client_ip: text,
            x_forwarded_for: true,
        })
        .add_link(&Link {
            trace_id: ROOT.parse::<TraceId>().unwrap(),
            id: EntityId::new(7).unwrap(),
            attributes: &[(&huge, huge.as_str().into())],
        });
    segment.end();
    assert_eq!(findings(&recorder.transport().sent()), []);
    let stats = recorder.stats();
    assert_eq!((stats.sent, stats.refused), (1, 6), "{stats:?}");
    assert_eq!(stats.cut, 1 + 1 + 1 + 1 + 1 + 4 + 4 + 2, "{stats:?}");
}

#[test]
fn a_megabyte_in_every_text_of_the_aws_block_is_cut() {
    let huge = huge();
    let text = Some(huge.as_str());
    let recorder = recorder();
    let mut segment = recorder.begin_segment("checkout");
    segment.set_aws(&AwsResource {
        account_id: text,
        xray: Some(Sdk {
            sdk: text,
            sdk_version: text,
            package: text,
            sampling_rule_name: text,
            auto_instrumentation: true,
        }),
        ec2: Some(Ec2 { instance_id: text, availability_zone: text, instance_size: text, ami_id: text }),
        ..AwsResource::default()
    });
    segment.end();
    let mut segment = recorder.begin_segment("checkout");
    segment.set_aws(&AwsResource {
        ecs: Some(Ecs {
            container: text,
            container_id: text,
            container_arn: text,
            task_arn: text,
            task_family: text,
            cluster_arn: text,
            launch_type: text,
            availability_zone: text,
        }),
        ..AwsResource::default()
    });
    segment.end();
    let mut segment = recorder.begin_segment("checkout");
    segment.set_aws(&AwsResource {
        eks: Some(Eks { pod: text, cluster_name: text, container_id: text }),
        elastic_beanstalk: Some(ElasticBeanstalk {
            environment_name: text,
            version_label: text,
            deployment_id: Some(u64::MAX),
        }),
        cloudwatch_logs: &[LogGroup { log_group: &huge, arn: text }],
        ..AwsResource::default()
    });
    segment.end();
    assert_eq!(findings(&recorder.transport().sent()), []);
    let stats = recorder.stats();
    assert_eq!((stats.sent, stats.refused, stats.cut), (3, 0, 9 + 8 + 7), "{stats:?}");
}

#[test]
fn a_megabyte_in_every_text_of_a_subsegment_is_cut_or_refused() {
    let huge = huge();
    let text = Some(huge.as_str());
    // With room for each block of cut texts, or for hardly anything.
    for capacity in [65_507, 4_096, 1_024] {
        let recorder = Recorder::builder().describe_sdk(false).embed(Embed::Never).capacities(capacity, capacity);
        let recorder = recorder.rng(SeededRng::new(7)).transport(support::Memory::default()).build().unwrap();
        let segment = recorder.begin_segment("checkout");
        let mut call = segment.begin_subsegment(&huge);
        call.set_http_request(&OutgoingRequest {
            method: text,
            url: text,
            user_agent: text,
            client_ip: text,
            verbatim: true,
        });
        call.set_aws(&AwsCall {
            operation: text,
            region: text,
            request_id: text,
            id_2: text,
            account_id: text,
            retries: Some(u32::MAX),
            queue_url: text,
            table_name: text,
            table_names: &[huge.as_str(); 3],
            bucket_name: text,
            key: text,
            resource_names: &[huge.as_str(); 3],
        });
        call.end();
        let mut query = segment.begin_subsegment(&huge);
        query.set_sql(&Sql {
            verbatim: true,
            connection_string: text,
            url: text,
            database_type: text,
            database_version: text,
            driver_version: text,
            user: text,
            sanitized_query: text,
            preparation: None,
        });
        query.end();
        let mut failure = segment.begin_subsegment(&huge);
        failure.add_exception_details(&Exception {
            kind: &huge,
            message: &huge,
            stack: &vec![Frame { path: &huge, line: Some(u32::MAX), label: &huge }; 10_000],
            truncated: u32::MAX,
            skipped: u32::MAX,
            working_directory: text,
            paths: &[huge.as_str(); 3],
            ..Exception::default()
        });
        failure.end();
        segment.end();
        assert_eq!(findings(&recorder.transport().sent()), []);
        let stats = recorder.stats();
        support::assert_settled(stats);
        assert_eq!(stats.sent, 4);
        assert!(stats.cut > 0 && (stats.refused > 0) == (capacity < 65_507), "{stats:?}");
    }
}

#[test]
fn a_header_of_any_bytes_begins_a_segment_and_is_passed_on_as_far_as_it_is_one() {
    let good = format!("Root={ROOT};Parent={PARENT};Sampled=1");
    let long = format!("{good};{}", "Key=value;".repeat(6_554));
    assert!(long.len() > 65_536);
    let cases: [(&[u8], bool, &str); 14] = [
        (b"", false, ""),
        (b";;;=;==;;", false, ""),
        (b"\0\xff\xfe;Root=\xff;Parent=\xff;Sampled=\xff;\xff=\xff", false, ""),
        (&[0xff; 65_536], false, ""),
        (&[b';'; 65_536], false, ""),
        (&[b'='; 65_536], false, ""),
        (b"Root=1-5759e988-bd862e3fe1be46a99427279;Parent=53995c3f42cd8ad8", false, ""),
        (b"Root=2-5759e988-bd862e3fe1be46a994272793", false, ""),
        (b"Parent=53995c3f42cd8ad8;Sampled=1", false, ""),
        (long.as_bytes(), true, ";Key=value"),
        (b"Root=1-0-0;Root=1-5759e988-bd862e3fe1be46a994272793;;Sampled=0;Sampled=1;", true, ""),
        (b" root = 1-5759e988-bd862e3fe1be46a994272793 ; SAMPLED = 1 ; Self = x ", true, ""),
        (b"Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a:1|b:2;Bad\r\nX-Evil=1", true, ";Lineage=a:1|b:2"),
        (b"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=0000000000000000", true, ""),
    ];
    for (header, continued, data) in cases {
        let recorder = recorder();
        let segment = recorder.segment("checkout").header(header).begin();
        let outgoing = segment.begin_subsegment("api").trace_header().to_string();
        assert!(outgoing.len() <= TraceHeader::MAX_LEN && outgoing.bytes().all(|byte| matches!(byte, b' '..=b'~')));
        assert_eq!(outgoing.starts_with(&format!("Root={ROOT};Parent=")), continued, "{outgoing}");
        assert!(outgoing.contains(";Sampled=1"), "{outgoing}");
        assert!(outgoing.contains(data), "{outgoing}");
        segment.end();
        assert_eq!(findings(&recorder.transport().sent()), []);
        assert_eq!(recorder.stats().sent, 2);
    }
}

#[test]
fn a_traceparent_of_any_bytes_is_no_trace_unless_it_is_one() {
    let id = "5759e988bd862e3fe1be46a994272793";
    for (traceparent, continued) in [
        (format!("00-{id}-{PARENT}-01"), true),
        (format!("00-{id}-{PARENT}-01-more"), false),
        (format!("ff-{id}-{PARENT}-01"), false),
        (format!("00-{}-{PARENT}-01", "0".repeat(32)), false),
        (format!("00-{id}-0000000000000000-01"), false),
        ("00-".repeat(30_000), false),
        ("漢".repeat(20), false),
        (String::new(), false),
    ] {
        let recorder = recorder();
        let segment = recorder.segment("checkout").headers(None, Some(traceparent.as_str())).begin();
        assert_eq!(segment.trace_header().to_string().starts_with(&format!("Root={ROOT}")), continued, "{traceparent}");
        segment.end();
        assert_eq!(findings(&recorder.transport().sent()), []);
    }
}

#[test]
fn a_capacity_out_of_range_is_a_typed_error() {
    for capacity in [0, 1, 1_023, 65_508, usize::MAX] {
        for (segment, subsegment) in [(capacity, 4_096), (16_384, capacity)] {
            let builder = || Recorder::builder().capacities(segment, subsegment);
            assert_eq!(builder().build().unwrap_err(), BuildError::Capacity(capacity));
            let own = builder().transport(support::Memory::default()).build();
            assert_eq!(own.unwrap_err(), BuildError::Capacity(capacity));
        }
    }
    for capacity in [1_024, 1_025, 40_000, 65_507] {
        let builder = Recorder::builder().capacities(capacity, capacity);
        let recorder = builder.transport(support::Memory::default()).build().unwrap();
        let segment = recorder.begin_segment(&"x".repeat(200));
        segment.begin_subsegment(&"漢".repeat(200)).end();
        segment.end();
        assert_eq!(findings(&recorder.transport().sent()), []);
        support::assert_settled(recorder.stats());
        assert!(recorder.transport().sent().iter().all(|datagram| datagram.len() <= capacity.next_power_of_two()));
    }
}

#[test]
fn more_links_than_xray_keeps_are_refused() {
    let recorder = recorder();
    let mut segment = recorder.begin_segment("consumer");
    for number in 1..=25 {
        let id = EntityId::new(number).unwrap();
        segment.add_link(&Link { trace_id: ROOT.parse().unwrap(), id, attributes: &[("nan", f64::NAN.into())] });
    }
    segment.end();
    assert_eq!(document(recorder)["links"].as_array().unwrap().len(), 20);
    assert_eq!(recorder.stats().refused, 5);
}
