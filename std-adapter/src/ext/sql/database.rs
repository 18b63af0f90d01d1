//! Which database it is.

use super::query::Query;
use super::url::{Parts, UNKNOWN};
#[cfg(all(feature = "sqlx", feature = "tracing"))]
use crate::Dialect;
#[cfg(feature = "sqlx")]
use crate::{EntityHandle, Timestamp};
use crate::{Namespace, Preparation, Sql, begin_subsegment, redact_url};

/// A database, as its queries are recorded: what their subsegments are called, and what they say beside the statement.
///
/// All texts are made once, with this. Of a longer one than 250 characters the beginning is recorded, and of a name 200.
///
/// ```
/// use xray_recorder::ext::sql::Database;
///
/// let database = Database::of_url("postgres://app:hunter2@db.example.com:5432/orders?sslmode=require")
///     .database_version("15.8");
/// assert_eq!(database.name(), "orders@db.example.com");
/// assert!(!format!("{database:?}").contains("hunter2"));
/// ```
#[derive(Clone, Debug)]
pub struct Database {
    name: String,
    url: Option<String>,
    database_type: String,
    #[cfg(all(feature = "sqlx", feature = "tracing"))]
    is_sqlite: bool,
    database_version: Option<String>,
    driver_version: Option<String>,
    user: Option<String>,
    tells_statements: bool,
}

/// A driver that knows the version of its engine.
#[derive(Clone, Copy, Debug)]
pub(in crate::ext) struct Driver {
    pub(in crate::ext) name: &'static str,
    pub(in crate::ext) database_version: &'static str,
}

impl Database {
    /// A database of this engine, `PostgreSQL`, whose subsegments are called `name`: `orders@db.example.com`, database and host,
    /// by convention. How literals are redacted goes by the engine: see [`Dialect::of`](crate::Dialect::of).
    #[must_use]
    pub fn new(database_type: impl Into<String>, name: impl Into<String>) -> Self {
        let database_type = database_type.into();
        Self {
            name: name.into(),
            url: None,
            #[cfg(all(feature = "sqlx", feature = "tracing"))]
            is_sqlite: Dialect::of(&database_type) == Dialect::Sqlite,
            database_type,
            database_version: None,
            driver_version: None,
            user: None,
            tells_statements: true,
        }
    }

    /// The database that a connection URL leads to: engine, name, user, and the URL without its user, its password and its
    /// parameters. Of SQLite the name is the file, or `:memory:`.
    ///
    /// What is no URL gives a database of no known engine that is called `database`. So is one whose name may hold a password
    /// that was not escaped.
    ///
    /// ```
    /// # use xray_recorder::ext::sql::Database;
    /// assert_eq!(Database::of_url("mysql://root@localhost/shop").name(), "shop@localhost");
    /// assert_eq!(Database::of_url("sqlite:///var/lib/app/shop.db?mode=rwc").name(), "/var/lib/app/shop.db");
    /// assert_eq!(Database::of_url("sqlite::memory:").name(), ":memory:");
    /// ```
    #[must_use]
    pub fn of_url(url: &str) -> Self {
        let Some(parts) = Parts::of(url) else { return Self::new("", UNKNOWN) };
        let database_type = parts.database_type().to_owned();
        let url = Some(parts.shown().to_owned());
        Self { url, user: parts.user(), ..Self::new(database_type, parts.name()) }
    }

    /// What the subsegments are called instead.
    #[must_use]
    pub fn with_name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Its URL, which is recorded without user, password and parameters.
    #[must_use]
    pub fn url(self, url: &str) -> Self {
        Self { url: Some(redact_url(url).to_string()), ..self }
    }

    /// The version of the engine. None by default where a driver does not know it by itself: asking takes a query.
    #[must_use]
    pub fn database_version(self, version: impl Into<String>) -> Self {
        Self { database_version: Some(version.into()), ..self }
    }

    /// Name and version of the driver. The library's name by default.
    #[must_use]
    pub fn driver_version(self, version: impl Into<String>) -> Self {
        Self { driver_version: Some(version.into()), ..self }
    }

    /// The database user.
    #[must_use]
    pub fn user(self, user: impl Into<String>) -> Self {
        Self { user: Some(user.into()), ..self }
    }

    /// Leaves out the statements of this database; of all of a recorder's does
    /// [`Builder::stream_sql`](crate::Builder::stream_sql).
    #[must_use]
    pub fn without_statements(self) -> Self {
        Self { tells_statements: false, ..self }
    }

    /// What the subsegments are called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[cfg(all(feature = "sqlx", feature = "tracing"))]
    pub(in crate::ext) fn is_sqlite(&self) -> bool {
        self.is_sqlite
    }

    /// The same, with a driver if none was named.
    #[cfg(feature = "sqlx")]
    pub(in crate::ext) fn driven_by(self, driver: &str) -> Self {
        Self { driver_version: self.driver_version.or_else(|| Some(driver.to_owned())), ..self }
    }

    /// Begins a query of the current entity, unless nobody records it.
    #[track_caller]
    #[inline]
    pub(in crate::ext) fn begin(&self) -> Option<Query> {
        let subsegment = begin_subsegment(&self.name);
        subsegment.is_recorded().then(|| Query::new(subsegment))
    }

    /// A query without a statement, that began earlier.
    #[cfg(feature = "sqlx")]
    pub(in crate::ext) fn begin_at(&self, entity: &EntityHandle, start: Timestamp) -> Query {
        let mut query = Query::new(entity.begin_subsegment_at(&self.name, start));
        self.write(&mut query, None, None, None);
        query
    }

    /// Says which statement the query is.
    #[cfg(feature = "sqlx")]
    pub(in crate::ext) fn describe(&self, query: &mut Query, statement: &str, preparation: Option<Preparation>) {
        self.write(query, self.told(statement), preparation, None);
    }

    /// The same by a driver that says which it is, where the database does not.
    #[cfg(feature = "rusqlite")]
    pub(in crate::ext) fn describe_by(
        &self,
        query: &mut Query,
        statement: &str,
        preparation: Option<Preparation>,
        driver: Driver,
    ) {
        self.write(query, self.told(statement), preparation, Some(driver));
    }

    fn told<'s>(&self, statement: &'s str) -> Option<&'s str> {
        self.tells_statements.then(|| statement.trim())
    }

    fn write(
        &self,
        query: &mut Query,
        statement: Option<&str>,
        preparation: Option<Preparation>,
        driver: Option<Driver>,
    ) {
        query.subsegment().set_namespace(Namespace::Remote).set_sql(&Sql {
            url: self.url.as_deref(),
            sanitized_query: statement,
            database_type: Some(&*self.database_type).filter(|name| !name.is_empty()),
            database_version: self.database_version.as_deref().or(driver.map(|driver| driver.database_version)),
            driver_version: self.driver_version.as_deref().or(driver.map(|driver| driver.name)),
            user: self.user.as_deref(),
            preparation,
            ..Sql::default()
        });
    }

    /// Begins a query that is known.
    #[cfg(feature = "sqlx")]
    #[track_caller]
    #[inline]
    pub(in crate::ext) fn begin_statement(&self, statement: &str, preparation: Option<Preparation>) -> Option<Query> {
        let mut query = self.begin()?;
        self.describe(&mut query, statement, preparation);
        Some(query)
    }
}
