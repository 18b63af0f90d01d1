//! Closures that run in an entity: the current one while they do.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use xray_recorder_core::kind;

use crate::entity::{Entity, EntityHandle, Subsegment};

impl<K: kind::Kind> Entity<K> {
    /// Runs `work` with this as the current entity, and ends it when that returns. A panic is recorded as an exception
    /// and goes on.
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// let price = recorder.begin_segment("checkout").run(|segment| {
    ///     segment.set_user("u-17");
    ///     xray_recorder::in_subsegment("price", |_| 42)
    /// });
    /// assert_eq!((price, recorder.stats().sent), (42, 2));
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    pub fn run<R>(mut self, work: impl FnOnce(&mut Self) -> R) -> R {
        let attached = self.attach();
        // What a panic leaves half done is the closure's own, and the panic goes on to whoever owns that.
        let result = catch_unwind(AssertUnwindSafe(|| work(&mut self)));
        drop(attached);
        result.unwrap_or_else(|payload| {
            self.add_panic(&*payload);
            drop(self);
            resume_unwind(payload)
        })
    }

    /// Runs `work` in a subsegment, as the current entity; it ends when `work` returns. A panic is recorded as an
    /// exception and goes on.
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// let segment = recorder.begin_segment("checkout");
    /// let price = segment.in_subsegment("price", |subsegment| {
    ///     subsegment.put_annotation("currency", "EUR");
    ///     42
    /// });
    /// assert_eq!(price, 42);
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    pub fn in_subsegment<R>(&self, name: &str, work: impl FnOnce(&mut Subsegment) -> R) -> R {
        self.begin_subsegment(name).run(work)
    }
}

impl<K: kind::Kind> EntityHandle<K> {
    /// Runs `work` in a subsegment, as the current entity. See [`Entity::in_subsegment`].
    pub fn in_subsegment<R>(&self, name: &str, work: impl FnOnce(&mut Subsegment) -> R) -> R {
        self.begin_subsegment(name).run(work)
    }
}
