//! The mark of a document whose times are a guess.

use core::ops::Range;

use crate::json::walk;

/// What stands in the metadata of a document that left its device before that knew the time.
const METADATA: &[u8] = br#","metadata":{"#;
const CLOCK: &[u8] = br#""clock":{"#;
const SET: &[u8] = br#""set":"#;
const FALSE: &[u8] = b"false";
const ENDS: &[u8] = b"}}";

/// The most bytes that the mark adds to a document: it brings the metadata along where there are none.
pub(crate) const MARK_ROOM: usize = METADATA.len() + CLOCK.len() + SET.len() + FALSE.len() + ENDS.len();

/// What a mark is written of, and the value that it replaces, if that is there.
struct Mark<'m> {
    pieces: [&'m [u8]; 5],
    at: usize,
    replaced: usize,
}

impl Mark<'_> {
    /// How much longer a document gets.
    fn length(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len()).sum::<usize>().saturating_sub(self.replaced)
    }
}

/// The mark for the datagram that ends here and whose members begin there. The program may have metadata of its own, and even
/// such with the name of the mark.
fn mark_of(datagram: &[u8], members: usize) -> Mark<'static> {
    let Some(metadata) = walk::find(datagram, members, b"metadata") else {
        return Mark { pieces: [METADATA, CLOCK, SET, FALSE, ENDS], at: datagram.len() - 1, replaced: 0 };
    };
    // Metadata and namespaces have a member if they are there.
    let inside = metadata.value.start + 1;
    let Some(clock) = walk::find(datagram, inside, b"clock") else {
        return Mark { pieces: [CLOCK, SET, FALSE, b"}", b","], at: inside, replaced: 0 };
    };
    let inside = clock.value.start + 1;
    match walk::find(datagram, inside, b"set") {
        Some(set) => Mark { pieces: [FALSE, b"", b"", b"", b""], at: set.value.start, replaced: set.value.len() },
        None => Mark { pieces: [SET, FALSE, b",", b"", b""], at: inside, replaced: 0 },
    }
}

/// Marks the datagram that stands in this place of a buffer, with free bytes before it or behind it: what is before the mark
/// moves towards the front, or what is behind it towards the end. Returns where it stands then; `None` where neither side
/// has the room, and nothing has changed.
pub(crate) fn mark(buffer: &mut [u8], datagram: Range<usize>) -> Option<Range<usize>> {
    let members = datagram.start + buffer.get(datagram.clone())?.iter().position(|&byte| byte == b'\n')? + "\n{".len();
    let mark = mark_of(buffer.get(..datagram.end)?, members);
    let (at, length) = (mark.at, mark.length());
    let (mut gap, datagram) = if datagram.start >= length {
        buffer.copy_within(datagram.start..at, datagram.start - length);
        (at - length..at + mark.replaced, datagram.start - length..datagram.end)
    } else if buffer.len() - datagram.end >= length {
        buffer.copy_within(at + mark.replaced..datagram.end, at + mark.replaced + length);
        (at..at + mark.replaced + length, datagram.start..datagram.end + length)
    } else {
        return None;
    };
    for piece in mark.pieces {
        buffer.get_mut(gap.start..gap.start + piece.len())?.copy_from_slice(piece);
        gap.start += piece.len();
    }
    // Of a value that was longer, blanks are left, as JSON allows.
    buffer.get_mut(gap)?.fill(b' ');
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
        for (datagram, length) in [(plain, MARK_ROOM), (with_metadata, MARK_ROOM - METADATA.len())] {
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
    fn metadata_of_the_programs_own_with_the_name_of_the_mark_do_not_hide_it() {
        for value in ["1", "true", "{\"set\":[1,\"}\"]}", "\"a text that is longer than the mark\""] {
            for (before, behind) in [(MARK_ROOM, 0), (0, MARK_ROOM)] {
                let value: serde_json::Value = serde_json::from_str(value).unwrap();
                let clocks = datagram(|segment| {
                    segment.put_metadata_in("clock", "drift", &3).unwrap();
                    segment.put_metadata("cart", &2).unwrap();
                    segment.put_metadata_in("clock", "source", &value).unwrap();
                });
                let document = marked(&clocks, before, behind).unwrap();
                let expected = serde_json::json!({"set": false, "drift": 3, "source": value});
                assert_eq!(document["metadata"]["clock"], expected);
                let clocks = datagram(|segment| {
                    segment.put_metadata_in("clock", "drift", &3).unwrap();
                    segment.put_metadata_in("clock", "set", &value).unwrap();
                    segment.put_metadata("cart", &2).unwrap();
                });
                let document = marked(&clocks, before, behind).unwrap();
                assert_eq!(document["metadata"]["clock"], serde_json::json!({"set": false, "drift": 3}));
                assert_eq!(document["metadata"]["default"]["cart"], 2);
            }
        }
    }

    #[test]
    fn what_is_no_document_is_not_marked() {
        assert_eq!(mark(&mut [b' '; 200], 80..120), None);
        assert_eq!(mark(&mut [], 0..0), None);
        assert_eq!(mark(&mut [0; 10], 5..20), None);
    }
}
