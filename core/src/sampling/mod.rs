//! Whether a segment is recorded: by rules that stand in a document ([`LocalRules`]), by rules that the service gives out
//! and keeps an eye on ([`CentralRules`]), or by a sampler of one's own.

mod central;
mod criteria;
mod decision;
mod fingerprint;
mod local;
mod rate;
mod request;
mod reservoir;

pub use central::{Call, CallError, CentralRules};
pub use decision::{Decision, Everything, Reason, RuleName, Sampler};
pub use local::{LocalRules, RuleDefect, RulePlace, RulesError};
pub use request::SamplingRequest;
