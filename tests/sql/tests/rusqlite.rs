//! SQLite through rusqlite: what a query is, and when.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, DropBehavior, Result, TransactionBehavior};
use serde_json::json;
use sql::library::{NAME, library, recorded, recorded_by};
use sql::{SEGMENT, in_order, message, official, queries, query, statements};
use xray_recorder::ext::rusqlite::TracedConnection;
use xray_recorder::ext::sql::Database;
use xray_recorder::testing::TestRecorder;

#[test]
fn a_query_is_recorded_as_the_sdk_for_python_records_it() {
    let kit = in_order();
    let connection = TracedConnection::new(Connection::open_in_memory().unwrap());
    kit.recorder().in_segment(SEGMENT, |_| {
        connection.execute("create table t(a)", []).unwrap();
        connection.execute("insert into t values(?)", [1]).unwrap();
    });
    let (official, ours) = (official::subsegments("sqlite3"), queries(&kit, NAME));
    assert_eq!((official.len(), ours.len()), (2, 2));
    for (official, ours) in official.iter().zip(&ours) {
        // The engine by the name it gives itself, and its version as it was linked.
        let differences = official::differences(official, ours.json());
        let version = format!("/sql/database_version: \"3.40.1\", \"{}\"", rusqlite::version());
        assert_eq!(differences, ["/sql/database_type: \"sqlite3\", \"SQLite\"".to_owned(), version]);
    }
    // Which driver, how it was prepared, and the statement, it does not say.
    let sql = json!({
        "database_type": "SQLite",
        "database_version": rusqlite::version(),
        "driver_version": "rusqlite",
        "preparation": "statement",
        "sanitized_query": "insert into t values(?)",
    });
    ours[1].is_remote().has("/sql", sql).has_metadata("rows_affected", &1).has_no_fault();
}

#[test]
fn a_database_in_a_file_is_called_by_its_path() {
    let path = std::env::temp_dir().join(format!("traced-{}.db", std::process::id()));
    let connection = TracedConnection::new(Connection::open(&path).unwrap());
    assert_eq!(connection.database().name(), std::fs::canonicalize(&path).unwrap().to_str().unwrap());
    std::fs::remove_file(path).unwrap();
}

#[test]
fn each_way_to_run_a_statement_is_one_query() {
    let kit = recorded_by(in_order(), |connection, _| {
        let pages = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        connection.query_row("SELECT 1", [], pages).unwrap();
        connection.query_one("SELECT 2", [], pages).unwrap();
        let read = |row: &rusqlite::Row<'_>| -> Result<i64, Box<dyn std::error::Error>> { Ok(pages(row)?) };
        assert_eq!(connection.query_row_and_then("SELECT 3", [], read).unwrap(), 3);
        connection.execute_batch("DELETE FROM books WHERE pages = 1; SELECT 3").unwrap();
        let mut statement = connection.prepare("SELECT pages FROM books WHERE pages > ?1").unwrap();
        assert_eq!(statement.column_count(), 1);
        assert!(statement.exists([200]).unwrap());
        assert_eq!(statement.query_row([300], pages), Ok(304));
        assert_eq!(statement.query_one([300], pages), Ok(304));
        assert_eq!(statement.query_map([0], pages).unwrap().count(), 3);
        let lengths = statement.query_and_then([0], |row| pages(row).map(|pages| pages * 2)).unwrap();
        assert_eq!(lengths.collect::<Result<Vec<_>>>().unwrap().len(), 3);
        drop(statement);
        let mut insert = connection.prepare_cached("INSERT INTO books VALUES (?1, 9)").unwrap();
        insert.insert(["Pippi"]).unwrap();
        assert_eq!(insert.execute(["Ronja"]), Ok(1));
        assert_eq!(connection.last_insert_rowid(), 5);
    });
    let select = "SELECT pages FROM books WHERE pages > ?1";
    let insert = "INSERT INTO books VALUES (?1, ?)";
    let batch = "DELETE FROM books WHERE pages = ?; SELECT ?";
    let expected = ["SELECT ?", "SELECT ?", "SELECT ?", batch, select, select, select, select, select, insert, insert]
        .map(str::to_owned);
    assert_eq!(statements(&kit, NAME), expected);
    let rows: Vec<_> = queries(&kit, NAME).iter().map(|query| query.metadata("rows_returned").cloned()).collect();
    let one = Some(json!(1));
    let expected = [&one, &one, &one, &None, &None, &one, &one, &Some(json!(3)), &Some(json!(3)), &None, &None];
    assert_eq!(rows.iter().collect::<Vec<_>>(), expected);
    assert_eq!(queries(&kit, NAME)[3].json().pointer("/sql/preparation"), None);
}

#[test]
fn a_query_lasts_until_its_last_row() {
    let kit = recorded(|connection, kit| {
        let mut statement = connection.prepare("SELECT title FROM books").unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            row.get::<_, String>(0).unwrap();
            kit.clock().advance(Duration::from_millis(2));
        }
        kit.clock().advance(Duration::from_secs(1));
    });
    query(&kit, NAME).lasted(Duration::from_millis(6)).has_no_annotation("cancelled");
}

#[test]
fn rows_that_are_dropped_before_the_first_end_their_query_and_say_so() {
    let kit = recorded_by(in_order(), |connection, _| {
        let mut statement = connection.prepare("SELECT title FROM books").unwrap();
        drop(statement.query([]).unwrap());
        statement.query([]).unwrap().next().unwrap();
    });
    let queries = queries(&kit, NAME);
    queries[0].has_annotation("cancelled", true).has_metadata("rows_returned", &0).has_no_fault();
    queries[1].has_no_annotation("cancelled").has_metadata("rows_returned", &1).has_no_fault();
}

#[test]
fn a_statement_that_changes_no_row_says_none_and_not_what_the_one_before_did() {
    let kit = recorded_by(in_order(), |connection, _| {
        for changes_nothing in [
            "CREATE TABLE shelves (name)",
            "CREATE TABLE copies AS SELECT * FROM books",
            "ALTER TABLE shelves ADD COLUMN room",
            "UPDATE books SET pages = 8 WHERE pages = 304",
            "DROP TABLE copies",
            "BEGIN",
        ] {
            connection.execute("UPDATE books SET pages = 7", []).unwrap();
            connection.prepare(changes_nothing).unwrap().execute([]).unwrap();
        }
        connection.execute("DELETE FROM books", []).unwrap();
        connection.execute("ROLLBACK", []).unwrap();
    });
    let queries = queries(&kit, NAME);
    assert_eq!(queries.len(), 14);
    for pair in queries.chunks(2) {
        pair[0].has_metadata("rows_affected", &3);
        pair[1].has_metadata("rows_affected", &0);
    }
}

#[test]
fn a_transaction_is_recorded_from_its_beginning_to_its_end() {
    let kit = recorded_by(in_order(), |connection, _| {
        let transaction = connection.transaction().unwrap();
        transaction.execute("DELETE FROM books", []).unwrap();
        drop(transaction);
        let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        let savepoint = transaction.savepoint().unwrap();
        savepoint.execute("DELETE FROM books", []).unwrap();
        drop(savepoint);
        transaction.savepoint().unwrap().commit().unwrap();
        transaction.commit().unwrap();
        let mut kept = connection.transaction().unwrap();
        kept.set_drop_behavior(DropBehavior::Commit);
        kept.finish().unwrap();
        connection.transaction().unwrap().rollback().unwrap();
        assert_eq!(connection.query_row("SELECT count(*) FROM books", [], |row| row.get(0)), Ok(3));
    });
    let (delete, savepoint, release) = ("DELETE FROM books", "SAVEPOINT traced", "RELEASE traced");
    let first = ["BEGIN", delete, "ROLLBACK"];
    let second = ["BEGIN IMMEDIATE", savepoint, delete, "ROLLBACK TO traced", release, savepoint, release, "COMMIT"];
    let others = ["BEGIN", "COMMIT", "BEGIN", "ROLLBACK", "SELECT count(*) FROM books"];
    assert_eq!(statements(&kit, NAME), [&first[..], &second, &others].concat());
}

#[test]
fn a_savepoint_has_the_name_and_the_end_that_it_is_given() {
    let kit = recorded_by(in_order(), |connection, _| {
        let mut outer = connection.savepoint_with_name("outer").unwrap();
        outer.set_drop_behavior(DropBehavior::Commit);
        assert_eq!(outer.drop_behavior(), DropBehavior::Commit);
        let within = outer.savepoint_with_name("within").unwrap();
        within.execute("DELETE FROM books", []).unwrap();
        drop(within);
        outer.execute("INSERT INTO books VALUES ('Pippi', 9)", []).unwrap();
        drop(outer);
        let mut transaction = connection.transaction().unwrap();
        let mut ignored = transaction.savepoint_with_name("ignored").unwrap();
        ignored.set_drop_behavior(DropBehavior::Ignore);
        ignored.finish().unwrap();
        let mut forgotten = transaction.savepoint().unwrap();
        forgotten.set_drop_behavior(DropBehavior::Panic);
        catch_unwind(AssertUnwindSafe(|| drop(forgotten))).unwrap_err();
        transaction.rollback().unwrap();
        assert_eq!(connection.query_row("SELECT count(*) FROM books", [], |row| row.get(0)), Ok(4));
    });
    let within = ["SAVEPOINT within", "DELETE FROM books", "ROLLBACK TO within", "RELEASE within"];
    let outer = ["INSERT INTO books VALUES (?, ?)", "RELEASE outer"];
    let others = ["BEGIN", "SAVEPOINT ignored", "SAVEPOINT traced", "ROLLBACK", "SELECT count(*) FROM books"];
    assert_eq!(statements(&kit, NAME), [&["SAVEPOINT outer"], &within[..], &outer, &others].concat());
}

#[test]
fn a_connection_that_is_lent_is_recorded_as_one_that_is_owned() {
    let (kit, mut lent) = (in_order(), library().into_untraced());
    let database = Arc::new(Database::new("SQLite", "books"));
    kit.recorder().in_segment(SEGMENT, |_| {
        let mut connection = TracedConnection::with(&mut lent, Arc::clone(&database));
        let transaction = connection.transaction().unwrap();
        assert_eq!(transaction.prepare("DELETE FROM books").unwrap().execute([]), Ok(3));
        drop(transaction);
        connection.savepoint().unwrap().commit().unwrap();
        connection.untraced_mut().transaction().unwrap().commit().unwrap();
        let shared = TracedConnection::with(&lent, Arc::clone(&database));
        shared.unchecked_transaction().unwrap().savepoint().unwrap().commit().unwrap();
        assert_eq!(shared.query_row("SELECT count(*) FROM books", [], |row| row.get(0)), Ok(3));
    });
    let lent = ["BEGIN", "DELETE FROM books", "ROLLBACK", "SAVEPOINT traced", "RELEASE traced"];
    let shared = ["BEGIN", "SAVEPOINT traced", "RELEASE traced", "ROLLBACK", "SELECT count(*) FROM books"];
    assert_eq!(statements(&kit, "books"), [lent, shared].concat());
    for query in queries(&kit, "books") {
        query.has("/sql/driver_version", "rusqlite").has("/sql/database_version", rusqlite::version());
    }
}

#[test]
fn what_a_database_says_of_its_driver_is_told_in_place_of_what_is_known() {
    let database = Database::new("SQLite", "books").driver_version("r2d2 1").database_version("3");
    let kit = TestRecorder::new();
    let connection = TracedConnection::with(Connection::open_in_memory().unwrap(), database);
    kit.recorder().in_segment(SEGMENT, |_| connection.execute_batch("SELECT 1").unwrap());
    query(&kit, "books").has("/sql/driver_version", "r2d2 1").has("/sql/database_version", "3");
}

#[test]
fn what_a_trigger_does_is_within_the_statement_that_sets_it_off() {
    let kit = recorded(|connection, _| {
        let trigger = "CREATE TRIGGER t AFTER INSERT ON books BEGIN UPDATE books SET pages = 1; END";
        connection.untraced().execute_batch(trigger).unwrap();
        connection.execute("INSERT INTO books VALUES (?1, 2)", ["Pippi"]).unwrap();
    });
    query(&kit, NAME).has_query("INSERT INTO books VALUES (?1, ?)");
}

#[test]
fn a_query_within_a_query_stands_beside_it() {
    let kit = recorded(|connection, _| {
        let count = connection.query_row("SELECT title FROM books WHERE pages = 304", [], |row| {
            let title: String = row.get(0)?;
            connection.query_row("SELECT count(*) FROM books WHERE title = ?1", [title], |row| row.get::<_, i64>(0))
        });
        assert_eq!(count, Ok(1));
    });
    assert_eq!(queries(&kit, NAME).len(), 2);
}

#[test]
fn a_panic_in_what_reads_a_row_ends_the_query() {
    let kit = recorded(|connection, _| {
        let read = || connection.query_row("SELECT 1", [], |_| -> Result<()> { panic!("unreadable") });
        catch_unwind(AssertUnwindSafe(read)).unwrap_err();
    });
    query(&kit, NAME).has_fault();
}

#[test]
fn a_connection_records_on_the_thread_that_has_it() {
    let (kit, connection) = (TestRecorder::new(), library());
    let segment = kit.recorder().begin_segment(SEGMENT);
    let handle = segment.handle();
    let work = move || handle.run(|| connection.execute("DELETE FROM books", []));
    assert_eq!(std::thread::spawn(work).join().unwrap(), Ok(3));
    segment.end();
    query(&kit, NAME).has_metadata("rows_affected", &3);
}

#[test]
fn without_a_current_entity_or_a_sample_queries_run_and_nothing_is_recorded() {
    let (kit, connection) = (TestRecorder::new(), library());
    let run = || connection.execute("UPDATE books SET pages = 1", []);
    assert_eq!(run(), Ok(3));
    let segment = kit.recorder().segment(SEGMENT).sampled(false).begin();
    assert_eq!(segment.handle().run(run), Ok(3));
    connection.prepare("SELEKT").unwrap_err();
    segment.end();
    kit.assert_nothing_sent();
}

#[test]
fn statements_can_be_left_out() {
    let database = Database::new("SQLite", "books").without_statements();
    let kit = TestRecorder::new();
    let connection = TracedConnection::with(Connection::open_in_memory().unwrap(), database);
    kit.recorder().in_segment(SEGMENT, |_| connection.execute_batch("SELECT 1").unwrap());
    assert_eq!(query(&kit, "books").json().pointer("/sql/sanitized_query"), None);

    let kit = TestRecorder::with(|builder| builder.stream_sql(false));
    let connection = library();
    kit.recorder().in_segment(SEGMENT, |_| connection.execute_batch("SELECT * FROM boks").unwrap_err());
    let query = query(&kit, NAME);
    assert_eq!(query.json().pointer("/sql/sanitized_query"), None);
    assert_eq!(message(&query), "no such table: ? (code 1)");
}
