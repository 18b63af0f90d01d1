//! Errors with what caused them, and the same error seen again higher up.

use std::any::type_name;
use std::backtrace::Backtrace;
use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Write};

use xray_recorder_core::{EntityId, Exception, Frame, kind};

use super::backtrace::Frames;
use super::page::{Page, Seen};
use super::{DocumentHandle, Entity, EntityHandle, State, redact_urls};
use crate::recorder::Shared;

/// Where exceptions are recorded: an entity, by its guard or by a reference.
pub(super) trait Records {
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

/// How the texts of errors are recorded. Whether an error was seen before goes by what it says itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Texts {
    AsTheyAre,
    /// Without the secrets of the URLs in them.
    Redacted,
}

impl Texts {
    fn shown(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::AsTheyAre => Cow::Borrowed(text),
            Self::Redacted => redact_urls(text),
        }
    }
}

#[inline(never)]
pub(super) fn record_error<E: Error + ?Sized>(
    to: &mut impl Records,
    error: &E,
    known: &Exception<'_>,
    backtrace: Option<&Backtrace>,
    texts: Texts,
) -> Option<EntityId> {
    let name = kept_type_name(type_name::<E>());
    let debug = name.starts_with("dyn ").then(|| text_of(format_args!("{error:?}")));
    let kind = debug.as_deref().map_or_else(|| short_type_name(name), type_of_debug);
    let told = Exception { kind, message: &text_of(error), ..*known };
    let fingerprint = Fingerprint::of(debug.is_none().then_some(kind), told.message);
    record_chain(to, &told, sources(error), backtrace, (fingerprint, texts))
}

/// Records what a panic said; the URLs in it are redacted, as nobody chose to send it.
pub(super) fn record_panic(to: &mut impl Records, message: &str) {
    let told = Exception { kind: "panic", message, ..Exception::default() };
    let fingerprint = Fingerprint::of(Some(told.kind), message);
    record_chain(to, &told, Vec::new(), None, (fingerprint, Texts::Redacted));
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
    (fingerprint, texts): (Fingerprint, Texts),
) -> Option<EntityId> {
    let shared = to.shared()?;
    let mut before = None;
    to.page(&mut |page| before = page.seen.filter(|seen| seen.fingerprint.is_of_the_same(fingerprint)));
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
        let (debug, message) = (text_of(format_args!("{error:?}")), text_of(error));
        let exception = Exception {
            kind: type_of_debug(&debug),
            message: &texts.shown(&message),
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
    let message = &texts.shown(told.message);
    let id = to.put(&Exception { message, cause, stack, truncated: captured.left_out(), ..*told })?;
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

/// By which the same error is known again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fingerprint {
    /// None where the type is hidden behind `dyn`: what its `Debug` begins with may be the name of a variant.
    kind: Option<u64>,
    message: u64,
}

impl Fingerprint {
    fn of(kind: Option<&str>, message: &str) -> Self {
        Self { kind: kind.map(hash), message: hash(message) }
    }

    fn is_of_the_same(self, other: Self) -> bool {
        let may_be = |(kind, other)| kind == other;
        self.message == other.message && self.kind.zip(other.kind).is_none_or(may_be)
    }
}

/// FNV-1a: what it compares was written by one program within one request.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What a value displays, as far as it goes: `to_string` panics where a `Display` of the user's gives an error.
fn text_of(value: impl fmt::Display) -> String {
    let mut text = String::new();
    let _ = write!(text, "{value}");
    text
}

/// The name of the type without what it is kept in, which says nothing about it.
fn kept_type_name(name: &str) -> &str {
    if let Some(inner) = name.strip_prefix('&') {
        return kept_type_name(inner.strip_prefix("mut ").unwrap_or(inner));
    }
    let kept_in = ["alloc::boxed::Box<", "alloc::sync::Arc<", "alloc::rc::Rc<"];
    match kept_in.iter().find_map(|kept_in| name.strip_prefix(kept_in)) {
        Some(inner) => kept_type_name(inner.strip_suffix('>').unwrap_or(inner)),
        None => name,
    }
}

/// The type's own name, without its path: `std::num::ParseIntError` is `ParseIntError`.
fn short_type_name(name: &str) -> &str {
    // Of its lifetimes there is nothing to tell, and not each compiler does.
    let name = name.strip_suffix("<'_>").unwrap_or(name);
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
