//! PostgreSQL through sqlx: what depends on the database.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use futures_util::TryStreamExt;
use serde_json::json;
use sql::{SEGMENT, in_order, message, queries, query, secrets, servers, statements};
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Any, Postgres};
use xray_recorder::TraceFuture;
use xray_recorder::ext::sql::Database;
use xray_recorder::ext::sqlx::TracedPool;
use xray_recorder::testing::TestRecorder;

const NAME: &str = "postgres@127.0.0.1";

/// A pool of one connection, with some accounts, of whose making nothing is recorded.
async fn bank() -> TracedPool<Postgres> {
    let url = format!("{}/postgres?sslmode=disable", servers::postgres());
    let pool = PgPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
    let schema = "CREATE TEMP TABLE accounts (owner TEXT CONSTRAINT one_each UNIQUE, cents INT CHECK (cents >= 0));
        INSERT INTO accounts VALUES ('Momo', 1), ('Emil', 2)";
    sqlx::raw_sql(schema).execute(&pool).await.unwrap();
    TracedPool::new(pool, Database::of_url(&url).database_version("15"))
}

async fn recorded_by(kit: TestRecorder, work: impl AsyncFnOnce(&TracedPool<Postgres>, &TestRecorder)) -> TestRecorder {
    let pool = bank().await;
    work(&pool, &kit).in_segment(kit.recorder().segment(SEGMENT)).await;
    kit
}

async fn recorded(work: impl AsyncFnOnce(&TracedPool<Postgres>, &TestRecorder)) -> TestRecorder {
    recorded_by(TestRecorder::new(), work).await
}

#[tokio::test]
#[ignore = "it needs PostgreSQL, which `cargo xtask test sql` starts"]
async fn a_query_says_where_it_went_and_as_whom() {
    let select = "SELECT owner FROM accounts WHERE cents > $1 AND owner <> 'Momo'";
    let kit = recorded_by(in_order(), async |pool, _| {
        sqlx::query(select).bind(1).fetch_all(pool).await.unwrap();
        sqlx::raw_sql("SELECT 1; SELECT 2").execute(pool).await.unwrap();
    });
    let kit = kit.await;
    let queries = queries(&kit, NAME);
    let url = queries[0].json().pointer("/sql/url").unwrap().as_str().unwrap();
    assert!(url.starts_with("postgres://127.0.0.1:") && url.ends_with("/postgres"), "{url}");
    let sql = json!({
        "url": url,
        "database_type": "PostgreSQL",
        "database_version": "15",
        "driver_version": "sqlx",
        "user": "app",
        "preparation": "statement",
        "sanitized_query": "SELECT owner FROM accounts WHERE cents > $1 AND owner <> ?",
    });
    queries[0].is_remote().has("/sql", sql).has_metadata("rows_returned", &1).has_no_fault();
    queries[1].has_query("SELECT ?; SELECT ?");
    assert_eq!(queries[1].json().pointer("/sql/preparation"), None);
    secrets::assert_none_sent(&kit);
}

#[tokio::test]
#[ignore = "it needs PostgreSQL, which `cargo xtask test sql` starts"]
async fn an_error_is_an_exception_with_its_code_and_without_values() {
    let unique = "UniqueViolation";
    for (statement, kind, told) in [
        ("SELEKT 1", "DatabaseError", "syntax error at or near \"SELEKT\" (SQLSTATE 42601)"),
        ("SELECT * FROM acounts", "DatabaseError", "relation \"acounts\" does not exist (SQLSTATE 42P01)"),
        (
            "INSERT INTO accounts VALUES ('Momo', 1)",
            unique,
            "duplicate key value violates unique constraint \"one_each\" (SQLSTATE 23505)",
        ),
        (
            "INSERT INTO accounts VALUES ('Ronja', -1)",
            "CheckViolation",
            "new row for relation \"accounts\" violates check constraint \"accounts_cents_check\" (SQLSTATE 23514)",
        ),
        ("SELECT 1 / 0", "DatabaseError", "division by zero (SQLSTATE 22012)"),
        ("SELECT 's3cr3t-literal'::int", "DatabaseError", "invalid input syntax for type integer: ? (SQLSTATE 22P02)"),
        (
            "SELECT * FROM accounts WHERE owner = 's3cr3t-literal",
            "DatabaseError",
            "unterminated quoted string at or near ? (SQLSTATE 42601)",
        ),
        ("DO $$ BEGIN RAISE EXCEPTION 'card s3cr3t-literal declined'; END $$", "DatabaseError", "? (SQLSTATE P0001)"),
        (
            "DO $$ BEGIN RAISE EXCEPTION 'x constraint failed: s3cr3t-literal' USING ERRCODE = '23505'; END $$",
            unique,
            "? constraint failed: ? (SQLSTATE 23505)",
        ),
    ] {
        let kit = recorded(async |pool, _| {
            sqlx::query(statement).execute(pool).await.unwrap_err();
        });
        let kit = kit.await;
        let query = query(&kit, NAME);
        query.has_fault().has_exception(kind).has("/cause/exceptions/0/remote", true);
        assert_eq!(message(&query), told, "{statement}");
        secrets::assert_none_sent(&kit);
    }
}

#[tokio::test]
#[ignore = "it needs PostgreSQL, which `cargo xtask test sql` starts"]
async fn what_was_bound_is_in_no_error() {
    let kit = recorded(async |pool, _| {
        let insert = "INSERT INTO accounts VALUES ($1, 1)";
        sqlx::query(insert).bind(secrets::BOUND).execute(pool).await.unwrap();
        // The detail of this one is `Key (owner)=(s3cr3t-bound) already exists.`
        let error = sqlx::query(insert).bind(secrets::BOUND).execute(pool).await.unwrap_err();
        assert!(format!("{error:?}").contains(secrets::BOUND), "there is something to hide: {error:?}");
        let cast = sqlx::query("SELECT CAST($1 AS TEXT)::int").bind(secrets::BOUND).execute(pool).await.unwrap_err();
        assert!(cast.to_string().contains(secrets::BOUND), "there is something to hide: {cast}");
        let raise = "DO $$ BEGIN PERFORM set_config('a.b', 's3cr3t-literal', false); END $$";
        sqlx::query(raise).execute(pool).await.unwrap();
    });
    let kit = kit.await;
    assert_eq!(queries(&kit, NAME).len(), 4);
    secrets::assert_none_sent(&kit);
}

#[tokio::test]
#[ignore = "it needs PostgreSQL, which `cargo xtask test sql` starts"]
async fn a_statement_that_takes_too_long_is_an_error_of_the_database() {
    let kit = recorded(async |pool, _| {
        sqlx::query("SET statement_timeout = 20").execute(pool.untraced()).await.unwrap();
        sqlx::query("SELECT pg_sleep(60)").execute(pool).await.unwrap_err();
    });
    let kit = kit.await;
    let query = query(&kit, NAME);
    query.has_fault().has_exception("DatabaseError");
    assert_eq!(message(&query), "canceling statement due to statement timeout (SQLSTATE 57014)");
}

#[tokio::test]
#[ignore = "it needs PostgreSQL, which `cargo xtask test sql` starts"]
async fn a_transaction_of_which_a_statement_failed_is_rolled_back() {
    let kit = recorded_by(in_order(), async |pool, _| {
        let mut transaction = pool.begin().await.unwrap();
        sqlx::query("UPDATE accounts SET cents = 7").execute(&mut transaction).await.unwrap();
        sqlx::query("UPDATE accounts SET cents = -7").execute(&mut transaction).await.unwrap_err();
        sqlx::query("SELECT 1").execute(&mut transaction).await.unwrap_err();
        transaction.rollback().await.unwrap();
        let sum: i64 = sqlx::query_scalar("SELECT sum(cents) FROM accounts").fetch_one(pool).await.unwrap();
        assert_eq!(sum, 3);
    });
    let kit = kit.await;
    let update = "UPDATE accounts SET cents = ?";
    let negative = "UPDATE accounts SET cents = -?";
    let expected = ["BEGIN", update, negative, "SELECT ?", "ROLLBACK", "SELECT sum(cents) FROM accounts"];
    assert_eq!(statements(&kit, NAME), expected);
    let faults: Vec<bool> = queries(&kit, NAME).iter().map(|query| query.json()["fault"] == true).collect();
    assert_eq!(faults, [false, false, true, true, false, false]);
}

#[tokio::test]
#[ignore = "it needs PostgreSQL, which `cargo xtask test sql` starts"]
async fn a_stream_that_gave_no_row_and_a_future_that_are_given_up_say_so() {
    let kit = recorded_by(in_order(), async |pool, _| {
        let mut rows = sqlx::query("SELECT generate_series(1, 1000)").fetch(pool);
        rows.try_next().await.unwrap().unwrap();
        drop(rows);
        drop(sqlx::query("SELECT generate_series(1, 1000)").fetch(pool));
        let mut given_up = Box::pin(sqlx::query("SELECT pg_sleep(60)").execute(pool));
        poll_fn(|context| {
            assert!(given_up.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    });
    let kit = kit.await;
    let queries = queries(&kit, NAME);
    queries[0].has_no_annotation("cancelled").has_metadata("rows_returned", &1).has_no_fault();
    queries[1].has_annotation("cancelled", true).has_no_fault();
    queries[2].has_annotation("cancelled", true).has_no_fault();
}

#[tokio::test]
#[ignore = "it needs PostgreSQL, which `cargo xtask test sql` starts"]
async fn queries_at_the_same_time_stand_beside_each_other() {
    let address = servers::postgres();
    let pool = TracedPool::<Postgres>::connect(&format!("{address}/postgres")).await.unwrap();
    let kit = TestRecorder::new();
    let work = async {
        // Each waits for the other, so that both are under way at the same time.
        let meet = |mine, other| {
            let pool = pool.clone();
            async move {
                let mut connection = pool.acquire().await.unwrap();
                let lock = "SELECT pg_advisory_lock($1)";
                sqlx::query(lock).bind(mine).execute(&mut connection).await.unwrap();
                let seen = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1";
                loop {
                    let count: i64 = sqlx::query_scalar(seen).bind(other).fetch_one(&mut connection).await.unwrap();
                    if count > 0 {
                        break;
                    }
                }
                pool
            }
        };
        let met = async { tokio::join!(meet(4_242_i64, 4_243_i64), meet(4_243, 4_242)) };
        tokio::time::timeout(Duration::from_secs(30), met).await.unwrap();
    };
    work.in_segment(kit.recorder().segment(SEGMENT)).await;
    assert_eq!(statements(&kit, NAME).iter().filter(|text| text.contains("advisory_lock")).count(), 2);
    assert!(queries(&kit, NAME).iter().all(|query| query.parent().unwrap().name() == SEGMENT));
}

#[tokio::test]
async fn a_database_that_is_not_there_is_an_error_on_the_way() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("postgres://app:{}@{nobody}/orders", secrets::PASSWORD);
    let options = PgPoolOptions::new().acquire_timeout(Duration::from_millis(200));
    let pool = TracedPool::new(options.connect_lazy(&url).unwrap(), Database::of_url(&url));
    let kit = in_order();
    let work = async {
        sqlx::query("SELECT 1").execute(&pool).await.unwrap_err();
        pool.acquire().await.unwrap_err();
        pool.begin().await.unwrap_err();
    };
    work.in_segment(kit.recorder().segment(SEGMENT)).await;
    let queries = queries(&kit, "orders@127.0.0.1");
    assert_eq!(queries.len(), 3);
    for query in &queries {
        query.has_fault().has_exception("PoolTimedOut").is_remote();
        assert_eq!(message(query), "pool timed out while waiting for an open connection");
        assert_eq!(query.json().pointer("/cause/exceptions/0/remote"), None);
    }
    queries[2].has_query("BEGIN");
    secrets::assert_none_sent(&kit);
}

#[tokio::test]
async fn a_server_that_hangs_up_is_an_error_on_the_way() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://app:{}@{}/orders?sslmode=disable", secrets::PASSWORD, server.local_addr().unwrap());
    let hanging_up = std::thread::spawn(move || drop(server.accept()));
    let pool = TracedPool::<Postgres>::connect_lazy(&url).unwrap();
    let kit = TestRecorder::new();
    let work = async { sqlx::query("SELECT 1").execute(&pool).await.unwrap_err() };
    work.in_segment(kit.recorder().segment(SEGMENT)).await;
    hanging_up.join().unwrap();
    let query = query(&kit, "orders@127.0.0.1");
    query.has_fault().has_exception("Io");
    // Which of the two it is goes by how fast the other end was.
    let told = message(&query);
    assert!(told == "unexpected end of file" || told == "connection reset (os error 104)", "{told}");
    secrets::assert_none_sent(&kit);
}

#[tokio::test]
#[ignore = "it needs PostgreSQL, which `cargo xtask test sql` starts"]
async fn the_driver_for_any_database_is_recorded_as_the_one_it_is() {
    let address = servers::postgres();
    install_default_drivers();
    let url = format!("{address}/postgres");
    let pool = AnyPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
    let pool = TracedPool::<Any>::new(pool, Database::of_url(&url));
    let kit = TestRecorder::new();
    let work = async { sqlx::query("SELECT 1 WHERE 'a' = $1").bind("a").fetch_all(&pool).await.unwrap() };
    assert_eq!(work.in_segment(kit.recorder().segment(SEGMENT)).await.len(), 1);
    query(&kit, NAME).has("/sql/database_type", "PostgreSQL").has_query("SELECT ? WHERE ? = $1");
}
