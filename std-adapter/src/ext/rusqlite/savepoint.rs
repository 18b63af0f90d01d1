//! A savepoint.

use std::borrow::{Borrow, Cow};
use std::ops::Deref;
use std::thread;

use rusqlite::{Connection, DropBehavior, Result};

use super::connection::TracedConnection;

/// A savepoint whose queries are recorded, its beginning and its end among them. It is a [`TracedConnection`] too. Dropped, it is
/// rolled back, unless [`set_drop_behavior`](Self::set_drop_behavior) says otherwise. See [`rusqlite`](super).
#[derive(Debug)]
pub struct TracedSavepoint<'c, C: Borrow<Connection> = Connection> {
    connection: &'c TracedConnection<C>,
    name: Cow<'static, str>,
    drop_behavior: DropBehavior,
    has_ended: bool,
}

impl<'c, C: Borrow<Connection>> TracedSavepoint<'c, C> {
    pub(super) fn begin_unnamed(connection: &'c TracedConnection<C>) -> Result<Self> {
        // Within another of the same name it is the inner one that the name means.
        Self::begin(connection, Cow::Borrowed("traced"))
    }

    pub(super) fn begin(connection: &'c TracedConnection<C>, name: Cow<'static, str>) -> Result<Self> {
        connection.execute_batch(&format!("SAVEPOINT {name}"))?;
        Ok(Self { connection, name, drop_behavior: DropBehavior::Rollback, has_ended: false })
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
        self.connection.execute_batch(&format!("ROLLBACK TO {}", self.name))
    }

    /// Ends it as it would end if it were dropped.
    ///
    /// # Errors
    ///
    /// Those of [`Savepoint::finish`](rusqlite::Savepoint::finish).
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

    /// Begins a savepoint within.
    ///
    /// # Errors
    ///
    /// Those of [`Savepoint::savepoint`](rusqlite::Savepoint::savepoint).
    pub fn savepoint(&mut self) -> Result<TracedSavepoint<'_, C>> {
        TracedSavepoint::begin_unnamed(self.connection)
    }

    /// Begins a savepoint within, of this name, which stands in its statements as it is.
    ///
    /// # Errors
    ///
    /// Those of [`Savepoint::savepoint_with_name`](rusqlite::Savepoint::savepoint_with_name).
    pub fn savepoint_with_name(&mut self, name: impl Into<String>) -> Result<TracedSavepoint<'_, C>> {
        TracedSavepoint::begin(self.connection, name.into().into())
    }

    fn release(&mut self) -> Result<()> {
        self.connection.execute_batch(&format!("RELEASE {}", self.name))?;
        self.has_ended = true;
        Ok(())
    }

    fn take_back(&mut self) -> Result<()> {
        self.rollback().and_then(|()| self.release())
    }

    fn finish_mut(&mut self) -> Result<()> {
        // SQLite has rolled all back itself after some errors.
        if self.has_ended || self.connection.is_autocommit() {
            return Ok(());
        }
        match self.drop_behavior {
            DropBehavior::Commit => self.release().or_else(|_| self.take_back()),
            DropBehavior::Ignore => Ok(()),
            DropBehavior::Panic if !thread::panicking() => {
                self.has_ended = true;
                panic!("a savepoint was dropped")
            }
            _ => self.take_back(),
        }
    }
}

impl<C: Borrow<Connection>> Deref for TracedSavepoint<'_, C> {
    type Target = TracedConnection<C>;

    fn deref(&self) -> &TracedConnection<C> {
        self.connection
    }
}

impl<C: Borrow<Connection>> Drop for TracedSavepoint<'_, C> {
    fn drop(&mut self) {
        // There is nobody to tell, but it is recorded.
        let _ = self.finish_mut();
    }
}
