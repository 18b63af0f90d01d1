//! MariaDB through sqlx: what depends on the database.

use sql::{SEGMENT, in_order, message, queries, secrets, servers};
use sqlx::MySql;
use sqlx::mysql::MySqlPoolOptions;
use xray_recorder::TraceFuture;
use xray_recorder::ext::sql::Database;
use xray_recorder::ext::sqlx::TracedPool;

#[tokio::test]
#[ignore = "it needs MariaDB, which `cargo xtask test sql` starts"]
async fn queries_and_errors_are_recorded_without_values() {
    let address = servers::mariadb();
    let url = format!("{address}/shop");
    let pool = MySqlPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
    let pool = TracedPool::<MySql>::new(pool, Database::of_url(&url));
    let kit = in_order();
    let work = async {
        let create = "CREATE TEMPORARY TABLE carts (owner VARCHAR(50), UNIQUE KEY one_each (owner))";
        sqlx::raw_sql(create).execute(&pool).await.unwrap();
        let insert = "INSERT INTO carts (owner) VALUES (?)";
        sqlx::query(insert).bind(secrets::BOUND).execute(&pool).await.unwrap();
        let error = sqlx::query(insert).bind(secrets::BOUND).execute(&pool).await.unwrap_err();
        assert!(error.to_string().contains(secrets::BOUND), "there is something to hide: {error}");
        sqlx::query("SELECT * FROM cart").execute(&pool).await.unwrap_err();
        let broken = "SELECT owner FROM carts WHERE WHERE owner = 's3cr3t-literal' OR \"s3cr3t\"";
        let error = sqlx::query(broken).execute(&pool).await.unwrap_err();
        assert!(error.to_string().contains(secrets::LITERAL), "there is something to hide: {error}");
        let signal = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'card s3cr3t-literal declined'";
        sqlx::raw_sql(signal).execute(&pool).await.unwrap_err();
        sqlx::query("SELECT owner FROM carts WHERE owner = 's3cr3t-literal'").fetch_all(&pool).await.unwrap();
    };
    work.in_segment(kit.recorder().segment(SEGMENT)).await;
    secrets::assert_none_sent(&kit);
    let queries = queries(&kit, "shop@127.0.0.1");
    let told: Vec<_> = queries.iter().map(message).filter(|message| !message.is_empty()).collect();
    let expected = [
        "Duplicate entry ? for key ? (SQLSTATE 23000)",
        "Table 'shop.cart' doesn't exist (SQLSTATE 42S02)",
        concat!(
            "You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version ",
            "for the right syntax to use near 'WHERE owner = ? OR ? at line ? (SQLSTATE 42000)"
        ),
        "? (SQLSTATE 45000)",
    ];
    assert_eq!(told, expected);
    queries[2].has_exception("UniqueViolation").has("/sql/database_type", "MySQL").has("/sql/user", "app");
    queries[6].has_query("SELECT owner FROM carts WHERE owner = ?").has_metadata("rows_returned", &0).has_no_fault();
}
