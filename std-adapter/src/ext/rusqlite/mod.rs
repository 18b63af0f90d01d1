//! rusqlite: a subsegment for each query of SQLite. With the feature `rusqlite`, which takes rusqlite 0.39 to 0.41 and builds
//! with Rust 1.89.
//!
//! [`TracedConnection`] is the one line. What was done with the connection is done with it:
//!
//! ```
//! use rusqlite::Connection;
//! use xray_recorder::ext::rusqlite::TracedConnection;
//!
//! # fn main() -> rusqlite::Result<()> {
//! let mut connection = TracedConnection::new(Connection::open_in_memory()?);
//!
//! connection.execute_batch("CREATE TABLE books (title TEXT UNIQUE, pages INTEGER)")?;
//! let transaction = connection.transaction()?;
//! transaction.execute("INSERT INTO books VALUES (?1, ?2)", ("Momo", 304))?;
//! transaction.commit()?;
//!
//! let mut statement = connection.prepare("SELECT title FROM books WHERE pages > ?1")?;
//! let titles = statement.query_map([300], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
//! assert_eq!(titles, ["Momo"]);
//! # Ok(())
//! # }
//! ```
//!
//! It is no `Connection` and does not become one by itself, so that no query goes past it by accident: what does, and all that
//! is no query, such as functions, hooks and a busy timeout, is had from [`TracedConnection::untraced`].
//!
//! # Connections of a pool
//!
//! r2d2, deadpool and tokio-rusqlite lend a `&mut Connection`, and one that is lent can be traced too. Which database it is
//! is said once, and shared:
//!
//! ```
//! use std::sync::Arc;
//!
//! use rusqlite::Connection;
//! use xray_recorder::ext::rusqlite::TracedConnection;
//! use xray_recorder::ext::sql::Database;
//!
//! fn add(lent: &mut Connection, database: &Arc<Database>) -> rusqlite::Result<()> {
//!     let mut connection = TracedConnection::with(lent, Arc::clone(database));
//!     let transaction = connection.transaction()?;
//!     save(&transaction, "Momo")?;
//!     transaction.commit()
//! }
//!
//! // The connection as it was lent, and a transaction of it.
//! fn save(connection: &TracedConnection<&mut Connection>, title: &str) -> rusqlite::Result<usize> {
//!     connection.execute("INSERT INTO books VALUES (?1)", [title])
//! }
//! # fn main() -> rusqlite::Result<()> {
//! # let mut connection = Connection::open_in_memory()?;
//! # connection.execute_batch("CREATE TABLE books (title)")?;
//! # add(&mut connection, &Arc::new(Database::new("SQLite", "books")))
//! # }
//! ```
//!
//! Those that run a closure on another thread do it without a current entity; [`EntityHandle::run`](crate::EntityHandle::run)
//! gives it one. Transactions and savepoints are begun on what was borrowed as `&mut`; on a `&Connection` there is
//! [`unchecked_transaction`](TracedConnection::unchecked_transaction).
//!
//! # What is recorded
//!
//! * A subsegment of the entity that is current at the call, `remote`, with the file's path as its name, or `:memory:`. One for each
//!   call that runs statements; preparing is none, unless it fails.
//! * The statement without its literals, engine and version, `statement` where it was prepared; rows that came and that
//!   were changed, as the metadata `rows_returned` and `rows_affected`. Values that were bound are never looked at.
//! * A query that gives its rows one by one lasts until the last, or an error, also one of what reads a row, or until its rows are
//!   dropped. One of which no row was taken by then has the annotation `cancelled`; after a row, it was read as far as the
//!   program wanted.
//! * An error is an exception, `remote` if SQLite made it, with its code and what it says, but for words that may be
//!   values. That a query found no row ([`QueryReturnedNoRows`](rusqlite::Error::QueryReturnedNoRows)) is no error here.
//! * `BEGIN`, `COMMIT`, `ROLLBACK`, those of savepoints, also of a transaction that is dropped. What triggers do is within the
//!   statement that sets them off, and a batch of statements is one.
//!
//! Without a current entity the query runs all the same; see [`ContextMissing`](crate::ContextMissing).
//!
//! # Why not by SQLite's hook
//!
//! [`Connection::trace_v2`](https://docs.rs/rusqlite/0.41/rusqlite/struct.Connection.html#method.trace_v2) would see all
//! statements, those of libraries too, but not whether they failed, nothing of one that cannot be prepared, and times in whole
//! milliseconds. There is one such hook per connection, which is left to the program.

mod connection;
mod failure;
mod rows;
mod savepoint;
mod statement;
mod tracer;
mod transaction;

pub use self::connection::TracedConnection;
pub use self::rows::{TracedAndThenRows, TracedMappedRows, TracedRows};
pub use self::savepoint::TracedSavepoint;
pub use self::statement::TracedStatement;
pub use self::transaction::TracedTransaction;
