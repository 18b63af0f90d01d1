//! What the Python SDK was told: the structure of traces.

use std::thread;

use conformance::{HEADER, Teller};
use xray_recorder::{Exception, Frame, Namespace, Timestamp};

stories! {
    the_python_story_of_one_segment_has_the_same_structure: "py01_minimal" => one_segment;
    the_python_story_of_nested_subsegments_has_the_same_structure: "py02_nested" => nested_subsegments;
    the_python_story_of_an_exception_that_passes_two_entities_has_the_same_structure:
        "py04_exception_cause" => exception_through_two;
    the_python_story_of_streamed_subsegments_has_the_same_structure: "py06_streaming" => streamed_subsegments;
    the_python_story_of_a_segment_that_ends_before_its_child_has_the_same_structure:
        "py07_segment_closed_first" => segment_ends_first;
    the_python_story_of_subsegments_without_sampling_has_the_same_structure:
        "py10_without_sampling" => without_sampling;
    the_python_story_of_given_times_and_ids_has_the_same_structure: "py18_end_time_and_traceid" => given_times_and_ids;
    the_python_story_of_three_threads_has_the_same_structure: "py23_threads" => three_threads;
    the_python_story_of_two_tasks_at_once_has_the_same_structure: "py24_asyncio" => two_tasks_at_once;
    the_python_story_of_captured_functions_has_the_same_structure: "py29_capture_decorator" => captured_functions;
}

fn one_segment(teller: &Teller) {
    teller.recorder().begin_segment("example.com").end();
}

fn nested_subsegments(teller: &Teller) {
    let segment = teller.recorder().begin_segment("root");
    segment.in_subsegment("local-work", |local| {
        local.begin_subsegment("api.example.com").set_namespace(Namespace::Remote);
    });
    segment.begin_subsegment("s3").set_namespace(Namespace::Aws);
    segment.end();
}

fn exception_through_two(teller: &Teller) {
    let mut segment = teller.recorder().begin_segment("root");
    let id = segment.in_subsegment("inner", |inner| {
        inner.add_exception_details(&Exception {
            kind: "ValueError",
            message: "boom",
            stack: &[Frame { path: "<string>", line: Some(10), label: "<module>" }],
            working_directory: Some("/app"),
            ..Exception::default()
        })
    });
    segment.set_cause_id(id.expect("there is room for an exception"));
}

fn streamed_subsegments(teller: &Teller) {
    let segment = teller.recorder().begin_segment("root");
    for name in ["c0", "c1", "c2", "c3", "c4"] {
        segment.begin_subsegment(name).end();
    }
}

fn segment_ends_first(teller: &Teller) {
    let segment = teller.recorder().begin_segment("root");
    let late = segment.begin_subsegment("late");
    segment.end();
    late.end();
}

fn without_sampling(teller: &Teller) {
    let segment = teller.recorder().begin_segment("root");
    segment.begin_subsegment("kept").end();
    let dropped = segment.begin_subsegment_without_sampling();
    let child = dropped.begin_subsegment("child-of-dropped");
    assert!(dropped.context().is_none() && child.context().is_none());
}

fn given_times_and_ids(teller: &Teller) {
    let micros = Timestamp::from_micros;
    let segment = teller.recorder().segment("x").header(HEADER).start_time(micros(1_461_096_053_375_180)).begin();
    segment.begin_subsegment_at("y", micros(1_461_096_053_380_000)).end_at(micros(1_461_096_053_390_000));
    segment.end_at(micros(1_461_096_053_404_200));
}

fn three_threads(teller: &Teller) {
    let segment = teller.recorder().begin_segment("root");
    segment.in_subsegment("parent", |parent| {
        let parent = &*parent;
        for name in ["w0", "w1", "w2"] {
            thread::scope(|scope| {
                scope.spawn(|| parent.begin_subsegment(name).end());
            });
        }
    });
}

fn two_tasks_at_once(teller: &Teller) {
    let segment = teller.recorder().begin_segment("root");
    let [first, second] = ["t0", "t1"].map(|name| segment.begin_subsegment(name));
    first.end();
    second.end();
}

fn captured_functions(teller: &Teller) {
    let segment = teller.recorder().begin_segment("root");
    segment.in_subsegment("myfunc", |_| 1);
    segment.in_subsegment("named", |named| {
        named.add_exception_details(&Exception {
            kind: "KeyError",
            message: "'x'",
            stack: &[
                Frame { path: "<string>", line: Some(13), label: "<module>" },
                Frame { path: "<string>", line: Some(10), label: "other" },
            ],
            working_directory: Some("/app"),
            ..Exception::default()
        });
    });
    segment.in_subsegment("block", |block| {
        block.put_annotation("k", "v");
    });
}
