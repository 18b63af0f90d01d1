//! A pool.

use std::fmt;
use std::sync::Arc;

use sqlx::{Pool, Result, SqlSafeStr};

use super::{TracedConnection, TracedTransaction, failure, future};
use crate::ext::sql::Database;
use crate::{EntityHandle, Timestamp, current};

/// A pool whose queries are recorded: `&pool` is an executor. Copies of it are the same pool. See [`sqlx`](super).
pub struct TracedPool<DB: sqlx::Database> {
    pub(super) pool: Pool<DB>,
    pub(super) database: Arc<Database>,
}

impl<DB: sqlx::Database> TracedPool<DB> {
    /// A pool of this database.
    #[must_use]
    pub fn new(pool: Pool<DB>, database: Database) -> Self {
        #[cfg(feature = "tracing")]
        super::logged::traces(&database);
        Self { pool, database: Arc::new(database.driven_by("sqlx")) }
    }

    /// Connects as [`Pool::connect`] does; the URL says which database it is.
    ///
    /// # Errors
    ///
    /// Where there is no connection. Nothing is recorded of that, since programs connect when they start.
    pub async fn connect(url: &str) -> Result<Self> {
        Ok(Self::new(Pool::connect(url).await?, Database::of_url(url)))
    }

    /// A pool that connects when it is asked for a connection first, as [`Pool::connect_lazy`] does.
    ///
    /// # Errors
    ///
    /// Where the URL is none.
    pub fn connect_lazy(url: &str) -> Result<Self> {
        Ok(Self::new(Pool::connect_lazy(url)?, Database::of_url(url)))
    }

    /// A connection of the pool. Waiting for one is recorded if there is none in the end, or if it is given up.
    ///
    /// # Errors
    ///
    /// Those of [`Pool::acquire`].
    pub async fn acquire(&self) -> Result<TracedConnection<DB>> {
        let mut waiting = Waiting::begin(&self.database);
        let acquired = self.pool.acquire().await;
        let waited = waiting.end();
        match acquired {
            Ok(connection) => Ok(TracedConnection { connection, database: Arc::clone(&self.database) }),
            Err(error) => {
                if let Some((start, entity)) = waited {
                    let mut query = self.database.begin_at(&entity, start);
                    failure::add(&mut query, &error);
                }
                Err(error)
            }
        }
    }

    /// Begins a transaction, on a connection of the pool.
    ///
    /// # Errors
    ///
    /// Those of [`Pool::begin`].
    pub async fn begin(&self) -> Result<TracedTransaction<'static, DB>> {
        let transaction = future::statement(&self.database, "BEGIN", self.pool.begin()).await?;
        Ok(TracedTransaction { transaction, database: Arc::clone(&self.database), is_savepoint: false })
    }

    /// Begins a transaction by a statement of one's own, `BEGIN READ ONLY`.
    ///
    /// # Errors
    ///
    /// Those of [`Pool::begin_with`].
    pub async fn begin_with(&self, statement: impl SqlSafeStr) -> Result<TracedTransaction<'static, DB>> {
        let statement = statement.into_sql_str();
        let text = statement.as_str().to_owned();
        let transaction = future::statement(&self.database, &text, self.pool.begin_with(statement)).await?;
        Ok(TracedTransaction { transaction, database: Arc::clone(&self.database), is_savepoint: false })
    }

    /// Which database it is.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The pool, whose queries are recorded nowhere: for migrations, for its counts, to close it.
    #[must_use]
    pub fn untraced(&self) -> &Pool<DB> {
        &self.pool
    }
}

/// The wait for a connection. Given up, it is recorded as such.
struct Waiting<'d> {
    database: &'d Database,
    began: Option<(Timestamp, EntityHandle)>,
}

impl<'d> Waiting<'d> {
    fn begin(database: &'d Database) -> Self {
        Self { database, began: current().and_then(|entity| Some((entity.now()?, entity))) }
    }

    /// Since when it was waited, where that is recorded.
    fn end(&mut self) -> Option<(Timestamp, EntityHandle)> {
        self.began.take()
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some((start, entity)) = self.began.take() {
            self.database.begin_at(&entity, start).cancel();
        }
    }
}

impl<DB: sqlx::Database> Clone for TracedPool<DB> {
    fn clone(&self) -> Self {
        Self { pool: self.pool.clone(), database: Arc::clone(&self.database) }
    }
}

impl<DB: sqlx::Database> fmt::Debug for TracedPool<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Options of a pool have the password in them.
        f.debug_struct("TracedPool").field("database", &self.database).finish_non_exhaustive()
    }
}
