//! Keys of annotations, checked once.

use core::fmt;

use crate::error::AnnotationError;
use crate::json::SMALL;

/// The length of a label, and of the longest key that has one.
pub(crate) const LABEL: usize = 32;
const MOST_LABELLED: usize = LABEL - ",\"\":".len();

/// Where code size counts the label is written by the piece, and its bytes would be wasted.
const STORED: usize = if SMALL { 0 } else { LABEL };

/// The key of an annotation: 1 to 500 characters of `[A-Za-z0-9_]`, the characters X-Ray indexes.
///
/// A `const` key is checked by the compiler and costs nothing per call:
///
/// ```
/// use xray_recorder_core::Key;
///
/// const TENANT: Key = Key::new("tenant");
/// assert_eq!(TENANT.as_str(), "tenant");
/// ```
///
/// ```compile_fail
/// # use xray_recorder_core::Key;
/// const TENANT: Key = Key::new("tenant-id");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key<'k> {
    text: &'k str,
    /// `,"key":` with what fits of the key: a label of constant length is copied without a look at its length.
    label: [u8; STORED],
    /// One bit of 32, by which a document tells that it cannot hold this key yet.
    bit: u32,
}

impl<'k> Key<'k> {
    /// A key that is known to be valid, for use in a `const`.
    ///
    /// # Panics
    ///
    /// When the key is not valid: at compile time in a `const`. For a key that is made at run time use
    /// [`Key::try_new`].
    #[must_use]
    #[track_caller]
    pub const fn new(text: &'k str) -> Self {
        match Self::try_new(text) {
            Ok(key) => key,
            Err(_) => panic!("an annotation key is 1 to 500 letters, digits and underscores of ASCII"),
        }
    }

    /// Checks a key.
    ///
    /// # Errors
    ///
    /// [`AnnotationError::InvalidKey`] for an empty key, one of over 500 characters, or one with others than
    /// `[A-Za-z0-9_]`.
    ///
    /// ```
    /// # use xray_recorder_core::{AnnotationError, Key};
    /// assert!(Key::try_new("cache_hit").is_ok());
    /// assert_eq!(Key::try_new("cache.hit"), Err(AnnotationError::InvalidKey));
    /// ```
    #[inline]
    pub const fn try_new(text: &'k str) -> Result<Self, AnnotationError> {
        let bytes = text.as_bytes();
        if bytes.is_empty() || bytes.len() > 500 {
            return Err(AnnotationError::InvalidKey);
        }
        let mut label = [b'"'; STORED];
        if let Some(first) = label.first_mut() {
            *first = b',';
        }
        let mut at = 0;
        while at < bytes.len() {
            if !ALLOWED[bytes[at] as usize] {
                return Err(AnnotationError::InvalidKey);
            }
            if !SMALL && at < MOST_LABELLED {
                label[at + 2] = bytes[at];
            }
            at += 1;
        }
        if !SMALL && at <= MOST_LABELLED {
            label[at + 3] = b':';
        }
        Ok(Self { text, label, bit: bit_of(bytes) })
    }

    /// The text of the key.
    #[inline]
    #[must_use]
    pub const fn as_str(&self) -> &'k str {
        self.text
    }

    /// `,"key":` and its length, unless the key is too long for that.
    #[inline(always)]
    pub(crate) fn label(&self) -> Option<(&[u8; LABEL], usize)> {
        let length = self.text.len() + LABEL - MOST_LABELLED;
        let label = self.label.first_chunk()?;
        (length <= LABEL).then_some((label, length))
    }

    #[inline]
    pub(crate) const fn bit(&self) -> u32 {
        self.bit
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.text).finish()
    }
}

const ALLOWED: [bool; 256] = {
    let mut allowed = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        allowed[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    allowed
};

/// One of 32 bits for a key: a filter, so a clash costs a walk and no more.
#[inline]
pub(crate) const fn bit_of(key: &[u8]) -> u32 {
    let [first, .., last] = key else { return 1 };
    let mixed = key.len() as u32 * 7 + *first as u32 * 3 + *last as u32;
    1 << ((mixed ^ (mixed >> 5)) & 31)
}

/// What can be a key: text that is checked on each call, a [`Key`] that was checked before, or the result of that.
pub trait IntoKey<'k>: sealed::Sealed<'k> {
    /// The checked key.
    ///
    /// # Errors
    ///
    /// [`AnnotationError::InvalidKey`], as [`Key::try_new`] gives it.
    fn into_key(self) -> Result<Key<'k>, AnnotationError>;
}

impl<'k> IntoKey<'k> for &'k str {
    #[inline]
    fn into_key(self) -> Result<Key<'k>, AnnotationError> {
        Key::try_new(self)
    }
}

impl<'k> IntoKey<'k> for Key<'k> {
    #[inline]
    fn into_key(self) -> Result<Self, AnnotationError> {
        Ok(self)
    }
}

impl<'k> IntoKey<'k> for Result<Key<'k>, AnnotationError> {
    #[inline]
    fn into_key(self) -> Self {
        self
    }
}

mod sealed {
    use super::{AnnotationError, Key};

    pub trait Sealed<'k> {
        /// Calls `put` with the checked key by reference: a `const` one stays where the compiler put it.
        fn with_key<R>(self, put: impl FnOnce(Result<&Key<'k>, AnnotationError>) -> R) -> R;
    }

    impl<'k> Sealed<'k> for &'k str {
        #[inline]
        fn with_key<R>(self, put: impl FnOnce(Result<&Key<'k>, AnnotationError>) -> R) -> R {
            Key::try_new(self).with_key(put)
        }
    }

    impl<'k> Sealed<'k> for Result<Key<'k>, AnnotationError> {
        #[inline]
        fn with_key<R>(self, put: impl FnOnce(Result<&Key<'k>, AnnotationError>) -> R) -> R {
            put(self.as_ref().map_err(|&error| error))
        }
    }

    impl<'k> Sealed<'k> for Key<'k> {
        #[inline]
        fn with_key<R>(self, put: impl FnOnce(Result<&Self, AnnotationError>) -> R) -> R {
            put(Ok(&self))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_letters_digits_and_underscores_of_ascii_make_a_key() {
        for c in (0..0x3000_u32).filter_map(char::from_u32) {
            let valid = Key::try_new(c.encode_utf8(&mut [0; 4])).is_ok();
            assert_eq!(valid, c.is_ascii_alphanumeric() || c == '_', "{c:?}");
        }
    }

    #[test]
    fn a_key_has_one_to_five_hundred_characters() {
        assert!(Key::try_new("").is_err());
        assert!(Key::try_new(&"k".repeat(500)).is_ok());
        assert!(Key::try_new(&"k".repeat(501)).is_err());
    }
}
