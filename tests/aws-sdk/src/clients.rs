//! Clients of services, with an interceptor, for a server on the loopback.

use std::net::SocketAddr;
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Intercept, Region, SharedHttpClient};
use aws_smithy_http_client::Builder;

/// What every client is configured with.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "tests change a part of it")]
pub struct Settings<I> {
    /// Where all requests go.
    pub server: SocketAddr,
    /// What is tried.
    pub interceptor: I,
    /// None, by default.
    pub timeouts: TimeoutConfig,
    /// Where calls go instead of to the server.
    pub endpoint: Option<String>,
}

/// The secret with which requests are signed.
const SECRET_KEY: &str = "planted-secret-key";

/// Three attempts, with next to nothing between them.
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1))
}

/// Credentials that must not get anywhere.
pub fn credentials() -> Credentials {
    Credentials::new("planted-key-id", SECRET_KEY, Some("planted-session-token".to_owned()), None, "tests")
}

/// An HTTP client without TLS.
fn http() -> SharedHttpClient {
    Builder::new().build_http()
}

impl<I: Intercept + Clone + 'static> Settings<I> {
    /// Clients for this server, with this interceptor.
    pub fn new(server: SocketAddr, interceptor: I) -> Self {
        Self { server, interceptor, timeouts: TimeoutConfig::disabled(), endpoint: None }
    }
}

macro_rules! clients {
    ($($name:ident: $crate_name:ident,)*) => {
        impl<I: Intercept + Clone + 'static> Settings<I> {
            $(
                #[doc = concat!("A client of `", stringify!($crate_name), "`.")]
                pub fn $name(&self) -> $crate_name::Client {
                    $crate_name::Client::from_conf(self.configured($crate_name::Config::builder()).build())
                }
            )*
        }

        $(
            impl Configured for $crate_name::config::Builder {
                fn with<I: Intercept + Clone + 'static>(self, settings: &Settings<I>) -> Self {
                    self.behavior_version(BehaviorVersion::latest())
                        .region(Region::new("us-west-2"))
                        .credentials_provider(credentials())
                        .endpoint_url(settings.endpoint.clone().unwrap_or_else(|| format!("http://{}", settings.server)))
                        .http_client(http())
                        .retry_config(retries())
                        .timeout_config(settings.timeouts.clone())
                        .interceptor(settings.interceptor.clone())
                }
            }
        )*
    };
}

/// A builder of any service's configuration.
trait Configured {
    fn with<I: Intercept + Clone + 'static>(self, settings: &Settings<I>) -> Self;
}

impl<I: Intercept + Clone + 'static> Settings<I> {
    fn configured<C: Configured>(&self, builder: C) -> C {
        builder.with(self)
    }
}

clients! {
    dynamodb: aws_sdk_dynamodb,
    s3: aws_sdk_s3,
    sns: aws_sdk_sns,
    sqs: aws_sdk_sqs,
}
