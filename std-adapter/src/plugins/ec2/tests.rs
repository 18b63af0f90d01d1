use super::super::file::temporary::Folder;
use super::*;
use crate::host::http::scripted::{Say, Scripted, promptly, refusing_address, response};

const DOCUMENT: &str = r#"{
  "accountId" : "123456789012",
  "architecture" : "x86_64",
  "availabilityZone" : "eu-west-1a",
  "billingProducts" : null,
  "devpayProductCodes" : ["a"],
  "imageId" : "ami-0abcdef1234567890",
  "instanceId" : "i-0123456789abcdef0",
  "instanceType" : "m5.large",
  "privateIp" : "10.0.0.1"
}"#;

const SHORT: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(20);

/// A plugin that has time, but where a test says otherwise, and no agent beside it.
fn plugin(address: SocketAddr) -> Ec2 {
    Ec2 { timeout: LONG, agent: "/no/such/file".into(), ..Ec2::at(address) }
}

fn found(script: impl IntoIterator<Item = Say>) -> Result<Option<Whereabouts>, String> {
    let host = Scripted::new(script);
    plugin(host.address()).find().map_err(|error| error.to_string())
}

fn refused(script: impl IntoIterator<Item = Say>) -> String {
    found(script).unwrap_err()
}

fn whole() -> Whereabouts {
    let ec2 = xray_recorder_core::Ec2 {
        instance_id: Some("i-0123456789abcdef0"),
        availability_zone: Some("eu-west-1a"),
        instance_size: Some("m5.large"),
        ami_id: Some("ami-0abcdef1234567890"),
    };
    let resource = AwsResource { account_id: Some("123456789012"), ec2: Some(ec2), ..AwsResource::default() };
    Whereabouts::new(&resource).with_origin("AWS::EC2::Instance").with_precedence(Precedence::Ec2)
}

#[test]
fn an_instance_is_told_by_its_document_which_is_asked_for_with_a_token() {
    let host = Scripted::new([response(200, "TOKEN=="), response(200, DOCUMENT)]);
    assert_eq!(plugin(host.address()).find().unwrap(), Some(whole()));
    let asked = host.asked();
    assert!(asked[0].starts_with("PUT /latest/api/token HTTP/1.1\r\n"), "{asked:?}");
    assert!(asked[0].contains("\r\nX-aws-ec2-metadata-token-ttl-seconds: 60\r\n"), "{asked:?}");
    assert!(asked[1].starts_with("GET /latest/dynamic/instance-identity/document HTTP/1.1\r\n"), "{asked:?}");
    assert!(asked[1].contains("\r\nX-aws-ec2-metadata-token: TOKEN==\r\n"), "{asked:?}");
}

#[test]
fn a_document_may_come_in_chunks() {
    let chunks = DOCUMENT.as_bytes().chunks(40).map(|chunk| (chunk.len(), String::from_utf8_lossy(chunk)));
    let body: String = chunks.map(|(length, chunk)| format!("{length:x}\r\n{chunk}\r\n")).collect();
    let answer = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}0\r\n\r\n");
    assert_eq!(found([response(200, "t"), Say::Bytes(answer.into_bytes())]), Ok(Some(whole())));
}

#[test]
fn where_a_token_is_refused_the_document_is_asked_for_without() {
    for status in [400, 401, 403, 404, 405, 500, 503] {
        let host = Scripted::new([response(status, "no"), response(200, DOCUMENT)]);
        assert_eq!(plugin(host.address()).find().unwrap(), Some(whole()), "{status}");
        assert!(!host.asked()[1].contains("metadata-token"), "{status}");
    }
}

#[test]
fn where_a_token_does_not_come_the_document_is_asked_for_without() {
    let host = Scripted::new([Say::Nothing, response(200, DOCUMENT)]);
    let short = Ec2 { timeout: Duration::from_secs(2), ..plugin(host.address()) };
    assert_eq!(promptly(move || short.find()).unwrap(), Some(whole()));
}

#[test]
fn where_the_token_is_none_the_document_is_asked_for_without() {
    for answer in ["SSH-2.0-OpenSSH\r\n", "", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\u{e9}"] {
        assert_eq!(found([Say::Bytes(answer.as_bytes().to_vec()), response(200, DOCUMENT)]), Ok(Some(whole())));
    }
    for token in ["", "a\r\nb: c", "a b"] {
        let host = Scripted::new([response(200, token), response(200, DOCUMENT)]);
        assert_eq!(plugin(host.address()).find().unwrap(), Some(whole()), "{token}");
        assert!(!host.asked()[1].contains("metadata-token"), "{token}");
    }
}

#[test]
fn what_is_there_of_an_instance_is_kept() {
    let found =
        found([response(200, "t"), response(200, r#"{"instanceId":"i-1","imageId":null,"availabilityZone":""}"#)]);
    found.unwrap().unwrap().with_resource(|resource| {
        let ec2 = resource.ec2.unwrap();
        assert_eq!((ec2.instance_id, ec2.ami_id, ec2.availability_zone), (Some("i-1"), None, None));
        assert_eq!(resource.account_id, None);
    });
}

#[test]
fn an_instance_without_an_id_has_no_data() {
    for document in ["{}", "[]", r#"{"accountId":"1","instanceId":""}"#, r#"{"a":{"instanceId":"i-1"}}"#] {
        assert_eq!(refused([response(200, "t"), response(200, document)]), "`instanceId` is missing", "{document}");
    }
}

#[test]
fn where_nobody_answers_the_service_runs_elsewhere() {
    let (address, _held) = refusing_address();
    assert_eq!(plugin(address).find().unwrap(), None);
    let late = Ec2 { timeout: Duration::ZERO, ..plugin(address) };
    assert_eq!(late.find().unwrap(), None);
}

#[test]
fn the_service_of_another_cloud_is_none_of_ec2s() {
    assert_eq!(found([response(404, ""), response(404, "<html>")]), Ok(None));
}

#[test]
fn an_endpoint_that_never_answers_is_given_up_at_the_deadline() {
    let host = Scripted::new([Say::Nothing, Say::Nothing]);
    let short = Ec2 { timeout: SHORT, ..plugin(host.address()) };
    assert_eq!(promptly(move || short.find()).ok().flatten(), None);
}

#[test]
fn an_endpoint_that_fails_is_an_error() {
    assert_eq!(refused([response(500, ""), response(500, "")]), "the metadata endpoint answered with status 500");
    assert_eq!(refused([response(200, "t"), response(500, "")]), "the metadata endpoint answered with status 500");
    assert_eq!(refused([response(403, ""), response(401, "")]), "the metadata endpoint answered with status 401");
}

#[test]
fn an_endpoint_that_says_nonsense_is_an_error() {
    let bytes = |text: &str| Say::Bytes(text.as_bytes().to_vec());
    let huge = response(200, &format!("{{\"instanceId\":\"{}\"}}", "x".repeat(MAX_ANSWER)));
    for (script, expected) in [
        (vec![response(200, "t"), bytes("SSH-2.0-OpenSSH\r\n")], "the metadata endpoint: the answer is no HTTP"),
        (vec![response(200, "t"), bytes("")], "the metadata endpoint: the answer was cut off"),
        (
            vec![response(200, "t"), bytes("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"instanceId\":\"i-1\"}")],
            "the metadata endpoint: the answer was cut off",
        ),
        (vec![response(200, "t"), huge], "the metadata endpoint: the answer is longer than 65536 bytes"),
        (vec![response(200, "t"), response(200, "garbage")], "the identity document is not what it should be"),
        (
            vec![response(200, "t"), response(200, "{\"instanceId\":\"i")],
            "the identity document is not what it should be",
        ),
    ] {
        assert_eq!(refused(script), expected);
    }
}

fn groups_of(content: &str) -> Vec<String> {
    let folder = Folder::new();
    let agent = folder.file("log-config.json", content);
    let host = Scripted::new([response(200, "t"), response(200, DOCUMENT)]);
    let found = Ec2 { agent, ..plugin(host.address()) }.find().unwrap().unwrap();
    found.with_resource(|resource| {
        assert_eq!(resource.ec2.and_then(|ec2| ec2.instance_id), Some("i-0123456789abcdef0"));
        resource.cloudwatch_logs.iter().map(|group| group.log_group.to_owned()).collect()
    })
}

#[test]
fn the_log_groups_are_those_of_the_agent() {
    let content = r#"{"version":"1","log_configs":[{"log_group_name":"a"},{"log_group_name":"b","x":1},{"log_group_name":"a"},{}],"region":"eu-west-1"}"#;
    assert_eq!(groups_of(content), ["a", "b"]);
}

#[test]
fn an_agents_file_that_tells_nothing_takes_nothing_from_the_instance() {
    for content in
        ["", "{\"log_configs\":[{\"log_group_name\":\"a\"}", "{}", "{\"log_configs\":{\"log_group_name\":\"a\"}}"]
    {
        assert_eq!(groups_of(content), [""; 0], "{content}");
    }
}

#[cfg(not(windows))]
#[test]
fn the_agents_file_has_its_place() {
    assert_eq!(agent(|_| None), PathBuf::from("/opt/aws/amazon-cloudwatch-agent/etc/log-config.json"));
    assert_eq!(Ec2::new().address.to_string(), "169.254.169.254:80");
}
