//! Assertions about an entity.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use xray_recorder_receiver::{EntityKind, Travel};

use super::trace::RecordedEntity;

macro_rules! flags {
    ($($flag:ident: $has:ident $has_no:ident $what:literal)*) => {
        $(
            #[doc = concat!("Asserts that it has ", $what, ".")]
            #[track_caller]
            pub fn $has(&self) -> &Self {
                if !self.entity().$flag {
                    self.fail(concat!("has no ", stringify!($flag), ", and was to have one"));
                }
                self
            }

            #[doc = concat!("Asserts that it does not have ", $what, ".")]
            #[track_caller]
            pub fn $has_no(&self) -> &Self {
                if self.entity().$flag {
                    self.fail(concat!("has a ", stringify!($flag), ", and was to have none"));
                }
                self
            }
        )*
    };
}

impl RecordedEntity {
    flags! {
        fault: has_fault has_no_fault "the flag `fault`: this service, or the one called, failed"
        error: has_error has_no_error "the flag `error`: the caller was at fault"
        throttle: has_throttle has_no_throttle "the flag `throttle`: the caller was throttled"
    }

    /// Asserts that an annotation has this value.
    #[track_caller]
    pub fn has_annotation(&self, key: &str, value: impl Into<Value>) -> &Self {
        self.is_equal(format_args!("the annotation `{key}`"), self.annotation(key), &value.into())
    }

    /// Asserts that there is no annotation of this key.
    #[track_caller]
    pub fn has_no_annotation(&self, key: &str) -> &Self {
        if let Some(value) = self.annotation(key) {
            self.fail(format_args!("has the annotation `{key}`: {value}"));
        }
        self
    }

    /// Asserts that a metadata value of the namespace `default` is this.
    #[track_caller]
    pub fn has_metadata<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> &Self {
        self.has_metadata_in("default", key, value)
    }

    /// Asserts that a metadata value of a namespace is this.
    #[track_caller]
    pub fn has_metadata_in<T: Serialize + ?Sized>(&self, namespace: &str, key: &str, value: &T) -> &Self {
        let wanted = serde_json::to_value(value).unwrap_or_default();
        self.is_equal(format_args!("the metadata `{namespace}.{key}`"), self.metadata_in(namespace, key), &wanted)
    }

    /// Asserts that the segment serves this user.
    #[track_caller]
    pub fn has_user(&self, user: &str) -> &Self {
        self.has("/user", user)
    }

    /// Asserts what the member is that a JSON pointer leads to: `/sql/database_type`.
    #[track_caller]
    pub fn has(&self, pointer: &str, value: impl Into<Value>) -> &Self {
        self.is_equal(format_args!("`{pointer}`"), self.json().pointer(pointer), &value.into())
    }

    /// Asserts the status of the response.
    #[track_caller]
    pub fn has_http_status(&self, status: u16) -> &Self {
        self.has("/http/response/status", status)
    }

    /// Asserts the URL of the request.
    #[track_caller]
    pub fn has_url(&self, url: &str) -> &Self {
        self.has("/http/request/url", url)
    }

    /// Asserts the statement of the query, as it was redacted.
    #[track_caller]
    pub fn has_query(&self, statement: &str) -> &Self {
        self.has("/sql/sanitized_query", statement)
    }

    /// Asserts that a call of another service was recorded.
    #[track_caller]
    pub fn is_remote(&self) -> &Self {
        self.has("/namespace", "remote")
    }

    /// Asserts that a call of AWS was recorded.
    #[track_caller]
    pub fn is_aws(&self) -> &Self {
        self.has("/namespace", "aws")
    }

    /// Asserts that an exception of this type was recorded.
    #[track_caller]
    pub fn has_exception(&self, kind: &str) -> &Self {
        if !self.exceptions().any(|exception| exception["type"] == kind) {
            self.fail(format_args!("has no exception of the type `{kind}`"));
        }
        self
    }

    /// Asserts that an exception was recorded whose message has this in it.
    #[track_caller]
    pub fn has_exception_message(&self, part: &str) -> &Self {
        let holds = |exception: &Value| exception["message"].as_str().is_some_and(|message| message.contains(part));
        if !self.exceptions().any(holds) {
            self.fail(format_args!("has no exception that says `{part}`"));
        }
        self
    }

    /// Asserts that no exception was recorded, nor a reference to one.
    #[track_caller]
    pub fn has_no_exception(&self) -> &Self {
        if let Some(cause) = self.json().get("cause") {
            self.fail(format_args!("has an exception: {cause}"));
        }
        self
    }

    /// Asserts that its fault is an exception that was recorded in another entity.
    #[track_caller]
    pub fn is_caused_by(&self, other: &Self) -> &Self {
        let cause = self.json().get("cause");
        if !other.exceptions().any(|exception| exception.get("id") == cause) {
            self.fail(format_args!("does not refer to an exception of `{}`", other.name()));
        }
        self
    }

    /// Asserts how long it was open.
    #[track_caller]
    pub fn lasted(&self, duration: Duration) -> &Self {
        match self.duration() {
            Some(lasted) if lasted == duration => self,
            Some(lasted) => self.fail(format_args!("lasted {lasted:?} and not {duration:?}")),
            None => self.fail("has not ended"),
        }
    }

    /// Asserts that it was sent only as in progress.
    #[track_caller]
    pub fn is_in_progress(&self) -> &Self {
        if !self.entity().in_progress {
            self.fail("has ended");
        }
        self
    }

    /// Asserts that it came in the document of another entity.
    #[track_caller]
    pub fn was_embedded(&self) -> &Self {
        if !self.is_embedded() {
            self.fail("was sent alone");
        }
        self
    }

    /// Asserts that it came in a document of its own.
    #[track_caller]
    pub fn was_sent_alone(&self) -> &Self {
        if self.is_embedded() {
            self.fail("was embedded");
        }
        self
    }

    /// Asserts that there is no subsegment of this name directly below.
    #[track_caller]
    pub fn has_no_subsegment(&self, name: &str) -> &Self {
        if !self.subsegments(name).is_empty() {
            self.fail(format_args!("has a subsegment `{name}`"));
        }
        self
    }

    /// Asserts that it is a segment.
    #[track_caller]
    pub fn is_segment(&self) -> &Self {
        if self.entity().kind != EntityKind::Segment {
            self.fail("is no segment");
        }
        self
    }

    fn is_embedded(&self) -> bool {
        matches!(self.entity().travel, Travel::Embedded { .. })
    }

    fn exceptions(&self) -> impl Iterator<Item = &Value> {
        self.json().pointer("/cause/exceptions").and_then(Value::as_array).into_iter().flatten()
    }

    #[track_caller]
    fn is_equal(&self, what: std::fmt::Arguments<'_>, found: Option<&Value>, wanted: &Value) -> &Self {
        match found {
            Some(found) if same(found, wanted) => self,
            Some(found) => self.fail(format_args!("has {what}: {found}, and was to have {wanted}")),
            None => self.fail(format_args!("does not have {what}, and was to have {wanted}")),
        }
    }
}

/// Whether two values are the same: 1 and 1.0 are.
fn same(found: &Value, wanted: &Value) -> bool {
    match (found.as_f64(), wanted.as_f64()) {
        // Integers are compared as such: a float has 53 bits of them.
        (Some(a), Some(b)) if found.is_f64() || wanted.is_f64() => a == b,
        _ => found == wanted,
    }
}
