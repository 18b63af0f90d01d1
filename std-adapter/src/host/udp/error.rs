//! Why a datagram was not sent.

use std::fmt;
use std::io::ErrorKind;

/// A datagram was not sent.
///
/// ```
/// # use std::io::ErrorKind;
/// # use xray_recorder::UdpError;
/// assert_eq!(UdpError::from(ErrorKind::WouldBlock).kind(), ErrorKind::WouldBlock);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UdpError(ErrorKind);

impl UdpError {
    /// What the operating system said. [`ErrorKind::NotConnected`]: the daemon's name is not resolved yet, and no more
    /// datagrams can wait for it.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        self.0
    }
}

impl From<ErrorKind> for UdpError {
    fn from(kind: ErrorKind) -> Self {
        Self(kind)
    }
}

impl fmt::Display for UdpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ErrorKind::NotConnected => {
                f.write_str("the daemon's name is not resolved yet, and no more datagrams can wait for it")
            }
            kind => write!(f, "the datagram was not sent: {kind}"),
        }
    }
}

impl std::error::Error for UdpError {}

impl embedded_io::Error for UdpError {
    fn kind(&self) -> embedded_io::ErrorKind {
        self.0.into()
    }
}
