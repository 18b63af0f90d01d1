//! Databases that `cargo xtask test sql` has started.

use std::env;

/// Where PostgreSQL is, without a database: `postgres://app:…@127.0.0.1:5433`.
///
/// # Panics
///
/// Without one: who asks is ignored, unless it was started.
#[must_use]
pub fn postgres() -> String {
    address("SQL_TEST_POSTGRES")
}

/// The same of MariaDB.
///
/// # Panics
///
/// Without one.
#[must_use]
pub fn mariadb() -> String {
    address("SQL_TEST_MARIADB")
}

fn address(variable: &str) -> String {
    env::var(variable).unwrap_or_else(|_| panic!("{variable} says where it is; `cargo xtask test sql` starts one"))
}
