//! Clients on tower: a subsegment for each call. With the feature `http-client`, which builds with Rust 1.87.
//!
//! [`SubsegmentLayer`] is the one line. For hyper-util's client:
//!
//! ```
//! use http::Request;
//! use http_body_util::Empty;
//! use hyper_util::client::legacy::Client;
//! use hyper_util::rt::TokioExecutor;
//! use tower::{Layer, ServiceExt};
//! use xray_recorder::ext::http_client::SubsegmentLayer;
//!
//! let client = Client::builder(TokioExecutor::new()).build_http::<Empty<&[u8]>>();
//! let client = SubsegmentLayer::new().layer(client);
//! # let _ = async move {
//! let request = Request::get("http://stock.example.com/books/7").body(Empty::new())?;
//! let response = client.clone().oneshot(request).await?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # };
//! ```
//!
//! For tonic's channel:
//!
//! ```
//! use tonic::transport::Endpoint;
//! use tonic_health::pb::health_client::HealthClient;
//! use tower::Layer;
//! use xray_recorder::ext::http::Calls;
//! use xray_recorder::ext::http_client::SubsegmentLayer;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let channel = Endpoint::from_static("http://stock.example.com:50051").connect_lazy();
//! let calls = Calls::new().name("stock.example.com");
//! let client = HealthClient::new(SubsegmentLayer::with(calls).layer(channel));
//! # });
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What is recorded
//!
//! * A subsegment of the entity that is current when the service is called, `remote`, with the name of the host or as
//!   [`Calls::name`](super::http::Calls::name) says. A channel of tonic's adds the host only further in, so that
//!   the name there is that of the gRPC service, unless it is told.
//! * `X-Amzn-Trace-Id` of the subsegment goes out with the request, and `traceparent` where one came in.
//! * Method and URL without query, status and length of the response, and the flags that follow: 4xx is an error, 429 throttle
//!   too, 5xx a fault. Of a gRPC response those of `grpc-status`, and where it is not `OK`
//!   the annotation `grpc_status`; one whose body ends without it is `UNKNOWN`, a fault.
//! * An error of the service is an exception, with what caused it; URLs in it lose query, user and password. A call that is
//!   given up has the annotation `cancelled`. A client that fails before it is called, in `poll_ready`, leaves no trace: there
//!   is no request yet.
//!
//! The subsegment ends when the head of the response has come, as with the SDK for Go, since who asked may read the body when
//! he likes or never. Those for Python and for Node's `http` end it with the body: that is
//! [`SubsegmentLayer::until_body_ends`]. Of a gRPC call, whose status comes after the body, it always ends with the body.
//!
//! Put it inside of a layer that retries, and each try is a subsegment of its own; outside, and they are one. Put it outside of
//! one that runs its service in another task, such as tower's buffer, where the current entity is another one.

mod future;
mod layer;
mod service;

pub use self::future::SubsegmentFuture;
pub use self::layer::SubsegmentLayer;
pub use self::service::SubsegmentService;
pub use super::http::{Boxed, Failure, Plain, TracedBody};
