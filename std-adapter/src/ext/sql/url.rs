//! What a connection URL says of a database.

use std::borrow::Cow;

const SQLITE: &str = "SQLite";

/// The parts of a connection URL, as they stand in it.
///
/// The options that a driver has parsed are of no use here: sqlx's way back from them to a URL panics, for
/// `sqlite::memory:` and for an IPv6 address among others.
pub(super) struct Parts<'u> {
    url: &'u str,
    scheme: &'u str,
    user: &'u str,
    host: &'u str,
    path: &'u str,
    query: &'u str,
}

impl<'u> Parts<'u> {
    /// None of what is no URL.
    pub(super) fn of(url: &'u str) -> Option<Self> {
        let (scheme, rest) = url.split_once(':')?;
        if scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
            return None;
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let is_sqlite = scheme.eq_ignore_ascii_case("sqlite");
        let (authority, path) = match place.strip_prefix("//") {
            Some(path) if is_sqlite => ("", path),
            Some(place) => place.split_at_checked(authority_end(place)).unwrap_or((place, "")),
            None => ("", place),
        };
        let (credentials, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let user = credentials.split(':').next().unwrap_or_default();
        let host = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
            Some((address, _)) => address,
            None => host.split(':').next().unwrap_or_default(),
        };
        let path = path.strip_prefix('/').filter(|_| !is_sqlite).unwrap_or(path);
        Some(Self { url, scheme, user, host, path, query })
    }

    pub(super) fn url(&self) -> &'u str {
        self.url
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
        if self.database_type() == SQLITE {
            let path = decoded(self.path);
            return if path.is_empty() { ":memory:".to_owned() } else { path };
        }
        let host = self.parameter("host").unwrap_or_else(|| decoded(self.host));
        // The folder of a socket is of this machine.
        let host = if host.is_empty() || host.starts_with('/') { "localhost" } else { &host };
        let database = self.parameter("dbname").unwrap_or_else(|| decoded(self.path));
        if database.is_empty() { host.to_owned() } else { format!("{database}@{host}") }
    }

    /// A parameter, which PostgreSQL takes in place of what stands before it.
    fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| decoded(value)).filter(|value| !value.is_empty())
    }
}

/// Where user, password, host and port end.
fn authority_end(place: &str) -> usize {
    let slash = place.find('/').unwrap_or(place.len());
    let before = place.get(..slash).unwrap_or_default();
    // A password may hold a slash that should have been escaped. No port looks like that.
    let is_cut = |(_, port): (&str, &str)| !port.bytes().all(|byte| byte.is_ascii_digit());
    if before.contains(['@', '[']) || !before.rsplit_once(':').is_some_and(is_cut) {
        return slash;
    }
    let host = place.rfind('@').map_or(slash, |at| at + 1);
    place.get(host..).and_then(|rest| rest.find('/')).map_or(place.len(), |at| host + at)
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
            ("postgres://db:5432/or@ders", "or@ders@db", "postgres://ders"),
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
            ("postgres://db/orders", "user: None"),
        ] {
            let debug = format!("{:?}", Database::of_url(url));
            assert!(debug.contains(user), "{debug}");
        }
    }
}
