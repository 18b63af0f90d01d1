//! Stories told wrongly are found out: what the comparison is worth.

use conformance::{Story, Teller};
use xray_recorder::{Exception, Namespace, Transport};

fn complaints(capture: &'static str, tell: fn(&Teller)) -> String {
    Story::new(capture, tell).compare().expect_err("the story is told wrongly")
}

#[test]
fn a_story_with_another_name_is_found_out() {
    let complaints = complaints("py01_minimal", |teller| teller.recorder().begin_segment("example.org").end());
    assert!(
        complaints.contains(r#"Segment /example.com, name: "example.com" there, "example.org" here"#),
        "{complaints}"
    );
}

#[test]
fn a_story_with_a_member_of_its_own_is_found_out() {
    let complaints = complaints("node01_minimal", |teller| {
        teller.recorder().begin_segment("example.com").put_annotation("k", 1);
    });
    assert!(complaints.contains(r#"annotations: nothing there, {"k":1} here"#), "{complaints}");
}

#[test]
fn a_story_that_leaves_out_a_sampled_child_is_found_out() {
    let complaints = complaints("py24_asyncio", |teller| {
        teller.recorder().begin_segment("root").begin_subsegment("t1").end();
    });
    assert!(complaints.contains("Subsegment /root/t0, : {"), "{complaints}");
}

#[test]
fn a_story_whose_children_began_in_another_order_is_found_out() {
    let complaints = complaints("py24_asyncio", |teller| {
        let segment = teller.recorder().begin_segment("root");
        segment.begin_subsegment("t1").end();
        segment.begin_subsegment("t0").end();
    });
    assert!(complaints.contains(r#"name: "t0" there, "t1" here"#), "{complaints}");
}

#[test]
fn a_story_with_another_parent_is_found_out() {
    let complaints = complaints("py24_asyncio", |teller| {
        let segment = teller.recorder().begin_segment("root");
        segment.in_subsegment("t0", |t0| t0.begin_subsegment("t1").end());
    });
    assert!(complaints.contains("/root/t1") && complaints.contains("/root/t0/t1"), "{complaints}");
}

#[test]
fn a_story_whose_cause_names_another_exception_is_found_out() {
    let complaints = complaints("node03_exception", |teller| {
        let mut segment = teller.recorder().begin_segment("root");
        let id = segment.in_subsegment("inner", |inner| inner.add_exception_details(&Exception::default()));
        assert!(id.is_some());
        segment.set_cause_id("53995c3f42cd8ad8".parse().expect("it is an id"));
    });
    assert!(complaints.contains(r##"cause: {"id":"<inner #1>"} there, "53995c3f42cd8ad8" here"##), "{complaints}");
}

#[test]
fn a_story_sent_in_more_datagrams_than_documented_is_found_out() {
    let complaints = complaints("py02_nested", |teller| {
        let segment = teller.recorder().begin_segment("root");
        let local = segment.begin_subsegment("local-work");
        local.begin_subsegment("api.example.com").set_namespace(Namespace::Remote);
        let s3 = segment.begin_subsegment("s3");
        local.end();
        segment.end();
        s3.end();
    });
    assert!(complaints.contains(r#"(sent): "embedded" there, "alone" here"#), "{complaints}");
}

#[test]
fn a_story_with_another_trace_or_header_is_found_out() {
    let complaints = complaints("py19_origin_header_propagation", |teller| {
        let segment = teller.recorder().begin_segment("x");
        teller.calls(&segment.trace_header());
    });
    assert!(complaints.contains(r#"Trace /, id: "1-5759e988-bd862e3fe1be46a994272793" there, "<the trace>" here"#));
    assert!(complaints.contains(r#"data: "Foo=bar;Lineage=a:1|b:2" there, nothing here"#), "{complaints}");
    assert!(complaints.contains(r##"Parent: "<127.0.0.1 #1>" there, "<x #1>" here"##), "{complaints}");
}

#[test]
fn a_story_with_other_times_is_found_out() {
    let complaints = complaints("py07_segment_closed_first", |teller| {
        let segment = teller.recorder().begin_segment("root");
        segment.begin_subsegment("late").end();
    });
    assert!(
        complaints.contains(r#"end_time: "<a time after its parent's end>" there, "<a time>" here"#),
        "{complaints}"
    );
}

#[test]
fn a_document_that_breaks_the_format_is_found_out() {
    let complaints = complaints("py01_minimal", |teller| {
        teller.recorder().begin_segment("example.com").end();
        let Ok(()) =
            Transport::send(&mut teller.memory(), b"{\"format\":\"json\",\"version\":1}\n{\"in_progress\":false}");
    });
    assert!(complaints.contains("ours: "), "{complaints}");
}
