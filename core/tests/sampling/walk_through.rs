//! The story that was captured of the Python SDK with a daemon, and what belongs to it.

use serde_json::{Value, json};
use xray_recorder_core::testing::SeededRng;
use xray_recorder_core::{CallError, CentralRules, Decision, Reason, SamplingRequest, Timestamp};

use crate::service::{load, page, poll, rule};

type Central = CentralRules<64, 2_048>;

const START: u64 = 1_795_172_688;

fn at(second: u64) -> Timestamp {
    Timestamp::from_secs(START + second)
}

fn decide(central: &mut Central, service: &str, now: Timestamp) -> Option<Decision> {
    let request = SamplingRequest { service: Some(service), ..SamplingRequest::default() };
    central.decide(&request, now, &mut SeededRng::new(7))
}

fn two_rules() -> [Value; 2] {
    let mine = json!({"ServiceName": "svc*", "FixedRate": 1, "ReservoirSize": 5});
    [rule("Default", 10_000, &json!({})), rule("mine", 10, &mine)]
}

#[test]
fn the_captured_story_is_told_with_the_same_decisions_and_the_same_report() {
    let mut central = Central::new();
    assert_eq!(decide(&mut central, "svc1", at(0)), None, "before the first answer local rules decide");
    load(&mut central, &two_rules(), at(0)).unwrap();

    let decisions: Vec<_> = (0..3).map(|_| decide(&mut central, "svc1", at(1)).unwrap()).collect();
    assert!(decisions.iter().all(|decision| decision.is_sampled() && decision.rule() == Some("mine")));
    assert_eq!(
        decisions.iter().map(Decision::reason).collect::<Vec<_>>(),
        [Reason::Borrowed, Reason::Rate, Reason::Rate]
    );
    let other = decide(&mut central, "other", at(1)).unwrap();
    assert_eq!((other.is_sampled(), other.rule()), (false, Some("Default")));

    assert_eq!(poll(&mut central, at(9)), None);
    // Ten seconds, and a tenth at most.
    let (path, body) = poll(&mut central, at(11)).unwrap();
    assert_eq!(path, "/SamplingTargets");
    let client = body["SamplingStatisticsDocuments"][0]["ClientID"].as_str().unwrap();
    assert!(client.len() == 24 && client.bytes().all(|digit| b"0123456789abcdef".contains(&digit)), "{client}");
    let document = |name: &str, requests: u32, sampled: u32, borrowed: u32| {
        json!({"RuleName": name, "ClientID": client, "Timestamp": START + 11,
               "RequestCount": requests, "SampledCount": sampled, "BorrowCount": borrowed})
    };
    let expected = json!({"SamplingStatisticsDocuments": [document("mine", 3, 2, 1), document("Default", 1, 0, 0)]});
    assert_eq!(body, expected);
}

#[test]
fn rules_are_good_for_an_hour_after_they_were_asked_for() {
    let mut central = Central::new();
    assert_eq!(poll(&mut central, at(0)), Some(("/GetSamplingRules", json!({}))));
    // The answer took a while: the hour began when it was asked for.
    central.handle(&page(&two_rules(), None), at(7)).unwrap();
    assert!(decide(&mut central, "svc1", at(3_600)).is_some());
    assert_eq!(decide(&mut central, "svc1", at(3_601)), None);
}

#[test]
fn a_target_assigns_rate_quota_and_interval_until_its_time_is_up() {
    let mut central = Central::new();
    load(&mut central, &two_rules(), at(0)).unwrap();
    decide(&mut central, "svc1", at(1));
    assert!(poll(&mut central, at(11)).is_some());
    let answer = json!({"SamplingTargetDocuments": [{"RuleName": "mine", "FixedRate": 0.0, "ReservoirQuota": 2,
        "ReservoirQuotaTTL": (START + 30) as f64, "Interval": 20}, {"RuleName": "gone", "FixedRate": 1.0}],
        "LastRuleModification": (START - 100) as f64, "UnprocessedStatistics": []});
    central.handle(&answer.to_string(), at(11)).unwrap();
    let sampled = |central: &mut Central, second| {
        (0..4).filter(|_| decide(central, "svc1", at(second)).unwrap().is_sampled()).count()
    };
    assert_eq!(sampled(&mut central, 12), 2);
    assert_eq!(sampled(&mut central, 30), 2);
    assert_eq!(poll(&mut central, at(22)), None, "its interval is twenty seconds now");
    assert_eq!(poll(&mut central, at(33)).unwrap().1["SamplingStatisticsDocuments"][0]["RequestCount"], 8);
    assert_eq!(sampled(&mut central, 33), 1, "the quota is over, so that one is borrowed");
}

#[test]
fn what_is_absent_or_null_in_a_target_stays_as_it_is() {
    let mut central = Central::new();
    load(&mut central, &two_rules(), at(0)).unwrap();
    for (second, target) in [
        (11, json!({"RuleName": "mine", "FixedRate": 0, "ReservoirQuota": 3, "ReservoirQuotaTTL": START + 500})),
        (
            22,
            json!({"RuleName": "mine", "FixedRate": 0, "ReservoirQuota": null, "ReservoirQuotaTTL": null, "Interval": null}),
        ),
        (33, json!({"RuleName": "mine", "FixedRate": 0})),
    ] {
        decide(&mut central, "svc1", at(second - 1));
        assert!(poll(&mut central, at(second)).is_some());
        central.handle(&json!({"SamplingTargetDocuments": [target]}).to_string(), at(second)).unwrap();
    }
    let sampled = (0..5).filter(|_| decide(&mut central, "svc1", at(40)).unwrap().is_sampled()).count();
    assert_eq!(sampled, 3);
}

#[test]
fn rules_that_were_changed_are_asked_for_at_once_and_keep_what_they_had() {
    let mut central = Central::new();
    load(&mut central, &two_rules(), at(0)).unwrap();
    decide(&mut central, "svc1", at(1));
    assert!(poll(&mut central, at(11)).is_some());
    let answer = json!({"SamplingTargetDocuments": [{"RuleName": "mine", "FixedRate": 0, "ReservoirQuota": 2,
        "ReservoirQuotaTTL": START + 500}], "LastRuleModification": START + 5});
    central.handle(&answer.to_string(), at(11)).unwrap();
    decide(&mut central, "svc1", at(12));

    let changed = json!({"ServiceName": "s*", "FixedRate": 0, "ReservoirSize": 5});
    let fresh = [rule("mine", 9, &changed), rule("new", 1, &json!({"ServiceName": "new", "FixedRate": 1}))];
    load(&mut central, &fresh, at(12)).unwrap();
    assert_eq!(decide(&mut central, "new", at(12)).unwrap().rule(), Some("new"));
    assert_eq!(decide(&mut central, "other", at(12)), None, "Default is not in the list any more");
    // One of two was taken before, and the quota is still the one that was assigned.
    let sampled = (0..5).filter(|_| decide(&mut central, "svc1", at(12)).unwrap().is_sampled()).count();
    assert_eq!(sampled, 1);
    let (_, report) = poll(&mut central, at(22)).unwrap();
    let counts: Vec<_> = report["SamplingStatisticsDocuments"].as_array().unwrap().iter().collect();
    assert_eq!(counts[1]["RuleName"], "mine");
    assert_eq!(counts[1]["RequestCount"], 6, "the one before the change, and five after it");
}

#[test]
fn counts_of_a_report_that_failed_are_in_the_next_one() {
    let mut central = Central::new();
    load(&mut central, &two_rules(), at(0)).unwrap();
    for _ in 0..3 {
        decide(&mut central, "svc1", at(1));
    }
    assert!(poll(&mut central, at(11)).is_some());
    decide(&mut central, "svc1", at(12));
    assert_eq!(central.handle("nonsense", at(12)), Err(CallError::Malformed(0)));
    let (_, report) = poll(&mut central, at(23)).unwrap();
    let mine = &report["SamplingStatisticsDocuments"][0];
    assert_eq!((&mine["RequestCount"], &mine["SampledCount"], &mine["BorrowCount"]), (&json!(4), &json!(2), &json!(2)));
}

#[test]
fn statistics_that_the_service_could_not_process_are_reported_again() {
    let mut central = Central::new();
    load(&mut central, &two_rules(), at(0)).unwrap();
    decide(&mut central, "svc1", at(1));
    decide(&mut central, "other", at(1));
    assert!(poll(&mut central, at(11)).is_some());
    let answer = json!({"SamplingTargetDocuments": [], "UnprocessedStatistics": [
        {"RuleName": "mine", "ErrorCode": "500", "Message": "later"}]});
    central.handle(&answer.to_string(), at(11)).unwrap();
    let (_, report) = poll(&mut central, at(22)).unwrap();
    assert_eq!(report["SamplingStatisticsDocuments"].as_array().unwrap().len(), 1);
    assert_eq!(report["SamplingStatisticsDocuments"][0]["RuleName"], "mine");
    assert_eq!(report["SamplingStatisticsDocuments"][0]["RequestCount"], 1);
    // Once, however often that is said.
    let refusal = json!({"RuleName": "mine", "ErrorCode": "429", "Message": "later"});
    let answer = json!({"SamplingTargetDocuments": [], "UnprocessedStatistics": [refusal, refusal]});
    central.handle(&answer.to_string(), at(22)).unwrap();
    let (_, report) = poll(&mut central, at(33)).unwrap();
    assert_eq!(report["SamplingStatisticsDocuments"][0]["RequestCount"], 1);
}

#[test]
fn where_the_service_does_not_know_a_rule_the_rules_are_asked_for_once_they_are_a_minute_old() {
    let mut central = Central::new();
    load(&mut central, &two_rules(), at(0)).unwrap();
    let gone = json!({"SamplingTargetDocuments": [], "UnprocessedStatistics": [
        {"RuleName": "other", "ErrorCode": "500", "Message": "later"},
        {"RuleName": "mine", "ErrorCode": "404", "Message": "gone"},
        {"RuleName": "nobody", "ErrorCode": "500", "Message": "later"}]});
    for (second, asks) in [(20, false), (40, false), (60, true)] {
        decide(&mut central, "svc1", at(second - 10));
        assert_eq!(poll(&mut central, at(second)).unwrap().1["SamplingStatisticsDocuments"][0]["RequestCount"], 1);
        central.handle(&gone.to_string(), at(second)).unwrap();
        let next = poll(&mut central, at(second));
        assert_eq!(next.map(|(path, _)| path), asks.then_some("/GetSamplingRules"), "{second}");
    }
}

#[test]
fn news_that_is_said_again_and_again_is_acted_on_once_and_not_while_calls_fail() {
    let mut central = Central::new();
    load(&mut central, &two_rules(), at(0)).unwrap();
    let mut asked = 0;
    let mut now = 1;
    while now < 290 {
        decide(&mut central, "svc1", at(now));
        if let Some((path, _)) = poll(&mut central, at(now)) {
            // The service's clock is an hour ahead.
            let news = json!({"SamplingTargetDocuments": [], "LastRuleModification": START + 3_600});
            match path {
                "/GetSamplingRules" => {
                    asked += 1;
                    if asked < 4 {
                        central.fail(at(now));
                    } else {
                        central.handle(&page(&two_rules(), None), at(now)).unwrap();
                    }
                }
                _ => central.handle(&news.to_string(), at(now)).unwrap(),
            }
        }
        now += 1;
    }
    assert_eq!(asked, 4, "at once, then after about 10, 20 and 40 seconds");
}

#[test]
fn boosts_that_could_not_be_processed_are_reported_again_and_requests_are_not() {
    let mut central = Central::new();
    let boosted = json!({"SamplingRateBoost": {"MaxRate": 1.0, "CooldownWindowMinutes": 10}});
    load(&mut central, &[rule("a", 1, &boosted)], at(0)).unwrap();
    decide(&mut central, "svc1", at(1));
    central.went_wrong("a", false);
    assert!(poll(&mut central, at(11)).is_some());
    let answer = json!({"SamplingTargetDocuments": [], "UnprocessedBoostStatistics": [
        {"RuleName": "a", "ErrorCode": "500", "Message": "later"}]});
    central.handle(&answer.to_string(), at(11)).unwrap();
    decide(&mut central, "svc1", at(12));
    let (_, report) = poll(&mut central, at(22)).unwrap();
    assert_eq!(report["SamplingStatisticsDocuments"][0]["RequestCount"], 1);
    let boost = &report["SamplingBoostStatisticsDocuments"][0];
    assert_eq!((&boost["AnomalyCount"], &boost["SampledAnomalyCount"]), (&json!(1), &json!(0)));
}

#[test]
fn several_boosted_rules_are_in_one_report_under_a_service_name_of_64_characters() {
    let mut central = Central::new();
    let boosted = |service: &str| json!({"ServiceName": service, "SamplingRateBoost": {"MaxRate": 1.0}});
    load(&mut central, &[rule("a", 1, &boosted("a")), rule("b", 2, &boosted("b"))], at(0)).unwrap();
    for service in ["a", "b", "b"] {
        decide(&mut central, service, at(1));
    }
    central.went_wrong("b", true);
    let mut buffer = [0; 2_048];
    let call = central.poll(&"é".repeat(100), at(11), &mut buffer).unwrap();
    let report: Value = serde_json::from_slice(call.body).unwrap();
    let boosts: Vec<_> = report["SamplingBoostStatisticsDocuments"].as_array().unwrap().iter().collect();
    let told = |at: usize| {
        (boosts[at]["RuleName"].as_str(), boosts[at]["TotalCount"].as_u64(), boosts[at]["AnomalyCount"].as_u64())
    };
    assert_eq!([told(0), told(1)], [(Some("a"), Some(1), Some(0)), (Some("b"), Some(2), Some(1))]);
    assert_eq!(boosts[0]["ServiceName"], "é".repeat(64));
}

#[test]
fn what_a_rule_says_is_renewed_with_each_list() {
    let mut central = Central::new();
    let before = json!({"ReservoirSize": 5, "SamplingRateBoost": {"MaxRate": 1.0}});
    load(&mut central, &[rule("a", 1, &before)], at(0)).unwrap();
    assert!(central.boosts("a") && decide(&mut central, "svc1", at(1)).unwrap().is_sampled());
    load(&mut central, &[rule("a", 1, &json!({"ReservoirSize": 0}))], at(400)).unwrap();
    assert!(!central.boosts("a") && !decide(&mut central, "svc1", at(401)).unwrap().is_sampled());
    load(&mut central, &[rule("a", 1, &before)], at(800)).unwrap();
    assert!(central.boosts("a") && decide(&mut central, "svc1", at(801)).unwrap().is_sampled());
}

#[test]
fn rules_are_asked_for_every_five_minutes_and_targets_every_ten_seconds_each_a_little_later() {
    let mut waits = [Vec::new(), Vec::new()];
    for seed in 0..200 {
        let mut central = Central::new();
        let request = SamplingRequest::default();
        assert_eq!(central.decide(&request, at(0), &mut SeededRng::new(seed)), None);
        load(&mut central, &two_rules(), at(0)).unwrap();
        let micros = |central: &Central| central.next_wakeup().as_micros() - at(0).as_micros();
        waits[0].push(micros(&central));
        // There is nothing to report until the rules are due.
        loop {
            let now = central.next_wakeup();
            if let Some((path, _)) = poll(&mut central, now) {
                assert_eq!(path, "/GetSamplingRules");
                waits[1].push(now.as_micros() - at(0).as_micros());
                break;
            }
        }
    }
    for (waits, expected, jitter) in [(&waits[0], 10_000_000, 100_000), (&waits[1], 300_000_000, 5_000_000)] {
        assert!(waits.iter().all(|wait| (expected..expected + jitter).contains(wait)), "{waits:?}");
        let spread = waits.iter().max().unwrap() - waits.iter().min().unwrap();
        assert!(spread > jitter * 8 / 10, "{spread}");
    }
}

#[test]
fn machines_have_a_client_id_and_a_chance_of_their_own() {
    let mut told = std::collections::BTreeSet::new();
    for seed in [1, 2, 3] {
        let mut central = Central::new();
        let half = json!({"FixedRate": 0.5});
        let request = SamplingRequest::default();
        central.decide(&request, at(0), &mut SeededRng::new(seed));
        load(&mut central, &[rule("half", 1, &half)], at(0)).unwrap();
        let decisions = |central: &mut Central| {
            let mut sampled = || central.decide(&request, at(1), &mut SeededRng::new(0)).unwrap().is_sampled();
            (0..40).map(|_| if sampled() { '1' } else { '0' }).collect::<String>()
        };
        let first = decisions(&mut central);
        // Nor are chances repeated after an answer that was read on a copy.
        let (_, report) = poll(&mut central, at(11)).unwrap();
        let mut copy = central.copy_to_read();
        copy.handle(r#"{"SamplingTargetDocuments":[]}"#, at(11)).unwrap();
        let second = decisions(&mut central);
        central.take_over(copy);
        told.extend([first, second, decisions(&mut central)]);
        told.insert(report["SamplingStatisticsDocuments"][0]["ClientID"].as_str().unwrap().to_owned());
    }
    assert_eq!(told.len(), 12, "{told:?}");
}

#[test]
fn machines_that_were_asked_for_no_decision_yet_wait_for_different_times_after_a_failure() {
    let wakeups = [1, 2, 3, 4].map(|micros| {
        let mut central = Central::new();
        let now = Timestamp::from_micros(at(0).as_micros() + micros);
        assert!(poll(&mut central, now).is_some());
        central.fail(now);
        central.next_wakeup().as_micros() - micros
    });
    let different: std::collections::BTreeSet<_> = wakeups.into_iter().collect();
    assert_eq!(different.len(), 4, "{wakeups:?}");
}

#[test]
fn more_rules_than_a_call_may_report_are_reported_in_several() {
    let mut central = Central::new();
    let rules: Vec<_> =
        (0..60).map(|n| rule(&format!("rule-{n:02}"), 100 + n, &json!({"ServiceName": format!("s{n:02}")}))).collect();
    load(&mut central, &rules, at(0)).unwrap();
    for n in 0..60 {
        decide(&mut central, &format!("s{n:02}"), at(1));
    }
    let mut reported = Vec::new();
    for expected in [25, 25, 10] {
        let (_, report) = poll(&mut central, at(11)).unwrap();
        let documents = report["SamplingStatisticsDocuments"].as_array().unwrap();
        assert_eq!(documents.len(), expected);
        reported.extend(documents.iter().map(|document| document["RuleName"].as_str().unwrap().to_owned()));
        central.handle(r#"{"SamplingTargetDocuments":[]}"#, at(11)).unwrap();
    }
    assert_eq!(poll(&mut central, at(11)), None);
    let expected: Vec<_> = (0..60).map(|n| format!("rule-{n:02}")).collect();
    assert_eq!(reported, expected);
}

#[test]
fn a_buffer_that_is_short_gets_shorter_reports() {
    let mut central = Central::new();
    load(&mut central, &two_rules(), at(0)).unwrap();
    decide(&mut central, "svc1", at(1));
    decide(&mut central, "other", at(1));
    let mut buffer = [0; 200];
    assert_eq!(central.poll("checkout", at(11), &mut buffer[..100]), None);
    // That there was nothing to say is found out once in ten seconds.
    let call = central.poll("checkout", at(22), &mut buffer).unwrap();
    let report: Value = serde_json::from_slice(call.body).unwrap();
    assert_eq!(report["SamplingStatisticsDocuments"].as_array().unwrap().len(), 1);
}

#[test]
fn requests_that_went_wrong_are_reported_where_a_rule_may_be_boosted_and_the_boost_is_honoured() {
    let mut central = Central::new();
    let boosted = json!({"ServiceName": "svc*", "SamplingRateBoost": {"MaxRate": 1.0, "CooldownWindowMinutes": 10}});
    let rules = [rule("mine", 10, &boosted), rule("Default", 10_000, &json!({}))];
    load(&mut central, &rules, at(0)).unwrap();
    assert!(central.boosts("mine") && !central.boosts("Default"));
    for service in ["svc1", "svc1", "svc1", "other"] {
        assert!(!decide(&mut central, service, at(1)).unwrap().is_sampled());
    }
    central.went_wrong("mine", false);
    central.went_wrong("mine", true);
    central.went_wrong("Default", false);
    let (_, report) = poll(&mut central, at(11)).unwrap();
    assert_eq!(report["SamplingStatisticsDocuments"].as_array().unwrap().len(), 2);
    let boost = json!([{"RuleName": "mine", "ServiceName": "checkout", "Timestamp": START + 11,
        "AnomalyCount": 2, "TotalCount": 3, "SampledAnomalyCount": 1}]);
    assert_eq!(report["SamplingBoostStatisticsDocuments"], boost);

    let answer = json!({"SamplingTargetDocuments": [{"RuleName": "mine", "FixedRate": 0.0,
        "SamplingBoost": {"BoostRate": 1.0, "BoostRateTTL": (START + 60) as f64}}]});
    central.handle(&answer.to_string(), at(11)).unwrap();
    assert!(decide(&mut central, "svc1", at(60)).unwrap().is_sampled());
    assert!(!decide(&mut central, "svc1", at(61)).unwrap().is_sampled());
    let (_, report) = poll(&mut central, at(71)).unwrap();
    assert_eq!(report["SamplingBoostStatisticsDocuments"][0]["AnomalyCount"], 0, "what was reported is not again");
}

#[test]
fn what_is_decided_while_a_copy_reads_an_answer_stays_counted() {
    let mut central = Central::new();
    load(&mut central, &two_rules(), at(0)).unwrap();
    decide(&mut central, "svc1", at(1));
    assert_eq!(poll(&mut central, at(400)).unwrap().0, "/GetSamplingRules");
    let mut copy = central.copy_to_read();
    let changed = [
        rule("mine", 10, &json!({"ServiceName": "svc*", "FixedRate": 0, "ReservoirSize": 5})),
        rule("new", 1, &json!({"ServiceName": "n"})),
    ];
    copy.handle(&page(&changed, None), at(400)).unwrap();
    assert_eq!(decide(&mut central, "svc1", at(401)).unwrap().reason(), Reason::Borrowed);
    central.take_over(copy);
    assert!(!decide(&mut central, "svc1", at(401)).unwrap().is_sampled(), "the one of this second was borrowed before");
    assert_eq!(decide(&mut central, "n", at(401)).unwrap().rule(), Some("new"));
    let (_, report) = poll(&mut central, at(401)).unwrap();
    assert_eq!(report["SamplingStatisticsDocuments"][0]["RequestCount"], 3);
}

#[test]
fn what_a_copy_could_not_report_is_reported_with_what_was_decided_meanwhile() {
    let unprocessed = json!({"SamplingTargetDocuments": [], "UnprocessedStatistics": [
        {"RuleName": "mine", "ErrorCode": "500", "Message": "later"}]});
    for answer in ["nonsense".to_owned(), unprocessed.to_string()] {
        let mut central = Central::new();
        load(&mut central, &two_rules(), at(0)).unwrap();
        for _ in 0..7 {
            decide(&mut central, "svc1", at(1));
        }
        assert!(poll(&mut central, at(11)).is_some());
        let mut copy = central.copy_to_read();
        let _ = copy.handle(&answer, at(11));
        decide(&mut central, "svc1", at(12));
        central.take_over(copy);
        let (_, report) = poll(&mut central, at(23)).unwrap();
        let mine = &report["SamplingStatisticsDocuments"][0];
        assert_eq!((&mine["RequestCount"], &mine["SampledCount"]), (&json!(8), &json!(6)), "{answer}");
    }
}

#[test]
fn a_clock_that_is_set_back_does_not_put_reports_off() {
    let mut central = Central::new();
    load(&mut central, &two_rules(), at(7_200)).unwrap();
    decide(&mut central, "svc1", at(7_200)).unwrap();
    assert_eq!(decide(&mut central, "svc1", at(1)), None, "nobody knows how old these rules are");
    // What is due by the clock of the future is due by this one.
    assert_eq!(poll(&mut central, at(1)).unwrap().0, "/GetSamplingRules");
    central.handle(&page(&two_rules(), None), at(1)).unwrap();
    assert_eq!(poll(&mut central, at(2)).unwrap().1["SamplingStatisticsDocuments"][0]["RequestCount"], 1);
}
