//! Tables of what the members of a block must look like, and the one routine that compares.

use super::report::Report;
use crate::finding::Code;
use crate::json::{Json, Number};
use crate::path::Path;

/// The limit of a string for which no other is documented.
pub(super) const USUAL_LIMIT: usize = 250;
/// The limit of an Amazon Resource Name.
pub(super) const ARN_LIMIT: usize = 500;

/// What a value must be.
pub(super) enum Shape {
    /// A string of at most so many characters.
    Text(usize),
    /// A string of any length.
    FreeText,
    /// An array of strings of the usual length.
    Texts,
    /// `statement` or `call`.
    Preparation,
    Bool,
    Number,
    /// A whole number.
    Whole,
    /// A whole number that is not negative.
    Count,
    /// A number of bytes, which some SDKs write as a string or as -1 when they do not know it.
    ContentLength,
    /// An HTTP status code.
    Status,
    /// An id of an entity or an exception.
    Id,
    TraceId,
    /// An object with any members.
    AnyObject,
    Object(&'static Block),
    /// An array of objects.
    List(&'static Block),
}

/// The members of an object.
pub(super) struct Block {
    /// What the object is, for a sentence.
    pub(super) holder: &'static str,
    pub(super) members: &'static [(&'static str, Shape)],
    pub(super) required: &'static [&'static str],
    pub(super) others: Others,
}

/// What happens to members that the table does not list.
pub(super) enum Others {
    Allowed,
    Refused,
    /// Refused except for these, which official SDKs write.
    Leaked(&'static [&'static str]),
}

pub(super) fn check_object(report: &mut Report<'_>, path: &Path<'_>, value: &Json, block: &Block) {
    let Json::Object(members) = value else {
        report.wrong_type(path, value, "an object");
        return;
    };
    for (key, value) in members {
        let path = path.key(key);
        match block.members.iter().find(|(name, _)| name == key) {
            Some((_, shape)) => check_value(report, &path, value, shape),
            None => match block.others {
                Others::Allowed => {}
                Others::Leaked(keys) if report.accepts_leaks() && keys.contains(&key.as_str()) => {}
                Others::Refused | Others::Leaked(_) => report.unknown_key(&path, block.holder),
            },
        }
    }
    for key in block.required {
        if value.get(key).is_none() {
            report.missing(key, block.holder, path);
        }
    }
}

pub(super) fn check_value(report: &mut Report<'_>, path: &Path<'_>, value: &Json, shape: &Shape) {
    if matches!(value, Json::Null) && report.accepts_leaks() {
        return;
    }
    match shape {
        Shape::Text(most) => check_text(report, path, value, *most),
        Shape::FreeText => check_text(report, path, value, usize::MAX),
        Shape::Texts => check_texts(report, path, value),
        Shape::Preparation => check_preparation(report, path, value),
        Shape::Bool if value.as_bool().is_none() => report.wrong_type(path, value, "true or false"),
        Shape::Number if value.as_number().is_none() => report.wrong_type(path, value, "a number"),
        Shape::Whole if !value.as_number().is_some_and(Number::is_whole) => {
            report.wrong_type(path, value, "a whole number");
        }
        Shape::Count => check_count(report, path, value),
        Shape::ContentLength if report.accepts_leaks() && matches!(value, Json::String(_) | Json::Number(_)) => {}
        Shape::ContentLength => check_count(report, path, value),
        Shape::Status => check_status(report, path, value),
        Shape::Id => check_id(report, path, value),
        Shape::TraceId => check_trace_id(report, path, value),
        Shape::AnyObject if !matches!(value, Json::Object(_)) => {
            report.wrong_type(path, value, "an object");
        }
        Shape::Object(block) => check_object(report, path, value, block),
        Shape::List(block) => check_list(report, path, value, block),
        Shape::Bool | Shape::Number | Shape::Whole | Shape::AnyObject => {}
    }
}

fn check_text(report: &mut Report<'_>, path: &Path<'_>, value: &Json, most: usize) {
    let Some(text) = value.as_str() else {
        report.wrong_type(path, value, "a string");
        return;
    };
    let length = text.chars().count();
    if length > most {
        let message = format!("`{}` has {length} characters; at most {most} are allowed", path.name());
        report.add(path, Code::StringTooLong, message);
    }
}

fn check_texts(report: &mut Report<'_>, path: &Path<'_>, value: &Json) {
    match value {
        Json::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                check_text(report, &path.index(index), element, USUAL_LIMIT);
            }
        }
        Json::String(_) if report.accepts_leaks() => {}
        _ => report.wrong_type(path, value, "an array of strings"),
    }
}

fn check_preparation(report: &mut Report<'_>, path: &Path<'_>, value: &Json) {
    match value.as_str() {
        Some("statement" | "call") => {}
        Some(other) => {
            let message = format!("`preparation` is {other:?}; only \"statement\" and \"call\" are allowed");
            report.add(path, Code::PreparationValue, message);
        }
        None => report.wrong_type(path, value, "a string"),
    }
}

fn check_count(report: &mut Report<'_>, path: &Path<'_>, value: &Json) {
    match value.as_number() {
        None => report.wrong_type(path, value, "a whole number"),
        Some(number) if number.as_f64() < 0.0 || !number.is_whole() => {
            let message = format!("`{}` is {}; it must be a whole number of 0 or more", path.name(), number.as_str());
            report.add(path, Code::CountRange, message);
        }
        Some(_) => {}
    }
}

fn check_status(report: &mut Report<'_>, path: &Path<'_>, value: &Json) {
    match value.as_number() {
        Some(_) if report.accepts_leaks() => {}
        Some(number) if number.is_whole() && (100.0..=599.0).contains(&number.as_f64()) => {}
        Some(number) => {
            let message = format!("the HTTP status is {}; a whole number from 100 to 599 is allowed", number.as_str());
            report.add(path, Code::StatusRange, message);
        }
        None => report.wrong_type(path, value, "a whole number"),
    }
}

pub(super) fn check_id(report: &mut Report<'_>, path: &Path<'_>, value: &Json) {
    let Some(text) = value.as_str() else {
        report.wrong_type(path, value, "a string of 16 hexadecimal digits");
        return;
    };
    if !is_hex(text, 16) {
        let message = format!("the id {text:?} is not 16 lower-case hexadecimal digits");
        report.add(path, Code::IdFormat, message);
    } else if text.bytes().all(|byte| byte == b'0') && !report.accepts_leaks() {
        report.add(path, Code::IdFormat, "the id is all zeros, which stands for no entity; another must be drawn");
    }
}

fn check_trace_id(report: &mut Report<'_>, path: &Path<'_>, value: &Json) {
    let Some(text) = value.as_str() else {
        report.wrong_type(path, value, "a string");
        return;
    };
    let parts: Vec<&str> = text.split('-').collect();
    if !matches!(parts[..], ["1", time, random] if is_hex(time, 8) && is_hex(random, 24)) {
        let message =
            format!("the trace id {text:?} is not `1-`, 8 hexadecimal digits, `-` and 24 more, all in lower case");
        report.add(path, Code::TraceIdFormat, message);
    }
}

fn check_list(report: &mut Report<'_>, path: &Path<'_>, value: &Json, block: &Block) {
    let Json::Array(elements) = value else {
        report.wrong_type(path, value, "an array");
        return;
    };
    for (index, element) in elements.iter().enumerate() {
        check_object(report, &path.index(index), element, block);
    }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
