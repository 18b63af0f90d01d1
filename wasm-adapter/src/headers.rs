//! Trace headers: of the request a segment serves, and of requests that are made under an entity.

use xray_recorder_core::{EntityId, Sampled, TraceHeader, TraceId, Traceparent};

use crate::frame::Frame;
use crate::input::Input;

/// Reads the headers of a request: `X-Amzn-Trace-Id` and `traceparent`, empty where there is none. Gives the decision:
/// 0 no, 1 yes, 2 that it is asked for or left open.
pub(crate) fn read(frame: &mut Frame, input: &mut Input<'_>) -> Option<u32> {
    let (xray, w3c) = (input.text()?, input.text()?);
    let header = TraceHeader::of_request(Some(xray), Some(w3c));
    let id = header.root().map_or(0, TraceId::as_u128);
    frame.trace = [id as u64, (id >> 64) as u64];
    frame.parent = header.parent().map_or(0, EntityId::get);
    Some(match header.sampled() {
        Some(Sampled::No) => 0,
        Some(Sampled::Yes) => 1,
        Some(Sampled::Requested) | None => 2,
    })
}

/// Writes the header that goes out under the entity of the frame, with the data of the one that came in; gives its
/// length.
pub(crate) fn write(frame: &mut Frame, input: &mut Input<'_>, output: &mut [u8]) -> Option<u32> {
    let came = input.text()?;
    let context = frame.context()?;
    let header = context.header();
    if came == "w3c" {
        let text = Traceparent::of_header(&header)?.text();
        output.get_mut(..text.len())?.copy_from_slice(&text);
        return Some(text.len() as u32);
    }
    let length = header.with_data(&TraceHeader::parse(came)).write_to(output)?;
    Some(length as u32)
}
