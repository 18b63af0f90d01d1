//! A driver that answers at once, so that what is around it can be measured and counted.

use std::pin::Pin;

use futures_util::future::ready;
use futures_util::stream::{Stream, empty};
use sqlx::sqlite::{SqliteQueryResult, SqliteRow, SqliteStatement, SqliteTypeInfo};
use sqlx::{Describe, Either, Error, Execute, Executor, SqlStr, Sqlite};

/// An executor of no rows. What it cannot make it does not find.
#[derive(Clone, Copy, Debug)]
pub struct AtOnce;

type BoxFuture<'e, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'e>>;
type BoxStream<'e, T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send + 'e>>;

impl<'c> Executor<'c> for AtOnce {
    type Database = Sqlite;

    fn execute<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, SqliteQueryResult>
    where
        'c: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        std::hint::black_box(query.sql());
        Box::pin(ready(Ok(SqliteQueryResult::default())))
    }

    fn fetch_many<'e, 'q: 'e, E>(self, _: E) -> BoxStream<'e, Either<SqliteQueryResult, SqliteRow>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        Box::pin(empty())
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, _: E) -> BoxFuture<'e, Option<SqliteRow>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        Box::pin(ready(Ok(None)))
    }

    fn prepare_with<'e>(self, _: SqlStr, _: &'e [SqliteTypeInfo]) -> BoxFuture<'e, SqliteStatement>
    where
        'c: 'e,
    {
        Box::pin(ready(Err(Error::RowNotFound)))
    }

    fn describe<'e>(self, _: SqlStr) -> BoxFuture<'e, Describe<Sqlite>>
    where
        'c: 'e,
    {
        Box::pin(ready(Err(Error::RowNotFound)))
    }
}
