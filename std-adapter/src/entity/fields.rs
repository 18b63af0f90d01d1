//! The calls that write one block or flag: those of the core, which never fail the program here. Guards and references
//! have the same.

use xray_recorder_core::{
    AwsCall, AwsResource, EntityId, Full, HttpResponse, IncomingRequest, Link, Namespace, OutgoingRequest, Service,
    Sql, kind,
};

use super::{Entity, EntityHandle, State, write};
use crate::recorder::Shared;

/// Defines each call for guards, where it is one branch unless the entity is recorded, and for references.
macro_rules! calls {
    ([$($generic:tt)*] $kind:ty: $(
        $(#[$doc:meta])*
        $name:ident($($argument:ident: $type:ty),*) = |$entity:ident, $shared:ident| $body:expr;
    )*) => {
        impl<$($generic)*> Entity<$kind> {
            $(
                $(#[$doc])*
                #[inline]
                pub fn $name(&mut self, $($argument: $type),*) -> &mut Self {
                    if let State::Recording(live) = &mut self.state {
                        let $shared = live.shared;
                        write::<$kind, _, _>(live, |$entity| $body);
                    }
                    self
                }
            )*
        }

        impl<$($generic)*> EntityHandle<$kind> {
            $(
                $(#[$doc])*
                pub fn $name(&self, $($argument: $type),*) -> &Self {
                    let Some($shared) = self.open().map(|open| open.shared) else {
                        self.with_page(|_| Some(()));
                        return self;
                    };
                    self.write(|$entity| $body);
                    self
                }
            )*
        }
    };
}

calls! { [K: kind::Kind] K:
    /// Records the response and the flags that follow from its status. See
    /// [`xray_recorder_core::Entity::set_http_response`].
    set_http_response(response: &HttpResponse) = |entity, _shared| entity.set_http_response(response);

    /// Sets the flags that follow from an HTTP status. See [`xray_recorder_core::Entity::apply_status`].
    apply_status(status: u16) = |entity, _shared| {
        entity.apply_status(status);
        Ok::<(), Full>(())
    };

    /// Says that the caller was at fault.
    set_error() = |entity, _shared| {
        entity.set_error();
        Ok::<(), Full>(())
    };

    /// Says that the caller was throttled, which is an error too.
    set_throttle() = |entity, _shared| {
        entity.set_throttle();
        Ok::<(), Full>(())
    };

    /// Says that this service, or the one called, was at fault.
    set_fault() = |entity, _shared| {
        entity.set_fault();
        Ok::<(), Full>(())
    };

    /// Says that the fault is an exception recorded in an entity below. See
    /// [`xray_recorder_core::Entity::set_cause_id`].
    set_cause_id(id: EntityId) = |entity, _shared| entity.set_cause_id(id);
}

calls! { [] kind::Segment:
    /// Records the request this segment serves. See [`xray_recorder_core::IncomingRequest`].
    set_http_request(request: &IncomingRequest<'_>) = |segment, _shared| segment.set_http_request(request);

    /// Records the user who made the request: indexed, at most 250 characters; a longer one is cut and counted.
    set_user(user: &str) = |segment, _shared| segment.set_user(user);

    /// Records the kind of AWS resource the service runs on, `AWS::ECS::Container` for example: at most 250 characters.
    set_origin(origin: &str) = |segment, _shared| segment.set_origin(origin);

    /// Records the ARN of that resource: at most 500 characters.
    set_resource_arn(arn: &str) = |segment, _shared| segment.set_resource_arn(arn);

    /// Records which program this is, in place of what the recorder says of it.
    set_service(service: &Service<'_>) = |segment, _shared| segment.set_service(service);

    /// Records where the service runs, in place of the whole `aws` block there is. What the recorder says of the SDK
    /// stays, unless the resource says something else of it.
    set_aws(resource: &AwsResource<'_>) = |segment, shared| {
        segment.set_aws(&AwsResource { xray: resource.xray.or(shared.sdk()), ..*resource })
    };

    /// Adds a link to an entity of another trace; X-Ray keeps 20 of a segment, and more are refused and counted.
    add_link(link: &Link<'_>) = |segment, _shared| segment.add_link(link);
}

calls! { [] kind::Subsegment:
    /// Records the request this subsegment makes. See [`xray_recorder_core::OutgoingRequest`].
    set_http_request(request: &OutgoingRequest<'_>) = |subsegment, _shared| subsegment.set_http_request(request);

    /// Says what kind of service is called.
    set_namespace(namespace: Namespace) = |subsegment, _shared| subsegment.set_namespace(namespace);

    /// Records a call of an AWS service, in place of the whole `aws` block there is. Texts are at most 250 characters.
    set_aws(call: &AwsCall<'_>) = |subsegment, _shared| subsegment.set_aws(call);

    /// Records a query. See [`xray_recorder_core::Sql`]; the statement itself only while
    /// [`Builder::stream_sql`](crate::Builder::stream_sql) is on, as it is by default.
    set_sql(sql: &Sql<'_>) = |subsegment, shared| with_statement(shared, sql, |sql| subsegment.set_sql(sql));

    /// Says that the service called is traced too, so that X-Ray waits for its segment.
    set_traced() = |subsegment, _shared| subsegment.set_traced();

    /// Names a sibling that had ended before this subsegment started: `precursor_ids`.
    add_precursor(id: EntityId) = |subsegment, _shared| subsegment.add_precursor(id);
}

#[inline]
fn with_statement<R>(shared: &Shared, sql: &Sql<'_>, write: impl FnOnce(&Sql<'_>) -> R) -> R {
    if shared.stream_sql() { write(sql) } else { write(&Sql { sanitized_query: None, ..*sql }) }
}
