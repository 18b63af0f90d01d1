//! SQL statements without their literals: vectors for each dialect, planted secrets, and random statements.

mod random;
mod secrets;
mod vectors;

use xray_recorder_core::{Dialect, redact_sql};

/// All dialects.
const DIALECTS: [Dialect; 7] = [
    Dialect::Generic,
    Dialect::PostgreSql,
    Dialect::Redshift,
    Dialect::MySql,
    Dialect::Sqlite,
    Dialect::SqlServer,
    Dialect::Oracle,
];

/// The redacted statement. Checks what holds for every statement: that pieces are kept in place and in order, that none
/// is empty, that all of them are the displayed text, and that redacting again changes nothing.
fn redacted(statement: &str, dialect: Dialect) -> String {
    let redacted = redact_sql(statement, dialect);
    let mut text = String::new();
    let mut at = 0;
    for piece in redacted.clone() {
        assert!(!piece.is_empty(), "an empty piece of {statement:?} as {dialect:?}");
        let offset = (piece.as_ptr() as usize).wrapping_sub(statement.as_ptr() as usize);
        if offset <= statement.len() {
            assert!(offset >= at, "{piece:?} is given twice of {statement:?} as {dialect:?}");
            assert_eq!(statement.get(offset..offset + piece.len()), Some(piece));
            at = offset + piece.len();
        } else {
            assert!(piece == "?" || piece == " ", "{piece:?} is made up for {statement:?} as {dialect:?}");
        }
        text.push_str(piece);
    }
    assert_eq!(redacted.to_string(), text);
    assert_eq!(format!("{redacted:?}"), format!("RedactedSql({text})"));
    let again = redact_sql(&text, dialect).to_string();
    assert_eq!(again, text, "redacted again, from {statement:?} as {dialect:?}");
    text
}
