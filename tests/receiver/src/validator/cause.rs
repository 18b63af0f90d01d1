//! Causes: an exception id, or an object with the exceptions.

use std::collections::HashSet;

use super::blocks::CAUSE;
use super::report::Report;
use super::shape::{check_id, check_object};
use crate::finding::Code;
use crate::json::Json;
use crate::path::Path;

pub(super) fn check(report: &mut Report<'_>, path: &Path<'_>, cause: &Json) {
    match cause {
        Json::String(_) => check_id(report, path, cause),
        Json::Object(_) => {
            check_object(report, path, cause, &CAUSE);
            check_references(report, path, cause);
        }
        _ => report.wrong_type(path, cause, "an exception id or an object"),
    }
}

/// An exception's `cause` points to another exception of the same list.
fn check_references(report: &mut Report<'_>, path: &Path<'_>, cause: &Json) {
    let path = path.key("exceptions");
    let exceptions = cause.get("exceptions").map_or(&[][..], Json::elements);
    let text = |exception: &Json, key| exception.get(key).and_then(Json::as_str).map(str::to_owned);
    let mut ids = HashSet::new();
    for (index, exception) in exceptions.iter().enumerate() {
        if let Some(id) = text(exception, "id")
            && !ids.insert(id.clone())
        {
            let message =
                format!("the exception id {id:?} stands at an earlier exception of this cause; ids must differ");
            report.add(&path.index(index).key("id"), Code::ExceptionIdRepeated, message);
        }
    }
    for (index, exception) in exceptions.iter().enumerate() {
        if let Some(id) = text(exception, "cause")
            && !ids.contains(&id)
        {
            let message = format!("no exception of this cause has the id {id:?} that `cause` points to");
            report.add(&path.index(index).key("cause"), Code::ExceptionCauseUnknown, message);
        }
    }
}
