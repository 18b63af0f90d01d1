//! Rows that are taken one by one.

use std::fmt;

use rusqlite::{Result, Row, Rows};

use super::failure;
use crate::ext::sql::Query;

/// The rows of a query that is recorded until the last of them, as [`Rows`] are. See [`rusqlite`](super).
#[must_use = "rows do nothing unless they are taken"]
pub struct TracedRows<'s> {
    rows: Rows<'s>,
    query: Option<Query>,
    returned: u64,
}

impl<'s> TracedRows<'s> {
    pub(super) fn new(rows: Rows<'s>, query: Option<Query>) -> Self {
        Self { rows, query, returned: 0 }
    }

    /// The next row, and none behind the last.
    ///
    /// # Errors
    ///
    /// Those of [`Rows::next`]: SQLite runs the statement as far as the row.
    #[expect(clippy::should_implement_trait, reason = "rows are borrowed, and it is called so in rusqlite")]
    pub fn next(&mut self) -> Result<Option<&Row<'s>>> {
        let Self { rows, query, returned } = self;
        match rows.next() {
            Ok(Some(row)) => {
                *returned += 1;
                Ok(Some(row))
            }
            Ok(None) => {
                drop(counted(query, *returned));
                Ok(None)
            }
            Err(error) => {
                if let Some(mut query) = counted(query, *returned) {
                    failure::add(&mut query, &error);
                }
                Err(error)
            }
        }
    }

    /// An iterator of what `read` makes of each row. Where that is an error, the query ends with it.
    pub fn mapped<T, F: FnMut(&Row<'_>) -> Result<T>>(self, read: F) -> TracedMappedRows<'s, F> {
        TracedMappedRows { rows: self, read }
    }

    /// The same where `read` has errors of its own, of which is recorded that there was one.
    pub fn and_then<T, E, F>(self, read: F) -> TracedAndThenRows<'s, F>
    where
        E: From<rusqlite::Error>,
        F: FnMut(&Row<'_>) -> Result<T, E>,
    {
        TracedAndThenRows { rows: self, read }
    }
}

impl TracedRows<'_> {
    /// Ends the query, if it is one that is recorded, with what was wrong with a row.
    #[cold]
    fn fail(&mut self, tell: impl FnOnce(&mut Query)) {
        if let Some(mut query) = counted(&mut self.query, self.returned) {
            tell(&mut query);
        }
    }
}

/// The query, with how many rows came of it.
fn counted(query: &mut Option<Query>, returned: u64) -> Option<Query> {
    let mut query = query.take()?;
    query.put_rows_returned(returned);
    Some(query)
}

impl Drop for TracedRows<'_> {
    fn drop(&mut self) {
        if let Some(query) = counted(&mut self.query, self.returned) {
            // Which row is the last that a program wants, and whether it could read it, only the program knows.
            if self.returned == 0 {
                query.cancel();
            }
        }
    }
}

impl fmt::Debug for TracedRows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedRows").field("returned", &self.returned).finish_non_exhaustive()
    }
}

/// An iterator of what was made of each row: see [`TracedRows::mapped`].
#[derive(Debug)]
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct TracedMappedRows<'s, F> {
    rows: TracedRows<'s>,
    read: F,
}

impl<T, F: FnMut(&Row<'_>) -> Result<T>> Iterator for TracedMappedRows<'_, F> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let row = match self.rows.next().transpose()? {
            Ok(row) => row,
            Err(error) => return Some(Err(error)),
        };
        let answer = (self.read)(row);
        if let Err(error) = &answer {
            self.rows.fail(|query| failure::add(query, error));
        }
        Some(answer)
    }
}

/// An iterator of what was made of each row: see [`TracedRows::and_then`].
#[derive(Debug)]
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct TracedAndThenRows<'s, F> {
    rows: TracedRows<'s>,
    read: F,
}

impl<T, E: From<rusqlite::Error>, F: FnMut(&Row<'_>) -> Result<T, E>> Iterator for TracedAndThenRows<'_, F> {
    type Item = Result<T, E>;

    fn next(&mut self) -> Option<Result<T, E>> {
        let row = match self.rows.next().transpose()? {
            Ok(row) => row,
            Err(error) => return Some(Err(error.into())),
        };
        let answer = (self.read)(row);
        if answer.is_err() {
            self.rows.fail(failure::add_unreadable);
        }
        Some(answer)
    }
}
