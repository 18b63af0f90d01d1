//! The layer for clients, on hyper-util's and on tonic's channel, calling services on loopback.

#[path = "../downstream.rs"]
mod downstream;
#[path = "../loopback.rs"]
mod loopback;
#[path = "../official.rs"]
mod official;
#[path = "../../support/mod.rs"]
mod support;

mod bodies;
mod calls;
mod context;
mod rpc;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use support::Memory;
use tower::{Layer, ServiceExt};
use xray_recorder::ext::http_client::{SubsegmentLayer, SubsegmentService};
use xray_recorder::{Embed, Recorder};

/// hyper-util's client below the layer.
type Hyper = SubsegmentService<Client<HttpConnector, Full<Bytes>>>;

fn client(layer: &SubsegmentLayer) -> Hyper {
    layer.layer(Client::builder(TokioExecutor::new()).build_http())
}

/// A recorder whose subsegments are sent as they end.
fn unembedded() -> Recorder<Memory> {
    Recorder::builder().describe_sdk(false).embed(Embed::Never).transport(Memory::default()).build().unwrap()
}

/// Gets what is there, and gives the body, or what went wrong.
async fn fetch(client: &Hyper, url: &str) -> Result<String, hyper_util::client::legacy::Error> {
    let response = client.clone().oneshot(Request::get(url).body(Full::default()).unwrap()).await?;
    let body = response.into_body().collect().await.unwrap().to_bytes();
    Ok(String::from_utf8(body.to_vec()).unwrap())
}
