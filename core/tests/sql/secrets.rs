//! Secrets planted in every form of literal, read as every dialect.

use xray_recorder_core::Dialect::{self, Generic, MySql, Oracle, PostgreSql, Redshift, SqlServer, Sqlite};

use crate::{DIALECTS, redacted};

/// Statements around a literal.
const AROUND: [&str; 16] = [
    "{}",
    "SELECT {}",
    "SELECT a FROM t WHERE b = {}",
    "SELECT a FROM t WHERE b = {} AND c > d ORDER BY e",
    "SELECT a,{},b FROM t",
    "SELECT t1.a, ({}) FROM t1",
    "INSERT INTO t (a, b) VALUES ({}, NULL), ({}, {})",
    "UPDATE t SET a={},b = {} WHERE c IN ({},{})",
    "DELETE FROM t WHERE größe = {}",
    "CALL p({}, x)",
    "EXEC p @a = {}, @b = c",
    "CREATE TABLE t (a INT DEFAULT {})",
    "SET x = {}; SELECT {}; SET y = {}",
    "SELECT 'x', {}, 'y'",
    "MERGE INTO t USING u ON t.a = {} WHEN MATCHED THEN UPDATE SET b = {}",
    "\n\t SELECT\n  {}\n  FROM t\n",
];

/// A form of literal, what it becomes, the dialects that have it, and those that show a part of it: they read it
/// differently, and nothing in it tells that they are the wrong ones.
struct Form {
    text: &'static str,
    becomes: &'static str,
    native: &'static [Dialect],
    shown_as: &'static [Dialect],
}

const fn form(
    text: &'static str,
    becomes: &'static str,
    native: &'static [Dialect],
    shown_as: &'static [Dialect],
) -> Form {
    Form { text, becomes, native, shown_as }
}

const POSTGRES: &[Dialect] = &[PostgreSql, Redshift];

const LITERALS: [Form; 42] = [
    form("'SECRET'", "?", &DIALECTS, &[]),
    form("'it''s SECRET'", "?", &DIALECTS, &[]),
    form("'-- /* SECRET */ # [ ] ` \" $$ ;'", "?", &DIALECTS, &[]),
    form("'SECRET\n\r\n\tSECRET'", "?", &DIALECTS, &[]),
    form("'漢字SECRET🙈'", "?", &DIALECTS, &[]),
    form("'a\\\\ SECRET\\n'", "?", &DIALECTS, &[]),
    form(r"'it\'s SECRET'", "?", &[MySql, Redshift], &[PostgreSql, Sqlite, SqlServer, Oracle]),
    form(r"'C:\' || 'SECRET'", "? || ?", &[PostgreSql, Sqlite, SqlServer, Oracle], &[MySql, Redshift]),
    form(r"E'it\'s SECRET'", "?", POSTGRES, &[]),
    form(r"e'\\' || E'\\\'SECRET'", "? || ?", POSTGRES, &[]),
    form("N'SECRET'", "?", &DIALECTS, &[]),
    form("n'it''s SECRET'", "?", &DIALECTS, &[]),
    form("X'534543524554' || x'4242'", "? || ?", &DIALECTS, &[]),
    form("B'4242'", "?", &DIALECTS, &[]),
    form("U&'SECRET \\0061'", "?", POSTGRES, &[]),
    form("q'[it's SECRET]'", "?", &[Oracle], &[]),
    form("Q'!it's SECRET!'", "?", &[Oracle], &[]),
    form("nq'{it's SECRET}'", "?", &[Oracle], &[]),
    form("$$it's SECRET$$", "?", &[PostgreSql, Redshift, MySql], &[Oracle]),
    form("$a1$ SECRET $$ it's SECRET $a1$", "?", &[PostgreSql, Redshift, MySql], &[Oracle]),
    form("\"SECRET\"", "?", &[MySql, Sqlite], &[PostgreSql, Redshift, SqlServer, Oracle]),
    form("\"it's SECRET\"", "?", &[MySql, Sqlite], &[PostgreSql, Redshift, SqlServer, Oracle]),
    form("\"it\\\"s SECRET\"", "?", &[MySql], &[PostgreSql, Redshift, Sqlite, SqlServer, Oracle]),
    form("_utf8mb4'SECRET'", "_utf8mb4?", &[MySql], &[]),
    form("DATE'SECRET'", "DATE?", &DIALECTS, &[]),
    form("`it's` || 'SECRET'", "`it's` || ?", &[MySql, Sqlite, Generic], &[]),
    form("\"it's\" || 'SECRET'", "\"it's\" || ?", &[PostgreSql, Redshift, SqlServer, Oracle], &[]),
    form("[it's] || 'SECRET'", "[it's] || ?", &[SqlServer, Sqlite], &[PostgreSql, Redshift, MySql, Oracle]),
    form("[a]]'] || 'SECRET'", "[a]]'] || ?", &[SqlServer], &[PostgreSql, Redshift, MySql, Oracle, Sqlite]),
    form("a['x]'] || 'SECRET'", "a[?] || ?", POSTGRES, &[SqlServer, Sqlite]),
    form("a['SECRET']", "a[?]", &[PostgreSql, Redshift, Generic], &[SqlServer, Sqlite]),
    form("4242", "?", &DIALECTS, &[]),
    form("-4242.4242", "-?", &DIALECTS, &[]),
    form(".4242e-42", "?", &DIALECTS, &[]),
    form("42.42E+42", "?", &DIALECTS, &[]),
    form("0x4242", "?", &DIALECTS, &[]),
    form("4_242", "?", &DIALECTS, &[]),
    form("a-4242", "a-?", &DIALECTS, &[]),
    form("f(4242,a<4242)", "f(?,a<?)", &DIALECTS, &[]),
    form("$4242.42", "?", &[SqlServer], &[PostgreSql, Redshift, MySql, Sqlite, Oracle]),
    form("£4242", "£?", &DIALECTS, &[]),
    form("a1\u{a0}4242", "a1\u{a0}?", &DIALECTS, &[]),
];

/// Comments, with what stands around them.
const COMMENTS: [Form; 14] = [
    form("a /* SECRET */ b", "a b", &DIALECTS, &[]),
    form("a/* SECRET */b", "a b", &DIALECTS, &[]),
    form("a /*+ it's SECRET */ b", "a b", &DIALECTS, &[]),
    form("a -- it's SECRET\nb", "a b", &DIALECTS, &[]),
    form("a -- SECRET\r\nb", "a b", &DIALECTS, &[]),
    form("a --SECRET\nb", "a b", &[PostgreSql, Redshift, Sqlite, SqlServer, Oracle], &[MySql]),
    form("a # SECRET\nb", "a b", &[MySql], &[PostgreSql, Redshift, Sqlite, SqlServer, Oracle]),
    form("a /* b /* SECRET */ SECRET */ c", "a c", &[PostgreSql, Redshift, SqlServer], &[MySql, Sqlite, Oracle]),
    form("a /* b /* SECRET */ c", "a c", &[MySql, Sqlite, Oracle], &[]),
    form("a /*! SECRET */ b", "a ? b", &[MySql], &[]),
    form("a /*M!100100 SECRET */ b", "a ? b", &[MySql], &[]),
    form("a/**/--\tSECRET\n/* SECRET */b", "a b", &DIALECTS, &[]),
    form("a -- b\rc'", "a c?", POSTGRES, &[]),
    form("a /* -- */ || 'SECRET'", "a || ?", &DIALECTS, &[]),
];

fn shows_a_secret(text: &str) -> bool {
    text.contains("SECRET") || text.contains("42")
}

#[test]
fn a_secret_in_a_literal_is_shown_by_no_dialect_but_those_that_cannot_know() {
    for form in LITERALS {
        let mut shown = Vec::new();
        for around in AROUND {
            let statement = around.replace("{}", form.text);
            for dialect in DIALECTS {
                let got = redacted(&statement, dialect);
                if shows_a_secret(&got) {
                    assert!(form.shown_as.contains(&dialect), "{statement:?} as {dialect:?}: {got:?}");
                    shown.push(dialect);
                }
                if form.native.contains(&dialect) {
                    let expected = around.replace("{}", form.becomes).replace("'x'", "?").replace("'y'", "?");
                    assert!(got == expected || dialect == Generic, "{statement:?} as {dialect:?}: {got:?}");
                }
            }
        }
        // What cannot be helped is no more than that.
        for dialect in form.shown_as {
            assert!(shown.contains(dialect), "{} is not shown as {dialect:?}", form.text);
        }
    }
}

#[test]
fn a_secret_in_a_comment_is_shown_by_no_dialect_but_those_that_cannot_know() {
    for form in COMMENTS {
        for before in ["", "SELECT ", "SELECT 'x', ", "CALL p(", "-- it's\n"] {
            let statement = format!("{before}{}", form.text);
            for dialect in DIALECTS {
                let got = redacted(&statement, dialect);
                assert!(
                    !shows_a_secret(&got) || form.shown_as.contains(&dialect),
                    "{statement:?} as {dialect:?}: {got:?}"
                );
                if form.native.contains(&dialect) {
                    let expected = format!("{}{}", before.replace("'x'", "?").replace("-- it's\n", ""), form.becomes);
                    assert_eq!(got, expected, "{statement:?} as {dialect:?}");
                }
            }
        }
        for dialect in form.shown_as {
            assert!(shows_a_secret(&redacted(form.text, *dialect)), "{} is not shown as {dialect:?}", form.text);
        }
    }
}

#[test]
fn an_unquoted_password_is_shown_by_no_dialect() {
    let statements = [
        "CREATE USER bob IDENTIFIED BY {}",
        "create user bob identified by {};",
        "CREATE USER bob IDENTIFIED\n\tBY\n{}\nACCOUNT LOCK",
        "CREATE USER bob IDENTIFIED/**/BY/**/{}",
        "CREATE USER bob IDENTIFIED /* x */ BY -- y\n {}",
        "ALTER USER bob IDENTIFIED BY VALUES {}",
        "ALTER USER bob IDENTIFIED BY {} REPLACE {}",
        "ALTER USER bob IDENTIFIED BY a REPLACE {}",
        "GRANT CONNECT TO bob IDENTIFIED BY {}",
        "GRANT CONNECT TO bob, amy IDENTIFIED BY {}, {}",
        "SET ROLE r IDENTIFIED BY {}",
        "CREATE DATABASE LINK l CONNECT TO bob IDENTIFIED BY {} USING 'x'",
        "ADMINISTER KEY MANAGEMENT ALTER KEYSTORE PASSWORD IDENTIFIED BY {} SET {} WITH BACKUP",
        "SELECT 1; CREATE USER bob IDENTIFIED BY {}",
        "/* x */ CREATE USER bob IDENTIFIED BY {}",
        "-- x\nCREATE USER bob IDENTIFIED BY {}",
        "(CREATE USER bob IDENTIFIED BY {})",
        "SET PASSWORD = {}",
        "CREATE USER bob IDENTIFIED BY = {}",
        "CREATE USER bob AS PASSWORD={}",
    ];
    let passwords = [
        "SECRET",
        "SECRET_1$",
        "\"SECRET\"",
        "\"a SECRET b\"",
        "'SECRET'",
        "4242SECRET",
        "a-SECRET/4242!",
        "SECRET-N'it''s SECRET'",
        "Größe_SECRET",
    ];
    for statement in statements {
        for password in passwords {
            let statement = statement.replace("{}", password);
            for dialect in DIALECTS {
                let got = redacted(&statement, dialect);
                assert!(!shows_a_secret(&got), "{statement:?} as {dialect:?}: {got:?}");
            }
        }
    }
}

#[test]
fn data_behind_a_statement_is_shown_by_no_dialect() {
    for statement in ["COPY t FROM STDIN;\nSECRET\t4242\n\\.\n", "-- x\ncopy t (a) from stdin (format csv) ;SECRET"] {
        for dialect in DIALECTS {
            let got = redacted(statement, dialect);
            assert!(got.ends_with('?') && !shows_a_secret(&got), "{dialect:?}: {got:?}");
        }
    }
}
