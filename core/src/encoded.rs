//! Values that were serialized before they are put.

use serde::Serialize;

use crate::entity::{Entity, kind::Kind};
use crate::error::MetadataError;
use crate::json::{raw, value};

/// A value that was serialized into a buffer of the caller's: JSON, in a form that only [`Encoded::of`] makes.
///
/// A value's `Serialize` is code of the user's. Where a document is behind a lock it must not run under that lock: it is
/// encoded first, and copied under the lock.
///
/// ```
/// # use xray_recorder_core::{Document, Encoded, Segment, Timestamp, TraceContext};
/// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
/// # let mut document = Document::<512>::new();
/// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
/// let mut buffer = [0; 64];
/// let cart = Encoded::of(&["book", "pen"], &mut buffer)?;
/// segment.put_encoded_metadata(None, "cart", cart)?;
/// assert!(segment.json().ends_with(r#","metadata":{"default":{"cart":["book","pen"]}}}"#));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Encoded<'b> {
    json: &'b [u8],
}

impl<'b> Encoded<'b> {
    /// Serializes a value, to the bytes that [`Entity::put_metadata`] would write.
    ///
    /// # Errors
    ///
    /// As for [`Entity::put_metadata`]; [`MetadataError::Full`] where the buffer is too small.
    ///
    /// ```
    /// # use xray_recorder_core::{Encoded, MetadataError};
    /// assert_eq!(Encoded::of(&[1.5, f64::NAN], &mut [0; 16])?.as_str(), "[1.5,null]");
    /// assert_eq!(Encoded::of("too long", &mut [0; 4]).unwrap_err(), MetadataError::Full);
    /// # Ok::<(), MetadataError>(())
    /// ```
    pub fn of<T: Serialize + ?Sized>(value: &T, buffer: &'b mut [u8]) -> Result<Self, MetadataError> {
        let size = buffer.len();
        let left = value::value(&mut *buffer, value)?.len();
        Ok(Self { json: &buffer[..size - left] })
    }

    /// The JSON.
    #[must_use]
    pub fn as_str(&self) -> &'b str {
        core::str::from_utf8(self.json).unwrap_or_default()
    }
}

impl<K: Kind> Entity<'_, K> {
    /// Puts a metadata value that was encoded before; `None` is the namespace `default`. The same as
    /// [`Entity::put_metadata_in`] otherwise.
    ///
    /// # Errors
    ///
    /// [`MetadataError::Full`] and [`MetadataError::ReservedNamespace`].
    pub fn put_encoded_metadata(
        &mut self,
        namespace: Option<&str>,
        key: &str,
        value: Encoded<'_>,
    ) -> Result<(), MetadataError> {
        let namespace = namespace.filter(|&namespace| namespace != "default");
        let result = if namespace.is_some_and(|namespace| namespace.starts_with("AWS.")) {
            Err(MetadataError::ReservedNamespace)
        } else {
            self.document
                .put_metadata_with(namespace, key, &mut |tail: &mut [u8]| raw(tail, value.json))
                .map_err(MetadataError::from)
        };
        self.document.counted(result)
    }

    /// Puts a member into the `aws` block that was encoded before. The same as [`Entity::put_aws`] otherwise.
    ///
    /// # Errors
    ///
    /// [`MetadataError::Full`].
    pub fn put_encoded_aws(&mut self, key: &str, value: Encoded<'_>) -> Result<(), MetadataError> {
        let put = self.document.put_aws_with(key, &mut |tail| raw(tail, value.json));
        self.document.counted(put.map_err(MetadataError::from))
    }
}
