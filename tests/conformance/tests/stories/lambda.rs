//! In Lambda the segment is the service's: what runs there are children of the header's parent, each in a datagram of
//! its own. The recorder of the core begins them under any context; one of the server begins segments.

use conformance::memory::{Memory, SteppingClock};
use conformance::teller::BEGINNING;
use conformance::{HEADER, Teller};
use xray_recorder::{Embed, TraceContext, TraceHeader};
use xray_recorder_core::testing::SeededRng;
use xray_recorder_core::{Document, Recorder};

stories! {
    the_python_story_in_lambda_has_the_same_structure: "py08_lambda" => annotated_at_last;
    the_node_story_in_lambda_has_the_same_structure: "node06_lambda" => annotated_at_first;
    the_python_story_in_lambda_without_sampling_has_the_same_structure: "py09_lambda_unsampled" => not_sampled;
}

type OfLambda = Recorder<&'static Memory, SteppingClock, SeededRng>;

/// A recorder as Lambda wants it, and the service's segment as the header names it.
fn in_lambda(teller: &Teller) -> (OfLambda, TraceContext) {
    let header = TraceHeader::parse(HEADER);
    let (root, parent) = header.root().zip(header.parent()).expect("the header has both");
    let recorder = Recorder::new(teller.memory(), SteppingClock::at(BEGINNING), SeededRng::new(7));
    (recorder.with_embed(Embed::Never), TraceContext::new(root, parent))
}

/// `first` with `nested` in it, then `second`; one of the two has an annotation.
fn tell(teller: &Teller, annotated: &str) {
    let (mut recorder, function) = in_lambda(teller);
    let (mut document, mut nested_document) = (Document::<1024>::new(), Document::<1024>::new());
    for name in ["first", "second"] {
        let mut work = recorder.begin_subsegment(&mut document, name, &function).expect("there is room");
        if name == annotated {
            work.put_annotation("k", "v").expect("there is room");
        }
        if name == "first" {
            let nested = recorder.begin_subsegment(&mut nested_document, "nested", &work.context());
            recorder.end_subsegment(nested.expect("there is room"), &mut work).expect("a memory sends");
        }
        recorder.end_alone(work).expect("a memory sends");
    }
    assert_eq!((recorder.stats().begun, recorder.stats().sent, recorder.stats().datagrams), (3, 3, 3));
}

fn annotated_at_first(teller: &Teller) {
    tell(teller, "first");
}

fn annotated_at_last(teller: &Teller) {
    tell(teller, "second");
}

/// The capture sent nothing, and printed a zero id, the trace of the header, and `False`.
fn not_sampled(teller: &Teller) {
    let segment = teller.recorder().segment("function").header(&HEADER.replace("Sampled=1", "Sampled=0")).begin();
    let first = segment.begin_subsegment("first");
    assert!(first.context().is_none() && !first.is_sampled());
    assert_eq!(first.trace_header().header().root(), TraceHeader::parse(HEADER).root());
}
