//! A transaction.

use std::borrow::Borrow;
use std::ops::Deref;
use std::thread;

use rusqlite::{Connection, DropBehavior, Result, TransactionBehavior};

use super::connection::TracedConnection;
use super::savepoint::TracedSavepoint;

/// A transaction whose queries are recorded, its beginning and its end among them. It is a [`TracedConnection`] too. Dropped, it
/// is rolled back, unless [`set_drop_behavior`](Self::set_drop_behavior) says otherwise. See [`rusqlite`](super).
#[derive(Debug)]
pub struct TracedTransaction<'c, C: Borrow<Connection> = Connection> {
    connection: &'c TracedConnection<C>,
    drop_behavior: DropBehavior,
    has_ended: bool,
}

impl<'c, C: Borrow<Connection>> TracedTransaction<'c, C> {
    pub(super) fn begin(connection: &'c TracedConnection<C>) -> Result<Self> {
        // Which behaviour is the default, only rusqlite knows.
        let begin = || {
            let mut transaction = connection.untraced().unchecked_transaction()?;
            transaction.set_drop_behavior(DropBehavior::Ignore);
            Ok(())
        };
        connection.tracer().run("BEGIN", None, begin, |_, ()| {})?;
        Ok(Self::begun(connection))
    }

    pub(super) fn begin_as(connection: &'c TracedConnection<C>, behavior: TransactionBehavior) -> Result<Self> {
        connection.execute_batch(match behavior {
            TransactionBehavior::Immediate => "BEGIN IMMEDIATE",
            TransactionBehavior::Exclusive => "BEGIN EXCLUSIVE",
            _ => "BEGIN DEFERRED",
        })?;
        Ok(Self::begun(connection))
    }

    const fn begun(connection: &'c TracedConnection<C>) -> Self {
        Self { connection, drop_behavior: DropBehavior::Rollback, has_ended: false }
    }

    /// Commits it.
    ///
    /// # Errors
    ///
    /// Those of [`Transaction::commit`](rusqlite::Transaction::commit). It is rolled back then.
    pub fn commit(mut self) -> Result<()> {
        self.end("COMMIT")
    }

    /// Rolls it back.
    ///
    /// # Errors
    ///
    /// Those of [`Transaction::rollback`](rusqlite::Transaction::rollback).
    pub fn rollback(mut self) -> Result<()> {
        self.end("ROLLBACK")
    }

    /// Ends it as it would end if it were dropped.
    ///
    /// # Errors
    ///
    /// Those of [`Transaction::finish`](rusqlite::Transaction::finish).
    ///
    /// # Panics
    ///
    /// Under [`DropBehavior::Panic`].
    pub fn finish(mut self) -> Result<()> {
        self.finish_mut()
    }

    /// What becomes of it when it is dropped.
    #[must_use]
    pub fn drop_behavior(&self) -> DropBehavior {
        self.drop_behavior
    }

    /// Says what becomes of it when it is dropped.
    pub fn set_drop_behavior(&mut self, drop_behavior: DropBehavior) {
        self.drop_behavior = drop_behavior;
    }

    /// Begins a savepoint.
    ///
    /// # Errors
    ///
    /// Those of [`Transaction::savepoint`](rusqlite::Transaction::savepoint).
    pub fn savepoint(&mut self) -> Result<TracedSavepoint<'_, C>> {
        TracedSavepoint::begin_unnamed(self.connection)
    }

    /// Begins a savepoint of this name, which stands in its statements as it is.
    ///
    /// # Errors
    ///
    /// Those of [`Transaction::savepoint_with_name`](rusqlite::Transaction::savepoint_with_name).
    pub fn savepoint_with_name(&mut self, name: impl Into<String>) -> Result<TracedSavepoint<'_, C>> {
        TracedSavepoint::begin(self.connection, name.into().into())
    }

    fn end(&mut self, statement: &str) -> Result<()> {
        self.connection.execute_batch(statement)?;
        self.has_ended = true;
        Ok(())
    }

    fn finish_mut(&mut self) -> Result<()> {
        // SQLite has rolled it back itself after some errors.
        if self.has_ended || self.connection.is_autocommit() {
            return Ok(());
        }
        match self.drop_behavior {
            DropBehavior::Commit => self.end("COMMIT").or_else(|_| self.end("ROLLBACK")),
            DropBehavior::Ignore => Ok(()),
            DropBehavior::Panic if !thread::panicking() => {
                self.has_ended = true;
                panic!("a transaction was dropped")
            }
            _ => self.end("ROLLBACK"),
        }
    }
}

impl<C: Borrow<Connection>> Deref for TracedTransaction<'_, C> {
    type Target = TracedConnection<C>;

    fn deref(&self) -> &TracedConnection<C> {
        self.connection
    }
}

impl<C: Borrow<Connection>> Drop for TracedTransaction<'_, C> {
    fn drop(&mut self) {
        // There is nobody to tell, but it is recorded.
        let _ = self.finish_mut();
    }
}
