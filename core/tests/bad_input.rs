//! Arguments that are wrong, hostile or strange: each gives what it should or a typed error, and never a panic.
//!
//! Metadata values are in `bad_values.rs`, trace headers and ids in `headers.rs`.

use serde_json::{Value, json};
use xray_recorder_core::{
    AnnotationError, AnnotationValue, AwsCall, Document, DocumentView, Embed, EntityId, Exception, Frame, Full,
    HttpResponse, Key, Link, LinkError, MetadataError, Segment, Subsegment, Timestamp, TraceContext, TraceId,
};

mod support;

use support::json::parse;

const AT: Timestamp = Timestamp::from_secs(1_465_510_280);

fn context() -> TraceContext {
    TraceContext::new(TraceId::from_u128(1 << 96), EntityId::new(1).expect("one is not zero"))
}

fn begin<'d>(document: &'d mut DocumentView, name: &str) -> Segment<'d> {
    Segment::begin(document, name, context(), None, AT).expect("the document is large enough")
}

fn parsed(document: &mut DocumentView) -> Value {
    parse(document.json().expect("an entity was begun"))
}

/// Python's vectors, where the schema and this crate agree with them, and where they do not.
#[test]
fn names_are_those_of_the_reference() {
    let rows = [
        ("a?b", "ab"),
        ("a;b*c(d)e!f$g~h^i<j>k", "abcdefghijk"),
        (r"ok_.:/%&#=+\-@ é漢", r"ok_.:/%&#=+\-@ é漢"),
        // Python leaves these in, the schema's class does not have them.
        ("a\"b'c[d]{e}|f,g`", "abcdefg"),
        ("https://x/y?z=1", "https://x/yz=1"),
        ("a\r\nb\0c\u{7f}d\u{85}e", "abcde"),
        ("\u{200b}\u{feff}x\u{ad}", "x"),
        ("e\u{301}", "e"),
        ("", "unnamed"),
        ("?;*", "unnamed"),
        ("🦀", "unnamed"),
    ];
    for (name, expected) in rows {
        let mut document = Document::<512>::new();
        let cut = begin(&mut document, name).tally().cut;
        assert_eq!(parsed(&mut document)["name"], expected, "{name:?}");
        assert_eq!(cut, u32::from(name != expected), "{name:?}");
    }
}

#[test]
fn a_name_has_at_most_two_hundred_characters() {
    for (piece, count, kept) in [("x", 199, 199), ("x", 200, 200), ("x", 201, 200), ("x", 205, 200), ("漢", 200, 200)]
    {
        let mut document = Document::<1024>::new();
        let cut = begin(&mut document, &piece.repeat(count)).tally().cut;
        assert_eq!(parsed(&mut document)["name"], piece.repeat(kept));
        assert_eq!(cut, u32::from(count != kept));
    }
    let mut document = Document::<2048>::new();
    assert_eq!(begin(&mut document, &"漢\\🦀".repeat(1_000)).tally().cut, 1);
    assert_eq!(parsed(&mut document)["name"], "漢\\".repeat(100));
}

#[test]
fn a_key_of_an_annotation_is_one_to_five_hundred_letters_digits_and_underscores() {
    let mut document = Document::<2048>::new();
    let mut segment = begin(&mut document, "checkout");
    let bad = ["", " ", "a b", "a-b", "a.b", "é", "漢", "a\"", "a\\", "a\0", "\n", "{", "a\u{301}", "Ａ"];
    for (refused, key) in bad.into_iter().chain([&*"k".repeat(501), &*"k".repeat(1_000_000)]).enumerate() {
        assert_eq!(segment.put_annotation(key, 1), Err(AnnotationError::InvalidKey), "{refused}");
        assert_eq!(Key::try_new(key), Err(AnnotationError::InvalidKey));
        assert_eq!(segment.tally().refused, refused as u32 + 1);
    }
    let longest = "k".repeat(500);
    assert_eq!(segment.put_annotation(&*longest, 1), Ok(()));
    assert_eq!(segment.put_annotation("A_z9", 1), Ok(()));
    assert_eq!(parsed(&mut document)["annotations"], json!({ longest: 1, "A_z9": 1 }));
}

#[test]
fn a_number_that_is_not_finite_is_no_annotation() {
    let mut document = Document::<1024>::new();
    let mut segment = begin(&mut document, "checkout");
    segment.put_annotation("x", 1).expect("there is room");
    let before = segment.json().to_owned();
    for number in [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(segment.put_annotation("x", number), Err(AnnotationError::NotFinite));
        assert_eq!(segment.put_annotation("x", number as f32), Err(AnnotationError::NotFinite));
        // The key is looked at first.
        assert_eq!(segment.put_annotation("x-y", number), Err(AnnotationError::InvalidKey));
    }
    assert_eq!(segment.json(), before);
    assert_eq!(segment.tally().refused, 12);
}

#[test]
fn numbers_at_their_limits_are_read_back_the_same() {
    let mut document = Document::<2048>::new();
    let mut segment = begin(&mut document, "checkout");
    segment.put_annotation("u64", u64::MAX).expect("there is room");
    segment.put_annotation("i64", i64::MIN).expect("there is room");
    segment.put_annotation("usize", usize::MAX).expect("there is room");
    segment.put_annotation("isize", isize::MIN).expect("there is room");
    segment.put_annotation("f64", f64::MAX).expect("there is room");
    segment.put_annotation("tiny", 5e-324).expect("there is room");
    segment.put_annotation("f32", f32::MIN_POSITIVE).expect("there is room");
    let annotations = &parsed(&mut document)["annotations"];
    assert_eq!(annotations["u64"], u64::MAX);
    assert_eq!(annotations["i64"], i64::MIN);
    assert_eq!(annotations["usize"], u64::MAX);
    assert_eq!(annotations["isize"], i64::MIN);
    assert_eq!(annotations["f64"], f64::MAX);
    assert_eq!(annotations["tiny"], 5e-324);
    assert_eq!(annotations["f32"], f64::from(f32::MIN_POSITIVE));
}

/// Section 14.6 of the reference, all rows, and their neighbours.
#[test]
fn the_status_sets_the_flags_of_the_reference() {
    let (none, error, throttle, fault) = ([false; 3], [true, false, false], [true, true, false], [false, false, true]);
    let mut rows = vec![(0, none), (429, throttle), (600, none), (601, none), (999, none), (u16::MAX, none)];
    rows.extend([100, 200, 204, 301, 304, 399].map(|status| (status, none)));
    rows.extend([400, 401, 403, 404, 418, 428, 430, 499].map(|status| (status, error)));
    rows.extend([500, 501, 502, 503, 504, 599].map(|status| (status, fault)));
    for (status, expected) in rows {
        let mut documents = [Document::<512>::new(), Document::new()];
        let [one, other] = &mut documents;
        begin(one, "checkout").apply_status(status);
        let response = HttpResponse { status: Some(status), content_length: None };
        begin(other, "checkout").set_http_response(&response).expect("there is room");
        assert_eq!(parsed(other)["http"]["response"]["status"], status);
        for document in documents.iter_mut() {
            let json = parsed(document);
            let flags = ["error", "throttle", "fault"].map(|flag| json.get(flag) == Some(&true.into()));
            assert_eq!(flags, expected, "{status}");
        }
    }
}

#[test]
fn flags_accumulate_and_none_is_taken_back() {
    let mut document = Document::<512>::new();
    let mut segment = begin(&mut document, "checkout");
    for status in [429, 503, 200, 429] {
        segment.set_http_response(&HttpResponse { status: Some(status), content_length: None }).expect("there is room");
    }
    assert!(
        segment.json().contains(r#","error":true,"throttle":true,"http":{"response":{"status":429}},"fault":true"#)
    );
}

#[test]
fn a_call_that_is_refused_counts_once_however_many_parts_it_has() {
    each_tiny_document(&mut |document| {
        let mut segment = begin(document, &"n".repeat(17));
        let mut before = segment.tally().refused;
        let mut added = |segment: &Segment<'_>| {
            let refused = segment.tally().refused;
            refused - std::mem::replace(&mut before, refused)
        };
        segment.set_throttle();
        assert!(added(&segment) <= 1);
        let response = segment.set_http_response(&HttpResponse { status: Some(429), content_length: None });
        assert_eq!(added(&segment), u32::from(response.is_err()));
        let exception = segment.add_exception(&Exception::default());
        assert_eq!(added(&segment), u32::from(exception.is_err()));
        let cause = segment.set_cause_id(EntityId::new(2).expect("two is not zero"));
        assert_eq!(added(&segment), u32::from(cause.is_err()));
    });
}

fn each_tiny_document(test: &mut dyn FnMut(&mut DocumentView)) {
    test(&mut Document::<226>::new());
    test(&mut Document::<241>::new());
    test(&mut Document::<257>::new());
    test(&mut Document::<270>::new());
    test(&mut Document::<285>::new());
    test(&mut Document::<309>::new());
    test(&mut Document::<310>::new());
}

#[test]
fn what_is_put_into_an_empty_aws_block_opens_it() {
    let mut document = Document::<1024>::new();
    let mut segment = begin(&mut document, "checkout");
    segment.set_aws(&Default::default()).expect("there is room");
    segment.put_aws("a", &1).expect("there is room");
    segment.put_annotation("x", 1).expect("there is room");
    assert_eq!(parse(segment.json())["aws"], json!({ "a": 1 }));
    segment.set_aws(&Default::default()).expect("there is room");
    assert_eq!(parse(segment.json()).get("aws"), None);
    segment.put_aws("b", &2).expect("there is room");
    segment.put_aws("b", &3).expect("there is room");
    assert_eq!(parsed(&mut document)["aws"], json!({ "b": 3 }));
}

#[test]
fn what_is_put_into_an_aws_block_takes_the_place_of_what_was_set_or_put_there() {
    let mut document = Document::<1024>::new();
    let mut call = Subsegment::begin(&mut document, "SQS", context(), context().id(), AT).expect("there is room");
    let set = AwsCall { operation: Some("ListQueues"), retries: Some(1), ..AwsCall::default() };
    call.set_aws(&set).expect("there is room");
    // Of keys that were set, of those that could have been, and of others.
    for key in ["operation", "retries", "table_name", "delay_seconds", "q"] {
        for value in 1..=2 {
            call.put_aws(key, &value).expect("there is room");
        }
    }
    let put = json!({ "operation": 2, "retries": 2, "table_name": 2, "delay_seconds": 2, "q": 2 });
    assert_eq!(parse(call.json())["aws"], put);
    assert_eq!(call.json().matches("\"retries\"").count(), 1);
    call.set_aws(&set).expect("there is room");
    call.put_aws("q", &3).expect("there is room");
    assert_eq!(parse(call.json())["aws"], json!({ "operation": "ListQueues", "retries": 1, "q": 3 }));
}

#[test]
fn reserved_namespaces_are_refused_and_others_are_not() {
    let mut document = Document::<1024>::new();
    let mut segment = begin(&mut document, "checkout");
    for namespace in ["AWS.", "AWS.x", "AWS.\0"] {
        assert_eq!(segment.put_metadata_in(namespace, "k", &1), Err(MetadataError::ReservedNamespace));
    }
    for namespace in ["AWS", "aws.x", " AWS.x", ""] {
        assert_eq!(segment.put_metadata_in(namespace, "k", &1), Ok(()));
    }
    segment.put_metadata_in("default", "k", &1).expect("there is room");
    segment.put_metadata("k", &2).expect("there is room");
    let expected =
        json!({ "AWS": { "k": 1 }, "aws.x": { "k": 1 }, " AWS.x": { "k": 1 }, "": { "k": 1 }, "default": { "k": 2 } });
    assert_eq!(parsed(&mut document)["metadata"], expected);
}

#[test]
fn keys_that_look_like_json_replace_only_themselves() {
    let mut document = Document::<4096>::new();
    let mut segment = begin(&mut document, "checkout");
    let keys =
        ["", "\"", "\\", "\\\"", "\"}", "\"},\"x\":{\"", "{", "}", "[", ":", ",", "\n", "\u{1}", "k", "k\"", "k\\"];
    for round in 0..2 {
        for key in keys {
            segment.put_metadata(key, &round).expect("there is room");
            segment.put_metadata_in(key, key, &round).expect("there is room");
            segment.put_aws(key, &round).expect("there is room");
        }
    }
    let json = parsed(&mut document);
    assert_eq!(json["aws"].as_object().map(serde_json::Map::len), Some(keys.len()));
    for key in keys {
        assert_eq!(json["metadata"]["default"][key], 1, "{key:?}");
        assert_eq!(json["metadata"][key][key], 1, "{key:?}");
        assert_eq!(json["aws"][key], 1, "{key:?}");
    }
}

#[test]
fn a_link_keeps_the_last_value_of_a_key_and_at_most_twenty_are_kept() {
    let mut document = Document::<8192>::new();
    let mut segment = begin(&mut document, "consumer");
    let (long, longer) = ("k".repeat(501), "k".repeat(600));
    let written = "k".repeat(499) + "…";
    let attributes = [
        ("a", AnnotationValue::from(1)),
        (&long, 1.into()),
        ("b", f64::NAN.into()),
        ("a", 2.into()),
        (&longer, 2.into()),
        (&written, 3.into()),
    ];
    let link = Link { trace_id: TraceId::NOOP, id: context().id(), attributes: &attributes };
    segment.add_link(&link).expect("there is room");
    assert_eq!(parse(segment.json())["links"][0]["attributes"], json!({ "a": 2, "b": null, written.clone(): 3 }));
    for _ in 1..20 {
        segment.add_link(&Link { attributes: &[], ..link }).expect("there is room");
    }
    let before = segment.json().to_owned();
    assert_eq!(segment.add_link(&link), Err(LinkError::TooMany));
    assert_eq!(segment.json(), before);
    assert_eq!(parsed(&mut document)["links"].as_array().map(Vec::len), Some(20));
}

#[test]
fn every_exception_of_a_full_document_has_an_id_of_its_own() {
    let mut document = Box::new(Document::<65_507>::new());
    let mut segment = begin(&mut document, "checkout");
    let mut ids = std::collections::HashSet::new();
    while let Ok(id) = segment.add_exception(&Exception::default()) {
        assert!(ids.insert(id), "{id} stands twice, after {}", ids.len());
    }
    assert!(ids.len() > 1_000);
    assert_eq!(parsed(&mut document)["cause"]["exceptions"].as_array().map(Vec::len), Some(ids.len()));
}

#[test]
fn only_texts_that_stand_count_as_cut() {
    let long = "x".repeat(300);
    for frames in 0..8 {
        let stack = vec![Frame { path: &long, line: None, label: &long }; frames];
        let mut document = Document::<2048>::new();
        let mut segment = begin(&mut document, "checkout");
        segment.add_exception(&Exception { stack: &stack, ..Exception::default() }).expect("there is room");
        let cut = segment.tally().cut as usize;
        let kept = parsed(&mut document)["cause"]["exceptions"][0]["stack"].as_array().map_or(0, Vec::len);
        assert_eq!(cut, 2 * kept + usize::from(kept < frames), "{kept} of {frames} frames");
    }
}

#[test]
fn a_document_without_an_entity_takes_nothing() {
    let mut empty = Document::<1024>::new();
    let (mut tiny, mut child, mut parent) = (Document::<100>::new(), Document::<1024>::new(), Document::<1024>::new());
    assert_eq!(Segment::begin(&mut tiny, "x", context(), None, AT).err(), Some(Full));
    let entity = Subsegment::begin(&mut child, "db", context().child(EntityId::new(2).unwrap()), context().id(), AT);
    drop(entity.expect("there is room").end(AT));
    let _ = begin(&mut parent, "checkout");
    for embed in [Embed::IfFits, Embed::AtMost(0), Embed::AtMost(9)] {
        for nothing in [&mut *empty, &mut *tiny] {
            assert_eq!(nothing.embed(&mut child, embed), Err(Full));
            let _ = nothing.settle(&mut child, embed);
            assert_eq!(parent.embed(nothing, embed), Err(Full));
            let _ = parent.settle(nothing, embed);
            assert_eq!(nothing.tally(), Default::default());
        }
    }
    assert_eq!(parent.tally().bytes_alone, 0);
    assert!(empty.json().is_none() && tiny.datagram().is_none());
}

#[test]
fn a_child_of_another_trace_is_not_embedded() {
    let (mut parent, mut child) = (Document::<1024>::new(), Document::<512>::new());
    let _ = begin(&mut parent, "checkout");
    let elsewhere = TraceContext::new(TraceId::from_u128(7), context().id());
    for (trace, embedded) in [(elsewhere, false), (context(), true)] {
        let child_context = trace.child(EntityId::new(2).expect("two is not zero"));
        let entity = Subsegment::begin(&mut child, "db", child_context, trace.id(), AT).expect("there is room");
        drop(entity.end(AT));
        assert_eq!(parent.embed(&mut child, Embed::IfFits).is_ok(), embedded);
        // Once is enough.
        assert_eq!(parent.embed(&mut child, Embed::IfFits), Err(Full));
    }
}
