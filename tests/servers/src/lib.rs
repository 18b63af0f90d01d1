//! Servers that tests and examples start for themselves, on loopback, and stop again: databases as Debian has them, and
//! moto, which is many services of AWS in one.

pub mod mariadb;
pub mod moto;
mod place;
pub mod postgres;
mod said;

use std::fmt;

use crate::place::Place;

/// A server that runs as long as this is there.
pub struct Server {
    url: String,
    version: String,
    stop: Box<dyn FnMut() + Send>,
    /// It goes when nobody writes there any more.
    _place: Option<Place>,
}

impl Server {
    /// Where it is, for a client: `postgres://app:…@127.0.0.1:41234`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it is: `PostgreSQL 15.18`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        (self.stop)();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("version", &self.version).finish_non_exhaustive()
    }
}

/// Why a server does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unstarted {
    /// It is not installed; what to do about it.
    Missing(String),
    /// It does not start; what it said.
    Failed(String),
}

impl fmt::Display for Unstarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(what) | Self::Failed(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Unstarted {}
