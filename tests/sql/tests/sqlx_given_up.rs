//! SQLite through sqlx: what is given up, and what only ends.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use futures_util::TryStreamExt;
use sql::library_of_sqlx::{NAME, recorded, recorded_by};
use sql::{in_order, message, queries, query};
use sqlx::Error;

#[tokio::test]
async fn a_stream_that_gave_no_row_and_a_future_that_are_given_up_say_so() {
    let kit = recorded_by(in_order(), async |pool, _| {
        let mut rows = sqlx::query("SELECT title FROM books").fetch(pool);
        rows.try_next().await.unwrap().unwrap();
        drop(rows);
        drop(sqlx::query("SELECT title FROM books").fetch(pool));
        let mut given_up = Box::pin(sqlx::query("UPDATE books SET pages = 1").execute(pool));
        poll_fn(|context| {
            assert!(pin!(&mut given_up).poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        drop(given_up);
    })
    .await;
    let queries = queries(&kit, NAME);
    queries[0].has_no_annotation("cancelled").has_metadata("rows_returned", &1).has_no_fault();
    queries[1].has_annotation("cancelled", true).has_no_fault();
    queries[2].has_query("UPDATE books SET pages = ?").has_annotation("cancelled", true).has_no_fault();
}

#[tokio::test]
async fn a_row_that_is_not_what_the_program_wants_gives_nothing_up() {
    let kit = recorded(async |pool, _| {
        let titles: Result<Vec<(i64,)>, _> = sqlx::query_as("SELECT title FROM books").fetch_all(pool).await;
        assert!(matches!(titles, Err(Error::ColumnDecode { .. })), "{titles:?}");
    })
    .await;
    query(&kit, NAME).has_no_annotation("cancelled").has_metadata("rows_returned", &1).has_no_fault();
}

#[tokio::test]
async fn waiting_for_a_connection_that_is_given_up_says_so() {
    let kit = recorded(async |pool, _| {
        let only = pool.acquire().await.unwrap();
        let mut given_up = Box::pin(pool.acquire());
        poll_fn(|context| {
            assert!(given_up.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        drop((given_up, only));
    })
    .await;
    query(&kit, NAME).is_remote().has_annotation("cancelled", true).has_no_fault();
}

#[tokio::test]
async fn a_pool_that_is_closed_says_so() {
    let kit = recorded(async |pool, _| {
        pool.untraced().close().await;
        pool.acquire().await.unwrap_err();
    })
    .await;
    let query = query(&kit, NAME);
    query.has_fault().has_exception("PoolClosed");
    assert_eq!(message(&query), "attempted to acquire a connection on a closed pool");
}
