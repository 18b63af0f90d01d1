//! Whether a run went as it should: each invocation's entities in its own trace, under its own segment, and nothing else.

use std::collections::HashMap;

use example_lambda::{PAYMENT_REQUIRED, Receipt};
use xray_recorder_receiver::{Entity, EntityKind, Received, Trace, Validator};

use crate::invocation::Invocation;
use crate::payments::Call;
use crate::runtime_api::{Answer, Log};

/// What is known of a run.
pub(crate) struct Evidence<'a> {
    /// The names of the entities of an invocation, each within the one before; the last one makes the call.
    pub(crate) story: &'a [&'a str],
    /// What was handed out.
    pub(crate) invocations: &'a [Invocation],
    /// How many of them are to be under way at once.
    pub(crate) at_once: usize,
    /// What the runtime API saw.
    pub(crate) log: &'a Log,
    /// What the payment service saw, of a function that calls it.
    pub(crate) calls: Option<&'a [Call]>,
    /// What the daemon would have seen.
    pub(crate) received: &'a Received,
}

impl Evidence<'_> {
    /// How many entities there have to be.
    pub(crate) fn expected_entities(story: &[&str], invocations: &[Invocation]) -> usize {
        story.len() * invocations.iter().filter(|invocation| invocation.is_recorded()).count()
    }

    /// What is wrong, in sentences.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = self.log.complaints.clone();
        if self.log.most_outstanding != self.at_once {
            let (most, at_once) = (self.log.most_outstanding, self.at_once);
            faults.push(format!("{most} invocations were under way at once, and not {at_once}"));
        }
        let expected = Self::expected_entities(self.story, self.invocations);
        let (entities, datagrams) = (self.received.entities(), self.received.datagrams().len());
        if (entities, datagrams) != (expected, expected) {
            faults.push(format!(
                "{entities} entities came in {datagrams} datagrams, and not {expected}, each in one of its own"
            ));
        }
        if let Some(calls) = self.calls
            && calls.len() != self.invocations.len()
        {
            faults.push(format!("{} payments were asked for, of {} invocations", calls.len(), self.invocations.len()));
        }
        let validator = self
            .invocations
            .iter()
            .fold(Validator::default(), |validator, invocation| validator.upstream(invocation.parent()));
        faults.extend(self.received.findings(&validator).iter().map(ToString::to_string));
        let traces = self.received.traces();
        let traces: HashMap<&str, &Trace> = traces.iter().map(|trace| (trace.id(), trace)).collect();
        for invocation in self.invocations {
            if let Err(fault) = self.check(invocation, &traces) {
                faults.push(format!("{} ({}): {fault}", invocation.request_id, invocation.about()));
            }
        }
        faults
    }

    fn check(&self, invocation: &Invocation, traces: &HashMap<&str, &Trace>) -> Result<(), String> {
        let header = if invocation.is_recorded() {
            let trace = traces.get(invocation.root()).ok_or("nothing of its trace was received")?;
            let caller = self.check_entities(invocation, trace)?;
            invocation.header_from(&caller.id)
        } else {
            invocation.header_unrecorded()
        };
        if let Some(sent) = self.sent_on(invocation)
            && sent != header
        {
            return Err(format!("the payment service was sent {sent:?}, and not {header:?}"));
        }
        self.check_answer(invocation, &header)
    }

    /// The entities of an invocation that is recorded; the one that calls.
    fn check_entities<'t>(&self, invocation: &Invocation, trace: &'t Trace) -> Result<&'t Entity, String> {
        let mut parent = invocation.parent();
        let mut found: Vec<&Entity> = Vec::new();
        for name in self.story {
            let below = || trace.entities().filter(|entity| entity.parent_id.as_deref() == Some(parent));
            let [entity] = below().collect::<Vec<_>>()[..] else {
                let names: Vec<&str> = below().map(|entity| entity.name.as_str()).collect();
                return Err(format!("below {parent} there has to be {name} alone, and there is {names:?}"));
            };
            if entity.name != *name || entity.kind != EntityKind::Subsegment || entity.in_progress {
                return Err(format!("below {parent} there has to be {name}, and there is {}", entity.json));
            }
            parent = &entity.id;
            found.push(entity);
        }
        let (Some(first), Some(last)) = (found.first(), found.last()) else {
            return Err("there is no story".to_owned());
        };
        if first.annotation("order").and_then(|order| order.as_str()) != Some(&invocation.order.id) {
            return Err(format!("the order is {}, and the entity says {}", invocation.order.id, first.json));
        }
        // It is written after the payment, when as many invocations as can be were under way.
        let paid = (!invocation.is_declined()).then(|| invocation.order.total());
        if first.annotation("paid").map(|paid| paid.as_u64().unwrap_or_default()) != paid {
            return Err(format!("what was paid is {paid:?}, and the entity says {}", first.json));
        }
        let says_why = first.json["cause"]["exceptions"][0]["message"] == "the payment was declined";
        if (first.fault, says_why) != (invocation.is_declined(), invocation.is_declined()) {
            return Err(format!("whether it failed, and why, is not what the entity says: {}", first.json));
        }
        if self.calls.is_some() {
            let status = last.json["http"]["response"]["status"].as_u64().unwrap_or_default();
            let expected = if invocation.is_declined() { PAYMENT_REQUIRED } else { 200 };
            if (status, last.error) != (u64::from(expected), invocation.is_declined()) {
                return Err(format!("the payment's status is {expected}, and the entity says {}", last.json));
            }
        }
        Ok(last)
    }

    /// The header that the payment service was sent for an invocation; none if it was not called.
    fn sent_on(&self, invocation: &Invocation) -> Option<&str> {
        let call = self.calls?.iter().find(|call| call.order == invocation.order.id);
        Some(call.map_or("nothing", |call| &call.trace_header))
    }

    fn check_answer(&self, invocation: &Invocation, header: &str) -> Result<(), String> {
        let answers = || self.log.answers.iter().filter(|answer| answer.request_id == invocation.request_id);
        let [Answer { is_error, body, .. }] = answers().collect::<Vec<_>>()[..] else {
            return Err(format!("there are {} answers", answers().count()));
        };
        let text = String::from_utf8_lossy(body);
        if *is_error || invocation.is_declined() {
            let declined = r#"{"errorType":"PaymentFailed","errorMessage":"the payment was declined"}"#;
            let as_expected = *is_error && invocation.is_declined() && text == declined;
            return if as_expected { Ok(()) } else { Err(format!("it was answered with {text}")) };
        }
        let receipt: Receipt = serde_json::from_slice(body).map_err(|error| format!("{text}: {error}"))?;
        let expected = Receipt::new(&invocation.order, header);
        if receipt == expected { Ok(()) } else { Err(format!("the receipt is {receipt:?}, and not {expected:?}")) }
    }
}

#[cfg(test)]
mod tests;
