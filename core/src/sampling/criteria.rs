//! Which requests a rule is for.

use heapless::VecView;

use super::fingerprint::{Extent, Fingerprint, Probe};
use super::request::SamplingRequest;
use crate::json::SMALL;
use crate::wildcard;

/// Service, service type, host, method and path.
pub(super) const ATTRIBUTES: usize = 5;

/// What patterns are matched against, in the order of the patterns; what is not known is empty.
pub(super) type Attributes<'r> = [&'r [u8]; ATTRIBUTES];

/// A request as rules see it.
#[derive(Clone, Debug)]
pub(super) struct Asked<'r> {
    attributes: Attributes<'r>,
    fingerprint: Fingerprint,
}

impl<'r> Asked<'r> {
    #[inline]
    pub(super) fn new(request: &SamplingRequest<'r>, extent: &Extent) -> Self {
        let SamplingRequest { service, service_type, host, method, path } = *request;
        let attributes =
            [service, service_type, host, method, path].map(|text| text.map(str::as_bytes).unwrap_or_default());
        let fingerprint = if SMALL { Fingerprint::BLIND } else { Fingerprint::of(&attributes, extent) };
        Self { fingerprint, attributes }
    }
}

/// Texts of rules, one behind the other.
pub(super) type Texts = VecView<u8>;

/// A rule's name and its patterns: where they stand among the texts, and what requests they are for look like from afar.
#[derive(Clone, Debug)]
pub(super) struct Criteria {
    start: u16,
    /// Of the name, then of the patterns.
    lengths: [u8; 1 + ATTRIBUTES],
    probes: [Probe; 2],
}

/// How much an attribute says about a request: paths and hosts tell rules apart, kinds of services hardly.
const WEIGHTS: [usize; ATTRIBUTES] = [6, 1, 8, 6, 8];

impl Criteria {
    /// Of texts that stand at the end of `texts`: the name, then the patterns.
    pub(super) fn at_end(texts: &Texts, lengths: [u8; 1 + ATTRIBUTES]) -> Self {
        let length: usize = lengths.iter().copied().map(usize::from).sum();
        let start = u16::try_from(texts.len().saturating_sub(length)).unwrap_or(u16::MAX);
        let mut criteria = Self { start, lengths, probes: [Probe::BLIND; 2] };
        if !SMALL {
            criteria.probes = criteria.best_probes(texts);
        }
        criteria
    }

    /// The two that tell most.
    fn best_probes(&self, texts: &Texts) -> [Probe; 2] {
        let (mut best, mut second) = ((0, Probe::BLIND), (0, Probe::BLIND));
        for (attribute, weight) in WEIGHTS.into_iter().enumerate() {
            for (probe, length) in Probe::of(attribute, self.pattern(attribute, texts)) {
                let found = (length * weight, probe);
                if found.0 > best.0 {
                    (best, second) = (found, best);
                } else if found.0 > second.0 {
                    second = found;
                }
            }
        }
        [best.1, second.1]
    }

    pub(super) fn extend(&self, extent: &mut Extent) {
        for probe in self.probes {
            extent.cover(probe);
        }
    }

    /// How many bytes of the texts are its.
    pub(super) fn length(&self) -> usize {
        self.lengths.iter().copied().map(usize::from).sum()
    }

    pub(super) fn start(&self) -> usize {
        usize::from(self.start)
    }

    /// Its texts were moved.
    pub(super) fn move_to(&mut self, start: usize) {
        self.start = u16::try_from(start).unwrap_or(u16::MAX);
    }

    #[inline]
    pub(super) fn name<'t>(&self, texts: &'t Texts) -> &'t str {
        let name = texts.get(self.start()..self.start() + usize::from(self.lengths[0])).unwrap_or_default();
        core::str::from_utf8(name).unwrap_or_default()
    }

    /// The patterns, in their order.
    pub(super) fn patterns<'t>(&self, texts: &'t Texts) -> impl Iterator<Item = &'t str> {
        (0..ATTRIBUTES).map(|at| core::str::from_utf8(self.pattern(at, texts)).unwrap_or_default())
    }

    fn pattern<'t>(&self, attribute: usize, texts: &'t Texts) -> &'t [u8] {
        let before: usize = self.lengths[..=attribute].iter().copied().map(usize::from).sum();
        let start = self.start() + before;
        texts.get(start..start + usize::from(self.lengths[attribute + 1])).unwrap_or_default()
    }

    /// Whether a request is one this rule is for: what is not known of it matches.
    #[inline]
    pub(super) fn matches(&self, texts: &Texts, asked: &Asked<'_>) -> bool {
        (SMALL || self.probes.iter().all(|probe| asked.fingerprint.may_match(*probe))) && self.matches_all(texts, asked)
    }

    #[inline(never)]
    fn matches_all(&self, texts: &Texts, asked: &Asked<'_>) -> bool {
        let mut start = self.start() + usize::from(self.lengths[0]);
        self.lengths[1..].iter().zip(asked.attributes).all(|(length, text)| {
            let end = start + usize::from(*length);
            let pattern = texts.get(start..end).unwrap_or_default();
            start = end;
            text.is_empty() || wildcard::matches(pattern, text)
        })
    }
}
