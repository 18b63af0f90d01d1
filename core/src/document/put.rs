//! One way to write for all that has a key, where code size counts.

use super::begin::PREFIX;
use super::{DocumentView, Member, Room, Section};
use crate::error::Full;
use crate::json::pen::Pen;
use crate::json::walk;

/// What a label has beside its key.
const QUOTES: usize = b"\"\":".len();

/// The key of a label.
pub(crate) fn key_of(label: &str) -> &[u8] {
    label.as_bytes().get(1..label.len().saturating_sub(2)).unwrap_or_default()
}

/// What writes a value, or several: it is called once.
pub(crate) type Dictation<'w> = &'w mut dyn FnMut(&mut Pen<'_>);

/// What a member stands in that is begun with it: the label of that and its bracket. An object ends behind the member.
type Within<'l> = Option<(&'l str, u8)>;

impl DocumentView {
    /// Appends what `write` writes behind a label to a section, or to the document itself; gives where it stands.
    #[inline(never)]
    pub(crate) fn append_pen(
        &mut self,
        section: Option<Section>,
        room: Room,
        within: Within<'_>,
        label: &str,
        write: Dictation<'_>,
    ) -> Result<usize, Full> {
        let length = self.head.length;
        let (before, closer, end) = match section {
            Some(section) => (section.label(), section.closer(), self.section_end(section)),
            None => (&b""[..], &b""[..], length),
        };
        let (is_first, is_last) = (end == 0, end == length);
        // What is last is continued over its closer; anything else is continued at the tail and rotated.
        let begin = if is_last { length - closer.len() } else { length };
        let mut pen = Pen::new(&mut self.bytes, begin, self.limits[room as usize].into());
        if is_first {
            pen.raw(before);
        }
        let start = pen.position();
        if let Some((outer, bracket)) = within {
            pen.open(outer, bracket);
        }
        if !label.is_empty() {
            pen.label(label);
            pen.value_follows();
        }
        write(&mut pen);
        if let Some((_, b'{')) = within {
            pen.close_plain();
        }
        let finished = pen.finish();
        // The closer's place is within the reserve of the limit.
        let (closer_at, position) = match finished {
            Some((written_end, _)) => (written_end, start),
            None => (begin, begin),
        };
        if is_first || is_last {
            // Not by a copy, which would be a call: it is one byte, or two.
            match self.bytes.get_mut(closer_at..closer_at + closer.len()) {
                Some([first, last]) => (*first, *last) = (b']', b'}'),
                Some([only]) => *only = closer.first().copied().unwrap_or_default(),
                Some(_) => {}
                None => return Err(Full),
            }
        }
        let (written_end, cuts) = finished.ok_or(Full)?;
        let mut at = position;
        if is_first || is_last {
            let new_length = written_end + closer.len();
            self.head.length = new_length;
            if let Some(section) = section {
                let mut first = self.section_start(section);
                if is_first {
                    // The comma makes room for the bracket.
                    *self.bytes.get_mut(start).ok_or(Full)? = super::section::opener(closer);
                    first = start + 1;
                }
                self.set_section(section, first, new_length);
            }
        } else {
            at = end - closer.len();
            self.rotate_in(at, written_end);
        }
        self.count_cuts(cuts);
        Ok(at + 1)
    }

    /// Writes a member: into a section, or into the document itself, in place of one with that key, where one may stand.
    #[inline(never)]
    pub(crate) fn put(
        &mut self,
        section: Option<Section>,
        room: Room,
        label: &str,
        may_stand: bool,
        write: Dictation<'_>,
    ) -> Result<usize, Full> {
        let at = self.append_pen(section, room, None, label, write)?;
        if may_stand {
            let start = section.map_or(PREFIX, |section| self.section_start(section));
            let appended = self.head.length;
            self.remove_older(start, at, label.len().saturating_sub(QUOTES));
            return Ok(at - (appended - self.head.length));
        }
        Ok(at)
    }

    /// Writes a member that can stand once.
    #[inline(never)]
    pub(crate) fn put_member(
        &mut self,
        section: Option<Section>,
        room: Room,
        member: Member,
        label: &str,
        write: Dictation<'_>,
    ) -> Result<usize, Full> {
        let at = self.put(section, room, label, self.has(member), write)?;
        self.head.members |= member.bit();
        Ok(at)
    }

    /// Writes the `aws` block, in place of the whole one that stands.
    pub(crate) fn replace_aws_pen(&mut self, label: &str, write: Dictation<'_>) -> Result<usize, Full> {
        let (start, end) = (self.section_start(Section::Aws), self.section_end(Section::Aws));
        self.set_section(Section::Aws, 0, 0);
        let put = self.put(None, Room::Member, label, end != 0, write);
        let Ok(at) = put else {
            self.set_section(Section::Aws, start, end);
            return put;
        };
        self.note_aws(u32::MAX);
        let inner = at + b"\"aws\":{".len();
        if inner + 1 == self.head.length {
            // A block of nothing is none: what comes next begins one.
            self.head.length = at - 1;
        } else {
            self.set_section(Section::Aws, inner, self.head.length);
        }
        put
    }

    /// Writes a metadata value. The namespace is one that needs no escapes.
    #[inline(never)]
    pub(crate) fn put_metadata_pen(
        &mut self,
        namespace: &str,
        label: &str,
        write: Dictation<'_>,
    ) -> Result<usize, Full> {
        let bit = crate::key::bit_of(label.as_bytes());
        let length = self.head.length;
        let had_metadata = self.has_section(Section::Metadata);
        let members = self.bytes.get(..length).unwrap_or_default();
        let start = self.section_start(Section::Metadata);
        if let Some(found) = had_metadata.then(|| walk::find(members, start, key_of(namespace))).flatten() {
            self.set_section(Section::Namespace, found.value.start + 1, found.value.end);
            let may_stand = self.head.metadata_keys & bit != 0;
            self.head.metadata_keys |= bit;
            return self.put(Some(Section::Namespace), Room::Bulk, label, may_stand, write);
        }
        let at = self.append_pen(Some(Section::Metadata), Room::Bulk, Some((namespace, b'{')), label, write)?;
        self.head.metadata_keys |= bit;
        Ok(at)
    }
}
