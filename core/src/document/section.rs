//! Sections: the objects and arrays of a document that grow.
//!
//! One write primitive serves them all: content is written at the tail of the document, and where the section is not
//! the last thing in it, rotated into place. Until then nothing that stands has been touched, so a write that does not
//! fit is undone by forgetting it.

use super::{DocumentView, Room};
use crate::error::Full;
use crate::json::{Tail, raw, walk};

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

    /// What stands before a piece of content.
    #[inline(always)]
    pub(super) const fn lead(self) -> Lead {
        let first: &[u8] = match self {
            Self::Http => b",\"http\":{",
            Self::Aws => b",\"aws\":{",
            Self::Annotations => b",\"annotations\":{",
            Self::Metadata => b",\"metadata\":{",
            Self::Namespace => b"",
            Self::Exceptions => b",\"cause\":{",
            Self::Subsegments => b",\"subsegments\":[",
            Self::Links => b",\"links\":[",
            Self::Precursors => b",\"precursor_ids\":[",
        };
        Lead { first, next: b"," }
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

/// What stands before a piece of content: before the first of its section, from the comma on, and before any other.
/// Both may go on into the content, so that one write does for what is always the same; then alike in both.
#[derive(Clone, Copy)]
pub(crate) struct Lead {
    pub(crate) first: &'static [u8],
    pub(crate) next: &'static [u8],
}

/// Where a piece of content came to stand, without the comma before it.
#[derive(Clone, Copy)]
pub(crate) struct Placed {
    pub(crate) at: usize,
    pub(super) rotated: bool,
}

impl DocumentView {
    #[inline(always)]
    pub(crate) const fn has_section(&self, section: Section) -> bool {
        self.head.ends[section as usize] != 0
    }

    /// Index of the first byte of a section's content.
    #[inline(always)]
    pub(super) const fn section_start(&self, section: Section) -> usize {
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

    /// Appends a piece to a section, which is opened by the first one. `write` gets the free space and gives back the
    /// rest; where it gives `None`, nothing has happened.
    #[inline(always)]
    pub(crate) fn append(
        &mut self,
        section: Section,
        room: Room,
        write: impl for<'b> FnOnce(&'b mut [u8]) -> Tail<'b>,
    ) -> Result<Placed, Full> {
        self.append_led(section, section.lead(), room, write)
    }

    /// The same behind a lead that goes on into the content.
    #[inline(always)]
    pub(crate) fn append_led(
        &mut self,
        section: Section,
        lead: Lead,
        room: Room,
        write: impl for<'b> FnOnce(&'b mut [u8]) -> Tail<'b>,
    ) -> Result<Placed, Full> {
        let end = self.section_end(section);
        let placed = self.append_within(lead, section.closer(), end, room, write)?;
        if end == 0 {
            self.head.starts[section as usize] = placed.at as u16;
        }
        if !placed.rotated {
            self.head.ends[section as usize] = self.head.length as u16;
        }
        Ok(placed)
    }

    /// Appends a piece to what ends at `end` with `closer`; where `end` is zero, to the document.
    #[inline(always)]
    pub(super) fn append_within(
        &mut self,
        lead: Lead,
        closer: &[u8],
        end: usize,
        room: Room,
        write: impl for<'b> FnOnce(&'b mut [u8]) -> Tail<'b>,
    ) -> Result<Placed, Full> {
        let length = self.head.length;
        let is_last = end == length;
        // What is last is continued over its closer; anything else is continued at the tail and rotated.
        let at = if is_last { length - closer.len() } else { length };
        // The closer's place is within the reserve of `limit`.
        let tail = self.bytes.get_mut(at..self.head.limits[room as usize]).ok_or(Full)?;
        let free = tail.len();
        let content = if end == 0 { raw(tail, lead.first) } else { raw(tail, lead.next) };
        let Some(rest) = content.and_then(write) else {
            if is_last {
                self.bytes[at..length].copy_from_slice(closer);
            }
            return Err(Full);
        };
        let written_end = at + free - rest.len();
        if end != 0 && !is_last {
            let position = end - closer.len();
            self.rotate_in(position, written_end);
            return Ok(Placed { at: position + 1, rotated: true });
        }
        let new_length = written_end + closer.len();
        self.bytes[written_end..new_length].copy_from_slice(closer);
        self.head.length = new_length;
        let lead = if end == 0 { lead.first.len() + 1 - lead.next.len() } else { 1 };
        Ok(Placed { at: at + lead, rotated: false })
    }

    /// Moves what was written behind the last member to `position`. What started or ended behind it moves along.
    #[inline(never)]
    fn rotate_in(&mut self, position: usize, written_end: usize) {
        let added = written_end - self.head.length;
        self.bytes[position..written_end].rotate_right(added);
        self.head.length = written_end;
        for start in &mut self.head.starts {
            if usize::from(*start) > position {
                *start += added as u16;
            }
        }
        for end in &mut self.head.ends {
            if usize::from(*end) > position {
                *end += added as u16;
            }
        }
    }

    /// Removes the bytes from `from` to `to`; sections behind move along.
    #[inline(never)]
    pub(super) fn remove(&mut self, from: usize, to: usize) {
        let removed = to - from;
        self.bytes.copy_within(to..self.head.length, from);
        self.head.length -= removed;
        for start in &mut self.head.starts {
            if usize::from(*start) > from {
                *start -= removed as u16;
            }
        }
        for end in &mut self.head.ends {
            if usize::from(*end) > from {
                *end -= removed as u16;
            }
        }
    }

    /// Removes the older member with the key that was just written at `new` (index of its quote), if there is one
    /// among the members that start at `start`: the last write wins.
    #[inline(never)]
    pub(super) fn remove_older(&mut self, start: usize, new: usize, key_length: usize) {
        let Some(key) = self.bytes.get(new + 1..new + 1 + key_length) else { return };
        // The walk ends at the new member at the latest, as that has the key.
        let Some(found) = walk::find(&self.bytes[..self.head.length], start, key) else { return };
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
