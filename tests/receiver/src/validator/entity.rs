//! The members of segments and subsegments.

use std::sync::LazyLock;

use regex::Regex;

use super::blocks::{AWS, HTTP, LINK, SERVICE, SQL};
use super::report::Report;
use super::shape::{ARN_LIMIT, Shape, USUAL_LIMIT, check_id, check_object, check_value};
use super::{cause, user_data};
use crate::entities::is_lone_subsegment;
use crate::finding::Code;
use crate::json::Json;
use crate::path::Path;

const MOST_NAME_CHARACTERS: usize = 200;
const MOST_LINKS: usize = 20;
/// Seconds since the epoch stay below this until the year 5138; milliseconds do not.
const TIME_LIMIT: f64 = 100_000_000_000.0;

/// The general categories letter, number and separator, and the punctuation that the developer guide lists.
static FORBIDDEN_IN_NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[^\p{L}\p{N}\p{Z}_.:/%&#=+\\\-@]").expect("the pattern is well formed"));

/// What an entity is decides which members it may have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Segment,
    LoneSubsegment,
    EmbeddedSubsegment,
}

impl Kind {
    fn phrase(self) -> &'static str {
        match self {
            Self::Segment => "a segment",
            Self::LoneSubsegment => "a subsegment sent by itself",
            Self::EmbeddedSubsegment => "an embedded subsegment",
        }
    }
}

pub(super) fn check_document(report: &mut Report<'_>, document: &Json) {
    if !matches!(document, Json::Object(_)) {
        let message = format!("the document is {}; it must be an object", document.kind());
        report.add(&Path::HERE, Code::DocumentNotObject, message);
        return;
    }
    let kind = if is_lone_subsegment(document) { Kind::LoneSubsegment } else { Kind::Segment };
    let mut number = 0;
    while let Some((entity, embedded)) = report.entity(number) {
        check_entity(report, entity, if embedded { Kind::EmbeddedSubsegment } else { kind });
        number += 1;
    }
}

fn check_entity(report: &mut Report<'_>, entity: &Json, kind: Kind) {
    check_required(report, entity, kind);
    for (key, value) in entity.members() {
        let path = Path::HERE.key(key);
        match membership(kind, key) {
            Membership::Known => check_member(report, &path, key, value, kind),
            Membership::Leaked(_) if report.accepts_leaks() => {}
            Membership::Leaked(code) | Membership::Refused(code) => {
                refuse_member(report, &path, code, kind);
            }
        }
    }
    check_end(report, entity);
    check_throttle(report, entity);
}

enum Membership {
    Known,
    /// Official SDKs write it here, and the service accepts it.
    Leaked(Code),
    Refused(Code),
}

fn membership(kind: Kind, key: &str) -> Membership {
    match (key, kind) {
        ("name" | "id" | "start_time" | "end_time" | "in_progress" | "http" | "aws", _) => Membership::Known,
        ("error" | "throttle" | "fault" | "cause" | "annotations" | "metadata" | "subsegments", _) => Membership::Known,
        ("type" | "trace_id" | "parent_id", Kind::EmbeddedSubsegment) => Membership::Leaked(Code::EmbeddedIdentity),
        ("type", Kind::Segment) => Membership::Refused(Code::DocumentType),
        ("type" | "trace_id" | "parent_id", _) => Membership::Known,
        ("user" | "origin" | "service" | "resource_arn" | "links", Kind::Segment) => Membership::Known,
        ("user" | "origin" | "service" | "resource_arn" | "links", _) => Membership::Refused(Code::SegmentOnlyMember),
        ("namespace" | "sql" | "precursor_ids" | "traced", Kind::Segment) => {
            Membership::Refused(Code::SubsegmentOnlyMember)
        }
        ("namespace" | "sql" | "precursor_ids" | "traced", _) => Membership::Known,
        ("inferred", _) => Membership::Refused(Code::ServiceOnlyMember),
        ("notTraced" | "noOp" | "Dummy", _) => Membership::Leaked(Code::UnknownKey),
        _ => Membership::Refused(Code::UnknownKey),
    }
}

fn refuse_member(report: &mut Report<'_>, path: &Path<'_>, code: Code, kind: Kind) {
    let key = path.name();
    let message = match code {
        Code::EmbeddedIdentity => format!(
            "`{key}` stands in an embedded subsegment, which takes it from where it stands; only a subsegment sent by itself has it"
        ),
        Code::DocumentType => "`type` may only be \"subsegment\"; a segment has no type".to_owned(),
        Code::SegmentOnlyMember => format!("`{key}` stands in a subsegment; only segments have it"),
        Code::SubsegmentOnlyMember => {
            format!("`{key}` stands in a segment; only subsegments have it")
        }
        Code::ServiceOnlyMember => {
            format!("`{key}` is written by the service on what it returns; it must not be sent")
        }
        _ => {
            report.unknown_key(path, kind.phrase());
            return;
        }
    };
    report.add(path, code, message);
}

fn check_required(report: &mut Report<'_>, entity: &Json, kind: Kind) {
    let required: &[&str] = match kind {
        Kind::Segment => &["name", "id", "start_time", "trace_id"],
        Kind::LoneSubsegment => &["name", "id", "start_time", "trace_id", "parent_id"],
        Kind::EmbeddedSubsegment => &["name", "id", "start_time"],
    };
    for &key in required {
        // The Python SDK leaves out what is empty or zero.
        let may_be_empty = report.accepts_leaks() && matches!(key, "name" | "start_time");
        if entity.get(key).is_none() && !may_be_empty {
            report.missing(key, kind.phrase(), &Path::HERE);
        }
    }
}

fn check_member(report: &mut Report<'_>, path: &Path<'_>, key: &str, value: &Json, kind: Kind) {
    match key {
        "name" => check_name(report, path, value),
        "id" | "parent_id" => check_id(report, path, value),
        "trace_id" => check_value(report, path, value, &Shape::TraceId),
        "start_time" | "end_time" => check_time(report, path, value),
        "error" | "throttle" | "fault" => check_flag(report, path, value),
        "cause" => cause::check(report, path, value),
        "annotations" => user_data::check_annotations(report, path, value),
        "metadata" => user_data::check_metadata(report, path, value),
        "http" => check_http(report, path, value, kind),
        "aws" => check_object(report, path, value, &AWS),
        "sql" => check_object(report, path, value, &SQL),
        "service" => check_object(report, path, value, &SERVICE),
        "user" | "origin" => check_value(report, path, value, &Shape::Text(USUAL_LIMIT)),
        "resource_arn" => check_value(report, path, value, &Shape::Text(ARN_LIMIT)),
        "traced" | "in_progress" => check_value(report, path, value, &Shape::Bool),
        "namespace" => check_namespace(report, path, value),
        "precursor_ids" => check_precursors(report, path, value),
        "links" => check_links(report, path, value),
        "subsegments" => check_subsegments(report, path, value),
        _ => {}
    }
}

fn check_name(report: &mut Report<'_>, path: &Path<'_>, value: &Json) {
    let Some(name) = value.as_str() else {
        report.wrong_type(path, value, "a string");
        return;
    };
    if report.accepts_leaks() {
        return;
    }
    let length = name.chars().count();
    if !(1..=MOST_NAME_CHARACTERS).contains(&length) {
        let message = format!("the name has {length} characters; 1 to {MOST_NAME_CHARACTERS} are allowed");
        report.add(path, Code::NameLength, message);
    }
    if let Some(found) = FORBIDDEN_IN_NAME.find(name) {
        let message = format!(
            "the name {name:?} holds {:?}; letters, numbers and spaces of any script and _ . : / % & # = + \\ - @ are allowed",
            found.as_str()
        );
        report.add(path, Code::NameCharacter, message);
    }
}

fn check_time(report: &mut Report<'_>, path: &Path<'_>, value: &Json) {
    let Some(time) = value.as_number() else {
        report.wrong_type(path, value, "a number");
        return;
    };
    if !(0.0..TIME_LIMIT).contains(&time.as_f64()) {
        let message = format!("`{}` is {}; it must be in seconds since 1970", path.name(), time.as_str());
        report.add(path, Code::TimestampRange, message);
    }
}

fn check_end(report: &mut Report<'_>, entity: &Json) {
    let end = entity.get("end_time");
    let in_progress = entity.get("in_progress").and_then(Json::as_bool);
    let path = Path::HERE.key("in_progress");
    if in_progress == Some(false) && !report.accepts_leaks() {
        let message = "`in_progress` is false; it must be left out when an entity is complete";
        report.add(&path, Code::InProgressFalse, message);
    } else if in_progress == Some(true) && end.is_some() {
        let message = "the entity has both `end_time` and `in_progress`; it must have one of them";
        report.add(&path, Code::EndAndInProgress, message);
    } else if end.is_none() && in_progress != Some(true) {
        let message = "the entity has neither `end_time` nor `in_progress`; it must have one of them";
        report.add(&Path::HERE, Code::EndMissing, message);
    }
    let number = |value: Option<&Json>| value.and_then(Json::as_number).cloned();
    if let (Some(start), Some(end)) = (number(entity.get("start_time")), number(end))
        && end.as_f64() < start.as_f64()
    {
        let message = format!("`end_time` {} is before `start_time` {}", end.as_str(), start.as_str());
        report.add(&Path::HERE.key("end_time"), Code::EndBeforeStart, message);
    }
}

fn check_flag(report: &mut Report<'_>, path: &Path<'_>, value: &Json) {
    match value.as_bool() {
        Some(true) => {}
        Some(false) => {
            let message = format!("`{}` is false; a flag is either true or left out", path.name());
            report.add(path, Code::FlagNotTrue, message);
        }
        None => report.wrong_type(path, value, "true, or left out"),
    }
}

fn check_throttle(report: &mut Report<'_>, entity: &Json) {
    let set = |key| entity.get(key).and_then(Json::as_bool) == Some(true);
    if set("throttle") && !set("error") {
        let message = "`throttle` is set without `error`; a throttled call is also an error of the client";
        report.add(&Path::HERE.key("throttle"), Code::ThrottleWithoutError, message);
    }
}

fn check_http(report: &mut Report<'_>, path: &Path<'_>, value: &Json, kind: Kind) {
    check_object(report, path, value, &HTTP);
    let misplaced = match kind {
        Kind::Segment => ("traced", Code::SubsegmentOnlyMember),
        Kind::LoneSubsegment | Kind::EmbeddedSubsegment => ("x_forwarded_for", Code::SegmentOnlyMember),
    };
    let (key, code) = misplaced;
    if value.get("request").is_some_and(|request| request.get(key).is_some()) {
        let request = path.key("request");
        refuse_member(report, &request.key(key), code, kind);
    }
}

fn check_namespace(report: &mut Report<'_>, path: &Path<'_>, value: &Json) {
    match value.as_str() {
        Some("aws" | "remote") => {}
        Some("local" | "dummy") if report.accepts_leaks() => {}
        Some(other) => {
            let message =
                format!("the namespace is {other:?}; \"aws\" and \"remote\" are allowed, and none for local work");
            report.add(path, Code::NamespaceValue, message);
        }
        None => report.wrong_type(path, value, "a string"),
    }
}

fn check_precursors(report: &mut Report<'_>, path: &Path<'_>, value: &Json) {
    let Json::Array(ids) = value else {
        report.wrong_type(path, value, "an array of ids");
        return;
    };
    for (index, id) in ids.iter().enumerate() {
        check_id(report, &path.index(index), id);
    }
}

fn check_links(report: &mut Report<'_>, path: &Path<'_>, value: &Json) {
    check_value(report, path, value, &Shape::List(&LINK));
    let count = value.elements().len();
    if count > MOST_LINKS {
        let message = format!("the segment has {count} links; at most {MOST_LINKS} are allowed");
        report.add(path, Code::TooManyLinks, message);
    }
}

fn check_subsegments(report: &mut Report<'_>, path: &Path<'_>, value: &Json) {
    let Json::Array(children) = value else {
        report.wrong_type(path, value, "an array");
        return;
    };
    for (index, child) in children.iter().enumerate() {
        if !matches!(child, Json::Object(_)) {
            report.wrong_type(&path.index(index), child, "an object");
        }
    }
}
