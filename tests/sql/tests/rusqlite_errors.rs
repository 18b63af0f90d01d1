//! SQLite through rusqlite: errors, and what they must not tell.

use rusqlite::Error;
use rusqlite::functions::{Context, FunctionFlags};
use sql::library::{NAME, recorded};
use sql::{message, queries, query, secrets};
use xray_recorder::testing::TestRecorder;

#[test]
fn an_error_is_an_exception_without_the_values_it_tells() {
    for (statement, kind, told) in [
        ("SELEKT 1", "DatabaseError", "near \"SELEKT\": syntax error (code 1)"),
        ("SELECT * FROM boks", "DatabaseError", "no such table: boks (code 1)"),
        (
            "INSERT INTO books VALUES ('Momo', 1)",
            "UniqueViolation",
            "UNIQUE constraint failed: books.title (code 2067)",
        ),
        ("INSERT INTO books VALUES ('x', 0)", "CheckViolation", "CHECK constraint failed: is_positive (code 275)"),
        ("SELECT abs(-9223372036854775808)", "DatabaseError", "integer overflow (code 1)"),
        ("SELECT 's3cr3t-literal' s3cr3t", "", ""),
        ("SELECT 's3cr3t-literal", "DatabaseError", "unrecognized token: ? (code 1)"),
        ("SELECT json('s3cr3t-literal')", "DatabaseError", "malformed JSON (code 1)"),
        ("SELECT 1; SELECT 2", "MultipleStatement", "multiple statements provided"),
        ("SELECT ?1", "InvalidParameterCount", "wrong number of parameters passed to query. got ? needed ?"),
    ] {
        let kit = recorded(|connection, _| {
            let result = connection.query_row(statement, [], |_| Ok(()));
            assert_eq!(result.is_err(), !kind.is_empty(), "{statement}: {result:?}");
        });
        let query = query(&kit, NAME);
        if kind.is_empty() {
            continue;
        }
        query.has_fault().has_exception(kind);
        assert!(message(&query).eq_ignore_ascii_case(told), "{statement}: {}", message(&query));
        let is_remote = query.json().pointer("/cause/exceptions/0/remote").is_some();
        assert_eq!(is_remote, told.contains("code"), "{statement}");
        secrets_of(&kit);
    }
}

#[test]
fn a_query_that_was_to_be_executed_is_told_what_to_do() {
    let kit = recorded(|connection, _| {
        connection.execute("SELECT title FROM books", []).unwrap_err();
    });
    let query = query(&kit, NAME);
    query.has_exception("ExecuteReturnedResults");
    assert_eq!(message(&query), "Execute returned results - did you mean to call query?");
}

/// A name is no secret, even one that is called so.
fn secrets_of(kit: &TestRecorder) {
    let sent = format!("{:?}", kit.recorder().transport().datagrams());
    assert!(!sent.contains(secrets::LITERAL) && !sent.contains(secrets::BOUND), "{sent}");
}

#[test]
fn a_statement_that_cannot_be_prepared_is_recorded_and_one_that_can_is_when_it_runs() {
    let kit = recorded(|connection, _| {
        connection.prepare("SELECT title FROM books").unwrap();
        connection.prepare_cached("SELECT nil FROM books").unwrap_err();
    });
    let query = query(&kit, NAME);
    query.has_fault().has_query("SELECT nil FROM books");
    assert_eq!(message(&query), "no such column: nil (code 1)");
}

#[test]
fn an_error_between_two_rows_ends_the_query() {
    let kit = recorded(|connection, _| {
        let mut statement = connection.prepare("SELECT abs(?1 - pages) FROM books ORDER BY pages DESC").unwrap();
        let mut rows = statement.query([i64::MIN + 304]).unwrap();
        rows.next().unwrap_err();
    });
    query(&kit, NAME).has_fault().has_no_annotation("cancelled").has_metadata("rows_returned", &0);
}

#[test]
fn a_row_that_cannot_be_read_is_an_error_and_gives_nothing_up() {
    let title = "SELECT title FROM books ORDER BY pages";
    let kit = recorded(|connection, _| {
        let mut statement = connection.prepare(title).unwrap();
        let pages: rusqlite::Result<Vec<i64>> = statement.query_map([], |row| row.get(0)).unwrap().collect();
        pages.unwrap_err();
    });
    let mapped = query(&kit, NAME);
    mapped
        .has_fault()
        .has_exception("InvalidColumnType")
        .has_no_annotation("cancelled")
        .has_metadata("rows_returned", &1);
    assert_eq!(message(&mapped), "Invalid column type Text at index: ? name: title");

    let kit = recorded(|connection, _| {
        let mut statement = connection.prepare(title).unwrap();
        let read = |row: &rusqlite::Row<'_>| -> Result<i64, Box<dyn std::error::Error>> {
            let title: String = row.get(0)?;
            title.parse().map_err(|_| format!("{title} s3cr3t").into())
        };
        let mut pages = statement.query_and_then([], read).unwrap();
        pages.next().unwrap().unwrap_err();
        // What was recorded once is not recorded again.
        assert_eq!(pages.count(), 2);
    });
    let read = query(&kit, NAME);
    read.has_fault().has_no_annotation("cancelled").has_metadata("rows_returned", &1);
    assert_eq!(message(&read), "the row could not be read");
    secrets::assert_none_sent(&kit);
}

#[test]
fn an_error_of_the_program_s_own_is_told_as_one_that_only_it_knows() {
    type Read = Result<(), Box<dyn std::error::Error>>;
    let kit = recorded(|connection, _| {
        let read = |_: &rusqlite::Row<'_>| -> Read { Err("s3cr3t".into()) };
        connection.query_row_and_then("SELECT 1", [], read).unwrap_err();
    });
    let read = query(&kit, NAME);
    read.has_fault().has_exception("UnreadableRow").has_metadata("rows_returned", &1);
    assert_eq!(message(&read), "the row could not be read");
    secrets::assert_none_sent(&kit);

    let kit = recorded(|connection, _| {
        let read = |_: &rusqlite::Row<'_>| -> Read { Ok(()) };
        connection.query_row_and_then("SELECT nil FROM books", [], read).unwrap_err();
    });
    query(&kit, NAME).has_exception("DatabaseError");
}

#[test]
fn a_row_that_the_program_reads_no_further_than_gives_nothing_up() {
    let kit = recorded(|connection, _| {
        let mut statement = connection.prepare("SELECT title FROM books").unwrap();
        let mut rows = statement.query([]).unwrap();
        rows.next().unwrap().unwrap().get::<_, i64>(0).unwrap_err();
    });
    query(&kit, NAME).has_no_annotation("cancelled").has_metadata("rows_returned", &1).has_no_fault();
}

#[test]
fn that_no_row_was_found_is_no_error() {
    let kit = recorded(|connection, _| {
        let found = connection.query_row("SELECT title FROM books WHERE pages = 1", [], |_| Ok(()));
        assert_eq!(found, Err(Error::QueryReturnedNoRows));
    });
    query(&kit, NAME).has_no_fault().has_no_exception();
}

#[test]
fn no_value_is_sent_whichever_way_it_goes() {
    let kit = recorded(|connection, _| {
        let function = |_: &Context<'_>| Err::<i64, _>(Error::UserFunctionError(secrets::BOUND.into()));
        let flags = FunctionFlags::SQLITE_UTF8;
        connection.untraced().create_scalar_function("failing", 1, flags, function).unwrap();
        let literal = secrets::LITERAL;
        connection.execute(&format!("INSERT INTO books VALUES ('{literal}', ?1)"), [7]).unwrap();
        connection.execute("INSERT INTO books VALUES (?1, 7)", [secrets::BOUND]).unwrap();
        connection.execute("INSERT INTO books VALUES (?1, 7)", [secrets::BOUND]).unwrap_err();
        connection.query_row("SELECT failing(?1)", [secrets::BOUND], |_| Ok(())).unwrap_err();
        connection.execute(&format!("SELECT '{literal}"), []).unwrap_err();
        connection.query_row("SELECT ?1", [secrets::BOUND], |row| row.get::<_, i64>(0)).unwrap_err();
        connection.execute_batch(&format!("ATTACH '/nowhere/{literal}/x' AS y")).unwrap_err();
        connection
            .execute_batch("CREATE TRIGGER t BEFORE DELETE ON books BEGIN SELECT RAISE(ABORT, 's3cr3t'); END")
            .unwrap();
        connection.execute("DELETE FROM books", []).unwrap_err();
    });
    assert_eq!(queries(&kit, NAME).len(), 9);
    secrets::assert_none_sent(&kit);
}
