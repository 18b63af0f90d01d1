//! What is an executor as its counterpart of sqlx is.

use sqlx::{Database, Describe, Either, Execute, Executor, SqlStr};

use super::future::BoxFuture;
use super::stream::BoxStream;
use super::{On, TracedConnection, TracedPool, TracedTransaction};

/// Each method of an executor is that of another, as `$on` makes it of `self`.
macro_rules! executor {
    (<$c:lifetime> $self:ty, |$this:ident| $on:expr) => {
        impl<$c, DB: Database> Executor<$c> for $self
        where
            for<'a> &'a mut DB::Connection: Executor<'a, Database = DB>,
        {
            type Database = DB;

            executor!(methods <$c> |$this| $on;
                execute -> BoxFuture<DB::QueryResult>,
                execute_many -> BoxStream<DB::QueryResult>,
                fetch -> BoxStream<DB::Row>,
                fetch_many -> BoxStream<Either<DB::QueryResult, DB::Row>>,
                fetch_all -> BoxFuture<Vec<DB::Row>>,
                fetch_one -> BoxFuture<DB::Row>,
                fetch_optional -> BoxFuture<Option<DB::Row>>,
            );

            fn prepare_with<'e>(
                self,
                sql: SqlStr,
                parameters: &'e [DB::TypeInfo],
            ) -> BoxFuture<'e, DB::Statement>
            where
                $c: 'e,
            {
                let $this = self;
                $on.prepare_with(sql, parameters)
            }

            fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Describe<DB>>
            where
                $c: 'e,
            {
                let $this = self;
                $on.describe(sql)
            }
        }
    };
    (methods <$c:lifetime> |$this:ident| $on:expr; $($name:ident -> $kind:ident<$answer:ty>,)*) => {
        executor!(each <$c> $(($this, $on, $name, $kind, $answer))*);
    };
    (each <$c:lifetime> $(($this:ident, $on:expr, $name:ident, $kind:ident, $answer:ty))*) => {
        $(
            fn $name<'e, 'q: 'e, Q>(self, query: Q) -> $kind<'e, $answer>
            where
                $c: 'e,
                Q: 'q + Execute<'q, Self::Database>,
            {
                let $this = self;
                $on.$name(query)
            }
        )*
    };
}

executor!(<'c> &TracedPool<DB>, |pool| On { database: &pool.database, executor: &pool.pool });
executor!(<'c> &'c mut TracedConnection<DB>, |traced| {
    On { database: &traced.database, executor: &mut *traced.connection }
});
executor!(<'c> &'c mut TracedTransaction<'_, DB>, |traced| {
    On { database: &traced.database, executor: &mut *traced.transaction }
});
