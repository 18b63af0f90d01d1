//! The cause of a fault: exceptions with their stacks, or the id of one recorded below.

use super::writer::{MAX_CHARS, Separator, list, text, unsigned};
use crate::document::{DocumentView, Member, Room, Section};
use crate::entity::{Entity, kind::Kind};
use crate::error::Full;
use crate::id::EntityId;
use crate::json::{Tail, literal, string};

/// An exception. Texts are at most 250 characters, the message excepted; a longer one is cut, ends with `…` and is
/// counted. The message is cut to the room there is. Frames for which there is no room are left out and counted in
/// the exception's `truncated`.
///
/// ```
/// # use xray_recorder_core::{Document, Exception, Frame, Subsegment, Timestamp, TraceContext};
/// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
/// # let mut document = Document::<1024>::new();
/// # let mut subsegment = Subsegment::begin(&mut document, "charge", context, context.id(), Timestamp::from_secs(1_465_510_280))?;
/// let id = subsegment.add_exception(&Exception {
///     kind: "Declined",
///     message: "card expired",
///     stack: &[Frame { path: "charge.rs", line: Some(42), label: "charge" }],
///     ..Exception::default()
/// })?;
/// assert!(subsegment.json().ends_with(&format!(
///     concat!(
///         r#","fault":true,"cause":{{"exceptions":[{{"id":"{}","type":"Declined","#,
///         r#""stack":[{{"path":"charge.rs","line":42,"label":"charge"}}],"message":"card expired"}}]}}}}"#
///     ),
///     id
/// )));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "users build it; the format is frozen")]
pub struct Exception<'a> {
    /// The type of the error.
    pub kind: &'a str,
    /// What it says.
    pub message: &'a str,
    /// Whether the service that was called failed, and not this one.
    pub remote: bool,
    /// The exception of this entity that caused this one.
    pub cause: Option<EntityId>,
    /// The stack, innermost frame first.
    pub stack: &'a [Frame<'a>],
    /// Frames left out of `stack` by the caller.
    pub truncated: u32,
    /// Exceptions left out between this one and its cause.
    pub skipped: u32,
    /// The directory the program runs in. Of the entity's cause, not of the exception: only its first one counts.
    pub working_directory: Option<&'a str>,
    /// Search paths of the program, likewise.
    pub paths: &'a [&'a str],
}

/// A frame of a stack.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "users build it; the format is frozen")]
pub struct Frame<'a> {
    /// The file.
    pub path: &'a str,
    /// The line, where it is known.
    pub line: Option<u32>,
    /// The function.
    pub label: &'a str,
}

impl<K: Kind> Entity<'_, K> {
    /// Records an exception and sets `fault`; only a remote one, where a status 4xx has set `error`, leaves that as the
    /// verdict, as in the Java SDK. Returns its id: the `cause` of another, or what an entity above refers to with
    /// [`Entity::set_cause_id`].
    ///
    /// # Errors
    ///
    /// [`Full`] when the document has no room for it. The flag is set all the same, as there is always room for it.
    pub fn add_exception(&mut self, exception: &Exception<'_>) -> Result<EntityId, Full> {
        if !(exception.remote && self.document.has(Member::Error)) {
            let _ = self.flag_fault();
        }
        let result = add_exception(self.document, exception);
        self.document.counted(result)
    }

    /// Says that the fault is an exception recorded in an entity below, in place of another such id. An entity that
    /// has exceptions of its own keeps those.
    ///
    /// # Errors
    ///
    /// [`Full`] only where the capacity is so small that the name took this place: there is always room for it else.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let mut document = Document::<512>::new();
    /// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// segment.set_cause_id("70de5b6f19ff9a0a".parse()?)?;
    /// assert!(segment.json().ends_with(r#","fault":true,"cause":"70de5b6f19ff9a0a"}"#));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn set_cause_id(&mut self, id: EntityId) -> Result<(), Full> {
        let _ = self.flag_fault();
        if self.document.has_section(Section::Exceptions) {
            return Ok(());
        }
        // A second id is written over the first: there is room for one only.
        let result = if self.document.has(Member::CauseId) {
            self.document.overwrite_cause_id(id);
            Ok(())
        } else {
            self.document.set_member(Member::CauseId, CAUSE.len(), Room::Final, |tail| {
                let tail = literal(tail, b",\"cause\":\"")?;
                let tail = literal(tail, &id.text())?;
                literal(tail, b"\"")
            })
        };
        self.document.counted(result)
    }
}

/// Tells the seed of exceptions from that of children.
const EXCEPTIONS: u64 = 0x6578_6365_7074_696f;
const CAUSE: &str = "cause";

#[inline(never)]
fn add_exception(document: &mut DocumentView, exception: &Exception<'_>) -> Result<EntityId, Full> {
    // Not from the children's sequence: an exception's id is of a space of its own.
    let context = document.open_context();
    let id = context.with_seed(context.id().get() ^ EXCEPTIONS).child_id(u64::from(*document.exceptions()) + 1);
    let first = !document.has_section(Section::Exceptions);
    let mut cut = 0;
    let placed = document.append(Section::Exceptions, Room::Member, |tail| {
        let tail = literal(tail, b",")?;
        let tail = if first { write_cause(tail, exception, &mut cut)? } else { tail };
        write_exception(tail, id, exception, &mut cut)
    })?;
    if document.has(Member::CauseId) {
        document.remove_older_member(placed.at - "cause\":{".len() - 1, CAUSE.len());
        document.forget(Member::CauseId);
    }
    *document.exceptions() += 1;
    document.count_cuts(cut);
    Ok(id)
}

/// The members of the cause that stand before its exceptions.
fn write_cause<'b>(tail: &'b mut [u8], exception: &Exception<'_>, cut: &mut u32) -> Tail<'b> {
    // The brace is the section's opener.
    let mut tail = tail;
    if let Some(directory) = exception.working_directory {
        tail = literal(tail, b"\"working_directory\":\"")?;
        tail = string::limited(tail, directory, MAX_CHARS, cut)?;
        tail = literal(tail, b"\",")?;
    }
    if !exception.paths.is_empty() {
        tail = literal(tail, b"\"paths\":")?;
        tail = list(tail, exception.paths, cut)?;
        tail = literal(tail, b",")?;
    }
    literal(tail, b"\"exceptions\":[")
}

fn write_exception<'b>(tail: &'b mut [u8], id: EntityId, exception: &Exception<'_>, cut: &mut u32) -> Tail<'b> {
    let tail = literal(tail, b"{\"id\":\"")?;
    let tail = literal(tail, &id.text())?;
    let tail = literal(tail, b"\"")?;
    let mut members = Separator::comma();
    let tail = text(tail, &mut members, b"\"type\":\"", Some(exception.kind), cut)?;
    let tail = if exception.remote { literal(tail, b",\"remote\":true")? } else { tail };
    let tail = match exception.cause {
        Some(cause) => {
            let tail = literal(tail, b",\"cause\":\"")?;
            let tail = literal(tail, &cause.text())?;
            literal(tail, b"\"")?
        }
        None => tail,
    };
    let skipped = (exception.skipped > 0).then_some(exception.skipped.into());
    let tail = unsigned(tail, &mut members, b"\"skipped\":", skipped)?;

    // The first 250 bytes of the message are worth more than the outer frames.
    let behind_stack = MESSAGE_FRAME + exception.message.len().min(MAX_CHARS);
    let stack_room = tail.len().saturating_sub(behind_stack);
    let (written, length) = write_stack(&mut tail[..stack_room], exception.stack, cut);
    let tail = &mut tail[length..];
    let left_out = exception.stack.len() - written;
    *cut += u32::from(left_out > 0);
    let truncated = u64::from(exception.truncated) + left_out as u64;
    let tail = unsigned(tail, &mut members, b"\"truncated\":", (truncated > 0).then_some(truncated))?;

    let tail = literal(tail, b",\"message\":\"")?;
    let tail = string::fitted(tail, exception.message, "\"}".len(), cut)?;
    literal(tail, b"\"}")
}

/// What stands behind the stack beside the message itself.
const MESSAGE_FRAME: usize = r#"],"truncated":18446744073709551615,"message":""}"#.len();

/// As many frames as fit, and the length they take. The closing bracket has its room in [`MESSAGE_FRAME`].
fn write_stack(tail: &mut [u8], stack: &[Frame<'_>], cut: &mut u32) -> (usize, usize) {
    const LABEL: &[u8; 10] = b",\"stack\":[";
    let mut written = 0;
    let mut length = 0;
    for frame in stack {
        let Some(free) = tail.len().checked_sub(1) else { break };
        let mut frame_cut = 0;
        let piece = tail.get_mut(length..free).and_then(|tail| {
            let room = tail.len();
            let tail = if written == 0 { literal(tail, LABEL)? } else { literal(tail, b",")? };
            write_frame(tail, frame, &mut frame_cut).map(|rest| room - rest.len())
        });
        let Some(piece) = piece else { break };
        *cut += frame_cut;
        length += piece;
        written += 1;
    }
    if written > 0 {
        tail[length] = b']';
        length += 1;
    }
    (written, length)
}

fn write_frame<'b>(tail: &'b mut [u8], frame: &Frame<'_>, cut: &mut u32) -> Tail<'b> {
    let mut members = Separator::brace();
    let tail = text(tail, &mut members, b"\"path\":\"", Some(frame.path), cut)?;
    let tail = unsigned(tail, &mut members, b"\"line\":", frame.line.map(u64::from))?;
    let tail = text(tail, &mut members, b"\"label\":\"", Some(frame.label), cut)?;
    members.close(tail)
}
