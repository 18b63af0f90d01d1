use super::super::file::temporary::Folder;
use super::*;
use crate::host::http::scripted::{Say, Scripted, promptly, refusing_address, response};

const SHORT: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(20);

const CONTAINER: &str = r#"{
  "DockerId": "ea32192c8553fbff06c9340478a2ff089b2bb5646fb718b4ee206641c9086d66",
  "Name": "checkout",
  "Labels": {"com.amazonaws.ecs.cluster": "shop", "DockerId": "no"},
  "Limits": {"CPU": 2},
  "Networks": [{"NetworkMode": "awsvpc", "IPv4Addresses": ["10.0.2.100"]}],
  "ContainerARN": "arn:aws:ecs:us-west-2:123456789012:container/0206b271-b33f-47ab-86c6-a0ba208a70a9",
  "LogDriver": "awslogs",
  "LogOptions": {"awslogs-group": "/ecs/shop", "awslogs-region": "eu-west-1", "awslogs-stream": "a/b/c"}
}"#;

const TASK: &str = r#"{
  "Cluster": "shop",
  "TaskARN": "arn:aws:ecs:us-west-2:123456789012:task/shop/158d1c8083dd49d6b527399fd6414f5c",
  "Family": "checkout-task",
  "Revision": "5",
  "AvailabilityZone": "us-west-2d",
  "LaunchType": "FARGATE",
  "Containers": [{"DockerId": "x", "Family": "no", "TaskARN": "no"}]
}"#;

fn plugin(endpoint: &str) -> Ecs {
    let variables = [("ECS_CONTAINER_METADATA_URI_V4", endpoint), ("HOSTNAME", "ip-10-0-2-100")];
    let variable = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    Ecs { timeout: LONG, ..Ecs::of(variable) }
}

fn of_endpoint(script: impl IntoIterator<Item = Say>) -> Whereabouts {
    let host = Scripted::new(script);
    plugin(&format!("http://{}/v4/1", host.address())).find().unwrap().unwrap()
}

/// What is known when the endpoint tells nothing.
fn bare() -> Whereabouts {
    let ecs = xray_recorder_core::Ecs { container: Some("ip-10-0-2-100"), ..xray_recorder_core::Ecs::default() };
    let resource = AwsResource { ecs: Some(ecs), ..AwsResource::default() };
    Whereabouts::new(&resource).with_origin("AWS::ECS::Container").with_precedence(Precedence::Ecs)
}

#[test]
fn a_container_is_told_by_its_endpoint() {
    let host = Scripted::new([response(200, CONTAINER), response(200, TASK)]);
    let found = plugin(&format!("http://{}/v4/1", host.address())).find().unwrap().unwrap();
    let asked = host.asked();
    assert!(asked[0].starts_with("GET /v4/1 HTTP/1.1\r\n"), "{asked:?}");
    assert!(asked[1].starts_with("GET /v4/1/task HTTP/1.1\r\n"), "{asked:?}");

    let ecs = xray_recorder_core::Ecs {
        container: Some("ip-10-0-2-100"),
        container_id: Some("ea32192c8553fbff06c9340478a2ff089b2bb5646fb718b4ee206641c9086d66"),
        container_arn: Some("arn:aws:ecs:us-west-2:123456789012:container/0206b271-b33f-47ab-86c6-a0ba208a70a9"),
        task_arn: Some("arn:aws:ecs:us-west-2:123456789012:task/shop/158d1c8083dd49d6b527399fd6414f5c"),
        task_family: Some("checkout-task"),
        cluster_arn: Some("arn:aws:ecs:us-west-2:123456789012:cluster/shop"),
        launch_type: Some("FARGATE"),
        availability_zone: Some("us-west-2d"),
    };
    let group =
        LogGroup { log_group: "/ecs/shop", arn: Some("arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/shop") };
    let resource = AwsResource {
        account_id: Some("123456789012"),
        ecs: Some(ecs),
        cloudwatch_logs: &[group],
        ..AwsResource::default()
    };
    let expected = Whereabouts::new(&resource).with_origin("AWS::ECS::Container").with_precedence(Precedence::Ecs);
    assert_eq!(found, expected);
}

#[test]
fn a_slash_at_the_end_of_the_endpoint_is_not_doubled() {
    let host = Scripted::new([response(200, CONTAINER), response(200, TASK)]);
    plugin(&format!("http://{}/v4/1/", host.address())).find().unwrap();
    assert!(host.asked()[1].starts_with("GET /v4/1/task HTTP/1.1\r\n"));
}

#[test]
fn a_cluster_may_be_told_by_its_arn() {
    let arn = "arn:aws:ecs:us-west-2:123456789012:cluster/shop";
    let found = of_endpoint([response(200, "{}"), response(200, &format!("{{\"Cluster\":{arn:?}}}"))]);
    found.with_resource(|resource| assert_eq!(resource.ecs.unwrap().cluster_arn, Some(arn)));
    let nameless = of_endpoint([response(200, "{}"), response(200, "{\"Cluster\":\"shop\"}")]);
    assert_eq!(nameless, bare());
}

#[test]
fn a_log_group_without_an_account_has_no_arn() {
    let found =
        of_endpoint([response(200, r#"{"LogOptions":{"awslogs-group":"g","awslogs-region":"r"}}"#), response(404, "")]);
    found.with_resource(|resource| {
        let groups: Vec<_> = resource.cloudwatch_logs.iter().map(|group| (group.log_group, group.arn)).collect();
        assert_eq!(groups, [("g", None)]);
    });
}

#[test]
fn without_the_variables_the_service_runs_elsewhere() {
    for absent in [None, Some(""), Some(" ")] {
        let of = Ecs::of(|name| if name == "HOSTNAME" { Some("a".to_owned()) } else { absent.map(str::to_owned) });
        assert_eq!(of.find().unwrap(), None, "{absent:?}");
    }
}

#[test]
fn the_later_version_of_the_endpoint_is_asked_where_there_are_both() {
    let both = Ecs::of(|name| ENDPOINTS.contains(&name).then(|| format!("http://127.0.0.1/{name}")));
    assert_eq!(both.endpoint.unwrap(), "http://127.0.0.1/ECS_CONTAINER_METADATA_URI_V4");
    let earlier = Ecs::of(|name| (name == "ECS_CONTAINER_METADATA_URI").then(|| "http://127.0.0.1/v3".to_owned()));
    assert_eq!(earlier.endpoint.unwrap(), "http://127.0.0.1/v3");
}

#[test]
fn without_an_answer_the_name_is_all_there_is() {
    let (address, _held) = refusing_address();
    for endpoint in [&*format!("http://{address}/v4/1"), "https://169.254.170.2/v4", "http://metadata/v4", "nonsense"] {
        assert_eq!(plugin(endpoint).find().unwrap(), Some(bare()), "{endpoint}");
    }
    let folder = Folder::new();
    let file = folder.file("hostname", "ip-10-0-2-100\n");
    let by_file = Ecs { host_name: None, host_name_file: file, ..plugin("nonsense") };
    assert_eq!(by_file.find().unwrap(), Some(bare()));
}

#[test]
fn an_endpoint_that_never_answers_is_given_up_at_the_deadline() {
    let host = Scripted::new([Say::Nothing]);
    let slow = Ecs { timeout: SHORT, ..plugin(&format!("http://{}/v4/1", host.address())) };
    assert_eq!(promptly(move || slow.find()).unwrap(), Some(bare()));
}

#[test]
fn an_endpoint_that_fails_or_says_nonsense_tells_nothing() {
    let cut = || Say::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"DockerId\":\"a\"}".to_vec());
    let huge = || response(200, &format!("{{\"DockerId\":\"{}\"}}", "x".repeat(MAX_ANSWER)));
    for script in [
        [response(500, CONTAINER), response(500, TASK)],
        [response(200, "garbage"), response(200, "{\"Family\":\"x\"")],
        [Say::Bytes(b"SSH-2.0-OpenSSH\r\n".to_vec()), Say::Bytes(Vec::new())],
        [cut(), cut()],
        [huge(), huge()],
    ] {
        assert_eq!(of_endpoint(script), bare());
    }
}

#[test]
fn one_of_two_answers_is_kept_without_the_other() {
    let task_only = of_endpoint([response(500, ""), response(200, TASK)]);
    task_only.with_resource(|resource| {
        let ecs = resource.ecs.unwrap();
        assert_eq!((ecs.container_id, ecs.task_family), (None, Some("checkout-task")));
    });
    let container_only = of_endpoint([response(200, CONTAINER), response(200, "{")]);
    container_only.with_resource(|resource| {
        let ecs = resource.ecs.unwrap();
        assert_eq!((ecs.container_id.map(str::len), ecs.task_family), (Some(64), None));
        assert_eq!(resource.account_id, Some("123456789012"));
    });
}

#[test]
fn an_endpoint_is_an_address_and_a_path() {
    let read = |text| read_endpoint(text).map(|(address, path)| format!("{address} {path}"));
    for (text, expected) in [
        ("http://169.254.170.2/v4/8f03e41", Some("169.254.170.2:80 /v4/8f03e41")),
        (" http://169.254.170.2:51678/v3/a ", Some("169.254.170.2:51678 /v3/a")),
        ("http://localhost/v4", Some("127.0.0.1:80 /v4")),
        ("http://LOCALHOST:8080/v4", Some("127.0.0.1:8080 /v4")),
        ("http://[fd00:ec2::254]/v4", Some("[fd00:ec2::254]:80 /v4")),
        ("http://[fd00:ec2::254]:81/v4", Some("[fd00:ec2::254]:81 /v4")),
        ("http://127.0.0.1", Some("127.0.0.1:80 /")),
        ("https://169.254.170.2/v4", None),
        ("http://metadata/v4", None),
        ("http://user@127.0.0.1/", None),
        ("http://[::1/", None),
        ("http://::1/", None),
        ("http://127.0.0.1:99999/", None),
        ("http:///v4", None),
        ("", None),
    ] {
        assert_eq!(read(text).as_deref(), expected, "{text:?}");
    }
}
