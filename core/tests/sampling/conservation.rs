//! Each request is reported once, whatever fails meanwhile.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use xray_recorder_core::testing::SeededRng;
use xray_recorder_core::{CentralRules, Reason, SamplingRequest, Timestamp};

use crate::service::{page, rule};

type Central = CentralRules<40, 2_400>;
/// Requests, sampled and borrowed ones, of each rule.
type Told = BTreeMap<String, [u64; 3]>;

struct Story {
    central: Central,
    rules: Vec<Value>,
    dice: SeededRng,
    decided: Told,
    reported: Told,
    buffer: Vec<u8>,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut dice = SeededRng::new(seed);
        let rules = (0..30).map(|number| {
            let name = format!("r{number:02}");
            let terms = json!({"ServiceName": name, "ReservoirSize": number % 2, "FixedRate": 0.3});
            rule(&name, 1 + (number * 7) % 10, &terms)
        });
        let buffer = vec![0; 200 + (dice.next_u64() % 8_000) as usize];
        let (decided, reported) = (Told::new(), Told::new());
        Self { central: Central::new(), rules: rules.collect(), dice, decided, reported, buffer }
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.dice.next_u64() % limit
    }

    fn decide(&mut self, now: Timestamp) {
        let name = format!("r{:02}", self.below(30));
        let request = SamplingRequest { service: Some(&name), ..SamplingRequest::default() };
        let Some(decision) = self.central.decide(&request, now, &mut SeededRng::new(3)) else { return };
        assert_eq!(decision.rule(), Some(name.as_str()));
        let [requests, sampled, borrowed] = self.decided.entry(name).or_default();
        *requests += 1;
        match decision.reason() {
            Reason::Borrowed => *borrowed += 1,
            _ => *sampled += u64::from(decision.is_sampled()),
        }
    }

    /// Makes the call that is due, which goes wrong in one case of five, unless all is to go well.
    fn call(&mut self, now: Timestamp, all_well: bool) {
        let Some(call) = self.central.poll("svc", now, &mut self.buffer) else { return };
        let (path, body) = (call.path, serde_json::from_slice::<Value>(call.body).unwrap());
        let fate = if all_well { 9 } else { self.below(10) };
        if fate == 0 {
            return self.central.fail(now);
        }
        let answer = match (fate, path) {
            (1, _) => "nonsense".to_owned(),
            (_, "/GetSamplingRules") => self.page(&body),
            _ => self.targets(&body, now, all_well),
        };
        // Half of the answers are read on a copy, while others are decided by.
        if self.below(2) == 0 {
            assert_eq!(self.central.handle(&answer, now).is_ok(), fate > 1, "{answer}");
        } else {
            let mut copy = self.central.copy_to_read();
            assert_eq!(copy.handle(&answer, now).is_ok(), fate > 1, "{answer}");
            if !all_well {
                self.decide(now);
            }
            self.central.take_over(copy);
        }
    }

    fn page(&self, body: &Value) -> String {
        let at: usize = body.get("NextToken").map_or(0, |token| token.as_str().unwrap().parse().unwrap());
        page(&self.rules[10 * at..10 * at + 10], (at < 2).then(|| (at + 1).to_string()).as_deref())
    }

    fn targets(&mut self, body: &Value, now: Timestamp, all_well: bool) -> String {
        let (mut targets, mut unprocessed) = (Vec::new(), Vec::new());
        for document in body["SamplingStatisticsDocuments"].as_array().unwrap() {
            let name = document["RuleName"].as_str().unwrap();
            if !all_well && self.below(8) == 0 {
                unprocessed.push(json!({"RuleName": name, "ErrorCode": "500"}));
                continue;
            }
            let told = self.reported.entry(name.to_owned()).or_default();
            for (count, key) in told.iter_mut().zip(["RequestCount", "SampledCount", "BorrowCount"]) {
                *count += document[key].as_u64().unwrap();
            }
            let (quota, until) = (self.below(3), now.as_secs() + self.below(40));
            targets.push(json!({"RuleName": name, "FixedRate": 0.5, "ReservoirQuota": quota,
                "ReservoirQuotaTTL": until, "Interval": 10 * (1 + self.below(3))}));
        }
        json!({"SamplingTargetDocuments": targets, "UnprocessedStatistics": unprocessed}).to_string()
    }
}

#[test]
fn each_request_is_reported_once_whatever_fails() {
    for seed in 0..40 {
        let mut story = Story::new(seed);
        let mut now = 1_000_000_000_000_000;
        for _ in 0..3_000 {
            now += story.below(1_500_000);
            for _ in 0..story.below(4) {
                story.decide(Timestamp::from_micros(now));
            }
            story.call(Timestamp::from_micros(now), false);
        }
        for _ in 0..2_000 {
            now += 1_000_000;
            story.call(Timestamp::from_micros(now), true);
        }
        assert!(story.decided.len() == 30 && story.decided == story.reported, "{seed}");
    }
}
