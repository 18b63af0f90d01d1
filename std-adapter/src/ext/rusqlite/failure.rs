//! Errors of rusqlite, in the parts of which some may be told.

use std::error::Error as _;

use rusqlite::{Error, ffi};

use crate::ext::sql::{Failure, Query, failed_constraint};

/// Records the error of a query, if it is one.
pub(super) fn add(query: &mut Query, error: &Error) {
    match error {
        // The database has done what it was asked.
        Error::QueryReturnedNoRows => {}
        Error::SqliteFailure(code, message) => add_of_sqlite(query, code, message.as_deref()),
        error => {
            let message = error.to_string();
            match error.source().and_then(|source| source.downcast_ref()) {
                // `SqlInputError`, which not all versions and features have, goes on with the statement as it is.
                Some(code) => add_of_sqlite(query, code, message.split(" in ").next()),
                None => query.add_failure(&Failure { kind: kind(error), message: &message, ..Failure::default() }),
            }
        }
    }
}

/// Records that a row could not be read, for a reason of the program's own. That may be no error at all.
pub(super) fn add_unreadable(query: &mut Query) {
    let message = "the row could not be read";
    query.add_failure(&Failure { kind: "UnreadableRow", message, ..Failure::default() });
}

fn add_of_sqlite(query: &mut Query, error: &ffi::Error, message: Option<&str>) {
    let kind = match error.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => "UniqueViolation",
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => "ForeignKeyViolation",
        ffi::SQLITE_CONSTRAINT_NOTNULL => "NotNullViolation",
        ffi::SQLITE_CONSTRAINT_CHECK => "CheckViolation",
        _ => "DatabaseError",
    };
    let code = format!("code {}", error.extended_code);
    let message = message.unwrap_or_else(|| ffi::code_to_str(error.extended_code));
    let constraint = if kind == "DatabaseError" { "" } else { failed_constraint(message) };
    let names = [constraint, ""];
    query.add_failure(&Failure { kind, message, code: Some(&code), names, is_remote: true });
}

/// The name of the kind of error it is.
fn kind(error: &Error) -> &'static str {
    match error {
        Error::SqliteSingleThreadedMode => "SqliteSingleThreadedMode",
        Error::FromSqlConversionFailure(..) => "FromSqlConversionFailure",
        Error::IntegralValueOutOfRange(..) => "IntegralValueOutOfRange",
        Error::Utf8Error(..) => "Utf8Error",
        Error::NulError(_) => "NulError",
        Error::InvalidParameterName(_) => "InvalidParameterName",
        Error::ExecuteReturnedResults => "ExecuteReturnedResults",
        Error::QueryReturnedMoreThanOneRow => "QueryReturnedMoreThanOneRow",
        Error::InvalidColumnIndex(_) => "InvalidColumnIndex",
        Error::InvalidColumnName(_) => "InvalidColumnName",
        Error::InvalidColumnType(..) => "InvalidColumnType",
        Error::StatementChangedRows(_) => "StatementChangedRows",
        Error::ToSqlConversionFailure(_) => "ToSqlConversionFailure",
        Error::InvalidQuery => "InvalidQuery",
        Error::UnwindingPanic => "UnwindingPanic",
        Error::MultipleStatement => "MultipleStatement",
        Error::InvalidParameterCount(..) => "InvalidParameterCount",
        _ => "Error",
    }
}
