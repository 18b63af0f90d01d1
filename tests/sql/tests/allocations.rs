//! What is allocated for a query beside what its library allocates.

#[path = "../../../std-adapter/tests/support/counting.rs"]
mod counting;

use std::task::{Context, Waker};

use rusqlite::Connection;
use sql::at_once::AtOnce;
use sql::{SEGMENT, silent};
use sqlx::Executor;
use xray_recorder::ext::rusqlite::TracedConnection;
use xray_recorder::ext::sql::Database;

/// Documents are there from the first, and statements are in the library's cache.
const WARM: usize = 100;

const SELECT: &str = "SELECT 1 WHERE 'a' = 'a'";

/// What `work` allocates, once all is there.
fn counted(mut work: impl FnMut()) -> u64 {
    (0..WARM).for_each(|_| work());
    counting::allocations(work)
}

#[test]
fn a_query_of_rusqlite_allocates_nothing_sampled_or_not() {
    let connection = TracedConnection::new(Connection::open_in_memory().unwrap());
    let recorder = silent::recorder();
    let traced = || connection.query_row(SELECT, [], |_| Ok(())).unwrap();
    let bare = counted(|| connection.untraced().query_row(SELECT, [], |_| Ok(())).unwrap());
    for sampled in [false, true] {
        let segment = recorder.segment(SEGMENT).sampled(sampled).begin();
        let attached = segment.attach();
        assert_eq!(counted(traced), bare, "sampled: {sampled}");
        drop(attached);
    }
}

#[test]
fn a_query_of_sqlx_allocates_its_future_and_nothing_unsampled() {
    let (recorder, database) = (silent::recorder(), Database::of_url("postgres://app@db.example.com/orders"));
    let mut context = Context::from_waker(Waker::noop());
    let mut in_segment = |sampled, is_traced| {
        let segment = recorder.segment(SEGMENT).sampled(sampled).begin();
        let attached = segment.attach();
        let allocated = counted(|| {
            let query = sqlx::query(SELECT);
            let mut done = match is_traced {
                true => database.on(AtOnce).execute(query),
                false => AtOnce.execute(query),
            };
            assert!(done.as_mut().poll(&mut context).is_ready());
        });
        drop(attached);
        allocated
    };
    let bare = in_segment(true, false);
    assert_eq!(in_segment(false, true), bare);
    assert_eq!(in_segment(true, true), bare + 1);
}
