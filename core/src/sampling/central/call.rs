//! What the machine wants to ask the service, and what can be wrong with an answer.

use core::fmt;

use crate::json::read::Malformed;

/// A call of the X-Ray service that is to be made: `POST` of this body, which is JSON, to this path. Of the daemon's TCP
/// address it needs no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call<'b> {
    /// `/GetSamplingRules` or `/SamplingTargets`.
    pub path: &'static str,
    /// The body.
    pub body: &'b [u8],
}

/// An answer that is of no use. What was known before stays; the call is made again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallError {
    /// It is no JSON from this byte on.
    Malformed(usize),
    /// It lacks this list.
    Missing(&'static str),
    /// There was no rule in it that this service could use.
    NoRules,
    /// The list of rules has no end: another page after a hundred, or the same one, or one whose name has no room.
    NoNextPage,
    /// Nothing was asked.
    NotAsked,
}

impl From<Malformed> for CallError {
    fn from(error: Malformed) -> Self {
        Self::Malformed(error.at)
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(at) => write!(f, "the answer is no JSON from byte {at} on"),
            Self::Missing(list) => write!(f, "the answer has no {list}"),
            Self::NoRules => f.write_str("the answer has no rule of use"),
            Self::NoNextPage => f.write_str("the list of rules has no end"),
            Self::NotAsked => f.write_str("nothing was asked"),
        }
    }
}

impl core::error::Error for CallError {}
