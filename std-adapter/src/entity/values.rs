//! Annotations and metadata: values of the user's.

use serde::Serialize;
use xray_recorder_core as core;
use xray_recorder_core::{AnnotationError, AnnotationValue, Encoded, IntoKey, Key, MetadataError, kind};

use super::live::Live;
use super::{Entity, EntityHandle, State, accepted, write};

impl<K: kind::Kind> Entity<K> {
    /// Puts an annotation, in place of one with the same key: indexed, at most 50 of a trace, text of at most 1,000
    /// characters. A key with other characters than `[A-Za-z0-9_]` is refused; a `const` [`Key`] is checked by the
    /// compiler. See [`xray_recorder_core::Entity::put_annotation`].
    #[inline]
    pub fn put_annotation<'v>(&mut self, key: impl IntoKey<'v>, value: impl Into<AnnotationValue<'v>>) -> &mut Self {
        if let State::Recording(live) = &mut self.state {
            annotate::<K>(live, key.into_key(), value.into());
        }
        self
    }

    /// The same with a value that is made only when the entity is sampled.
    #[inline]
    pub fn put_annotation_with<'v, V: Into<AnnotationValue<'v>>>(
        &mut self,
        key: impl IntoKey<'v>,
        value: impl FnOnce() -> V,
    ) -> &mut Self {
        if let State::Recording(live) = &mut self.state {
            annotate::<K>(live, key.into_key(), value().into());
        }
        self
    }

    /// Puts a metadata value of any serializable type in the namespace `default`, in place of one with the same key.
    /// See [`xray_recorder_core::Entity::put_metadata`].
    #[inline]
    pub fn put_metadata<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> &mut Self {
        if let State::Recording(live) = &mut self.state {
            write_value::<K, _>(
                live,
                value,
                |entity, value| entity.put_metadata(key, value),
                |entity, encoded| entity.put_encoded_metadata(None, key, encoded),
            );
        }
        self
    }

    /// The same with a value that is made only when the entity is sampled.
    #[inline]
    pub fn put_metadata_with<T: Serialize>(&mut self, key: &str, value: impl FnOnce() -> T) -> &mut Self {
        if matches!(self.state, State::Recording(_)) { self.put_metadata(key, &value()) } else { self }
    }

    /// Puts a metadata value in a namespace of its own. See [`xray_recorder_core::Entity::put_metadata_in`].
    #[inline]
    pub fn put_metadata_in<T: Serialize + ?Sized>(&mut self, namespace: &str, key: &str, value: &T) -> &mut Self {
        if let State::Recording(live) = &mut self.state {
            write_value::<K, _>(
                live,
                value,
                |entity, value| entity.put_metadata_in(namespace, key, value),
                |entity, encoded| entity.put_encoded_metadata(Some(namespace), key, encoded),
            );
        }
        self
    }

    /// Puts any other member into the `aws` block, in place of one with the same key; a later `set_aws` replaces all.
    /// See [`xray_recorder_core::Entity::put_aws`].
    #[inline]
    pub fn put_aws<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> &mut Self {
        if let State::Recording(live) = &mut self.state {
            write_value::<K, _>(
                live,
                value,
                |entity, value| entity.put_aws(key, value),
                |entity, encoded| entity.put_encoded_aws(key, encoded),
            );
        }
        self
    }
}

impl<K: kind::Kind> EntityHandle<K> {
    /// Puts an annotation. See [`Entity::put_annotation`].
    pub fn put_annotation<'v>(&self, key: impl IntoKey<'v>, value: impl Into<AnnotationValue<'v>>) -> &Self {
        self.annotate(key.into_key(), value.into());
        self
    }

    /// The same with a key that was looked at.
    pub(crate) fn annotate(&self, key: Result<Key<'_>, AnnotationError>, value: AnnotationValue<'_>) {
        self.write(|entity| entity.put_annotation(key, value));
    }

    /// Puts a metadata value in the namespace `default`. See [`Entity::put_metadata`]. The value is serialized before
    /// the entity's lock is taken.
    pub fn put_metadata<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> &Self {
        self.write_value(value, |entity, encoded| entity.put_encoded_metadata(None, key, encoded));
        self
    }

    /// Puts a metadata value in a namespace of its own. See [`Entity::put_metadata_in`].
    pub fn put_metadata_in<T: Serialize + ?Sized>(&self, namespace: &str, key: &str, value: &T) -> &Self {
        self.write_value(value, |entity, encoded| entity.put_encoded_metadata(Some(namespace), key, encoded));
        self
    }

    /// Puts any other member into the `aws` block. See [`Entity::put_aws`].
    pub fn put_aws<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> &Self {
        self.write_value(value, |entity, encoded| entity.put_encoded_aws(key, encoded));
        self
    }
}

/// Writes a value whose `Serialize` is code of the user's: straight into the document while that is private, and
/// otherwise into a buffer first, so that it does not run under the document's lock.
fn write_value<K: kind::Kind, T: Serialize + ?Sized>(
    live: &mut Live,
    value: &T,
    plain: impl FnOnce(&mut core::Entity<'_, K>, &T) -> Result<(), MetadataError>,
    encoded: impl FnOnce(&mut core::Entity<'_, K>, Encoded<'_>) -> Result<(), MetadataError>,
) {
    if let Some(document) = live.private() {
        let result = core::Entity::<K>::resume(document).map(|mut entity| plain(&mut entity, value));
        accepted(live, result);
    } else {
        write_encoded(live, value, encoded);
    }
}

#[inline(never)]
fn write_encoded<K: kind::Kind, T: Serialize + ?Sized>(
    live: &mut Live,
    value: &T,
    put: impl FnOnce(&mut core::Entity<'_, K>, Encoded<'_>) -> Result<(), MetadataError>,
) {
    live.shared.encode(value, |encoded| write::<K, _, _>(live, |entity| put(entity, encoded)));
}

/// The value's type is known where this is inlined, so that one call is left of it.
#[inline(always)]
fn annotate<K: kind::Kind>(live: &mut Live, key: Result<Key<'_>, AnnotationError>, value: AnnotationValue<'_>) {
    match value {
        AnnotationValue::Text(text) => annotate_text::<K>(live, key, text),
        value => annotate_scalar::<K>(live, key, value),
    }
}

#[inline(never)]
fn annotate_text<K: kind::Kind>(live: &mut Live, key: Result<Key<'_>, AnnotationError>, text: &str) {
    write::<K, _, _>(live, |entity| entity.put_annotation(key, text));
}

#[inline(never)]
fn annotate_scalar<K: kind::Kind>(live: &mut Live, key: Result<Key<'_>, AnnotationError>, value: AnnotationValue<'_>) {
    write::<K, _, _>(live, |entity| entity.put_annotation(key, value));
}
