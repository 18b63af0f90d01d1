//! The service that a browser asks: what is in a cart, and whether all of it is in stock.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use http::StatusCode;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use xray_recorder::ext::http::Calls;
use xray_recorder::ext::reqwest::SubsegmentMiddleware;
use xray_recorder::{Recorder, capture};

use crate::carts::Carts;
use crate::service;

struct Shop {
    carts: Carts,
    client: ClientWithMiddleware,
    stock: SocketAddr,
}

pub(crate) fn service(recorder: Recorder, carts: Carts, stock: SocketAddr) -> Router {
    // The one line for a client; services that are traced, too, are told apart from those that are not.
    let calls = SubsegmentMiddleware::with(Calls::new().name("stock").downstream_is_traced());
    let client = ClientBuilder::new(reqwest::Client::new()).with(calls).build();
    let shop = Shop { carts, client, stock };
    Router::new().route("/carts/{id}", get(cart)).with_state(Arc::new(shop)).layer(service::layer(recorder))
}

async fn cart(State(shop): State<Arc<Shop>>, Path(id): Path<String>) -> Result<String, StatusCode> {
    xray_recorder::put_annotation("cart", id.as_str());
    let book = shop.carts.book_of(&id).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let url = format!("http://{}/books/{book}", shop.stock);
    let response = shop.client.get(url).send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    if !response.status().is_success() {
        return Err(StatusCode::NOT_FOUND);
    }
    let copies = response.text().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(page(&book, &copies))
}

#[capture]
fn page(book: &str, copies: &str) -> String {
    format!("<p>{book}: {copies} in stock</p>")
}
