//! sqlx: a subsegment for each query, of any database that sqlx 0.9 has a driver for. With the feature `sqlx`, which builds with
//! Rust 1.94. sqlx itself has no place to hook into but its log.
//!
//! [`TracedPool`] is the one line. What was done with the pool is done with it:
//!
//! ```no_run
//! use sqlx::{Postgres, Row};
//! use xray_recorder::ext::sqlx::TracedPool;
//!
//! # async fn shop(url: &str) -> sqlx::Result<()> {
//! let pool = TracedPool::<Postgres>::connect(url).await?;
//!
//! let order = sqlx::query("SELECT total FROM orders WHERE id = $1").bind(7).fetch_one(&pool).await?;
//! let total: i64 = order.try_get("total")?;
//!
//! let mut transaction = pool.begin().await?;
//! sqlx::query("UPDATE orders SET paid = $2 WHERE id = $1").bind(7).bind(total).execute(&mut transaction).await?;
//! transaction.commit().await?;
//! # Ok(())
//! # }
//! ```
//!
//! A pool that is made with options of its own says which database it is of:
//!
//! ```no_run
//! use sqlx::postgres::PgPoolOptions;
//! use xray_recorder::ext::sql::Database;
//! # use xray_recorder::ext::sqlx::TracedPool;
//!
//! # async fn pool(url: &str) -> sqlx::Result<()> {
//! let pool = PgPoolOptions::new().max_connections(20).connect(url).await?;
//! let pool = TracedPool::new(pool, Database::of_url(url).database_version("15.8"));
//! # Ok(())
//! # }
//! ```
//!
//! # Moving over
//!
//! A pool, a connection and a transaction of this module are executors as those of sqlx are. They are none of sqlx's, and do not
//! become one by themselves: what goes past them says `untraced()`.
//!
//! | What stood there | What stands there |
//! |---|---|
//! | `Pool<Postgres>`, `PgPool` | [`TracedPool<Postgres>`](TracedPool) |
//! | `Transaction<'_, Postgres>` | [`TracedTransaction<'_, Postgres>`](TracedTransaction) |
//! | `.execute(&pool)` | the same |
//! | `.execute(&mut *transaction)`, `.execute(&mut *connection)` of a pool's | `.execute(&mut transaction)`, `.execute(&mut connection)` |
//! | `fn f(connection: &mut PgConnection)` with `.execute(&mut *connection)` | `.execute(database.on(&mut *connection))`: [`Database::on`](super::sql::Database::on) |
//! | `fn f(executor: impl Executor<'_>)` | the same; who calls it gives what is traced |
//! | `fn f(of: impl Acquire<'_>)`, [`Acquire`](sqlx::Acquire) | `f(pool.untraced())`, and `database.on(…)` within |
//! | `migrate!().run(&pool)` | `migrate!().run(pool.untraced())` |
//! | `pool.close()`, `pool.size()` | `pool.untraced().close()`, `pool.untraced().size()` |
//!
//! # What is recorded
//!
//! * A subsegment of the entity that is current when sqlx hands the query over, `remote`, called `database@host`. That is when
//!   `execute(…)` and `fetch_…(…)` are polled first, and when `fetch(…)` is called. A query for a pool takes as long as it
//!   waits for a connection, too, and a stream until its end.
//! * The statement without its literals, engine, user, the URL without password, `statement` where it was prepared; rows
//!   that came, as the metadata `rows_returned`. Values that were bound are never looked at. How many rows were changed
//!   sqlx says in a way of each driver's own.
//! * An error is an exception, `remote` if the database made it, with its code and what it says, but for words that may be
//!   values: `Duplicate entry ? for key 'users.email'`. `PgDatabaseError`'s detail is left out. That a query found no row
//!   ([`Error::RowNotFound`](sqlx::Error::RowNotFound)) is no error here.
//! * A query that is given up has the annotation `cancelled`. So has a stream that is dropped before it gave a row. After a
//!   row, it was read as far as the program wanted, and just ends: whether the row could be decoded, for `query_as`, sqlx does
//!   not say.
//! * `BEGIN`, `COMMIT`, `ROLLBACK` and those of savepoints. A transaction that is dropped is rolled back by sqlx later, when
//!   its connection is used next, which is recorded nowhere.
//! * A connection that is not to be had, by [`TracedPool::acquire`], has a subsegment, too, also where waiting for it is given up;
//!   one that is, does not.
//!
//! Without a current entity the query runs all the same; see [`ContextMissing`](crate::ContextMissing).
//! Where nothing is recorded sqlx gets the query as it is. Where it is, there is one allocation more than without, for the
//! future.
//!
//! # Beside the layer for tracing
//!
//! [`tracing`](super::tracing) has subsegments of sqlx's log events: of all queries, with no error and no database. Those
//! of queries that are recorded here it leaves out. The driver for SQLite logs on threads of its own, from which it
//! does not follow whose query it was: from the first traced pool of SQLite on, the layer leaves out what is logged on a
//! thread called `sqlx-sqlite-worker-…`, as they are if the program does not call them otherwise.

mod connection;
mod executor;
mod failure;
mod future;
mod known;
#[cfg(feature = "tracing")]
mod logged;
mod on;
mod pool;
mod stream;
mod transaction;

pub use self::connection::TracedConnection;
#[cfg(feature = "tracing")]
pub(super) use self::logged::is_recorded_here;
pub use self::on::On;
pub use self::pool::TracedPool;
pub use self::transaction::TracedTransaction;
