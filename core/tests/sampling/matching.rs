//! Whether the quick look at a request ever passes over a rule that is for it.

use serde_json::{Value, json};
use xray_recorder_core::testing::SeededRng;
use xray_recorder_core::{CentralRules, Rng, SamplingRequest, Timestamp, wildcard_match};

use crate::service::{load, rule};

const MEMBERS: [&str; 5] = ["ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath"];

struct Dice(SeededRng);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes).unwrap();
        (u64::from_le_bytes(bytes) % n as u64) as usize
    }

    /// A text of few words, so that patterns and requests meet; wild ones have stars and marks.
    fn text(&mut self, wild: bool) -> String {
        let words =
            ["a", "api", "/", "/v1", "K", "\u{212a}", "é", "Shop", "customers-of-a-long-name", ".example.com", "x"];
        let mut text = String::new();
        for _ in 0..self.below(4) {
            text += words[self.below(words.len())];
            if wild && self.below(3) == 0 {
                text += ["*", "?", "**"][self.below(3)];
            }
        }
        // The cases do not matter.
        if self.below(4) == 0 { text.to_uppercase() } else { text }
    }
}

#[test]
fn the_rule_that_decides_is_the_first_whose_patterns_all_match() {
    let mut dice = Dice(SeededRng::new(11));
    let now = Timestamp::from_secs(1_000);
    let mut decided = [0_usize; 2];
    for _ in 0..300 {
        let patterns: Vec<[String; 5]> = (0..20)
            .map(|_| [(); 5].map(|()| if dice.below(2) == 0 { "*".to_owned() } else { dice.text(true) }))
            .collect();
        let rules: Vec<Value> = patterns
            .iter()
            .enumerate()
            .map(|(n, patterns)| {
                let members = MEMBERS.iter().zip(patterns).map(|(key, text)| ((*key).to_owned(), json!(text)));
                rule(&format!("r{n:02}"), 1 + n as u32, &Value::Object(members.collect()))
            })
            .collect();
        let mut central = CentralRules::<32, 4_096>::new();
        load(&mut central, &rules, now).unwrap();
        for _ in 0..50 {
            let texts: [Option<String>; 5] =
                [(); 5].map(|()| if dice.below(5) == 0 { None } else { Some(dice.text(false)) });
            let [service, service_type, host, method, path] = texts.each_ref().map(Option::as_deref);
            let request = SamplingRequest { service, service_type, host, method, path };
            let expected = patterns.iter().position(|patterns| {
                patterns.iter().zip(&texts).all(|(pattern, text)| {
                    text.as_deref().is_none_or(|text| text.is_empty() || wildcard_match(pattern, text))
                })
            });
            let decision = central.decide(&request, now, &mut dice.0);
            let found = decision.map(|decision| decision.rule().unwrap().to_owned());
            assert_eq!(found, expected.map(|n| format!("r{n:02}")), "{request:?} {patterns:#?}");
            decided[usize::from(found.is_some())] += 1;
        }
    }
    assert!(decided.iter().all(|times| *times > 1_000), "{decided:?}");
}
