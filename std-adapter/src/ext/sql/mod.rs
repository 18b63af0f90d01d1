//! What integrations with SQL libraries share: which database it is that is called, and how an error of one is told.

mod database;
mod failure;
mod query;
mod url;
mod words;

pub use self::database::Database;
#[cfg(feature = "rusqlite")]
pub(super) use self::database::Driver;
pub(super) use self::failure::{Failure, failed_constraint};
pub(super) use self::query::Query;
