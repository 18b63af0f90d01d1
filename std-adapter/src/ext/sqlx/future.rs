//! A query that gives its answer at once.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use sqlx::Error;

use super::failure;
#[cfg(feature = "tracing")]
use super::logged::Polling;
use crate::ext::sql::{Database, Query};

/// What executors give.
pub(super) type BoxFuture<'e, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'e>>;

/// A query under way, and the subsegment that ends with it.
struct Running<'e, T> {
    future: Option<BoxFuture<'e, T>>,
    query: Option<Query>,
    /// How many rows an answer has, where it tells.
    rows: fn(&T) -> Option<u64>,
}

/// The future, recorded.
pub(super) fn recorded<'e, T: 'e>(
    query: Query,
    future: BoxFuture<'e, T>,
    rows: fn(&T) -> Option<u64>,
) -> BoxFuture<'e, T> {
    Box::pin(Running { future: Some(future), query: Some(query), rows })
}

/// Runs what is a statement by itself, recorded, unless nobody does.
pub(super) async fn statement<T>(
    database: &Database,
    statement: &str,
    running: impl Future<Output = Result<T, Error>> + Send,
) -> Result<T, Error> {
    match database.begin_statement(statement, None) {
        Some(query) => recorded(query, Box::pin(running), |_| None).await,
        None => running.await,
    }
}

impl<T> Running<'_, T> {
    /// What sqlx logs of a query it logs when that is dropped.
    fn clear(&mut self) {
        #[cfg(feature = "tracing")]
        let _polling = Polling::begin();
        self.future = None;
    }
}

impl<T> Future for Running<'_, T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = &mut self.future else {
            panic!("a query is polled after it has ended");
        };
        let result = {
            #[cfg(feature = "tracing")]
            let _polling = Polling::begin();
            ready!(future.as_mut().poll(context))
        };
        self.clear();
        if let Some(mut query) = self.query.take() {
            match &result {
                Ok(answer) => {
                    if let Some(rows) = (self.rows)(answer) {
                        query.put_rows_returned(rows);
                    }
                }
                Err(error) => failure::add(&mut query, error),
            }
        }
        Poll::Ready(result)
    }
}

impl<T> Drop for Running<'_, T> {
    fn drop(&mut self) {
        if let Some(query) = self.query.take() {
            self.clear();
            query.cancel();
        }
    }
}
