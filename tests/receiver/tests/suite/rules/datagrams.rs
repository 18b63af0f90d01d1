//! The rules of datagrams and of JSON.

use xray_recorder_receiver::{Code, MAX_DATAGRAM_BYTES};

use super::{Case, bodies, of_segment, raw};
use crate::support::{segment, with_header};

pub(super) fn datagram_cases() -> Vec<Case> {
    let body = segment(1, "");
    let headed = |header: &str| format!("{header}\n{body}").into_bytes();
    let sized = |bytes: usize| {
        let padding = bytes - with_header(&segment(1, r#""metadata":{"default":{"text":""}},"#)).len();
        with_header(&segment(1, &format!(r#""metadata":{{"default":{{"text":"{}"}}}},"#, "x".repeat(padding))))
    };
    let proper = with_header(&body);
    let mut not_utf8 = proper.clone();
    let in_name = not_utf8.windows(7).position(|part| part == b"segment").unwrap();
    not_utf8[in_name] = 0xff;
    vec![
        raw(Code::DatagramTooLarge, &sized(MAX_DATAGRAM_BYTES + 1), &sized(MAX_DATAGRAM_BYTES)),
        raw(Code::HeaderMissing, body.as_bytes(), &proper),
        raw(Code::HeaderNotJson, &headed("format json"), &proper),
        raw(Code::HeaderNotJson, &headed("[1]"), &proper),
        raw(Code::HeaderNotJson, &headed(r#"{"format":"json","version":1}x"#), &proper),
        raw(
            Code::HeaderFormat,
            &headed(r#"{"format":"xml","version":1}"#),
            &headed(r#"{"format":"JSON","version":1,"x":2}"#),
        ),
        raw(
            Code::HeaderVersion,
            &headed(r#"{"format":"json","version":2}"#),
            &headed(r#"{"format": "json", "version": 1}"#),
        ),
        raw(
            Code::HeaderVersion,
            &headed(r#"{"format":"json","version":"1"}"#),
            &headed("{\"format\":\"json\",\"version\":1}\r"),
        ),
        raw(Code::BodyMissing, b"{\"format\":\"json\",\"version\":1}\n", &proper),
        raw(Code::InvalidUtf8, &not_utf8, &proper),
    ]
}

pub(super) fn json_cases() -> Vec<Case> {
    let metadata = |value: &str| format!(r#""metadata":{{"default":{{"value":{value}}}}},"#);
    let value = |code, bad: &str, good: &str| of_segment(code, &metadata(bad), &metadata(good));
    let body = segment(1, "");
    vec![
        value(Code::InvalidJson, "[1,]", "[1]"),
        value(Code::InvalidJson, r#"{"a":1,}"#, r#"{"a":1}"#),
        value(Code::InvalidJson, "01", "0.1e-1"),
        value(Code::InvalidJson, "1.", "-1.0E+5"),
        value(Code::InvalidJson, "+1", "-0"),
        value(Code::InvalidJson, "nul", "null"),
        value(Code::InvalidJson, r#""\x41""#, r#""\u0041\n\"\\\/""#),
        value(Code::InvalidJson, "\"a\tb\"", r#""a\tb""#),
        value(Code::InvalidJson, "'a'", "\"a\""),
        bodies(Code::InvalidJson, &[body[..body.len() - 1].to_owned()], std::slice::from_ref(&body)),
        bodies(Code::TrailingData, &[format!("{body}\n{body}")], &[format!("{body} \r\n")]),
        value(Code::NotANumber, "NaN", "\"NaN\""),
        value(Code::NotANumber, "-Infinity", "null"),
        value(Code::LoneSurrogate, r#""\ud83d!""#, r#""\ud83d\ude00""#),
        value(Code::LoneSurrogate, r#""\ude00""#, r#""\u00e9""#),
        value(Code::DuplicateKey, r#"{"a":1,"b":2,"a":3}"#, r#"{"a":{"a":1},"b":[{"a":1},{"a":2}]}"#),
        of_segment(Code::DuplicateKey, r#""user":"u","user":"v","#, r#""user":"u","#),
        of_segment(Code::DuplicateKey, r#""user":"u","\u0075ser":"v","#, r#""user":"user","#),
        bodies(Code::DocumentNotObject, &[format!("[{body}]")], std::slice::from_ref(&body)),
    ]
}
