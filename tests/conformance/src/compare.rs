//! How two shapes differ.

use std::fmt;

use serde_json::{Map, Value};

use crate::shape::{EntityShape, Shape};

/// What a difference is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// A segment.
    Segment,
    /// A subsegment.
    Subsegment,
    /// A trace as a whole.
    Trace,
    /// A header sent to another service.
    Header,
}

/// A place where the official document and ours are not the same.
#[derive(Clone, Debug)]
pub struct Difference {
    /// What it is in.
    pub subject: Subject,
    /// The names that lead there.
    pub place: String,
    /// The member: `aws.xray.sdk`, `cause.exceptions[].remote`.
    pub path: String,
    /// What the official SDK writes.
    pub official: Option<Value>,
    /// What we write.
    pub ours: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
        let Self { subject, place, path, official, ours } = self;
        write!(f, "{subject:?} {place}, {path}: {} there, {} here", shown(official), shown(ours))
    }
}

/// All differences between what an official SDK sent and what we did.
#[must_use]
pub fn differences(official: &Shape, ours: &Shape) -> Vec<Difference> {
    let mut found = Found { subject: Subject::Trace, place: String::new(), differences: Vec::new() };
    for at in 0..official.traces.len().max(ours.traces.len()) {
        match (official.traces.get(at), ours.traces.get(at)) {
            (Some(official), Some(ours)) => {
                found.at(Subject::Trace, "", |found| found.values("id", Some(&official.id), Some(&ours.id)));
                found.entities(&official.entities, &ours.entities);
            }
            (official, ours) => {
                let [official, ours] = [official, ours].map(|trace| trace.map(|trace| &trace.id));
                found.at(Subject::Trace, "", |found| found.values("", official, ours));
            }
        }
    }
    for at in 0..official.headers.len().max(ours.headers.len()) {
        found.at(Subject::Header, "", |found| found.values("", official.headers.get(at), ours.headers.get(at)));
    }
    found.differences
}

struct Found {
    subject: Subject,
    place: String,
    differences: Vec<Difference>,
}

impl Found {
    fn at(&mut self, subject: Subject, name: &str, look: impl FnOnce(&mut Self)) {
        let length = self.place.len();
        let outer = std::mem::replace(&mut self.subject, subject);
        self.place.push('/');
        self.place.push_str(name);
        look(self);
        self.place.truncate(length);
        self.subject = outer;
    }

    fn entities(&mut self, official: &[EntityShape], ours: &[EntityShape]) {
        for (official, ours) in paired(official, ours) {
            match (official, ours) {
                (Some(official), Some(ours)) => self.at(subject(official), &official.name, |found| {
                    found.values("(kind)", Some(&kind(official)), Some(&kind(ours)));
                    found.members("", &official.members, &ours.members);
                    found.entities(&official.children, &ours.children);
                }),
                (Some(entity), None) | (None, Some(entity)) => self.at(subject(entity), &entity.name, |found| {
                    let members = Value::from(entity.members.clone());
                    let [there, here] = [official, ours].map(|side| side.map(|_| &members));
                    found.values("", there, here);
                    let [there, here] = [official, ours].map(|side| side.map_or(&[][..], |side| &side.children));
                    found.entities(there, here);
                }),
                (None, None) => {}
            }
        }
    }

    fn members(&mut self, path: &str, official: &Map<String, Value>, ours: &Map<String, Value>) {
        let only_ours = ours.keys().filter(|key| !official.contains_key(*key));
        for key in official.keys().chain(only_ours) {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            self.values(&path, official.get(key), ours.get(key));
        }
    }

    fn values(&mut self, path: &str, official: Option<&Value>, ours: Option<&Value>) {
        match (official, ours) {
            (Some(Value::Object(official)), Some(Value::Object(ours))) => self.members(path, official, ours),
            (Some(Value::Array(official)), Some(Value::Array(ours))) => {
                for at in 0..official.len().max(ours.len()) {
                    self.values(&format!("{path}[]"), official.get(at), ours.get(at));
                }
            }
            (Some(Value::Number(official)), Some(Value::Number(ours))) if official.as_f64() == ours.as_f64() => {}
            _ if official == ours => {}
            _ => self.differences.push(Difference {
                subject: self.subject,
                place: self.place.clone(),
                path: path.to_owned(),
                official: official.cloned(),
                ours: ours.cloned(),
            }),
        }
    }
}

fn subject(entity: &EntityShape) -> Subject {
    if entity.is_subsegment { Subject::Subsegment } else { Subject::Segment }
}

fn kind(entity: &EntityShape) -> Value {
    entity.is_subsegment.into()
}

type Pair<'a> = (Option<&'a EntityShape>, Option<&'a EntityShape>);

/// Siblings side by side: as many by order, others by name.
fn paired<'a>(official: &'a [EntityShape], ours: &'a [EntityShape]) -> Vec<Pair<'a>> {
    if official.len() == ours.len() {
        return official.iter().map(Some).zip(ours.iter().map(Some)).collect();
    }
    let mut pairs: Vec<Pair<'a>> = Vec::new();
    let mut rest = ours;
    for entity in official {
        let before = rest.iter().position(|other| other.name == entity.name);
        let (only_ours, from) = rest.split_at(before.unwrap_or(0));
        pairs.extend(only_ours.iter().map(|other| (None, Some(other))));
        let same = if before.is_some() { from.split_first() } else { None };
        pairs.push((Some(entity), same.map(|(same, _)| same)));
        rest = same.map_or(from, |(_, behind)| behind);
    }
    pairs.extend(rest.iter().map(|other| (None, Some(other))));
    pairs
}
