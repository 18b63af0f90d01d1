//! A query that gives its answers one after another.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use sqlx::Error;

use super::failure;
#[cfg(feature = "tracing")]
use super::logged::Polling;
use crate::ext::sql::Query;

/// What executors give.
pub(super) type BoxStream<'e, T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send + 'e>>;

/// A query under way, and the subsegment that ends with it.
struct Answers<'e, T> {
    stream: Option<BoxStream<'e, T>>,
    query: Option<Query>,
    /// Whether an answer is a row.
    is_row: fn(&T) -> bool,
    rows: u64,
}

/// The stream, recorded.
pub(super) fn recorded<'e, T: 'e>(query: Query, stream: BoxStream<'e, T>, is_row: fn(&T) -> bool) -> BoxStream<'e, T> {
    Box::pin(Answers { stream: Some(stream), query: Some(query), is_row, rows: 0 })
}

impl<T> Answers<'_, T> {
    /// What sqlx logs of a query it logs when that is dropped.
    fn clear(&mut self) {
        #[cfg(feature = "tracing")]
        let _polling = Polling::begin();
        self.stream = None;
    }

    /// The query, with what is known of it.
    fn take_query(&mut self) -> Option<Query> {
        let mut query = self.query.take()?;
        if self.rows > 0 {
            query.put_rows_returned(self.rows);
        }
        Some(query)
    }
}

impl<T> Stream for Answers<'_, T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(stream) = &mut self.stream else { return Poll::Ready(None) };
        let answer = {
            #[cfg(feature = "tracing")]
            let _polling = Polling::begin();
            ready!(stream.as_mut().poll_next(context))
        };
        match &answer {
            Some(Ok(answer)) => self.rows += u64::from((self.is_row)(answer)),
            Some(Err(error)) => {
                if let Some(mut query) = self.take_query() {
                    failure::add(&mut query, error);
                }
            }
            None => {
                self.clear();
                drop(self.take_query());
            }
        }
        Poll::Ready(answer)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

impl<T> Drop for Answers<'_, T> {
    fn drop(&mut self) {
        if let Some(query) = self.take_query() {
            self.clear();
            // Which row is the last that a program wants, and whether it could read it, only the program knows.
            if self.rows == 0 {
                query.cancel();
            }
        }
    }
}
