//! A connection.

use std::borrow::{Borrow, BorrowMut};
use std::sync::Arc;

use rusqlite::{Connection, Params, Result, Row, TransactionBehavior};

use super::failure;
use super::savepoint::TracedSavepoint;
use super::statement::{Held, TracedStatement};
use super::tracer::Tracer;
use super::transaction::TracedTransaction;
use crate::Preparation;
use crate::ext::sql::Database;

/// A connection whose queries are recorded. Its methods do what those of [`Connection`] do. See [`rusqlite`](super).
///
/// It has the connection, or borrows it: `TracedConnection<&mut Connection>` is what there is of a pool's, and
/// `TracedConnection<&Connection>` of one that others use, too.
#[derive(Debug)]
pub struct TracedConnection<C: Borrow<Connection> = Connection> {
    connection: C,
    database: Arc<Database>,
}

impl<C: Borrow<Connection>> TracedConnection<C> {
    /// A connection whose queries are called as its file.
    #[must_use]
    pub fn new(connection: C) -> Self {
        let path = connection.borrow().path().filter(|path| !path.is_empty()).unwrap_or(":memory:").to_owned();
        Self::with(connection, Database::new("SQLite", path))
    }

    /// A connection of a database that is described otherwise: by a `Database`, or by an `Arc` of one, which many connections can
    /// have without a copy. Where it says nothing of driver and version, they are told all the same.
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
    pub fn with(connection: C, database: impl Into<Arc<Database>>) -> Self {
        Self { connection, database: database.into() }
    }

    /// Runs a statement; how many rows it changed.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::execute`].
    pub fn execute<P: Params>(&self, sql: &str, params: P) -> Result<usize> {
        let tracer = self.tracer();
        tracer.run_changing(sql, || tracer.connection.execute(sql, params))
    }

    /// Runs statements, as one query.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::execute_batch`].
    pub fn execute_batch(&self, sql: &str) -> Result<()> {
        let tracer = self.tracer();
        tracer.run(sql, None, || tracer.connection.execute_batch(sql), |_, ()| {})
    }

    /// Runs a query and gives the first row to `read`.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::query_row`].
    pub fn query_row<T, P: Params>(&self, sql: &str, params: P, read: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<T> {
        let tracer = self.tracer();
        tracer.run(
            sql,
            Some(Preparation::Statement),
            || tracer.connection.query_row(sql, params, read),
            |query, _| query.put_rows_returned(1),
        )
    }

    /// Runs a query and gives the first row to `read`, which has errors of its own.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::query_row_and_then`]. Of one of `read` is recorded that there was one.
    pub fn query_row_and_then<T, E, P, F>(&self, sql: &str, params: P, read: F) -> Result<T, E>
    where
        E: From<rusqlite::Error>,
        P: Params,
        F: FnOnce(&Row<'_>) -> Result<T, E>,
    {
        let tracer = self.tracer();
        tracer.run(
            sql,
            Some(Preparation::Statement),
            || tracer.connection.query_row(sql, params, |row| Ok(read(row))),
            |query, answer| {
                query.put_rows_returned(1);
                if answer.is_err() {
                    failure::add_unreadable(query);
                }
            },
        )?
    }

    /// Runs a query and gives its only row to `read`.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::query_one`].
    pub fn query_one<T, P: Params>(&self, sql: &str, params: P, read: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<T> {
        let tracer = self.tracer();
        tracer.run(
            sql,
            Some(Preparation::Statement),
            || tracer.connection.query_one(sql, params, read),
            |query, _| query.put_rows_returned(1),
        )
    }

    /// Prepares a statement. It keeps a copy of the text.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::prepare`], which are recorded.
    pub fn prepare(&self, sql: &str) -> Result<TracedStatement<'_>> {
        self.prepared(sql, self.untraced().prepare(sql).map(Held::Plain))
    }

    /// Prepares a statement, or takes one that was prepared before.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::prepare_cached`], which are recorded.
    pub fn prepare_cached(&self, sql: &str) -> Result<TracedStatement<'_>> {
        self.prepared(sql, self.untraced().prepare_cached(sql).map(Held::Cached))
    }

    fn prepared<'c>(&'c self, sql: &str, held: Result<Held<'c>>) -> Result<TracedStatement<'c>> {
        match held {
            Ok(held) => Ok(TracedStatement::new(self.tracer(), held, sql)),
            Err(error) => self.tracer().run(sql, Some(Preparation::Statement), || Err(error), |_, _| {}),
        }
    }

    /// Begins a transaction on a connection that is shared, where another may be open, which is an error then.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::unchecked_transaction`].
    pub fn unchecked_transaction(&self) -> Result<TracedTransaction<'_, C>> {
        TracedTransaction::begin(self)
    }

    /// The id of the row that was inserted last.
    #[must_use]
    pub fn last_insert_rowid(&self) -> i64 {
        self.untraced().last_insert_rowid()
    }

    /// How many rows the last statement changed.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.untraced().changes()
    }

    /// Whether no transaction is open.
    #[must_use]
    pub fn is_autocommit(&self) -> bool {
        self.untraced().is_autocommit()
    }

    /// Which database it is.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The connection; its queries are recorded nowhere.
    #[must_use]
    pub fn untraced(&self) -> &Connection {
        self.connection.borrow()
    }

    /// The connection to keep.
    #[must_use]
    pub fn into_untraced(self) -> C {
        self.connection
    }

    /// How its queries are recorded.
    pub(super) fn tracer(&self) -> Tracer<'_> {
        Tracer { connection: self.connection.borrow(), database: &self.database }
    }
}

/// What takes a connection that nobody else uses meanwhile.
impl<C: BorrowMut<Connection>> TracedConnection<C> {
    /// Begins a transaction of the connection's default behaviour.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::transaction`].
    pub fn transaction(&mut self) -> Result<TracedTransaction<'_, C>> {
        TracedTransaction::begin(self)
    }

    /// Begins a transaction of another behaviour.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::transaction_with_behavior`].
    pub fn transaction_with_behavior(&mut self, behavior: TransactionBehavior) -> Result<TracedTransaction<'_, C>> {
        TracedTransaction::begin_as(self, behavior)
    }

    /// Begins a savepoint.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::savepoint`].
    pub fn savepoint(&mut self) -> Result<TracedSavepoint<'_, C>> {
        TracedSavepoint::begin_unnamed(self)
    }

    /// Begins a savepoint of this name, which stands in its statements as it is.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::savepoint_with_name`].
    pub fn savepoint_with_name(&mut self, name: impl Into<String>) -> Result<TracedSavepoint<'_, C>> {
        TracedSavepoint::begin(self, name.into().into())
    }

    /// The connection to change; its queries are recorded nowhere.
    #[must_use]
    pub fn untraced_mut(&mut self) -> &mut Connection {
        self.connection.borrow_mut()
    }
}
