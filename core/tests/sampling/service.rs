//! The service's side of centralized sampling, as far as a machine sees it.

use serde_json::{Value, json};
use xray_recorder_core::{CallError, CentralRules, Timestamp};

/// Room for what the tests ask.
pub(crate) const BUFFER: usize = 8_192;

/// A rule as the service lists it, for everything, with a reservoir of none and a rate of none.
pub(crate) fn rule(name: &str, priority: u32, changes: &Value) -> Value {
    let mut rule = json!({
        "RuleName": name, "RuleARN": "arn:aws:xray:eu-west-1:1:sampling-rule/r", "ResourceARN": "*",
        "Priority": priority, "FixedRate": 0.0, "ReservoirSize": 0, "ServiceName": "*", "ServiceType": "*",
        "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1, "Attributes": {},
    });
    for (key, value) in changes.as_object().into_iter().flatten() {
        rule[key] = value.clone();
    }
    rule
}

/// A page of rules.
pub(crate) fn page(rules: &[Value], next: Option<&str>) -> String {
    let records: Vec<Value> = rules
        .iter()
        .map(|rule| json!({"SamplingRule": rule, "CreatedAt": 1.530573954E9, "ModifiedAt": 1.530920505E9}))
        .collect();
    json!({"SamplingRuleRecords": records, "NextToken": next}).to_string()
}

/// What a machine asks for, as path and body.
pub(crate) fn poll<const R: usize, const T: usize>(
    rules: &mut CentralRules<R, T>,
    now: Timestamp,
) -> Option<(&'static str, Value)> {
    let mut buffer = [0; BUFFER];
    let call = rules.poll("checkout", now, &mut buffer)?;
    Some((call.path, serde_json::from_slice(call.body).expect("a call's body is JSON")))
}

/// Hands a machine its rules, in one page.
pub(crate) fn load<const R: usize, const T: usize>(
    central: &mut CentralRules<R, T>,
    rules: &[Value],
    now: Timestamp,
) -> Result<(), CallError> {
    assert_eq!(poll(central, now), Some(("/GetSamplingRules", json!({}))));
    central.handle(&page(rules, None), now)
}
