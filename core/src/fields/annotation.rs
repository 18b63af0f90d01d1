//! Annotations: indexed, flat, searchable.

use crate::entity::{Entity, kind::Kind};
use crate::error::AnnotationError;
use crate::json::{Tail, literal, number, string};
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
        let key = match key.into_key() {
            Ok(key) => key,
            Err(error) => return self.document.counted(Err(error)),
        };
        // The value's type is known where this is called, so that only one of these is left of it.
        match value.into() {
            AnnotationValue::Text(text) => self.put_text(key, text),
            value => self.put_scalar(key, value),
        }
    }

    #[inline(never)]
    fn put_text(&mut self, key: Key<'_>, text: &str) -> Result<(), AnnotationError> {
        let mut cut = 0;
        let result = self.document.put_annotation(key, |tail| {
            let tail = literal(tail, b"\":\"")?;
            let tail = string::limited(tail, text, MAX_CHARS, &mut cut)?;
            literal(tail, b"\"")
        });
        self.document.counted(result)?;
        self.document.count_cuts(cut);
        Ok(())
    }

    #[inline(never)]
    fn put_scalar(&mut self, key: Key<'_>, value: AnnotationValue<'_>) -> Result<(), AnnotationError> {
        let result = match value {
            AnnotationValue::Float(number) if !number.is_finite() => Err(AnnotationError::NotFinite),
            _ => self
                .document
                .put_annotation(key, |tail| {
                    let tail = literal(tail, b"\":")?;
                    write_value(tail, value, &mut 0)
                })
                .map_err(AnnotationError::from),
        };
        self.document.counted(result)
    }
}

#[inline(always)]
pub(super) fn write_value<'b>(tail: &'b mut [u8], value: AnnotationValue<'_>, cut: &mut u32) -> Tail<'b> {
    match value {
        AnnotationValue::Text(text) => {
            let tail = literal(tail, b"\"")?;
            let tail = string::limited(tail, text, MAX_CHARS, cut)?;
            literal(tail, b"\"")
        }
        AnnotationValue::Signed(number) => number::signed(tail, number),
        AnnotationValue::Unsigned(number) => number::unsigned(tail, number),
        AnnotationValue::Float(number) => number::float(tail, number),
        AnnotationValue::Bool(true) => literal(tail, b"true"),
        AnnotationValue::Bool(false) => literal(tail, b"false"),
    }
}
