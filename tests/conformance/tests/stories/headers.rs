//! What the services that are called are told. The captures have it from clients that were instrumented; here the
//! story is told without a client.

use conformance::{HEADER, Teller};
use xray_recorder::{HttpResponse, Namespace, OutgoingRequest, Segment, Subsegment};

stories! {
    the_python_story_of_a_header_with_data_has_the_same_structure: "py19_origin_header_propagation" => header_with_data;
    the_python_story_of_a_header_with_data_has_the_same_structure_by_its_guards:
        "py19_origin_header_propagation" => header_with_data_by_guards;
    the_python_story_of_a_call_without_sampling_has_the_same_structure: "py22_unsampled_propagation" => unsampled_call;
    the_python_story_of_a_call_without_sampling_has_the_same_structure_by_its_guards:
        "py22_unsampled_propagation" => unsampled_call_by_guards;
    the_node_story_of_a_call_without_sampling_has_the_same_structure: "node17_unsampled_propagation" => unsampled_call;
    the_node_story_of_a_call_without_sampling_has_the_same_structure_by_its_guards:
        "node17_unsampled_propagation" => unsampled_call_by_guards;
}

fn with_data() -> String {
    format!("{HEADER};Self=1-a-b;Foo=bar;Lineage=a:1|b:2")
}

/// The caller left the decision to us.
fn undecided() -> String {
    HEADER.replace(";Sampled=1", "")
}

fn header_with_data(teller: &Teller) {
    teller.recorder().segment("x").header(&with_data()).in_segment(|_| request(teller));
}

fn header_with_data_by_guards(teller: &Teller) {
    request_below(teller, &teller.recorder().segment("x").header(&with_data()).begin());
}

fn unsampled_call(teller: &Teller) {
    teller.recorder().segment("x").header(&undecided()).sampled(false).in_segment(|_| unsampled_request(teller));
}

fn unsampled_call_by_guards(teller: &Teller) {
    request_below(teller, &teller.recorder().segment("x").header(&undecided()).sampled(false).begin());
}

/// What a client would do that finds the current entity.
fn request(teller: &Teller) {
    xray_recorder::in_subsegment("127.0.0.1", |call| {
        describe_request(call);
        teller.calls(&xray_recorder::trace_header());
        describe_response(call);
    });
}

/// The same where nothing is recorded.
pub(super) fn unsampled_request(teller: &Teller) {
    assert!(!xray_recorder::is_sampled());
    request(teller);
}

fn request_below(teller: &Teller, segment: &Segment) {
    let mut call = segment.begin_subsegment("127.0.0.1");
    describe_request(&mut call);
    teller.calls(&call.trace_header());
    describe_response(&mut call);
}

fn describe_request(call: &mut Subsegment) {
    call.set_namespace(Namespace::Remote);
    call.set_http_request(&OutgoingRequest {
        method: Some("get"),
        url: Some("http://127.0.0.1:33802/z"),
        ..OutgoingRequest::default()
    });
}

fn describe_response(call: &mut Subsegment) {
    call.set_http_response(&HttpResponse { status: Some(200), content_length: None });
}
