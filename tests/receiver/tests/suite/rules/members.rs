//! The rules of names, ids and of which members stand where.

use xray_recorder_receiver::Code;

use super::{Case, UPSTREAM, bodies, exception, of_embedded, of_lone, of_segment, of_whole_segment};
use crate::support::{TRACE_ID, id, lone, segment};

pub(super) fn member_cases() -> Vec<Case> {
    let times = r#""start_time":100,"end_time":101"#;
    let named = |name: &str| format!(r#""name":"{name}","id":"{}",{times}"#, id(1));
    let name = |code, bad: &str, good: &str| of_whole_segment(code, &named(bad), &named(good));
    let identified = |id: &str| format!(r#""name":"a","id":"{id}",{times}"#);
    let identity = |bad: &str, good: &str| of_whole_segment(Code::IdFormat, &identified(bad), &identified(good));
    let no_parent = lone(1, UPSTREAM, "").replace(&format!(r#""parent_id":"{}","#, id(UPSTREAM)), "");
    let traced = |trace_id: &str| segment(1, "").replace(TRACE_ID, trace_id);
    vec![
        of_whole_segment(Code::MemberMissing, &format!(r#""id":"{}",{times}"#, id(1)), &named("a")),
        of_whole_segment(Code::MemberMissing, &format!(r#""name":"a",{times}"#), &named("a")),
        of_whole_segment(Code::MemberMissing, &format!(r#""name":"a","id":"{}","end_time":101"#, id(1)), &named("a")),
        bodies(Code::MemberMissing, &[no_parent], &[lone(1, UPSTREAM, "")]),
        bodies(
            Code::MemberMissing,
            &[segment(1, "").replace(&format!(r#""trace_id":"{TRACE_ID}","#), "")],
            &[segment(1, "")],
        ),
        of_segment(
            Code::MemberMissing,
            r#""cause":{"exceptions":[{}]},"#,
            r#""cause":{"exceptions":[{"id":"00000000000000e1"}]},"#,
        ),
        of_whole_segment(Code::WrongType, &format!(r#""name":7,"id":"{}",{times}"#, id(1)), &named("7")),
        of_segment(Code::WrongType, r#""user":5,"#, r#""user":"5","#),
        of_segment(Code::WrongType, r#""fault":"true","#, r#""fault":true,"#),
        of_segment(Code::WrongType, r#""http":[],"#, r#""http":{},"#),
        of_segment(
            Code::WrongType,
            r#""http":{"response":{"status":"200"}},"#,
            r#""http":{"response":{"status":200}},"#,
        ),
        of_segment(
            Code::WrongType,
            r#""http":{"response":{"content_length":"5"}},"#,
            r#""http":{"response":{"content_length":5}},"#,
        ),
        of_segment(
            Code::WrongType,
            r#""http":{"request":{"x_forwarded_for":"yes"}},"#,
            r#""http":{"request":{"x_forwarded_for":true}},"#,
        ),
        of_segment(Code::WrongType, r#""metadata":{"default":"text"},"#, r#""metadata":{"default":{"text":null}},"#),
        of_segment(Code::WrongType, r#""subsegments":{},"#, r#""subsegments":[],"#),
        of_segment(Code::WrongType, r#""subsegments":[null],"#, r#""subsegments":[],"#),
        of_segment(Code::WrongType, r#""links":{},"#, r#""links":[],"#),
        of_segment(
            Code::WrongType,
            r#""aws":{"xray":{"sdk":1}},"#,
            r#""aws":{"xray":{"sdk":"X-Ray for Rust","mode":1}},"#,
        ),
        of_segment(
            Code::WrongType,
            r#""aws":{"elastic_beanstalk":{"deployment_id":"6"}},"#,
            r#""aws":{"elastic_beanstalk":{"deployment_id":6}},"#,
        ),
        of_lone(Code::WrongType, r#""sql":{"user":null},"#, r#""sql":{"user":"reader"},"#),
        of_lone(Code::WrongType, r#""precursor_ids":"00000000000000b1","#, r#""precursor_ids":[],"#),
        of_lone(Code::WrongType, r#""traced":1,"#, r#""traced":false,"#),
        of_lone(Code::WrongType, r#""aws":{"table_names":"carts"},"#, r#""aws":{"table_names":["carts"]},"#),
        of_lone(
            Code::WrongType,
            &exception(r#""stack":[{"line":null}]"#),
            &exception(r#""stack":[{"path":"main.rs","line":7,"label":"main"}]"#),
        ),
        of_lone(Code::WrongType, &exception(r#""stack":[{"line":7.5}]"#), &exception(r#""stack":[{}]"#)),
        of_lone(Code::WrongType, &exception(r#""remote":"true""#), &exception(r#""remote":true"#)),
        of_segment(Code::UnknownKey, r#""users":"u","#, r#""user":"u","#),
        of_segment(Code::UnknownKey, r#""http":{"request":{"path":"/"}},"#, r#""http":{"request":{"url":"/"}},"#),
        of_segment(Code::UnknownKey, r#""cause":{"id":"00000000000000e1"},"#, r#""cause":{"paths":["a"]},"#),
        of_segment(Code::UnknownKey, r#""service":{"compiler":"gc"},"#, r#""service":{"runtime":"rustc"},"#),
        of_lone(Code::UnknownKey, r#""notTraced":true,"#, r#""traced":true,"#),
        of_lone(Code::UnknownKey, r#""sql":{"query":"SELECT 1"},"#, r#""sql":{"sanitized_query":"SELECT ?"},"#),
        of_lone(Code::UnknownKey, &exception(r#""stack":[{"column":1}]"#), &exception(r#""stack":[{"line":1}]"#)),
        of_segment(Code::ServiceOnlyMember, r#""inferred":true,"#, ""),
        of_lone(Code::SegmentOnlyMember, r#""user":"u","#, ""),
        of_embedded(Code::SegmentOnlyMember, r#""service":{"version":"1"},"#, r#""aws":{"region":"us-east-1"},"#),
        of_lone(
            Code::SegmentOnlyMember,
            r#""http":{"request":{"x_forwarded_for":true}},"#,
            r#""http":{"request":{"traced":true}},"#,
        ),
        of_segment(Code::SubsegmentOnlyMember, r#""namespace":"remote","#, ""),
        of_segment(
            Code::SubsegmentOnlyMember,
            r#""http":{"request":{"traced":true}},"#,
            r#""http":{"request":{"x_forwarded_for":true}},"#,
        ),
        of_embedded(Code::EmbeddedIdentity, r#""type":"subsegment","#, r#""namespace":"remote","#),
        of_embedded(Code::EmbeddedIdentity, r#""parent_id":"0000000000000001","#, ""),
        of_segment(Code::DocumentType, r#""type":"segment","#, ""),
        name(Code::NameLength, "", "x"),
        name(Code::NameLength, &"é".repeat(201), &"é".repeat(200)),
        name(Code::NameCharacter, "what?", "what"),
        name(Code::NameCharacter, r"a\tb", "a b"),
        name(Code::NameCharacter, "naïve☃", r"naïve 漢字 ٣ Ⅷ _.:/%&#=+\\-@"),
        identity("53995c3f42cd8ad", "53995c3f42cd8ad8"),
        identity("53995C3F42CD8AD8", "53995c3f42cd8ad8"),
        identity("0000000000000000", "0000000000000001"),
        of_segment(Code::IdFormat, r#""cause":{"exceptions":[{"id":"e1"}]},"#, &exception(r#""remote":false"#)),
        bodies(Code::TraceIdFormat, &[traced("1-6B003d0d-a49bc297069525a038714d3a")], &[traced(TRACE_ID)]),
        bodies(
            Code::TraceIdFormat,
            &[traced("6b003d0da49bc297069525a038714d3a")],
            &[traced("1-00000000-000000000000000000000001")],
        ),
    ]
}
