//! Databases that `cargo xtask test sql` has started.

/// Where PostgreSQL is, without a database: `postgres://app:…@127.0.0.1:5433`. None without one, and then the test that asks says
/// that it tests nothing.
#[must_use]
pub fn postgres() -> Option<String> {
    address("SQL_TEST_POSTGRES", "PostgreSQL")
}

/// The same of MariaDB.
#[must_use]
pub fn mariadb() -> Option<String> {
    address("SQL_TEST_MARIADB", "MariaDB")
}

fn address(variable: &str, name: &str) -> Option<String> {
    let address = std::env::var(variable).ok();
    if address.is_none() {
        eprintln!("skipped: there is no {name}; `cargo xtask test sql` starts one");
    }
    address
}
