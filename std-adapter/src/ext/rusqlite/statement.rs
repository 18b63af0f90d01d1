//! A prepared statement.

use std::fmt;
use std::ops::Deref;

use rusqlite::{CachedStatement, Params, Result, Row, Statement};

use super::failure;
use super::rows::{TracedAndThenRows, TracedMappedRows, TracedRows};
use super::tracer::Tracer;
use crate::Preparation;
use crate::ext::sql::Query;

/// A prepared statement each run of which is recorded. Its methods do what those of [`Statement`] do; to what runs
/// nothing, columns and parameters, it gives way by itself. See [`rusqlite`](super).
pub struct TracedStatement<'c> {
    tracer: Tracer<'c>,
    statement: Held<'c>,
    sql: Box<str>,
}

/// A statement that is the program's, or one of the cache.
pub(super) enum Held<'c> {
    Plain(Statement<'c>),
    Cached(CachedStatement<'c>),
}

impl<'c> Held<'c> {
    fn statement(&mut self) -> &mut Statement<'c> {
        match self {
            Self::Plain(statement) => statement,
            Self::Cached(statement) => statement,
        }
    }
}

impl<'c> TracedStatement<'c> {
    pub(super) fn new(tracer: Tracer<'c>, statement: Held<'c>, sql: &str) -> Self {
        Self { tracer, statement, sql: sql.into() }
    }

    /// Runs the statement; how many rows it changed.
    ///
    /// # Errors
    ///
    /// Those of [`Statement::execute`].
    pub fn execute<P: Params>(&mut self, params: P) -> Result<usize> {
        let statement = self.statement.statement();
        self.tracer.run_changing(&self.sql, || statement.execute(params))
    }

    /// Runs an insert; the id of the row.
    ///
    /// # Errors
    ///
    /// Those of [`Statement::insert`].
    pub fn insert<P: Params>(&mut self, params: P) -> Result<i64> {
        self.run(|statement| statement.insert(params), |query, _| query.put_rows_affected(1))
    }

    /// Runs the query, whose rows are taken one by one. The subsegment ends with the last.
    ///
    /// # Errors
    ///
    /// Those of [`Statement::query`].
    pub fn query<P: Params>(&mut self, params: P) -> Result<TracedRows<'_>> {
        let query = self.tracer.begin(&self.sql, Some(Preparation::Statement));
        match self.statement.statement().query(params) {
            Ok(rows) => Ok(TracedRows::new(rows, query)),
            Err(error) => {
                if let Some(mut query) = query {
                    failure::add(&mut query, &error);
                }
                Err(error)
            }
        }
    }

    /// Runs the query; an iterator of what `read` makes of each row.
    ///
    /// # Errors
    ///
    /// Those of [`Statement::query_map`].
    pub fn query_map<T, P: Params, F>(&mut self, params: P, read: F) -> Result<TracedMappedRows<'_, F>>
    where
        F: FnMut(&Row<'_>) -> Result<T>,
    {
        Ok(self.query(params)?.mapped(read))
    }

    /// The same where `read` has errors of its own.
    ///
    /// # Errors
    ///
    /// Those of [`Statement::query_and_then`].
    pub fn query_and_then<T, E, P: Params, F>(&mut self, params: P, read: F) -> Result<TracedAndThenRows<'_, F>>
    where
        E: From<rusqlite::Error>,
        F: FnMut(&Row<'_>) -> Result<T, E>,
    {
        Ok(self.query(params)?.and_then(read))
    }

    /// Whether the query finds a row.
    ///
    /// # Errors
    ///
    /// Those of [`Statement::exists`].
    pub fn exists<P: Params>(&mut self, params: P) -> Result<bool> {
        self.run(|statement| statement.exists(params), |_, _| {})
    }

    /// Runs the query and gives the first row to `read`.
    ///
    /// # Errors
    ///
    /// Those of [`Statement::query_row`].
    pub fn query_row<T, P: Params>(&mut self, params: P, read: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<T> {
        self.run(|statement| statement.query_row(params, read), |query, _| query.put_rows_returned(1))
    }

    /// Runs the query and gives its only row to `read`.
    ///
    /// # Errors
    ///
    /// Those of [`Statement::query_one`].
    pub fn query_one<T, P: Params>(&mut self, params: P, read: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<T> {
        self.run(|statement| statement.query_one(params, read), |query, _| query.put_rows_returned(1))
    }

    /// The statement; what is done with it is recorded nowhere.
    #[must_use]
    pub fn untraced(&mut self) -> &mut Statement<'c> {
        self.statement.statement()
    }

    fn run<T>(
        &mut self,
        work: impl FnOnce(&mut Statement<'c>) -> Result<T>,
        tell: impl FnOnce(&mut Query, &T),
    ) -> Result<T> {
        let statement = self.statement.statement();
        self.tracer.run(&self.sql, Some(Preparation::Statement), || work(statement), tell)
    }
}

/// What needs a statement that may be changed runs it, so that this leads past no record.
impl<'c> Deref for TracedStatement<'c> {
    type Target = Statement<'c>;

    fn deref(&self) -> &Statement<'c> {
        match &self.statement {
            Held::Plain(statement) => statement,
            Held::Cached(statement) => statement,
        }
    }
}

impl fmt::Debug for TracedStatement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // That of a statement has its literals.
        f.debug_struct("TracedStatement").finish_non_exhaustive()
    }
}
