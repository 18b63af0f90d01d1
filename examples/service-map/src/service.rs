//! What both services share.

use std::net::SocketAddr;

use axum::Router;
use http::Extensions;
use tokio::net::TcpListener;
use xray_recorder::ext::tower::SegmentLayer;
use xray_recorder::{Recorder, UdpTransport};

use crate::Failure;

/// One for each service, as each would be a process of its own.
pub(crate) struct Recorders {
    pub(crate) shop: Recorder,
    pub(crate) stock: Recorder,
}

/// Recorders that send to this daemon.
pub(crate) fn recorders(daemon: SocketAddr) -> Result<Recorders, Failure> {
    let recorder = |service: &str| -> Result<Recorder, Failure> {
        let transport = UdpTransport::connect(daemon)?;
        // In a service, without an environment that may say otherwise: `Recorder::new()`.
        Ok(Recorder::builder().ignore_environment().service(service).transport(transport).build()?)
    };
    Ok(Recorders { shop: recorder("shop")?, stock: recorder("stock")? })
}

/// The one line for a server, with the route's template as an annotation.
pub(crate) fn layer(recorder: Recorder) -> SegmentLayer {
    SegmentLayer::new(recorder).route(route)
}

fn route(extensions: &Extensions) -> Option<&str> {
    extensions.get::<axum::extract::MatchedPath>().map(axum::extract::MatchedPath::as_str)
}

/// Serves on loopback until the program ends.
pub(crate) async fn serve(service: Router) -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(address)
}
