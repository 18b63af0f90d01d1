//! What the services that are called are told. The captures have it from clients that were instrumented; here the
//! story is told without a client.

use conformance::{HEADER, Teller};
use xray_recorder::{HttpResponse, Namespace, OutgoingRequest, Segment};

stories! {
    the_python_story_of_a_header_with_data_has_the_same_structure: "py19_origin_header_propagation" => header_with_data;
    the_python_story_of_a_call_without_sampling_has_the_same_structure: "py22_unsampled_propagation" => unsampled_call;
    the_node_story_of_a_call_in_lambda_without_sampling_has_the_same_structure:
        "node16_lambda_unsampled" => unsampled_by_header;
    the_node_story_of_a_call_without_sampling_has_the_same_structure: "node17_unsampled_propagation" => unsampled_call;
}

fn header_with_data(teller: &Teller) {
    let header = format!("{HEADER};Self=1-a-b;Foo=bar;Lineage=a:1|b:2");
    call(teller, &teller.recorder().segment("x").header(&header).begin());
}

/// The caller left the decision to us.
fn unsampled_call(teller: &Teller) {
    let header = HEADER.replace(";Sampled=1", "");
    call(teller, &teller.recorder().segment("x").header(&header).sampled(false).begin());
}

fn unsampled_by_header(teller: &Teller) {
    let header = HEADER.replace("Sampled=1", "Sampled=0");
    call(teller, &teller.recorder().segment("x").header(&header).begin());
}

fn call(teller: &Teller, segment: &Segment) {
    segment.in_subsegment("127.0.0.1", |call| {
        call.set_namespace(Namespace::Remote);
        call.set_http_request(&OutgoingRequest {
            method: Some("get"),
            url: Some("http://127.0.0.1:33802/z"),
            ..OutgoingRequest::default()
        });
        teller.calls(&call.trace_header());
        call.set_http_response(&HttpResponse { status: Some(200), content_length: None });
    });
}
