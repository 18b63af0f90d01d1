//! Integrations with other crates: whoever adds one line gets complete segments and subsegments. Each is behind a feature,
//! none is on by default, and each brings in only what it needs itself.
//!
//! | feature | for | what one adds | Rust |
//! |---|---|---|---|
//! | `tower` | servers on tower: axum, tonic, hyper, lambda_http | `tower::SegmentLayer` | 1.87 |
//! | `http-client` | clients on tower: hyper-util's, tonic's channel | `http_client::SubsegmentLayer` | 1.87 |
//! | `reqwest` | reqwest, through reqwest-middleware 0.5 | `reqwest::SubsegmentMiddleware` | 1.87 |
//! | `aws-sdk` | every client of the AWS SDK for Rust | `aws_sdk::SubsegmentInterceptor` | 1.94.1 |
//! | `lambda` | functions of lambda_runtime 1 | `lambda::XRayLayer` | 1.87 |
//! | `sqlx` | sqlx 0.9, of any database | `sqlx::TracedPool` | 1.94 |
//! | `rusqlite` | rusqlite 0.39 to 0.41 | `rusqlite::TracedConnection` | 1.89 |
//! | `tracing` | everything that is instrumented with tracing | `tracing::XRayLayer` | 1.87 |
//! | `log` | trace ids in the lines of any logger of the crate log | `log::WithTraceId` | 1.87 |
//!
//! They use the public API of this crate alone, so that what they do can be done for any other library.

#[cfg(feature = "aws-sdk")]
pub mod aws_sdk;
#[cfg(any(feature = "tower", feature = "http-client", feature = "reqwest"))]
pub mod http;
#[cfg(feature = "http-client")]
pub mod http_client;
#[cfg(feature = "lambda")]
pub mod lambda;
#[cfg(feature = "log")]
pub mod log;
#[cfg(any(feature = "log", feature = "tracing"))]
mod log_id;
#[cfg(feature = "reqwest")]
pub mod reqwest;
#[cfg(feature = "rusqlite")]
pub mod rusqlite;
#[cfg(any(feature = "rusqlite", feature = "sqlx"))]
pub mod sql;
#[cfg(feature = "sqlx")]
pub mod sqlx;
#[cfg(feature = "tower")]
pub mod tower;
#[cfg(feature = "tracing")]
pub mod tracing;
