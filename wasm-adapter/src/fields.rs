//! Operations on an open entity: what JavaScript collected of it, in the order in which it was said.
//!
//! An operation is a letter, its key, and the members of its value up to a point. JavaScript knows the names of members
//! and sends them in the order in which they are written; their limits and what is left out of them is the core's matter.

use xray_recorder_core::{DocumentView, Entity, Field, Pen, kind::Any};

use crate::input::Input;

/// Fields by their letters, from `A` on.
const FIELDS: [Field; 19] = [
    Field::User,
    Field::Origin,
    Field::ResourceArn,
    Field::Namespace,
    Field::Sql,
    Field::Service,
    Field::Aws,
    Field::Traced,
    Field::CauseId,
    Field::Error,
    Field::Throttle,
    Field::Fault,
    Field::HttpRequest,
    Field::HttpResponse,
    Field::AwsMember,
    Field::Annotation,
    Field::Link,
    Field::Precursor,
    Field::Exception,
];

/// Carries out all operations of `input`. What the document has no room for it refuses and counts itself; `None` is a
/// defect of the JavaScript side, and what follows is lost.
pub(crate) fn write(document: &mut DocumentView, input: &mut Input<'_>) -> Option<()> {
    let mut entity = Entity::<Any>::resume(document)?;
    while let Some(operation) = input.mark() {
        let namespace = if operation == b'm' { Some(input.label()?) } else { None };
        let label = input.label()?;
        let mut whole = None;
        let mut was_read = false;
        let write: &mut dyn FnMut(&mut Pen<'_>) = &mut |pen| {
            was_read = true;
            whole = members(pen, input);
            if whole.is_none() {
                pen.refuse();
            }
        };
        let _ = match namespace {
            Some(namespace) => entity.dictate_metadata(namespace, label, write),
            None => entity.dictate(*FIELDS.get(usize::from(operation.wrapping_sub(b'A')))?, label, write),
        };
        if !was_read {
            // What is refused, or said already, is passed over.
            whole = members(&mut Pen::nowhere(), input);
        }
        whole?;
    }
    Some(())
}

/// A value: one, or an object or list of several. Those of a lower-case kind begin with a label.
#[inline(never)]
fn members(pen: &mut Pen<'_>, input: &mut Input<'_>) -> Option<()> {
    let mut depth = 0_u32;
    loop {
        let kind = input.mark()?;
        let label = if kind >= b'a' { input.label()? } else { "" };
        match kind & !0x20 {
            b'O' => {
                depth += 1;
                pen.open(label, b'{');
            }
            b'L' => {
                depth += 1;
                pen.open(label, b'[');
            }
            b'X' => {
                depth = depth.wrapping_sub(1);
                pen.close(b'}');
            }
            b'Y' => {
                depth = depth.wrapping_sub(1);
                pen.close(b']');
            }
            kind => value(pen, kind, label, input)?,
        }
        if depth == 0 {
            return Some(());
        }
    }
}

#[inline(always)]
fn value<'i>(pen: &mut Pen<'_>, kind: u8, label: &str, input: &mut Input<'i>) -> Option<()> {
    let value = input.text()?;
    let max_chars = match kind {
        b'T' => 250,
        b'R' => 500,
        b'A' => 1_000,
        _ => usize::MAX,
    };
    match kind {
        #[cfg(feature = "exceptions")]
        b'M' => pen.message(label, value),
        #[cfg(feature = "web")]
        b'W' => pen.web_url(label, value),
        b'J' => pen.json(label, value),
        _ => pen.text(label, value, max_chars),
    }
    Some(())
}
