//! Members of the document that stand once, keyed members of its sections, and the accounting of refusals.

use super::begin::PREFIX;
use super::{DocumentView, Room, Section};
use crate::error::Full;
use crate::id::EntityId;
use crate::json::{SMALL, Tail, literal, walk};

/// Members that can stand once: *set* replaces the one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    User,
    Origin,
    ResourceArn,
    Namespace,
    Sql,
    Service,
    Traced,
    CauseId,
    Error,
    Throttle,
    Fault,
    HttpRequest,
    HttpResponse,
}

impl Member {
    #[inline(always)]
    pub(super) const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl DocumentView {
    /// Writes a member of the document itself, from its comma on, in place of the one of that kind that stands.
    /// `key_length` is the length of its key.
    #[inline(always)]
    pub(crate) fn set_member(
        &mut self,
        member: Member,
        key_length: usize,
        room: Room,
        write: impl for<'b> FnOnce(&'b mut [u8]) -> Tail<'b>,
    ) -> Result<(), Full> {
        if SMALL {
            let mut write = Some(write);
            return self.set_member_small(member, key_length, room, &mut |tail| write.take()?(tail));
        }
        self.set_member_with(member, key_length, room, write)
    }

    /// The same, once for all writers.
    #[inline(never)]
    fn set_member_small(
        &mut self,
        member: Member,
        key_length: usize,
        room: Room,
        write: super::Write<'_>,
    ) -> Result<(), Full> {
        self.set_member_with(member, key_length, room, write)
    }

    #[inline(always)]
    fn set_member_with(
        &mut self,
        member: Member,
        key_length: usize,
        room: Room,
        write: impl for<'b> FnOnce(&'b mut [u8]) -> Tail<'b>,
    ) -> Result<(), Full> {
        let at = self.head.length;
        let tail = self.free(at, room)?;
        let free = tail.len();
        let rest = write(tail).ok_or(Full)?.len();
        self.head.length = at + free - rest;
        if self.has(member) {
            self.remove_older_member(at + 1, key_length);
        }
        self.head.members |= member.bit();
        Ok(())
    }

    /// Writes a member of the `http` section in place of the one of that kind that stands. `write` begins with its
    /// comma; `key_length` is the length of its key.
    #[inline(always)]
    pub(crate) fn set_http_member(
        &mut self,
        member: Member,
        key_length: usize,
        write: impl for<'b> FnOnce(&'b mut [u8]) -> Tail<'b>,
    ) -> Result<(), Full> {
        let placed = self.append(Section::Http, Room::Member, write)?;
        if self.has(member) {
            self.remove_older(self.section_start(Section::Http), placed.at, key_length);
        }
        self.head.members |= member.bit();
        Ok(())
    }

    /// Writes the `aws` block, in place of the whole one that stands. `write` begins with its brace; `keys` is the filter
    /// of all it may write. An empty block leaves none: a member that is put into it later opens it.
    #[inline(always)]
    pub(crate) fn replace_aws(
        &mut self,
        keys: u32,
        write: impl for<'b> FnOnce(&'b mut [u8]) -> Tail<'b>,
    ) -> Result<(), Full> {
        const LABEL: &[u8; 7] = b",\"aws\":";
        let at = self.head.length;
        let tail = self.free(at, Room::Member)?;
        let free = tail.len();
        let rest = literal(tail, LABEL).and_then(write).ok_or(Full)?.len();
        let written = free - rest;
        self.head.length = at + written;
        if self.has_section(Section::Aws) {
            self.set_section(Section::Aws, 0, 0);
            self.remove_older_member(at + 1, "aws".len());
        }
        self.note_aws(keys);
        let length = self.head.length;
        if written == LABEL.len() + "{}".len() {
            self.head.length = length - written;
        } else {
            self.set_section(Section::Aws, length - written + LABEL.len() + 1, length);
        }
        Ok(())
    }

    /// Writes a cause id over the one that stands.
    pub(crate) fn overwrite_cause_id(&mut self, id: EntityId) {
        let Some(found) = walk::find(&self.bytes[..self.head.length], PREFIX, b"cause") else { return };
        if let Some(digits) = self.bytes.get_mut(found.value.start + 1..found.value.end - 1) {
            digits.copy_from_slice(&id.text());
        }
    }

    /// Forgets a member that no longer stands.
    #[inline]
    pub(crate) fn forget(&mut self, member: Member) {
        self.head.members &= !member.bit();
    }

    /// Counts texts that were cut in a call that went through.
    #[inline]
    pub(crate) fn count_cuts(&mut self, cuts: u32) {
        if cuts > 0 {
            self.count_more_cuts(cuts);
        }
    }

    #[cold]
    fn count_more_cuts(&mut self, cuts: u32) {
        let cut = &mut self.head.tally.cut;
        *cut = cut.saturating_add(cuts);
    }

    /// Counts a refusal.
    #[inline]
    pub(crate) fn counted<T, E>(&mut self, result: Result<T, E>) -> Result<T, E> {
        if result.is_err() {
            self.count_refusal();
        }
        result
    }

    #[cold]
    fn count_refusal(&mut self) {
        let refused = &mut self.head.tally.refused;
        *refused = refused.saturating_add(1);
    }
}
