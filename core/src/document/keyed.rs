//! Members of sections that are found by key: the last write wins.
//!
//! A filter of 32 bits tells that a key cannot stand yet, so that only a hit costs a walk; always walking made a trace
//! a fifth more expensive.

use serde::Serialize;

use super::{DocumentView, Lead, Room, Section};
use crate::error::{Full, MetadataError};
use crate::json::value::{self, ValueError};
use crate::json::{Tail, literal, raw_short, string, walk};
use crate::key::{Key, bit_of};

/// A writer that is called through a pointer, so that what surrounds it exists once and not for each type of value.
type Write<'w> = &'w mut dyn for<'b> FnMut(&'b mut [u8]) -> Tail<'b>;

impl DocumentView {
    /// Writes an annotation, in place of the one with that key. `write` begins behind the text of the key.
    #[inline(always)]
    pub(crate) fn put_annotation(
        &mut self,
        key: Key<'_>,
        write: impl for<'b> FnOnce(&'b mut [u8]) -> Tail<'b>,
    ) -> Result<(), Full> {
        const LEAD: Lead = Lead { first: b",\"annotations\":{\"", next: b",\"" };
        let name = key.as_str().as_bytes();
        let placed = self.append_led(Section::Annotations, LEAD, Room::Member, |tail| write(raw_short(tail, name)?))?;
        if self.head.annotation_keys & key.bit() != 0 {
            self.remove_older(self.section_start(Section::Annotations), placed.at, name.len());
        }
        self.head.annotation_keys |= key.bit();
        Ok(())
    }

    /// Writes a metadata value; `None` is the default namespace.
    #[inline]
    pub(crate) fn put_metadata<T: Serialize + ?Sized>(
        &mut self,
        namespace: Option<&str>,
        key: &str,
        value: &T,
    ) -> Result<(), MetadataError> {
        serialized(value, |write| self.put_metadata_value(namespace, key, write))
    }

    /// Writes a free member of the `aws` section.
    #[inline]
    pub(crate) fn put_aws<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), MetadataError> {
        serialized(value, |write| self.put_aws_value(key, write))
    }

    #[inline(never)]
    fn put_aws_value(&mut self, key: &str, write: Write<'_>) -> Result<(), Full> {
        let mut key_length = 0;
        let placed = self.append(Section::Aws, Room::Member, |tail| write_member(tail, key, &mut key_length, write))?;
        self.remove_older(self.section_start(Section::Aws), placed.at, key_length);
        Ok(())
    }

    #[inline(never)]
    fn put_metadata_value(&mut self, namespace: Option<&str>, key: &str, write: Write<'_>) -> Result<(), Full> {
        const FIRST: Lead = Lead { first: b",\"metadata\":{\"default\":{", next: b"," };
        let selected = self.has_section(Section::Namespace) && self.head.default_namespace && namespace.is_none();
        let first = !self.has_section(Section::Metadata) && namespace.is_none();
        if !selected && !first && !self.select_namespace(namespace)? {
            self.open_namespace(namespace, key, write)?;
            self.head.default_namespace = namespace.is_none();
            self.head.metadata_keys |= bit_of(key.as_bytes());
            return Ok(());
        }
        let mut key_length = 0;
        let (namespace_end, metadata_end) = (self.section_end(Section::Namespace), self.section_end(Section::Metadata));
        let placed = if first || (namespace_end + 1 == metadata_end && metadata_end == self.head.length) {
            let placed = self.append_within(FIRST, b"}}", metadata_end, Room::Bulk, |tail| {
                write_member(tail, key, &mut key_length, write)
            })?;
            if first {
                self.head.default_namespace = true;
                self.head.starts[Section::Namespace as usize] = placed.at as u16;
                self.head.starts[Section::Metadata as usize] = (placed.at - "\"default\":{".len()) as u16;
            }
            self.head.ends[Section::Namespace as usize] = (self.head.length - 1) as u16;
            self.head.ends[Section::Metadata as usize] = self.head.length as u16;
            placed
        } else {
            self.append_within(Section::Namespace.lead(), b"}", namespace_end, Room::Bulk, |tail| {
                write_member(tail, key, &mut key_length, write)
            })?
        };
        let bit = bit_of(key.as_bytes());
        if self.head.metadata_keys & bit != 0 {
            self.remove_older(self.section_start(Section::Namespace), placed.at, key_length);
        }
        self.head.metadata_keys |= bit;
        Ok(())
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
        let tail = self.bytes.get_mut(length..self.head.limits[Room::Bulk as usize]).ok_or(Full)?;
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
        let placed = self.append(Section::Metadata, Room::Bulk, |tail| {
            let free = tail.len();
            let tail = string::quoted(tail, namespace.unwrap_or("default"))?;
            let tail = literal(tail, b":{")?;
            lead = free - tail.len();
            let tail = write_member(tail, key, &mut key_length, write)?;
            let tail = literal(tail, b"}")?;
            length = free - tail.len();
            Some(tail)
        })?;
        self.set_section(Section::Namespace, placed.at + lead, placed.at + length);
        Ok(())
    }
}

/// `"key":value`; sets the length of the key in its escaped form.
#[inline]
fn write_member<'b>(tail: &'b mut [u8], key: &str, key_length: &mut usize, write: Write<'_>) -> Tail<'b> {
    let tail = literal(tail, b"\"")?;
    let free = tail.len();
    let tail = string::escaped(tail, key)?;
    *key_length = free - tail.len();
    let tail = literal(tail, b"\":")?;
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
