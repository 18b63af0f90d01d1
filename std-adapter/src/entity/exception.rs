//! Errors and panics as exceptions.

use std::any::Any;
use std::backtrace::Backtrace;
use std::error::Error;

use xray_recorder_core::{EntityId, Exception, Frame, kind};

use super::chain::Texts::{AsTheyAre, Redacted};
use super::chain::{record_error, record_panic};
use super::{Entity, EntityHandle, State, write};

impl<K: kind::Kind> Entity<K> {
    /// Records an error and what it says caused it, as linked exceptions, and sets `fault`. Returns the id of the
    /// exception.
    ///
    /// The same error recorded again on an entity above, after the one below has passed it on, becomes a reference to
    /// the exception below, as X-Ray wants it; on the same entity it is recorded once. It is the same when it has the
    /// same type and message as the one recorded last; where a `dyn Error` hides the type, the same message. At most 10 causes are recorded; more are counted as `skipped`.
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// let mut segment = recorder.begin_segment("checkout");
    /// let parsed = segment.in_subsegment("parse", |subsegment| {
    ///     "x".parse::<u32>().inspect_err(|error| {
    ///         subsegment.add_exception(error);
    ///     })
    /// });
    /// if let Err(error) = parsed {
    ///     let id = segment.add_exception(&error).unwrap();
    ///     assert!(segment.json().unwrap().contains(&format!(r#""cause":"{id}""#)));
    /// }
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    pub fn add_exception<E: Error + ?Sized>(&mut self, error: &E) -> Option<EntityId> {
        if !matches!(self.state, State::Recording(_)) {
            return None;
        }
        record_error(self, error, &Exception::default(), None, AsTheyAre)
    }

    /// The same for an error that the service called has made, and not this one: the exception says `remote`.
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// let mut call = recorder.begin_segment("checkout");
    /// call.add_remote_exception(&std::fmt::Error);
    /// assert!(call.json().unwrap().contains(r#""type":"Error","remote":true"#));
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    pub fn add_remote_exception<E: Error + ?Sized>(&mut self, error: &E) -> Option<EntityId> {
        if !matches!(self.state, State::Recording(_)) {
            return None;
        }
        record_error(self, error, &Exception { remote: true, ..Exception::default() }, None, AsTheyAre)
    }

    /// The same with the frames of a backtrace: the innermost that are not the standard library's, as many as
    /// [`Builder::max_trace_back`](crate::Builder::max_trace_back) says, 10 by default; more are counted as
    /// `truncated`. One that was not captured gives none.
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<16384>::new())).build()?;
    /// use std::backtrace::Backtrace;
    ///
    /// let mut segment = recorder.begin_segment("checkout");
    /// let error = "x".parse::<u32>().unwrap_err();
    /// segment.add_exception_with_backtrace(&error, &Backtrace::force_capture());
    /// assert!(segment.json().unwrap().contains(r#""stack":[{"path":""#));
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    pub fn add_exception_with_backtrace<E: Error + ?Sized>(
        &mut self,
        error: &E,
        backtrace: &Backtrace,
    ) -> Option<EntityId> {
        if !matches!(self.state, State::Recording(_)) {
            return None;
        }
        record_error(self, error, &Exception::default(), Some(backtrace), AsTheyAre)
    }

    /// The same with frames that the caller knows, innermost first, in place of a backtrace: where an error was logged, say.
    ///
    /// ```
    /// # use xray_recorder::{Frame, Locked, Outbox, Recorder};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// let mut segment = recorder.begin_segment("checkout");
    /// let here = Frame { path: file!(), line: Some(line!()), label: "charge" };
    /// segment.add_exception_with_stack(&std::fmt::Error, &[here]);
    /// assert!(segment.json().unwrap().contains(r#""label":"charge""#));
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    pub fn add_exception_with_stack<E: Error + ?Sized>(&mut self, error: &E, stack: &[Frame<'_>]) -> Option<EntityId> {
        if !matches!(self.state, State::Recording(_)) {
            return None;
        }
        record_error(self, error, &Exception { stack, ..Exception::default() }, None, AsTheyAre)
    }

    /// The same without the secrets of the URLs that it and its causes name, as [`redact_urls`](crate::redact_urls) has it:
    /// for errors of libraries, of which many name what was asked for, query and password and all. Frames that the caller
    /// knows may come along. What was recorded by the other calls is known again, and the other way round.
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// let mut segment = recorder.begin_segment("checkout");
    /// let error = std::io::Error::other("no answer from https://shop:hunter2@stock.example.com/books?token=4242");
    /// let id = segment.add_redacted_exception(&error, &[]);
    /// assert!(segment.json().unwrap().contains(r#""message":"no answer from https://stock.example.com/books""#));
    /// assert_eq!(segment.add_exception(&error), id);
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    pub fn add_redacted_exception<E: Error + ?Sized>(&mut self, error: &E, stack: &[Frame<'_>]) -> Option<EntityId> {
        if !matches!(self.state, State::Recording(_)) {
            return None;
        }
        record_error(self, error, &Exception { stack, ..Exception::default() }, None, Redacted)
    }

    /// Records an exception as given. See [`xray_recorder_core::Entity::add_exception`].
    pub fn add_exception_details(&mut self, exception: &Exception<'_>) -> Option<EntityId> {
        match &mut self.state {
            State::Recording(live) => write::<K, _, _>(live, |entity| entity.add_exception(exception)),
            State::Unrecorded(_) => None,
        }
    }

    /// Records what a panic said that was caught, as an exception of the type `panic`, and sets `fault`. The URLs in it lose
    /// their secrets, as [`redact_urls`](crate::redact_urls) has it: an `unwrap` says whatever the error does. One that an entity
    /// below has recorded becomes a reference to the exception there. Closures and futures in an entity do this by
    /// themselves; it is for those who catch panics of others, such as servers.
    ///
    /// ```
    /// # use xray_recorder::{Locked, Outbox, Recorder};
    /// # let recorder = Recorder::builder().transport(Locked::new(Outbox::<8192>::new())).build()?;
    /// let mut segment = recorder.begin_segment("checkout");
    /// if let Err(payload) = std::panic::catch_unwind(|| panic!("out of stock")) {
    ///     segment.add_panic(&*payload);
    /// }
    /// assert!(segment.json().unwrap().contains(r#""type":"panic","message":"out of stock""#));
    /// # Ok::<(), xray_recorder::BuildError>(())
    /// ```
    pub fn add_panic(&mut self, payload: &(dyn Any + Send)) {
        if matches!(self.state, State::Recording(_)) {
            let message = payload.downcast_ref::<&str>().copied();
            let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or_default();
            record_panic(self, message);
        }
    }
}

impl<K: kind::Kind> EntityHandle<K> {
    /// Records an error and what it says caused it. See [`Entity::add_exception`].
    pub fn add_exception<E: Error + ?Sized>(&self, error: &E) -> Option<EntityId> {
        record_error(&mut &*self, error, &Exception::default(), None, AsTheyAre)
    }

    /// The same for an error that the service called has made. See [`Entity::add_remote_exception`].
    pub fn add_remote_exception<E: Error + ?Sized>(&self, error: &E) -> Option<EntityId> {
        record_error(&mut &*self, error, &Exception { remote: true, ..Exception::default() }, None, AsTheyAre)
    }

    /// The same with the frames of a backtrace. See [`Entity::add_exception_with_backtrace`].
    pub fn add_exception_with_backtrace<E: Error + ?Sized>(
        &self,
        error: &E,
        backtrace: &Backtrace,
    ) -> Option<EntityId> {
        record_error(&mut &*self, error, &Exception::default(), Some(backtrace), AsTheyAre)
    }

    /// The same with frames that the caller knows. See [`Entity::add_exception_with_stack`].
    pub fn add_exception_with_stack<E: Error + ?Sized>(&self, error: &E, stack: &[Frame<'_>]) -> Option<EntityId> {
        record_error(&mut &*self, error, &Exception { stack, ..Exception::default() }, None, AsTheyAre)
    }

    /// The same without the secrets of the URLs in its texts. See [`Entity::add_redacted_exception`].
    pub fn add_redacted_exception<E: Error + ?Sized>(&self, error: &E, stack: &[Frame<'_>]) -> Option<EntityId> {
        record_error(&mut &*self, error, &Exception { stack, ..Exception::default() }, None, Redacted)
    }

    /// Records an exception as given. See [`xray_recorder_core::Entity::add_exception`].
    pub fn add_exception_details(&self, exception: &Exception<'_>) -> Option<EntityId> {
        self.put_exception(exception)
    }
}
