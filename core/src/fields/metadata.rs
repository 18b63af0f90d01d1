//! Metadata: not indexed, any JSON, by namespace.

use serde::Serialize;

use crate::entity::{Entity, kind::Kind};
use crate::error::MetadataError;

impl<K: Kind> Entity<'_, K> {
    /// Puts a metadata value in the namespace `default`, in place of one with the same key.
    ///
    /// The value can be of any type that serde serializes, and becomes the JSON that serde_json would write; non-finite
    /// floats become `null`. Types that speak to serde_json alone, such as its `RawValue`, come out as what they are.
    ///
    /// # Errors
    ///
    /// [`MetadataError`]: no room, or the value cannot be JSON. Values stop an eighth of the capacity before the end.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let mut document = Document::<512>::new();
    /// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// segment.put_metadata("cart", &["book", "pen"])?;
    /// assert!(segment.json().ends_with(r#","metadata":{"default":{"cart":["book","pen"]}}}"#));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn put_metadata<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), MetadataError> {
        let result = self.document.put_metadata(None, key, value);
        self.document.counted(result)
    }

    /// Puts a metadata value in a namespace of its own, in place of one with the same key there.
    ///
    /// # Errors
    ///
    /// As [`Entity::put_metadata`]; and [`MetadataError::ReservedNamespace`] for namespaces that begin with `AWS.`.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let mut document = Document::<512>::new();
    /// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// segment.put_metadata("cart", &2)?;
    /// segment.put_metadata_in("http", "retries", &[1.5, f64::NAN])?;
    /// assert!(segment.json().ends_with(r#","metadata":{"default":{"cart":2},"http":{"retries":[1.5,null]}}}"#));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn put_metadata_in<T: Serialize + ?Sized>(
        &mut self,
        namespace: &str,
        key: &str,
        value: &T,
    ) -> Result<(), MetadataError> {
        let result = if namespace.starts_with("AWS.") {
            Err(MetadataError::ReservedNamespace)
        } else {
            let namespace = if namespace == "default" { None } else { Some(namespace) };
            self.document.put_metadata(namespace, key, value)
        };
        self.document.counted(result)
    }
}
