//! A connection of a pool.

use std::fmt;
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{Connection, Result, SqlSafeStr};

use super::{TracedTransaction, future};
use crate::ext::sql::Database;

/// A connection whose queries are recorded: `&mut connection` is an executor. See [`sqlx`](super).
pub struct TracedConnection<DB: sqlx::Database> {
    pub(super) connection: PoolConnection<DB>,
    pub(super) database: Arc<Database>,
}

impl<DB: sqlx::Database> TracedConnection<DB> {
    /// Begins a transaction.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::begin`].
    pub async fn begin(&mut self) -> Result<TracedTransaction<'_, DB>> {
        let transaction = future::statement(&self.database, "BEGIN", self.connection.begin()).await?;
        Ok(TracedTransaction { transaction, database: Arc::clone(&self.database), is_savepoint: false })
    }

    /// Begins a transaction by a statement of one's own, `BEGIN READ ONLY`.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::begin_with`].
    pub async fn begin_with(&mut self, statement: impl SqlSafeStr) -> Result<TracedTransaction<'_, DB>> {
        let statement = statement.into_sql_str();
        let text = statement.as_str().to_owned();
        let transaction = future::statement(&self.database, &text, self.connection.begin_with(statement)).await?;
        Ok(TracedTransaction { transaction, database: Arc::clone(&self.database), is_savepoint: false })
    }

    /// The connection, whose queries are recorded nowhere.
    #[must_use]
    pub fn untraced(&mut self) -> &mut DB::Connection {
        &mut self.connection
    }

    /// The same to keep.
    #[must_use]
    pub fn into_untraced(self) -> PoolConnection<DB> {
        self.connection
    }
}

impl<DB: sqlx::Database> fmt::Debug for TracedConnection<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedConnection").field("database", &self.database).finish_non_exhaustive()
    }
}
