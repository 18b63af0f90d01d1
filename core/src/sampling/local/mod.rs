//! Rules that stand in a document of the service's own.

mod document;
mod error;

use heapless::{Vec, VecView};

pub use self::error::{RuleDefect, RulePlace, RulesError};
use super::criteria::{Asked, Criteria, Texts};
use super::decision::{Decision, Reason, Sampler};
use super::fingerprint::Extent;
use super::rate::{Coin, Rate};
use super::request::SamplingRequest;
use super::reservoir::{Reservoir, second};
use crate::host::Rng;
use crate::time::Timestamp;

/// Sampling rules from a document as all official SDKs read it, of version 1 or 2, with room for `RULES` rules whose
/// patterns take `TEXT` bytes in all; at most 65,535.
///
/// The first rule that matches decides, and otherwise the default one: so many requests of each second, the
/// `fixed_target`, and of the others a share, the `rate`. `*` and `?` are wildcards, in any case.
///
/// ```
/// use xray_recorder_core::testing::SeededRng;
/// use xray_recorder_core::{LocalRules, Sampler, SamplingRequest, Timestamp};
///
/// let mut rules = LocalRules::<8, 256>::parse(br#"{
///     "version": 2,
///     "rules": [{"host": "*", "http_method": "*", "url_path": "/health", "fixed_target": 0, "rate": 0}],
///     "default": {"fixed_target": 1, "rate": 0.05}
/// }"#)?;
/// let mut asked = |path| {
///     let request = SamplingRequest { path: Some(path), ..SamplingRequest::default() };
///     rules.decide(&request, Timestamp::from_secs(1_465_510_280), &mut SeededRng::new(7)).is_sampled()
/// };
/// assert!(!asked("/health"));
/// assert!(asked("/carts"));
/// # Ok::<(), xray_recorder_core::RulesError>(())
/// ```
///
/// A document that is not right is refused whole, with the rule and what is wrong with it:
///
/// ```
/// # use xray_recorder_core::LocalRules;
/// let json = r#"{"version":2,"default":{"fixed_target":1,"rate":0.05},"rules":[{"host":"*","http_method":"*"}]}"#;
/// let error = LocalRules::<8, 256>::parse(json).unwrap_err();
/// assert_eq!(error.to_string(), "rules[0]: url_path is missing");
/// ```
#[derive(Clone, Debug)]
pub struct LocalRules<const RULES: usize, const TEXT: usize> {
    rules: Vec<Rule, RULES>,
    texts: Vec<u8, TEXT>,
    extent: Extent,
    default: Share,
    coin: Coin,
}

/// A rule of the document.
#[derive(Clone, Debug)]
struct Rule {
    criteria: Criteria,
    share: Share,
}

/// How much is recorded of what matches.
#[derive(Clone, Debug)]
struct Share {
    fixed_target: u32,
    rate: Rate,
    reservoir: Reservoir,
}

impl Share {
    fn of(fixed_target: u32, billionths: u32) -> Self {
        Self { fixed_target, rate: Rate::billionths(billionths.into()), reservoir: Reservoir::EMPTY }
    }
}

impl<const RULES: usize, const TEXT: usize> LocalRules<RULES, TEXT> {
    /// What all official SDKs do without rules: one request of each second, and of the others one in twenty.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(TEXT <= u16::MAX as usize) };
        let default = Share { fixed_target: 1, rate: Rate::billionths(50_000_000), reservoir: Reservoir::EMPTY };
        Self { rules: Vec::new(), texts: Vec::new(), extent: Extent::NONE, default, coin: Coin::new() }
    }

    /// The rules of a document.
    ///
    /// Members that are not known are passed over. A rule has `host` (in version 1 `service_name`, which is matched against
    /// the host too), `http_method`, `url_path`, a `fixed_target` that is a whole number and a `rate` between 0 and 1; the
    /// `default` rule has the last two alone.
    ///
    /// # Errors
    ///
    /// [`RulesError`] says which rule is wrong and why. More rules than there is room for are an error too.
    pub fn parse<J: AsRef<[u8]> + ?Sized>(json: &J) -> Result<Self, RulesError> {
        let mut rules = Self::new();
        rules.default = document::read(json.as_ref(), &mut rules.rules, &mut rules.texts)?;
        for rule in &rules.rules {
            rule.criteria.extend(&mut rules.extent);
        }
        Ok(rules)
    }

    /// Adds a rule that was read elsewhere: how many a second, and which share of the others in billionths. `None` is no
    /// room, or a text of more than 255 bytes.
    pub fn push(&mut self, host: &str, method: &str, path: &str, fixed_target: u32, billionths: u32) -> Option<()> {
        let mut lengths = [0, 1, 1, 0, 0, 0];
        let fits = self.texts.extend_from_slice(b"**");
        fits.ok()?;
        for (text, length) in [host, method, path].into_iter().zip(lengths.iter_mut().skip(3)) {
            self.texts.extend_from_slice(text.as_bytes()).ok()?;
            *length = u8::try_from(text.len()).ok()?;
        }
        let criteria = Criteria::at_end(&self.texts, lengths);
        if !crate::json::SMALL {
            criteria.extend(&mut self.extent);
        }
        self.rules.push(Rule { criteria, share: Share::of(fixed_target, billionths) }).ok()
    }

    /// Sets what holds for requests that no rule is for.
    pub fn set_default(&mut self, fixed_target: u32, billionths: u32) {
        self.default = Share::of(fixed_target, billionths);
    }

    /// How many rules there are beside the default one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is the default rule alone.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

impl<const RULES: usize, const TEXT: usize> Default for LocalRules<RULES, TEXT> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const RULES: usize, const TEXT: usize> Sampler for LocalRules<RULES, TEXT> {
    fn decide(&mut self, request: &SamplingRequest<'_>, now: Timestamp, rng: &mut dyn Rng) -> Decision {
        self.coin.seed_once(now, rng);
        let asked = Asked::new(request, &self.extent);
        let share = find(&mut self.rules, &self.texts, &asked).unwrap_or(&mut self.default);
        if share.reservoir.take(second(now), share.fixed_target) {
            return Decision::of(true).because(Reason::Reservoir);
        }
        Decision::of(self.coin.toss(share.rate)).because(Reason::Rate)
    }
}

fn find<'r>(rules: &'r mut VecView<Rule>, texts: &Texts, asked: &Asked<'_>) -> Option<&'r mut Share> {
    rules.iter_mut().find(|rule| rule.criteria.matches(texts, asked)).map(|rule| &mut rule.share)
}
