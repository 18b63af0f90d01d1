//! Metadata is the user's code: it may fail, panic, be endless, or use the recorder itself while it is written.

mod support;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::{fmt, thread};

use serde::ser::{Error as _, SerializeMap, SerializeTupleVariant};
use serde::{Serialize, Serializer};
use serde_json::json;
use support::{Memory, assert_settled, document, documents, findings, logged, recorder, traces, within_deadline};
use xray_recorder::{Recorder, Segment, Subsegment};

/// A value that is written by a closure.
struct By<F>(F);

impl<F: Fn()> Serialize for By<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.0)();
        serializer.serialize_str("done")
    }
}

struct Fails;

impl Serialize for Fails {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("no"))
    }
}

/// Begins an object and fails in the midst of it.
struct FailsLate;

impl Serialize for FailsLate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("written", &[1, 2, 3])?;
        map.serialize_entry("fails", &Fails)?;
        map.end()
    }
}

/// So many arrays in each other.
struct Nested(u32);

impl Serialize for Nested {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 == 0 { serializer.serialize_unit() } else { [Self(self.0 - 1)].serialize(serializer) }
    }
}

/// A map without an end.
struct Endless;

impl Serialize for Endless {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for number in 0_u64.. {
            map.serialize_entry(&number, &number)?;
        }
        map.end()
    }
}

/// Claims success for a map it never finished, a key without a value, a `Display` that fails.
struct BreaksProtocol;

impl Serialize for BreaksProtocol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(7))?;
        map.serialize_key("key")?;
        map.end()
    }
}

struct BadDisplay;

impl fmt::Display for BadDisplay {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

impl Serialize for BadDisplay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

struct Bytes;

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&[0, 1, 255])
    }
}

struct Variant;

impl Serialize for Variant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut variant = serializer.serialize_tuple_variant("Shape", 1, "Rect\"angle", 2)?;
        variant.serialize_field(&2)?;
        variant.serialize_field(&'"')?;
        variant.end()
    }
}

#[test]
fn a_value_of_any_type_becomes_the_json_that_serde_json_writes() {
    fn check<T: Serialize>(value: T) {
        let recorder = recorder();
        let mut segment = recorder.begin_segment("checkout");
        segment.put_metadata("key", &value);
        let expected = format!(r#","metadata":{{"default":{{"key":{}}}}}"#, serde_json::to_string(&value).unwrap());
        assert!(segment.json().unwrap().contains(&expected), "{expected}: {}", segment.json().unwrap());
        segment.end();
        assert_eq!(recorder.stats().refused, 0);
        assert_eq!(findings(&recorder.transport().sent()), []);
    }
    check(('c', '"', '\u{10ffff}', '\0'));
    check((u128::MAX, i128::MIN, u64::MAX, i64::MIN));
    check((f64::NAN, f64::INFINITY, f32::NEG_INFINITY));
    check(((), None::<u8>, Some(Some(1))));
    check(Bytes);
    check(Variant);
    check(BTreeMap::from([(-1, "a"), (1, "b")]));
    check(BTreeMap::from([(true, 'c')]));
    check(Nested(64));
    check("\u{0}\u{1f}\u{7f}\u{2028}\\\"/");
    check(json!({"": {"a": [], "b": {}}}));
    check("x".repeat(13_000));
}

#[test]
fn a_value_that_cannot_be_written_changes_nothing_and_is_counted() {
    let recorder = recorder();
    let records = logged(|| {
        let mut segment = recorder.begin_segment("checkout");
        segment.put_metadata("kept", &1).put_metadata_in("own", "kept", &2).put_aws("kept", &3);
        let before = segment.json();
        segment
            .put_metadata("kept", &Fails)
            .put_metadata("kept", &FailsLate)
            .put_metadata_in("own", "kept", &FailsLate)
            .put_metadata_in("other", "key", &FailsLate)
            .put_aws("kept", &FailsLate)
            .put_metadata("deep", &Nested(65))
            .put_metadata("deep", &Nested(200))
            .put_metadata("deep", &Nested(20_000))
            .put_metadata("endless", &Endless)
            .put_metadata("large", &"x".repeat(16_384))
            .put_metadata("map", &BTreeMap::from([([1], 1)]))
            .put_metadata("map", &BreaksProtocol)
            .put_metadata("display", &BadDisplay)
            .put_metadata_in("AWS.reserved", "key", &1);
        assert_eq!(segment.json(), before);
        // And one that has no room is not the end.
        segment.put_metadata("after", &true);
    });
    // No room, an error of the value's own, too deep, a key that is no text, a reserved namespace.
    assert_eq!(records.len(), 5, "each kind is told once: {records:?}");
    assert_eq!(records.iter().collect::<std::collections::HashSet<_>>().len(), records.len(), "{records:?}");
    assert_eq!(recorder.stats().refused, 14);
    let document = document(recorder);
    assert_eq!(document["metadata"], json!({"default": {"kept": 1, "after": true}, "own": {"kept": 2}}));
    assert_eq!(document["aws"], json!({"kept": 3}));
}

fn panics() -> By<impl Fn()> {
    // Without the hook, so that the output of the tests is not full of it.
    By(|| resume_unwind(Box::new("on purpose")))
}

#[test]
fn a_panic_in_a_value_passes_through_and_the_entity_lives_on() {
    for with_child in [false, true] {
        let recorder = recorder();
        let mut segment = recorder.begin_segment("checkout");
        let child = with_child.then(|| segment.begin_subsegment("db"));
        segment.put_metadata("before", &1);
        let caught = catch_unwind(AssertUnwindSafe(|| segment.put_metadata("key", &(1, panics())).is_sampled()));
        assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"on purpose"));
        segment.put_metadata("after", &2);
        // It is embedded as if nothing had been.
        drop(child);
        segment.begin_subsegment("later").end();
        segment.end();
        assert_settled(recorder.stats());
        let document = document(recorder);
        assert_eq!(document["metadata"]["default"], json!({"before": 1, "after": 2}));
        assert_eq!(document["subsegments"].as_array().unwrap().len(), 1 + usize::from(with_child));
        assert_eq!(document.get("fault"), None);
    }
}

#[test]
fn a_panic_that_unwinds_through_the_guard_sends_the_entity_with_fault() {
    for with_child in [false, true] {
        let recorder = recorder();
        let mut child = None;
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let mut segment = recorder.begin_segment("checkout");
            child = with_child.then(|| segment.begin_subsegment("db"));
            segment.put_annotation("before", 1).put_metadata("key", &panics());
        }));
        assert!(caught.is_err());
        // Whose parent has ended, faulty.
        drop(child);
        assert_settled(recorder.stats());
        assert_eq!(findings(&recorder.transport().sent()), []);
        let document = &documents(recorder)[0];
        assert_eq!((&document["fault"], &document["annotations"]["before"]), (&json!(true), &json!(1)));
        assert_eq!(document.get("metadata"), None);
        assert_eq!(recorder.stats().datagrams, 1 + u64::from(with_child));
    }
}

#[test]
fn a_child_that_outlives_a_panic_is_not_embedded_in_the_next_trace() {
    let recorder = recorder();
    let mut old = None;
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let mut segment = recorder.begin_segment("old");
        old = Some(segment.begin_subsegment("old child"));
        segment.put_metadata("key", &panics());
    }));
    assert!(caught.is_err());
    // The guard is reused, with its slot.
    let mut segment = recorder.begin_segment("new");
    segment.begin_subsegment("new child").end();
    drop(old);
    let document = segment.json().unwrap();
    assert!(!document.contains("old"), "{document}");
    segment.end();
    assert_settled(recorder.stats());
    assert_eq!(findings(&recorder.transport().sent()), []);
    let mut outlines: Vec<_> = traces(recorder).iter().map(xray_recorder_receiver::Trace::outline).collect();
    outlines.sort();
    assert_eq!(outlines, ["new\n  new child\n", "old\n  old child\n"]);
}

#[test]
fn a_value_may_end_children_of_the_entity_it_is_written_to() {
    within_deadline(|| {
        let recorder = recorder();
        let mut segment = recorder.begin_segment("checkout");
        let here = RefCell::new(Some(segment.begin_subsegment("here")));
        let there = RefCell::new(Some(segment.begin_subsegment("there")));
        let before = segment.begin_subsegment("before");
        let after = segment.begin_subsegment("after");
        before.end();
        segment.put_metadata(
            "key",
            &By(|| {
                drop(here.take());
                let there = there.take();
                thread::spawn(move || drop(there)).join().unwrap();
            }),
        );
        after.end();
        segment.end();
        assert_settled(recorder.stats());
        assert_eq!(findings(&recorder.transport().sent()), []);
        let documents = documents(recorder);
        assert_eq!(documents.len(), 1);
        let embedded: Vec<_> =
            documents[0]["subsegments"].as_array().unwrap().iter().map(|child| &child["name"]).collect();
        assert_eq!(embedded, ["before", "here", "there", "after"]);
        assert_eq!(documents[0]["metadata"]["default"]["key"], "done");
    });
}

#[test]
fn a_value_may_use_the_recorder_and_other_entities() {
    within_deadline(|| {
        let recorder = recorder();
        let mut segment = recorder.begin_segment("checkout");
        let sibling = RefCell::new(segment.begin_subsegment("sibling"));
        let depth = Cell::new(0);
        fn nest(recorder: Recorder<Memory>, depth: u32) {
            let mut inner: Segment = recorder.begin_segment("inner");
            if depth < 10 {
                inner.put_metadata("key", &By(|| nest(recorder, depth + 1)));
            }
        }
        segment.put_metadata(
            "key",
            &By(|| {
                depth.set(depth.get() + 1);
                sibling.borrow_mut().put_metadata("key", &By(|| assert_eq!(recorder.stats().refused, 0)));
                let mut grandchild: Subsegment = sibling.borrow().begin_subsegment("grandchild");
                grandchild.put_annotation("key", 1);
                nest(recorder, 1);
            }),
        );
        assert_eq!(depth.get(), 1, "a value is written once");
        drop(sibling);
        segment.end();
        assert_settled(recorder.stats());
        assert_eq!(findings(&recorder.transport().sent()), []);
        assert_eq!(recorder.stats().sent, 3 + 10);
        let traces = traces(recorder);
        let trace = traces.iter().find(|trace| trace.find_by_name("checkout").is_some()).unwrap();
        assert_eq!(trace.outline(), "checkout\n  sibling\n    grandchild\n");
    });
}

/// An error whose texts fail.
#[derive(Clone, Copy)]
struct Mute;

impl fmt::Display for Mute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("partly")?;
        Err(fmt::Error)
    }
}

impl fmt::Debug for Mute {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

impl std::error::Error for Mute {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // It is its own source.
        static SELF: Mute = Mute;
        Some(&SELF)
    }
}

#[test]
fn an_error_whose_texts_fail_and_whose_sources_never_end_is_recorded_as_far_as_it_goes() {
    let recorder = recorder();
    let mut segment = recorder.begin_segment("checkout");
    assert!(segment.add_exception(&Mute).is_some());
    segment.end();
    let document = document(recorder);
    let exceptions = document["cause"]["exceptions"].as_array().unwrap();
    assert_eq!(exceptions.len(), 11);
    assert!(exceptions.iter().all(|exception| exception["message"] == "partly"), "{exceptions:#?}");
    assert_eq!(exceptions.iter().filter_map(|exception| exception["skipped"].as_u64()).collect::<Vec<_>>(), [990]);
}
