//! Sampling by rules that stand in a document, which JavaScript reads and checks.

use xray_recorder_core::{LocalRules, Rng, RngFailed, Sampler, SamplingRequest, Timestamp};

use crate::input::Input;

/// Rules as many as are useful, and their texts.
pub(crate) type Rules = LocalRules<32, 2_048>;

struct Seed(u64);

impl Rng for Seed {
    fn fill(&mut self, dest: &mut [u8]) -> Result<(), RngFailed> {
        dest.copy_from_slice(self.0.to_le_bytes().get(..dest.len()).ok_or(RngFailed)?);
        Ok(())
    }
}

/// Takes a rule: host, method and path, or no host for the default.
pub(crate) fn add(rules: &mut Rules, input: &mut Input<'_>, fixed_target: u32, billionths: u32) -> Option<u32> {
    let [host, method, path] = [input.text()?, input.text()?, input.text()?];
    if host.is_empty() {
        rules.set_default(fixed_target, billionths);
        return Some(1);
    }
    rules.push(host, method, path, fixed_target, billionths).map(|()| 1)
}

/// Whether a request with this host, method and path is recorded.
pub(crate) fn decide(rules: &mut Rules, input: &mut Input<'_>, now: Timestamp, seed: u64) -> Option<u32> {
    let [host, method, path] = [input.text()?, input.text()?, input.text()?].map(Some);
    let request = SamplingRequest { host, method, path, ..SamplingRequest::default() };
    Some(rules.decide(&request, now, &mut Seed(seed)).is_sampled().into())
}
