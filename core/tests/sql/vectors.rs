//! Vectors worked out from the manuals of the databases, one file for each dialect.
//!
//! `<` begins a line of the statement and `>` one of what becomes of it. A `␠` is a blank at the end of a line, a `␍` a
//! carriage return.

use xray_recorder_core::Dialect;

use crate::redacted;

const FILES: [(Dialect, &str, &str, usize); 7] = [
    (Dialect::Generic, "generic", include_str!("../vectors/sql/generic.txt"), 40),
    (Dialect::PostgreSql, "postgresql", include_str!("../vectors/sql/postgresql.txt"), 40),
    (Dialect::Redshift, "redshift", include_str!("../vectors/sql/redshift.txt"), 8),
    (Dialect::MySql, "mysql", include_str!("../vectors/sql/mysql.txt"), 40),
    (Dialect::Sqlite, "sqlite", include_str!("../vectors/sql/sqlite.txt"), 40),
    (Dialect::SqlServer, "sqlserver", include_str!("../vectors/sql/sqlserver.txt"), 40),
    (Dialect::Oracle, "oracle", include_str!("../vectors/sql/oracle.txt"), 40),
];

/// A vector, and where it stands.
pub(crate) struct Vector {
    pub(crate) dialect: Dialect,
    pub(crate) place: String,
    pub(crate) statement: String,
    redacted: String,
}

/// All vectors of all files.
pub(crate) fn vectors() -> Vec<Vector> {
    let mut vectors = Vec::new();
    for (dialect, name, file, least) in FILES {
        let mut count = 0;
        let mut lines = file.lines().enumerate().peekable();
        while let Some((at, line)) = lines.next() {
            let place = format!("core/tests/vectors/sql/{name}.txt:{}", at + 1);
            if line.is_empty() || line.starts_with("##") {
                continue;
            }
            let mut statement = vec![text(line, '<').unwrap_or_else(|| panic!("{place}: not a statement: {line}"))];
            while let Some(more) = lines.peek().and_then(|(_, line)| text(line, '<')) {
                statement.push(more);
                lines.next();
            }
            let mut redacted = Vec::new();
            while let Some(more) = lines.peek().and_then(|(_, line)| text(line, '>')) {
                redacted.push(more);
                lines.next();
            }
            assert!(!redacted.is_empty(), "{place}: it is not told what becomes of it");
            vectors.push(Vector { dialect, place, statement: statement.join("\n"), redacted: redacted.join("\n") });
            count += 1;
        }
        assert!(count >= least, "{name} has {count} vectors");
    }
    vectors
}

fn text(line: &str, mark: char) -> Option<String> {
    let text = line.strip_prefix(mark)?;
    Some(text.strip_prefix(' ').unwrap_or(text).replace('␠', " ").replace('␍', "\r"))
}

#[test]
fn every_vector_becomes_what_it_is_told() {
    let mut failures = 0;
    for vector in vectors() {
        let got = redacted(&vector.statement, vector.dialect);
        if got != vector.redacted {
            println!(
                "{}\n  statement {:?}\n  expected  {:?}\n  got       {got:?}",
                vector.place, vector.statement, vector.redacted
            );
            failures += 1;
        }
    }
    assert_eq!(failures, 0, "vectors failed, see above");
}

#[test]
fn no_cut_of_a_vector_shows_a_planted_secret() {
    for vector in vectors() {
        assert!(!shows_a_secret(&vector.redacted), "{}: expects a secret", vector.place);
        for end in 0..vector.statement.len() {
            let Some(cut) = vector.statement.get(..end) else { continue };
            let got = redacted(cut, vector.dialect);
            assert!(!shows_a_secret(&got), "{}, cut to {cut:?}: {got:?}", vector.place);
        }
    }
}

#[test]
fn as_generic_no_vector_shows_a_planted_secret() {
    for vector in vectors() {
        let got = redacted(&vector.statement, Dialect::Generic);
        assert!(!shows_a_secret(&got), "{}: {got:?}", vector.place);
    }
}

/// Enough of a secret for a cut one to count.
fn shows_a_secret(text: &str) -> bool {
    text.contains("SEC") || text.contains("42")
}
