//! An executor with the database its queries are recorded by.

use sqlx::{Database, Describe, Either, Execute, Executor, SqlStr};

use super::future::{self, BoxFuture};
use super::known::Known;
use super::stream::{self, BoxStream};
use crate::Preparation;
use crate::ext::sql::{self, Query};

/// An executor whose queries are recorded: see [`Database::on`](sql::Database::on).
#[derive(Debug)]
#[must_use = "an executor does nothing by itself"]
pub struct On<'d, E> {
    pub(super) database: &'d sql::Database,
    pub(super) executor: E,
}

impl sql::Database {
    /// An executor whose queries are recorded, for a connection that does not come from a
    /// [`TracedPool`](super::TracedPool). See [`sqlx`](super).
    ///
    /// ```no_run
    /// use sqlx::{Connection, PgConnection};
    /// use xray_recorder::ext::sql::Database;
    ///
    /// # async fn count(url: &str) -> sqlx::Result<()> {
    /// let database = Database::of_url(url).driver_version("sqlx");
    /// let mut connection = PgConnection::connect(url).await?;
    /// let count: i64 =
    ///     sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(database.on(&mut connection)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on<'c, E: Executor<'c>>(&self, executor: E) -> On<'_, E> {
        #[cfg(feature = "tracing")]
        super::logged::traces(self);
        On { database: self, executor }
    }
}

impl<E> On<'_, E> {
    /// The query, which was taken apart, with its statement.
    fn taken_apart<DB: Database>(&self, mut query: Query, known: &Known<DB>) -> Query {
        self.database.describe(&mut query, known.text(), known.preparation());
        query
    }
}

/// A method of an executor: with the query as it is where nobody records it, and else recorded by what follows.
macro_rules! recorded {
    ($name:ident -> $kind:ident<$answer:ty>, $recorded:path, $told:expr) => {
        fn $name<'e, 'q: 'e, Q>(self, query: Q) -> $kind<'e, $answer>
        where
            'c: 'e,
            Q: 'q + Execute<'q, Self::Database>,
        {
            let Some(begun) = self.database.begin() else { return self.executor.$name(query) };
            let known = Known::of(query);
            let begun = self.taken_apart(begun, &known);
            $recorded(begun, self.executor.$name(known), $told)
        }
    };
}

type QueryResult<'c, E> = <<E as Executor<'c>>::Database as Database>::QueryResult;
type Row<'c, E> = <<E as Executor<'c>>::Database as Database>::Row;

impl<'c, E: Executor<'c>> Executor<'c> for On<'_, E> {
    type Database = E::Database;

    recorded!(execute -> BoxFuture<QueryResult<'c, E>>, future::recorded, |_| None);
    recorded!(execute_many -> BoxStream<QueryResult<'c, E>>, stream::recorded, |_| false);
    recorded!(fetch -> BoxStream<Row<'c, E>>, stream::recorded, |_| true);
    recorded!(fetch_many -> BoxStream<Either<QueryResult<'c, E>, Row<'c, E>>>, stream::recorded, Either::is_right);
    recorded!(fetch_all -> BoxFuture<Vec<Row<'c, E>>>, future::recorded, |rows| Some(rows.len() as u64));
    recorded!(fetch_one -> BoxFuture<Row<'c, E>>, future::recorded, |_| Some(1));
    recorded!(fetch_optional -> BoxFuture<Option<Row<'c, E>>>, future::recorded, |row| Some(row.is_some().into()));

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [<Self::Database as Database>::TypeInfo],
    ) -> BoxFuture<'e, <Self::Database as Database>::Statement>
    where
        'c: 'e,
    {
        match self.database.begin_statement(sql.as_str(), Some(Preparation::Statement)) {
            Some(query) => future::recorded(query, self.executor.prepare_with(sql, parameters), |_| None),
            None => self.executor.prepare_with(sql, parameters),
        }
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Describe<Self::Database>>
    where
        'c: 'e,
    {
        self.executor.describe(sql)
    }
}
