//! The `sql` block of a subsegment.

use super::writer::{MAX_CHARS, Separator, text};
use crate::document::{Member, Room};
use crate::entity::Subsegment;
use crate::error::Full;
use crate::json::{Tail, literal, string};
use crate::redact::{Dialect, Redacted, Rule, redact_connection, redact_sql, redact_url};

/// A query. Texts are at most 250 characters; a longer one is cut, ends with `…` and is counted. The query itself has
/// no limit but the room there is, to which it is cut.
///
/// ```
/// # use xray_recorder_core::{Document, Sql, Subsegment, Timestamp, TraceContext};
/// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
/// # let mut document = Document::<1024>::new();
/// # let mut subsegment = Subsegment::begin(&mut document, "db", context, context.id(), Timestamp::from_secs(1_465_510_280))?;
/// subsegment.set_sql(&Sql {
///     url: Some("postgresql://db.example.com:5432/orders"),
///     database_type: Some("PostgreSQL"),
///     sanitized_query: Some("SELECT id FROM orders WHERE customer = 'alice'"),
///     ..Sql::default()
/// })?;
/// assert!(subsegment.json().ends_with(concat!(
///     r#","sql":{"url":"postgresql://db.example.com:5432/orders","database_type":"PostgreSQL","#,
///     r#""sanitized_query":"SELECT id FROM orders WHERE customer = ?"}}"#
/// )));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "users build it; the format is frozen")]
pub struct Sql<'a> {
    /// The connection, where it is not a URL. Passwords are left out: see [`redact_connection`].
    pub connection_string: Option<&'a str>,
    /// The connection as a URL. User, password and parameters are left out: see [`redact_url`].
    pub url: Option<&'a str>,
    /// The statement. Literals are replaced by `?`, as its dialect, which follows from `database_type`, writes them: see
    /// [`redact_sql`]. Never put values in that were bound.
    pub sanitized_query: Option<&'a str>,
    /// The database engine, `PostgreSQL`.
    pub database_type: Option<&'a str>,
    /// Its version.
    pub database_version: Option<&'a str>,
    /// Name and version of the driver.
    pub driver_version: Option<&'a str>,
    /// The database user.
    pub user: Option<&'a str>,
    /// How the statement was prepared.
    pub preparation: Option<Preparation>,
    /// Whether all this is written as it is: for a statement that is known to hold no literals.
    pub verbatim: bool,
}

/// How a statement was prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the format is frozen")]
pub enum Preparation {
    /// A prepared statement.
    Statement,
    /// A callable statement: a stored procedure.
    Call,
}

impl Subsegment<'_> {
    /// Records a query, in place of an earlier one.
    ///
    /// # Errors
    ///
    /// [`Full`] when the document has no room even for a cut one.
    pub fn set_sql(&mut self, sql: &Sql<'_>) -> Result<(), Full> {
        let mut cut = 0;
        let result =
            self.document.set_member(Member::Sql, "sql".len(), Room::Member, |tail| write_sql(tail, sql, &mut cut));
        self.document.counted(result)?;
        self.document.count_cuts(cut);
        Ok(())
    }
}

#[inline(always)]
fn write_sql<'b>(tail: &'b mut [u8], sql: &Sql<'_>, cut: &mut u32) -> Tail<'b> {
    let preparation = sql.preparation.map(|preparation| match preparation {
        Preparation::Statement => "statement",
        Preparation::Call => "call",
    });
    let tail = literal(tail, b",\"sql\":")?;
    let mut members = Separator::brace();
    let tail = redacted(
        tail,
        &mut members,
        b"\"connection_string\":\"",
        sql.connection_string,
        sql.verbatim,
        redact_connection,
        cut,
    )?;
    let tail = redacted(tail, &mut members, b"\"url\":\"", sql.url, sql.verbatim, redact_url, cut)?;
    let tail = text(tail, &mut members, b"\"database_type\":\"", sql.database_type, cut)?;
    let tail = text(tail, &mut members, b"\"database_version\":\"", sql.database_version, cut)?;
    let tail = text(tail, &mut members, b"\"driver_version\":\"", sql.driver_version, cut)?;
    let tail = text(tail, &mut members, b"\"user\":\"", sql.user, cut)?;
    let tail = text(tail, &mut members, b"\"preparation\":\"", preparation, cut)?;
    let tail = match sql.sanitized_query {
        Some(query) => {
            let tail = members.write(tail)?;
            let tail = literal(tail, b"\"sanitized_query\":\"")?;
            let tail = if sql.verbatim {
                string::fitted(tail, query, b"\"}".len(), cut)?
            } else {
                let dialect = Dialect::of(sql.database_type.unwrap_or_default());
                string::fitted_pieces(tail, redact_sql(query, dialect), b"\"}".len(), cut)?
            };
            literal(tail, b"\"")?
        }
        None => tail,
    };
    members.close(tail)
}

/// A text without its secrets, unless it is wanted as it is.
#[inline(always)]
fn redacted<'b, 't, R: Rule + Clone>(
    tail: &'b mut [u8],
    members: &mut Separator,
    label: &[u8],
    value: Option<&'t str>,
    verbatim: bool,
    redact: impl Fn(&'t str) -> Redacted<'t, R>,
    cut: &mut u32,
) -> Tail<'b> {
    match value {
        Some(value) if !verbatim => string::labelled_pieces(tail, members.next(), label, redact(value), MAX_CHARS, cut),
        value => text(tail, members, label, value, cut),
    }
}
