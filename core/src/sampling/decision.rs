//! Whether a segment is recorded, and by which rule.

use core::fmt;

use super::request::SamplingRequest;
use crate::host::Rng;
use crate::time::Timestamp;

/// Decides which requests are recorded: asked once for each segment whose trace header leaves it open.
///
/// ```
/// use xray_recorder_core::{Decision, Rng, Sampler, SamplingRequest, Timestamp};
///
/// /// Records everything but what a load balancer asks for.
/// struct NoHealthChecks;
///
/// impl Sampler for NoHealthChecks {
///     fn decide(&mut self, request: &SamplingRequest<'_>, _now: Timestamp, _rng: &mut dyn Rng) -> Decision {
///         Decision::of(request.path != Some("/health"))
///     }
/// }
/// ```
pub trait Sampler {
    /// Whether to record the segment of this request, which begins at `now`. Randomness is asked of `rng` if it is needed.
    fn decide(&mut self, request: &SamplingRequest<'_>, now: Timestamp, rng: &mut dyn Rng) -> Decision;
}

impl<S: Sampler + ?Sized> Sampler for &mut S {
    fn decide(&mut self, request: &SamplingRequest<'_>, now: Timestamp, rng: &mut dyn Rng) -> Decision {
        (**self).decide(request, now, rng)
    }
}

/// The sampler of a recorder that has none: every segment is recorded.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Everything;

impl Sampler for Everything {
    #[inline]
    fn decide(&mut self, _request: &SamplingRequest<'_>, _now: Timestamp, _rng: &mut dyn Rng) -> Decision {
        Decision::of(true)
    }
}

/// Whether a segment is recorded, and the name of the rule that said so, if it has one.
///
/// ```
/// use xray_recorder_core::{Decision, RuleName};
///
/// let decision = Decision::of(true).by(RuleName::new("checkout").unwrap());
/// assert!(decision.is_sampled());
/// assert_eq!(decision.rule(), Some("checkout"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    sampled: bool,
    reason: Reason,
    rule: Option<RuleName>,
}

/// What a decision was made by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The sampler did not say.
    #[default]
    Unstated,
    /// So many requests of each second are recorded, and this was one of them.
    Reservoir,
    /// The service has not assigned any yet, and this was the one of this second that may be recorded all the same.
    Borrowed,
    /// Chance, by the rate of the rule.
    Rate,
}

impl Decision {
    /// To record, or not.
    #[inline]
    #[must_use]
    pub const fn of(sampled: bool) -> Self {
        Self { sampled, reason: Reason::Unstated, rule: None }
    }

    /// The same by a rule, whose name a segment that is recorded has in `aws.xray.sampling_rule_name`.
    #[inline]
    #[must_use]
    pub const fn by(self, rule: RuleName) -> Self {
        Self { rule: Some(rule), ..self }
    }

    /// The same for a reason.
    #[inline]
    #[must_use]
    pub const fn because(self, reason: Reason) -> Self {
        Self { reason, ..self }
    }

    /// What it was made by.
    #[inline]
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Whether the segment is to be recorded.
    #[inline]
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.sampled
    }

    /// The name of the rule that matched, whatever it said. Local rules have no names.
    #[inline]
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        self.rule.as_ref().map(RuleName::as_str)
    }
}

/// The most bytes of a rule's name: X-Ray allows 32 characters.
pub(super) const MAX_NAME: usize = 32;

/// The name of a sampling rule, by value, so that a decision outlives the rules it was made by.
///
/// ```
/// use xray_recorder_core::RuleName;
///
/// assert_eq!(RuleName::new("checkout").unwrap().as_str(), "checkout");
/// assert!(RuleName::new("a name of more than thirty-two bytes").is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RuleName {
    bytes: [u8; MAX_NAME],
    length: u8,
}

impl RuleName {
    /// A name of one to 32 bytes; `None` if it has none or more.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let mut bytes = [0; MAX_NAME];
        bytes.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
        let length = u8::try_from(name.len()).ok().filter(|length| *length > 0)?;
        Some(Self { bytes, length })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.bytes.get(..usize::from(self.length)).and_then(|name| core::str::from_utf8(name).ok()).unwrap_or_default()
    }
}

impl fmt::Debug for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
