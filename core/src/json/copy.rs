//! Copying texts that are short and of unknown length, with a look at each byte.
//!
//! Blocks are taken from both ends and overlap where they must, so that no length leaves single bytes over; a call of
//! `memcpy` alone costs more than most texts here. On targets where code size counts, a byte loop does the same.

/// The longest text that is copied where it is written; a longer one is worth a call.
pub(crate) const SHORT: usize = 64;

/// A byte whose mark is below this is refused. Marks and not answers, because the least mark of several bytes tells of
/// all of them: blocks are joined by a minimum, and compared once.
const REFUSED: u8 = 0x21;

/// The mark of a byte that may stand, where the look at it gives no other.
pub(crate) const GOOD: u8 = u8::MAX;

/// The mark of a byte that does not.
pub(crate) const BAD: u8 = 0;

/// Marks a byte that cannot stand in a JSON string as it is: a control, the quote, the backslash. `byte ^ 2` moves the
/// quote next to the controls, which are the marks that are refused.
#[inline(always)]
pub(crate) const fn json_mark(byte: u8) -> u8 {
    if byte == b'\\' { BAD } else { byte ^ 2 }
}

/// Copies `from` to `to`, which has the same length, of at most [`SHORT`] bytes; false, with the copy unspecified, when
/// one is refused by its `mark`.
#[cfg(not(any(xray_small, target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
pub(crate) fn short(to: &mut [u8], from: &[u8], mark: impl Fn(u8) -> u8 + Copy) -> bool {
    if from.len() >= 16 {
        if from.len() > 32 { four_blocks(to, from, mark) } else { ends::<16>(to, from, mark) }
    } else if from.len() >= 8 {
        ends::<8>(to, from, mark)
    } else if from.len() >= 4 {
        ends::<4>(to, from, mark)
    } else {
        few(to, from, mark)
    }
}

/// The same for targets where code size counts.
#[cfg(any(xray_small, target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32"))]
#[inline(always)]
pub(crate) fn short(to: &mut [u8], from: &[u8], mark: impl Fn(u8) -> u8 + Copy) -> bool {
    long(to, from, mark)
}

/// Copies `from` to `to`, which has the same length, whatever that is; false, with the copy unspecified, when a byte is
/// refused.
#[cfg(not(any(xray_small, target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
pub(crate) fn long(to: &mut [u8], from: &[u8], mark: impl Fn(u8) -> u8 + Copy) -> bool {
    for (block, slot) in from.chunks_exact(32).zip(to.chunks_exact_mut(32)) {
        // Leaving at the first hit keeps the loop short; collecting hits made LLVM vectorise across blocks.
        if !ends::<16>(slot, block, mark) {
            return false;
        }
    }
    match (from.last_chunk::<32>(), to.last_chunk_mut::<32>()) {
        (Some(block), Some(slot)) => ends::<16>(slot, block, mark),
        _ => short(to, from, mark),
    }
}

/// The same for targets where code size counts.
#[cfg(any(xray_small, target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32"))]
#[inline(always)]
pub(crate) fn long(to: &mut [u8], from: &[u8], mark: impl Fn(u8) -> u8 + Copy) -> bool {
    for (slot, &byte) in to.iter_mut().zip(from) {
        if mark(byte) < REFUSED {
            return false;
        }
        *slot = byte;
    }
    true
}

/// Copies the first and the last `N` bytes of a text of `N` to `2 * N` bytes.
#[cfg(not(any(xray_small, target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
fn ends<const N: usize>(to: &mut [u8], from: &[u8], mark: impl Fn(u8) -> u8) -> bool {
    let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) else { return false };
    // Whole vectors are stored before they are looked at, as the look destroys them and they would be read twice.
    let looks_first = N < 16;
    if looks_first && any(first, last, &mark) {
        return false;
    }
    if let Some(slot) = to.first_chunk_mut::<N>() {
        *slot = *first;
    }
    if let Some(slot) = to.last_chunk_mut::<N>() {
        *slot = *last;
    }
    looks_first || !any(first, last, &mark)
}

/// Copies the first two and the last two blocks of sixteen of a text of 32 to 64 bytes.
#[cfg(not(any(xray_small, target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
fn four_blocks(to: &mut [u8], from: &[u8], mark: impl Fn(u8) -> u8) -> bool {
    let (Some(first), Some(last)) = (from.first_chunk::<32>(), from.last_chunk::<32>()) else { return false };
    if let Some(slot) = to.first_chunk_mut::<32>() {
        *slot = *first;
    }
    if let Some(slot) = to.last_chunk_mut::<32>() {
        *slot = *last;
    }
    let mut any = false;
    for at in 0..16 {
        let (one, other) = (mark(first[at]).min(mark(first[at + 16])), mark(last[at]).min(mark(last[at + 16])));
        any |= one.min(other) < REFUSED;
    }
    !any
}

/// Up to three bytes.
#[cfg(not(any(xray_small, target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
fn few(to: &mut [u8], from: &[u8], mark: impl Fn(u8) -> u8) -> bool {
    if let (Some(&first), Some(&last)) = (from.first(), from.last()) {
        let at = from.len() / 2;
        let middle = from[at];
        if (mark(first) < REFUSED) | (mark(middle) < REFUSED) | (mark(last) < REFUSED) {
            return false;
        }
        to[0] = first;
        to[at] = middle;
        to[from.len() - 1] = last;
    }
    true
}

/// Whether a byte of two blocks is refused. Without a branch inside it becomes a handful of vector instructions.
#[cfg(not(any(xray_small, target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
fn any<const N: usize>(one: &[u8; N], other: &[u8; N], mark: impl Fn(u8) -> u8) -> bool {
    let mut any = false;
    for at in 0..N {
        any |= if N < 16 {
            (mark(one[at]) < REFUSED) | (mark(other[at]) < REFUSED)
        } else {
            mark(one[at]).min(mark(other[at])) < REFUSED
        };
    }
    any
}
