//! Documents as the official SDKs sent them.

use std::collections::BTreeSet;

use xray_recorder_receiver::{Code, Strictness, Validator};

use crate::support::{embedded, embedding, id, lone, segment};

const PYTHON_CAUSE: &[u8] = include_bytes!("data/python-cause.json");
const PYTHON_AWS: &[u8] = include_bytes!("data/python-aws.json");
const PYTHON_NAN: &[u8] = include_bytes!("data/python-nan.json");
const NODE_CAUSE: &[u8] = include_bytes!("data/node-cause.json");

fn strict_codes(body: &[u8]) -> BTreeSet<Code> {
    Validator::default().check_body(body).into_iter().map(|finding| finding.code).collect()
}

#[test]
fn documents_of_the_official_sdks_pass_when_their_leaks_are_accepted() {
    for body in [PYTHON_CAUSE, PYTHON_AWS, PYTHON_NAN, NODE_CAUSE] {
        assert_eq!(Validator::new(Strictness::OfficialSdk).check_body(body), []);
    }
}

#[test]
fn the_leaks_of_the_official_sdks_are_findings_for_our_own_documents() {
    let python = [Code::EmbeddedIdentity, Code::InProgressFalse];
    assert_eq!(strict_codes(PYTHON_AWS), BTreeSet::from(python));
    assert_eq!(strict_codes(PYTHON_CAUSE), BTreeSet::from([python[0], python[1], Code::NamespaceValue]));
    assert_eq!(strict_codes(PYTHON_NAN), BTreeSet::from([Code::NotANumber, Code::InProgressFalse]));
    assert_eq!(strict_codes(NODE_CAUSE), BTreeSet::from([Code::UnknownKey, Code::WrongType]));
}

#[test]
fn accepting_leaks_does_not_accept_what_the_service_refuses() {
    let validator = Validator::new(Strictness::OfficialSdk);
    let broken = |from: &str, to: &str| {
        let text = std::str::from_utf8(PYTHON_AWS).unwrap();
        assert!(text.contains(from), "{from}");
        let findings = validator.check_body(text.replacen(from, to, 1).as_bytes());
        findings.into_iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    assert_eq!(broken(r#""id": "03e7894267b54410""#, r#""id": "03e78942""#), [Code::IdFormat]);
    assert_eq!(broken(r#""namespace": "aws""#, r#""namespace": "else""#), [Code::NamespaceValue]);
    assert_eq!(broken(r#""name": "dynamodb""#, r#""name": "dynamodb", "names": 1"#), [Code::UnknownKey]);
    assert_eq!(broken(r#""line": 606"#, r#""line": "606""#), [Code::WrongType]);
}

#[test]
fn each_documented_leak_is_accepted_from_them_and_a_finding_for_us() {
    let child = |members: &str| segment(1, &embedding(&[embedded(2, members)]));
    let nameless = embedded(2, "").replace(r#""name":"subsegment 2","#, "");
    let leaks = [
        segment(1, r#""in_progress":false,"#),
        child(r#""type":"subsegment","#),
        child(&format!(r#""parent_id":"{}","#, id(1))),
        child(r#""namespace":"local","#),
        child(r#""namespace":"dummy","#),
        child(r#""notTraced":true,"#),
        child(r#""noOp":true,"#),
        segment(1, r#""Dummy":false,"#),
        segment(1, &embedding(&[nameless])),
        segment(1, "").replace("segment 1", "what?"),
        segment(1, "").replace(&id(1), &id(0)),
        lone(1, 9, r#""sql":{"user":null},"#),
        lone(1, 9, r#""aws":{"table_names":"dict_keys(['t1'])"},"#),
        lone(1, 9, r#""http":{"response":{"status":600,"content_length":"5"}},"#),
        segment(1, r#""annotations":{"":null},"#),
        segment(1, r#""metadata":{"AWS.x":{}},"#),
        segment(1, r#""service":{"compiler":"gc","compiler_version":"go1"},"#),
    ];
    for body in leaks {
        let theirs = Validator::new(Strictness::OfficialSdk).check_body(body.as_bytes());
        assert_eq!(theirs, [], "{body}");
        assert!(!strict_codes(body.as_bytes()).is_empty(), "{body}");
    }
}
