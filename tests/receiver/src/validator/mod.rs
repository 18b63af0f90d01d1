//! A strict judge of segment documents: every rule of the format, one finding for each breach.

mod blocks;
mod cause;
mod entity;
mod report;
mod shape;
mod user_data;
mod whole_trace;

use std::collections::HashSet;

use crate::datagram::{Datagram, parse_body};
use crate::finding::Finding;
use crate::json::Json;
use report::Report;

/// Whose documents are judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strictness {
    /// Documents as this project promises to write them.
    #[default]
    Strict,
    /// Documents of the official SDKs, which the service accepts although they leak keys and values:
    /// `in_progress: false`, identity on embedded subsegments, `local` and `dummy` namespaces, unsanitised names,
    /// null where a string belongs, a bare `NaN` in metadata, and the like.
    OfficialSdk,
}

/// Judges datagrams, documents and whole traces.
#[derive(Clone, Debug, Default)]
pub struct Validator {
    strictness: Strictness,
    upstream: HashSet<String>,
}

/// Judges one datagram strictly.
pub fn validate(datagram: &[u8]) -> Vec<Finding> {
    Validator::default().check_bytes(datagram)
}

impl Validator {
    /// A judge of the given strictness that knows no upstream entities.
    pub fn new(strictness: Strictness) -> Self {
        Self { strictness, upstream: HashSet::new() }
    }

    /// Names an entity that is not among the datagrams but may be a parent: the `Parent` of an incoming header.
    #[must_use]
    pub fn upstream(mut self, id: impl Into<String>) -> Self {
        self.upstream.insert(id.into());
        self
    }

    /// Judges the bytes of one datagram: header line, JSON and document.
    pub fn check_bytes(&self, datagram: &[u8]) -> Vec<Finding> {
        self.check_datagram(&Datagram::parse(datagram))
    }

    /// Judges one datagram that has been parsed.
    pub fn check_datagram(&self, datagram: &Datagram) -> Vec<Finding> {
        let mut findings = datagram.findings().to_vec();
        if let Some(document) = datagram.document() {
            findings.extend(self.check_document(document));
        }
        self.without_forgiven(findings)
    }

    /// Judges the bytes of a document that has no header line.
    pub fn check_body(&self, body: &[u8]) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(document) = parse_body(body, &mut findings) {
            findings.extend(self.check_document(&document));
        }
        self.without_forgiven(findings)
    }

    /// Judges a document that has been parsed.
    pub fn check_document(&self, document: &Json) -> Vec<Finding> {
        let mut report = Report::new(self.strictness, document);
        entity::check_document(&mut report, document);
        report.into_findings()
    }

    /// Judges every datagram by itself and then what must hold between them: ids, parents, precursors, causes and the
    /// limits of a whole trace. All of a trace's datagrams should be there; those of several traces may be mixed.
    pub fn check_trace<'a>(&self, datagrams: impl IntoIterator<Item = &'a Datagram>) -> Vec<Finding> {
        let datagrams: Vec<&Datagram> = datagrams.into_iter().collect();
        let mut findings = Vec::new();
        for (index, datagram) in datagrams.iter().enumerate() {
            findings.extend(self.check_datagram(datagram).into_iter().map(|finding| finding.in_datagram(index)));
        }
        findings.extend(whole_trace::check(&datagrams, &self.upstream, self.strictness));
        findings
    }

    fn without_forgiven(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        // The Python SDK writes a float that is not finite as a bare token.
        if self.strictness == Strictness::OfficialSdk {
            findings.retain(|finding| finding.code != crate::Code::NotANumber);
        }
        findings
    }
}
