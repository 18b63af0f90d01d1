//! What must hold between the documents of a trace.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Strictness;
use crate::datagram::Datagram;
use crate::entities::{Embedded, entities, place};
use crate::finding::{Code, Finding};
use crate::json::{Json, Number};
use crate::path::Path;

const MOST_LINKS: usize = 100;
const MOST_ANNOTATION_KEYS: usize = 50;
/// "500 kB", read generously.
const MOST_BYTES: usize = 500 * 1024;
const NO_ENTITY: &str = "0000000000000000";

/// The entities of one datagram's document.
struct Document<'a> {
    datagram: usize,
    bytes: usize,
    entities: Vec<Embedded<'a>>,
}

/// An entity as one document tells it.
struct Appearance<'a> {
    document: &'a Document<'a>,
    number: usize,
    json: &'a Json,
    parent: Option<&'a str>,
    /// In a document that says `in_progress`, which a complete one replaces together with all that it embeds.
    provisional: bool,
}

pub(super) fn check(datagrams: &[&Datagram], upstream: &HashSet<String>, strictness: Strictness) -> Vec<Finding> {
    let documents: Vec<Document<'_>> = datagrams
        .iter()
        .enumerate()
        .filter_map(|(datagram, received)| {
            let document = received.document()?;
            Some(Document { datagram, bytes: received.body().len(), entities: entities(document) })
        })
        .collect();
    let mut traces: BTreeMap<&str, Vec<&Document<'_>>> = BTreeMap::new();
    for document in &documents {
        traces.entry(text(document.entities[0].json, "trace_id").unwrap_or_default()).or_default().push(document);
    }
    let mut findings = Vec::new();
    for documents in traces.values() {
        let appearances: Vec<Appearance<'_>> = documents.iter().flat_map(|document| appearances(document)).collect();
        check_ids(&appearances, strictness, &mut findings);
        check_parents(&appearances, upstream, &mut findings);
        check_precursors(&appearances, &mut findings);
        check_causes(&appearances, &mut findings);
        check_limits(documents, &appearances, &mut findings);
    }
    findings
}

fn appearances<'a>(document: &'a Document<'a>) -> impl Iterator<Item = Appearance<'a>> {
    let provisional = document.entities[0].json.get("in_progress").and_then(Json::as_bool) == Some(true);
    document.entities.iter().enumerate().map(move |(number, entity)| {
        let parent = match entity.parent {
            Some(enclosing) => text(document.entities[enclosing].json, "id"),
            None => text(entity.json, "parent_id"),
        };
        Appearance { document, number, json: entity.json, parent, provisional }
    })
}

impl<'a> Appearance<'a> {
    fn id(&self) -> Option<&'a str> {
        text(self.json, "id")
    }

    fn start(&self) -> Option<f64> {
        self.json.get("start_time").and_then(Json::as_number).map(Number::as_f64)
    }

    /// Whether the same was said before. A document in progress has whatever is embedded by then, all of which comes once more.
    fn repeats(&self, earlier: &Self) -> bool {
        let is_own_progress = |appearance: &Self| appearance.provisional && appearance.number == 0;
        match (self.provisional, earlier.provisional) {
            (false, false) => true,
            (true, true) => is_own_progress(self) && is_own_progress(earlier),
            _ => false,
        }
    }

    fn finding(&self, path: &Path<'_>, code: Code, message: String) -> Finding {
        let path = place(&self.document.entities, self.number, path);
        Finding::new(code, path, message).in_datagram(self.document.datagram)
    }
}

fn check_ids(appearances: &[Appearance<'_>], strictness: Strictness, findings: &mut Vec<Finding>) {
    let mut seen: HashMap<&str, Vec<&Appearance<'_>>> = HashMap::new();
    for appearance in appearances {
        let Some(id) = appearance.id() else { continue };
        // The Python SDK gives every unsampled child this id.
        if id == NO_ENTITY && strictness == Strictness::OfficialSdk {
            continue;
        }
        let earlier = seen.entry(id).or_default();
        if let Some(first) = earlier.first() {
            let first_place = first.document.datagram + 1;
            let repeated = if (first.start(), first.parent) != (appearance.start(), appearance.parent) {
                let message =
                    format!("the id {id:?} belongs to another entity, in datagram #{first_place}; ids must differ");
                Some((Code::IdRepeated, message))
            } else if earlier.iter().any(|earlier| appearance.repeats(earlier)) {
                let (code, state) = if appearance.provisional {
                    (Code::InProgressRepeated, "in progress")
                } else {
                    (Code::CompleteRepeated, "complete")
                };
                let message = format!("{id:?} was sent as {state} before, in datagram #{first_place}; once is allowed");
                Some((code, message))
            } else {
                None
            };
            if let Some((code, message)) = repeated {
                findings.push(appearance.finding(&Path::HERE.key("id"), code, message));
            }
        }
        earlier.push(appearance);
    }
}

fn check_parents(appearances: &[Appearance<'_>], upstream: &HashSet<String>, findings: &mut Vec<Finding>) {
    let known: HashSet<&str> = appearances.iter().filter_map(Appearance::id).collect();
    for appearance in appearances.iter().filter(|appearance| appearance.number == 0) {
        let Some(parent) = appearance.parent else {
            continue;
        };
        if !known.contains(parent) && !upstream.contains(parent) {
            let message = format!("no entity of the trace has the id {parent:?}, and it is not known as upstream");
            findings.push(appearance.finding(&Path::HERE.key("parent_id"), Code::ParentUnknown, message));
        }
    }
}

fn check_precursors(appearances: &[Appearance<'_>], findings: &mut Vec<Finding>) {
    let siblings: HashSet<(Option<&str>, &str)> =
        appearances.iter().filter_map(|appearance| Some((appearance.parent, appearance.id()?))).collect();
    for appearance in appearances {
        let precursors = appearance.json.get("precursor_ids").map_or(&[][..], Json::elements);
        for (index, precursor) in precursors.iter().enumerate() {
            let Some(precursor) = precursor.as_str() else {
                continue;
            };
            if !siblings.contains(&(appearance.parent, precursor)) || appearance.id() == Some(precursor) {
                let message = format!("no sibling of this subsegment has the id {precursor:?}");
                let path = Path::HERE.key("precursor_ids");
                findings.push(appearance.finding(&path.index(index), Code::PrecursorUnknown, message));
            }
        }
    }
}

fn check_causes(appearances: &[Appearance<'_>], findings: &mut Vec<Finding>) {
    let recorded: HashSet<&str> = appearances
        .iter()
        .filter_map(|appearance| appearance.json.get("cause")?.get("exceptions"))
        .flat_map(Json::elements)
        .filter_map(|exception| text(exception, "id"))
        .collect();
    for appearance in appearances {
        if let Some(cause) = text(appearance.json, "cause")
            && !recorded.contains(cause)
        {
            let message = format!("no entity of the trace recorded an exception with the id {cause:?}");
            findings.push(appearance.finding(&Path::HERE.key("cause"), Code::CauseUnknown, message));
        }
    }
}

fn check_limits(documents: &[&Document<'_>], appearances: &[Appearance<'_>], findings: &mut Vec<Finding>) {
    let Some(first) = appearances.first() else {
        return;
    };
    let trace = text(first.document.entities[0].json, "trace_id").unwrap_or_default();
    let mut report = |code, message| findings.push(Finding::new(code, "", message));
    let bytes: usize = documents.iter().map(|document| document.bytes).sum();
    if bytes > MOST_BYTES {
        let message = format!("the documents of trace {trace} have {bytes} bytes; the service keeps about 500 kB");
        report(Code::TraceTooLarge, message);
    }
    let count = |key| appearances.iter().filter_map(move |appearance| appearance.json.get(key));
    let links: usize = count("links").map(|links| links.elements().len()).sum();
    if links > MOST_LINKS {
        let message = format!("trace {trace} has {links} links; at most {MOST_LINKS} are allowed");
        report(Code::TooManyLinksInTrace, message);
    }
    let keys: HashSet<&str> = count("annotations").flat_map(Json::members).map(|(key, _)| key.as_str()).collect();
    if keys.len() > MOST_ANNOTATION_KEYS {
        let message = format!(
            "trace {trace} has {} different annotation keys; the service indexes {MOST_ANNOTATION_KEYS}",
            keys.len()
        );
        report(Code::TooManyAnnotations, message);
    }
}

fn text<'a>(json: &'a Json, key: &str) -> Option<&'a str> {
    json.get(key).and_then(Json::as_str)
}
