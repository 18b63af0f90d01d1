//! Reading what the service assigns to rules.

use super::call::CallError;
use super::rule::{Part, Target};
use super::statistics::InFlight;
use super::table::Table;
use crate::json::read::{Reader, Text, Value};
use crate::sampling::rate::Rate;

/// The list of what is assigned.
const TARGETS: &str = "SamplingTargetDocuments";

/// What an answer says beside the targets.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Answer {
    /// When rules were last changed, in seconds.
    pub(super) modified: Option<u32>,
    /// Whether the service did not know one of the rules that were reported.
    pub(super) knows_other_rules: bool,
}

/// Assigns the targets of an answer, if all of it can be read. Counts that the service could not process are taken up
/// again.
pub(super) fn read(json: &[u8], table: &mut Table<'_>, reported: &mut InFlight) -> Result<Answer, CallError> {
    let mut answer = Answer::default();
    let (mut targets, mut unprocessed) = (None, [(Part::Requests, None), (Part::Anomalies, None)]);
    let mut body = Reader::new(json);
    let is_object = body.object()?;
    while let Some(key) = if is_object { body.next_key()? } else { None } {
        let at = body.clone();
        let value = body.value()?;
        body.skip_rest(&value)?;
        match value {
            Value::Array if key.is(TARGETS) => targets = Some(at),
            Value::Array if key.is("UnprocessedStatistics") => unprocessed[0].1 = Some(at),
            Value::Array if key.is("UnprocessedBoostStatistics") => unprocessed[1].1 = Some(at),
            Value::Number(number) if key.is("LastRuleModification") => answer.modified = number.seconds(),
            _ => {}
        }
    }
    body.end()?;

    let mut targets = targets.ok_or(CallError::Missing(TARGETS))?;
    targets.value()?;
    while targets.next_element()? {
        let Some((name, target)) = target(&mut targets)? else { continue };
        if let Some(at) = table.position(name) {
            table.rules[at].assign(&target);
        }
    }
    for (part, list) in unprocessed {
        let Some(mut list) = list else { continue };
        list.value()?;
        while list.next_element()? {
            let Some((name, is_ours)) = refusal(&mut list)? else { continue };
            answer.knows_other_rules |= is_ours;
            if let (Some(at), false) = (table.position(name), is_ours) {
                reported.give_back(at, part, table);
            }
        }
    }
    Ok(answer)
}

fn target<'j>(json: &mut Reader<'j>) -> Result<Option<(Text<'j>, Target)>, CallError> {
    let mut name = None;
    let mut target = Target::default();
    if !json.object()? {
        return Ok(None);
    }
    while let Some(key) = json.next_key()? {
        let before = json.clone();
        let value = json.value()?;
        json.skip_rest(&value)?;
        match value {
            Value::Text(text) if key.is("RuleName") => name = Some(text),
            Value::Number(number) if key.is("FixedRate") => target.rate = Rate::of(number),
            Value::Number(number) if key.is("ReservoirQuota") => target.quota = number.whole(),
            Value::Number(number) if key.is("ReservoirQuotaTTL") => target.quota_until = number.seconds(),
            Value::Number(number) if key.is("Interval") => target.interval = number.whole(),
            Value::Object if key.is("SamplingBoost") => target.boost = boost(before)?,
            _ => {}
        }
    }
    Ok(name.map(|name| (name, target)))
}

fn boost(mut json: Reader<'_>) -> Result<Option<(Rate, u32)>, CallError> {
    let (mut rate, mut until) = (None, None);
    json.value()?;
    while let Some(key) = json.next_key()? {
        let value = json.value()?;
        json.skip_rest(&value)?;
        match value {
            Value::Number(number) if key.is("BoostRate") => rate = Rate::of(number),
            Value::Number(number) if key.is("BoostRateTTL") => until = number.seconds(),
            _ => {}
        }
    }
    Ok(rate.zip(until))
}

/// The rule whose statistics were refused, and whether they were at fault, not the service.
fn refusal<'j>(json: &mut Reader<'j>) -> Result<Option<(Text<'j>, bool)>, CallError> {
    let (mut name, mut is_ours) = (None, false);
    if !json.object()? {
        return Ok(None);
    }
    while let Some(key) = json.next_key()? {
        let value = json.value()?;
        json.skip_rest(&value)?;
        match value {
            Value::Text(text) if key.is("RuleName") => name = Some(text),
            // One that says to wait is the service's.
            Value::Text(code) if key.is("ErrorCode") => is_ours = code.chars().next() == Some('4') && !code.is("429"),
            _ => {}
        }
    }
    Ok(name.map(|name| (name, is_ours)))
}
