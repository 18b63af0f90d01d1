//! Reading a document of rules.

use heapless::VecView;

use super::error::{RuleDefect, RulePlace, RulesError};
use super::{Rule, Share};
use crate::json::read::{Reader, Text, Value};
use crate::sampling::criteria::{Criteria, Texts};
use crate::sampling::rate::Rate;
use crate::sampling::reservoir::Reservoir;

const VERSION: &str = "version";
const DEFAULT: &str = "default";
const RULES: &str = "rules";
const RULE: &str = "rule";
const FIXED_TARGET: &str = "fixed_target";
const RATE: &str = "rate";
const METHOD: &str = "http_method";
const PATH: &str = "url_path";
const HOST: &str = "host";
const SERVICE_NAME: &str = "service_name";

/// Fills in the rules; gives the default one.
pub(super) fn read(json: &[u8], rules: &mut VecView<Rule>, texts: &mut Texts) -> Result<Share, RulesError> {
    // What a rule's members are called is a matter of the version, which may stand behind the rules.
    let host = version(json)?;
    let mut default = None;
    let mut document = Reader::new(json);
    document.object()?;
    while let Some(key) = document.next_key()? {
        if key.is(DEFAULT) {
            default = read_default(&mut document)?;
        } else if key.is(RULES) {
            rules.clear();
            texts.clear();
            read_rules(&mut document, host, rules, texts)?;
        } else {
            document.skip()?;
        }
    }
    default.ok_or(RuleDefect::Missing(DEFAULT).at(RulePlace::Document))
}

/// Reads all of it once; gives what this version calls the pattern of hosts.
fn version(json: &[u8]) -> Result<&'static str, RulesError> {
    let wrong = |defect: RuleDefect| defect.at(RulePlace::Document);
    let mut version = Err(wrong(RuleDefect::Missing(VERSION)));
    let mut document = Reader::new(json);
    let is_object = document.object()?;
    while let Some(key) = if is_object { document.next_key()? } else { None } {
        let value = document.value()?;
        document.skip_rest(&value)?;
        if key.is(VERSION) {
            version = match value {
                Value::Number(number) => match number.whole() {
                    Some(1) => Ok(SERVICE_NAME),
                    Some(2) => Ok(HOST),
                    _ => Err(wrong(RuleDefect::OutOfRange(VERSION))),
                },
                _ => Err(wrong(RuleDefect::WrongType(VERSION))),
            };
        }
    }
    document.end()?;
    if is_object { version } else { Err(wrong(RuleDefect::WrongType("the document"))) }
}

fn read_rules(
    document: &mut Reader<'_>,
    host: &'static str,
    rules: &mut VecView<Rule>,
    texts: &mut Texts,
) -> Result<(), RulesError> {
    match document.value()? {
        Value::Array => {}
        Value::Null => return Ok(()),
        // An empty object is no rules to the official SDKs.
        Value::Object if document.next_key()?.is_none() => return Ok(()),
        _ => return Err(RuleDefect::WrongType(RULES).at(RulePlace::Document)),
    }
    while document.next_element()? {
        let place = RulePlace::Rule(rules.len());
        let mut members = Members::default();
        if !members.read(document, place, host)? {
            return Err(RuleDefect::WrongType(RULE).at(place));
        }
        let criteria = members.criteria(host, texts).map_err(|defect| defect.at(place))?;
        let share = members.share().map_err(|defect| defect.at(place))?;
        rules.push(Rule { criteria, share }).map_err(|_| RuleDefect::NoRoom.at(place))?;
    }
    Ok(())
}

fn read_default(document: &mut Reader<'_>) -> Result<Option<Share>, RulesError> {
    let place = RulePlace::Default;
    let mut members = Members::default();
    let before = document.clone();
    if !members.read(document, place, HOST)? {
        let is_null = matches!(before.clone().value()?, Value::Null);
        return if is_null { Ok(None) } else { Err(RuleDefect::WrongType(DEFAULT).at(RulePlace::Document)) };
    }
    let mut other = Members::default();
    other.read(&mut before.clone(), place, SERVICE_NAME)?;
    for (member, name) in
        [(members.host, HOST), (other.host, SERVICE_NAME), (members.method, METHOD), (members.path, PATH)]
    {
        if member.is_some() {
            return Err(RuleDefect::NotAllowed(name).at(place));
        }
    }
    members.share().map(Some).map_err(|defect| defect.at(place))
}

/// What stands in a rule.
#[derive(Default)]
struct Members<'j> {
    host: Option<Text<'j>>,
    method: Option<Text<'j>>,
    path: Option<Text<'j>>,
    fixed_target: Option<u32>,
    rate: Option<Rate>,
}

impl<'j> Members<'j> {
    /// Reads an object; false if it is none. A member that is null is as if it were not there.
    fn read(&mut self, document: &mut Reader<'j>, place: RulePlace, host: &'static str) -> Result<bool, RulesError> {
        if !document.object()? {
            return Ok(false);
        }
        while let Some(key) = document.next_key()? {
            let value = document.value()?;
            document.skip_rest(&value)?;
            let known = [host, METHOD, PATH, FIXED_TARGET, RATE].into_iter().find(|known| key.is(known));
            let (Some(name), false) = (known, matches!(value, Value::Null)) else { continue };
            let wrong = |defect: RuleDefect| defect.at(place);
            match value {
                Value::Text(text) if name == METHOD => self.method = Some(text),
                Value::Text(text) if name == PATH => self.path = Some(text),
                Value::Text(text) if name == host => self.host = Some(text),
                Value::Number(number) if name == FIXED_TARGET => {
                    self.fixed_target = Some(number.whole().ok_or(wrong(RuleDefect::OutOfRange(name)))?);
                }
                Value::Number(number) if name == RATE => {
                    self.rate = Some(Rate::of(number).ok_or(wrong(RuleDefect::OutOfRange(name)))?);
                }
                _ => return Err(wrong(RuleDefect::WrongType(name))),
            }
        }
        Ok(true)
    }

    fn share(&self) -> Result<Share, RuleDefect> {
        Ok(Share {
            fixed_target: self.fixed_target.ok_or(RuleDefect::Missing(FIXED_TARGET))?,
            rate: self.rate.ok_or(RuleDefect::Missing(RATE))?,
            reservoir: Reservoir::EMPTY,
        })
    }

    fn criteria(&self, host: &'static str, texts: &mut Texts) -> Result<Criteria, RuleDefect> {
        let lengths = [
            0,
            push_any(texts)?,
            push_any(texts)?,
            push(texts, self.host, host)?,
            push(texts, self.method, METHOD)?,
            push(texts, self.path, PATH)?,
        ];
        Ok(Criteria::at_end(texts, lengths))
    }
}

/// A pattern that everything matches.
fn push_any(texts: &mut Texts) -> Result<u8, RuleDefect> {
    texts.push(b'*').map_err(|_| RuleDefect::NoRoom)?;
    Ok(1)
}

fn push(texts: &mut Texts, text: Option<Text<'_>>, name: &'static str) -> Result<u8, RuleDefect> {
    let text = text.ok_or(RuleDefect::Missing(name))?;
    if text.is_empty() {
        return Err(RuleDefect::Empty(name));
    }
    let length = text.push_to(texts).ok_or(RuleDefect::NoRoom)?;
    u8::try_from(length).map_err(|_| RuleDefect::TooLong(name))
}
