//! A connection.

use rusqlite::{Connection, Params, Result, Row, TransactionBehavior};

use super::failure;
use super::statement::{Held, TracedStatement};
use super::transaction::{TracedSavepoint, TracedTransaction};
use crate::Preparation;
use crate::ext::sql::{Database, Query};

/// A connection whose queries are recorded. Its methods do what those of [`Connection`] do. See [`rusqlite`](super).
#[derive(Debug)]
pub struct TracedConnection {
    connection: Connection,
    database: Database,
}

impl TracedConnection {
    /// A connection whose queries are called as its file.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        let path = connection.path().filter(|path| !path.is_empty()).unwrap_or(":memory:").to_owned();
        Self::with(connection, Database::new("SQLite", path))
    }

    /// A connection of a database that is described otherwise.
    ///
    /// ```
    /// use rusqlite::Connection;
    /// use xray_recorder::ext::rusqlite::TracedConnection;
    /// use xray_recorder::ext::sql::Database;
    ///
    /// # fn main() -> rusqlite::Result<()> {
    /// let database = Database::new("SQLite", "books").without_statements();
    /// let connection = TracedConnection::with(Connection::open_in_memory()?, database);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with(connection: Connection, database: Database) -> Self {
        Self { connection, database: database.driven_by("rusqlite").versioned_by(rusqlite::version()) }
    }

    /// Runs a statement; how many rows it changed.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::execute`].
    pub fn execute<P: Params>(&self, sql: &str, params: P) -> Result<usize> {
        self.run(
            sql,
            Some(Preparation::Statement),
            || self.connection.execute(sql, params),
            |query, changed| {
                query.put_rows_affected(*changed as u64);
            },
        )
    }

    /// Runs statements, as one query.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::execute_batch`].
    pub fn execute_batch(&self, sql: &str) -> Result<()> {
        self.run(sql, None, || self.connection.execute_batch(sql), |_, ()| {})
    }

    /// Runs a query and gives the first row to `read`.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::query_row`].
    pub fn query_row<T, P: Params>(&self, sql: &str, params: P, read: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<T> {
        self.run(
            sql,
            Some(Preparation::Statement),
            || self.connection.query_row(sql, params, read),
            |query, _| {
                query.put_rows_returned(1);
            },
        )
    }

    /// Runs a query and gives its only row to `read`.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::query_one`].
    pub fn query_one<T, P: Params>(&self, sql: &str, params: P, read: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<T> {
        self.run(
            sql,
            Some(Preparation::Statement),
            || self.connection.query_one(sql, params, read),
            |query, _| {
                query.put_rows_returned(1);
            },
        )
    }

    /// Prepares a statement. It keeps a copy of the text.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::prepare`], which are recorded.
    pub fn prepare(&self, sql: &str) -> Result<TracedStatement<'_>> {
        self.prepared(sql, self.connection.prepare(sql).map(Held::Plain))
    }

    /// Prepares a statement, or takes one that was prepared before.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::prepare_cached`], which are recorded.
    pub fn prepare_cached(&self, sql: &str) -> Result<TracedStatement<'_>> {
        self.prepared(sql, self.connection.prepare_cached(sql).map(Held::Cached))
    }

    fn prepared<'c>(&'c self, sql: &str, held: Result<Held<'c>>) -> Result<TracedStatement<'c>> {
        match held {
            Ok(held) => Ok(TracedStatement::new(self, held, sql)),
            Err(error) => self.run(sql, Some(Preparation::Statement), || Err(error), |_, _| {}),
        }
    }

    /// Begins a transaction of the connection's default behaviour.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::transaction`].
    pub fn transaction(&mut self) -> Result<TracedTransaction<'_>> {
        TracedTransaction::begin(self)
    }

    /// Begins a transaction of another behaviour.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::transaction_with_behavior`].
    pub fn transaction_with_behavior(&mut self, behavior: TransactionBehavior) -> Result<TracedTransaction<'_>> {
        TracedTransaction::begin_as(self, behavior)
    }

    /// Begins a transaction on a connection that is shared, where another may be open, which is an error then.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::unchecked_transaction`].
    pub fn unchecked_transaction(&self) -> Result<TracedTransaction<'_>> {
        TracedTransaction::begin(self)
    }

    /// Begins a savepoint.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::savepoint`].
    pub fn savepoint(&mut self) -> Result<TracedSavepoint<'_>> {
        TracedSavepoint::begin(self)
    }

    /// The id of the row that was inserted last.
    #[must_use]
    pub fn last_insert_rowid(&self) -> i64 {
        self.connection.last_insert_rowid()
    }

    /// How many rows the last statement changed.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.connection.changes()
    }

    /// Whether no transaction is open.
    #[must_use]
    pub fn is_autocommit(&self) -> bool {
        self.connection.is_autocommit()
    }

    /// Which database it is.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The connection; its queries are recorded nowhere.
    #[must_use]
    pub fn untraced(&self) -> &Connection {
        &self.connection
    }

    /// The connection to change; its queries are recorded nowhere.
    #[must_use]
    pub fn untraced_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// The connection to keep.
    #[must_use]
    pub fn into_untraced(self) -> Connection {
        self.connection
    }

    /// Begins a query of a statement that was prepared.
    pub(super) fn begin(&self, sql: &str) -> Option<Query> {
        self.database.begin_statement(sql, Some(Preparation::Statement))
    }

    /// Does what is a query, and records it with its result.
    pub(super) fn run<T>(
        &self,
        sql: &str,
        preparation: Option<Preparation>,
        work: impl FnOnce() -> Result<T>,
        tell: impl FnOnce(&mut Query, &T),
    ) -> Result<T> {
        let Some(mut query) = self.database.begin_statement(sql, preparation) else { return work() };
        let result = work();
        match &result {
            Ok(answer) => tell(&mut query, answer),
            Err(error) => failure::add(&mut query, error),
        }
        result
    }
}
