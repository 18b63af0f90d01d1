//! Datagrams are read as the daemon reads them, and documents at any depth.

use xray_recorder_receiver::{Code, Datagram, Json};

use crate::support::{datagram, segment, with_header};

fn codes(datagram: &Datagram) -> Vec<Code> {
    datagram.findings().iter().map(|finding| finding.code).collect()
}

#[test]
fn only_the_first_newline_separates_the_header_from_the_document() {
    let datagram = Datagram::parse(b"{\"format\":\"json\",\"version\":1}\n{\n\"id\":\n\"a\"}\n".as_slice());
    assert_eq!(datagram.header(), br#"{"format":"json","version":1}"#);
    assert_eq!(datagram.body(), b"{\n\"id\":\n\"a\"}\n");
    assert_eq!(datagram.document().and_then(|document| document.get("id")).and_then(Json::as_str), Some("a"));
    assert_eq!(codes(&datagram), []);
}

#[test]
fn the_daemon_accepts_any_case_of_json_and_more_header_keys() {
    assert!(Datagram::parse(b"{\"format\":\"JSON\",\"version\":1,\"x\":2}\n{}".as_slice()).is_accepted_by_daemon());
    for refused in [
        "{\"format\":\"json\",\"version\":2}\n{}",
        "{\"format\":\"json\",\"version\":1.0}\n{}",
        "{\"format\":\"xml\",\"version\":1}\n{}",
        "{\"format\":\"json\",\"version\":1}\n",
        "{\"format\":\"json\",\"version\":1}{}",
        "json 1\n{}",
        "",
    ] {
        let datagram = Datagram::parse(refused.as_bytes());
        assert!(!datagram.is_accepted_by_daemon(), "{refused:?}");
        assert!(datagram.document().is_none(), "{refused:?}");
        assert_eq!(datagram.findings().len(), 1, "{refused:?}");
    }
}

#[test]
fn the_daemon_passes_on_a_body_that_is_no_json() {
    let datagram = datagram("{\"id\":");
    assert!(datagram.is_accepted_by_daemon());
    assert!(datagram.document().is_none());
    assert_eq!(codes(&datagram), [Code::InvalidJson]);
}

#[test]
fn the_raw_bytes_and_their_length_are_kept() {
    let bytes = with_header(&segment(1, ""));
    let datagram = Datagram::parse(bytes.clone());
    assert_eq!(datagram.bytes(), bytes);
    assert_eq!(datagram.len(), bytes.len());
    assert!(!datagram.is_empty());
}

#[test]
fn a_break_of_the_grammar_is_located() {
    let datagram = datagram(r#"{"subsegments":[{"id":"a"},{"name":tru}]}"#);
    let finding = &datagram.findings()[0];
    assert_eq!(finding.path, "subsegments[1].name");
    assert_eq!(finding.message, "expected a value at byte 35 of the document, found 't'");
    assert_eq!(finding.to_string(), format!("invalid-json at subsegments[1].name: {}", finding.message));
}

#[test]
fn a_duplicate_key_is_located_and_reported_once() {
    let datagram = datagram(r#"{"metadata":{"a b":{"k":1,"k":2,"k":3}}}"#);
    assert_eq!(codes(&datagram), [Code::DuplicateKey]);
    assert_eq!(datagram.findings()[0].path, r#"metadata["a b"].k"#);
}

#[test]
fn escapes_are_resolved() {
    let datagram = datagram(r#"["\u00e9\ud83d\ude00\b\f\n\r\t\"\\\/é", "\ud800"]"#);
    let texts: Vec<&str> = datagram.document().unwrap().elements().iter().filter_map(Json::as_str).collect();
    assert_eq!(texts, ["é😀\u{8}\u{c}\n\r\t\"\\/é", "\u{fffd}"]);
    assert_eq!(codes(&datagram), [Code::LoneSurrogate]);
}

#[test]
fn members_keep_their_order_and_numbers_their_digits() {
    let text = r#"{"b":1795177741.594900,"a":[2e2,-0,18446744073709551615,{}],"c":{"x":null}}"#;
    let datagram = datagram(text);
    assert_eq!(datagram.document().unwrap().to_string(), text);
}

#[test]
fn documents_become_values_of_serde_json() {
    let text = r#"{"a":[1,-2,2.5,"x",null,true,[],{}],"b":{"c":{"d":[[1]]}}}"#;
    let datagram = datagram(text);
    let expected: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(datagram.document().unwrap().to_value(), expected);
    assert_eq!(Json::from(&expected).to_value(), expected);
}

#[test]
fn a_hundred_thousand_levels_are_read_printed_and_dropped() {
    let depth = 100_000;
    let arrays = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(datagram(&arrays).document().unwrap().to_string(), arrays);
    let objects = format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    assert!(datagram(&objects).document().is_some());
    assert_eq!(codes(&datagram(&"[".repeat(depth))), [Code::DatagramTooLarge, Code::InvalidJson]);
}
