//! An error of a database.

/// An error, in the parts of which some may be told.
#[derive(Debug, Default)]
pub(in crate::ext) struct Failure<'a> {
    /// What kind of error it is, one word.
    pub(in crate::ext) kind: &'a str,
    /// What it says, with values as it may be.
    pub(in crate::ext) message: &'a str,
    /// What names it without values: `SQLSTATE 23505`.
    pub(in crate::ext) code: Option<&'a str>,
    /// Names of the schema that the error is known to tell: of a constraint, a table, columns.
    pub(in crate::ext) names: [&'a str; 2],
    /// Whether the database made it, and not the way there.
    pub(in crate::ext) is_remote: bool,
}

/// What SQLite names of a constraint, when it is known to be one that failed: columns, or the check. Nothing else stands there.
pub(in crate::ext) fn failed_constraint(message: &str) -> &str {
    message.split_once(" constraint failed: ").map_or("", |(_, names)| names)
}
