//! How what runs on a connection is recorded.

use rusqlite::{Connection, Result};

use super::failure;
use crate::Preparation;
use crate::ext::sql::{Database, Driver, Query};

/// A connection, and the database its queries are recorded by: all that a query needs, whoever has the connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tracer<'c> {
    pub(super) connection: &'c Connection,
    pub(super) database: &'c Database,
}

impl Tracer<'_> {
    /// Begins a query, unless nobody records it.
    #[track_caller]
    #[inline]
    pub(super) fn begin(self, sql: &str, preparation: Option<Preparation>) -> Option<Query> {
        let mut query = self.database.begin()?;
        let driver = Driver { name: "rusqlite", database_version: rusqlite::version() };
        self.database.describe_by(&mut query, sql, preparation, driver);
        Some(query)
    }

    /// Does what is a query, and records it with its result.
    pub(super) fn run<T>(
        self,
        sql: &str,
        preparation: Option<Preparation>,
        work: impl FnOnce() -> Result<T>,
        tell: impl FnOnce(&mut Query, &T),
    ) -> Result<T> {
        match self.begin(sql, preparation) {
            Some(query) => recorded(query, work, tell),
            None => work(),
        }
    }

    /// Does what may change rows, and records how many.
    pub(super) fn run_changing(self, sql: &str, work: impl FnOnce() -> Result<usize>) -> Result<usize> {
        let Some(query) = self.begin(sql, Some(Preparation::Statement)) else { return work() };
        let before = self.connection.total_changes();
        recorded(query, work, |query, changed| {
            // After a statement that changes no rows, as of a schema, SQLite tells the number of the one before.
            let has_changed = self.connection.total_changes() != before;
            query.put_rows_affected(if has_changed { *changed as u64 } else { 0 });
        })
    }
}

fn recorded<T>(mut query: Query, work: impl FnOnce() -> Result<T>, tell: impl FnOnce(&mut Query, &T)) -> Result<T> {
    let result = work();
    match &result {
        Ok(answer) => tell(&mut query, answer),
        Err(error) => failure::add(&mut query, error),
    }
    result
}
