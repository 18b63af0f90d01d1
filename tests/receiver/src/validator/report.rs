//! What is collected while a document is judged.

use super::Strictness;
use crate::entities::{Embedded, entities, place};
use crate::finding::{Code, Finding};
use crate::json::Json;
use crate::path::Path;

/// The findings of one document, and which of its entities is being looked at.
pub(super) struct Report<'a> {
    strictness: Strictness,
    entities: Vec<Embedded<'a>>,
    current: usize,
    findings: Vec<Finding>,
}

impl<'a> Report<'a> {
    pub(super) fn new(strictness: Strictness, document: &'a Json) -> Self {
        Self { strictness, entities: entities(document), current: 0, findings: Vec::new() }
    }

    /// The next entity to look at, and whether it is embedded.
    pub(super) fn entity(&mut self, number: usize) -> Option<(&'a Json, bool)> {
        self.current = number;
        self.entities.get(number).map(|entity| (entity.json, entity.parent.is_some()))
    }

    /// Whether what official SDKs are known to leak is accepted.
    pub(super) fn accepts_leaks(&self) -> bool {
        self.strictness == Strictness::OfficialSdk
    }

    pub(super) fn add(&mut self, path: &Path<'_>, code: Code, message: impl Into<String>) {
        let path = place(&self.entities, self.current, path);
        self.findings.push(Finding::new(code, path, message));
    }

    pub(super) fn wrong_type(&mut self, path: &Path<'_>, value: &Json, allowed: &str) {
        let message = format!("`{}` must be {allowed}, not {}", path.name(), value.kind());
        self.add(path, Code::WrongType, message);
    }

    pub(super) fn unknown_key(&mut self, path: &Path<'_>, holder: &str) {
        let message = format!("`{}` is no member of {holder}", path.name());
        self.add(path, Code::UnknownKey, message);
    }

    pub(super) fn missing(&mut self, key: &str, holder: &str, path: &Path<'_>) {
        self.add(path, Code::MemberMissing, format!("{holder} must have `{key}`"));
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}
