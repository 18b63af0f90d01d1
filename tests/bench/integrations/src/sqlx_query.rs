//! A query of sqlx, by a driver that answers at once: what a real one takes, of which a thread that is woken is most, would
//! hide what is measured.

use std::task::{Context, Waker};

use measure::Run;
use sql::at_once::AtOnce;
use sqlx::Executor;
use xray_recorder::Segment;
use xray_recorder::ext::sql::Database;

use crate::case::{Case, Variant, in_segments};
use crate::recorders::{declining, sampling};

pub(crate) const CASE: Case = Case {
    name: "sqlx",
    does: "a query of sqlx, by a driver that answers at once",
    variants: &[
        Variant { name: "without", prepare: || queries(false, None) },
        Variant { name: "unsampled", prepare: || queries(true, Some(|| declining().begin_segment("checkout"))) },
        Variant { name: "sampled", prepare: || queries(true, Some(|| sampling().begin_segment("checkout"))) },
    ],
};

const SELECT: &str = "SELECT id, total FROM orders WHERE customer = 'alice'";

fn queries(is_traced: bool, begin: Option<fn() -> Segment>) -> Run {
    let database = Database::of_url("postgres://app:hunter2@db.example.com/orders");
    Box::new(move |times| {
        let mut context = Context::from_waker(Waker::noop());
        in_segments(times, begin, || {
            let query = sqlx::query(SELECT);
            let mut done = if is_traced { database.on(AtOnce).execute(query) } else { AtOnce.execute(query) };
            assert!(done.as_mut().poll(&mut context).is_ready(), "it answers at once");
        });
    })
}
