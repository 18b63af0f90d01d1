//! Kinds of refusals, each of which is told once.

use std::error::Error;
use std::fmt;

use xray_recorder_core::{AnnotationError, Full, LinkError, MetadataError};

/// Why a call on an entity was refused.
pub(crate) trait Refusal: Error {
    /// A number below 32 for each kind; want of room is one kind, whatever the call.
    fn number(&self) -> u32;
}

impl Refusal for Full {
    fn number(&self) -> u32 {
        0
    }
}

impl Refusal for AnnotationError {
    fn number(&self) -> u32 {
        match self {
            Self::Full => Full.number(),
            Self::InvalidKey => 1,
            Self::NotFinite => 2,
            _ => 3,
        }
    }
}

impl Refusal for MetadataError {
    fn number(&self) -> u32 {
        match self {
            Self::Full => Full.number(),
            Self::Serialize => 4,
            Self::TooDeep => 5,
            Self::KeyMustBeAString => 6,
            Self::ReservedNamespace => 7,
            _ => 8,
        }
    }
}

impl Refusal for LinkError {
    fn number(&self) -> u32 {
        match self {
            Self::Full => Full.number(),
            Self::TooMany => 9,
            _ => 10,
        }
    }
}

/// An entity that cannot be written to at all.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unwritable {
    /// It has ended.
    Ended,
    /// It is the segment that Lambda keeps.
    Facade,
}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ended => "the entity has ended",
            Self::Facade => "the segment of a function is Lambda's; write to a subsegment",
        })
    }
}

impl Error for Unwritable {}

impl Refusal for Unwritable {
    fn number(&self) -> u32 {
        match self {
            Self::Ended => 11,
            Self::Facade => 12,
        }
    }
}
