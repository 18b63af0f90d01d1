//! What has arrived so far, and why waiting for more ended.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::assembly::assemble;
use crate::datagram::Datagram;
use crate::entities::entities;
use crate::finding::Finding;
use crate::trace::Trace;
use crate::validator::Validator;

/// The datagrams that arrived, in their order.
#[derive(Debug, Default)]
pub struct Received {
    datagrams: Vec<Datagram>,
    entities: usize,
    bytes: usize,
}

impl Received {
    /// The datagrams in the order in which they arrived.
    pub fn datagrams(&self) -> &[Datagram] {
        &self.datagrams
    }

    /// How many segments and subsegments the documents hold, embedded ones included; one sent twice counts twice.
    pub fn entities(&self) -> usize {
        self.entities
    }

    /// The length of all datagrams together.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The traces the datagrams belong to.
    pub fn traces(&self) -> Vec<Trace> {
        assemble(&self.datagrams)
    }

    /// What is wrong with the datagrams, each by itself and all together.
    pub fn findings(&self, validator: &Validator) -> Vec<Finding> {
        validator.check_trace(&self.datagrams)
    }

    pub(crate) fn push(&mut self, bytes: Vec<u8>) {
        let datagram = Datagram::parse(bytes);
        self.bytes += datagram.len();
        self.entities += datagram.document().map_or(0, |document| entities(document).len());
        self.datagrams.push(datagram);
    }

    pub(crate) fn deadline_passed(&self, waited: Duration) -> ReceiveError {
        ReceiveError::DeadlinePassed {
            waited,
            datagrams: self.datagrams.len(),
            entities: self.entities,
            bytes: self.bytes,
        }
    }
}

/// Why waiting ended before the condition was met.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReceiveError {
    /// The time was up. What had arrived is still held by the receiver.
    DeadlinePassed {
        /// How long was waited.
        waited: Duration,
        /// How many datagrams had arrived.
        datagrams: usize,
        /// How many entities had arrived.
        entities: usize,
        /// How many bytes had arrived.
        bytes: usize,
    },
    /// The socket failed.
    Io(io::Error),
}

impl fmt::Display for ReceiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DeadlinePassed { waited, datagrams, entities, bytes } => write!(
                f,
                "what was waited for did not arrive within {waited:?}; so far {datagrams} datagrams with {entities} entities and {bytes} bytes"
            ),
            Self::Io(error) => write!(f, "the socket failed: {error}"),
        }
    }
}

impl std::error::Error for ReceiveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::DeadlinePassed { .. } => None,
            Self::Io(error) => Some(error),
        }
    }
}

impl From<io::Error> for ReceiveError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
