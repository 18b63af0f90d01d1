//! Metadata of other people's types: each value becomes what serde_json writes for it, or a typed error, never a panic,
//! and an error leaves every byte as it was.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde::ser::{Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple};
use serde::{Serialize, Serializer};
use serde_json::Value;
use xray_recorder_core::{Document, DocumentView, EntityId, MetadataError, Segment, Timestamp, TraceContext, TraceId};

mod support;

use support::json::{parse, parse_deep};

fn begin(document: &mut DocumentView) -> Segment<'_> {
    let context = TraceContext::new(TraceId::from_u128(1), EntityId::new(1).expect("one is not zero"));
    Segment::begin(document, "checkout", context, None, Timestamp::from_secs(0)).expect("the document is large enough")
}

/// The text that the document holds for a value.
fn written<T: Serialize + ?Sized>(value: &T) -> Result<String, MetadataError> {
    let mut document = Box::new(Document::<16_384>::new());
    let mut segment = begin(&mut document);
    let before = segment.json().to_owned();
    let result = segment.put_metadata("k", value);
    if let Err(error) = result {
        assert_eq!(segment.json(), before, "a refused value has changed the document");
        assert_eq!(segment.tally().refused, 1);
        assert_eq!(segment.put_aws("k", value), Err(error));
        assert_eq!(segment.put_metadata("k", &1), Ok(()));
        parse(segment.json());
        return Err(error);
    }
    let json = segment.json();
    let start = json.find(r#"{"k":"#).expect("it was written") + r#"{"k":"#.len();
    Ok(json[start..json.len() - "}}}".len()].to_owned())
}

/// The same value as serde_json writes it, and as text where a parsed number would lose digits.
#[track_caller]
fn assert_same<T: Serialize + ?Sized>(value: &T) {
    let expected = serde_json::to_string(value).expect("serde_json can write it");
    let found = written(value).unwrap_or_else(|error| panic!("{error}: {expected}"));
    let parsed = |text: &str| serde_json::from_str::<Value>(text).expect("it is JSON");
    assert_eq!(parsed(&found), parsed(&expected), "{found} for {expected}");
}

#[track_caller]
fn assert_refused<T: Serialize + ?Sized>(value: &T, error: MetadataError) {
    assert_eq!(written(value), Err(error));
}

#[derive(Serialize)]
struct Unit;

#[derive(Serialize)]
struct Newtype(i32);

#[derive(Serialize)]
struct Pair(u8, Option<char>);

#[derive(Serialize)]
#[serde(rename = "str\"uct")]
struct Renamed {
    #[serde(rename = "a\"b\\c\n")]
    field: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<u8>,
    #[serde(flatten)]
    rest: BTreeMap<String, u8>,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord, Clone, Copy, Hash)]
enum Variants {
    Unit,
    #[serde(rename = "new\"type")]
    Newtype(u8),
    Tuple(u8, bool),
    Struct {
        #[serde(rename = "\"")]
        field: char,
    },
}

#[test]
fn scalars_are_what_serde_json_writes() {
    assert_same(&());
    assert_same(&Unit);
    assert_same(&true);
    assert_same(&'x');
    assert_same(&'"');
    assert_same(&'\0');
    assert_same(&'🦀');
    assert_same(&None::<u8>);
    assert_same(&Some(Some(3)));
    assert_same(&Newtype(-1));
    assert_same("text \" \\ \u{7f} 漢");
    for number in [i64::MIN, -1, 0, 9, 10, 99, 100, 999, 1_000, i64::MAX] {
        assert_same(&number);
        assert_same(&(
            number as i8,
            number as i16,
            number as i32,
            number as u8,
            number as u16,
            number as u32,
            number as u64,
        ));
    }
}

#[test]
fn floats_are_what_serde_json_writes_and_null_where_they_are_not_finite() {
    for number in [0.0, -0.0, 0.1, 1.5, 1e15, 1e16, 1e17, 1e21, 1e-5, 1e-7, 123_456.789, f64::MAX, 5e-324, f64::EPSILON]
    {
        let text = written(&number).expect("it fits");
        assert_eq!(text.parse::<f64>().expect("a number").to_bits(), number.to_bits());
        assert!(serde_json::from_str::<Value>(&text).expect("it is JSON").is_f64(), "{text} reads as an integer");
        let single = number as f32;
        if single.is_finite() {
            let text = written(&single).expect("it fits");
            assert_eq!(text.parse::<f32>().expect("a number").to_bits(), single.to_bits());
        }
    }
    assert_same(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
    assert_same(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY]);
}

#[test]
fn integers_of_128_bits_keep_their_digits() {
    for number in [u128::MAX, u128::from(u64::MAX) + 1, 0] {
        assert_eq!(written(&number).as_deref(), Ok(&*serde_json::to_string(&number).expect("serde_json can")));
    }
    for number in [i128::MIN, i128::MAX, -1] {
        assert_eq!(written(&number).as_deref(), Ok(&*serde_json::to_string(&number).expect("serde_json can")));
    }
}

#[test]
fn structures_and_variants_are_what_serde_json_writes() {
    assert_same(&Pair(1, Some('"')));
    let rest = BTreeMap::from([("x\"".to_owned(), 1), (String::new(), 2)]);
    assert_same(&Renamed { field: 1, skipped: None, rest: rest.clone() });
    assert_same(&Renamed { field: 1, skipped: Some(2), rest: BTreeMap::new() });
    for variant in [Variants::Unit, Variants::Newtype(1), Variants::Tuple(1, true), Variants::Struct { field: '"' }] {
        assert_same(&variant);
        assert_same(&[variant; 3]);
        assert_same(&Some(BTreeMap::from([("k", variant)])));
    }
    assert_same::<[u8]>(&[]);
    assert_same(&BTreeMap::<String, u8>::new());
    assert_same(&(1, "a", [(); 3]));
}

/// Bytes, through serde's own method for them.
struct Bytes(&'static [u8]);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

#[test]
fn bytes_are_an_array_of_numbers() {
    assert_same(&Bytes(b""));
    assert_same(&Bytes(b"\0\xff\"7"));
    assert_refused(&BTreeMap::from([(ByteKey, 1)]), MetadataError::KeyMustBeAString);
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct ByteKey;

impl Serialize for ByteKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(b"key")
    }
}

/// A map with one key of any type.
struct Keyed<K>(K);

impl<K: Serialize> Serialize for Keyed<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.0, &1)?;
        map.end()
    }
}

#[test]
fn keys_with_a_natural_text_are_what_serde_json_writes() {
    assert_same(&Keyed("\"quoted\" \n 漢"));
    assert_same(&Keyed('"'));
    assert_same(&Keyed(true));
    assert_same(&Keyed(i64::MIN));
    assert_same(&Keyed(u64::MAX));
    assert_same(&Keyed(u128::MAX));
    assert_same(&Keyed(i128::MIN));
    assert_same(&Keyed(1.5));
    assert_same(&Keyed(0.25_f32));
    assert_same(&Keyed(Newtype(7)));
    assert_same(&Keyed(Variants::Unit));
    assert_same(&Keyed(Some("x")));
    assert_same(&Keyed(Some(Some(7))));
    assert_same(&Keyed(format_args!("{}\"", 1)));
    assert_same(&HashMap::from([(1_u8, "one")]));
}

#[test]
fn keys_without_a_natural_text_are_refused() {
    assert_refused(&Keyed(()), MetadataError::KeyMustBeAString);
    assert_refused(&Keyed(Unit), MetadataError::KeyMustBeAString);
    assert_refused(&Keyed(None::<u8>), MetadataError::KeyMustBeAString);
    assert_refused(&Keyed([1, 2]), MetadataError::KeyMustBeAString);
    assert_refused(&Keyed((1, 2)), MetadataError::KeyMustBeAString);
    assert_refused(&Keyed(vec![1]), MetadataError::KeyMustBeAString);
    assert_refused(&Keyed(Pair(1, None)), MetadataError::KeyMustBeAString);
    assert_refused(&Keyed(BTreeMap::from([(1, 2)])), MetadataError::KeyMustBeAString);
    assert_refused(&Keyed(Variants::Newtype(1)), MetadataError::KeyMustBeAString);
    assert_refused(&Keyed(Variants::Tuple(1, true)), MetadataError::KeyMustBeAString);
    assert_refused(&Keyed(Variants::Struct { field: 'x' }), MetadataError::KeyMustBeAString);
    for number in [f64::NAN, f64::INFINITY] {
        assert_refused(&Keyed(number), MetadataError::KeyMustBeAString);
        assert_refused(&Keyed(number as f32), MetadataError::KeyMustBeAString);
    }
}

/// Calls a closure with the serializer: for types that break the protocol.
struct With<F>(F);

macro_rules! breaker {
    ($name:ident, $serializer:ident => $body:block) => {
        struct $name;
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, $serializer: S) -> Result<S::Ok, S::Error> $body
        }
    };
}

breaker!(Fails, _serializer => { Err(S::Error::custom("no")) });
breaker!(FailsWithin, serializer => {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("a", &[1, 2, 3])?;
    map.serialize_entry("b", &Fails)?;
    map.end()
});
breaker!(KeyWithoutValue, serializer => {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_key("a")?;
    map.end()
});
breaker!(TwoKeys, serializer => {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_key("a")?;
    map.serialize_key("b")?;
    map.serialize_value(&1)?;
    map.end()
});
breaker!(ValueWithoutKey, serializer => {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_value(&1)?;
    map.end()
});
breaker!(TwoValues, serializer => {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("a", &1)?;
    map.serialize_value(&2)?;
    map.end()
});
breaker!(SwallowsInMap, serializer => {
    let mut map = serializer.serialize_map(None)?;
    let _ = map.serialize_entry(&[1], &1);
    let _ = map.serialize_value(&1);
    let _ = map.serialize_entry("b", &Fails);
    let _ = map.serialize_entry("c", &1);
    map.end()
});
breaker!(SwallowsInSequence, serializer => {
    let mut sequence = serializer.serialize_seq(None)?;
    let _ = sequence.serialize_element(&FailsWithin);
    let _ = sequence.serialize_element(&1);
    sequence.end()
});
breaker!(SwallowsInStruct, serializer => {
    let mut fields = serializer.serialize_struct("S", 2)?;
    let _ = fields.serialize_field("a", &KeyWithoutValue);
    let _ = fields.serialize_field("b", &1);
    fields.end()
});
breaker!(WrongLengths, serializer => {
    let mut tuple = serializer.serialize_tuple(100)?;
    tuple.serialize_element(&1)?;
    tuple.end()
});
breaker!(DisplayFails, serializer => {
    struct Display;
    impl fmt::Display for Display {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half")?;
            Err(fmt::Error)
        }
    }
    serializer.collect_str(&Display)
});
breaker!(DisplaySwallows, serializer => {
    struct Display;
    impl fmt::Display for Display {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            for _ in 0..100 {
                let _ = f.write_str(&"x".repeat(1_000));
            }
            f.write_str("")
        }
    }
    serializer.collect_str(&Display)
});

#[test]
fn a_serialize_that_fails_or_breaks_the_protocol_is_refused() {
    assert_refused(&Fails, MetadataError::Serialize);
    assert_refused(&FailsWithin, MetadataError::Serialize);
    assert_refused(&[Some(Fails)], MetadataError::Serialize);
    assert_refused(&KeyWithoutValue, MetadataError::Serialize);
    assert_refused(&TwoKeys, MetadataError::Serialize);
    assert_refused(&ValueWithoutKey, MetadataError::Serialize);
    assert_refused(&TwoValues, MetadataError::Serialize);
    assert_refused(&DisplayFails, MetadataError::Serialize);
    assert_refused(&Keyed(DisplayFails), MetadataError::Serialize);
    assert_refused(&DisplaySwallows, MetadataError::Full);
    // What went wrong is lost with the error that was swallowed; the value is refused all the same.
    assert!(written(&SwallowsInMap).is_err());
    assert!(written(&SwallowsInSequence).is_err());
    assert!(written(&SwallowsInStruct).is_err());
}

#[test]
fn announced_lengths_do_not_matter() {
    assert_same(&WrongLengths);
}

#[test]
fn displayed_values_are_escaped() {
    assert_same(&format_args!("{}", "\"\\\n\0漢"));
    assert_same(&format_args!("{:>40}|{:?}", "x", "\u{1}"));
}

/// Nests `levels` of what `wrap` makes around a unit.
#[derive(Serialize)]
enum Nest {
    Leaf,
    Sequence([Box<Self>; 1]),
}

fn nested(levels: usize, open: &str, close: &str) -> Value {
    let text = format!("{}{}", open.repeat(levels), if open == "[" { "" } else { "1" }) + &close.repeat(levels);
    parse_deep(&text)
}

#[test]
fn a_value_may_nest_sixty_four_levels_and_not_more() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        for levels in [1, 2, 63, 64] {
            assert_same(&nested(levels, open, close));
        }
        for levels in [65, 66, 127, 128, 200, 300] {
            assert_refused(&nested(levels, open, close), MetadataError::TooDeep);
        }
    }
    let mut nest = Nest::Leaf;
    for _ in 0..200 {
        nest = Nest::Sequence([Box::new(nest)]);
    }
    assert_refused(&nest, MetadataError::TooDeep);
}

/// An endless value that writes nothing.
struct Endless;

impl Serialize for Endless {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_some(self)
    }
}

struct EndlessNewtype;

impl Serialize for EndlessNewtype {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct("Endless", self)
    }
}

#[test]
fn an_endless_value_is_refused() {
    assert_refused(&Endless, MetadataError::TooDeep);
    assert_refused(&EndlessNewtype, MetadataError::TooDeep);
    assert_refused(&Keyed(Endless), MetadataError::TooDeep);
    assert_refused(&Keyed(EndlessNewtype), MetadataError::TooDeep);
}

#[test]
fn a_value_larger_than_the_buffer_is_refused() {
    assert_refused(&"x".repeat(1_000_000), MetadataError::Full);
    assert_refused(&vec!["🦀"; 100_000], MetadataError::Full);
    assert_refused(&vec![0_u8; 16_384], MetadataError::Full);
    assert_refused(&Bytes(&[0; 16_384]), MetadataError::Full);
    assert_refused(&Keyed("k".repeat(20_000)), MetadataError::Full);
    assert_refused(&format_args!("{:>20000}", ""), MetadataError::Full);
}

#[test]
fn a_value_is_written_whole_or_not_at_all_in_any_room() {
    let value = (Renamed { field: 1, skipped: Some(2), rest: BTreeMap::new() }, [Some(1.5), None], "\"漢\"", u128::MAX);
    let expected: Value = parse(&serde_json::to_string(&value).expect("serde_json can"));
    let mut accepted = 0;
    for fill in 0..550 {
        let mut document = Document::<1024>::new();
        let mut segment = begin(&mut document);
        segment.put_metadata("fill", &"x".repeat(fill)).ok();
        let before = segment.json().to_owned();
        match segment.put_metadata("k", &value) {
            Ok(()) => {
                accepted += 1;
                assert_eq!(parse(segment.json())["metadata"]["default"]["k"], expected);
            }
            Err(error) => assert_eq!((error, segment.json()), (MetadataError::Full, &*before)),
        }
    }
    assert!((100..500).contains(&accepted), "{accepted}");
}

impl<F> With<F> {
    /// Serializes by a function, as `#[serde(with)]` does.
    fn by(function: F) -> Self {
        Self(function)
    }
}

impl<F: Fn() -> String> Serialize for With<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&(self.0)())
    }
}

#[test]
fn values_made_while_they_are_written_are_written() {
    assert_same(&With::by(|| "made".repeat(3)));
    assert_same(&ser_iterator());
}

fn ser_iterator() -> impl Serialize {
    struct Squares;
    impl Serialize for Squares {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq((0..5).map(|n| n * n))
        }
    }
    Squares
}
