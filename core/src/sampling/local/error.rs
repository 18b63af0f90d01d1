//! What is wrong with a document of rules.

use core::fmt;

use crate::json::read::Malformed;

/// A document of sampling rules that was refused: where, and why.
///
/// ```
/// use xray_recorder_core::{LocalRules, RulePlace, RuleDefect};
///
/// let error = LocalRules::<8, 256>::parse(r#"{"version":2,"default":{"fixed_target":1,"rate":1.5}}"#).unwrap_err();
/// assert_eq!((error.place, error.defect), (RulePlace::Default, RuleDefect::OutOfRange("rate")));
/// assert_eq!(error.to_string(), "default: rate is out of range");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RulesError {
    /// Where in the document.
    pub place: RulePlace,
    /// What is wrong.
    pub defect: RuleDefect,
}

/// A part of a document of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RulePlace {
    /// The document itself.
    Document,
    /// The default rule.
    Default,
    /// The rule of this index.
    Rule(usize),
}

/// What is wrong with a document of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleDefect {
    /// It is no JSON from this byte on.
    Malformed(usize),
    /// It is something else than what stands at its place: a text for a number, a list for a rule.
    WrongType(&'static str),
    /// This member has to be there.
    Missing(&'static str),
    /// This member has to have a text, at least `*`.
    Empty(&'static str),
    /// This member has no place here: the default rule is for everything.
    NotAllowed(&'static str),
    /// A rate that is not between 0 and 1, a target that is negative or no whole number, a version that is not 1 or 2.
    OutOfRange(&'static str),
    /// A pattern of more than 255 bytes.
    TooLong(&'static str),
    /// There is no room for this rule, or for its patterns.
    NoRoom,
}

impl RuleDefect {
    pub(super) const fn at(self, place: RulePlace) -> RulesError {
        RulesError { place, defect: self }
    }
}

impl From<Malformed> for RulesError {
    fn from(error: Malformed) -> Self {
        RuleDefect::Malformed(error.at).at(RulePlace::Document)
    }
}

impl fmt::Display for RulePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document => f.write_str("sampling rules"),
            Self::Default => f.write_str("default"),
            Self::Rule(index) => write!(f, "rules[{index}]"),
        }
    }
}

impl fmt::Display for RuleDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (member, defect) = match *self {
            Self::Malformed(at) => return write!(f, "no JSON from byte {at} on"),
            Self::NoRoom => return f.write_str("there is no room for more rules"),
            Self::WrongType(member) => (member, "is of a wrong type"),
            Self::Missing(member) => (member, "is missing"),
            Self::Empty(member) => (member, "is empty"),
            Self::NotAllowed(member) => (member, "is not allowed here"),
            Self::OutOfRange(member) => (member, "is out of range"),
            Self::TooLong(member) => (member, "is longer than 255 bytes"),
        };
        write!(f, "{member} {defect}")
    }
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.defect)
    }
}

impl core::error::Error for RulesError {}
