//! What the Node SDK was told.

use conformance::Teller;
use serde_json::json;
use xray_recorder::{Exception, Frame};

stories! {
    the_node_story_of_one_segment_has_the_same_structure: "node01_minimal" => one_segment;
    the_node_story_of_nested_subsegments_has_the_same_structure: "node02_nested" => nested_subsegments;
    the_node_story_of_an_exception_that_passes_two_entities_has_the_same_structure:
        "node03_exception" => exception_through_two;
    the_node_story_of_five_children_under_a_threshold_of_two_has_the_same_structure:
        "node07_streaming" => five_children;
    the_node_story_of_subsegments_without_sampling_has_the_same_structure:
        "node09_without_sampling" => without_sampling;
    the_node_story_of_a_segment_that_ends_before_its_child_has_the_same_structure:
        "node11_segment_closed_first" => segment_ends_first;
    the_node_story_of_a_long_name_with_other_characters_has_the_same_structure:
        "node12_name_not_sanitised" => long_name;
}

fn one_segment(teller: &Teller) {
    teller.recorder().begin_segment("example.com").end();
}

fn nested_subsegments(teller: &Teller) {
    let mut segment = teller.recorder().begin_segment("root");
    segment.in_subsegment("a", |a| {
        a.in_subsegment("b", |b| {
            b.put_annotation("k", 1).put_metadata("m", &json!({"x": [1]})).put_metadata_in("ns", "n", &None::<u8>);
        });
    });
    segment.set_user("u1");
}

fn exception_through_two(teller: &Teller) {
    const EVAL: Frame<'_> = Frame { path: "[eval]", line: Some(6), label: "anonymous" };
    const CAPTURE: &str = "/app/node_modules/aws-xray-sdk-core/dist/lib/capture.js";
    const CONTEXT: Frame<'_> =
        Frame { path: "/app/node_modules/cls-hooked/context.js", line: Some(97), label: "Namespace.run" };

    let mut segment = teller.recorder().begin_segment("root");
    let id = segment.in_subsegment("inner", |inner| {
        inner.add_exception_details(&Exception {
            kind: "TypeError",
            message: "boom",
            stack: &[
                EVAL,
                Frame { path: CAPTURE, line: Some(95), label: "anonymous" },
                CONTEXT,
                Frame { path: CAPTURE, line: Some(93), label: "contextFcn" },
                Frame { path: CAPTURE, line: Some(27), label: "Object.captureFunc" },
                EVAL,
                CONTEXT,
                EVAL,
                Frame { path: "<anonymous>", line: None, label: "new Promise" },
                EVAL,
            ],
            working_directory: Some("/app"),
            ..Exception::default()
        })
    });
    segment.set_cause_id(id.expect("there is room for an exception"));
}

fn five_children(teller: &Teller) {
    let segment = teller.recorder().begin_segment("root");
    for name in ["c0", "c1", "c2", "c3", "c4"] {
        segment.begin_subsegment(name).end();
    }
}

fn without_sampling(teller: &Teller) {
    let segment = teller.recorder().begin_segment("root");
    let unsampled = segment.begin_subsegment_without_sampling();
    unsampled.begin_subsegment("uc").end();
    unsampled.end();
    segment.begin_subsegment("kept").end();
}

fn segment_ends_first(teller: &Teller) {
    let segment = teller.recorder().begin_segment("root");
    let late = segment.begin_subsegment("late");
    segment.end();
    late.end();
}

fn long_name(teller: &Teller) {
    teller.recorder().begin_segment(&format!("a?b;c*{}", "x".repeat(210))).end();
    assert_eq!(teller.recorder().stats().cut, 1);
}
