//! Embedding: one copy.

use super::begin::PREFIX;
use super::{DocumentView, Room, Section, State};
use crate::error::Full;
use crate::json::{SMALL, literal, raw};
use crate::stats::Tally;

/// When an ended subsegment is embedded in its parent's document. One that is not embedded is sent by itself; X-Ray
/// joins both by `trace_id` and `parent_id`, so nesting is only a way to send fewer datagrams.
///
/// ```
/// # use xray_recorder_core::Embed;
/// assert_eq!(Embed::default(), Embed::IfFits);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Embed {
    /// When the parent is open and has room.
    #[default]
    IfFits,
    /// The same, but at most this many entities in one document beside its own: the official SDKs'
    /// `streaming_threshold`.
    AtMost(u32),
    /// Never: each entity is a datagram. What Lambda wants, where the segment is not ours; and a device before its
    /// clock is set.
    Never,
}

impl DocumentView {
    /// Embeds the ended subsegment of `child`, whose share in the [`Tally`](crate::Tally) becomes this document's.
    ///
    /// # Errors
    ///
    /// [`Full`] when it is not embedded: this entity has ended, is not its parent, has no room, or `embed` says so; the
    /// child was embedded or sent before, or its times count from boot, see [`BootClock`](crate::BootClock). Nothing has
    /// changed then.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Embed, Segment, Subsegment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let at = Timestamp::from_secs(1_465_510_280);
    /// let (mut parent, mut child) = (Document::<1024>::new(), Document::<512>::new());
    /// let _ = Segment::begin(&mut parent, "checkout", context, None, at)?;
    /// let _ = Subsegment::begin(&mut child, "db", context.child("70de5b6f19ff9a0a".parse()?), context.id(), at)?.end(at);
    /// parent.embed(&mut child, Embed::IfFits)?;
    /// assert!(parent.json().unwrap().ends_with(
    ///     r#","subsegments":[{"id":"70de5b6f19ff9a0a","start_time":1465510280.000000,"end_time":1465510280.000000,"name":"db"}]}"#
    /// ));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn embed(&mut self, child: &mut Self, embed: Embed) -> Result<(), Full> {
        if child.open_context().counts_from_boot() {
            return Err(Full);
        }
        self.embed_dated(child, embed)
    }

    /// The same for who knows that the child's times are of the wall.
    #[inline(always)]
    fn embed_dated(&mut self, child: &mut Self, embed: Embed) -> Result<(), Full> {
        let allowed = match embed {
            Embed::IfFits => true,
            // An open document, which is asked for below, has one entity at least.
            Embed::AtMost(limit) => self.head.tally.entities.saturating_sub(1) + child.head.tally.entities <= limit,
            Embed::Never => false,
        };
        if !allowed || child.head.state != State::Ended || !self.is_open_parent_of(child) {
            return Err(Full);
        }
        let members = child.bytes.get(PREFIX..child.head.length).ok_or(Full)?;
        match self.embed_at_end(members, &child.head.tally) {
            Some(()) => {}
            None => self.embed_anywhere(members, &child.head.tally)?,
        }
        child.head.state = State::Delivered;
        Ok(())
    }

    #[inline(always)]
    fn is_open_parent_of(&self, child: &Self) -> bool {
        let (Some(own), Some(other)) = (&self.head.context, &child.head.context) else { return false };
        self.head.state == State::Open
            && child.head.subsegment
            && child.head.parent == Some(own.id())
            && other.trace_id() == own.trace_id()
    }

    /// Embeds where nothing has to move: subsegments are mostly the last that is written.
    #[inline(always)]
    fn embed_at_end(&mut self, members: &[u8], tally: &Tally) -> Option<()> {
        if SMALL {
            return None;
        }
        let place = self.place(Section::Subsegments)?;
        let length = members.len() + ",{}".len();
        let piece = self.free(place.at, Room::Bulk).ok()?.get_mut(..length)?;
        *piece.first_chunk_mut()? = *b",{";
        *piece.last_mut()? = b'}';
        self.include(Section::Subsegments, place, place.at + length)?;
        self.head.tally.absorb(*tally);
        // The copy is a call, so it comes last: nothing is kept in registers over it.
        self.bytes.get_mut(place.at + 2..place.at + length - 1)?.copy_from_slice(members);
        Some(())
    }

    #[inline(never)]
    fn embed_anywhere(&mut self, members: &[u8], tally: &Tally) -> Result<(), Full> {
        if SMALL {
            self.append_pen(Some(Section::Subsegments), Room::Bulk, None, "", &mut |pen| {
                pen.raw(b",{");
                pen.raw_block(members);
                pen.byte(b'}');
            })?;
            self.head.tally.absorb(*tally);
            return Ok(());
        }
        self.append(Section::Subsegments, Room::Bulk, |tail| {
            let tail = literal(tail, b",{")?;
            let tail = raw(tail, members)?;
            literal(tail, b"}")
        })?;
        self.head.tally.absorb(*tally);
        Ok(())
    }

    /// Embeds the ended subsegment of `child`, or counts its bytes as those of a child that is sent by itself; says which
    /// it is. What a host does with each subsegment that ends while its parent is open. Of one that was embedded or sent
    /// before nothing is left to do, which counts as embedded.
    ///
    /// ```
    /// # use xray_recorder_core::{Delivery, Document, Embed, Segment, Subsegment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let at = Timestamp::from_secs(1_465_510_280);
    /// # let (mut parent, mut child) = (Document::<512>::new(), Document::<512>::new());
    /// # let _ = Segment::begin(&mut parent, "checkout", context, None, at)?;
    /// # let _ = Subsegment::begin(&mut child, "db", context.child("70de5b6f19ff9a0a".parse()?), context.id(), at)?.end(at);
    /// assert_eq!(parent.settle(&mut child, Embed::Never), Delivery::Sent);
    /// assert_eq!(parent.tally().bytes_alone as usize, child.datagram().unwrap().len());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use = "what is not embedded is to be sent"]
    pub fn settle(&mut self, child: &mut Self, embed: Embed) -> Delivery {
        let embed = if child.open_context().counts_from_boot() { Embed::Never } else { embed };
        self.settle_dated(child, embed)
    }

    /// The same for who knows that the child's times are of the wall, or embeds it never.
    pub(crate) fn settle_dated(&mut self, child: &mut Self, embed: Embed) -> Delivery {
        if self.embed_dated(child, embed).is_ok() {
            return Delivery::Embedded;
        }
        self.settle_alone(child)
    }

    #[inline(never)]
    fn settle_alone(&mut self, child: &Self) -> Delivery {
        if child.head.state == State::Delivered {
            return Delivery::Embedded;
        }
        if self.is_open_parent_of(child) {
            let bytes = child.datagram_len().saturating_add(child.head.tally.bytes_alone);
            let alone = &mut self.head.tally.bytes_alone;
            *alone = alone.saturating_add(bytes);
        }
        Delivery::Sent
    }
}

/// What became of an entity that ended.
///
/// ```
/// # use xray_recorder_core::Delivery;
/// assert_ne!(Delivery::Embedded, Delivery::Sent);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the one rule of the design")]
pub enum Delivery {
    /// It stands in its parent's document and shares that one's fate.
    Embedded,
    /// It is sent by itself.
    Sent,
}
