//! Rules that the service gives out, and the shares of them that it assigns.
//!
//! A machine without input and output: its host makes the calls it asks for, and hands it the answers.

mod call;
mod rule;
mod rules_page;
mod schedule;
mod statistics;
mod table;
mod targets;

use heapless::Vec;

pub use self::call::{Call, CallError};
use self::rule::{Listing, Rule};
use self::rules_page::Losses;
use self::schedule::Schedule;
use self::statistics::InFlight;
use self::table::Table;
use super::criteria::Asked;
use super::decision::{Decision, RuleName};
use super::fingerprint::Extent;
use super::rate::Coin;
use super::request::SamplingRequest;
use super::reservoir::second;
use crate::host::Rng;
use crate::json::{literal, string};
use crate::time::Timestamp;

/// For how many seconds rules are good.
const GOOD_FOR: u32 = 3_600;

/// After how many seconds rules are asked for again.
const PERIOD: u32 = 300;

/// Rules are not asked for again within so many seconds because the service does not know one of them.
const LEAST_AGE: u32 = 60;

/// How many pages of rules are asked for at most: what does not end is no list.
const MAX_PAGES: u16 = 100;

/// Centralized sampling: the rules of the account and what the service assigns to each, with room for `RULES` rules whose
/// names and patterns take `TEXT` bytes in all, at most 65,535: mostly between 30 and 60 each. Where there are more, those of
/// the highest priority are kept, and `Default`. `CentralRules<64, 2_048>` takes 8 KiB.
///
/// A decision asks rule after rule. It takes 115 to 165 ns with a hundred of them on a server, as long as their hosts or paths
/// begin or end differently within 24 characters; a rule that only looks into the middle of them, or begins as the request
/// does, costs some 45 ns more.
///
/// * Rules are asked for at once, every five minutes, and when the service says that they have changed. They are good for
///   an hour; then, and before they are there, [`CentralRules::decide`] gives `None`: local rules are to decide.
/// * A rule that matched is reported every ten seconds, or as often as the service wants; in return it assigns a rate, and a
///   quota of the rule's reservoir. Until it does, one request of each second may be borrowed.
/// * What fails is tried again after 10 seconds, then less and less often, up to five minutes. Counts of a report that
///   failed go into the next one.
/// * Where a rule may be boosted, [`CentralRules::went_wrong`] tells of requests that went wrong, and the service raises
///   the rate for a while.
///
/// Its owner calls [`CentralRules::poll`] when [`CentralRules::next_wakeup`] has come, makes the call it gets, and hands the
/// answer to [`CentralRules::handle`], or calls [`CentralRules::fail`]. Where it has no decision, local rules are asked:
///
/// ```
/// # use xray_recorder_core::{CentralRules, Decision, LocalRules, Rng, Sampler, SamplingRequest, Timestamp};
/// struct ServiceThenLocal {
///     service: CentralRules<64, 2_048>,
///     local: LocalRules<8, 256>,
/// }
///
/// impl Sampler for ServiceThenLocal {
///     fn decide(&mut self, request: &SamplingRequest<'_>, now: Timestamp, rng: &mut dyn Rng) -> Decision {
///         let decision = self.service.decide(request, now, rng);
///         decision.unwrap_or_else(|| self.local.decide(request, now, rng))
///     }
/// }
/// ```
///
/// ```
/// use xray_recorder_core::testing::SeededRng;
/// use xray_recorder_core::{CentralRules, SamplingRequest, Timestamp};
///
/// let mut rules = CentralRules::<8, 512>::new();
/// let (mut rng, mut buffer) = (SeededRng::new(7), [0; 512]);
/// let now = Timestamp::from_secs(1_465_510_280);
///
/// let request = SamplingRequest { service: Some("checkout"), ..SamplingRequest::default() };
/// assert!(rules.decide(&request, now, &mut rng).is_none());
///
/// let call = rules.poll("checkout", now, &mut buffer).unwrap();
/// assert_eq!((call.path, call.body), ("/GetSamplingRules", &b"{}"[..]));
/// rules.handle(br#"{"SamplingRuleRecords":[{"SamplingRule":{"RuleName":"shop","Version":1,"ResourceARN":"*",
///     "Priority":10,"FixedRate":0.0,"ReservoirSize":1,"ServiceName":"check*","ServiceType":"*","Host":"*",
///     "HTTPMethod":"*","URLPath":"*","Attributes":{}}}]}"#, now)?;
///
/// let decision = rules.decide(&request, now, &mut rng).unwrap();
/// assert!(decision.is_sampled());
/// assert_eq!(decision.rule(), Some("shop"));
/// # Ok::<(), xray_recorder_core::CallError>(())
/// ```
#[derive(Debug)]
pub struct CentralRules<const RULES: usize, const TEXT: usize> {
    rules: Vec<Rule, RULES>,
    texts: Vec<u8, TEXT>,
    machine: Machine,
}

/// All but the rules.
#[derive(Clone, Debug)]
struct Machine {
    extent: Extent,
    coin: Coin,
    asked: Option<Question>,
    in_flight: InFlight,
    /// When rules are asked for, and targets.
    rules_due: Schedule,
    targets_due: Schedule,
    /// When the rules that are there were asked for, in seconds.
    updated: Option<u32>,
    /// The last change of rules, by the service's clock, for which they were asked for.
    acted_on: Option<u32>,
    /// When the first page of the list that is being read was asked for.
    began: Timestamp,
    pages: u16,
    /// Of the texts, how many bytes at their end are the token of the next page.
    token: u16,
    /// Of the list that is being read, and of the last one that was read to its end.
    reading: Losses,
    last: Losses,
}

/// What was asked and is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    Rules,
    Targets,
}

impl<const RULES: usize, const TEXT: usize> CentralRules<RULES, TEXT> {
    /// No rules yet.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(TEXT <= u16::MAX as usize) };
        Self {
            rules: Vec::new(),
            texts: Vec::new(),
            machine: Machine {
                extent: Extent::NONE,
                coin: Coin::new(),
                asked: None,
                in_flight: InFlight::EMPTY,
                rules_due: Schedule::every(PERIOD as u64, 5_000_000),
                targets_due: Schedule::every(10, 100_000),
                updated: None,
                acted_on: None,
                began: Timestamp::from_micros(0),
                pages: 0,
                token: 0,
                reading: Losses { skipped: 0, left_out: 0 },
                last: Losses { skipped: 0, left_out: 0 },
            },
        }
    }

    fn parts(&mut self) -> (Table<'_>, &mut Machine) {
        (Table { rules: &mut self.rules, texts: &mut self.texts }, &mut self.machine)
    }

    /// Whether to record a request, by the first rule that is for it. `None` while there are no rules, after an hour
    /// without news of them, and where no rule is for it: local rules decide then.
    ///
    /// The first call asks `rng` for 8 bytes; later ones for nothing.
    pub fn decide(&mut self, request: &SamplingRequest<'_>, now: Timestamp, rng: &mut dyn Rng) -> Option<Decision> {
        let (table, machine) = self.parts();
        machine.coin.seed_once(now, rng);
        if !machine.is_good(now) {
            return None;
        }
        let asked = Asked::new(request, &machine.extent);
        let rule = table.rules.iter_mut().find(|rule| rule.criteria.matches(table.texts, &asked))?;
        let (sampled, reason) = rule.decide(now, &mut machine.coin);
        let decision = Decision::of(sampled).because(reason);
        Some(match RuleName::new(rule.criteria.name(table.texts)) {
            Some(name) => decision.by(name),
            None => decision,
        })
    }

    /// A request that this rule decided ended with an error or a fault: where the rule may be boosted, the service hears of
    /// it with the next report.
    pub fn went_wrong(&mut self, rule: &str, sampled: bool) {
        let (table, _) = self.parts();
        if let Some(rule) = table.rules.iter_mut().find(|other| other.criteria.name(table.texts) == rule) {
            rule.went_wrong(sampled);
        }
    }

    /// Whether this rule may be boosted, so that [`CentralRules::went_wrong`] is of use.
    #[must_use]
    pub fn boosts(&self, rule: &str) -> bool {
        self.rules.iter().any(|other| other.terms.boosts && other.criteria.name(&self.texts) == rule)
    }

    /// The call that is due, if one is, written to `buffer`. After it either [`CentralRules::handle`] or
    /// [`CentralRules::fail`] is to be called; until then there is no other. `service` is the name of the service.
    ///
    /// 12 KiB hold any report. One that is shorter gets shorter reports, and more of them; one that does not hold the name of
    /// the next page fails the list.
    pub fn poll<'b>(&mut self, service: &str, now: Timestamp, buffer: &'b mut [u8]) -> Option<Call<'b>> {
        let (mut table, machine) = self.parts();
        if machine.asked.is_some() {
            return None;
        }
        if machine.rules_due.is_due(now) {
            machine.asked = Some(Question::Rules);
            let Some(body) = machine.ask_for_rules(&mut table, now, buffer) else {
                // The token of the next page has no room.
                machine.fail(&mut table, now);
                return None;
            };
            return Some(Call { path: "/GetSamplingRules", body });
        }
        if machine.updated.is_none() || !machine.targets_due.is_due(now) {
            return None;
        }
        let client = machine.coin.client_id();
        match machine.in_flight.report(&mut table, service, &client, now, buffer) {
            Some(body) => {
                machine.asked = Some(Question::Targets);
                Some(Call { path: "/SamplingTargets", body })
            }
            None => {
                let chance = machine.coin.chance_of_waiting(now);
                machine.targets_due.done(now, chance);
                None
            }
        }
    }

    /// Takes the answer to the last call: its body, where the status was 200.
    ///
    /// # Errors
    ///
    /// [`CallError`] when it is of no use: what was known before stays, and it is as if [`CentralRules::fail`] had been called.
    pub fn handle<B: AsRef<[u8]> + ?Sized>(&mut self, body: &B, now: Timestamp) -> Result<(), CallError> {
        let (mut table, machine) = self.parts();
        let taken = match machine.asked {
            Some(Question::Rules) => machine.take_rules(body.as_ref(), &mut table, now),
            Some(Question::Targets) => machine.take_targets(body.as_ref(), &mut table, now),
            None => return Err(CallError::NotAsked),
        };
        match taken {
            Ok(()) => machine.asked = None,
            Err(_) => self.fail(now),
        }
        taken
    }

    /// A copy that reads an answer while others decide by this one: see [`CentralRules::take_over`]. In it nothing is counted.
    #[must_use]
    pub fn copy_to_read(&self) -> Self {
        let mut copy = Self { rules: self.rules.clone(), texts: self.texts.clone(), machine: self.machine.clone() };
        copy.rules.iter_mut().for_each(Rule::forget_counts);
        copy
    }

    /// Takes over what a copy of this has learned, well or badly; what was decided here meanwhile stays counted. For owners
    /// whose decisions are not to wait while an answer is read: they copy, let the copy read it, and take over.
    ///
    /// ```
    /// # use xray_recorder_core::testing::SeededRng;
    /// # use xray_recorder_core::{CentralRules, SamplingRequest, Timestamp};
    /// # let (mut rules, mut buffer) = (CentralRules::<8, 512>::new(), [0; 512]);
    /// # let now = Timestamp::from_secs(1_465_510_280);
    /// # let answer = r#"{"SamplingRuleRecords":[{"SamplingRule":{"RuleName":"shop","Version":1,"ResourceARN":"*",
    /// #     "Priority":10,"FixedRate":0.0,"ReservoirSize":1,"ServiceName":"check*","ServiceType":"*","Host":"*",
    /// #     "HTTPMethod":"*","URLPath":"*","Attributes":{}}}]}"#;
    /// assert!(rules.poll("checkout", now, &mut buffer).is_some());
    /// let mut copy = rules.copy_to_read();
    /// // Others decide by `rules` while the copy reads the answer.
    /// copy.handle(answer, now)?;
    /// rules.take_over(copy);
    /// assert_eq!(rules.len(), 1);
    /// # Ok::<(), xray_recorder_core::CallError>(())
    /// ```
    pub fn take_over(&mut self, mut copy: Self) {
        copy.machine.coin = self.machine.coin.clone();
        for (at, rule) in copy.rules.iter_mut().enumerate() {
            let name = rule.criteria.name(&copy.texts);
            let is_same = |other: &&Rule| other.criteria.name(&self.texts) == name;
            // Mostly it is where it was.
            let mine = self.rules.get(at).filter(is_same).or_else(|| self.rules.iter().find(is_same));
            if let Some(mine) = mine {
                rule.go_on_from(mine);
            }
        }
        *self = copy;
    }

    /// The last call failed: it is made again later.
    pub fn fail(&mut self, now: Timestamp) {
        let (mut table, machine) = self.parts();
        machine.fail(&mut table, now);
    }

    /// When [`CentralRules::poll`] is to be called next; [`Timestamp::MAX`] while a call is to be answered first.
    #[must_use]
    pub fn next_wakeup(&self) -> Timestamp {
        let Machine { rules_due, targets_due, .. } = &self.machine;
        match (self.machine.asked, self.machine.updated) {
            (Some(_), _) => Timestamp::MAX,
            (None, None) => rules_due.due(),
            (None, Some(_)) => rules_due.due().min(targets_due.due()),
        }
    }

    /// Whether the rules that are there decide at this time.
    #[must_use]
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.machine.is_good(now)
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// How many rules of the last list there was no room for.
    #[must_use]
    pub fn left_out(&self) -> u32 {
        self.machine.last.left_out
    }

    /// How many rules of the last list are not for this SDK, or not as the API describes them.
    #[must_use]
    pub fn skipped(&self) -> u32 {
        self.machine.last.skipped
    }
}

impl<const RULES: usize, const TEXT: usize> Default for CentralRules<RULES, TEXT> {
    fn default() -> Self {
        Self::new()
    }
}

impl Machine {
    fn is_good(&self, now: Timestamp) -> bool {
        // Those of the future are of a clock that was set back since.
        let is_good = |updated: u32| second(now) <= updated.saturating_add(GOOD_FOR) && updated <= second(now) + PERIOD;
        self.updated.is_some_and(is_good)
    }

    fn fail(&mut self, table: &mut Table<'_>, now: Timestamp) {
        let chance = self.coin.chance_of_waiting(now);
        match self.asked.take() {
            Some(Question::Rules) => {
                self.drop_token(table);
                self.pages = 0;
                self.rules_due.failed(now, chance);
            }
            Some(Question::Targets) => {
                self.in_flight.give_all_back(table);
                self.targets_due.failed(now, chance);
            }
            None => {}
        }
    }

    fn ask_for_rules<'b>(&mut self, table: &mut Table<'_>, now: Timestamp, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        if self.pages == 0 {
            self.began = now;
            self.reading = Losses::default();
            for rule in table.rules.iter_mut() {
                rule.listing = Listing::No;
            }
        }
        let room = buffer.len();
        let left = match self.token(table) {
            "" => literal(buffer, b"{}")?.len(),
            token => {
                let tail = literal(buffer, b"{\"NextToken\":")?;
                literal(string::quoted(tail, token)?, b"}")?.len()
            }
        };
        buffer.get(..room - left)
    }

    fn token<'t>(&self, table: &'t Table<'_>) -> &'t str {
        let start = table.texts.len() - usize::from(self.token);
        core::str::from_utf8(&table.texts[start..]).unwrap_or_default()
    }

    fn drop_token(&mut self, table: &mut Table<'_>) {
        table.texts.truncate(table.texts.len() - usize::from(self.token));
        self.token = 0;
    }

    fn take_rules(&mut self, body: &[u8], table: &mut Table<'_>, now: Timestamp) -> Result<(), CallError> {
        let page = rules_page::read(body)?;
        let next = page.next;
        self.pages += 1;
        let repeats = next.is_some_and(|next| next.is(self.token(table)));
        if repeats || (next.is_some() && self.pages == MAX_PAGES) {
            return Err(CallError::NoNextPage);
        }
        self.drop_token(table);
        let losses = page.list(table, now)?;
        self.reading.left_out += losses.left_out;
        self.reading.skipped += losses.skipped;
        self.cover(table);
        if let Some(next) = next {
            let (length, lost) = table.keep_behind(next).ok_or(CallError::NoNextPage)?;
            self.token = length;
            self.reading.left_out += lost;
            return Ok(());
        }
        self.pages = 0;
        // A list without a rule is taken for a mistake, as in the official SDKs.
        if !table.rules.iter().any(|rule| rule.listing == Listing::Yes) {
            return Err(CallError::NoRules);
        }
        self.last = self.reading;
        table.rules.retain(|rule| rule.listing == Listing::Yes);
        self.extent = Extent::NONE;
        self.cover(table);
        let chance = self.coin.chance_of_waiting(now);
        if self.updated.is_none() {
            self.targets_due.done(now, chance);
        }
        self.updated = Some(second(self.began));
        self.rules_due.done(now, chance);
        Ok(())
    }

    /// Lets the extent be as large as the rules need.
    fn cover(&mut self, table: &Table<'_>) {
        for rule in table.rules.iter() {
            rule.criteria.extend(&mut self.extent);
        }
    }

    fn take_targets(&mut self, body: &[u8], table: &mut Table<'_>, now: Timestamp) -> Result<(), CallError> {
        let answer = targets::read(body, table, &mut self.in_flight)?;
        // Those that are not in the answer report again when those that are do.
        let all_reported = self.in_flight.settle(table, now);
        let chance = self.coin.chance_of_waiting(now);
        if all_reported {
            self.targets_due.done(now, chance);
        } else {
            self.targets_due.hasten();
        }
        // News is acted on once, should the service's clock be ahead, or should it go on about a rule it does not know.
        let is_news = answer.modified.zip(self.updated).is_some_and(|(modified, updated)| modified > updated);
        let is_told_before = answer.modified == self.acted_on;
        let is_old = self.updated.is_some_and(|updated| second(now).saturating_sub(updated) >= LEAST_AGE);
        if (is_news && !is_told_before) || (answer.knows_other_rules && is_old) {
            self.acted_on = answer.modified;
            self.rules_due.hasten();
        }
        Ok(())
    }
}
