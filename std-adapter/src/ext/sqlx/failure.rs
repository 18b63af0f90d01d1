//! Errors of sqlx, in the parts of which some may be told.

use std::io;

use sqlx::Error;
use sqlx::error::{DatabaseError, ErrorKind};

use crate::ext::sql::{Failure, Query, failed_constraint};

/// Records the error of a query, if it is one.
pub(super) fn add(query: &mut Query, error: &Error) {
    match error {
        // The database has done what it was asked.
        Error::RowNotFound => {}
        Error::Database(error) => add_of_database(query, &**error),
        Error::Io(error) => add_io(query, error),
        error => {
            let (kind, message) = (kind(error), error.to_string());
            query.add_failure(&Failure { kind, message: &message, ..Failure::default() });
        }
    }
}

fn add_of_database(query: &mut Query, error: &dyn DatabaseError) {
    let kind = match error.kind() {
        ErrorKind::UniqueViolation => "UniqueViolation",
        ErrorKind::ForeignKeyViolation => "ForeignKeyViolation",
        ErrorKind::NotNullViolation => "NotNullViolation",
        ErrorKind::CheckViolation => "CheckViolation",
        ErrorKind::ExclusionViolation => "ExclusionViolation",
        _ => "DatabaseError",
    };
    let code = error.code();
    // Only SQLite has a number there, and only SQLite sets it: of the others' states and texts a function makes what it likes.
    let is_of_sqlite = code.as_deref().is_some_and(|code| !is_state(code)) && kind != "DatabaseError";
    let of_sqlite = if is_of_sqlite { failed_constraint(error.message()) } else { "" };
    let constraint = error.constraint().unwrap_or(of_sqlite);
    let code = code.map(|code| if is_state(&code) { format!("SQLSTATE {code}") } else { format!("code {code}") });
    query.add_failure(&Failure {
        kind,
        message: error.message(),
        code: code.as_deref(),
        names: [constraint, error.table().unwrap_or_default()],
        is_remote: true,
    });
}

/// Whether the code is one of the standard's, five characters: SQLite's constraints have four digits at most.
const fn is_state(code: &str) -> bool {
    code.len() == 5
}

fn add_io(query: &mut Query, error: &io::Error) {
    let code = error.raw_os_error().map(|code| format!("os error {code}"));
    let message = error.kind().to_string();
    query.add_failure(&Failure { kind: "Io", message: &message, code: code.as_deref(), ..Failure::default() });
}

/// The name of the kind of error it is.
fn kind(error: &Error) -> &'static str {
    match error {
        Error::Configuration(_) => "Configuration",
        Error::InvalidArgument(_) => "InvalidArgument",
        Error::Tls(_) => "Tls",
        Error::Protocol(_) => "Protocol",
        Error::TypeNotFound { .. } => "TypeNotFound",
        Error::ColumnIndexOutOfBounds { .. } => "ColumnIndexOutOfBounds",
        Error::ColumnNotFound(_) => "ColumnNotFound",
        Error::ColumnDecode { .. } => "ColumnDecode",
        Error::Encode(_) => "Encode",
        Error::Decode(_) => "Decode",
        Error::PoolTimedOut => "PoolTimedOut",
        Error::PoolClosed => "PoolClosed",
        Error::WorkerCrashed => "WorkerCrashed",
        Error::InvalidSavePointStatement => "InvalidSavePointStatement",
        Error::BeginFailed => "BeginFailed",
        _ => "Error",
    }
}
