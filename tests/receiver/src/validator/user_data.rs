//! What the user's program records: annotations and metadata.

use super::report::Report;
use crate::finding::Code;
use crate::json::Json;
use crate::path::Path;

const MOST_KEY_CHARACTERS: usize = 500;
const MOST_VALUE_CHARACTERS: usize = 1_000;

pub(super) fn check_annotations(report: &mut Report<'_>, path: &Path<'_>, annotations: &Json) {
    let Json::Object(members) = annotations else {
        report.wrong_type(path, annotations, "an object");
        return;
    };
    for (key, value) in members {
        let path = path.key(key);
        if !is_annotation_key(key) && !report.accepts_leaks() {
            let message = format!(
                "the annotation key {key:?} must be 1 to {MOST_KEY_CHARACTERS} characters out of A-Z, a-z, 0-9 and _"
            );
            report.add(&path, Code::AnnotationKey, message);
        }
        match value {
            Json::Bool(_) | Json::Number(_) => {}
            Json::String(text) => {
                let length = text.chars().count();
                if length > MOST_VALUE_CHARACTERS {
                    let message = format!(
                        "the annotation `{key}` has {length} characters; at most {MOST_VALUE_CHARACTERS} are allowed"
                    );
                    report.add(&path, Code::AnnotationTooLong, message);
                }
            }
            Json::Null if report.accepts_leaks() => {}
            Json::Null | Json::Array(_) | Json::Object(_) => {
                let message =
                    format!("the annotation `{key}` is {}; a string, a number or a boolean is allowed", value.kind());
                report.add(&path, Code::AnnotationValue, message);
            }
        }
    }
}

pub(super) fn check_metadata(report: &mut Report<'_>, path: &Path<'_>, metadata: &Json) {
    let Json::Object(members) = metadata else {
        report.wrong_type(path, metadata, "an object of namespaces");
        return;
    };
    for (namespace, values) in members {
        let path = path.key(namespace);
        if namespace.starts_with("AWS.") && !report.accepts_leaks() {
            let message = format!("the metadata namespace {namespace:?} starts with `AWS.`, which is reserved");
            report.add(&path, Code::MetadataNamespaceReserved, message);
        }
        if !matches!(values, Json::Object(_)) {
            report.wrong_type(&path, values, "an object of keys and values");
        }
    }
}

fn is_annotation_key(key: &str) -> bool {
    (1..=MOST_KEY_CHARACTERS).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
