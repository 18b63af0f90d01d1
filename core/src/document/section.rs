//! Sections: the objects and arrays of a document that grow.
//!
//! One write primitive serves them all: content is written at the tail of the document, and where the section is not
//! the last thing in it, rotated into place. Until then nothing that stands has been touched, so a write that does not
//! fit is undone by forgetting it.

use super::{DocumentView, Room};
use crate::error::Full;
use crate::json::{SMALL, Tail, raw, walk};

/// What can grow. `Namespace` is the metadata namespace last written to; `Exceptions` is the cause, whose array of
/// exceptions is its last member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Http,
    Aws,
    Annotations,
    Metadata,
    Namespace,
    Exceptions,
    Subsegments,
    Links,
    Precursors,
}

impl Section {
    pub(super) const COUNT: usize = 9;

    /// What stands before a section, up to its bracket.
    #[inline(always)]
    pub(super) const fn label(self) -> &'static [u8] {
        match self {
            Self::Http => b",\"http\":",
            Self::Aws => b",\"aws\":",
            Self::Annotations => b",\"annotations\":",
            Self::Metadata => b",\"metadata\":",
            Self::Namespace => b"",
            Self::Exceptions => b",\"cause\":",
            Self::Subsegments => b",\"subsegments\":",
            Self::Links => b",\"links\":",
            Self::Precursors => b",\"precursor_ids\":",
        }
    }

    /// What stands behind the last piece of content.
    #[inline(always)]
    pub(super) const fn closer(self) -> &'static [u8] {
        match self {
            Self::Http | Self::Aws | Self::Annotations | Self::Metadata | Self::Namespace => b"}",
            Self::Exceptions => b"]}",
            Self::Subsegments | Self::Links | Self::Precursors => b"]",
        }
    }
}

/// The bracket that the last one of `closer` closes: they are two code points apart.
#[inline(always)]
pub(super) const fn opener(closer: &[u8]) -> u8 {
    match closer {
        [.., last] => *last - 2,
        [] => 0,
    }
}

/// Where a piece of content came to stand, without the comma before it.
#[derive(Clone, Copy)]
pub(crate) struct Placed {
    pub(crate) at: usize,
    pub(super) rotated: bool,
}

/// Where a piece of content can be written without anything being moved: at the end of the document, in a section that
/// ends there or is not there yet.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) at: usize,
    is_first: bool,
}

impl DocumentView {
    #[inline(always)]
    pub(crate) const fn has_section(&self, section: Section) -> bool {
        self.head.ends[section as usize] != 0
    }

    /// Index of the first byte of a section's content.
    #[inline(always)]
    pub(crate) const fn section_start(&self, section: Section) -> usize {
        self.head.starts[section as usize] as usize
    }

    /// Index behind the closing bracket of a section.
    #[inline(always)]
    pub(super) const fn section_end(&self, section: Section) -> usize {
        self.head.ends[section as usize] as usize
    }

    #[inline(always)]
    pub(super) fn set_section(&mut self, section: Section, start: usize, end: usize) {
        self.head.starts[section as usize] = start as u16;
        self.head.ends[section as usize] = end as u16;
    }

    /// The place of the next piece of a section, its comma included, unless what follows the section had to move.
    #[inline(always)]
    pub(super) fn place(&self, section: Section) -> Option<Place> {
        let length = self.head.length;
        match self.section_end(section) {
            0 => Some(Place { at: length + section.label().len(), is_first: true }),
            end if end == length => Some(Place { at: length - section.closer().len(), is_first: false }),
            _ => None,
        }
    }

    /// Takes a piece in that was written at its place up to `end`, from its comma on.
    #[inline(always)]
    pub(super) fn include(&mut self, section: Section, place: Place, end: usize) -> Option<()> {
        let Place { at, is_first } = place;
        let (label, closer) = (section.label(), section.closer());
        let new_length = end + closer.len();
        self.bytes.get_mut(end..new_length)?.copy_from_slice(closer);
        if is_first {
            let (bracket, slot) = self.bytes.get_mut(at - label.len()..at + 1)?.split_last_mut()?;
            slot.copy_from_slice(label);
            *bracket = opener(closer);
            self.head.starts[section as usize] = (at + 1) as u16;
        }
        self.head.length = new_length;
        self.head.ends[section as usize] = new_length as u16;
        Some(())
    }

    /// Appends a piece to a section, which is opened by the first one. `write` gets the free space, writes the piece
    /// with a comma before it and gives back the rest; where it gives `None`, nothing has happened.
    #[inline(always)]
    pub(crate) fn append(
        &mut self,
        section: Section,
        room: Room,
        write: impl for<'b> FnOnce(&'b mut [u8]) -> Tail<'b>,
    ) -> Result<Placed, Full> {
        self.append_from::<false>(section, room, write)
    }

    /// The same for a piece that code of the user's writes; see [`DocumentView::append_within`].
    #[inline(always)]
    pub(super) fn append_from<const USER: bool>(
        &mut self,
        section: Section,
        room: Room,
        write: impl for<'b> FnOnce(&'b mut [u8]) -> Tail<'b>,
    ) -> Result<Placed, Full> {
        if SMALL {
            let mut write = Some(write);
            return self.append_small(section, room, &mut |tail| write.take()?(tail), USER);
        }
        let end = self.section_end(section);
        let placed = self.append_within::<USER>(section.label(), section.closer(), end, room, write)?;
        if end == 0 {
            self.head.starts[section as usize] = placed.at as u16;
        }
        if !placed.rotated {
            self.head.ends[section as usize] = self.head.length as u16;
        }
        Ok(placed)
    }

    /// The same, once for all writers.
    #[inline(never)]
    fn append_small(
        &mut self,
        section: Section,
        room: Room,
        write: super::Write<'_>,
        user: bool,
    ) -> Result<Placed, Full> {
        let end = self.section_end(section);
        let placed = self.append_within_small(section.label(), section.closer(), end, room, write, user)?;
        if end == 0 {
            self.head.starts[section as usize] = placed.at as u16;
        }
        if !placed.rotated {
            self.head.ends[section as usize] = self.head.length as u16;
        }
        Ok(placed)
    }

    /// Appends a piece to what ends at `end` with `closer`; where `end` is zero, opens it behind `label`. The comma
    /// before the first piece makes room for the opening bracket.
    ///
    /// Code of the user's may panic while it writes, and then nothing that stands may have been touched: such a piece is
    /// always written behind the document and rotated.
    #[inline(always)]
    pub(super) fn append_within<const USER: bool>(
        &mut self,
        label: &[u8],
        closer: &[u8],
        end: usize,
        room: Room,
        write: impl for<'b> FnOnce(&'b mut [u8]) -> Tail<'b>,
    ) -> Result<Placed, Full> {
        if SMALL {
            let mut write = Some(write);
            return self.append_within_small(label, closer, end, room, &mut |tail| write.take()?(tail), USER);
        }
        self.append_within_with(label, closer, end, room, write, USER)
    }

    #[inline(never)]
    fn append_within_small(
        &mut self,
        label: &[u8],
        closer: &[u8],
        end: usize,
        room: Room,
        write: super::Write<'_>,
        user: bool,
    ) -> Result<Placed, Full> {
        self.append_within_with(label, closer, end, room, write, user)
    }

    #[inline(always)]
    fn append_within_with(
        &mut self,
        label: &[u8],
        closer: &[u8],
        end: usize,
        room: Room,
        write: impl for<'b> FnOnce(&'b mut [u8]) -> Tail<'b>,
        user: bool,
    ) -> Result<Placed, Full> {
        let length = self.head.length;
        let is_last = !user && end == length;
        // What is last is continued over its closer; anything else is continued at the tail and rotated.
        let at = if is_last { length - closer.len() } else { length };
        // The closer's place is within the reserve of the limit.
        let tail = self.free(at, room)?;
        let free = tail.len();
        let piece = if end == 0 { raw(tail, label) } else { Some(tail) };
        let Some(rest) = piece.and_then(write) else {
            if is_last {
                self.bytes[at..length].copy_from_slice(closer);
            }
            return Err(Full);
        };
        let written_end = at + free - rest.len();
        let mut piece = at;
        if end == 0 {
            piece += label.len();
            self.bytes[piece] = opener(closer);
        } else if !is_last {
            let position = end - closer.len();
            self.rotate_in(position, written_end);
            return Ok(Placed { at: position + 1, rotated: true });
        }
        let new_length = written_end + closer.len();
        self.bytes[written_end..new_length].copy_from_slice(closer);
        self.head.length = new_length;
        Ok(Placed { at: piece + 1, rotated: false })
    }

    /// Moves what was written behind the last member to `position`. What started or ended behind it moves along.
    #[inline(never)]
    pub(super) fn rotate_in(&mut self, position: usize, written_end: usize) {
        let added = written_end - self.head.length;
        if SMALL {
            rotate_slowly(self.bytes.get_mut(position..written_end).unwrap_or_default(), added);
        } else {
            self.bytes[position..written_end].rotate_right(added);
        }
        self.move_sections(position, added);
    }

    /// Removes the bytes from `from` to `to`; sections behind move along.
    #[inline(never)]
    pub(super) fn remove(&mut self, from: usize, to: usize) {
        let removed = to - from;
        if let Some(rest) = self.bytes.get_mut(from..self.head.length).filter(|rest| removed <= rest.len()) {
            rest.copy_within(removed.., 0);
        }
        self.move_sections(from, removed.wrapping_neg());
    }

    /// Moves what starts or ends behind a position, and the end of the document.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn move_sections(&mut self, position: usize, by: usize) {
        self.head.length = self.head.length.wrapping_add(by);
        for bound in self.head.starts.iter_mut().chain(&mut self.head.ends) {
            if usize::from(*bound) > position {
                *bound = bound.wrapping_add(by as u16);
            }
        }
    }

    /// Removes the older member with the key that was just written at `new` (index of its quote), if there is one
    /// among the members that start at `start`: the last write wins.
    #[inline(never)]
    pub(super) fn remove_older(&mut self, start: usize, new: usize, key_length: usize) {
        let Some(key) = self.bytes.get(new + 1..new + 1 + key_length) else { return };
        // The walk ends at the new member at the latest, as that has the key.
        let members = self.bytes.get(..self.head.length).unwrap_or_default();
        let Some(found) = walk::find(members, start, key) else { return };
        if found.start < new {
            // Another member follows, so the comma behind goes along.
            self.remove(found.start, found.value.end + 1);
        }
    }

    /// The same among the members of the document itself.
    #[inline(never)]
    pub(crate) fn remove_older_member(&mut self, new: usize, key_length: usize) {
        self.remove_older(super::begin::PREFIX, new, key_length);
    }
}

/// What `rotate_right` does, through a small buffer: what is moved to the front is mostly short. Without a call that could
/// panic, as its message takes as much room as this.
fn rotate_slowly(bytes: &mut [u8], added: usize) {
    let mut buffer = [0; 256];
    let kept = bytes.len().saturating_sub(added);
    let mut rest = bytes;
    let mut left = added;
    while left > 0 {
        let length = left.min(buffer.len());
        let Some(block) = kept.checked_add(length).and_then(|end| rest.get_mut(..end)) else { return };
        let Some((_, chunk)) = block.split_at_mut_checked(kept) else { return };
        buffer.iter_mut().zip(&*chunk).for_each(|(to, from)| *to = *from);
        block.copy_within(..kept, length);
        block.iter_mut().zip(&buffer).take(length).for_each(|(to, from)| *to = *from);
        rest = rest.get_mut(length..).unwrap_or_default();
        left -= length;
    }
}
