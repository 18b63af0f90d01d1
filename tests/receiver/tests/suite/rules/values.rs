//! The rules of values.

use xray_recorder_receiver::Code;

use super::{Case, exception, of_lone, of_segment, of_whole_segment};
use crate::support::id;

pub(super) fn value_cases() -> Vec<Case> {
    let long = |count: usize| "x".repeat(count);
    let text = |member: &str, count: usize| format!(r#""{member}":"{}","#, long(count));
    let url = |count: usize| format!(r#""http":{{"request":{{"url":"{}"}}}},"#, long(count));
    let query = |key: &str, count: usize| format!(r#""sql":{{"{key}":"{}"}},"#, long(count));
    let arn = |count: usize| format!(r#""aws":{{"ecs":{{"container_arn":"{}"}}}},"#, long(count));
    let annotation = |key: &str, value: &str| format!(r#""annotations":{{"{key}":{value}}},"#);
    let quoted = |count: usize| format!("\"{}\"", long(count));
    let timed = |times: &str| format!(r#""name":"a","id":"{}",{times}"#, id(1));
    let time = |code, bad: &str, good: &str| of_whole_segment(code, &timed(bad), &timed(good));
    let status = |status: &str| format!(r#""http":{{"response":{{"status":{status}}}}},"#);
    let link = r#"{"trace_id":"1-5759e988-bd862e3fe1be46a994272793","id":"53995c3f42cd8ad8","attributes":{"k":"v"}}"#;
    let links = |count: usize| format!(r#""links":[{}],"#, vec![link; count].join(","));
    let chain = |cause: &str| {
        format!(
            r#""cause":{{"exceptions":[{{"id":"00000000000000e1","cause":"{cause}"}},{{"id":"00000000000000e2"}}]}},"#
        )
    };
    let pair = |second: &str| format!(r#""cause":{{"exceptions":[{{"id":"00000000000000e1"}},{{"id":"{second}"}}]}},"#);
    vec![
        of_segment(Code::StringTooLong, &text("user", 251), &text("user", 250)),
        of_segment(Code::StringTooLong, &text("origin", 251), &text("origin", 250)),
        of_segment(Code::StringTooLong, &text("resource_arn", 501), &text("resource_arn", 500)),
        of_segment(Code::StringTooLong, &url(251), &url(250)),
        of_segment(Code::StringTooLong, &arn(501), &arn(500)),
        of_lone(Code::StringTooLong, &query("user", 251), &query("sanitized_query", 9_000)),
        of_lone(
            Code::StringTooLong,
            &exception(&format!(r#""type":"{}""#, long(251))),
            &exception(&format!(r#""message":"{}""#, long(9_000))),
        ),
        of_lone(Code::CountRange, r#""aws":{"retries":-1},"#, r#""aws":{"retries":0},"#),
        of_lone(
            Code::CountRange,
            r#""http":{"response":{"content_length":1.5}},"#,
            r#""http":{"response":{"content_length":15e2}},"#,
        ),
        of_lone(Code::CountRange, &exception(r#""truncated":-2"#), &exception(r#""truncated":2,"skipped":1"#)),
        time(Code::EndMissing, r#""start_time":100"#, r#""start_time":100,"in_progress":true"#),
        time(
            Code::EndAndInProgress,
            r#""start_time":100,"end_time":101,"in_progress":true"#,
            r#""start_time":100,"end_time":101"#,
        ),
        time(
            Code::InProgressFalse,
            r#""start_time":100,"end_time":101,"in_progress":false"#,
            r#""start_time":100,"end_time":101"#,
        ),
        time(
            Code::EndBeforeStart,
            r#""start_time":100.000002,"end_time":100.000001"#,
            r#""start_time":100.000002,"end_time":100.000002"#,
        ),
        time(
            Code::TimestampRange,
            r#""start_time":1795177741594,"in_progress":true"#,
            r#""start_time":1.795177741594e9,"in_progress":true"#,
        ),
        time(Code::TimestampRange, r#""start_time":-1,"end_time":5"#, r#""start_time":1,"end_time":5"#),
        of_lone(Code::NamespaceValue, r#""namespace":"local","#, r#""namespace":"aws","#),
        of_segment(Code::StatusRange, &status("99"), &status("100")),
        of_segment(Code::StatusRange, &status("600"), &status("599")),
        of_segment(Code::StatusRange, &status("200.5"), &status("2e2")),
        of_lone(
            Code::PreparationValue,
            r#""sql":{"preparation":"prepared"},"#,
            r#""sql":{"preparation":"statement"},"#,
        ),
        of_segment(Code::FlagNotTrue, r#""fault":false,"#, r#""fault":true,"#),
        of_segment(Code::ThrottleWithoutError, r#""throttle":true,"#, r#""throttle":true,"error":true,"#),
        of_segment(Code::AnnotationKey, &annotation("two.words", "1"), &annotation("two_words", "1")),
        of_segment(Code::AnnotationKey, &annotation("", "1"), &annotation("0", "1")),
        of_segment(Code::AnnotationKey, &annotation(&long(501), "1"), &annotation(&long(500), "1")),
        of_segment(Code::AnnotationValue, &annotation("k", "null"), &annotation("k", "false")),
        of_segment(Code::AnnotationValue, &annotation("k", "[1]"), &annotation("k", "-1.5")),
        of_segment(Code::AnnotationTooLong, &annotation("k", &quoted(1_001)), &annotation("k", &quoted(1_000))),
        of_segment(
            Code::MetadataNamespaceReserved,
            r#""metadata":{"AWS.x":{}},"#,
            r#""metadata":{"AWS":{},"aws.x":{}},"#,
        ),
        of_segment(Code::ExceptionIdRepeated, &pair("00000000000000e1"), &pair("00000000000000e2")),
        of_segment(Code::ExceptionCauseUnknown, &chain("00000000000000e3"), &chain("00000000000000e2")),
        of_segment(Code::TooManyLinks, &links(21), &links(20)),
    ]
}
