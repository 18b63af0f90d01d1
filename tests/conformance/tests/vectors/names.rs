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

/// The name that a segment of this name gets, and a subsegment too.
fn name_of(name: &str) -> String {
    let mut segment = Teller::new().recorder().begin_segment(name);
    let mut subsegment = segment.begin_subsegment(name);
    let [segment, subsegment] = [segment.json(), subsegment.json()].map(|document| {
        let document: serde_json::Value =
            serde_json::from_str(&document.expect("it is sampled")).expect("a document is JSON");
        document["name"].as_str().expect("a name is a text").to_owned()
    });
    assert_eq!(segment, subsegment);
    segment
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

/// A host, and the segment's name under the pattern `*.example.com` and the service's name `fallback`, as in the Python
/// SDK.
const HOSTS: [(&str, &str); 5] = [
    ("www.example.com", "www.example.com"),
    ("WWW.EXAMPLE.COM", "WWW.EXAMPLE.COM"),
    ("evil.org", "fallback"),
    ("www.example.com:8080", "fallback"),
    ("", "fallback"),
];

#[test]
fn a_segment_is_named_by_a_host_that_matches_and_by_the_service_otherwise() {
    let teller = Teller::of(|builder| builder.ignore_environment().service("fallback").dynamic_naming("*.example.com"));
    let recorder = teller.recorder();
    for (host, name) in HOSTS {
        assert_eq!(recorder.segment_name(Some(host)), name, "{host:?}");
    }
    assert_eq!(recorder.segment_name(None), "fallback");
    recorder.in_segment(&recorder.segment_name(Some("WWW.EXAMPLE.COM")), |_| ());
    let documents = teller.datagrams();
    let document = documents[0].document().expect("it is a document");
    assert_eq!(document.get("name").and_then(|name| name.as_str()), Some("WWW.EXAMPLE.COM"));
}

/// In Node this is `enableDynamicNaming()` without a pattern, in Java a pattern of null.
#[test]
fn the_pattern_of_one_star_takes_every_host() {
    let teller = Teller::of(|builder| builder.ignore_environment().service("fallback").dynamic_naming("*"));
    for host in ["evil.org", "www.example.com:8080"] {
        assert_eq!(teller.recorder().segment_name(Some(host)), host);
    }
    assert_eq!(teller.recorder().segment_name(None), "fallback");
}

#[test]
fn names_given_by_a_function_count_where_it_gives_one() {
    let by_port = |host: &str| host.rsplit_once(':').map(|(name, _)| name.to_owned());
    let teller = Teller::of(|builder| builder.ignore_environment().service("fallback").name_by(by_port));
    assert_eq!(teller.recorder().segment_name(Some("www.example.com:8080")), "www.example.com");
    assert_eq!(teller.recorder().segment_name(Some("www.example.com")), "fallback");
}
