//! What names may hold, for every character there is: the class `[\p{L}\p{N}\p{Z}_.:/%&#=+\-@]` of the format, by the
//! Unicode tables of the `regex` crate.
//!
//! The core has no such tables. It asks `char::is_alphanumeric` and leaves out the characters of its table
//! `ALPHABETIC_MARKS`, which these tests make. The standard library may be of a newer Unicode version than the `regex`
//! crate; characters that only the newer one knows are what the standard library says they are.

use std::fmt::Write as _;
use std::sync::LazyLock;

use conformance::differences::NAME_CLASS;
use regex::Regex;
use xray_recorder::{Timestamp, TraceContext};
use xray_recorder_core::{Document, Segment};

/// Where the core has its table.
const TABLE: &str = include_str!("../../../core/src/name_marks.rs");

/// For each character, whether it is of a class of the `regex` crate.
fn members(class: &str) -> Vec<bool> {
    let all: String = ('\0'..=char::MAX).collect();
    let class = Regex::new(class).expect("the class is a regular expression");
    let mut members = vec![false; char::MAX as usize + 1];
    for found in class.find_iter(&all) {
        for c in found.as_str().chars() {
            members[c as usize] = true;
        }
    }
    members
}

/// Whether a name keeps this character.
fn is_expected(c: char) -> bool {
    static ALLOWED: LazyLock<Vec<bool>> = LazyLock::new(|| members(&format!("{NAME_CLASS}+")));
    static UNASSIGNED: LazyLock<Vec<bool>> = LazyLock::new(|| members(r"\p{Cn}+"));
    ALLOWED[c as usize] || (UNASSIGNED[c as usize] && c.is_alphanumeric())
}

/// The name an entity gets.
fn name_of(name: &str) -> String {
    let mut document = Document::<2048>::new();
    let context = TraceContext::new(
        "1-5759e988-bd862e3fe1be46a994272793".parse().expect("it is a trace id"),
        "53995c3f42cd8ad8".parse().expect("it is an id"),
    );
    let mut segment = Segment::begin(&mut document, name, context, None, Timestamp::from_secs(1_480_615_200))
        .expect("there is room for 200 characters");
    let document: serde_json::Value = serde_json::from_str(segment.json()).expect("a document is JSON");
    document["name"].as_str().expect("a name is a text").to_owned()
}

#[test]
fn every_character_is_kept_in_a_name_or_left_out_as_the_format_says() {
    let all: Vec<char> = ('\0'..=char::MAX).collect();
    for batch in all.chunks(199) {
        // The first is always kept, so that there is a name.
        let name: String = std::iter::once('a').chain(batch.iter().copied()).collect();
        let expected: String = name.chars().filter(|&c| is_expected(c)).collect();
        assert_eq!(name_of(&name), expected, "from U+{:04X}", u32::from(batch[0]));
    }
}

#[test]
fn the_table_of_alphabetic_marks_is_that_of_the_unicode_tables() {
    let table = table();
    assert!(TABLE == table, "core/src/name_marks.rs is to be:\n{table}");
}

/// The text of the core's table.
fn table() -> String {
    let ranges = ranges();
    let mut text = format!(
        "// Characters that are alphanumeric to the standard library but not of the classes L and N that names may have:\n\
         // combining vowel signs and circled letters. Ranges from first to last, in order; they reach over characters that\n\
         // are not alphanumeric. Of Unicode 16, as the `regex` crate has it; made and checked by the conformance tests.\n\
         const ALPHABETIC_MARKS: [(u32, u32); {}] = [\n",
        ranges.len()
    );
    for row in ranges.chunks(5) {
        let row = row.iter().fold("   ".to_owned(), |mut row, (first, last)| {
            let _ = write!(row, " (0x{first:04x}, 0x{last:04x}),");
            row
        });
        text.push_str(&row);
        text.push('\n');
    }
    text.push_str("];\n");
    text
}

/// The fewest ranges that have all characters to be left out and none to be kept.
fn ranges() -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    let mut extend = false;
    for c in ('\u{80}'..=char::MAX).filter(|c| c.is_alphanumeric()) {
        if is_expected(c) {
            extend = false;
            continue;
        }
        match ranges.last_mut() {
            Some((_, last)) if extend => *last = c.into(),
            _ => ranges.push((c.into(), c.into())),
        }
        extend = true;
    }
    ranges
}
