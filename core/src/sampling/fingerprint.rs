//! A quick look at a request, by which nearly all rules that do not match are passed over: one comparison each instead of
//! five patterns.
//!
//! Every literal beginning and end of the request's attributes is hashed once, up to a length. A rule remembers the hash
//! and the length of what its patterns begin or end with. Where the two are different, the rule cannot match.

use super::criteria::{ATTRIBUTES, Attributes};
use crate::json::SMALL;

/// How much of a pattern's beginning or end is looked at.
const LONGEST: usize = 24;

/// Hashes of one attribute's beginnings, and as many of its ends; none at all is the first of each.
const SIDE: usize = LONGEST + 1;
const PLACES: usize = if SMALL { 1 } else { ATTRIBUTES * 2 * SIDE };

/// A probe's place is a byte.
const _: () = assert!(PLACES <= 256);

/// What stands where an attribute is shorter: no hash is this.
const NOTHING: u16 = 0;
/// What stands where it is not known: it is like every hash, and no hash is this.
const ANYTHING: u16 = u16::MAX;

/// How much of each attribute some rule looks at: beginnings, then ends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extent([[u8; 2]; ATTRIBUTES]);

impl Extent {
    pub(super) const NONE: Self = Self([[0; 2]; ATTRIBUTES]);

    /// As much as this rule looks at, too.
    pub(super) fn cover(&mut self, probe: Probe) {
        let place = usize::from(probe.place);
        let (side, length) = (place / SIDE, place % SIDE);
        if let Some(extent) = self.0.get_mut(side / 2) {
            extent[side % 2] = extent[side % 2].max(length as u8);
        }
    }
}

/// What a request looks like from afar.
#[derive(Clone, Debug)]
pub(super) struct Fingerprint([u16; PLACES]);

impl Fingerprint {
    /// Of a request that is not looked at.
    pub(super) const BLIND: Self = Self([ANYTHING; PLACES]);

    #[inline]
    pub(super) fn of(request: &Attributes<'_>, extent: &Extent) -> Self {
        let mut hashes = [NOTHING; PLACES];
        hashes[0] = ANYTHING;
        let sides = hashes.chunks_exact_mut(2 * SIDE);
        for ((text, extent), sides) in request.iter().zip(&extent.0).zip(sides) {
            if extent[0] | extent[1] == 0 {
                continue;
            }
            let (begins, ends) = sides.split_at_mut(SIDE);
            let (begins, ends) = (&mut begins[1..=usize::from(extent[0])], &mut ends[1..=usize::from(extent[1])]);
            if text.is_empty() || !text.is_ascii() {
                hash_ascii(text, begins, ends);
                continue;
            }
            hash_all(text.iter(), begins);
            hash_all(text.iter().rev(), ends);
        }
        Self(hashes)
    }

    /// Whether a rule with this probe may match.
    #[inline]
    pub(super) fn may_match(&self, probe: Probe) -> bool {
        let hash = self.0.get(usize::from(probe.place)).copied().unwrap_or(ANYTHING);
        hash == probe.hash || hash == ANYTHING
    }
}

/// What a pattern begins or ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Probe {
    hash: u16,
    place: u8,
}

impl Probe {
    /// Passes nothing over.
    pub(super) const BLIND: Self = Self { hash: ANYTHING, place: 0 };

    /// Of what this pattern of an attribute begins with, and of what it ends with; each with its length.
    pub(super) fn of(attribute: usize, pattern: &[u8]) -> [(Self, usize); 2] {
        let literal = |byte: &&u8| byte.is_ascii() && !matches!(byte, b'*' | b'?');
        let begins = pattern.iter().take_while(literal).take(LONGEST).count();
        // What begins with all there is ends with nothing new.
        let rest = if begins == pattern.len() { &[] } else { pattern };
        let ends = rest.iter().rev().take_while(literal).take(LONGEST).count();
        let place = |side: usize, length: usize| (attribute * 2 + side) * SIDE + length;
        [
            (Self::at(place(0, begins), pattern.iter().take(begins)), begins),
            (Self::at(place(1, ends), pattern.iter().rev().take(ends)), ends),
        ]
    }

    fn at<'t>(place: usize, literal: impl Iterator<Item = &'t u8>) -> Self {
        let mut hashes = [NOTHING; LONGEST];
        hash_all(literal, &mut hashes);
        let length = hashes.iter().take_while(|hash| **hash != NOTHING).count();
        match (length.checked_sub(1), u8::try_from(place)) {
            (Some(last), Ok(place)) => Self { hash: hashes[last], place },
            _ => Self::BLIND,
        }
    }
}

/// Letters that are not ASCII are not looked at, nor is what is behind them: `?` is a letter, and not a byte.
#[cold]
fn hash_ascii(text: &[u8], begins: &mut [u16], ends: &mut [u16]) {
    begins.fill(ANYTHING);
    ends.fill(ANYTHING);
    hash_all(text.iter().take_while(|byte| byte.is_ascii()), begins);
    hash_all(text.iter().rev().take_while(|byte| byte.is_ascii()), ends);
}

/// The hashes of all beginnings of a text, in lower case, as far as there is room for them.
#[inline(always)]
fn hash_all<'t>(text: impl Iterator<Item = &'t u8>, hashes: &mut [u16]) {
    let mut state = 0x811c_9dc5_u32;
    for (byte, hash) in text.zip(hashes) {
        state = (state ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193);
        // The low bit keeps it from being nothing, the next but one from being anything.
        *hash = ((state >> 16) as u16 | 1) & !4;
    }
}
