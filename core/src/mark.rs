//! The mark of a document whose times are a guess.

use core::ops::Range;

use crate::json::walk;

/// What stands in the metadata of a document that left its device before that knew the time.
const MARK: &[u8] = br#""clock":{"set":false}"#;
const BEFORE: &[u8] = br#","metadata":{"#;

/// The most bytes that the mark adds to a document: it brings the metadata along where there are none.
pub(crate) const MARK_ROOM: usize = BEFORE.len() + MARK.len() + 1;

/// Marks the datagram that stands in this place of a buffer, with free bytes before it or behind it: what is before the mark
/// moves towards the front, or what is behind it towards the end. Returns where it stands then; `None` where neither side
/// has the room, and nothing has changed.
pub(crate) fn mark(buffer: &mut [u8], datagram: Range<usize>) -> Option<Range<usize>> {
    let members = datagram.start + buffer.get(datagram.clone())?.iter().position(|&byte| byte == b'\n')? + "\n{".len();
    let metadata = walk::find(buffer.get(..datagram.end)?, members, b"metadata");
    // Into the metadata, which have a member if they are there, or at the end of the document.
    let (at, before, behind): (_, &[u8], &[u8]) = match &metadata {
        Some(metadata) => (metadata.value.start + "{".len(), b"", b","),
        None => (datagram.end - "}".len(), BEFORE, b"}"),
    };
    let length = before.len() + MARK.len() + behind.len();
    let (at, datagram) = if datagram.start >= length {
        buffer.copy_within(datagram.start..at, datagram.start - length);
        (at - length, datagram.start - length..datagram.end)
    } else if buffer.len() - datagram.end >= length {
        buffer.copy_within(at..datagram.end, at + length);
        (at, datagram.start..datagram.end + length)
    } else {
        return None;
    };
    let mut gap = at;
    for piece in [before, MARK, behind] {
        buffer.get_mut(gap..gap + piece.len())?.copy_from_slice(piece);
        gap += piece.len();
    }
    Some(datagram)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::TraceContext;
    use crate::document::Document;
    use crate::entity::Segment;
    use crate::time::Timestamp;

    fn datagram(fill: impl FnOnce(&mut Segment<'_>)) -> Vec<u8> {
        let trace_id = "1-5759e988-bd862e3fe1be46a994272793".parse().unwrap();
        let context = TraceContext::new(trace_id, "53995c3f42cd8ad8".parse().unwrap());
        let mut document = Document::<1024>::new();
        let mut segment = Segment::begin(&mut document, "sensor", context, None, Timestamp::from_secs(7)).unwrap();
        fill(&mut segment);
        segment.end(Timestamp::from_secs(8)).datagram().to_vec()
    }

    /// Marked with so many free bytes before it and behind it, the document behind the header line.
    fn marked(datagram: &[u8], before: usize, behind: usize) -> Option<serde_json::Value> {
        let mut buffer = vec![b'x'; before + datagram.len() + behind];
        let place = before..before + datagram.len();
        buffer[place.clone()].copy_from_slice(datagram);
        let untouched = buffer.clone();
        let Some(place) = mark(&mut buffer, place) else {
            assert_eq!(buffer, untouched);
            return None;
        };
        let text = String::from_utf8(buffer[place].to_vec()).unwrap();
        let (header, document) = text.split_once('\n').unwrap();
        assert_eq!(header, r#"{"format":"json","version":1}"#);
        Some(serde_json::from_str(document).unwrap())
    }

    #[test]
    fn a_document_is_marked_on_whichever_side_there_is_room() {
        let plain = datagram(|_| ());
        let with_metadata = datagram(|segment| {
            segment.put_annotation("metadata", "}").unwrap();
            segment.put_metadata("cart", &2).unwrap();
            segment.set_user("last").unwrap();
        });
        for (datagram, length) in [(plain, MARK_ROOM), (with_metadata, MARK.len() + 1)] {
            let text = String::from_utf8(datagram.clone()).unwrap();
            let mut expected: serde_json::Value = serde_json::from_str(text.split_once('\n').unwrap().1).unwrap();
            expected["metadata"]["clock"]["set"] = false.into();
            for (before, behind) in [(length, 0), (0, length), (length + 5, 3), (3, length + 5)] {
                assert_eq!(marked(&datagram, before, behind), Some(expected.clone()), "{before} {behind}");
            }
            assert_eq!(marked(&datagram, length - 1, length - 1), None);
        }
    }

    #[test]
    fn what_is_no_document_is_not_marked() {
        assert_eq!(mark(&mut [b' '; 200], 80..120), None);
        assert_eq!(mark(&mut [], 0..0), None);
        assert_eq!(mark(&mut [0; 10], 5..20), None);
    }
}
