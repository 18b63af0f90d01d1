//! Servers on tower: a segment for each request. With the feature `tower`, which builds with Rust 1.87.
//!
//! [`SegmentLayer`] is the one line. For axum:
//!
//! ```
//! use std::net::SocketAddr;
//!
//! use axum::Router;
//! use axum::extract::{ConnectInfo, MatchedPath, OriginalUri};
//! use axum::routing::get;
//! use xray_recorder::Recorder;
//! use xray_recorder::ext::tower::SegmentLayer;
//!
//! let recorder = Recorder::builder().service("shop").build()?;
//! let service = Router::new().route("/carts/{id}", get(|| async { "a book" })).layer(
//!     SegmentLayer::new(recorder)
//!         .client_ip(|extensions| Some(extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip()))
//!         .route(|extensions| Some(extensions.get::<MatchedPath>()?.as_str()))
//!         .uri(|extensions| Some(&extensions.get::<OriginalUri>()?.0)),
//! );
//! # let _ = async move {
//! let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await?;
//! axum::serve(listener, service.into_make_service_with_connect_info::<SocketAddr>()).await
//! # };
//! # Ok::<(), xray_recorder::BuildError>(())
//! ```
//!
//! For tonic, whose segments say what the status of gRPC was:
//!
//! ```
//! use tonic::transport::Server;
//! use tonic::transport::server::TcpConnectInfo;
//! use xray_recorder::Recorder;
//! use xray_recorder::ext::tower::SegmentLayer;
//!
//! let recorder = Recorder::builder().service("stock").build()?;
//! let layer = SegmentLayer::new(recorder)
//!     .client_ip(|extensions| Some(extensions.get::<TcpConnectInfo>()?.remote_addr()?.ip()));
//! # let _ = async move {
//! let (_, health) = tonic_health::server::health_reporter();
//! Server::builder().layer(layer).add_service(health).serve(([0, 0, 0, 0], 50051).into()).await
//! # };
//! # Ok::<(), xray_recorder::BuildError>(())
//! ```
//!
//! # What is recorded
//!
//! * The request comes with `X-Amzn-Trace-Id`, `traceparent`, both or neither: its trace is continued, its decision is final,
//!   and otherwise the recorder's sampler decides by host, method and path. The response tells the trace, `Root=…`, and the
//!   decision too where the request asked for it with `Sampled=?`.
//! * The segment has the name that [`Recorder::segment_name`] gives for the host.
//! * Method, URL without query, user agent, and the client's address: the first of `X-Forwarded-For`, or else what
//!   [`SegmentLayer::client_ip`] finds. The scheme is that of the request, or else of `X-Forwarded-Proto`, or else `http`.
//! * Status and length of the response, and the flags that follow. Of a gRPC response the flags that follow from
//!   `grpc-status`, wherever that is, and where it is not `OK` the annotation `grpc_status`; one that ends without any is
//!   `UNKNOWN`, a fault.
//! * The segment is the current entity while the service is called and polled, and while its body is; it ends with the body, so
//!   that a stream is timed whole. A length that nobody said is that of what passed.
//! * A panic is an exception and goes on. The status that a layer further out makes of it is that layer's own; put this one
//!   outside of it to have the status, or inside to have the panic. An error of the service or of the body is an exception,
//!   or a reference to the one below where that was recorded already. The URLs in what they all say lose query, user and
//!   password.
//! * A request that is given up, whose future or body is dropped before its end, has the annotation `cancelled`.
//! * A connection that is upgraded is over with its response: what goes over a web socket takes segments of its own.
//!
//! Nothing else of a request or response is recorded: no query, no other header, nothing of a body.
//!
//! In Lambda the segment is Lambda's. There each request has a subsegment, of the current entity, or else of the invocation
//! that the variable names, or else of the one that the request's header names: Lambda's web adapter calls a server over
//! HTTP, and lambda_http serves several invocations at once, where no variable can tell. As X-Ray cannot search for the
//! requests of subsegments, they are annotations too: see [`UrlsAsAnnotation`].
//!
//! # Around what
//!
//! One layer is for one request: two around it are two segments, side by side.
//!
//! The response's body has another type afterwards, [`TracedBody`]. `Router::layer` of axum takes any; who serves another
//! service with it, such as one of tower-http's `NormalizePath` in a `tower::make::Shared`, maps it back further out:
//! `MapResponseBodyLayer::new(axum::body::Body::new)`.

mod address;
mod future;
mod layer;
mod request;
mod service;
mod urls;

pub use self::future::SegmentFuture;
pub use self::layer::SegmentLayer;
pub use self::service::SegmentService;
pub use self::urls::UrlsAsAnnotation;
pub use super::http::{Boxed, Failure, Plain, TracedBody};
#[cfg(doc)]
use crate::Recorder;
