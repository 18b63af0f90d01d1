//! Entities: begun in a document, ended, and embedded or sent.

use xray_recorder_core::{Delivery, DocumentView, Embed, Entity, Segment, Subsegment, kind::Any};

use crate::frame::Frame;

/// Begins the entity of the frame.
pub(crate) fn begin(document: &mut DocumentView, frame: &mut Frame, name: &str) -> Option<()> {
    document.limit(frame.capacity as usize);
    let (is_subsegment, context, start) = (frame.number > 0, frame.context()?, frame.start());
    if is_subsegment {
        Subsegment::begin_screened(document, name, context, frame.parent()?, start).ok().map(drop)
    } else {
        Segment::begin_screened(document, name, context, frame.parent(), start).ok().map(drop)
    }
}

/// Ends the entity in a document, and embeds it in that of its parent, where that is given; whether it is to be sent.
pub(crate) fn end(document: &mut DocumentView, parent: Option<&mut DocumentView>, frame: &Frame, embed: Embed) -> bool {
    let Some(entity) = Entity::<Any>::resume(document) else { return false };
    let _ = entity.end(frame.at());
    parent.is_none_or(|parent| parent.settle(document, embed) == Delivery::Sent)
}
