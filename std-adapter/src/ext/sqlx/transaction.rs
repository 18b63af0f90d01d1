//! A transaction.

use std::fmt;
use std::sync::Arc;

use sqlx::{Connection, Result, Transaction};

use super::future;
use crate::ext::sql::Database;

/// A transaction or a savepoint whose queries are recorded: `&mut transaction` is an executor. Dropped, it is rolled back.
/// See [`sqlx`](super).
pub struct TracedTransaction<'c, DB: sqlx::Database> {
    pub(super) transaction: Transaction<'c, DB>,
    pub(super) database: Arc<Database>,
    pub(super) is_savepoint: bool,
}

impl<DB: sqlx::Database> TracedTransaction<'_, DB> {
    /// Commits it.
    ///
    /// # Errors
    ///
    /// Those of [`Transaction::commit`].
    pub async fn commit(self) -> Result<()> {
        let statement = if self.is_savepoint { "RELEASE SAVEPOINT" } else { "COMMIT" };
        future::statement(&self.database, statement, self.transaction.commit()).await
    }

    /// Rolls it back.
    ///
    /// # Errors
    ///
    /// Those of [`Transaction::rollback`].
    pub async fn rollback(self) -> Result<()> {
        let statement = if self.is_savepoint { "ROLLBACK TO SAVEPOINT" } else { "ROLLBACK" };
        future::statement(&self.database, statement, self.transaction.rollback()).await
    }

    /// Begins a transaction within: a savepoint.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::begin`].
    pub async fn begin(&mut self) -> Result<TracedTransaction<'_, DB>> {
        let transaction = future::statement(&self.database, "SAVEPOINT", self.transaction.begin()).await?;
        Ok(TracedTransaction { transaction, database: Arc::clone(&self.database), is_savepoint: true })
    }

    /// The connection within the transaction; its queries are recorded nowhere.
    #[must_use]
    pub fn untraced(&mut self) -> &mut DB::Connection {
        &mut self.transaction
    }
}

impl<DB: sqlx::Database> fmt::Debug for TracedTransaction<'_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedTransaction").field("database", &self.database).finish_non_exhaustive()
    }
}
