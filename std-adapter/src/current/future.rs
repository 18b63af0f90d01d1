//! Futures that run in an entity: the current one on each poll, whichever thread that is on.

use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use xray_recorder_core::kind;

use super::ambient::{begin_at, carried, current};
use super::missing::Site;
use super::stack::{Attached, Place};
use crate::entity::{Entity, EntityHandle, Segment, SegmentBuilder, Subsegment};

/// Futures in an entity, with any runtime: it is the current entity while the future is polled, and only then, so that
/// tasks on one thread never see each other's.
///
/// ```
/// # use std::{pin::pin, task::{Context, Poll, Waker}};
/// # use xray_recorder::{Locked, Outbox, Recorder};
/// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
/// use xray_recorder::TraceFuture;
///
/// async fn price() -> u32 {
///     xray_recorder::put_annotation("currency", "EUR");
///     42
/// }
///
/// let request = async { price().in_subsegment("price").await }.in_segment(recorder.segment("checkout"));
/// # let mut context = Context::from_waker(Waker::noop());
/// # assert_eq!(pin!(request).poll(&mut context), Poll::Ready(42));
/// # assert_eq!(recorder.stats().sent, 2);
/// # Ok::<(), xray_recorder::BuildError>(())
/// ```
pub trait TraceFuture: Future + Sized {
    /// Runs the future in a segment, which ends with it. Dropped half way, the segment ends too, with an annotation
    /// `cancelled`; a panic is recorded as an exception.
    fn in_segment(self, segment: impl IntoSegment) -> InEntity<Self, kind::Segment> {
        InEntity { future: Some(self), stage: Stage::Open(segment.into_segment()) }
    }

    /// Runs the future in a subsegment, which ends with it: one that was begun, or one of this name under the entity that
    /// is current here, or where there is none, that is current when the future is first polled. By name it begins
    /// with the first poll. Dropped half way, it ends too, with an annotation `cancelled`; a panic is recorded as an
    /// exception.
    ///
    /// ```
    /// # use std::{pin::pin, task::{Context, Poll, Waker}};
    /// # use xray_recorder::{Locked, Outbox, Recorder, TraceFuture};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// # async fn stock() -> u32 { 1 }
    /// # async fn price() -> u32 { 2 }
    /// let segment = recorder.begin_segment("checkout");
    /// let stock = stock().in_subsegment(segment.begin_subsegment("stock"));
    /// let price = price().in_subsegment(segment.begin_subsegment("price"));
    /// # let mut context = Context::from_waker(Waker::noop());
    /// # assert_eq!(pin!(async { stock.await + price.await }).poll(&mut context), Poll::Ready(3));
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    #[track_caller]
    fn in_subsegment(self, subsegment: impl IntoSubsegment) -> InEntity<Self, kind::Subsegment> {
        let stage = match subsegment.into_subsegment() {
            Source::Begun(subsegment) => Stage::Open(subsegment),
            Source::Named(name) => Stage::Named { name, parent: current(), site: Site::here() },
        };
        InEntity { future: Some(self), stage }
    }

    /// Runs the future with this entity as the current one. It is whoever has the entity's guard that ends it.
    fn in_context<K: kind::Kind>(self, entity: &EntityHandle<K>) -> InContext<Self> {
        InContext { future: Some(self), place: Place::Entity(entity.as_entity()) }
    }

    /// Runs the future with the entity that is current here as the current one: for a task that is spawned, which does
    /// not inherit it. Where there is none here, the future has none either, wherever it runs.
    fn in_current_context(self) -> InContext<Self> {
        InContext { future: Some(self), place: carried() }
    }

    /// Runs the future without a current entity: a task that goes on when the request is done, say. In Lambda it belongs to
    /// no invocation. See [`detach`](crate::detach).
    ///
    /// ```
    /// # use std::{pin::pin, task::{Context, Poll, Waker}};
    /// # use xray_recorder::{Locked, Outbox, Recorder, TraceFuture};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// let refresh = async { assert!(xray_recorder::current().is_none()) };
    /// # let mut refresh = pin!(refresh.detached());
    /// recorder.in_segment("checkout", |_| {
    ///     // tokio::spawn(refresh.detached());
    /// #   assert_eq!(refresh.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(()));
    /// });
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    fn detached(self) -> InContext<Self> {
        InContext { future: Some(self), place: Place::Detached }
    }
}

impl<F: Future> TraceFuture for F {}

/// A segment to run a future in: a guard, or a builder, which begins one at once.
pub trait IntoSegment: sealed::Sealed {
    #[doc(hidden)]
    fn into_segment(self) -> Segment;
}

impl IntoSegment for Segment {
    fn into_segment(self) -> Segment {
        self
    }
}

impl IntoSegment for SegmentBuilder<'_> {
    fn into_segment(self) -> Segment {
        self.begin()
    }
}

/// A subsegment to run a future in: a guard, or a name for one under the current entity.
pub trait IntoSubsegment: sealed::Sealed {
    #[doc(hidden)]
    fn into_subsegment(self) -> Source;
}

#[doc(hidden)]
#[derive(Debug)]
#[non_exhaustive]
pub enum Source {
    Begun(Subsegment),
    Named(Cow<'static, str>),
}

impl IntoSubsegment for Subsegment {
    fn into_subsegment(self) -> Source {
        Source::Begun(self)
    }
}

impl IntoSubsegment for &'static str {
    fn into_subsegment(self) -> Source {
        Source::Named(Cow::Borrowed(self))
    }
}

impl IntoSubsegment for String {
    fn into_subsegment(self) -> Source {
        Source::Named(Cow::Owned(self))
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for crate::Segment {}
    impl Sealed for crate::SegmentBuilder<'_> {}
    impl Sealed for crate::Subsegment {}
    impl Sealed for &'static str {}
    impl Sealed for String {}
}

enum Stage<K: kind::Kind> {
    Named { name: Cow<'static, str>, parent: Option<EntityHandle>, site: Site },
    Open(Entity<K>),
    Ended,
}

impl Stage<kind::Subsegment> {
    fn begin(&mut self) {
        if let Self::Named { name, parent, site } = self {
            let parent = parent.take();
            *self = Self::Open(match parent {
                Some(parent) => parent.begin_subsegment(name),
                None => begin_at("in_subsegment", name, *site),
            });
        }
    }
}

pin_project! {
    /// A future in an entity of its own. See [`TraceFuture`].
    #[must_use = "futures do nothing unless polled"]
    pub struct InEntity<F, K: kind::Kind> {
        #[pin]
        future: Option<F>,
        stage: Stage<K>,
    }

    impl<F, K: kind::Kind> PinnedDrop for InEntity<F, K> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Stage::Open(entity) = &mut *this.stage {
                // What the future holds ends first, with this as the current entity.
                let attached = entity.attach();
                this.future.set(None);
                drop(attached);
                if !std::thread::panicking() {
                    entity.put_annotation("cancelled", true);
                }
            }
        }
    }
}

impl<F: Future> Future for InEntity<F, kind::Segment> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        poll_open(this.future, this.stage, context)
    }
}

impl<F: Future> Future for InEntity<F, kind::Subsegment> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.stage.begin();
        poll_open(this.future, this.stage, context)
    }
}

fn poll_open<F: Future, K: kind::Kind>(
    mut future: Pin<&mut Option<F>>,
    stage: &mut Stage<K>,
    context: &mut Context<'_>,
) -> Poll<F::Output> {
    let (Some(polled), Stage::Open(entity)) = (future.as_mut().as_pin_mut(), &mut *stage) else {
        panic!("a future is polled after it has ended");
    };
    let attached = entity.attach();
    // What a panic leaves half done is the future's own, and it is not polled again.
    match catch_unwind(AssertUnwindSafe(|| polled.poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => {
            future.set(None);
            drop(attached);
            *stage = Stage::Ended;
            Poll::Ready(output)
        }
        Err(payload) => {
            entity.add_panic(&*payload);
            // Whatever its destructors do belongs to the entity; another panic in there ends the program, as always.
            future.set(None);
            drop(attached);
            *stage = Stage::Ended;
            resume_unwind(payload)
        }
    }
}

impl<F: fmt::Debug, K: kind::Kind> fmt::Debug for InEntity<F, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InEntity").field("future", &self.future).finish_non_exhaustive()
    }
}

pin_project! {
    /// A future with an entity that is not its own. See [`TraceFuture::in_context`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InContext<F> {
        #[pin]
        future: Option<F>,
        place: Place,
    }

    impl<F> PinnedDrop for InContext<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _attached = Attached::on(this.place.clone());
            this.future.set(None);
        }
    }
}

impl<F: Future> Future for InContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let _attached = Attached::on(this.place.clone());
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            panic!("a future is polled after it has ended");
        };
        let polled = future.poll(context);
        if polled.is_ready() {
            this.future.set(None);
        }
        polled
    }
}
