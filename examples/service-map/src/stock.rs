//! The service behind: how many copies of a book there are, as its database says.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use http::StatusCode;
use sqlx::any::install_default_drivers;
use sqlx::{Any, Row};
use xray_recorder::Recorder;
use xray_recorder::ext::sqlx::TracedPool;

use crate::{Failure, service};

/// The service, and what its database is called.
pub(crate) async fn service(recorder: Recorder, url: &str) -> Result<(Router, String), Failure> {
    install_default_drivers();
    // The one line for a database.
    let books = TracedPool::<Any>::connect(url).await?;
    fill(&books).await?;
    let name = books.database().name().to_owned();
    let router = Router::new().route("/books/{title}", get(copies)).with_state(books).layer(service::layer(recorder));
    Ok((router, name))
}

async fn copies(State(books): State<TracedPool<Any>>, Path(title): Path<String>) -> Result<String, StatusCode> {
    let query = sqlx::query("SELECT copies FROM books WHERE title = $1 AND format = 'paperback'");
    let found = query.bind(title).fetch_optional(&books).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let copies: i64 = found.ok_or(StatusCode::NOT_FOUND)?.get("copies");
    Ok(copies.to_string())
}

/// What is set up belongs to no request: it goes past the recording.
async fn fill(books: &TracedPool<Any>) -> Result<(), Failure> {
    for statement in [
        "CREATE TABLE books (title TEXT PRIMARY KEY, format TEXT, copies BIGINT)",
        "INSERT INTO books VALUES ('dune', 'paperback', 3)",
    ] {
        sqlx::query(statement).execute(books.untraced()).await?;
    }
    Ok(())
}
