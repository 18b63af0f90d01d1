//! SQLite through rusqlite, with something in it.

use rusqlite::Connection;
use xray_recorder::ext::rusqlite::TracedConnection;
use xray_recorder::testing::TestRecorder;

use crate::SEGMENT;

/// What its queries are called.
pub const NAME: &str = ":memory:";

/// A connection with some books, of whose making nothing is recorded.
///
/// # Panics
///
/// Where there is no memory for it.
#[must_use]
pub fn library() -> TracedConnection {
    let connection = Connection::open_in_memory().unwrap();
    let schema = "CREATE TABLE books (title TEXT UNIQUE, pages INTEGER CONSTRAINT is_positive CHECK (pages > 0));
        INSERT INTO books VALUES ('Momo', 304), ('Emil', 160), ('Krabat', 256)";
    connection.execute_batch(schema).unwrap();
    TracedConnection::new(connection)
}

/// Runs `work` in a segment.
pub fn recorded(work: impl FnOnce(&mut TracedConnection, &TestRecorder)) -> TestRecorder {
    recorded_by(TestRecorder::new(), work)
}

/// The same with a recorder of the test's own.
pub fn recorded_by(kit: TestRecorder, work: impl FnOnce(&mut TracedConnection, &TestRecorder)) -> TestRecorder {
    let mut connection = library();
    kit.recorder().in_segment(SEGMENT, |_| work(&mut connection, &kit));
    kit
}
