//! The layer for servers, below real ones on loopback.

#[path = "../loopback.rs"]
mod loopback;
#[path = "../../support/mod.rs"]
mod support;

mod addresses;
mod errors;
mod failures;
mod lambda;
mod official;
mod requests;
mod responses;
mod rpc;
mod services;

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, OriginalUri};
use xray_recorder::Recorder;
use xray_recorder::ext::tower::SegmentLayer;

/// The layer as a program of axum has it.
fn layer<T>(recorder: Recorder<T>) -> SegmentLayer {
    SegmentLayer::new(recorder)
        .client_ip(|extensions| Some(extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip()))
        .route(|extensions| Some(extensions.get::<MatchedPath>()?.as_str()))
        .uri(|extensions| Some(&extensions.get::<OriginalUri>()?.0))
}

/// Serves below that layer.
async fn serve<T>(recorder: Recorder<T>, service: Router) -> SocketAddr {
    loopback::serve(service.layer(layer(recorder))).await
}
