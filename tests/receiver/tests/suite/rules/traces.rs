//! The rules between the documents of a trace.

use xray_recorder_receiver::Code;

use super::{Case, UPSTREAM, bodies};
use crate::support::{embedded, embedding, id, lone, segment};

pub(super) fn trace_cases() -> Vec<Case> {
    let in_progress = |body: String| body.replace(r#""end_time":110.5"#, r#""in_progress":true"#);
    let precursor = |precursor: u64| {
        let second = embedded(3, &format!(r#""precursor_ids":["{}"],"#, id(precursor)));
        segment(1, &embedding(&[embedded(2, &embedding(&[embedded(4, "")])), second]))
    };
    let recorded = lone(2, 1, r#""cause":{"exceptions":[{"id":"00000000000000e1"}]},"#);
    let referring = |exception: &str| segment(1, &format!(r#""cause":"{exception}","#));
    let link = r#"{"trace_id":"1-5759e988-bd862e3fe1be46a994272793","id":"53995c3f42cd8ad8"}"#;
    let linked = |number: u64, count: usize| segment(number, &format!(r#""links":[{}],"#, vec![link; count].join(",")));
    let five =
        |last: usize| -> Vec<String> { (1..=5).map(|number| linked(number, 20)).chain([linked(6, last)]).collect() };
    let annotated = |count: usize| {
        let annotations: Vec<String> = (0..count).map(|key| format!(r#""k{key}":{key}"#)).collect();
        segment(1, &format!(r#""annotations":{{{}}},"#, annotations.join(",")))
    };
    let large = |count: u64| -> Vec<String> {
        let metadata = format!(r#""metadata":{{"default":{{"text":"{}"}}}},"#, "x".repeat(60_000));
        (1..=count).map(|number| segment(number, &metadata)).collect()
    };
    let moved = segment(1, "").replace("100.000001", "100.5");
    vec![
        bodies(Code::IdRepeated, &[segment(1, ""), moved], &[segment(1, ""), segment(2, "")]),
        bodies(
            Code::IdRepeated,
            &[segment(1, &embedding(&[embedded(1, "")]))],
            &[segment(1, &embedding(&[embedded(2, "")]))],
        ),
        bodies(
            Code::CompleteRepeated,
            &[segment(1, ""), segment(1, "")],
            &[in_progress(segment(1, "")), segment(1, "")],
        ),
        bodies(
            Code::CompleteRepeated,
            &[segment(1, &embedding(&[embedded(2, "")])), lone(2, 1, "")],
            &[in_progress(segment(1, &embedding(&[embedded(2, "")]))), segment(1, &embedding(&[embedded(2, "")]))],
        ),
        bodies(
            Code::InProgressRepeated,
            &[in_progress(segment(1, "")), in_progress(segment(1, ""))],
            &[segment(1, ""), in_progress(segment(1, ""))],
        ),
        bodies(
            Code::ParentUnknown,
            &[segment(1, ""), lone(2, 9, "")],
            &[lone(2, 1, ""), segment(1, ""), lone(3, UPSTREAM, "")],
        ),
        bodies(Code::PrecursorUnknown, &[precursor(4)], &[precursor(2)]),
        bodies(Code::PrecursorUnknown, &[precursor(3)], &[precursor(2)]),
        bodies(
            Code::CauseUnknown,
            &[recorded.clone(), referring("00000000000000e2")],
            &[referring("00000000000000e1"), recorded],
        ),
        bodies(Code::TooManyLinksInTrace, &five(1), &five(0)),
        bodies(Code::TooManyAnnotations, &[annotated(51)], &[annotated(50)]),
        bodies(Code::TraceTooLarge, &large(9), &large(8)),
    ]
}
