//! Beginning and ending: the fixed part of a document.

use super::{DocumentView, FINAL_ROOM, Head, Room, State};
use crate::context::TraceContext;
use crate::error::Full;
use crate::id::EntityId;
use crate::json::number::{self, TIME_LEN};
use crate::name;
use crate::stats::Tally;
use crate::time::Timestamp;

/// The smallest capacity in which an entity can begin, with a name of one letter.
///
/// ```
/// # use xray_recorder_core::{Document, MIN_CAPACITY, Segment, Timestamp, TraceContext};
/// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
/// assert_eq!(MIN_CAPACITY, 226);
/// let mut document = Document::<225>::new();
/// assert!(Segment::begin(&mut document, "x", context, None, Timestamp::from_secs(0)).is_err());
/// # Ok::<(), xray_recorder_core::InvalidId>(())
/// ```
pub const MIN_CAPACITY: usize = NAME_AT + "x\"}".len();

/// Room for the header line and for the members that only a document of its own needs.
pub(super) const PREFIX: usize =
    super::datagram::HEADER_LINE.len() + "{".len() + super::datagram::TYPE.len() + super::datagram::IDS_LEN;

const FIXED: &[u8; 92] =
    b"\"id\":\"0000000000000000\",\"start_time\":0000000000.000000,\"in_progress\":true          ,\"name\":\"";
const ID_AT: usize = PREFIX + "\"id\":\"".len();
const START_AT: usize = ID_AT + 16 + "\",\"start_time\":".len();
const SLOT_AT: usize = START_AT + TIME_LEN + ",".len();
const NAME_AT: usize = PREFIX + FIXED.len();

impl DocumentView {
    /// Starts the document of an entity anew, whatever was in it before.
    #[inline]
    pub(crate) fn begin(
        &mut self,
        subsegment: bool,
        name: &str,
        context: TraceContext,
        parent: Option<EntityId>,
        start: Timestamp,
    ) -> Result<(), Full> {
        self.head.state = State::Empty;
        let limits = Room::limits(self.bytes.len());
        let limit = limits[Room::Final as usize];
        // Flags and a cause id have their place from the start, unless the capacity is so small that the name needs it.
        let name_limit = limit.saturating_sub(FINAL_ROOM).max((NAME_AT + 17).min(limit));
        let fixed = self.bytes.get_mut(PREFIX..NAME_AT).and_then(|fixed| fixed.first_chunk_mut::<92>()).ok_or(Full)?;
        *fixed = *FIXED;
        fixed[ID_AT - PREFIX..ID_AT - PREFIX + 16].copy_from_slice(&context.id().text());
        if let Some(slot) = fixed[START_AT - PREFIX..].first_chunk_mut() {
            number::time(slot, start);
        }

        let tail = self.bytes.get_mut(NAME_AT..name_limit).ok_or(Full)?;
        let room = tail.len();
        let mut cut = 0;
        let rest = name::write(tail, name, &mut cut).ok_or(Full)?.len();
        let length = NAME_AT + room - rest;
        self.head = Head {
            context,
            parent,
            start,
            start_second: start.as_secs() * 1_000_000,
            state: State::Open,
            subsegment,
            length,
            limits,
            tally: Tally { entities: 1, cut, ..Tally::EMPTY },
            ..Head::EMPTY
        };
        Ok(())
    }

    /// Puts the end time where `"in_progress":true` stands. An end before the start is one at the start.
    #[inline]
    pub(crate) fn end(&mut self, at: Timestamp) {
        let at = at.max(self.head.start);
        let Some(start_and_slot) = self.bytes.get_mut(START_AT..).and_then(|bytes| bytes.first_chunk_mut::<46>()) else {
            return;
        };
        let (start, slot) = start_and_slot.split_at_mut(TIME_LEN + 1);
        slot[..LABEL.len()].copy_from_slice(LABEL);
        let Some(slot) = slot.last_chunk_mut::<TIME_LEN>() else { return };
        let into_second = at.as_micros() - self.head.start_second;
        if into_second < 1_000_000 {
            // Most entities end in the second they started in, whose digits stand already.
            slot.copy_from_slice(&start[..TIME_LEN]);
            slot[11..].copy_from_slice(&number::fraction(into_second as u32));
        } else {
            number::time(slot, at);
        }
        self.head.state = State::Ended;
    }
}

const LABEL: &[u8; 11] = b"\"end_time\":";
