//! Integrations with other crates: whoever adds one line gets complete segments and subsegments. Each is behind a feature,
//! none is on by default, and each brings in only what it needs itself.
//!
//! | feature | for | what one adds | Rust |
//! |---|---|---|---|
//! | `tower` | servers on tower: axum, tonic, hyper, lambda_http | `tower::SegmentLayer` | 1.87 |
//! | `http-client` | clients on tower: hyper-util's, tonic's channel | `http_client::SubsegmentLayer` | 1.87 |
//! | `reqwest` | reqwest, through reqwest-middleware 0.5 | `reqwest::SubsegmentMiddleware` | 1.87 |
//!
//! They use the public API of this crate alone, so that what they do can be done for any other library.

#[cfg(any(feature = "tower", feature = "http-client", feature = "reqwest"))]
pub mod http;
#[cfg(feature = "http-client")]
pub mod http_client;
#[cfg(feature = "reqwest")]
pub mod reqwest;
#[cfg(feature = "tower")]
pub mod tower;
