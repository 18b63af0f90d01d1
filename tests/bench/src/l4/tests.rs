//! The yardstick writes the very bytes of the samples, and escapes what has to be escaped.

use super::text::text;
use super::*;
use crate::outlet::Capture;
use crate::peer::Entry;
use crate::workload::Workload;

/// Puts zeros where ids and times are.
fn normalized(datagram: &[u8]) -> String {
    const VARYING: [&str; 4] = ["\"id\":\"", "\"trace_id\":\"1-", "\"start_time\":", "\"end_time\":"];
    let mut datagram = String::from_utf8(datagram.to_vec()).unwrap();
    for key in VARYING {
        let places: Vec<usize> = datagram.match_indices(key).map(|(at, _)| at + key.len()).collect();
        for at in places {
            let digits = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b'.');
            let length = datagram[at..].bytes().take_while(digits).count();
            let zeros: String = datagram[at..at + length]
                .chars()
                .map(|char| if char.is_ascii_hexdigit() { '0' } else { char })
                .collect();
            datagram.replace_range(at..at + length, &zeros);
        }
    }
    datagram
}

fn delivered(workload: Workload) -> Vec<Vec<u8>> {
    let capture = Capture::default();
    (Entry::of::<L4>().capture)(workload, capture.clone())(1);
    capture.take()
}

#[test]
fn the_bytes_are_those_of_the_samples() {
    for workload in [Workload::Leaf, Workload::Typical] {
        let delivered = delivered(workload);
        assert_eq!(delivered.len(), 1);
        assert_eq!(normalized(&delivered[0]), normalized(workload.sample().unwrap()));
    }
}

#[test]
fn a_wide_trace_is_one_datagram_per_entity() {
    let delivered = delivered(Workload::Wide);
    assert_eq!(delivered.len(), 1_001);
    assert_eq!(delivered.iter().map(Vec::len).sum::<usize>(), 471_952);
    let leaf = Workload::Leaf.sample().unwrap();
    assert_eq!(normalized(&delivered[1_000]), normalized(leaf));
    let text = String::from_utf8(delivered[3].clone()).unwrap();
    let id = text.split("\"parent_id\":\"").nth(1).unwrap();
    let root = String::from_utf8(delivered[1_000].clone()).unwrap();
    assert!(root.contains(&format!("\"id\":\"{}\"", &id[..16])));
}

#[test]
fn a_trace_that_is_not_sampled_delivers_nothing() {
    assert_eq!(delivered(Workload::Unsampled), Vec::<Vec<u8>>::new());
}

#[test]
fn text_of_any_length_is_what_serde_json_makes_of_it() {
    for length in 0..120 {
        for at in 0..=length {
            for special in [0, 1, 8, 9, 10, 12, 13, 31, 32, 33, 34, 35, 91, 92, 93, 126, 127] {
                let mut value = "x".repeat(length);
                if at < length {
                    value.replace_range(at..=at, &char::from(special).to_string());
                }
                let mut buffer = [0; 512];
                let left = text(&mut buffer, &value, b"\"").unwrap().len();
                let written = std::str::from_utf8(&buffer[..512 - left]).unwrap();
                let read: String = serde_json::from_str(&format!("\"{written}")).unwrap();
                assert_eq!(read, value);
            }
        }
    }
}

#[test]
fn text_that_does_not_fit_is_refused() {
    for length in [0, 1, 5, 11, 16, 40] {
        let value = "x".repeat(length);
        assert!(text(&mut vec![0; length + 1], &value, b"\"").is_some());
        assert!(text(&mut vec![0; length], &value, b"\"").is_none());
    }
    assert!(text(&mut [0; 6], "\u{1}", b"\"").is_none());
    assert!(text(&mut [0; 7], "\u{1}", b"\"").is_some());
}

#[test]
fn integers_and_ids_are_what_the_standard_library_makes_of_them() {
    for value in [0, 7, 10, 42, 99, 100, 312, 999, 1_000, 5_123, 9_999, 10_000, u64::MAX] {
        let mut buffer = [0; 64];
        let left = number::integer(&mut buffer, value, b",").unwrap().len();
        assert_eq!(buffer[..64 - left], *format!("{value},").as_bytes());
        assert_eq!(number::hex16(value), *format!("{value:016x}").as_bytes());
        assert_eq!(number::hex8(value as u32), *format!("{:08x}", value as u32).as_bytes());
    }
}

#[test]
fn times_are_fixed_point_seconds() {
    let mut times = number::Times::default();
    for time in [1_795_173_996_989_922, 1_795_173_996_000_000, 1_795_173_997_000_001, 1_795_173_996_999_999] {
        let mut text = [0; number::TIME];
        times.write(&mut text, time);
        let expected = format!("{}.{:06}", time / 1_000_000, time % 1_000_000);
        assert_eq!(text, *expected.as_bytes());
    }
}
