//! Why a request has no answer.

use std::fmt;
use std::io::ErrorKind;

/// A request has no answer that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HttpError {
    /// There is no connection: nobody listens, no route leads there, or nobody has answered in time.
    Unreachable(ErrorKind),
    /// The deadline came while the connection was open.
    TimedOut,
    /// The connection failed.
    Broken(ErrorKind),
    /// The connection was closed before the answer was complete.
    CutOff,
    /// The answer is no HTTP/1, or of a kind nobody asked for.
    Malformed,
    /// The body is longer than this many bytes.
    TooLarge(usize),
    /// A path or header has characters that no request can have.
    InvalidRequest,
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(kind) => write!(f, "no connection: {kind}"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Broken(kind) => write!(f, "the connection failed: {kind}"),
            Self::CutOff => f.write_str("the answer was cut off"),
            Self::Malformed => f.write_str("the answer is no HTTP"),
            Self::TooLarge(limit) => write!(f, "the answer is longer than {limit} bytes"),
            Self::InvalidRequest => f.write_str("the request has characters that none can have"),
        }
    }
}

impl std::error::Error for HttpError {}
