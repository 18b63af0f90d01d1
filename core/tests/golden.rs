//! Golden documents: what four stories send, byte for byte.
//!
//! Time and randomness are the story's own, so the bytes are the same on every target; programs for others include
//! `golden/stories.rs` and compare with the same files. `UPDATE_GOLDEN=1` writes the files anew.

use std::path::Path;

mod support;

use support::sent::Sent;

#[path = "golden/stories.rs"]
mod stories;

fn check(name: &str, story: impl FnOnce(&mut Sent) -> Result<(), ()>) -> Sent {
    let mut sent = Sent::default();
    story(&mut sent).expect("nothing in a story is refused");
    let found: String = sent.0.iter().map(|datagram| format!("{datagram}\n")).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.json"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &found).expect("the file can be written");
    }
    let expected = std::fs::read_to_string(&path).expect("the file is there");
    for (n, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "line {} of {}", n + 1, path.display());
    }
    assert_eq!(found, expected, "{}", path.display());
    sent
}

#[test]
fn a_minimal_segment_is_these_bytes() {
    assert_eq!(check("minimal", stories::minimal).entities().len(), 1);
}

#[test]
fn a_segment_with_every_field_is_these_bytes() {
    let entities = check("rich", stories::rich).entities();
    assert_eq!(entities.iter().map(|entity| entity.embedded).collect::<Vec<_>>(), [false, false, true, true]);
}

#[test]
fn a_segment_whose_children_are_sent_alone_is_these_bytes() {
    let sent = check("wide", stories::wide);
    let entities = sent.entities();
    assert_eq!(entities.len(), 8);
    assert!(sent.0.len() > 2 && entities.iter().any(|entity| entity.embedded && entity.name == "one"));
    assert!(entities.iter().any(|entity| !entity.embedded && entity.name == "six"));
}

#[test]
fn a_failure_and_its_cause_are_these_bytes() {
    let documents = check("exception", stories::exception).documents();
    assert_eq!(documents.len(), 1);
    let child = &documents[0]["subsegments"][0];
    assert_eq!(child["cause"]["exceptions"][0]["id"], documents[0]["cause"]);
    assert!(child["cause"]["exceptions"][1]["message"].as_str().is_some_and(|message| message.ends_with('…')));
}
