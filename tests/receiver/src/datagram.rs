//! One datagram, read as the X-Ray daemon reads it and then, unlike there, to its last byte.

use std::fmt;
use std::str;

use crate::finding::{Code, Finding};
use crate::json::Json;
use crate::parser::{self, Parsed};

/// The most that one datagram over IPv4 carries.
pub const MAX_DATAGRAM_BYTES: usize = 65_507;

/// One datagram: its bytes, its document if it has one, and what was wrong on the way to it.
pub struct Datagram {
    bytes: Vec<u8>,
    accepted: bool,
    document: Option<Json>,
    findings: Vec<Finding>,
}

impl Datagram {
    /// Reads a datagram. This never fails: a datagram that the daemon or the service would refuse has no document and says why.
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        let mut findings = Vec::new();
        if bytes.len() > MAX_DATAGRAM_BYTES {
            let message = format!("the datagram has {} bytes; UDP carries at most {MAX_DATAGRAM_BYTES}", bytes.len());
            findings.push(Finding::new(Code::DatagramTooLarge, "", message));
        }
        let (accepted, document) = match body_accepted_by_daemon(&bytes) {
            Ok(body) => (true, parse_body(body, &mut findings)),
            Err(finding) => {
                findings.push(finding);
                (false, None)
            }
        };
        Self { bytes, accepted, document, findings }
    }

    /// The bytes as they were received.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The number of bytes, header line included.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether the datagram is empty.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The header line without its newline; all of the datagram when there is no newline.
    pub fn header(&self) -> &[u8] {
        split_at_newline(&self.bytes).map_or(&self.bytes, |(header, _)| header)
    }

    /// What follows the header line: what the daemon passes on.
    pub fn body(&self) -> &[u8] {
        split_at_newline(&self.bytes).map_or(&[], |(_, body)| body)
    }

    /// Whether the daemon passes the body on; it looks at the header line only.
    pub fn is_accepted_by_daemon(&self) -> bool {
        self.accepted
    }

    /// The document, unless the daemon refuses the datagram or the body is no JSON.
    pub fn document(&self) -> Option<&Json> {
        self.document.as_ref()
    }

    /// What is wrong with the datagram as bytes and as JSON; the rules of X-Ray are for a [`Validator`](crate::Validator).
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl fmt::Debug for Datagram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Datagram")
            .field("bytes", &String::from_utf8_lossy(&self.bytes))
            .field("findings", &self.findings)
            .finish_non_exhaustive()
    }
}

/// Reads a document without a header line.
pub(crate) fn parse_body(body: &[u8], findings: &mut Vec<Finding>) -> Option<Json> {
    let text = match str::from_utf8(body) {
        Ok(text) => text,
        Err(error) => {
            let position = error.valid_up_to();
            let message = format!("byte {position} of the document, 0x{:02x}, is not UTF-8", body[position]);
            findings.push(Finding::new(Code::InvalidUtf8, "", message));
            return None;
        }
    };
    match parser::parse(text) {
        Ok(Parsed { root, flaws }) => {
            findings.extend(flaws);
            Some(root)
        }
        Err(finding) => {
            findings.push(finding);
            None
        }
    }
}

/// The daemon splits at the first newline, reads the header and does not look at the body.
fn body_accepted_by_daemon(bytes: &[u8]) -> Result<&[u8], Finding> {
    let refuse = |code, message: String| Err(Finding::new(code, "", message));
    let Some((header, body)) = split_at_newline(bytes) else {
        return refuse(Code::HeaderMissing, "there is no newline; a header line must precede the document".to_owned());
    };
    if body.is_empty() {
        return refuse(Code::BodyMissing, "nothing follows the header line; one document must".to_owned());
    }
    let parsed = str::from_utf8(header).ok().and_then(|text| parser::parse(text).ok());
    let header = match parsed {
        Some(Parsed { root: root @ Json::Object(_), flaws })
            if flaws.iter().all(|flaw| flaw.code != Code::NotANumber) =>
        {
            root
        }
        _ => {
            let message = format!("the header line {:?} is not a JSON object", String::from_utf8_lossy(header));
            return refuse(Code::HeaderNotJson, message);
        }
    };
    let format = header.get("format");
    if !format.and_then(Json::as_str).is_some_and(|format| format.eq_ignore_ascii_case("json")) {
        let message = format!("the header's `format` is {}; it must be \"json\"", shown(format));
        return refuse(Code::HeaderFormat, message);
    }
    let version = header.get("version");
    if version.and_then(Json::as_number).is_none_or(|version| version.as_str() != "1") {
        let message = format!("the header's `version` is {}; it must be the integer 1", shown(version));
        return refuse(Code::HeaderVersion, message);
    }
    Ok(body)
}

fn split_at_newline(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let newline = bytes.iter().position(|&byte| byte == b'\n')?;
    Some((&bytes[..newline], &bytes[newline + 1..]))
}

fn shown(value: Option<&Json>) -> String {
    value.map_or_else(|| "missing".to_owned(), Json::to_string)
}
