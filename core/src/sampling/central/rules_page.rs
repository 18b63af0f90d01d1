//! Reading a page of rules.

use super::call::CallError;
use super::rule::{DEFAULT, Terms};
use super::table::{Listed, Table};
use crate::json::read::{Decimal, Reader, Text, Value};
use crate::sampling::criteria::ATTRIBUTES;
use crate::sampling::decision::MAX_NAME;
use crate::sampling::rate::Rate;
use crate::time::Timestamp;

/// The list of rules.
const RECORDS: &str = "SamplingRuleRecords";

/// The members that hold the patterns of a rule.
const PATTERNS: [&str; ATTRIBUTES] = ["ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath"];

/// A page that can be read to its end.
#[derive(Clone, Debug)]
pub(super) struct Page<'j> {
    /// Where the next one is found.
    pub(super) next: Option<Text<'j>>,
    records: Reader<'j>,
}

/// Rules of a list that are not used.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Losses {
    /// Those that are for others, or that this service does not understand.
    pub(super) skipped: u32,
    /// Those there was no room for.
    pub(super) left_out: u32,
}

pub(super) fn read(json: &[u8]) -> Result<Page<'_>, CallError> {
    let (mut next, mut records) = (None, None);
    let mut body = Reader::new(json);
    let is_object = body.object()?;
    while let Some(key) = if is_object { body.next_key()? } else { None } {
        let at = body.clone();
        let value = body.value()?;
        body.skip_rest(&value)?;
        match value {
            Value::Array if key.is(RECORDS) => records = Some(at),
            Value::Text(token) if key.is("NextToken") && !token.is_empty() => next = Some(token),
            _ => {}
        }
    }
    body.end()?;

    let mut records = records.ok_or(CallError::Missing(RECORDS))?;
    records.value()?;
    Ok(Page { next, records })
}

impl Page<'_> {
    /// Takes its rules in.
    pub(super) fn list(self, table: &mut Table<'_>, now: Timestamp) -> Result<Losses, CallError> {
        let mut known = self.records.clone();
        while known.next_element()? {
            if let Some(rule) = record(&mut known)? {
                table.expect(rule.name);
            }
        }
        let (mut records, mut losses) = (self.records, Losses::default());
        while records.next_element()? {
            match record(&mut records)? {
                Some(rule) => losses.left_out += table.list(&rule, now),
                None => losses.skipped += 1,
            }
        }
        Ok(losses)
    }
}

/// A record of the list, if the rule in it is one for this service.
fn record<'j>(records: &mut Reader<'j>) -> Result<Option<Listed<'j>>, CallError> {
    let mut listed = None;
    if records.object()? {
        while let Some(key) = records.next_key()? {
            if key.is("SamplingRule") {
                listed = rule(records)?;
            } else {
                records.skip()?;
            }
        }
    }
    Ok(listed)
}

fn rule<'j>(json: &mut Reader<'j>) -> Result<Option<Listed<'j>>, CallError> {
    if !json.object()? {
        return Ok(None);
    }
    let mut fields = Fields::default();
    while let Some(key) = json.next_key()? {
        let before = json.clone();
        let value = json.value()?;
        json.skip_rest(&value)?;
        match value {
            Value::Text(text) => match PATTERNS.iter().position(|name| key.is(name)) {
                Some(at) => fields.patterns[at] = Some(text),
                None if key.is("RuleName") => fields.name = Some(text),
                None if key.is("ResourceARN") => fields.is_for_any_resource = text.is("*"),
                None => {}
            },
            Value::Number(number) => fields.number(key, number),
            Value::Object if key.is("Attributes") => {
                let mut attributes = before;
                attributes.value()?;
                fields.has_attributes = attributes.next_key()?.is_some();
            }
            Value::Object if key.is("SamplingRateBoost") => fields.boosts = true,
            _ => {}
        }
    }
    Ok(fields.listed())
}

/// What stands in a rule.
#[derive(Default)]
struct Fields<'j> {
    name: Option<Text<'j>>,
    patterns: [Option<Text<'j>>; ATTRIBUTES],
    is_for_any_resource: bool,
    has_attributes: bool,
    boosts: bool,
    version: Option<u32>,
    priority: Option<u32>,
    reservoir: Option<u32>,
    rate: Option<Rate>,
}

impl<'j> Fields<'j> {
    fn number(&mut self, key: Text<'_>, number: Decimal) {
        if key.is("FixedRate") {
            self.rate = Rate::of(number);
            return;
        }
        let members =
            [("Version", &mut self.version), ("Priority", &mut self.priority), ("ReservoirSize", &mut self.reservoir)];
        for (name, member) in members {
            if key.is(name) {
                *member = number.whole();
            }
        }
    }

    /// The rule, if it is one of a kind that all official SDKs take in: of version 1, for any resource, by no attributes.
    fn listed(&self) -> Option<Listed<'j>> {
        let name = self.name.filter(|name| !name.is_empty() && name.len_utf8() <= MAX_NAME)?;
        let is_default = name.is(DEFAULT);
        let is_for_us = self.version == Some(1) && self.is_for_any_resource && !self.has_attributes;
        if !is_for_us {
            return None;
        }
        let mut patterns = [name; ATTRIBUTES];
        for (pattern, field) in patterns.iter_mut().zip(self.patterns) {
            // Those of the default rule are not looked at.
            let usable = field.filter(|text| text.len_utf8() <= usize::from(u8::MAX));
            *pattern = if is_default { name } else { usable? };
        }
        let terms = Terms {
            priority: u16::try_from(self.priority?).unwrap_or(u16::MAX),
            fixed_rate: self.rate?,
            lends: self.reservoir? > 0,
            boosts: self.boosts,
        };
        Some(Listed { name, patterns, terms })
    }
}
