//! Members of sections that are found by key: the last write wins.
//!
//! A filter of 32 bits tells that a key cannot stand yet, so that only a hit costs a walk; always walking made a trace
//! a fifth more expensive.

use serde::Serialize;

use super::{DocumentView, Room, Section};
use crate::error::{Full, MetadataError};
use crate::json::copy::SHORT;
use crate::json::value::{self, ValueError};
use crate::json::{SMALL, Tail, literal, raw, string, walk};
use crate::key::{Key, LABEL, bit_of};

/// A writer that is called through a pointer, so that what surrounds it exists once and not for each type of value.
pub(crate) type Write<'w> = &'w mut dyn for<'b> FnMut(&'b mut [u8]) -> Tail<'b>;

/// The room that [`DocumentView::put_short_annotation`] wants: a label, a value and the brace. A value has a short
/// text and two quotes.
const SHORT_ROOM: usize = LABEL + VALUE_ROOM + 1;
const VALUE_ROOM: usize = SHORT + 2;

impl DocumentView {
    /// Writes an annotation, in place of the one with that key. `write` begins with the value.
    #[inline(never)]
    pub(crate) fn put_annotation(
        &mut self,
        key: &Key<'_>,
        write: impl for<'b> FnOnce(&'b mut [u8]) -> Tail<'b>,
    ) -> Result<(), Full> {
        if SMALL {
            let mut write = Some(write);
            return self.put_annotation_small(key, &mut |tail| write.take()?(tail));
        }
        self.put_annotation_with(key, write)
    }

    #[inline(never)]
    fn put_annotation_small(&mut self, key: &Key<'_>, write: Write<'_>) -> Result<(), Full> {
        self.put_annotation_with(key, write)
    }

    #[inline(always)]
    fn put_annotation_with(
        &mut self,
        key: &Key<'_>,
        write: impl for<'b> FnOnce(&'b mut [u8]) -> Tail<'b>,
    ) -> Result<(), Full> {
        let name = key.as_str().as_bytes();
        let placed = self.append(Section::Annotations, Room::Member, |tail| {
            let tail = literal(tail, b",\"")?;
            let tail = raw(tail, name)?;
            write(literal(tail, b"\":")?)
        })?;
        self.note_annotation(key, placed.at);
        Ok(())
    }

    /// The same where all is as it mostly is: a short key, room in plenty, and annotations that are the last in the
    /// document or not yet there. `write` gives back the length of the value, or `None` when it is not a short one.
    /// Where this gives `None`, the other is to be called.
    ///
    /// Constant lengths all the way: it halves what an annotation costs, the most frequent call.
    #[inline(always)]
    pub(crate) fn put_short_annotation(
        &mut self,
        key: &Key<'_>,
        write: impl FnOnce(&mut [u8; VALUE_ROOM]) -> Option<usize>,
    ) -> Option<()> {
        if SMALL {
            return None;
        }
        let (label, value_at) = key.label()?;
        let place = self.place(Section::Annotations)?;
        let room = self.free(place.at, Room::Member).ok()?.first_chunk_mut::<SHORT_ROOM>()?;
        *room.first_chunk_mut::<LABEL>()? = *label;
        let value = room.get_mut(value_at..value_at + VALUE_ROOM)?.first_chunk_mut()?;
        let length = write(value)?;
        self.include(Section::Annotations, place, place.at + value_at + length)?;
        self.note_annotation(key, place.at + 1);
        Some(())
    }

    /// Remembers the annotation that was written at `at`, and removes an older one with the same key.
    #[inline(always)]
    fn note_annotation(&mut self, key: &Key<'_>, at: usize) {
        if self.head.annotation_keys & key.bit() != 0 {
            self.remove_older(self.section_start(Section::Annotations), at, key.as_str().len());
        }
        self.head.annotation_keys |= key.bit();
    }

    /// Writes a metadata value; `None` is the default namespace.
    #[inline]
    pub(crate) fn put_metadata<T: Serialize + ?Sized>(
        &mut self,
        namespace: Option<&str>,
        key: &str,
        value: &T,
    ) -> Result<(), MetadataError> {
        serialized(value, |write| self.put_metadata_with(namespace, key, write))
    }

    /// Writes a free member of the `aws` section.
    #[inline]
    pub(crate) fn put_aws<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), MetadataError> {
        serialized(value, |write| self.put_aws_with(key, write))
    }

    #[inline(never)]
    pub(crate) fn put_aws_with(&mut self, key: &str, write: Write<'_>) -> Result<(), Full> {
        let mut key_length = 0;
        let placed = self
            .append_from::<true>(Section::Aws, Room::Member, |tail| write_member(tail, key, &mut key_length, write))?;
        if self.may_have_aws(key.as_bytes()) {
            self.remove_older(self.section_start(Section::Aws), placed.at, key_length);
        }
        Ok(())
    }

    /// Most values are put into the default namespace, while metadata is the last in the document or not yet there. By
    /// itself, so that the rest of the cases need no registers here.
    #[inline(never)]
    pub(crate) fn put_metadata_with(
        &mut self,
        namespace: Option<&str>,
        key: &str,
        write: &mut (impl (for<'b> FnMut(&'b mut [u8]) -> Tail<'b>) + ?Sized),
    ) -> Result<(), Full> {
        const FIRST: &[u8] = b",\"metadata\":{\"default\":";
        let end = self.section_end(Section::Metadata);
        let is_last = end == self.head.length && self.section_end(Section::Namespace) + 1 == end;
        if SMALL || namespace.is_some() || !(end == 0 || (is_last && self.head.default_namespace)) {
            return self.put_metadata_elsewhere(namespace, key, &mut |tail: &mut [u8]| write(tail));
        }
        let mut key_length = 0;
        let placed = self.append_within::<true>(FIRST, b"}}", end, Room::Bulk, |tail| {
            write_member(tail, key, &mut key_length, write)
        })?;
        if end == 0 {
            self.head.default_namespace = true;
            self.head.starts[Section::Namespace as usize] = placed.at as u16;
            self.head.starts[Section::Metadata as usize] = (placed.at - "\"default\":{".len()) as u16;
        }
        self.head.ends[Section::Namespace as usize] = (self.head.length - 1) as u16;
        self.head.ends[Section::Metadata as usize] = self.head.length as u16;
        self.note_metadata(key, placed.at, key_length);
        Ok(())
    }

    #[inline(never)]
    fn put_metadata_elsewhere(&mut self, namespace: Option<&str>, key: &str, write: Write<'_>) -> Result<(), Full> {
        let selected = self.has_section(Section::Namespace) && self.head.default_namespace && namespace.is_none();
        if !selected && !self.select_namespace(namespace)? {
            self.open_namespace(namespace, key, write)?;
            self.head.default_namespace = namespace.is_none();
            self.head.metadata_keys |= bit_of(key.as_bytes());
            return Ok(());
        }
        let mut key_length = 0;
        let (namespace_end, metadata_end) = (self.section_end(Section::Namespace), self.section_end(Section::Metadata));
        let is_last = namespace_end + 1 == metadata_end && metadata_end == self.head.length;
        let (closer, end): (&[u8], _) = if is_last { (b"}}", metadata_end) } else { (b"}", namespace_end) };
        let placed = self.append_within::<true>(b"", closer, end, Room::Bulk, |tail| {
            write_member(tail, key, &mut key_length, write)
        })?;
        if is_last {
            self.head.ends[Section::Namespace as usize] = (self.head.length - 1) as u16;
            self.head.ends[Section::Metadata as usize] = self.head.length as u16;
        }
        self.note_metadata(key, placed.at, key_length);
        Ok(())
    }

    /// Remembers the value that was written at `at`, and removes an older one with the same key.
    #[inline(always)]
    fn note_metadata(&mut self, key: &str, at: usize, key_length: usize) {
        let bit = bit_of(key.as_bytes());
        if self.head.metadata_keys & bit != 0 {
            self.remove_older(self.section_start(Section::Namespace), at, key_length);
        }
        self.head.metadata_keys |= bit;
    }

    /// Makes a namespace that stands the one that is written to.
    #[inline(never)]
    fn select_namespace(&mut self, namespace: Option<&str>) -> Result<bool, Full> {
        if !self.has_section(Section::Metadata) {
            return Ok(false);
        }
        // The free space holds the escaped form for as long as it is looked for.
        let name = namespace.unwrap_or("default");
        let length = self.head.length;
        let tail = self.free(length, Room::Bulk)?;
        let free = tail.len();
        let name_end = length + free - string::escaped(tail, name).ok_or(Full)?.len();
        let (members, name) = (&self.bytes[..length], &self.bytes[length..name_end]);
        let Some(found) = walk::find(members, self.section_start(Section::Metadata), name) else {
            return Ok(false);
        };
        self.set_section(Section::Namespace, found.value.start + 1, found.value.end);
        self.head.default_namespace = namespace.is_none();
        Ok(true)
    }

    /// Opens a namespace with its first member.
    fn open_namespace(&mut self, namespace: Option<&str>, key: &str, write: Write<'_>) -> Result<(), Full> {
        let mut key_length = 0;
        let mut lead = 0;
        let mut length = 0;
        let placed = self.append_from::<true>(Section::Metadata, Room::Bulk, |tail| {
            let free = tail.len();
            let tail = literal(tail, b",")?;
            let tail = string::quoted(tail, namespace.unwrap_or("default"))?;
            let tail = literal(tail, b":")?;
            lead = free - tail.len();
            let room = tail.len();
            let member = room - write_member(tail, key, &mut key_length, write)?.len();
            tail[0] = b'{';
            let tail = literal(&mut tail[member..], b"}")?;
            length = free - 1 - tail.len();
            Some(tail)
        })?;
        self.set_section(Section::Namespace, placed.at + lead, placed.at + length);
        Ok(())
    }
}

/// `,"key":value`; sets the length of the key in its escaped form.
#[inline(always)]
fn write_member<'b>(
    tail: &'b mut [u8],
    key: &str,
    key_length: &mut usize,
    write: &mut (impl (for<'w> FnMut(&'w mut [u8]) -> Tail<'w>) + ?Sized),
) -> Tail<'b> {
    let free = tail.len();
    let tail = string::labelled(tail, b',', b"\"", key, usize::MAX, &mut 0)?;
    *key_length = free - tail.len() - ",\"\"".len();
    let tail = literal(tail, b":")?;
    write(tail)
}

/// Calls `put` with a writer of `value`, and tells a refusal of the value from one of the document.
#[inline]
fn serialized<T: Serialize + ?Sized>(
    value: &T,
    put: impl FnOnce(Write<'_>) -> Result<(), Full>,
) -> Result<(), MetadataError> {
    let mut refusal = ValueError::Full;
    put(&mut |tail| match value::value(tail, value) {
        Ok(rest) => Some(rest),
        Err(error) => {
            refusal = error;
            None
        }
    })
    .map_err(|Full| refusal.into())
}
