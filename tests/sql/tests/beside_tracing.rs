//! sqlx beside the layer for tracing, which has subsegments of what sqlx logs.

use std::sync::Once;

use sql::{SEGMENT, secrets, servers};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Postgres, Sqlite};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt;
use xray_recorder::TraceFuture;
use xray_recorder::ext::sql::Database;
use xray_recorder::ext::sqlx::TracedPool;
use xray_recorder::ext::tracing::XRayLayer;
use xray_recorder::testing::TestRecorder;

/// For all threads, those of the driver for SQLite too.
fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| registry().with(XRayLayer::builder().build()).init());
}

#[tokio::test]
#[ignore = "it needs PostgreSQL, which `cargo xtask test sql` starts"]
async fn a_query_on_a_traced_pool_is_recorded_once_and_one_that_goes_past_it_by_the_layer() {
    let address = servers::postgres();
    install();
    let url = format!("{address}/postgres");
    let pool = PgPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
    let pool = TracedPool::<Postgres>::new(pool, Database::of_url(&url));
    let kit = TestRecorder::new();
    let work = async {
        sqlx::query("SELECT 1").fetch_all(&pool).await.unwrap();
        let mut transaction = pool.begin().await.unwrap();
        sqlx::query("SELECT 2").fetch_all(&mut transaction).await.unwrap();
        transaction.commit().await.unwrap();
        sqlx::query("SELECT 3").fetch_one(pool.untraced()).await.unwrap();
    };
    work.in_segment(kit.recorder().segment(SEGMENT)).await;
    let segment = kit.trace().segment(SEGMENT);
    assert_eq!(segment.subsegments("postgres@127.0.0.1").len(), 4, "{}", kit.trace());
    assert_eq!(segment.subsegments("sqlx").len(), 1, "{}", kit.trace());
    secrets::assert_none_sent(&kit);
}

#[tokio::test]
async fn a_query_of_sqlite_which_logs_on_another_thread_is_recorded_once() {
    install();
    let pool = TracedPool::<Sqlite>::connect("sqlite::memory:").await.unwrap();
    let kit = TestRecorder::new();
    let work = async {
        let span = tracing::info_span!("lookup");
        tracing::Instrument::instrument(sqlx::query("SELECT 1").fetch_all(&pool), span).await.unwrap();
        // A connection does one thing after another: what it has logged of the first is logged.
        sqlx::query("SELECT 2").fetch_all(&pool).await.unwrap();
    };
    work.in_segment(kit.recorder().segment(SEGMENT)).await;
    assert_eq!(kit.trace().outline(), "request\n  lookup\n    :memory:\n  :memory:\n");
}
