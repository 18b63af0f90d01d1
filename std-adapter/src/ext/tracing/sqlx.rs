//! Queries of sqlx, which it tells of when they are done.

use std::fmt;

use tracing_core::Event;
use tracing_core::field::{Field, Visit};

use super::text::displayed;
use crate::{EntityHandle, Namespace, Sql, Timestamp};

/// Of sqlx's events, one for each query.
pub(super) const TARGET: &str = "sqlx::query";

/// How queries of sqlx are recorded: each of its events becomes a subsegment of the current entity that ends now and began
/// as long ago as the query took, `remote`, with its statement, literals redacted, and the counts of rows as metadata.
/// Bound values are none of the event's. sqlx tells of queries at `DEBUG`, and of slow ones at `WARN`; of one that
/// failed it tells the same, so that the error is for the code around it to record.
///
/// What `ext::sqlx` records, with errors and the database, is not recorded once more: its documentation says what that comes to
/// with SQLite.
///
/// Its driver for SQLite works on a thread of its own, to which it carries the span and nothing else: there, a query is
/// recorded under the span it was made in, and one that was made in none is not.
///
/// ```
/// use xray_recorder::ext::tracing::{SqlxQueries, XRayLayer};
///
/// let queries = SqlxQueries::new().name("orders@db.example.com").database_type("PostgreSQL");
/// let builder = XRayLayer::builder().sqlx(queries);
/// ```
#[derive(Debug)]
pub struct SqlxQueries {
    name: Name,
    database_type: Option<String>,
    user: Option<String>,
}

enum Name {
    Fixed(String),
    By(Box<dyn Fn(&str) -> String + Send + Sync>),
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(name) => f.debug_tuple("Fixed").field(name).finish(),
            Self::By(_) => f.write_str("By"),
        }
    }
}

impl Default for SqlxQueries {
    fn default() -> Self {
        Self::new()
    }
}

impl SqlxQueries {
    /// Queries whose subsegments are called `sqlx`: which database it is, the event does not say.
    #[must_use]
    pub fn new() -> Self {
        Self { name: Name::Fixed("sqlx".to_owned()), database_type: None, user: None }
    }

    /// What the subsegments are called: `orders@db.example.com`, database and host, by convention.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: Name::Fixed(name.into()), ..self }
    }

    /// The same by the statement, for a program with several databases.
    #[must_use]
    pub fn name_by(self, name: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self { name: Name::By(Box::new(name)), ..self }
    }

    /// The database engine, `PostgreSQL`: how literals are redacted goes by its dialect, too.
    #[must_use]
    pub fn database_type(self, database_type: impl Into<String>) -> Self {
        Self { database_type: Some(database_type.into()), ..self }
    }

    /// The database user.
    #[must_use]
    pub fn user(self, user: impl Into<String>) -> Self {
        Self { user: Some(user.into()), ..self }
    }

    pub(super) fn record(&self, event: &Event<'_>, entity: &EntityHandle) {
        #[cfg(feature = "sqlx")]
        if crate::ext::sqlx::is_recorded_here() {
            return;
        }
        let mut query = Query::default();
        event.record(&mut query);
        let (Some(now), Some(statement)) = (entity.now(), query.statement()) else { return };
        let start = Timestamp::from_micros(now.as_micros().saturating_sub(query.micros));
        let name = match &self.name {
            Name::Fixed(name) => name,
            Name::By(name) => &name(statement),
        };
        let mut subsegment = entity.begin_subsegment_at(name, start);
        subsegment.set_namespace(Namespace::Remote).set_sql(&Sql {
            sanitized_query: Some(statement),
            database_type: self.database_type.as_deref(),
            user: self.user.as_deref(),
            ..Sql::default()
        });
        for (key, count) in [("rows_affected", query.rows_affected), ("rows_returned", query.rows_returned)] {
            if let Some(count) = count {
                subsegment.put_metadata(key, &count);
            }
        }
        subsegment.end_at(now);
    }
}

/// What the event says.
#[derive(Default)]
struct Query {
    summary: String,
    statement: String,
    micros: u64,
    rows_affected: Option<u64>,
    rows_returned: Option<u64>,
}

impl Query {
    /// The statement; sqlx leaves it out where the summary has all of it.
    fn statement(&self) -> Option<&str> {
        [&self.statement, &self.summary].into_iter().map(|text| text.trim()).find(|text| !text.is_empty())
    }
}

impl Visit for Query {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "summary" => self.summary = displayed(format_args!("{value:?}")),
            "db.statement" => self.statement = displayed(format_args!("{value:?}")),
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        // The `Debug` of a string has quotes.
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "elapsed_secs" {
            // What is negative or no number is zero.
            self.micros = (value * 1e6).round() as u64;
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "rows_affected" => self.rows_affected = Some(value),
            "rows_returned" => self.rows_returned = Some(value),
            _ => {}
        }
    }
}
