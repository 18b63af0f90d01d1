//! In Lambda the segment is Lambda's: what runs there is under the header's parent, each in a datagram of its own.
//! The official SDKs take the header from the environment; here it comes from the recorder's own source, or is handed
//! over with each invocation.

use conformance::Teller;
use xray_recorder::{EntityHandle, TraceHeader};

use super::headers::unsampled_request;

stories! {
    the_python_story_in_lambda_has_the_same_structure: "py08_lambda" by sampled => by_the_recorder;
    the_python_story_in_lambda_has_the_same_structure_by_a_header_handed_over:
        "py08_lambda" by sampled => by_a_facade;
    the_python_story_in_lambda_has_the_same_structure_where_a_program_begins_segments:
        "py08_lambda" by sampled => by_a_segment;
    the_node_story_in_lambda_has_the_same_structure: "node06_lambda" by sampled => captured_functions;
    the_python_story_in_lambda_without_sampling_has_the_same_structure:
        "py09_lambda_unsampled" by unsampled => not_sampled;
    the_node_story_of_a_call_in_lambda_without_sampling_has_the_same_structure:
        "node16_lambda_unsampled" by unsampled => unsampled_call;
    the_node_story_of_a_call_in_lambda_without_sampling_has_the_same_structure_by_a_header_handed_over:
        "node16_lambda_unsampled" => unsampled_call_by_a_facade;
}

const SAMPLED: &str =
    "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:1|68fd508a:5";
const UNSAMPLED: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0";

fn sampled() -> Teller {
    Teller::in_lambda(SAMPLED)
}

fn unsampled() -> Teller {
    Teller::in_lambda(UNSAMPLED)
}

fn by_the_recorder(teller: &Teller) {
    let recorder = teller.recorder();
    recorder.in_subsegment("first", |_| xray_recorder::in_subsegment("nested", |_| ()));
    recorder.in_subsegment("second", |_| xray_recorder::put_annotation("k", "v"));
    assert_eq!((recorder.stats().begun, recorder.stats().datagrams), (3, 3));
}

fn by_a_facade(teller: &Teller) {
    let function = teller.recorder().facade(SAMPLED);
    function.run(first_and_second);
    assert_eq!(function.trace_header().to_string(), SAMPLED);
}

/// Python warns and begins a segment that is never sent; here it stands for Lambda's own, and what is written to it is
/// refused.
fn by_a_segment(teller: &Teller) {
    teller.recorder().in_segment("mine", |_| first_and_second());
}

fn first_and_second() {
    xray_recorder::in_subsegment("first", |_| xray_recorder::in_subsegment("nested", |_| ()));
    xray_recorder::in_subsegment("second", |_| xray_recorder::put_annotation("k", "v"));
}

fn captured_functions(teller: &Teller) {
    let recorder = teller.recorder();
    recorder.in_subsegment("first", |first| {
        first.put_annotation("k", "v");
        xray_recorder::in_subsegment("nested", |_| ());
    });
    recorder.in_subsegment("second", |_| ());
    assert_eq!((recorder.stats().begun, recorder.stats().datagrams), (3, 3));
}

/// The capture sent nothing, and printed a zero id, the trace of the header, and `False`.
fn not_sampled(teller: &Teller) {
    teller.recorder().in_subsegment("first", |first| {
        assert!(first.context().is_none() && !first.is_sampled());
        assert!(xray_recorder::current().is_some() && !xray_recorder::is_sampled());
        assert_eq!(first.trace_header().header().root(), TraceHeader::parse(UNSAMPLED).root());
    });
    assert_eq!(teller.recorder().stats().begun, 0);
}

fn unsampled_call(teller: &Teller) {
    teller.recorder().in_subsegment("a", |_| unsampled_request(teller));
}

fn unsampled_call_by_a_facade(teller: &Teller) {
    let function: EntityHandle = teller.recorder().facade(UNSAMPLED);
    assert!(!function.is_sampled());
    function.in_subsegment("a", |_| unsampled_request(teller));
}
