//! The middleware for reqwest, calling services on loopback.

#[path = "../downstream.rs"]
mod downstream;
#[path = "../loopback.rs"]
mod loopback;
#[path = "../official.rs"]
mod official;
#[path = "../../support/mod.rs"]
mod support;

mod calls;
mod failures;

use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use xray_recorder::ext::reqwest::SubsegmentMiddleware;

fn client(middleware: SubsegmentMiddleware) -> ClientWithMiddleware {
    ClientBuilder::new(reqwest::Client::new()).with(middleware).build()
}

/// Gets what is there, and gives the body.
async fn fetch(client: &ClientWithMiddleware, url: &str) -> Result<String, reqwest_middleware::Error> {
    Ok(client.get(url).send().await?.text().await?)
}
