//! Transactions and savepoints.

use std::ops::Deref;
use std::thread;

use rusqlite::{DropBehavior, Result, TransactionBehavior};

use super::connection::TracedConnection;

/// A transaction whose queries are recorded, its beginning and its end among them. It is a [`TracedConnection`] too. Dropped, it
/// is rolled back, unless [`set_drop_behavior`](Self::set_drop_behavior) says otherwise. See [`rusqlite`](super).
#[derive(Debug)]
pub struct TracedTransaction<'c> {
    connection: &'c TracedConnection,
    drop_behavior: DropBehavior,
    has_ended: bool,
}

impl<'c> TracedTransaction<'c> {
    pub(super) fn begin(connection: &'c TracedConnection) -> Result<Self> {
        // Which behaviour is the default, only rusqlite knows.
        let begin = || {
            let mut transaction = connection.untraced().unchecked_transaction()?;
            transaction.set_drop_behavior(DropBehavior::Ignore);
            Ok(())
        };
        connection.run("BEGIN", None, begin, |_, ()| {})?;
        Ok(Self::begun(connection))
    }

    pub(super) fn begin_as(connection: &'c TracedConnection, behavior: TransactionBehavior) -> Result<Self> {
        connection.execute_batch(match behavior {
            TransactionBehavior::Immediate => "BEGIN IMMEDIATE",
            TransactionBehavior::Exclusive => "BEGIN EXCLUSIVE",
            _ => "BEGIN DEFERRED",
        })?;
        Ok(Self::begun(connection))
    }

    const fn begun(connection: &'c TracedConnection) -> Self {
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
    pub fn savepoint(&mut self) -> Result<TracedSavepoint<'_>> {
        TracedSavepoint::begin(self.connection)
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

impl Deref for TracedTransaction<'_> {
    type Target = TracedConnection;

    fn deref(&self) -> &TracedConnection {
        self.connection
    }
}

impl Drop for TracedTransaction<'_> {
    fn drop(&mut self) {
        // There is nobody to tell, but it is recorded.
        let _ = self.finish_mut();
    }
}

/// A savepoint whose queries are recorded, its beginning and its end among them. It is a [`TracedConnection`] too. Dropped, it is
/// rolled back. See [`rusqlite`](super).
#[derive(Debug)]
pub struct TracedSavepoint<'c> {
    connection: &'c TracedConnection,
    has_ended: bool,
}

impl<'c> TracedSavepoint<'c> {
    pub(super) fn begin(connection: &'c TracedConnection) -> Result<Self> {
        // Within another of the same name it is the inner one that the name means.
        connection.execute_batch("SAVEPOINT traced")?;
        Ok(Self { connection, has_ended: false })
    }

    /// Keeps what was done since it began.
    ///
    /// # Errors
    ///
    /// Those of [`Savepoint::commit`](rusqlite::Savepoint::commit).
    pub fn commit(mut self) -> Result<()> {
        self.release()
    }

    /// Takes back what was done since it began; it may be gone on with then.
    ///
    /// # Errors
    ///
    /// Those of [`Savepoint::rollback`](rusqlite::Savepoint::rollback).
    pub fn rollback(&mut self) -> Result<()> {
        self.connection.execute_batch("ROLLBACK TO traced")
    }

    /// Begins a savepoint within.
    ///
    /// # Errors
    ///
    /// Those of [`Savepoint::savepoint`](rusqlite::Savepoint::savepoint).
    pub fn savepoint(&mut self) -> Result<TracedSavepoint<'_>> {
        TracedSavepoint::begin(self.connection)
    }

    fn release(&mut self) -> Result<()> {
        self.connection.execute_batch("RELEASE traced")?;
        self.has_ended = true;
        Ok(())
    }
}

impl Deref for TracedSavepoint<'_> {
    type Target = TracedConnection;

    fn deref(&self) -> &TracedConnection {
        self.connection
    }
}

impl Drop for TracedSavepoint<'_> {
    fn drop(&mut self) {
        if !self.has_ended && !self.connection.is_autocommit() {
            // There is nobody to tell, but it is recorded.
            let _ = self.rollback().and_then(|()| self.release());
        }
    }
}
