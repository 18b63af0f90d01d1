//! Flags that follow from an HTTP status.

use conformance::Teller;
use xray_recorder::{HttpResponse, Subsegment};

/// A status, and `error`, `throttle` and `fault` by Python, Node, Go and Java.
const VECTORS: [(u16, [bool; 3]); 22] = [
    (0, [false, false, false]),
    (100, [false, false, false]),
    (200, [false, false, false]),
    (204, [false, false, false]),
    (301, [false, false, false]),
    (304, [false, false, false]),
    (400, [true, false, false]),
    (401, [true, false, false]),
    (403, [true, false, false]),
    (404, [true, false, false]),
    (418, [true, false, false]),
    (428, [true, false, false]),
    (429, [true, true, false]),
    (430, [true, false, false]),
    (499, [true, false, false]),
    (500, [false, false, true]),
    (501, [false, false, true]),
    (502, [false, false, true]),
    (503, [false, false, true]),
    (504, [false, false, true]),
    (599, [false, false, true]),
    // Python alone says fault.
    (600, [false, false, false]),
];

fn flags(set: impl FnOnce(&mut Subsegment)) -> [bool; 3] {
    let segment = Teller::new().recorder().begin_segment("root");
    let mut call = segment.begin_subsegment("call");
    set(&mut call);
    let document = call.json().expect("it is sampled");
    let document: serde_json::Value = serde_json::from_str(&document).expect("a document is JSON");
    ["error", "throttle", "fault"].map(|flag| match document.get(flag) {
        None => false,
        Some(value) => value.as_bool().expect("a flag is a boolean"),
    })
}

#[test]
fn flags_follow_from_the_status_of_a_response() {
    for (status, expected) in VECTORS {
        let response = HttpResponse { status: Some(status), content_length: None };
        assert_eq!(flags(|call| _ = call.set_http_response(&response)), expected, "{status}");
        assert_eq!(flags(|call| _ = call.apply_status(status)), expected, "{status}");
    }
}

#[test]
fn flags_add_up_and_are_never_taken_back() {
    assert_eq!(flags(|call| _ = call.apply_status(503).apply_status(404).apply_status(200)), [true, false, true]);
}
