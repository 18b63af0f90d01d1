//! Who was at fault, by the status of a call: what Node calls the type of a cause.

use conformance::Teller;
use xray_recorder::{HttpResponse, OutgoingRequest};

/// A status, Node's type of cause, and the flags of the document. Node sets `throttle` by a call of its own.
const VECTORS: [(u16, Option<&str>, &[&str]); 4] = [
    (404, Some("error"), &["error"]),
    (429, Some("error"), &["error", "throttle"]),
    (503, Some("fault"), &["fault"]),
    (600, None, &[]),
];

#[test]
fn a_call_is_an_error_or_a_fault_as_in_the_node_sdk() {
    for (status, cause, flags) in VECTORS {
        let teller = Teller::new();
        teller.recorder().in_segment("root", |_| {
            xray_recorder::in_subsegment("call", |call| {
                let request = OutgoingRequest { url: Some("http://h/p"), ..OutgoingRequest::default() };
                call.set_http_request(&request);
                call.set_http_response(&HttpResponse { status: Some(status), content_length: None });
            });
        });
        let datagrams = teller.datagrams();
        let document = datagrams[0].document().expect("it is a document").to_value();
        let call = &document["subsegments"][0];
        let set: Vec<&str> = ["error", "throttle", "fault"].into_iter().filter(|flag| call[flag] == true).collect();
        assert_eq!(set, flags, "{status}");
        assert_eq!(set.first().copied(), cause, "{status}");
        // What a call returned says nothing about the segment.
        assert!(["error", "throttle", "fault"].iter().all(|flag| document.get(flag).is_none()), "{status}");
    }
}
