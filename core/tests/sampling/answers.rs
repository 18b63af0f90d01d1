//! Answers of every kind: what they say is taken, or nothing of it is.

use serde_json::{Value, json};
use xray_recorder_core::testing::SeededRng;
use xray_recorder_core::{CallError, CentralRules, SamplingRequest, Timestamp};

use crate::service::{load, page, poll, rule};

type Central = CentralRules<64, 2_048>;

fn at(second: u64) -> Timestamp {
    Timestamp::from_secs(1_000_000 + second)
}

/// Which rule decides about this service, at a time at which rules do.
fn rule_for<const R: usize, const T: usize>(central: &mut CentralRules<R, T>, service: &str) -> Option<String> {
    let request = SamplingRequest { service: Some(service), ..SamplingRequest::default() };
    let now = (0..10).map(|load| at(400 * load + 1)).find(|now| central.is_good(*now))?;
    central.decide(&request, now, &mut SeededRng::new(7)).map(|decision| decision.rule().unwrap().to_owned())
}

fn named(name: &str, priority: u32) -> Value {
    rule(name, priority, &json!({"ServiceName": name}))
}

#[test]
fn the_machine_of_sixty_four_rules_takes_at_most_eight_kilobytes() {
    assert!(size_of::<Central>() <= 8_192, "{}", size_of::<Central>());
    assert!(size_of::<CentralRules<256, 8_192>>() <= 32_768, "{}", size_of::<CentralRules<256, 8_192>>());
}

#[test]
fn an_answer_that_is_cut_off_anywhere_changes_nothing() {
    let mut central = Central::new();
    load(&mut central, &[named("old", 1)], at(0)).unwrap();
    let whole = page(&[named("new", 1), named("newer", 2)], Some("token"));
    let mut now = 400;
    for end in 0..whole.len() {
        assert_eq!(poll(&mut central, at(now)).unwrap().0, "/GetSamplingRules");
        assert!(central.handle(&whole[..end], at(now)).is_err(), "{end}");
        assert_eq!(rule_for(&mut central, "old").as_deref(), Some("old"));
        assert_eq!(rule_for(&mut central, "new"), None);
        now += 400;
    }
}

#[test]
fn an_answer_that_is_not_one_is_an_error_and_asked_for_again_later() {
    let mut central = Central::new();
    for (answer, error) in [
        (&b""[..], CallError::Malformed(0)),
        (b"<html>", CallError::Malformed(0)),
        (b"\xff\xfe", CallError::Malformed(0)),
        (b"{}", CallError::Missing("SamplingRuleRecords")),
        (b"[]", CallError::Missing("SamplingRuleRecords")),
        (br#"{"message":"no"}"#, CallError::Missing("SamplingRuleRecords")),
        (br#"{"SamplingRuleRecords":{}}"#, CallError::Missing("SamplingRuleRecords")),
        (br#"{"SamplingRuleRecords":[]}"#, CallError::NoRules),
        (br#"{"SamplingRuleRecords":[7,null,{},{"SamplingRule":7},{"SamplingRule":{}}]}"#, CallError::NoRules),
    ] {
        let now = central.next_wakeup();
        assert!(poll(&mut central, now).is_some());
        assert_eq!(central.handle(answer, now), Err(error), "{answer:?}");
        assert_eq!(poll(&mut central, now), None, "not at once");
        assert!(!central.is_good(now));
    }
    assert_eq!(central.handle("{}", at(0)), Err(CallError::NotAsked));
    let now = central.next_wakeup();
    load(&mut central, &[named("a", 1)], now).unwrap();
    assert!(central.is_good(now));
}

#[test]
fn an_empty_list_replaces_nothing() {
    let mut central = Central::new();
    load(&mut central, &[named("a", 1)], at(0)).unwrap();
    assert_eq!(load(&mut central, &[], at(400)), Err(CallError::NoRules));
    assert_eq!(rule_for(&mut central, "a").as_deref(), Some("a"));
    assert!(!central.is_good(at(3_601)), "nor is it news of what there is");
}

#[test]
fn rules_that_are_not_for_this_sdk_are_skipped_and_counted() {
    let mut central = Central::new();
    let skipped = [
        json!({"Version": 2}),
        json!({"ResourceARN": "arn:aws:lambda:eu-west-1:1:function:f"}),
        json!({"Attributes": {"key": "value"}}),
        json!({"ServiceType": null}),
        json!({"FixedRate": 2}),
        json!({"FixedRate": "1"}),
        json!({"ReservoirSize": -1}),
        json!({"Priority": null}),
        json!({"RuleName": ""}),
        json!({"RuleName": "a name of more than thirty-two bytes"}),
        json!({"URLPath": "x".repeat(256)}),
    ];
    let mut rules: Vec<Value> = skipped.iter().map(|changes| rule("r", 1, changes)).collect();
    rules.push(rule("kept", 1, &json!({"Attributes": null, "SomethingNew": {"a": [1, {"b": null}]}})));
    load(&mut central, &rules, at(0)).unwrap();
    assert_eq!((central.len(), central.skipped(), central.left_out()), (1, 11, 0));
    assert_eq!(rule_for(&mut central, "x").as_deref(), Some("kept"));
}

#[test]
fn every_page_is_asked_for_before_rules_are_good() {
    let mut central = Central::new();
    assert_eq!(poll(&mut central, at(0)), Some(("/GetSamplingRules", json!({}))));
    central.handle(&page(&[named("a", 2)], Some("tok\"en/é")), at(0)).unwrap();
    assert_eq!(rule_for(&mut central, "a"), None);
    assert_eq!(poll(&mut central, at(0)), Some(("/GetSamplingRules", json!({"NextToken": "tok\"en/é"}))));
    central.handle(&page(&[named("b", 1)], None), at(0)).unwrap();
    assert_eq!(rule_for(&mut central, "a").as_deref(), Some("a"));
    assert_eq!(rule_for(&mut central, "b").as_deref(), Some("b"));
    assert_eq!(poll(&mut central, at(0)), None);
}

#[test]
fn a_second_page_that_fails_begins_the_list_anew_and_removes_nothing() {
    let mut central = Central::new();
    load(&mut central, &[named("old", 5)], at(0)).unwrap();
    assert!(poll(&mut central, at(400)).is_some());
    central.handle(&page(&[named("a", 2)], Some("token")), at(400)).unwrap();
    assert!(poll(&mut central, at(400)).is_some());
    central.fail(at(400));
    assert_eq!(rule_for(&mut central, "old").as_deref(), Some("old"));
    load(&mut central, &[named("a", 2)], at(420)).unwrap();
    assert_eq!(rule_for(&mut central, "old"), None);
}

#[test]
fn a_list_without_an_end_is_none() {
    let mut central = Central::new();
    load(&mut central, &[named("old", 5)], at(0)).unwrap();
    let answer = |central: &mut Central, now, token: &str| {
        assert!(poll(central, at(now)).is_some());
        central.handle(&page(&[named("a", 2)], Some(token)), at(now))
    };
    for number in 1..100 {
        assert_eq!(answer(&mut central, 400, &format!("page {number}")), Ok(()));
    }
    assert_eq!(answer(&mut central, 400, "page 100"), Err(CallError::NoNextPage));
    // The page itself is the next one, or its name takes more than there is room for.
    assert_eq!(answer(&mut central, 450, "again"), Ok(()));
    assert_eq!(answer(&mut central, 450, "again"), Err(CallError::NoNextPage));
    assert_eq!(answer(&mut central, 500, &"x".repeat(2_049)), Err(CallError::NoNextPage));
    assert_eq!(poll(&mut central, at(500)).map(|(path, _)| path), None, "it is asked for again later");
    assert!(poll(&mut central, at(600)).is_some());
}

#[test]
fn a_token_takes_the_room_of_the_last_rules() {
    let mut central = CentralRules::<8, 256>::new();
    assert!(poll(&mut central, at(0)).is_some());
    let rules = [named("a", 1), named("b", 2), rule("Default", 3, &json!({}))];
    let token = "t".repeat(243);
    central.handle(&page(&rules, Some(&token)), at(0)).unwrap();
    assert_eq!(poll(&mut central, at(0)).unwrap().1["NextToken"], token);
    central.handle(&page(&[named("c", 3)], None), at(0)).unwrap();
    assert_eq!((central.len(), central.left_out()), (2, 2), "a and b were left out, Default and c are there");
    assert_eq!(rule_for(&mut central, "c").as_deref(), Some("c"));
}

#[test]
fn a_rule_that_never_fits_takes_no_place_from_others() {
    let mut central = CentralRules::<8, 256>::new();
    let huge = rule("huge", 1, &json!({"Host": "h".repeat(120), "URLPath": "p".repeat(130)}));
    assert_eq!(load(&mut central, std::slice::from_ref(&huge), at(0)), Err(CallError::NoRules));
    let rules = [named("a", 2), huge, named("b", 3), rule("Default", 10_000, &json!({}))];
    load(&mut central, &rules, at(400)).unwrap();
    assert_eq!((central.len(), central.left_out()), (3, 1));
    assert_eq!(rule_for(&mut central, "b").as_deref(), Some("b"));
}

#[test]
fn rules_that_stay_keep_what_they_have_when_the_table_is_full() {
    let mut central = CentralRules::<4, 512>::new();
    let rules = |new: bool| {
        let first = if new { vec![named("new", 1)] } else { vec![] };
        let others = ["d", "e", "a", "b", "c"].into_iter().enumerate();
        let others = others.map(|(at, name)| named(name, if at < 2 { 100 } else { 10 }));
        first.into_iter().chain(others).chain([rule("Default", 10_000, &json!({}))]).collect::<Vec<_>>()
    };
    load(&mut central, &rules(false), at(0)).unwrap();
    assert_eq!((central.len(), central.left_out()), (4, 2), "a, b, c and Default");
    for name in ["a", "b", "c", "other"] {
        assert!(rule_for(&mut central, name).is_some());
    }
    load(&mut central, &rules(true), at(400)).unwrap();
    assert_eq!((central.len(), central.left_out()), (4, 3));
    let (_, report) = poll(&mut central, at(401)).unwrap();
    let reported = report["SamplingStatisticsDocuments"].as_array().unwrap();
    let names: Vec<_> = reported.iter().map(|document| document["RuleName"].as_str().unwrap()).collect();
    assert_eq!(names, ["a", "b", "Default"], "c made way for the new one");
}

#[test]
fn what_stands_behind_an_answer_or_names_no_page_is_not_followed() {
    let mut central = Central::new();
    assert!(poll(&mut central, at(0)).is_some());
    let whole = page(&[named("a", 1)], None);
    assert_eq!(central.handle(&format!("{whole}x"), at(0)), Err(CallError::Malformed(whole.len())));
    assert!(poll(&mut central, at(20)).is_some());
    central.handle(&page(&[named("a", 1)], Some("")), at(20)).unwrap();
    assert_eq!(rule_for(&mut central, "a").as_deref(), Some("a"));
}

#[test]
fn of_a_thousand_rules_those_of_the_highest_priority_are_kept_and_default() {
    let mut rules: Vec<Value> = (0..1_000).map(|n| named(&format!("r{n}"), 1 + (n * 7) % 1_000)).collect();
    rules.insert(500, rule("Default", 10_000, &json!({})));
    let mut central = Central::new();
    load(&mut central, &rules, at(0)).unwrap();
    assert_eq!((central.len(), central.left_out()), (64, 937));
    let kept = |central: &mut Central| {
        let by_name = (0..1_000).filter(|n| rule_for(central, &format!("r{n}")).unwrap() != "Default");
        let mut kept: Vec<_> = by_name.map(|n| 1 + (n * 7) % 1_000).collect();
        kept.sort_unstable();
        kept
    };
    assert_eq!(kept(&mut central), (1..=63).collect::<Vec<_>>());
    assert_eq!(rule_for(&mut central, "other").as_deref(), Some("Default"));
    // Once more, as all of them are there already, and then fewer.
    load(&mut central, &rules, at(400)).unwrap();
    assert_eq!((central.len(), central.left_out()), (64, 937));
    assert_eq!(kept(&mut central), (1..=63).collect::<Vec<_>>());
    load(&mut central, &rules[..20], at(800)).unwrap();
    assert_eq!((central.len(), central.left_out()), (20, 0));
}

#[test]
fn texts_that_find_no_room_make_way_by_priority_and_gaps_are_closed() {
    let mut central = CentralRules::<64, 512>::new();
    let long = |n: u32, letter: &str| {
        rule(
            &format!("r{n}"),
            n,
            &json!({"ServiceName": format!("r{n}"), "URLPath": format!("/{n}/{}", letter.repeat(90))}),
        )
    };
    // Each takes about a hundred bytes: five fit.
    let names = |central: &mut CentralRules<64, 512>| {
        (1..=9).filter(|n| rule_for(central, &format!("r{n}")).is_some()).collect::<Vec<_>>()
    };
    let reversed: Vec<Value> = (1..=9).rev().map(|n| long(n, "a")).collect();
    load(&mut central, &reversed, at(0)).unwrap();
    assert_eq!((names(&mut central), central.left_out()), (vec![1, 2, 3, 4, 5], 4));
    // Every one of them changes, so that each needs new room while the old texts are there.
    for (round, letter) in ["b", "c", "d", "e"].into_iter().enumerate() {
        let changed: Vec<Value> = (1..=9).map(|n| long(n, letter)).collect();
        load(&mut central, &changed, at(400 * (round as u64 + 1))).unwrap();
        assert_eq!((names(&mut central), central.left_out()), (vec![1, 2, 3, 4, 5], 4), "{letter}");
    }
}

#[test]
fn default_is_for_everything_and_last_whatever_it_says() {
    let mut central = Central::new();
    let default = rule("Default", 1, &json!({"ServiceName": "nobody", "URLPath": ""}));
    load(&mut central, &[default, named("a", 9_999)], at(0)).unwrap();
    assert_eq!(rule_for(&mut central, "a").as_deref(), Some("a"));
    assert_eq!(rule_for(&mut central, "b").as_deref(), Some("Default"));
}

#[test]
fn rules_of_one_priority_are_asked_by_name() {
    let mut central = Central::new();
    let all = |name: &str| rule(name, 5, &json!({}));
    load(&mut central, &[all("b"), all("c"), all("a")], at(0)).unwrap();
    assert_eq!(rule_for(&mut central, "x").as_deref(), Some("a"));
}

#[test]
fn targets_of_every_kind_are_taken_or_refused_whole() {
    let mut central = Central::new();
    load(&mut central, &[named("a", 1)], at(0)).unwrap();
    for (answer, taken) in [
        ("", false),
        ("[]", false),
        ("{}", false),
        (r#"{"SamplingTargetDocuments":null}"#, false),
        (r#"{"SamplingTargetDocuments":[]"#, false),
        (r#"{"SamplingTargetDocuments":[]}"#, true),
        (r#"{"SamplingTargetDocuments":[7,{},{"RuleName":7},{"RuleName":"a","FixedRate":"1","Interval":-1}]}"#, true),
        (r#"{"SamplingTargetDocuments":[{"RuleName":"a","SamplingBoost":null,"ReservoirQuota":1e99}]}"#, true),
        (r#"{"SamplingTargetDocuments":[],"UnprocessedStatistics":[null,{},{"RuleName":"x"}]}"#, true),
    ] {
        assert!(rule_for(&mut central, "a").is_some());
        let now = loop {
            let now = central.next_wakeup();
            match poll(&mut central, now) {
                Some(("/SamplingTargets", _)) => break now,
                Some(_) => central.handle(&page(&[named("a", 1)], None), now).unwrap(),
                None => {}
            }
        };
        assert_eq!(central.next_wakeup(), Timestamp::MAX);
        assert_eq!(central.handle(answer, now).is_ok(), taken, "{answer}");
    }
}

#[test]
fn bytes_turned_at_random_never_panic_and_never_lose_the_rules_there_are() {
    let mut central = Central::new();
    load(&mut central, &[named("a", 1)], at(0)).unwrap();
    let whole = page(&[rule("a", 3, &json!({"ServiceName": "a", "Host": "h\"é"})), named("b", 4)], Some("t"));
    let mut state = 7_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    for round in 0..20_000_u64 {
        let mut bytes = whole.clone().into_bytes();
        for _ in 0..=next() % 3 {
            let place = next() % bytes.len();
            bytes[place] = next() as u8;
        }
        let now = at(400 * (round + 1));
        if poll(&mut central, now).is_some() {
            let _ = central.handle(&bytes, now);
        }
        assert!(!central.is_empty());
    }
}

#[test]
fn a_token_that_has_no_room_in_a_call_has_the_list_begun_anew_later() {
    let mut central = CentralRules::<8, 2_048>::new();
    let mut buffer = [0; 64];
    assert!(central.poll("checkout", at(0), &mut buffer).is_some());
    central.handle(&page(&[named("a", 1)], Some(&"\u{1}".repeat(40))), at(0)).unwrap();
    assert!(central.poll("checkout", at(0), &mut buffer).is_none());
    assert!(central.next_wakeup() > at(5) && central.next_wakeup() < at(11), "{:?}", central.next_wakeup());
    let call = central.poll("checkout", at(11), &mut buffer).unwrap();
    assert_eq!((call.path, call.body), ("/GetSamplingRules", &b"{}"[..]));
}
