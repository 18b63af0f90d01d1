//! The `service` block of a segment: which program this is.

use super::writer::{Separator, text};
use crate::document::{Member, Room};
use crate::entity::Segment;
use crate::error::Full;
use crate::json::literal;

/// The program that made a segment. Texts are at most 250 characters; a longer one is cut, ends with `…` and is
/// counted.
///
/// ```
/// # use xray_recorder_core::{Document, Segment, Service, Timestamp, TraceContext};
/// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
/// # let mut document = Document::<512>::new();
/// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
/// segment.set_service(&Service { version: Some("1.4.2"), runtime: Some("rust"), ..Service::default() })?;
/// assert!(segment.json().ends_with(r#","service":{"version":"1.4.2","runtime":"rust"}}"#));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "users build it; the format is frozen")]
pub struct Service<'a> {
    /// The name of the package.
    pub name: Option<&'a str>,
    /// The version of the program.
    pub version: Option<&'a str>,
    /// What runs it, `rust`.
    pub runtime: Option<&'a str>,
    /// The version of that.
    pub runtime_version: Option<&'a str>,
}

impl Segment<'_> {
    /// Records which program this is, in place of what was recorded before.
    ///
    /// # Errors
    ///
    /// [`Full`] when the document has no room for it.
    pub fn set_service(&mut self, service: &Service<'_>) -> Result<(), Full> {
        let mut cut = 0;
        let result = self.document.set_member(Member::Service, "service".len(), Room::Member, |tail| {
            let tail = literal(tail, b",\"service\":")?;
            let mut members = Separator::brace();
            let tail = text(tail, &mut members, b"\"name\":\"", service.name, &mut cut)?;
            let tail = text(tail, &mut members, b"\"version\":\"", service.version, &mut cut)?;
            let tail = text(tail, &mut members, b"\"runtime\":\"", service.runtime, &mut cut)?;
            let tail = text(tail, &mut members, b"\"runtime_version\":\"", service.runtime_version, &mut cut)?;
            members.close(tail)
        });
        self.document.counted(result)?;
        self.document.count_cuts(cut);
        Ok(())
    }
}
