//! Two hours of a service with ten rules, a second at a time: what the machine decided and what it reported is compared
//! with the log of its decisions.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use xray_recorder_core::testing::SeededRng;
use xray_recorder_core::{CentralRules, Decision, Reason, Rng, SamplingRequest, Timestamp, wildcard_match};

use crate::service::{page, poll, rule};

const START: u64 = 1_700_000_000;

/// When the daemon does not answer: long enough for rules to grow too old.
const OUTAGE: std::ops::Range<u64> = 1_800..6_000;
/// When a rule is changed, and another removed.
const CHANGE: u64 = 900;

/// What is logged of a request: when, and what was decided.
#[derive(Clone, Copy)]
struct Entry {
    second: u64,
    decision: Decision,
}

/// The service, as far as it is asked, and what it knows of this client.
#[derive(Default)]
struct Service {
    /// What was assigned to a rule: so many a second, up to this second.
    quotas: BTreeMap<String, Vec<(u64, u32, u64)>>,
    reported: BTreeMap<String, [u64; 3]>,
    reports: usize,
}

fn rules(second: u64) -> Vec<Value> {
    let mut rules: Vec<Value> = (0..9)
        .map(|n| {
            let changes = json!({
                "URLPath": format!("/api/{n}/*"), "FixedRate": f64::from(n) / 10.0, "ReservoirSize": n % 3,
            });
            rule(&format!("rule-{n}"), 10 + n, &changes)
        })
        .collect();
    rules.push(rule("Default", 10_000, &json!({"FixedRate": 0.05, "ReservoirSize": 1})));
    if second >= CHANGE {
        rules[3]["FixedRate"] = json!(0.9);
        rules[3]["Priority"] = json!(1);
        rules.remove(5);
    }
    rules
}

impl Service {
    /// Answers a call, unless it cannot.
    fn answer(&mut self, path: &str, body: &Value, second: u64) -> Option<String> {
        if OUTAGE.contains(&second) {
            return None;
        }
        if path == "/GetSamplingRules" {
            let rules = rules(second);
            // In two pages.
            return Some(match body.get("NextToken") {
                None => page(&rules[..4], Some("page two")),
                Some(token) => {
                    assert_eq!(token, "page two");
                    page(&rules[4..], None)
                }
            });
        }
        self.reports += 1;
        let mut targets = Vec::new();
        let mut unprocessed = Vec::new();
        for (n, document) in body["SamplingStatisticsDocuments"].as_array().unwrap().iter().enumerate() {
            let name = document["RuleName"].as_str().unwrap();
            assert_eq!(document["Timestamp"], START + second);
            // Now and then one cannot be processed.
            if (self.reports + n).is_multiple_of(17) {
                unprocessed.push(json!({"RuleName": name, "ErrorCode": "500", "Message": "busy"}));
                continue;
            }
            let counts = self.reported.entry(name.to_owned()).or_default();
            for (count, key) in counts.iter_mut().zip(["RequestCount", "SampledCount", "BorrowCount"]) {
                *count += document[key].as_u64().unwrap();
            }
            let mut target = json!({"RuleName": name, "FixedRate": 0.2, "Interval": 10 + 10 * (n % 3)});
            if n % 2 == 0 {
                let (quota, until) = (n as u32 + 1, second + 35);
                target["ReservoirQuota"] = json!(quota);
                target["ReservoirQuotaTTL"] = json!((START + until) as f64);
                self.quotas.entry(name.to_owned()).or_default().push((second, quota, until));
            }
            targets.push(target);
        }
        let modified = START + if second >= CHANGE { CHANGE } else { 0 };
        Some(
            json!({"SamplingTargetDocuments": targets, "UnprocessedStatistics": unprocessed,
                   "LastRuleModification": modified as f64})
            .to_string(),
        )
    }

    /// What could be taken of a rule's quota in this second; `None` where it had none that was good.
    fn quota(&self, rule: &str, second: u64) -> Option<u32> {
        let assigned = self.quotas.get(rule)?.iter().rev().find(|(from, ..)| *from <= second)?;
        (second <= assigned.2).then_some(assigned.1)
    }
}

#[test]
fn each_request_and_each_count_of_two_hours_is_explained() {
    let mut central = CentralRules::<16, 1_024>::new();
    let mut service = Service::default();
    let mut dice = SeededRng::new(3);
    let mut log: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    let (mut asked_rules, mut undecided) = (Vec::new(), Vec::new());

    for second in 0..7_200 {
        let now = Timestamp::from_secs(START + second);
        while let Some((path, body)) = poll(&mut central, now) {
            if path == "/GetSamplingRules" {
                asked_rules.push(second);
            }
            match service.answer(path, &body, second) {
                Some(answer) => central.handle(&answer, now).unwrap(),
                None => central.fail(now),
            }
        }
        let mut bytes = [0; 2];
        dice.fill(&mut bytes).unwrap();
        for n in 0..bytes[0] % 30 {
            let path = format!("/api/{}/orders", (n ^ bytes[1]) % 12);
            let request = SamplingRequest { path: Some(&path), ..SamplingRequest::default() };
            let Some(decision) = central.decide(&request, now, &mut dice) else {
                undecided.push(second);
                continue;
            };
            let name = decision.rule().unwrap().to_owned();
            // The first rule that matches is the one that decided, but for the seconds in which the change is not known yet.
            let current = rules(second);
            let first = |rules: &[Value]| {
                let matching = rules.iter().filter(|rule| wildcard_match(rule["URLPath"].as_str().unwrap(), &path));
                let first = matching.min_by_key(|rule| rule["Priority"].as_u64()).unwrap();
                first["RuleName"].as_str().unwrap().to_owned()
            };
            assert!(name == first(&current) || (second < CHANGE + 60 && name == first(&rules(0))), "{second} {path}");
            log.entry(name).or_default().push(Entry { second, decision });
        }
    }

    // Rules were asked for every five minutes while all was well, and never more often than each ten seconds in the outage.
    let outages: Vec<u64> = asked_rules.iter().copied().filter(|second| OUTAGE.contains(second)).collect();
    assert!((14..25).contains(&outages.len()), "{outages:?}");
    assert!(outages.windows(2).all(|pair| pair[1] - pair[0] >= 8), "{outages:?}");

    // An hour after the last news of the rules nothing is decided any more, until there are news.
    let last = asked_rules.iter().copied().filter(|second| *second < OUTAGE.start).max().unwrap();
    let again = asked_rules.iter().copied().find(|second| *second >= OUTAGE.end).unwrap();
    assert_eq!(undecided.first(), Some(&(last + 3_601)));
    assert!(undecided.iter().all(|second| (last + 3_601..again).contains(second)), "{undecided:?}");

    // What the service was told, and what the machine tells it last, is what was decided.
    drain(&mut central, &mut service);
    let removed = service.reported.remove("rule-5");
    for (name, entries) in &log {
        let count =
            |wanted: fn(&Decision) -> bool| entries.iter().filter(|entry| wanted(&entry.decision)).count() as u64;
        let expected = [
            entries.len() as u64,
            count(|decision| decision.is_sampled() && decision.reason() != Reason::Borrowed),
            count(|decision| decision.reason() == Reason::Borrowed),
        ];
        if name == "rule-5" {
            // It was removed: what was counted since its last report went with it.
            let reported = removed.unwrap();
            assert!(reported[0] <= expected[0] && expected[0] - reported[0] < 30 * 30, "{reported:?} {expected:?}");
            continue;
        }
        assert_eq!(service.reported.get(name), Some(&expected), "{name}");
        explain(name, entries, &service);
    }
    assert_eq!(log.len(), 10);
}

/// Reports what is left, long after.
fn drain(central: &mut CentralRules<16, 1_024>, service: &mut Service) {
    for second in 7_200..8_000 {
        let now = Timestamp::from_secs(START + second);
        while let Some((path, body)) = poll(central, now) {
            let answer = service.answer(path, &body, second).unwrap();
            central.handle(&answer, now).unwrap();
        }
    }
}

/// Whether what was taken and borrowed in each second was allowed then.
fn explain(name: &str, entries: &[Entry], service: &Service) {
    let mut seconds: BTreeMap<u64, Vec<Decision>> = BTreeMap::new();
    for entry in entries {
        seconds.entry(entry.second).or_default().push(entry.decision);
    }
    let lends = rules(0).iter().any(|rule| rule["RuleName"] == name && rule["ReservoirSize"].as_u64() > Some(0));
    for (second, decisions) in seconds {
        let count = |reason| decisions.iter().filter(|decision| decision.reason() == reason).count() as u32;
        let (taken, borrowed) = (count(Reason::Reservoir), count(Reason::Borrowed));
        let requests = decisions.len() as u32;
        match service.quota(name, second) {
            Some(quota) => assert_eq!((taken, borrowed), (quota.min(requests), 0), "{name} at {second}"),
            None => assert_eq!((taken, borrowed), (0, u32::from(lends)), "{name} at {second}"),
        }
        let sampled_by_chance =
            decisions.iter().filter(|decision| decision.reason() == Reason::Rate && decision.is_sampled()).count();
        assert!(sampled_by_chance as u32 <= requests - taken - borrowed);
    }
}

#[test]
fn rates_of_a_million_decisions_are_within_three_standard_deviations() {
    for rate in [0.0, 0.001, 0.05, 0.5, 0.999, 1.0] {
        let mut central = CentralRules::<4, 256>::new();
        let now = Timestamp::from_secs(START);
        assert!(poll(&mut central, now).is_some());
        let only = rule("only", 1, &json!({"FixedRate": rate}));
        central.handle(&page(&[only], None), now).unwrap();
        let mut rng = SeededRng::new(17);
        let request = SamplingRequest::default();
        let times = 1_000_000;
        let sampled = (0..times).filter(|_| central.decide(&request, now, &mut rng).unwrap().is_sampled()).count();
        let deviation = (f64::from(times) * rate * (1.0 - rate)).sqrt();
        let difference = (sampled as f64 - f64::from(times) * rate).abs();
        assert!(difference <= 3.0 * deviation, "{sampled} at {rate}");
    }
}
