//! What a call on an entity can be refused for. A refused call has changed nothing.

use core::fmt;

/// The document has no room for this. Nothing was written; the entity stays valid and can be sent as it is.
///
/// ```
/// # use xray_recorder_core::Full;
/// assert_eq!(Full.to_string(), "the document has no room left for this");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// An entity could not be begun.
///
/// ```
/// # use xray_recorder_core::{Full, BeginError};
/// assert_eq!(BeginError::from(Full).to_string(), "the document's capacity is below the skeleton of an entity");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BeginError {
    /// The capacity is below [`MIN_CAPACITY`](crate::MIN_CAPACITY).
    Full,
    /// The trace is not sampled: nothing is to be recorded, and the trace header is to be passed on with `Sampled=0`.
    NotSampled,
    /// The host's source of randomness failed, so there is no id to begin with.
    RngFailed,
}

/// An annotation was refused.
///
/// ```
/// # use xray_recorder_core::AnnotationError;
/// assert_eq!(
///     AnnotationError::InvalidKey.to_string(),
///     "an annotation key is 1 to 500 letters, digits and underscores of ASCII"
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnnotationError {
    /// The document has no room for it.
    Full,
    /// The key is not 1 to 500 characters of `[A-Za-z0-9_]`, which is all X-Ray indexes.
    InvalidKey,
    /// The value is a NaN or an infinity, which JSON cannot express and X-Ray cannot index.
    NotFinite,
}

/// A metadata value, or a free member of the `aws` block, was refused.
///
/// ```
/// # use xray_recorder_core::MetadataError;
/// assert_eq!(MetadataError::TooDeep.to_string(), "the value nests deeper than 64 levels");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetadataError {
    /// The document has no room for it.
    Full,
    /// The value's own `Serialize` gave an error, or broke serde's protocol.
    Serialize,
    /// The value nests deeper than 64 levels.
    TooDeep,
    /// A map of the value has keys that no text can stand for: sequences, maps, units, NaN.
    KeyMustBeAString,
    /// Namespaces that begin with `AWS.` are reserved by X-Ray.
    ReservedNamespace,
}

/// A link was refused.
///
/// ```
/// # use xray_recorder_core::LinkError;
/// assert_eq!(LinkError::TooMany.to_string(), "a segment has at most 20 links");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkError {
    /// The document has no room for it.
    Full,
    /// X-Ray keeps at most 20 links of a segment.
    TooMany,
}

/// A refusal for want of room, in the words of the call's own error.
macro_rules! full {
    ($($error:ident),*) => {$(
        impl From<Full> for $error {
            fn from(_: Full) -> Self {
                Self::Full
            }
        }
    )*};
}
full!(BeginError, AnnotationError, MetadataError, LinkError);

impl From<crate::json::value::ValueError> for MetadataError {
    fn from(error: crate::json::value::ValueError) -> Self {
        use crate::json::value::ValueError;
        match error {
            ValueError::Full => Self::Full,
            ValueError::TooDeep => Self::TooDeep,
            ValueError::KeyMustBeAString => Self::KeyMustBeAString,
            ValueError::Custom => Self::Serialize,
        }
    }
}

const NO_ROOM: &str = "the document has no room left for this";

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NO_ROOM)
    }
}

impl fmt::Display for BeginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the document's capacity is below the skeleton of an entity",
            Self::NotSampled => "the trace is not sampled",
            Self::RngFailed => "the source of randomness failed",
        })
    }
}

impl fmt::Display for AnnotationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => NO_ROOM,
            Self::InvalidKey => "an annotation key is 1 to 500 letters, digits and underscores of ASCII",
            Self::NotFinite => "an annotation cannot be a NaN or an infinity",
        })
    }
}

impl fmt::Display for MetadataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => NO_ROOM,
            Self::Serialize => "the value's Serialize implementation gave an error",
            Self::TooDeep => "the value nests deeper than 64 levels",
            Self::KeyMustBeAString => "the value has a map whose keys are not strings, numbers or booleans",
            Self::ReservedNamespace => "metadata namespaces that begin with `AWS.` are reserved",
        })
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => NO_ROOM,
            Self::TooMany => "a segment has at most 20 links",
        })
    }
}

impl core::error::Error for Full {}
impl core::error::Error for BeginError {}
impl core::error::Error for AnnotationError {}
impl core::error::Error for MetadataError {}
impl core::error::Error for LinkError {}
