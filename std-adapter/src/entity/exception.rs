//! Errors as exceptions: the chain of sources, frames, and the same error seen again higher up.

use std::any::{Any, type_name};
use std::backtrace::Backtrace;
use std::error::Error;
use std::fmt::{self, Write};

use xray_recorder_core::{EntityId, Exception, Frame, kind};

use super::backtrace::Frames;
use super::page::{Page, Seen};
use super::{DocumentHandle, Entity, EntityHandle, State, write};
use crate::recorder::Shared;

impl<K: kind::Kind> Entity<K> {
    /// Records an error and what it says caused it, as linked exceptions, and sets `fault`. Returns the id of the
    /// exception.
    ///
    /// The same error recorded again on an entity above, after the one below has passed it on, becomes a reference to
    /// the exception below, as X-Ray wants it; on the same entity it is recorded once. It is the same when it has the
    /// same type and message as the one recorded last. At most 10 causes are recorded; more are counted as `skipped`.
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
        record_error(self, error, &Exception::default(), None)
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
        record_error(self, error, &Exception { remote: true, ..Exception::default() }, None)
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
        record_error(self, error, &Exception::default(), Some(backtrace))
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
        record_error(self, error, &Exception { stack, ..Exception::default() }, None)
    }

    /// Records an exception as given. See [`xray_recorder_core::Entity::add_exception`].
    pub fn add_exception_details(&mut self, exception: &Exception<'_>) -> Option<EntityId> {
        match &mut self.state {
            State::Recording(live) => write::<K, _, _>(live, |entity| entity.add_exception(exception)),
            State::Unrecorded(_) => None,
        }
    }

    /// Records what a panic said that was caught, as an exception of the type `panic`, and sets `fault`. One that an entity
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
            let told = Exception { kind: "panic", message, ..Exception::default() };
            record_chain(self, &told, Vec::new(), None);
        }
    }
}

impl<K: kind::Kind> EntityHandle<K> {
    /// Records an error and what it says caused it. See [`Entity::add_exception`].
    pub fn add_exception<E: Error + ?Sized>(&self, error: &E) -> Option<EntityId> {
        record_error(&mut &*self, error, &Exception::default(), None)
    }

    /// The same for an error that the service called has made. See [`Entity::add_remote_exception`].
    pub fn add_remote_exception<E: Error + ?Sized>(&self, error: &E) -> Option<EntityId> {
        record_error(&mut &*self, error, &Exception { remote: true, ..Exception::default() }, None)
    }

    /// The same with the frames of a backtrace. See [`Entity::add_exception_with_backtrace`].
    pub fn add_exception_with_backtrace<E: Error + ?Sized>(
        &self,
        error: &E,
        backtrace: &Backtrace,
    ) -> Option<EntityId> {
        record_error(&mut &*self, error, &Exception::default(), Some(backtrace))
    }

    /// The same with frames that the caller knows. See [`Entity::add_exception_with_stack`].
    pub fn add_exception_with_stack<E: Error + ?Sized>(&self, error: &E, stack: &[Frame<'_>]) -> Option<EntityId> {
        record_error(&mut &*self, error, &Exception { stack, ..Exception::default() }, None)
    }

    /// Records an exception as given. See [`xray_recorder_core::Entity::add_exception`].
    pub fn add_exception_details(&self, exception: &Exception<'_>) -> Option<EntityId> {
        self.put_exception(exception)
    }
}

/// Where exceptions are recorded: an entity, by its guard or by a reference.
trait Records {
    fn shared(&self) -> Option<&'static Shared>;
    fn parent(&self) -> Option<DocumentHandle>;
    fn page(&mut self, write: &mut dyn FnMut(&mut Page));
    fn put(&mut self, exception: &Exception<'_>) -> Option<EntityId>;
    fn refer_to(&mut self, id: EntityId);
}

impl<K: kind::Kind> Records for Entity<K> {
    fn shared(&self) -> Option<&'static Shared> {
        match &self.state {
            State::Recording(live) => Some(live.shared),
            State::Unrecorded(_) => None,
        }
    }

    fn parent(&self) -> Option<DocumentHandle> {
        match &self.state {
            State::Recording(live) => live.parent(),
            State::Unrecorded(_) => None,
        }
    }

    fn page(&mut self, write: &mut dyn FnMut(&mut Page)) {
        if let State::Recording(live) = &mut self.state {
            live.with_page(write);
        }
    }

    fn put(&mut self, exception: &Exception<'_>) -> Option<EntityId> {
        self.add_exception_details(exception)
    }

    fn refer_to(&mut self, id: EntityId) {
        self.set_cause_id(id).set_fault();
    }
}

impl<K: kind::Kind> Records for &EntityHandle<K> {
    fn shared(&self) -> Option<&'static Shared> {
        self.open().map(|open| open.shared)
    }

    fn parent(&self) -> Option<DocumentHandle> {
        self.open().and_then(|open| open.parent)
    }

    fn page(&mut self, write: &mut dyn FnMut(&mut Page)) {
        if let Some(open) = self.open() {
            open.document.with(|page| write(page));
        }
    }

    fn put(&mut self, exception: &Exception<'_>) -> Option<EntityId> {
        self.put_exception(exception)
    }

    fn refer_to(&mut self, id: EntityId) {
        self.set_cause_id(id).set_fault();
    }
}

/// How many causes of an error are recorded; more are counted as skipped.
const MAX_CHAIN: usize = 10;

#[inline(never)]
fn record_error<E: Error + ?Sized>(
    to: &mut impl Records,
    error: &E,
    known: &Exception<'_>,
    backtrace: Option<&Backtrace>,
) -> Option<EntityId> {
    let debug = text_of_dyn(error);
    let kind = debug.as_deref().map_or(short_type_name(type_name::<E>()), type_of_debug);
    let told = Exception { kind, message: &text_of(error), ..*known };
    record_chain(to, &told, sources(error), backtrace)
}

/// The errors that caused this one, the next first.
fn sources<E: Error + ?Sized>(error: &E) -> Vec<&(dyn Error + 'static)> {
    let mut sources = Vec::new();
    let mut next = error.source();
    while let Some(error) = next {
        sources.push(error);
        next = error.source();
        // A chain without an end would be one that leads back to itself.
        if sources.len() == 1_000 {
            break;
        }
    }
    sources
}

/// Records an error and its sources, the innermost first, so that each can name its cause; or refers to where that was
/// done already.
fn record_chain(
    to: &mut impl Records,
    told: &Exception<'_>,
    mut sources: Vec<&(dyn Error + 'static)>,
    backtrace: Option<&Backtrace>,
) -> Option<EntityId> {
    let shared = to.shared()?;
    let fingerprint = fingerprint(told.kind, told.message);
    let mut before = None;
    to.page(&mut |page| before = page.seen.filter(|seen| seen.fingerprint == fingerprint));
    if let Some(Seen { id, here, .. }) = before {
        if !here {
            to.refer_to(id);
            remember(to, Seen { fingerprint, id, here: true });
        }
        return Some(id);
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
            remote: told.remote,
            ..Exception::default()
        };
        cause = to.put(&exception).or(cause);
    }
    let captured = match backtrace {
        _ if !told.stack.is_empty() => Frames::default(),
        Some(backtrace) => Frames::of(backtrace, shared.max_trace_back()),
        None if shared.captures_backtraces() => Frames::of(&Backtrace::force_capture(), shared.max_trace_back()),
        None => Frames::default(),
    };
    let frames: Vec<Frame<'_>> = captured.iter().collect();
    let stack = if told.stack.is_empty() { &frames } else { told.stack };
    let exception = Exception { cause, stack, truncated: captured.left_out(), ..*told };
    let id = to.put(&exception)?;
    remember(to, Seen { fingerprint, id, here: true });
    Some(id)
}

/// Remembers the exception here, and tells the entity above, which may be shown the same error next.
fn remember(to: &mut impl Records, seen: Seen) {
    to.page(&mut |page| page.seen = Some(seen));
    if let Some(parent) = to.parent() {
        parent.with(|page| page.seen = Some(Seen { here: false, ..seen }));
    }
}

/// FNV-1a: what it compares was written by one program within one request.
fn fingerprint(kind: &str, message: &str) -> u64 {
    let bytes = kind.bytes().chain([0]).chain(message.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
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
    // What an error is kept in says nothing about it.
    let kept_in = ["alloc::boxed::Box<", "alloc::sync::Arc<", "alloc::rc::Rc<"];
    if let Some(inner) = kept_in.iter().find_map(|kept_in| name.strip_prefix(kept_in)) {
        return short_type_name(inner.strip_suffix('>').unwrap_or(inner));
    }
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
