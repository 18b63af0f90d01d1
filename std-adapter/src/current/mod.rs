//! The current entity: of this thread, or of the future that is being polled.
//!
//! A guard never changes it. Closures do ([`in_segment`](crate::in_segment), [`in_subsegment`](crate::in_subsegment)),
//! futures while they are polled ([`TraceFuture`]), and [`EntityHandle::attach`].

mod ambient;
mod future;
mod missing;
mod scope;
mod stack;

#[cfg(feature = "macros")]
pub(crate) use self::ambient::begin_at;
pub use self::ambient::{
    add_exception, begin_subsegment, begin_subsegment_without_sampling, current, current_segment, current_subsegment,
    in_current_context, in_segment, in_subsegment, is_recorded, is_sampled, put_annotation, put_metadata,
    put_metadata_in, set_error, set_fault, set_throttle, trace_header,
};
pub use self::future::{InContext, InEntity, IntoSegment, IntoSubsegment, TraceFuture};
pub(crate) use self::missing::Site;
pub use self::missing::{ContextMissing, InvalidContextMissing};
pub(crate) use self::stack::top;
pub use self::stack::{Attached, detach, is_detached};
