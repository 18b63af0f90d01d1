//! Links of a segment to other traces.

use super::annotation::{AnnotationValue, write_value};
use super::writer::Separator;
use crate::document::{Room, Section};
use crate::entity::Segment;
use crate::error::LinkError;
use crate::id::{EntityId, TraceId};
use crate::json::{Tail, literal, string};

/// A link to an entity of another trace: of the messages of a batch, for example.
///
/// ```
/// # use xray_recorder_core::{Document, Link, Segment, Timestamp, TraceContext};
/// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
/// # let mut document = Document::<1024>::new();
/// # let mut segment = Segment::begin(&mut document, "consumer", context, None, Timestamp::from_secs(1_465_510_280))?;
/// segment.add_link(&Link {
///     trace_id: "1-581cf771-a006649127e371903a2de979".parse()?,
///     id: "70de5b6f19ff9a0a".parse()?,
///     attributes: &[("queue", "orders".into())],
/// })?;
/// assert!(segment.json().ends_with(concat!(
///     r#","links":[{"trace_id":"1-581cf771-a006649127e371903a2de979","id":"70de5b6f19ff9a0a","#,
///     r#""attributes":{"queue":"orders"}}]}"#
/// )));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "users build it; the format is frozen")]
pub struct Link<'a> {
    /// The other trace.
    pub trace_id: TraceId,
    /// The entity in it.
    pub id: EntityId,
    /// What is to be said of the link. Keys and texts are cut as those of annotations are; a number that is not finite
    /// is `null`; of a key that stands twice the last wins.
    pub attributes: &'a [(&'a str, AnnotationValue<'a>)],
}

/// Links X-Ray keeps of a segment.
const MAX_LINKS: u8 = 20;
const MAX_KEY_CHARS: usize = 500;

impl Segment<'_> {
    /// Adds a link.
    ///
    /// # Errors
    ///
    /// [`LinkError`]: no room, or 20 links already, which is what X-Ray keeps.
    pub fn add_link(&mut self, link: &Link<'_>) -> Result<(), LinkError> {
        let mut cut = 0;
        let result = if *self.document.links() < MAX_LINKS {
            self.document
                .append(Section::Links, Room::Member, |tail| write_link(tail, link, &mut cut))
                .map_err(LinkError::from)
        } else {
            Err(LinkError::TooMany)
        };
        self.document.counted(result)?;
        *self.document.links() += 1;
        self.document.count_cuts(cut);
        Ok(())
    }
}

fn write_link<'b>(tail: &'b mut [u8], link: &Link<'_>, cut: &mut u32) -> Tail<'b> {
    let tail = literal(tail, b",{\"trace_id\":\"")?;
    let tail = literal(tail, &link.trace_id.text())?;
    let tail = literal(tail, b"\",\"id\":\"")?;
    let tail = literal(tail, &link.id.text())?;
    let tail = literal(tail, b"\"")?;
    let tail = if link.attributes.is_empty() {
        tail
    } else {
        let tail = literal(tail, b",\"attributes\":")?;
        write_attributes(tail, link.attributes, cut)?
    };
    literal(tail, b"}")
}

fn write_attributes<'b>(tail: &'b mut [u8], attributes: &[(&str, AnnotationValue<'_>)], cut: &mut u32) -> Tail<'b> {
    let mut tail = tail;
    let mut members = Separator::brace();
    for (at, &(key, value)) in attributes.iter().enumerate() {
        // The last one of a key wins.
        if attributes[at + 1..].iter().any(|(later, _)| kept(later).eq(kept(key))) {
            continue;
        }
        tail = string::labelled(tail, members.next(), b"\"", key, MAX_KEY_CHARS, cut)?;
        tail = write_value(literal(tail, b":")?, value, cut)?;
    }
    members.close(tail)
}

/// A key as [`string::limited`] writes it.
fn kept(key: &str) -> impl Iterator<Item = char> {
    let is_cut = key.chars().nth(MAX_KEY_CHARS).is_some();
    let chars = if is_cut { MAX_KEY_CHARS - 1 } else { MAX_KEY_CHARS };
    key.chars().take(chars).chain(string::CUT_MARK.chars().filter(move |_| is_cut))
}
