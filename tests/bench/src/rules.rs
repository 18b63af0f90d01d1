//! The rules of W6: a hundred that ask for hosts, methods and paths, none of which are the request's, and behind them one
//! for everything that records nothing.

use std::fmt::Write;

/// How many there are before the last.
const COUNT: usize = 100;

/// The host, the method and the path that each asks for.
fn patterns(number: usize) -> (String, &'static str, String) {
    let host = if number.is_multiple_of(2) { "*".to_owned() } else { format!("*.shop{number}.example.com") };
    let method = ["GET", "POST", "*"][number % 3];
    (host, method, format!("/api/v1/thing{number}/*"))
}

/// As a document for those who have their rules to themselves.
pub(crate) fn local() -> String {
    let mut document = String::from(r#"{"version":2,"default":{"fixed_target":0,"rate":0},"rules":["#);
    for number in 0..COUNT {
        let (host, method, path) = patterns(number);
        let comma = if number > 0 { "," } else { "" };
        let _ = write!(
            document,
            r#"{comma}{{"host":"{host}","http_method":"{method}","url_path":"{path}","fixed_target":0,"rate":1}}"#
        );
    }
    document + "]}"
}

/// As the service lists them.
pub(crate) fn listed() -> String {
    let mut answer = String::from(r#"{"SamplingRuleRecords":["#);
    for number in 0..=COUNT {
        let (name, rate, (host, method, path)) = if number == COUNT {
            ("Default".to_owned(), 0, ("*".to_owned(), "*", "*".to_owned()))
        } else {
            (format!("rule-{number}"), 1, patterns(number))
        };
        let comma = if number > 0 { "," } else { "" };
        let _ = write!(
            answer,
            r#"{comma}{{"SamplingRule":{{"RuleName":"{name}","Version":1,"ResourceARN":"*","Priority":{},
            "FixedRate":{rate},"ReservoirSize":0,"ServiceName":"*","ServiceType":"*","Host":"{host}",
            "HTTPMethod":"{method}","URLPath":"{path}","Attributes":{{}}}}}}"#,
            number + 1
        );
    }
    answer + "]}"
}
