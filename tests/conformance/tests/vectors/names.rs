//! Names.

use conformance::Teller;

/// A name, what the Python SDK makes of it, what we do, and why that is not the same.
const VECTORS: [(&str, &str, &str, &str); 5] = [
    ("a?b", "ab", "ab", ""),
    ("a;b*c(d)e!f$g~h^i<j>k", "abcdefghijk", "abcdefghijk", ""),
    (r"ok_.:/%&#=+\-@ é漢", r"ok_.:/%&#=+\-@ é漢", r"ok_.:/%&#=+\-@ é漢", ""),
    ("a\"b'c[d]{e}|f,g`", "a\"b'c[d]{e}|f,g`", "abcdefg", "the format allows none of these either"),
    ("https://x/y?z=1", "https://x/yz=1", "https://x/yz=1", ""),
];

fn name_of(name: &str) -> String {
    let mut segment = Teller::new().recorder().begin_segment(name);
    let document = segment.json().expect("it is sampled");
    let document: serde_json::Value = serde_json::from_str(&document).expect("a document is JSON");
    document["name"].as_str().expect("a name is a text").to_owned()
}

#[test]
fn names_come_out_as_in_the_python_sdk_without_what_the_format_does_not_allow() {
    for (name, python, ours, why) in VECTORS {
        assert_eq!(name_of(name), ours);
        assert_eq!(python == ours, why.is_empty(), "{name:?}");
    }
}

/// Python does not cut it, Go cuts it at 200 bytes.
#[test]
fn a_name_of_205_characters_is_cut_at_200() {
    assert_eq!(name_of(&"x".repeat(205)), "x".repeat(200));
}

/// Python drops the name from the document, which the service then refuses.
#[test]
fn a_name_of_which_nothing_is_left_has_a_stand_in() {
    assert_eq!(name_of("?;*()!$~^<>"), "unnamed");
}
