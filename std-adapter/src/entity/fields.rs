//! The calls that write to a document: those of the core, which never fail the program here.

use std::any::type_name;
use std::error::Error;
use std::fmt::{self, Write};

use serde::Serialize;
use xray_recorder_core::{
    AnnotationError, AnnotationValue, AwsCall, AwsResource, EntityId, Exception, Full, HttpResponse, IncomingRequest,
    IntoKey, Key, Link, Namespace, OutgoingRequest, Service, Sql, kind,
};

use super::live::Live;
use super::{Entity, Guarded, Segment, Subsegment, write, write_value};

/// Calls `$body` with the entity behind a guard that records; otherwise one branch.
macro_rules! recorded {
    ($self:ident, $kind:ty, |$entity:ident| $body:expr) => {{
        if let Guarded::Recording(live) = &mut $self.state {
            write::<$kind, _, _>(live, |$entity| $body);
        }
        $self
    }};
}

impl<K: kind::Kind> Entity<K> {
    /// Puts an annotation, in place of one with the same key: indexed, at most 50 of a trace, text of at most 1,000
    /// characters. A key with other characters than `[A-Za-z0-9_]` is refused; a `const` [`Key`] is checked by the
    /// compiler. See [`xray_recorder_core::Entity::put_annotation`].
    #[inline]
    pub fn put_annotation<'v>(&mut self, key: impl IntoKey<'v>, value: impl Into<AnnotationValue<'v>>) -> &mut Self {
        if let Guarded::Recording(live) = &mut self.state {
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
        if let Guarded::Recording(live) = &mut self.state {
            annotate::<K>(live, key.into_key(), value().into());
        }
        self
    }

    /// Puts a metadata value of any serializable type in the namespace `default`, in place of one with the same key.
    /// See [`xray_recorder_core::Entity::put_metadata`].
    #[inline]
    pub fn put_metadata<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> &mut Self {
        if let Guarded::Recording(live) = &mut self.state {
            write_value::<K, _, _>(live, value, |entity, value| entity.put_metadata(key, value));
        }
        self
    }

    /// The same with a value that is made only when the entity is sampled.
    #[inline]
    pub fn put_metadata_with<T: Serialize>(&mut self, key: &str, value: impl FnOnce() -> T) -> &mut Self {
        if self.is_sampled() { self.put_metadata(key, &value()) } else { self }
    }

    /// Puts a metadata value in a namespace of its own. See [`xray_recorder_core::Entity::put_metadata_in`].
    #[inline]
    pub fn put_metadata_in<T: Serialize + ?Sized>(&mut self, namespace: &str, key: &str, value: &T) -> &mut Self {
        if let Guarded::Recording(live) = &mut self.state {
            write_value::<K, _, _>(live, value, |entity, value| entity.put_metadata_in(namespace, key, value));
        }
        self
    }

    /// Puts any other member into the `aws` block, in place of one with the same key; a later `set_aws` replaces all. See [`xray_recorder_core::Entity::put_aws`].
    #[inline]
    pub fn put_aws<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> &mut Self {
        if let Guarded::Recording(live) = &mut self.state {
            write_value::<K, _, _>(live, value, |entity, value| entity.put_aws(key, value));
        }
        self
    }

    /// Records the response and the flags that follow from its status. See
    /// [`xray_recorder_core::Entity::set_http_response`].
    #[inline]
    pub fn set_http_response(&mut self, response: &HttpResponse) -> &mut Self {
        recorded!(self, K, |entity| entity.set_http_response(response))
    }

    /// Sets the flags that follow from an HTTP status. See [`xray_recorder_core::Entity::apply_status`].
    #[inline]
    pub fn apply_status(&mut self, status: u16) -> &mut Self {
        recorded!(self, K, |entity| {
            entity.apply_status(status);
            Ok::<(), Full>(())
        })
    }

    /// Says that the caller was at fault.
    #[inline]
    pub fn set_error(&mut self) -> &mut Self {
        recorded!(self, K, |entity| {
            entity.set_error();
            Ok::<(), Full>(())
        })
    }

    /// Says that the caller was throttled, which is an error too.
    #[inline]
    pub fn set_throttle(&mut self) -> &mut Self {
        recorded!(self, K, |entity| {
            entity.set_throttle();
            Ok::<(), Full>(())
        })
    }

    /// Says that this service, or the one called, was at fault.
    #[inline]
    pub fn set_fault(&mut self) -> &mut Self {
        recorded!(self, K, |entity| {
            entity.set_fault();
            Ok::<(), Full>(())
        })
    }

    /// Records an error and what it says caused it, as linked exceptions, and sets `fault`. Returns the id by which an
    /// entity above can refer to it with [`Entity::set_cause_id`].
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// let mut segment = recorder.begin_segment("checkout");
    /// let id = segment.in_subsegment("parse", |subsegment| {
    ///     let error = "x".parse::<u32>().unwrap_err();
    ///     subsegment.add_exception(&error)
    /// });
    /// if let Some(id) = id {
    ///     segment.set_cause_id(id);
    /// }
    /// assert!(segment.json().unwrap().contains(r#""message":"invalid digit found in string""#));
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    pub fn add_exception<E: Error + ?Sized>(&mut self, error: &E) -> Option<EntityId> {
        match &mut self.state {
            Guarded::Recording(live) => {
                let debug = text_of_dyn(error);
                let kind = debug.as_deref().map_or(short_type_name(type_name::<E>()), type_of_debug);
                add_chain::<K>(live, kind, &text_of(error), error.source())
            }
            Guarded::Quiet(_) => None,
        }
    }

    /// Records an exception as given, with its stack for example. See
    /// [`xray_recorder_core::Entity::add_exception`].
    pub fn add_exception_details(&mut self, exception: &Exception<'_>) -> Option<EntityId> {
        match &mut self.state {
            Guarded::Recording(live) => write::<K, _, _>(live, |entity| entity.add_exception(exception)),
            Guarded::Quiet(_) => None,
        }
    }

    /// Says that the fault is an exception recorded in an entity below. See
    /// [`xray_recorder_core::Entity::set_cause_id`].
    pub fn set_cause_id(&mut self, id: EntityId) -> &mut Self {
        recorded!(self, K, |entity| entity.set_cause_id(id))
    }
}

impl Segment {
    /// Records the request this segment serves. See [`xray_recorder_core::IncomingRequest`].
    #[inline]
    pub fn set_http_request(&mut self, request: &IncomingRequest<'_>) -> &mut Self {
        recorded!(self, kind::Segment, |segment| segment.set_http_request(request))
    }

    /// Records the user who made the request: indexed, at most 250 characters; a longer one is cut and counted.
    #[inline]
    pub fn set_user(&mut self, user: &str) -> &mut Self {
        recorded!(self, kind::Segment, |segment| segment.set_user(user))
    }

    /// Records the kind of AWS resource the service runs on, `AWS::ECS::Container` for example: at most 250 characters.
    #[inline]
    pub fn set_origin(&mut self, origin: &str) -> &mut Self {
        recorded!(self, kind::Segment, |segment| segment.set_origin(origin))
    }

    /// Records the ARN of that resource: at most 500 characters.
    #[inline]
    pub fn set_resource_arn(&mut self, arn: &str) -> &mut Self {
        recorded!(self, kind::Segment, |segment| segment.set_resource_arn(arn))
    }

    /// Records which program this is, in place of what the recorder says of it.
    #[inline]
    pub fn set_service(&mut self, service: &Service<'_>) -> &mut Self {
        recorded!(self, kind::Segment, |segment| segment.set_service(service))
    }

    /// Records where the service runs, in place of the whole `aws` block there is. What the recorder says of the SDK
    /// stays, unless the resource says something else of it.
    pub fn set_aws(&mut self, resource: &AwsResource<'_>) -> &mut Self {
        if let Guarded::Recording(live) = &mut self.state {
            let resource = AwsResource { xray: resource.xray.or(live.sdk()), ..*resource };
            write::<kind::Segment, _, _>(live, |segment| segment.set_aws(&resource));
        }
        self
    }

    /// Adds a link to an entity of another trace; X-Ray keeps 20 of a segment, and more are refused and counted.
    #[inline]
    pub fn add_link(&mut self, link: &Link<'_>) -> &mut Self {
        recorded!(self, kind::Segment, |segment| segment.add_link(link))
    }
}

impl Subsegment {
    /// Records the request this subsegment makes. See [`xray_recorder_core::OutgoingRequest`].
    #[inline]
    pub fn set_http_request(&mut self, request: &OutgoingRequest<'_>) -> &mut Self {
        recorded!(self, kind::Subsegment, |subsegment| subsegment.set_http_request(request))
    }

    /// Says what kind of service is called.
    #[inline]
    pub fn set_namespace(&mut self, namespace: Namespace) -> &mut Self {
        recorded!(self, kind::Subsegment, |subsegment| subsegment.set_namespace(namespace))
    }

    /// Records a call of an AWS service, in place of the whole `aws` block there is. Texts are at most 250 characters.
    #[inline]
    pub fn set_aws(&mut self, call: &AwsCall<'_>) -> &mut Self {
        recorded!(self, kind::Subsegment, |subsegment| subsegment.set_aws(call))
    }

    /// Records a query. See [`xray_recorder_core::Sql`].
    #[inline]
    pub fn set_sql(&mut self, sql: &Sql<'_>) -> &mut Self {
        recorded!(self, kind::Subsegment, |subsegment| subsegment.set_sql(sql))
    }

    /// Says that the service called is traced too, so that X-Ray waits for its segment.
    #[inline]
    pub fn set_traced(&mut self) -> &mut Self {
        recorded!(self, kind::Subsegment, |subsegment| subsegment.set_traced())
    }

    /// Names a sibling that had ended before this subsegment started: `precursor_ids`.
    #[inline]
    pub fn add_precursor(&mut self, id: EntityId) -> &mut Self {
        recorded!(self, kind::Subsegment, |subsegment| subsegment.add_precursor(id))
    }
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

/// How many causes of an error are recorded; more are counted as skipped.
const MAX_CHAIN: usize = 10;

/// Records an error and its sources, the innermost first, so that each can name its cause.
#[inline(never)]
fn add_chain<K: kind::Kind>(
    live: &mut Live,
    kind: &str,
    message: &str,
    source: Option<&(dyn Error + 'static)>,
) -> Option<EntityId> {
    let mut sources = Vec::new();
    let mut next = source;
    while let Some(error) = next {
        sources.push(error);
        next = error.source();
        // A chain without an end would be one that leads back to itself.
        if sources.len() == 1_000 {
            break;
        }
    }
    let skipped = sources.len().saturating_sub(MAX_CHAIN);
    if skipped > 0 {
        // The outermost say what failed and the innermost why; what is left out lies between.
        sources.drain(MAX_CHAIN / 2..MAX_CHAIN / 2 + skipped);
    }
    let mut cause = None;
    for (at, error) in sources.iter().enumerate().rev() {
        let debug = text_of(format_args!("{error:?}"));
        let exception = Exception {
            kind: type_of_debug(&debug),
            message: &text_of(error),
            cause,
            skipped: if at + 1 == MAX_CHAIN / 2 { skipped as u32 } else { 0 },
            ..Exception::default()
        };
        cause = write::<K, _, _>(live, |entity| entity.add_exception(&exception)).or(cause);
    }
    let exception = Exception { kind, message, cause, ..Exception::default() };
    write::<K, _, _>(live, |entity| entity.add_exception(&exception))
}

/// What a value displays, as far as it goes: `to_string` panics where a `Display` of the user's gives an error.
fn text_of(value: impl fmt::Display) -> String {
    let mut text = String::new();
    let _ = write!(text, "{value}");
    text
}

/// The `Debug` of an error whose type is hidden behind `dyn`.
fn text_of_dyn<E: Error + ?Sized>(error: &E) -> Option<String> {
    type_name::<E>().starts_with("dyn ").then(|| text_of(format_args!("{error:?}")))
}

/// The type's own name, without its path: `std::num::ParseIntError` is `ParseIntError`.
fn short_type_name(name: &str) -> &str {
    let generics = name.find('<').unwrap_or(name.len());
    match name[..generics].rfind("::") {
        Some(at) => &name[at + 2..],
        None => name,
    }
}

/// The name a derived `Debug` begins with. A `dyn Error` tells its type nowhere else.
fn type_of_debug(debug: &str) -> &str {
    let end = debug.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(debug.len());
    if end > 0 && debug.starts_with(char::is_uppercase) { &debug[..end] } else { "Error" }
}
