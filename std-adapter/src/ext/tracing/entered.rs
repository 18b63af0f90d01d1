//! What spans have made current on a thread, and what of it is still to be undone.

use std::cell::RefCell;

use tracing_core::span::Id;

use crate::{Attached, EntityHandle};

thread_local! {
    static ENTERED: RefCell<Vec<Entered>> = const { RefCell::new(Vec::new()) };
}

/// A span that was entered and not left.
struct Entered {
    /// The layer's number: ids of spans are those of its subscriber, and a thread may see several.
    layer: u64,
    span: u64,
    attached: Attached,
    is_recorded: bool,
}

/// Makes the entity of a span current.
pub(super) fn enter(layer: u64, span: &Id, entity: &EntityHandle) {
    let (attached, is_recorded) = (entity.attach(), entity.is_recorded());
    let entered = Entered { layer, span: span.into_u64(), attached, is_recorded };
    // On a thread that is going down the entity is given up at once.
    let _ = ENTERED.try_with(|stack| stack.try_borrow_mut().map(|mut stack| stack.push(entered)));
}

/// Gives up what the span's last entering has made current; what was made current since stays. Gives whether its entity is
/// recorded.
pub(super) fn exit(layer: u64, span: &Id) -> bool {
    let span = span.into_u64();
    let left = ENTERED.try_with(|stack| {
        let mut stack = stack.try_borrow_mut().ok()?;
        let at = stack.iter().rposition(|entered| entered.layer == layer && entered.span == span)?;
        // Mostly it is the last.
        if at + 1 == stack.len() { stack.pop() } else { Some(stack.remove(at)) }
    });
    let Ok(Some(Entered { attached, is_recorded, .. })) = left else { return false };
    drop(attached);
    is_recorded
}
