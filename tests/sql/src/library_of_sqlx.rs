//! SQLite through sqlx, with something in it.

use sqlx::Sqlite;
use sqlx::sqlite::SqlitePoolOptions;
use xray_recorder::TraceFuture;
use xray_recorder::ext::sql::Database;
use xray_recorder::ext::sqlx::TracedPool;
use xray_recorder::testing::TestRecorder;

use crate::SEGMENT;

/// What its queries are called.
pub const NAME: &str = ":memory:";

/// A pool of one connection, with some books, of whose making nothing is recorded.
///
/// # Panics
///
/// Where there is no memory for it.
pub async fn library() -> TracedPool<Sqlite> {
    let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
    let schema = "CREATE TABLE books (title TEXT UNIQUE, pages INTEGER);
        INSERT INTO books VALUES ('Momo', 304), ('Emil', 160), ('Krabat', 256)";
    sqlx::raw_sql(schema).execute(&pool).await.unwrap();
    TracedPool::new(pool, Database::of_url("sqlite::memory:"))
}

/// Runs `work` in a segment of a recorder of the test's own.
pub async fn recorded_by(
    kit: TestRecorder,
    work: impl AsyncFnOnce(&TracedPool<Sqlite>, &TestRecorder),
) -> TestRecorder {
    let pool = library().await;
    work(&pool, &kit).in_segment(kit.recorder().segment(SEGMENT)).await;
    kit
}

/// Runs `work` in a segment.
pub async fn recorded(work: impl AsyncFnOnce(&TracedPool<Sqlite>, &TestRecorder)) -> TestRecorder {
    recorded_by(TestRecorder::new(), work).await
}
