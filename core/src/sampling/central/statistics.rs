//! Reporting what became of requests.

use heapless::Vec;

use super::rule::{Counts, Part, Rule};
use super::table::Table;
use crate::json::{Tail, literal, number, raw, string};
use crate::sampling::criteria::Texts;
use crate::time::Timestamp;

/// The most documents of a call, by the API's model.
const MAX_DOCUMENTS: usize = 25;

/// The longest name of a service in a report, in characters, by the API's model.
const MAX_SERVICE: usize = 64;

/// What ends a report.
const END: &[u8; 2] = b"]}";

/// What was reported in a call that is not answered yet, by the place of its rule.
#[derive(Clone, Debug)]
pub(super) struct InFlight(Vec<(u16, Counts), MAX_DOCUMENTS>);

impl InFlight {
    pub(super) const EMPTY: Self = Self(Vec::new());

    /// The call was answered: it is all the service's. Gives whether no other rule has to report now.
    pub(super) fn settle(&mut self, table: &mut Table<'_>, now: Timestamp) -> bool {
        for (at, _) in &self.0 {
            if let Some(rule) = table.rules.get_mut(usize::from(*at)) {
                rule.reported(now);
            }
        }
        self.0.clear();
        !table.rules.iter().any(|rule| rule.reports(now))
    }

    /// The call failed: it is all to be reported again.
    pub(super) fn give_all_back(&mut self, table: &mut Table<'_>) {
        for (at, counts) in &self.0 {
            if let Some(rule) = table.rules.get_mut(usize::from(*at)) {
                rule.counts.add(counts);
            }
        }
        self.0.clear();
    }

    /// What was reported of the rule at this place was not processed: requests, or what of them went wrong.
    pub(super) fn give_back(&mut self, at: usize, what: Part, table: &mut Table<'_>) {
        let counts = self.0.iter_mut().find(|(place, _)| usize::from(*place) == at);
        if let (Some((_, counts)), Some(rule)) = (counts, table.rules.get_mut(at)) {
            let rest = counts.split_off(what);
            rule.counts.add(counts);
            *counts = rest;
        }
    }

    /// Writes a report of the rules that have to, as many as a call may have and there is room for. `None` when that is
    /// none.
    pub(super) fn report<'b>(
        &mut self,
        table: &mut Table<'_>,
        service: &str,
        client: &[u8; 24],
        now: Timestamp,
        buffer: &'b mut [u8],
    ) -> Option<&'b [u8]> {
        self.0.clear();
        let room = buffer.len();
        let end = room.checked_sub(END.len())?;
        let body = buffer.get_mut(..end)?;
        let mut left = literal(body, b"{\"SamplingStatisticsDocuments\":[").map_or(0, |tail| tail.len());
        for (at, rule) in table.rules.iter_mut().enumerate() {
            let (false, true) = (self.0.is_full(), rule.reports(now)) else { continue };
            let Ok(place) = u16::try_from(at) else { break };
            let separator = if self.0.is_empty() { b"" } else { &b","[..] };
            let tail = body.get_mut(end - left..).unwrap_or_default();
            let Some(rest) = raw(tail, separator).and_then(|tail| document(tail, rule, table.texts, client, now))
            else {
                break;
            };
            left = rest.len();
            // There is room for it, which was looked at above.
            let _ = self.0.push((place, rule.counts));
            let kept = Counts { requests: 0, sampled: 0, borrowed: 0, ..rule.counts };
            rule.counts = if rule.terms.boosts { kept } else { Counts::default() };
        }
        if self.0.is_empty() {
            return None;
        }
        left = self.report_boosts(table, service, now, body, left);
        let written = end - left;
        literal(buffer.get_mut(written..)?, END)?;
        buffer.get(..written + END.len())
    }

    /// Writes what went wrong, of those reported rules whose rate may be boosted for it. Gives how many bytes are left.
    fn report_boosts(
        &mut self,
        table: &mut Table<'_>,
        service: &str,
        now: Timestamp,
        body: &mut [u8],
        mut left: usize,
    ) -> usize {
        let end = body.len();
        let mut before = &b"],\"SamplingBoostStatisticsDocuments\":["[..];
        for (place, counts) in &mut self.0 {
            let Some(rule) = table.rules.get_mut(usize::from(*place)).filter(|rule| rule.terms.boosts) else {
                continue;
            };
            let tail = body.get_mut(end - left..).unwrap_or_default();
            let written = raw(tail, before).and_then(|tail| boost(tail, rule, counts, table.texts, service, now));
            match written {
                Some(rest) => {
                    left = rest.len();
                    before = b",";
                    rule.counts.anomalies = 0;
                    rule.counts.sampled_anomalies = 0;
                }
                // They stay with the rule, for the next report.
                None => (counts.anomalies, counts.sampled_anomalies) = (0, 0),
            }
        }
        left
    }
}

fn document<'b>(tail: &'b mut [u8], rule: &Rule, texts: &Texts, client: &[u8; 24], now: Timestamp) -> Tail<'b> {
    let Counts { requests, sampled, borrowed, .. } = rule.counts;
    let tail = literal(tail, b"{\"RuleName\":")?;
    let tail = string::quoted(tail, rule.criteria.name(texts))?;
    let tail = literal(tail, b",\"ClientID\":\"")?;
    let tail = literal(tail, client)?;
    let tail = literal(tail, b"\",\"Timestamp\":")?;
    let tail = number::unsigned(tail, now.as_secs())?;
    let tail = member(tail, b",\"RequestCount\":", requests)?;
    let tail = member(tail, b",\"SampledCount\":", sampled)?;
    let tail = member(tail, b",\"BorrowCount\":", borrowed)?;
    literal(tail, b"}")
}

fn boost<'b>(
    tail: &'b mut [u8],
    rule: &Rule,
    counts: &Counts,
    texts: &Texts,
    service: &str,
    now: Timestamp,
) -> Tail<'b> {
    let tail = literal(tail, b"{\"RuleName\":")?;
    let tail = string::quoted(tail, rule.criteria.name(texts))?;
    let tail = literal(tail, b",\"ServiceName\":")?;
    let end = service.char_indices().nth(MAX_SERVICE).map_or(service.len(), |(end, _)| end);
    let tail = string::quoted(tail, service.get(..end).unwrap_or_default())?;
    let tail = literal(tail, b",\"Timestamp\":")?;
    let tail = number::unsigned(tail, now.as_secs())?;
    let tail = member(tail, b",\"AnomalyCount\":", counts.anomalies)?;
    let tail = member(tail, b",\"TotalCount\":", counts.requests)?;
    let tail = member(tail, b",\"SampledAnomalyCount\":", counts.sampled_anomalies)?;
    literal(tail, b"}")
}

fn member<'b>(tail: &'b mut [u8], label: &[u8], count: u32) -> Tail<'b> {
    number::unsigned(raw(tail, label)?, u64::from(count))
}
