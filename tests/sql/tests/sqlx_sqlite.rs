//! SQLite through sqlx: what does not depend on the database.

use std::time::Duration;

use futures_util::TryStreamExt;
use serde_json::json;
use sql::library_of_sqlx::{NAME, library, recorded, recorded_by};
use sql::{SEGMENT, in_order, official, queries, query, secrets, statements};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Connection, Error, Executor, Row, SqliteConnection, Statement};
use xray_recorder::ext::sql::Database;
use xray_recorder::ext::sqlx::TracedPool;
use xray_recorder::testing::TestRecorder;
use xray_recorder::{TraceFuture, current};

#[tokio::test]
async fn a_query_is_recorded_as_the_sdk_for_python_records_it() {
    let path = std::env::temp_dir().join(format!("traced-sqlx-{}.db", std::process::id()));
    let path = path.to_str().unwrap();
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let database = Database::of_url(&format!("sqlite://{path}?mode=rwc")).database_version("3.40.1");
    let pool = TracedPool::new(SqlitePoolOptions::new().connect_with(options).await.unwrap(), database);
    let kit = TestRecorder::new();
    async { sqlx::query("select 1 where 1=$1").bind(1).fetch_all(&pool).await.unwrap() }
        .in_segment(kit.recorder().segment(SEGMENT))
        .await;
    pool.untraced().close().await;
    std::fs::remove_file(path).unwrap();

    let query = query(&kit, path);
    let differences = official::differences(&official::subsegments("sqlalchemy")[0], query.json());
    let expected = [
        // The engine by its own name, and the driver that it is.
        "/sql/database_type: \"sqlite\", \"SQLite\"".to_owned(),
        "/sql/driver_version: \"pysqlite\", \"sqlx\"".to_owned(),
        // Literals are left out, and the placeholder is as it was.
        "/sql/sanitized_query: \"select 1 where 1=?\", \"select ? where ?=$1\"".to_owned(),
        // Another file.
        format!("/sql/url: \"sqlite://app/x.db\", \"sqlite://{path}\""),
    ];
    assert_eq!(differences, expected);
    // Python says `"user": null`, which documents may not hold.
    assert_eq!(query.json().pointer("/sql/user"), None);
    query.is_remote().has("/sql/preparation", "statement").has_metadata("rows_returned", &1).has_no_fault();
}

#[tokio::test]
async fn each_way_to_run_a_statement_is_one_query() {
    let select = "SELECT title FROM books";
    let kit = recorded_by(in_order(), async |pool, _| {
        assert_eq!(sqlx::query(select).fetch_all(pool).await.unwrap().len(), 3);
        sqlx::query(select).fetch_one(pool).await.unwrap();
        sqlx::query(select).fetch_optional(pool).await.unwrap().unwrap();
        assert_eq!(sqlx::query(select).fetch(pool).try_fold(0, async |count, _| Ok(count + 1)).await.unwrap(), 3);
        let pages: Vec<i64> = sqlx::query_scalar("SELECT pages FROM books").fetch_all(pool).await.unwrap();
        assert_eq!(pages, [304, 160, 256]);
        let titles: Vec<(String,)> = sqlx::query_as(select).fetch_all(pool).await.unwrap();
        assert_eq!(titles.len(), 3);
        sqlx::query("UPDATE books SET pages = 1").execute(pool).await.unwrap();
        let done: Vec<_> = pool.execute_many("DELETE FROM books; SELECT 1").try_collect().await.unwrap();
        assert_eq!(done.len(), 2);
        sqlx::raw_sql("SELECT 1; SELECT 2").fetch_all(pool).await.unwrap();
    })
    .await;
    let expected = [
        (select, Some(3), true),
        (select, Some(1), true),
        (select, Some(1), true),
        (select, Some(3), true),
        ("SELECT pages FROM books", Some(3), true),
        (select, Some(3), true),
        ("UPDATE books SET pages = ?", None, true),
        ("DELETE FROM books; SELECT ?", None, false),
        ("SELECT ?; SELECT ?", Some(2), false),
    ];
    let queries = queries(&kit, NAME);
    assert_eq!(statements(&kit, NAME), expected.map(|(statement, ..)| statement));
    for (query, (_, rows, is_prepared)) in queries.iter().zip(expected) {
        assert_eq!(query.metadata("rows_returned"), rows.map(|rows| json!(rows)).as_ref(), "{}", query.json());
        assert_eq!(query.json().pointer("/sql/preparation").is_some(), is_prepared, "{}", query.json());
        query.has_no_fault().has_no_annotation("cancelled");
    }
}

#[tokio::test]
async fn a_statement_that_is_prepared_by_hand_is_recorded_then_and_when_it_runs() {
    let kit = recorded_by(in_order(), async |pool, _| {
        let select = sqlx::SqlSafeStr::into_sql_str("SELECT title FROM books WHERE pages > $1");
        let statement = pool.prepare(select).await.unwrap();
        assert_eq!(statement.query().bind(200).fetch_all(pool).await.unwrap().len(), 2);
    })
    .await;
    assert_eq!(statements(&kit, NAME), ["SELECT title FROM books WHERE pages > $1"; 2]);
}

#[tokio::test]
async fn a_stream_lasts_until_its_last_row() {
    let kit = recorded(async |pool, kit| {
        let mut rows = sqlx::query("SELECT title FROM books").fetch(pool);
        while let Some(row) = rows.try_next().await.unwrap() {
            row.get::<String, _>(0);
            kit.clock().advance(Duration::from_millis(2));
        }
        kit.clock().advance(Duration::from_secs(1));
    })
    .await;
    query(&kit, NAME).lasted(Duration::from_millis(6)).has_no_annotation("cancelled");
}

#[tokio::test]
async fn a_query_belongs_to_the_entity_it_was_made_in_wherever_it_is_polled() {
    let pool = library().await;
    let kit = TestRecorder::new();
    let segment = kit.recorder().begin_segment(SEGMENT);
    let rows = segment.handle().run(|| sqlx::query("SELECT title FROM books").fetch(&pool));
    assert!(current().is_none());
    assert_eq!(rows.try_collect::<Vec<_>>().await.unwrap().len(), 3);
    segment.end();
    query(&kit, NAME).has_metadata("rows_returned", &3);
}

#[tokio::test]
async fn queries_of_tasks_stand_beside_each_other() {
    let kit = recorded(async |pool, _| {
        let titles = sqlx::query("SELECT title FROM books").fetch_all(pool);
        let pages = sqlx::query("SELECT pages FROM books").fetch_all(pool);
        let elsewhere = pool.clone();
        let spawned = async move { sqlx::query("SELECT 1").fetch_one(&elsewhere).await }.in_current_context();
        let (titles, pages, spawned) = tokio::join!(titles, pages, tokio::spawn(spawned));
        assert_eq!((titles.unwrap().len(), pages.unwrap().len()), (3, 3));
        spawned.unwrap().unwrap();
    })
    .await;
    assert_eq!(queries(&kit, NAME).len(), 3);
}

#[tokio::test]
async fn a_transaction_is_recorded_from_its_beginning_to_its_end() {
    let kit = recorded_by(in_order(), async |pool, _| {
        let mut transaction = pool.begin().await.unwrap();
        sqlx::query("DELETE FROM books").execute(&mut transaction).await.unwrap();
        let mut savepoint = transaction.begin().await.unwrap();
        sqlx::query("SELECT 1").execute(&mut savepoint).await.unwrap();
        savepoint.rollback().await.unwrap();
        transaction.begin().await.unwrap().commit().await.unwrap();
        transaction.rollback().await.unwrap();
        let mut connection = pool.acquire().await.unwrap();
        sqlx::query("SELECT count(*) FROM books").fetch_one(&mut connection).await.unwrap();
        connection.begin().await.unwrap().commit().await.unwrap();
        connection.begin_with("BEGIN EXCLUSIVE").await.unwrap().commit().await.unwrap();
        drop(connection);
        drop(pool.begin_with("BEGIN IMMEDIATE").await.unwrap());
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM books").fetch_one(pool).await.unwrap();
        assert_eq!(count, 3);
    })
    .await;
    let (savepoint, count) = ("SAVEPOINT", "SELECT count(*) FROM books");
    let outer = ["BEGIN", "DELETE FROM books", savepoint, "SELECT ?", "ROLLBACK TO SAVEPOINT"];
    let inner = [savepoint, "RELEASE SAVEPOINT", "ROLLBACK", count, "BEGIN", "COMMIT"];
    let others = ["BEGIN EXCLUSIVE", "COMMIT", "BEGIN IMMEDIATE", count];
    assert_eq!(statements(&kit, NAME), [&outer[..], &inner, &others].concat());
}

#[tokio::test]
async fn an_executor_from_elsewhere_is_recorded_with_its_database() {
    let kit = TestRecorder::new();
    let database = Database::new("SQLite", "books").without_statements();
    let work = async {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        sqlx::query("SELECT 1").fetch_one(database.on(&mut connection)).await.unwrap();
        let mut transaction = connection.begin().await.unwrap();
        sqlx::query("SELECT 1").fetch_one(database.on(&mut *transaction)).await.unwrap();
    };
    work.in_segment(kit.recorder().segment(SEGMENT)).await;
    for query in queries(&kit, "books") {
        assert_eq!(query.json().pointer("/sql/sanitized_query"), None);
    }
    assert_eq!(queries(&kit, "books").len(), 2);
}

#[tokio::test]
async fn an_error_is_an_exception_and_no_row_is_none() {
    for (statement, kind, told) in [
        ("SELEKT 1", "DatabaseError", "near \"SELEKT\": syntax error (code 1)"),
        ("SELECT * FROM boks", "DatabaseError", "no such table: boks (code 1)"),
        (
            "INSERT INTO books VALUES ('Momo', 1)",
            "UniqueViolation",
            "UNIQUE constraint failed: books.title (code 2067)",
        ),
    ] {
        let kit = recorded(async |pool, _| {
            sqlx::query(statement).execute(pool).await.unwrap_err();
        })
        .await;
        let query = query(&kit, NAME);
        query.has_fault().has_exception(kind).has("/cause/exceptions/0/remote", true);
        assert_eq!(sql::message(&query), told);
    }
    let kit = recorded(async |pool, _| {
        let found = sqlx::query("SELECT title FROM books WHERE pages = 1").fetch_one(pool).await;
        assert!(matches!(found, Err(Error::RowNotFound)));
    })
    .await;
    query(&kit, NAME).has_no_fault().has_no_exception();
}

#[tokio::test]
async fn no_value_is_sent_whichever_way_it_goes() {
    let kit = recorded(async |pool, _| {
        let insert = "INSERT INTO books VALUES ($1, 's3cr3t-literal')";
        for _ in 0..2 {
            let _ = sqlx::query(insert).bind(secrets::BOUND).execute(pool).await;
        }
        sqlx::query("SELECT json($1)").bind(secrets::BOUND).fetch_one(pool).await.unwrap_err();
        sqlx::query("SELECT 's3cr3t-literal").execute(pool).await.unwrap_err();
        let _ = sqlx::query_scalar::<_, i64>("SELECT $1").bind(secrets::BOUND).fetch_one(pool).await.unwrap_err();
    })
    .await;
    assert_eq!(queries(&kit, NAME).len(), 5);
    secrets::assert_none_sent(&kit);
}

#[tokio::test]
async fn without_a_current_entity_or_a_sample_queries_run_and_nothing_is_recorded() {
    let (kit, pool) = (TestRecorder::new(), library().await);
    let run = async || {
        sqlx::query("UPDATE books SET pages = 1").execute(&pool).await.unwrap();
        pool.begin().await.unwrap().commit().await.unwrap();
        sqlx::query("SELEKT").fetch(&pool).try_next().await.unwrap_err();
    };
    run().await;
    run().in_segment(kit.recorder().segment(SEGMENT).sampled(false)).await;
    kit.assert_nothing_sent();
}

#[tokio::test]
async fn statements_can_be_left_out() {
    let kit = TestRecorder::with(|builder| builder.stream_sql(false));
    let kit = recorded_by(kit, async |pool, _| {
        sqlx::query("SELECT 1").execute(pool).await.unwrap();
    })
    .await;
    assert_eq!(query(&kit, NAME).json().pointer("/sql/sanitized_query"), None);
}
