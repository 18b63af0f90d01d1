//! The host: system time, randomness of the operating system, UDP.

mod address;
mod clock;
pub(crate) mod http;
mod locked;
mod rng;
mod udp;

pub use address::{DaemonAddress, InvalidDaemonAddress};
pub use clock::SystemClock;
pub use locked::Locked;
pub use rng::OsRng;
pub use udp::{UdpError, UdpTransport};
