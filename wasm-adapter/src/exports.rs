//! What JavaScript calls, and what it is asked.

#![expect(unsafe_code, reason = "names without mangling, and functions of the host")]
#![expect(unreachable_pub, reason = "exported by name")]

use xray_recorder_core::{DocumentView, Embed, Tally};

use crate::entity;
use crate::fields;
use crate::input::Input;
use crate::memory::Single;
use crate::state::State;

static STATE: Single<State> = Single::new(State::new());

#[link(wasm_import_module = "host")]
unsafe extern "C" {
    /// Takes a datagram: copies or sends it before it returns, and calls nothing here meanwhile.
    safe fn send(address: *const u8, length: usize, entities: u32, cut: u32, refused: u32);
}

/// Where frame, input and output stand, one behind the other.
#[unsafe(no_mangle)]
pub extern "C" fn state() -> *const u8 {
    STATE.address().cast()
}

/// Sets how entities are embedded: 0 never, `u32::MAX` where they fit, else so many at most.
#[unsafe(no_mangle)]
pub extern "C" fn embed(limit: u32) {
    STATE.with(|state| {
        state.embed = match limit {
            0 => Embed::Never,
            u32::MAX => Embed::IfFits,
            more => Embed::AtMost(more),
        };
        Some(())
    });
}

/// Takes the input as a label, whose number is how many there were; 0 where there is no room.
#[unsafe(no_mangle)]
pub extern "C" fn label(length: usize) -> u32 {
    STATE.with(|State { input, labels, .. }| labels.add(input.get(..length)?)).map_or(0, |()| 1)
}

const BEGIN: u32 = 1;
const END: u32 = 2;
const ASCII: u32 = 4;
const SHOW: u32 = 8;
const IDENTIFY: u32 = 16;

/// Begins the entity of the frame in the document with this number, or in that of entities that end at once, which has
/// none; writes to it; sends it as it stands; and ends it, and embeds it in the document of its parent or sends it. What of this, the steps
/// say. Gives 1, or 0 where a document cannot be had or the input is not well formed.
#[unsafe(no_mangle)]
pub extern "C" fn run(steps: u32, place: usize, length: usize) -> u32 {
    STATE.with(|state| carry_out(state, steps, place, length)).map_or(0, |()| 1)
}

/// Reads headers (0), writes one (1).
#[cfg(feature = "headers")]
#[unsafe(no_mangle)]
pub extern "C" fn header(writes: u32, length: usize) -> u32 {
    STATE
        .with(|state| {
            let State { frame, input, output, labels, .. } = state;
            let mut input = Input::new(input.get(..length)?, false, labels);
            if writes == 0 {
                crate::headers::read(frame, &mut input)
            } else {
                crate::headers::write(frame, &mut input, output)
            }
        })
        .unwrap_or(u32::MAX)
}

/// Takes a rule; gives 0 where there is no room.
#[cfg(feature = "rules")]
#[unsafe(no_mangle)]
pub extern "C" fn rule(length: usize, fixed_target: u32, billionths: u32) -> u32 {
    STATE
        .with(|State { input, labels, rules, .. }| {
            let mut input = Input::new(input.get(..length)?, false, labels);
            crate::rules::add(rules, &mut input, fixed_target, billionths)
        })
        .unwrap_or(0)
}

/// Whether a request is recorded.
#[cfg(feature = "rules")]
#[unsafe(no_mangle)]
pub extern "C" fn sample(length: usize) -> u32 {
    STATE
        .with(|State { frame, input, labels, rules, .. }| {
            let mut input = Input::new(input.get(..length)?, false, labels);
            crate::rules::decide(rules, &mut input, frame.start(), frame.seed)
        })
        .unwrap_or(1)
}

fn carry_out(state: &mut State, steps: u32, place: usize, length: usize) -> Option<()> {
    let State { frame, input, embed, leaf, places, labels, .. } = state;
    if steps & IDENTIFY != 0 {
        return frame.context().map(drop);
    }
    let mut input = Input::new(input.get(..length)?, steps & ASCII != 0, labels);
    places.reserve(place)?;
    let parent = frame.parent_place as usize;
    let (document, parent) = if place == 0 { (&mut **leaf, places.get(parent)) } else { places.both(place, parent)? };
    if steps & BEGIN != 0 {
        entity::begin(document, frame, input.text()?)?;
    }
    let written = fields::write(document, &mut input);
    let shown = steps & SHOW != 0;
    if shown || (steps & END != 0 && entity::end(document, parent, frame, *embed)) {
        give(document, shown);
    }
    written
}

/// Hands a document over. One that is shown before its end counts nothing.
fn give(document: &mut DocumentView, shown: bool) {
    let tally = if shown { Tally::default() } else { document.tally() };
    if let Some(datagram) = document.datagram() {
        send(datagram.as_ptr(), datagram.len(), tally.entities, tally.cut, tally.refused);
    }
}
