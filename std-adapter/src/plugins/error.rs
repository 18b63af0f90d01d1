//! Why a plugin has learnt nothing.

use std::error::Error;
use std::path::PathBuf;
use std::{fmt, io};

use crate::host::http::HttpError;

/// A plugin has learnt nothing.
///
/// ```
/// # use xray_recorder::plugins::PluginError;
/// let error = PluginError::new("the registry is down");
/// assert_eq!(error.to_string(), "the registry is down");
/// ```
#[derive(Debug)]
pub struct PluginError(Reason);

#[derive(Debug)]
pub(super) enum Reason {
    Http(HttpError),
    Status(u16),
    Malformed(&'static str),
    Missing(&'static str),
    Unreadable(PathBuf, io::Error),
    Other(Box<dyn Error + Send + Sync>),
}

impl PluginError {
    /// An error of a plugin of the user's own: an error, or a text.
    #[must_use]
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Reason::Other(error.into()))
    }

    /// Whether nobody is there to be asked.
    pub(super) fn is_unreachable(&self) -> bool {
        matches!(self.0, Reason::Http(HttpError::Unreachable(_)))
    }
}

impl From<Reason> for PluginError {
    fn from(reason: Reason) -> Self {
        Self(reason)
    }
}

impl From<HttpError> for PluginError {
    fn from(error: HttpError) -> Self {
        Self(Reason::Http(error))
    }
}

impl fmt::Display for PluginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Http(error) => write!(f, "the metadata endpoint: {error}"),
            Reason::Status(status) => write!(f, "the metadata endpoint answered with status {status}"),
            Reason::Malformed(what) => write!(f, "{what} is not what it should be"),
            Reason::Missing(member) => write!(f, "`{member}` is missing"),
            Reason::Unreadable(path, error) => write!(f, "{} cannot be read: {error}", path.display()),
            Reason::Other(error) => error.fmt(f),
        }
    }
}

impl Error for PluginError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Reason::Unreadable(_, error) => Some(error),
            Reason::Other(error) => error.source(),
            Reason::Http(error) => Some(error),
            Reason::Status(_) | Reason::Malformed(_) | Reason::Missing(_) => None,
        }
    }
}
