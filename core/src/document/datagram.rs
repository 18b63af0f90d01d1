//! The datagram: header line, prefix, members, brace.

use core::ops::Range;

use super::begin::PREFIX;
use super::{DocumentView, NO_SECOND, State};
use crate::id::TRACE_ID_LEN;
use crate::json::SMALL;
use crate::json::pen::Pen;

/// The line before the document; the daemon accepts this form and one with blanks.
pub(super) const HEADER_LINE: &[u8; 30] = b"{\"format\":\"json\",\"version\":1}\n";
pub(super) const TYPE: &[u8; 20] = b"\"type\":\"subsegment\",";
const TRACE_ID: &[u8; 12] = b"\"trace_id\":\"";
const PARENT_ID: &[u8; 15] = b"\",\"parent_id\":\"";
const IDS_END: &[u8; 2] = b"\",";
pub(super) const IDS_LEN: usize = TRACE_ID.len() + TRACE_ID_LEN + PARENT_ID.len() + 16 + IDS_END.len();

impl DocumentView {
    /// The whole datagram as it stands: of an open entity with `"in_progress":true`, of an ended one with its end
    /// time. `None` when no entity was begun.
    ///
    /// The prefix is written here and not when the entity begins, since one that is embedded never needs it.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// let mut document = Document::<512>::new();
    /// assert_eq!(document.datagram(), None);
    /// let _ = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// assert!(document.datagram().unwrap().starts_with(b"{\"format\":\"json\",\"version\":1}\n{"));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn datagram(&mut self) -> Option<&[u8]> {
        let start = self.write_prefix()?;
        self.bytes.get(start..=self.head.length)
    }

    /// The buffer, and where the datagram stands in it: there is free space before it or behind it. Whoever asks may
    /// move and change it, so that the document is not asked for again and the next entity finds nothing of it.
    pub(crate) fn datagram_to_change(&mut self) -> Option<(&mut [u8], Range<usize>)> {
        let start = self.write_prefix()?;
        let end = self.head.length + 1;
        self.second = NO_SECOND;
        self.head.state = State::Empty;
        Some((&mut self.bytes, start..end))
    }

    /// The document alone, without the header line, as text.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// let mut document = Document::<512>::new();
    /// let _ = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// assert!(document.json().unwrap().starts_with(r#"{"trace_id":"1-5759e988-bd862e3fe1be46a994272793","id":"#));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn json(&mut self) -> Option<&str> {
        let start = self.write_prefix()?;
        let json = self.bytes.get(start + HEADER_LINE.len()..=self.head.length)?;
        core::str::from_utf8(json).ok()
    }

    /// The length of the datagram, header line included; zero when no entity was begun.
    pub(super) fn datagram_len(&self) -> u32 {
        if self.head.state == State::Empty {
            return 0;
        }
        let unused = if self.head.subsegment { 0 } else { TYPE.len() };
        let parent = if self.head.parent.is_some() { 0 } else { PARENT_ID.len() + 16 };
        (self.head.length + 1 - unused - parent) as u32
    }

    /// Writes the prefix right-aligned before the id, and the closing brace; returns where the datagram starts.
    fn write_prefix(&mut self) -> Option<usize> {
        if self.head.state == State::Empty {
            return None;
        }
        *self.bytes.get_mut(self.head.length)? = b'}';
        let context = self.open_context();
        if SMALL {
            let start = self.head.length + 1 - self.datagram_len() as usize;
            let mut pen = Pen::new(&mut self.bytes, start, PREFIX);
            pen.raw(HEADER_LINE);
            pen.byte(b'{');
            if self.head.subsegment {
                pen.raw(TYPE);
            }
            pen.raw(TRACE_ID);
            pen.raw(&context.trace_id().text());
            if let Some(parent) = self.head.parent {
                pen.raw(PARENT_ID);
                pen.raw(&parent.text());
            }
            pen.raw(IDS_END);
            return pen.finish().map(|_| start);
        }
        let prefix = self.bytes.first_chunk_mut::<PREFIX>()?;
        let mut at = PREFIX;
        let mut put = |piece: &[u8]| {
            prefix[at - piece.len()..at].copy_from_slice(piece);
            at -= piece.len();
        };
        put(IDS_END);
        if let Some(parent) = self.head.parent {
            put(&parent.text());
            put(PARENT_ID);
        }
        put(&context.trace_id().text());
        put(TRACE_ID);
        if self.head.subsegment {
            put(TYPE);
        }
        put(b"{");
        put(HEADER_LINE);
        Some(at)
    }
}
