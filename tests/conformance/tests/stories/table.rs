//! What holds for all stories together.

use std::collections::BTreeSet;
use std::path::Path;

use conformance::differences::ROWS;
use conformance::{Capture, Story};

use super::{context, headers, lambda, node, python, python_values};

fn stories() -> impl Iterator<Item = &'static Story> {
    [context::STORIES, headers::STORIES, lambda::STORIES, node::STORIES, python::STORIES, python_values::STORIES]
        .into_iter()
        .flatten()
}

#[test]
fn every_documented_difference_is_seen_in_a_capture() {
    let used: BTreeSet<usize> = stories().flat_map(|story| story.compare().unwrap_or_default()).collect();
    for (at, row) in ROWS.iter().enumerate() {
        assert!(used.contains(&at), "no capture uses this row: {row:?}");
    }
}

#[test]
fn every_capture_has_a_story() {
    let told: BTreeSet<&str> = stories().map(|story| story.capture).collect();
    assert_eq!(Vec::from_iter(told), Capture::names().expect("the folder of captures is there"));
}

#[test]
fn the_documentation_lists_what_is_told() {
    let documentation = include_str!("../../src/lib.rs");
    let rows = documentation.lines().filter_map(|line| line.strip_prefix("//! | `")?.split_once("` | "));
    let (here, others): (Vec<_>, Vec<_>) = rows.partition(|(_, told)| told.starts_with("here"));
    let mut here: Vec<&str> = here.into_iter().map(|(capture, _)| capture).collect();
    here.sort_unstable();
    assert_eq!(here, Capture::names().expect("the folder of captures is there"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (capture, told) in others {
        let place = told.strip_prefix("elsewhere: in `").and_then(|told| told.split('`').next());
        assert!(place.is_some_and(|place| root.join(place).exists()), "{capture}: {told}");
    }
}
