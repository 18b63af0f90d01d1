//! Beginning and ending: the fixed part of a document.

use core::ops::Range;

use super::{DocumentView, Head, NO_SECOND, Room, State};
use crate::context::TraceContext;
use crate::error::Full;
use crate::id::EntityId;
use crate::json::number::{self, TIME_LEN};
use crate::json::{SMALL, hex};
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
const NAME_AT: usize = PREFIX + FIXED.len();
/// Up to here a name takes even the place that is kept for the flags: sixteen bytes and the quote.
pub(super) const LEAST_NAME_END: usize = NAME_AT + 17;

/// What differs between documents, as places in [`FIXED`]: the id, the start time, its fraction of a second, and what
/// becomes the end time.
const ID: Range<usize> = behind("\"id\":\"".len(), 16);
const TIME: Range<usize> = behind(ID.end + "\",\"start_time\":".len(), TIME_LEN);
const FRACTION: Range<usize> = TIME.end - 6..TIME.end;
const SLOT: Range<usize> = behind(TIME.end + ",".len(), LABEL.len() + TIME_LEN);

const fn behind(start: usize, length: usize) -> Range<usize> {
    start..start + length
}

impl DocumentView {
    /// Starts the document of an entity anew, whatever was in it before.
    #[inline]
    pub(crate) fn begin<const SCREENED: bool>(
        &mut self,
        subsegment: bool,
        name: &str,
        context: TraceContext,
        parent: Option<EntityId>,
        start: Timestamp,
    ) -> Result<(), Full> {
        self.head.state = State::Empty;
        if self.limits[Room::Final as usize] == 0 {
            self.prepare();
        }
        self.write_fixed(context.id(), start)?;
        let mut cut = 0;
        let length = NAME_AT + name::write::<SCREENED>(self.free(NAME_AT, Room::Name)?, name, &mut cut).ok_or(Full)?;
        self.head = Head {
            context: Some(context),
            parent,
            start,
            state: State::Open,
            subsegment,
            length,
            tally: Tally { entities: 1, cut, ..Tally::EMPTY },
            ..Head::EMPTY
        };
        Ok(())
    }

    /// What is done once for a document.
    #[cold]
    pub(super) fn prepare(&mut self) {
        self.limits = Room::limits(self.bytes.len());
        self.second = NO_SECOND;
    }

    /// Writes what stands before the name. Of a document that is used again, only what differs.
    #[inline(always)]
    fn write_fixed(&mut self, id: EntityId, start: Timestamp) -> Result<(), Full> {
        let fixed = self.bytes.get_mut(PREFIX..NAME_AT).and_then(|fixed| fixed.first_chunk_mut::<92>()).ok_or(Full)?;
        if SMALL {
            *fixed = *FIXED;
            if let Some(slot) = fixed[TIME].first_chunk_mut() {
                number::time(slot, start);
            }
            hex::write(&mut fixed[ID], id.get());
            return Ok(());
        }
        let into_second = start.as_micros().wrapping_sub(self.second);
        if into_second < 1_000_000 {
            if let Some(digits) = fixed[FRACTION].first_chunk_mut() {
                number::fraction(digits, into_second as u32);
            }
            fixed[SLOT].copy_from_slice(&FIXED[SLOT]);
        } else {
            *fixed = *FIXED;
            if let Some(slot) = fixed[TIME].first_chunk_mut() {
                number::time(slot, start);
            }
            self.second = start.as_secs() * 1_000_000;
        }
        fixed[ID].copy_from_slice(&id.text());
        Ok(())
    }

    /// Puts the end time where `"in_progress":true` stands. An end before the start is one at the start.
    #[inline]
    pub(crate) fn end(&mut self, at: Timestamp) {
        let at = at.max(self.head.start);
        if SMALL {
            if let Some(slot) =
                self.bytes.get_mut(PREFIX + SLOT.start..).and_then(|bytes| bytes.first_chunk_mut::<28>())
            {
                slot[..LABEL.len()].copy_from_slice(LABEL);
                if let Some(slot) = slot.last_chunk_mut() {
                    number::time(slot, at);
                }
                self.head.state = State::Ended;
            }
            return;
        }
        let Some(start_and_slot) =
            self.bytes.get_mut(PREFIX + TIME.start..).and_then(|bytes| bytes.first_chunk_mut::<46>())
        else {
            return;
        };
        let (start, slot) = start_and_slot.split_at_mut(TIME_LEN + 1);
        slot[..LABEL.len()].copy_from_slice(LABEL);
        let Some(slot) = slot.last_chunk_mut::<TIME_LEN>() else { return };
        let into_second = at.as_micros().wrapping_sub(self.second);
        if into_second < 1_000_000 {
            // Most entities end in the second they started in, whose digits stand already.
            slot.copy_from_slice(&start[..TIME_LEN]);
            if let Some(digits) = slot.last_chunk_mut() {
                number::fraction(digits, into_second as u32);
            }
        } else {
            number::time(slot, at);
        }
        self.head.state = State::Ended;
    }
}

const LABEL: &[u8; 11] = b"\"end_time\":";
