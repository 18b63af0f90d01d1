//! What a connection URL says of a database.

use std::borrow::Cow;

use crate::redact_url;

const SQLITE: &str = "SQLite";

/// What a database is called of which no more is known.
pub(super) const UNKNOWN: &str = "database";

/// The parts of a connection URL, as they stand in it.
///
/// The options that a driver has parsed are of no use here: sqlx's way back from them to a URL panics, for
/// `sqlite::memory:` and for an IPv6 address among others.
pub(super) struct Parts<'u> {
    scheme: &'u str,
    user: &'u str,
    query: &'u str,
    /// The URL without user, password and parameters. Where a password ends is told in one place only, and so what the
    /// database is called is read from this.
    shown: String,
}

impl<'u> Parts<'u> {
    /// None of what is no URL. But for SQLite, one without `//` begins with a host or a user, of whom a password may follow.
    pub(super) fn of(url: &'u str) -> Option<Self> {
        let (scheme, rest) = url.split_once(':')?;
        if scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
            return None;
        }
        let shown = redact_url(url).to_string();
        let Some(rest) = rest.strip_prefix("//") else {
            let parts = Self { scheme, user: "", query: "", shown };
            return parts.is_sqlite().then_some(parts);
        };
        let parts = Self { scheme, user: "", query: "", shown };
        let (user, tail) = around(rest, parts.place());
        let query = tail.strip_prefix('?').and_then(|tail| tail.split('#').next()).unwrap_or_default();
        Some(Self { user, query, ..parts })
    }

    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    pub(super) fn database_type(&self) -> &'u str {
        let known = [
            ("postgres", "PostgreSQL"),
            ("postgresql", "PostgreSQL"),
            ("mysql", "MySQL"),
            ("mariadb", "MariaDB"),
            ("sqlite", SQLITE),
        ];
        known.iter().find(|(scheme, _)| scheme.eq_ignore_ascii_case(self.scheme)).map_or(self.scheme, |known| known.1)
    }

    pub(super) fn user(&self) -> Option<String> {
        Some(self.parameter("user").unwrap_or_else(|| decoded(self.user))).filter(|user| !user.is_empty())
    }

    /// `database@host`; of SQLite the file.
    pub(super) fn name(&self) -> String {
        if self.is_sqlite() {
            let path = decoded(self.place());
            return if path.is_empty() { ":memory:".to_owned() } else { path };
        }
        let (host, path) = self.place().split_once('/').unwrap_or((self.place(), ""));
        let host = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
            Some((address, _)) => address,
            None => host.split(':').next().unwrap_or_default(),
        };
        let host = self.parameter("host").unwrap_or_else(|| decoded(host));
        // The folder of a socket is of this machine.
        let host = if host.is_empty() || host.starts_with('/') { "localhost" } else { &host };
        let database = self.parameter("dbname").unwrap_or_else(|| decoded(path));
        match (database.contains('@') || host.contains('@'), database.is_empty()) {
            // There may be a password before it.
            (true, _) => UNKNOWN.to_owned(),
            (false, true) => host.to_owned(),
            (false, false) => format!("{database}@{host}"),
        }
    }

    fn is_sqlite(&self) -> bool {
        self.database_type() == SQLITE
    }

    /// What is shown behind the scheme, which is not shown itself where it was taken for a user.
    fn place(&self) -> &str {
        let behind = self.shown.strip_prefix(self.scheme).and_then(|shown| shown.strip_prefix(':'));
        let place = behind.unwrap_or(&self.shown);
        place.strip_prefix("//").unwrap_or(place)
    }

    /// A parameter, which PostgreSQL takes in place of what stands before it.
    fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| decoded(value)).filter(|value| !value.is_empty())
    }
}

/// The user before the place that is shown, and what follows that place.
fn around<'u>(rest: &'u str, place: &str) -> (&'u str, &'u str) {
    match rest.strip_prefix(place) {
        Some(tail) if !tail.starts_with('@') => ("", tail),
        _ => {
            let user = rest.split([':', '@', '/', '?', '#']).next().unwrap_or_default();
            let mut places = rest.match_indices('@').filter_map(|(at, _)| rest.get(at + 1..)?.strip_prefix(place));
            (user, places.next_back().unwrap_or_default())
        }
    }
}

/// The text with `%40` as `@`; what is no such thing stays.
fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    let (bytes, mut shown, mut at) = (text.as_bytes(), Vec::new(), 0);
    while let Some(&byte) = bytes.get(at) {
        match (byte, digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                shown.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                shown.push(byte);
                at += 1;
            }
        }
    }
    match String::from_utf8_lossy(&shown) {
        Cow::Borrowed(text) => text.to_owned(),
        Cow::Owned(text) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Database;

    #[test]
    fn a_database_is_named_by_its_url_and_no_password_is_left() {
        for (url, name, shown) in [
            (
                "postgres://app:hunter2@db.example.com:5432/orders?sslmode=require&password=hunter2",
                "orders@db.example.com",
                "postgres://db.example.com:5432/orders",
            ),
            ("postgresql://app@[::1]/orders", "orders@::1", "postgresql://[::1]/orders"),
            ("postgres://app:hunt/er2@db/orders", "orders@db", "postgres://db/orders"),
            ("postgres://db:5432/or@ders", "ders", "postgres://ders"),
            ("postgres://app:hunt%40er2@db/or%20ders", "or ders@db", "postgres://db/or%20ders"),
            ("postgres:///orders?host=/var/run/postgresql", "orders@localhost", "postgres:///orders"),
            ("postgres://%2Fvar%2Frun/orders", "orders@localhost", "postgres://%2Fvar%2Frun/orders"),
            ("postgres://db?dbname=orders", "orders@db", "postgres://db"),
            ("mysql://root@db", "db", "mysql://db"),
            ("mariadb://root:hunter2@db:3307/shop", "shop@db", "mariadb://db:3307/shop"),
            ("sqlite::memory:", ":memory:", "sqlite::memory:"),
            ("sqlite://", ":memory:", "sqlite://"),
            ("sqlite:///var/lib/a%20b.db?mode=rwc", "/var/lib/a b.db", "sqlite:///var/lib/a%20b.db"),
            ("sqlite:a.db", "a.db", "sqlite:a.db"),
        ] {
            let database = Database::of_url(url);
            assert_eq!(database.name(), name, "{url}");
            let debug = format!("{database:?}");
            assert!(debug.contains(&format!("url: Some({shown:?})")), "{debug}");
            assert!(!debug.contains("hunt") && !debug.contains("er2"), "{debug}");
        }
    }

    #[test]
    fn a_password_that_was_not_escaped_is_no_name() {
        for (url, name) in [
            ("postgres://app:12/hunter2@db/orders", "orders@db"),
            ("postgres://app:/hunter2@db/orders", "orders@db"),
            ("postgres://app:12@34/hunter2@db/orders", "orders@db"),
            ("postgres://app:12/hunter2%40db/orders", "database"),
            ("postgres://app:x?dbname=hunter2@db/orders", "orders@db"),
            ("postgres://app:12/x?dbname=hunter2@db/orders", "database"),
            ("app:hunter2@db/orders", "database"),
            ("postgres:app:hunter2@db/orders", "database"),
            ("app:hunter2@tcp(db:3306)/orders", "database"),
            ("app:12/hunter2@tcp(db:3306)/orders", "database"),
            ("sqlite://app:12/hunter2@db/orders", "db/orders"),
            ("sqlite:app:12/hunter2@db/orders", "db/orders"),
        ] {
            let database = Database::of_url(url);
            let debug = format!("{database:?}");
            assert!(url.contains("%40") || !debug.contains("hunter2"), "{debug}");
            assert_eq!(database.name(), name, "{url}");
        }
    }

    #[test]
    fn what_is_no_url_is_a_database_that_nobody_knows() {
        for url in ["", "orders", "://", "host=db password=hunter2", "C:"] {
            let debug = format!("{:?}", Database::of_url(url));
            assert!(!debug.contains("hunter2"), "{debug}");
        }
        assert_eq!(Database::of_url("orders").name(), "database");
    }

    #[test]
    fn the_user_is_the_one_that_connects() {
        for (url, user) in [
            ("postgres://a%40b:hunter2@db/orders", "user: Some(\"a@b\")"),
            ("postgres://db/orders?user=app", "user: Some(\"app\")"),
            ("postgres://app:12/hunter2@db/orders", "user: Some(\"app\")"),
            ("postgres://app@app", "user: Some(\"app\")"),
            ("postgres://db:5432", "user: None"),
            ("postgres://:hunter2@db", "user: None"),
            ("postgres://hunter2?x@db/orders", "user: None"),
            ("postgres://db/orders", "user: None"),
        ] {
            let debug = format!("{:?}", Database::of_url(url));
            assert!(debug.contains(user), "{debug}");
        }
    }
}
