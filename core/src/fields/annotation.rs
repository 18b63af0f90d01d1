//! Annotations: indexed, flat, searchable.

use crate::document::DocumentView;
use crate::entity::{Entity, kind::Kind};
use crate::error::AnnotationError;
use crate::json::copy::{SHORT, json_mark, short};
use crate::json::{Tail, literal, number, raw, string};
use crate::key::{IntoKey, Key};

/// The value of an annotation: text of at most 1,000 characters, a number, or a boolean.
///
/// ```
/// # use xray_recorder_core::AnnotationValue;
/// assert_eq!(AnnotationValue::from("acme"), AnnotationValue::Text("acme"));
/// assert_eq!(AnnotationValue::from(-3), AnnotationValue::Signed(-3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum AnnotationValue<'a> {
    /// Text. Beyond 1,000 characters it is cut, ends with `…` and is counted.
    Text(&'a str),
    /// An integer.
    Signed(i64),
    /// A natural number.
    Unsigned(u64),
    /// A finite float.
    Float(f64),
    /// A boolean.
    Bool(bool),
}

macro_rules! from {
    ($($type:ty => $variant:ident),*) => {$(
        impl From<$type> for AnnotationValue<'_> {
            #[inline]
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}
from!(
    i8 => Signed, i16 => Signed, i32 => Signed, i64 => Signed,
    u8 => Unsigned, u16 => Unsigned, u32 => Unsigned, u64 => Unsigned,
    f32 => Float, f64 => Float, bool => Bool
);

impl From<usize> for AnnotationValue<'_> {
    #[inline]
    fn from(value: usize) -> Self {
        Self::Unsigned(value as u64)
    }
}

impl From<isize> for AnnotationValue<'_> {
    #[inline]
    fn from(value: isize) -> Self {
        Self::Signed(value as i64)
    }
}

impl<'a> From<&'a str> for AnnotationValue<'a> {
    #[inline]
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

const MAX_CHARS: usize = 1_000;

impl<K: Kind> Entity<'_, K> {
    /// Puts an annotation, in place of one with the same key. X-Ray indexes up to 50 of a trace.
    ///
    /// # Errors
    ///
    /// [`AnnotationError`]: no room, a key with other characters than `[A-Za-z0-9_]`, or a number that is not finite.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let mut document = Document::<512>::new();
    /// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// segment.put_annotation("tenant", "acme")?;
    /// segment.put_annotation("items", 2)?;
    /// segment.put_annotation("items", 3)?;
    /// assert!(segment.json().ends_with(r#","annotations":{"tenant":"acme","items":3}}"#));
    /// assert!(segment.put_annotation("tenant-id", 17).is_err());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn put_annotation<'v>(
        &mut self,
        key: impl IntoKey<'v>,
        value: impl Into<AnnotationValue<'v>>,
    ) -> Result<(), AnnotationError> {
        key.with_key(|key| match key {
            // The value's type is known where this is called, so that only one of these is left of it.
            Ok(key) => match value.into() {
                AnnotationValue::Text(text) => put_text(self.document, key, text),
                AnnotationValue::Unsigned(number) => put_unsigned(self.document, key, number),
                AnnotationValue::Signed(number @ 0..) => put_unsigned(self.document, key, number as u64),
                AnnotationValue::Signed(number) => put_signed(self.document, key, number),
                AnnotationValue::Float(number) => put_float(self.document, key, number),
                AnnotationValue::Bool(answer) => put_bool(self.document, key, answer),
            },
            Err(error) => self.document.counted(Err(error)),
        })
    }
}

// Not methods of an entity: they would exist twice, once for each kind.

#[inline(never)]
fn put_text(document: &mut DocumentView, key: &Key<'_>, text: &str) -> Result<(), AnnotationError> {
    let written = document.put_short_annotation(key, |value| {
        let bytes = text.as_bytes();
        let end = 1 + bytes.len();
        if bytes.len() > SHORT || !short(&mut value[1..end], bytes, json_mark) {
            return None;
        }
        (value[0], value[end]) = (b'"', b'"');
        Some(end + 1)
    });
    match written {
        Some(()) => Ok(()),
        None => put_long(document, key, text),
    }
}

#[inline(never)]
fn put_unsigned(document: &mut DocumentView, key: &Key<'_>, number: u64) -> Result<(), AnnotationError> {
    let written = document.put_short_annotation(key, |value| number::short(&mut value[..4], number));
    match written {
        Some(()) => Ok(()),
        None => put_large(document, key, number),
    }
}

// Whatever the document is like.

#[inline(never)]
fn put_long(document: &mut DocumentView, key: &Key<'_>, text: &str) -> Result<(), AnnotationError> {
    put_with(document, key, &mut |tail, cut| string::labelled(tail, b'"', b"", text, MAX_CHARS, cut))
}

#[inline(never)]
fn put_large(document: &mut DocumentView, key: &Key<'_>, number: u64) -> Result<(), AnnotationError> {
    put_with(document, key, &mut |tail, _| number::unsigned(tail, number))
}

#[inline(never)]
fn put_signed(document: &mut DocumentView, key: &Key<'_>, number: i64) -> Result<(), AnnotationError> {
    put_with(document, key, &mut |tail, _| number::signed(tail, number))
}

#[inline(never)]
fn put_float(document: &mut DocumentView, key: &Key<'_>, number: f64) -> Result<(), AnnotationError> {
    if !number.is_finite() {
        return document.counted(Err(AnnotationError::NotFinite));
    }
    put_with(document, key, &mut |tail, _| number::float(tail, number))
}

#[inline(never)]
fn put_bool(document: &mut DocumentView, key: &Key<'_>, answer: bool) -> Result<(), AnnotationError> {
    put_with(document, key, &mut |tail, _| raw(tail, if answer { b"true" } else { b"false" }))
}

/// Any value, whatever the document is like. Each type has a call of its own, so that a program without floats links
/// nothing that prints them.
#[inline(never)]
fn put_with(
    document: &mut DocumentView,
    key: &Key<'_>,
    write: &mut dyn for<'b> FnMut(&'b mut [u8], &mut u32) -> Tail<'b>,
) -> Result<(), AnnotationError> {
    let mut cut = 0;
    let result = document.put_annotation(key, |tail| write(tail, &mut cut)).map_err(AnnotationError::from);
    document.counted(result)?;
    document.count_cuts(cut);
    Ok(())
}

#[inline(always)]
pub(super) fn write_value<'b>(tail: &'b mut [u8], value: AnnotationValue<'_>, cut: &mut u32) -> Tail<'b> {
    match value {
        AnnotationValue::Text(text) => string::labelled(tail, b'"', b"", text, MAX_CHARS, cut),
        AnnotationValue::Signed(number) => number::signed(tail, number),
        AnnotationValue::Unsigned(number) => number::unsigned(tail, number),
        AnnotationValue::Float(number) => number::float(tail, number),
        AnnotationValue::Bool(true) => literal(tail, b"true"),
        AnnotationValue::Bool(false) => literal(tail, b"false"),
    }
}
