//! What sqlx logs of queries that are recorded here, so that nobody else records them.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::ext::sql::Database;

thread_local! {
    /// Whether a query that is recorded is being polled.
    static POLLED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a pool of SQLite was ever traced.
static SQLITE: AtomicBool = AtomicBool::new(false);

/// Whether a query that sqlx logs now is recorded by this module.
pub(in crate::ext) fn is_recorded_here() -> bool {
    let is_polled = POLLED.try_with(Cell::get).unwrap_or(false);
    is_polled
        || SQLITE.load(Ordering::Relaxed)
            && thread::current().name().is_some_and(|name| name.starts_with("sqlx-sqlite-worker"))
}

/// Tells of a database whose queries may be recorded.
pub(super) fn traces(database: &Database) {
    if database.is_sqlite() && !SQLITE.load(Ordering::Relaxed) {
        SQLITE.store(true, Ordering::Relaxed);
    }
}

/// As long as this is there, what is logged on this thread is recorded.
pub(super) struct Polling {
    before: bool,
}

impl Polling {
    pub(super) fn begin() -> Self {
        Self { before: POLLED.try_with(|polled| polled.replace(true)).unwrap_or(true) }
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        let _ = POLLED.try_with(|polled| polled.set(self.before));
    }
}
