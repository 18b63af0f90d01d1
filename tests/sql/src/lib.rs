//! What the tests of SQL share: databases that were started for them, queries as they were recorded, and the search for
//! secrets in what was sent.

pub mod at_once;
pub mod library;
pub mod library_of_sqlx;
pub mod official;
pub mod secrets;
pub mod servers;
pub mod silent;

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use xray_recorder::testing::{RecordedEntity, TestRecorder};
use xray_recorder::{Clock, Timestamp};

/// What a test runs its queries in.
pub const SEGMENT: &str = "request";

/// A recorder each of whose times is a millisecond after the one before, so that it is known what came after what.
#[must_use]
pub fn in_order() -> TestRecorder {
    TestRecorder::with(|builder| builder.clock(Ticking(AtomicU64::new(1_480_615_200_000))))
}

struct Ticking(AtomicU64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.fetch_add(1, Ordering::Relaxed) * 1_000)
    }
}

/// The queries that were recorded under [`SEGMENT`], in the order in which they began.
///
/// # Panics
///
/// Where there is no such segment.
#[must_use]
#[track_caller]
pub fn queries(kit: &TestRecorder, name: &str) -> Vec<RecordedEntity> {
    kit.assert_all_ended();
    kit.trace().segment(SEGMENT).subsegments(name)
}

/// The only query that was recorded.
///
/// # Panics
///
/// Where there is none, or another.
#[must_use]
#[track_caller]
pub fn query(kit: &TestRecorder, name: &str) -> RecordedEntity {
    let mut queries = queries(kit, name);
    assert_eq!(queries.len(), 1, "one query was to be recorded: {}", kit.trace());
    queries.remove(0)
}

/// The statements that were recorded, in the order in which they began.
#[must_use]
#[track_caller]
pub fn statements(kit: &TestRecorder, name: &str) -> Vec<String> {
    let queries = queries(kit, name);
    queries.iter().map(|query| text(query.json(), "/sql/sanitized_query").to_owned()).collect()
}

/// A text of a document, and an empty one where there is none.
#[must_use]
pub fn text<'v>(document: &'v Value, pointer: &str) -> &'v str {
    document.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// What the only exception of a query says.
#[must_use]
pub fn message(query: &RecordedEntity) -> &str {
    text(query.json(), "/cause/exceptions/0/message")
}
