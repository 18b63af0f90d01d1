//! Documents of rules, and what is decided by them.

use xray_recorder_core::testing::SeededRng;
use xray_recorder_core::{LocalRules, Reason, RuleDefect, RulePlace, RulesError, Sampler, SamplingRequest, Timestamp};

type Rules = LocalRules<8, 256>;

const DEFAULT: &str = r#""default":{"fixed_target":1,"rate":0.05}"#;

/// A document of version 2 with one rule.
fn with_rule(rule: &str) -> String {
    format!(r#"{{"version":2,{DEFAULT},"rules":[{rule}]}}"#)
}

fn with_default(default: &str) -> String {
    format!(r#"{{"version":2,"default":{default}}}"#)
}

fn parse(json: &str) -> Result<usize, (RulePlace, RuleDefect)> {
    Rules::parse(json).map(|rules| rules.len()).map_err(|RulesError { place, defect, .. }| (place, defect))
}

#[test]
fn the_documents_of_the_official_sdks_are_accepted_or_refused_with_a_reason() {
    use RuleDefect::{Empty, Missing, NotAllowed, OutOfRange, WrongType};
    use RulePlace::{Default, Document, Rule};
    let rule = |members: &str| with_rule(&format!(r#"{{"http_method":"*","fixed_target":1,{members}}}"#));
    let version = |version: &str| format!("{{{version}{DEFAULT}}}");
    let v1_rule = r#"{"service_name":"*","http_method":"*","url_path":"/a","fixed_target":1,"rate":0.1}"#;
    for (case, json, expected) in [
        ("v2 ok", rule(r#""host":"*","url_path":"/a","rate":0.1"#), Ok(1)),
        ("v1 ok", format!(r#"{{"version":1,{DEFAULT},"rules":[{v1_rule}]}}"#), Ok(1)),
        ("no rules key", version(r#""version":2,"#), Ok(0)),
        ("no version", version(""), Err((Document, Missing("version")))),
        ("version 3", version(r#""version":3,"#), Err((Document, OutOfRange("version")))),
        ("version string", version(r#""version":"2","#), Err((Document, WrongType("version")))),
        ("no default", r#"{"version":2,"rules":[]}"#.into(), Err((Document, Missing("default")))),
        (
            "default with url_path",
            with_default(r#"{"fixed_target":1,"rate":0.05,"url_path":"/x"}"#),
            Err((Default, NotAllowed("url_path"))),
        ),
        (
            "default with host",
            with_default(r#"{"fixed_target":1,"rate":0.05,"host":"*"}"#),
            Err((Default, NotAllowed("host"))),
        ),
        (
            "default with service_name",
            with_default(r#"{"fixed_target":1,"rate":0.05,"service_name":"*"}"#),
            Err((Default, NotAllowed("service_name"))),
        ),
        ("default with description", with_default(r#"{"fixed_target":1,"rate":0.05,"description":"d"}"#), Ok(0)),
        ("default no rate", with_default(r#"{"fixed_target":1}"#), Err((Default, Missing("rate")))),
        (
            "negative fixed_target",
            with_default(r#"{"fixed_target":-1,"rate":0.1}"#),
            Err((Default, OutOfRange("fixed_target"))),
        ),
        ("negative rate", with_default(r#"{"fixed_target":1,"rate":-0.1}"#), Err((Default, OutOfRange("rate")))),
        ("rate 1.5", with_default(r#"{"fixed_target":1,"rate":1.5}"#), Err((Default, OutOfRange("rate")))),
        (
            "fixed_target 1.5",
            with_default(r#"{"fixed_target":1.5,"rate":0.5}"#),
            Err((Default, OutOfRange("fixed_target"))),
        ),
        ("v2 rule using service_name", with_rule(v1_rule), Err((Rule(0), Missing("host")))),
        (
            "v1 rule using host",
            rule(r#""host":"*","url_path":"/a","rate":0.1"#).replace(":2,", ":1,"),
            Err((Rule(0), Missing("service_name"))),
        ),
        ("rule missing url_path", rule(r#""host":"*","rate":0.1"#), Err((Rule(0), Missing("url_path")))),
        ("rule missing rate", rule(r#""host":"*","url_path":"/a""#), Err((Rule(0), Missing("rate")))),
        ("rule empty host", rule(r#""host":"","url_path":"/a","rate":0.1"#), Err((Rule(0), Empty("host")))),
        ("rule unknown key", rule(r#""host":"*","url_path":"/a","rate":0.1,"zzz":1"#), Ok(1)),
        ("rule description", rule(r#""host":"*","url_path":"/a","rate":0.1,"description":"d""#), Ok(1)),
        ("rule with id", rule(r#""host":"*","url_path":"/a","rate":0.1,"id":"1""#), Ok(1)),
        ("default rate 0 target 0", with_default(r#"{"fixed_target":0,"rate":0}"#), Ok(0)),
        ("v2 rule host and service_name", rule(r#""host":"*","url_path":"/a","rate":0.1,"service_name":"*""#), Ok(1)),
        ("rules not list", format!(r#"{{"version":2,{DEFAULT},"rules":{{}}}}"#), Ok(0)),
        ("string rate", with_default(r#"{"fixed_target":1,"rate":"0.1"}"#), Err((Default, WrongType("rate")))),
    ] {
        assert_eq!(parse(&json), expected, "{case}: {json}");
    }
}

#[test]
fn what_is_no_document_is_refused() {
    use RuleDefect::{Malformed, Missing, WrongType};
    use RulePlace::{Document, Rule};
    for (json, expected) in [
        ("", (Document, Malformed(0))),
        ("[]", (Document, WrongType("the document"))),
        ("null", (Document, WrongType("the document"))),
        ("{", (Document, Malformed(1))),
        (r#"{"version":2,"default":{"fixed_target":1,"rate":0.05}} x"#, (Document, Malformed(55))),
        (r#"{"version":2,"default":[]}"#, (Document, WrongType("default"))),
        (r#"{"version":2,"default":null}"#, (Document, Missing("default"))),
        (&with_rule("7"), (Rule(0), WrongType("rule"))),
        (&with_rule(r#"{"host":7}"#), (Rule(0), WrongType("host"))),
    ] {
        assert_eq!(parse(json), Err(expected), "{json}");
    }
}

#[test]
fn the_rule_that_is_wrong_is_named() {
    let good = r#"{"host":"*","http_method":"*","url_path":"*","fixed_target":1,"rate":1}"#;
    let bad = r#"{"host":"*","http_method":"*","url_path":"*","fixed_target":1,"rate":2}"#;
    let error = Rules::parse(&with_rule(&format!("{good},{good},{bad}"))).unwrap_err();
    assert_eq!(error.to_string(), "rules[2]: rate is out of range");
}

#[test]
fn rules_that_find_no_room_are_an_error() {
    let rule =
        |path: &str| format!(r#"{{"host":"*","http_method":"*","url_path":"{path}","fixed_target":1,"rate":1}}"#);
    let short = vec![rule("/a"); 9].join(",");
    assert_eq!(parse(&with_rule(&short)), Err((RulePlace::Rule(8), RuleDefect::NoRoom)));
    assert_eq!(parse(&with_rule(&rule(&"a".repeat(257)))), Err((RulePlace::Rule(0), RuleDefect::NoRoom)));
    let long = LocalRules::<8, 1_024>::parse(&with_rule(&rule(&"a".repeat(256)))).unwrap_err();
    assert_eq!(long.defect, RuleDefect::TooLong("url_path"));
}

#[test]
fn the_version_may_stand_behind_the_rules_and_texts_may_be_escaped() {
    let json = format!(
        r#"{{"rules":[{{"url_path":"\/\u0061/*","host":"*","http_method":"*","fixed_target":0,"rate":0}}],{DEFAULT},"version":2.0}}"#
    );
    let mut rules = Rules::parse(&json).unwrap();
    assert_eq!(decide(&mut rules, 0, Some("/a/b")), (false, Reason::Rate));
    assert_eq!(decide(&mut rules, 0, Some("/b")), (true, Reason::Reservoir));
}

fn decide(rules: &mut Rules, second: u64, path: Option<&str>) -> (bool, Reason) {
    let request = SamplingRequest { service: Some("checkout"), path, ..SamplingRequest::default() };
    let decision = rules.decide(&request, Timestamp::from_secs(second), &mut SeededRng::new(7));
    assert_eq!(decision.rule(), None);
    (decision.is_sampled(), decision.reason())
}

#[test]
fn without_rules_one_of_each_second_is_recorded_and_one_in_twenty_of_the_others() {
    let mut rules = Rules::new();
    let mut by_rate = 0;
    for second in 0..1_000 {
        assert_eq!(decide(&mut rules, second, None), (true, Reason::Reservoir));
        by_rate += (0..100).filter(|_| decide(&mut rules, second, None) == (true, Reason::Rate)).count();
    }
    // 100,000 with a standard deviation of 69.
    assert!((4_793..=5_207).contains(&by_rate), "{by_rate}");
}

#[test]
fn the_first_rule_that_matches_decides_and_what_is_not_known_matches() {
    let rule = |path: &str, target: u32| {
        format!(r#"{{"host":"*","http_method":"GET","url_path":"{path}","fixed_target":{target},"rate":0}}"#)
    };
    let json = with_rule(&format!("{},{}", rule("/a*", 0), rule("/*", 1_000)));
    let mut rules = Rules::parse(&json).unwrap();
    assert!(!decide(&mut rules, 5, Some("/abc")).0);
    assert!(decide(&mut rules, 5, Some("/b")).0);
    // A job has no path, so that the first rule is for it, as in the official SDKs.
    assert!(!decide(&mut rules, 5, None).0);
    assert!(!decide(&mut rules, 5, Some("")).0);
}

#[test]
fn a_rule_is_for_its_host_its_method_and_its_path_and_in_version_1_for_its_host_by_another_name() {
    for (version, host) in [(1, "service_name"), (2, "host")] {
        let rule =
            format!(r#"{{"{host}":"*.shop.com","http_method":"GET","url_path":"/a","fixed_target":0,"rate":1}}"#);
        let none = r#""default":{"fixed_target":0,"rate":0}"#;
        let mut rules = Rules::parse(&format!(r#"{{"version":{version},{none},"rules":[{rule}]}}"#)).unwrap();
        let mut sampled = |service, host, method, path| {
            let request = SamplingRequest {
                service: Some(service),
                host: Some(host),
                method: Some(method),
                path: Some(path),
                ..SamplingRequest::default()
            };
            rules.decide(&request, Timestamp::from_secs(1), &mut SeededRng::new(7)).is_sampled()
        };
        assert!(sampled("any", "www.shop.com", "GET", "/a"));
        assert!(sampled("any", "WWW.SHOP.COM", "get", "/A"));
        assert!(!sampled("www.shop.com", "www.shop.org", "GET", "/a"));
        assert!(!sampled("any", "www.shop.com", "POST", "/a"));
        assert!(!sampled("any", "www.shop.com", "GET", "/b"));
        assert!(!sampled("any", "GET", "www.shop.com", "/a"));
    }
}

#[test]
fn what_a_document_has_to_have_and_may_not_have_is_refused_by_name() {
    use RuleDefect::{Empty, Missing, NotAllowed};
    let rule = |members: &str| with_rule(&format!("{{{members}}}"));
    for (json, expected) in [
        (
            with_default(r#"{"fixed_target":1,"rate":0.05,"http_method":"*"}"#),
            (RulePlace::Default, NotAllowed("http_method")),
        ),
        (with_default(r#"{"rate":0.05}"#), (RulePlace::Default, Missing("fixed_target"))),
        (rule(r#""http_method":"*","url_path":"*","fixed_target":1,"rate":1"#), (RulePlace::Rule(0), Missing("host"))),
        (rule(r#""host":"*","url_path":"*","fixed_target":1,"rate":1"#), (RulePlace::Rule(0), Missing("http_method"))),
        (
            rule(r#""host":"*","http_method":"*","url_path":"*","rate":1"#),
            (RulePlace::Rule(0), Missing("fixed_target")),
        ),
        (
            rule(r#""host":"*","http_method":"","url_path":"*","fixed_target":1,"rate":1"#),
            (RulePlace::Rule(0), Empty("http_method")),
        ),
        (
            rule(r#""host":"*","http_method":"*","url_path":"","fixed_target":1,"rate":1"#),
            (RulePlace::Rule(0), Empty("url_path")),
        ),
    ] {
        assert_eq!(parse(&json), Err(expected), "{json}");
    }
}

#[test]
fn each_rule_has_a_reservoir_of_its_own() {
    let rule =
        |path: &str| format!(r#"{{"host":"*","http_method":"*","url_path":"{path}","fixed_target":2,"rate":0}}"#);
    let mut rules = Rules::parse(&with_rule(&format!("{},{}", rule("/a"), rule("/b")))).unwrap();
    for second in [10, 11] {
        let mut sampled = |path| (0..5).filter(|_| decide(&mut rules, second, Some(path)).0).count();
        assert_eq!((sampled("/a"), sampled("/b")), (2, 2));
    }
}
