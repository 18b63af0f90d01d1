//! A query of rusqlite.

use measure::Run;
use rusqlite::{CachedStatement, Connection};
use xray_recorder::Segment;
use xray_recorder::ext::rusqlite::TracedConnection;

use crate::case::{Case, Variant, in_segments};
use crate::recorders::{declining, sampling};

pub(crate) const CASE: Case = Case {
    name: "rusqlite",
    does: "a query of SQLite in memory, by a statement that is prepared",
    variants: &[
        Variant { name: "without", prepare: bare },
        Variant { name: "unsampled", prepare: || traced(|| declining().begin_segment("checkout")) },
        Variant { name: "sampled", prepare: || traced(|| sampling().begin_segment("checkout")) },
    ],
};

const SELECT: &str = "SELECT 1 WHERE 'a' = 'a'";

fn bare() -> Run {
    let connection = Connection::open_in_memory().expect("memory is to be had");
    Box::new(move |times| {
        in_segments(times, None, || {
            let query = |mut statement: CachedStatement<'_>| statement.query_row([], |_| Ok(()));
            connection.prepare_cached(SELECT).and_then(query).expect("it has a row");
        });
    })
}

fn traced(begin: fn() -> Segment) -> Run {
    let connection = TracedConnection::new(Connection::open_in_memory().expect("memory is to be had"));
    Box::new(move |times| {
        in_segments(times, Some(begin), || {
            let mut statement = connection.prepare_cached(SELECT).expect("it is a statement");
            statement.query_row([], |_| Ok(())).expect("it has a row");
        });
    })
}
