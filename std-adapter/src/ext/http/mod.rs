//! What servers and clients of HTTP share: which calls are recorded and how, and where an error of a service is found.

#[cfg(any(feature = "tower", feature = "http-client"))]
mod body;
#[cfg(any(feature = "http-client", feature = "reqwest"))]
mod calls;
#[cfg(any(feature = "http-client", feature = "reqwest"))]
mod client;
#[cfg(any(feature = "tower", feature = "http-client"))]
mod exchange;
#[cfg(any(feature = "tower", feature = "http-client"))]
mod failure;
#[cfg(any(feature = "tower", feature = "http-client"))]
mod grpc;
mod headers;
#[cfg(any(feature = "http-client", feature = "reqwest"))]
mod ignore;
mod running;
mod traced;

#[cfg(any(feature = "tower", feature = "http-client"))]
pub use self::body::TracedBody;
#[cfg(any(feature = "http-client", feature = "reqwest"))]
pub use self::calls::Calls;
#[cfg(any(feature = "http-client", feature = "reqwest"))]
pub(super) use self::client::{Outgoing, inject};
#[cfg(any(feature = "tower", feature = "http-client"))]
pub(super) use self::exchange::{Exchange, Told};
#[cfg(any(feature = "tower", feature = "http-client"))]
pub use self::failure::{Boxed, Failure, Plain};
#[cfg(feature = "http-client")]
pub(super) use self::grpc::is_grpc;
pub(super) use self::headers::*;
#[cfg(any(feature = "http-client", feature = "reqwest"))]
pub use self::ignore::{Call, Ignore};
pub(super) use self::running::Running;
#[cfg(any(feature = "tower", feature = "reqwest"))]
pub(super) use self::traced::Traced;
