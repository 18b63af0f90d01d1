//! A rule of the service's: what it says, what it was assigned, and what became of its requests.

use crate::sampling::criteria::Criteria;
use crate::sampling::decision::Reason;
use crate::sampling::rate::{Coin, Rate};
use crate::sampling::reservoir::{Reservoir, second};
use crate::time::Timestamp;

/// How often a rule reports before the service says otherwise, in seconds.
pub(super) const INTERVAL: u16 = 10;

/// The rule that is for everything.
pub(super) const DEFAULT: &str = "Default";

#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) criteria: Criteria,
    /// What of it the service may change at any time.
    pub(super) terms: Terms,
    pub(super) listing: Listing,
    pub(super) counts: Counts,
    reservoir: Reservoir,
    rate: Rate,
    quota: Option<u32>,
    /// The last second for which the quota is good.
    quota_until: u32,
    boost: Rate,
    /// The last second of the boost.
    boost_until: u32,
    interval: u16,
    /// The second from which on it has to report.
    report_from: u32,
}

/// Whether a rule is in the list that is being read, or else in the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    No,
    /// It stands further on.
    Expected,
    Yes,
}

/// What a rule says beside whom it is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) priority: u16,
    pub(super) fixed_rate: Rate,
    /// Whether its reservoir holds anything: then one request of each second may be borrowed before there is a quota.
    pub(super) lends: bool,
    /// Whether its rate may be boosted when requests go wrong.
    pub(super) boosts: bool,
}

/// What became of requests since the last report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) requests: u32,
    pub(super) sampled: u32,
    pub(super) borrowed: u32,
    pub(super) anomalies: u32,
    pub(super) sampled_anomalies: u32,
}

/// A part of the counts, that is reported by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Requests,
    Anomalies,
}

impl Counts {
    /// Keeps this part, and gives the other.
    pub(super) fn split_off(&mut self, part: Part) -> Self {
        let requests = Self { anomalies: 0, sampled_anomalies: 0, ..*self };
        let anomalies = Self { requests: 0, sampled: 0, borrowed: 0, ..*self };
        let (kept, rest) = match part {
            Part::Requests => (requests, anomalies),
            Part::Anomalies => (anomalies, requests),
        };
        *self = kept;
        rest
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (count, more) in [
            (&mut self.requests, other.requests),
            (&mut self.sampled, other.sampled),
            (&mut self.borrowed, other.borrowed),
            (&mut self.anomalies, other.anomalies),
            (&mut self.sampled_anomalies, other.sampled_anomalies),
        ] {
            *count = count.saturating_add(more);
        }
    }
}

/// What the service assigns to a rule for some time. What is `None` stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Target {
    pub(super) rate: Option<Rate>,
    pub(super) quota: Option<u32>,
    pub(super) quota_until: Option<u32>,
    pub(super) interval: Option<u32>,
    pub(super) boost: Option<(Rate, u32)>,
}

impl Rule {
    pub(super) fn new(criteria: Criteria, terms: Terms, now: Timestamp) -> Self {
        Self {
            criteria,
            terms,
            listing: Listing::Yes,
            counts: Counts::default(),
            reservoir: Reservoir::EMPTY,
            rate: terms.fixed_rate,
            quota: None,
            quota_until: 0,
            boost: Rate::NONE,
            boost_until: 0,
            interval: INTERVAL,
            report_from: second(now).saturating_add(u32::from(INTERVAL)),
        }
    }

    /// The same for other requests.
    pub(super) fn with(self, criteria: Criteria) -> Self {
        Self { criteria, ..self }
    }

    /// The service listed the rule once more. What was assigned and counted stays, but for the rate, which is the rule's own
    /// until the next assignment, as in the official SDKs.
    pub(super) fn renew(&mut self, terms: Terms) {
        self.terms = terms;
        self.rate = terms.fixed_rate;
        self.listing = Listing::Yes;
    }

    pub(super) fn forget_counts(&mut self) {
        self.counts = Counts::default();
    }

    /// Takes over what became of requests by now, beside what is to be reported again.
    pub(super) fn go_on_from(&mut self, other: &Self) {
        self.counts.add(&other.counts);
        self.reservoir = other.reservoir;
    }

    pub(super) fn assign(&mut self, target: &Target) {
        self.rate = target.rate.unwrap_or(self.rate);
        self.quota = target.quota.or(self.quota);
        self.quota_until = target.quota_until.unwrap_or(self.quota_until);
        (self.boost, self.boost_until) = target.boost.unwrap_or((self.boost, self.boost_until));
        if let Some(interval) = target.interval.filter(|interval| *interval > 0) {
            self.interval = u16::try_from(interval).unwrap_or(u16::MAX);
        }
    }

    /// It has reported: the next report is due an interval later.
    pub(super) fn reported(&mut self, now: Timestamp) {
        self.report_from = second(now).saturating_add(u32::from(self.interval));
    }

    /// Whether there is something to report by now.
    pub(super) fn reports(&self, now: Timestamp) -> bool {
        let wait = self.report_from.saturating_sub(second(now));
        // A clock that was set back does not put it off.
        self.counts.requests > 0 && (wait == 0 || wait > u32::from(self.interval))
    }

    /// Whether a request that this rule is for is recorded, and why.
    #[inline]
    pub(super) fn decide(&mut self, now: Timestamp, coin: &mut Coin) -> (bool, Reason) {
        let second = second(now);
        let counts = &mut self.counts;
        counts.requests = counts.requests.saturating_add(1);
        match self.quota.filter(|_| second <= self.quota_until) {
            Some(quota) => {
                if self.reservoir.take(second, quota) {
                    counts.sampled = counts.sampled.saturating_add(1);
                    return (true, Reason::Reservoir);
                }
            }
            None => {
                if self.terms.lends && self.reservoir.take(second, 1) {
                    counts.borrowed = counts.borrowed.saturating_add(1);
                    return (true, Reason::Borrowed);
                }
            }
        }
        let rate = if second <= self.boost_until { self.rate.max(self.boost) } else { self.rate };
        let sampled = coin.toss(rate);
        counts.sampled = counts.sampled.saturating_add(u32::from(sampled));
        (sampled, Reason::Rate)
    }

    /// A request that this rule decided went wrong.
    pub(super) fn went_wrong(&mut self, sampled: bool) {
        self.counts.anomalies = self.counts.anomalies.saturating_add(1);
        self.counts.sampled_anomalies = self.counts.sampled_anomalies.saturating_add(u32::from(sampled));
    }
}

#[cfg(test)]
mod tests {
    use heapless::Vec;

    use super::*;

    fn rule(lends: bool) -> Rule {
        let texts = Vec::<u8, 8>::new();
        let terms = Terms { priority: 1, fixed_rate: Rate::NONE, lends, boosts: false };
        Rule::new(Criteria::at_end(&texts, [0; 6]), terms, Timestamp::from_secs(100))
    }

    fn decisions(rule: &mut Rule, second: u64, times: usize) -> std::vec::Vec<bool> {
        let mut coin = Coin::new();
        (0..times).map(|_| rule.decide(Timestamp::from_secs(second), &mut coin).0).collect()
    }

    #[test]
    fn of_a_quota_so_many_are_taken_each_second() {
        let mut rule = rule(true);
        let target = Target { quota: Some(2), quota_until: Some(100), ..Target::default() };
        rule.assign(&target);
        assert_eq!(decisions(&mut rule, 100, 3), [true, true, false]);
        assert_eq!(rule.counts, Counts { requests: 3, sampled: 2, ..Counts::default() });
    }

    #[test]
    fn a_quota_of_none_lends_nothing() {
        let mut rule = rule(true);
        let target = Target { quota: Some(0), quota_until: Some(200), ..Target::default() };
        rule.assign(&target);
        assert_eq!(decisions(&mut rule, 150, 2), [false, false]);
    }

    #[test]
    fn without_a_quota_one_is_borrowed_each_second_of_a_reservoir_that_holds_something() {
        let mut lending = rule(true);
        assert_eq!(decisions(&mut lending, 100, 2), [true, false]);
        assert_eq!(decisions(&mut lending, 101, 1), [true]);
        assert_eq!(lending.counts, Counts { requests: 3, borrowed: 2, ..Counts::default() });
        assert_eq!(decisions(&mut rule(false), 100, 2), [false, false]);
    }

    #[test]
    fn a_quota_is_good_up_to_its_last_second() {
        let mut rule = rule(true);
        let target = Target { quota: Some(2), quota_until: Some(100), ..Target::default() };
        rule.assign(&target);
        assert_eq!(decisions(&mut rule, 100, 3), [true, true, false]);
        // From here on it borrows.
        assert_eq!(decisions(&mut rule, 101, 2), [true, false]);
        assert_eq!(rule.counts.borrowed, 1);
    }

    #[test]
    fn a_boost_raises_the_rate_up_to_its_last_second() {
        let mut rule = rule(false);
        let all = Rate::billionths(1_000_000_000);
        rule.assign(&Target { boost: Some((all, 130)), ..Target::default() });
        assert_eq!(decisions(&mut rule, 130, 2), [true, true]);
        assert_eq!(decisions(&mut rule, 131, 2), [false, false]);
        // A boost below the rate lowers nothing.
        let target = Target { rate: Some(all), boost: Some((Rate::NONE, 200)), ..Target::default() };
        rule.assign(&target);
        assert_eq!(decisions(&mut rule, 150, 1), [true]);
    }
}
