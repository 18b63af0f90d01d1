//! Copying texts that are short and of unknown length, with a look at each byte.
//!
//! Blocks are taken from both ends and overlap where they must, so that no length leaves single bytes over; a call of
//! `memcpy` alone costs more than most texts here. On targets where code size counts, a byte loop does the same.

/// The longest text that is copied where it is written; a longer one is worth a call.
pub(crate) const SHORT: usize = 64;

/// Whether a byte cannot stand in a JSON string as it is: a control, the quote, the backslash. `byte ^ 2` moves the
/// quote next to the controls, so that one comparison finds both.
#[inline(always)]
pub(crate) const fn needs_escape(byte: u8) -> bool {
    // Without a branch, so that the test of a block has none.
    ((byte ^ 2) < 0x21) | (byte == b'\\')
}

/// Copies `from` to `to`, which has the same length, of at most [`SHORT`] bytes; false, with the copy unspecified, when
/// one is `refused`.
#[cfg(not(any(target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
pub(crate) fn short(to: &mut [u8], from: &[u8], refused: impl Fn(u8) -> bool + Copy) -> bool {
    if from.len() >= 16 {
        ends::<16>(to, from, refused) && (from.len() <= 32 || inner_ends(to, from, refused))
    } else if from.len() >= 8 {
        ends::<8>(to, from, refused)
    } else if from.len() >= 4 {
        ends::<4>(to, from, refused)
    } else {
        few(to, from, refused)
    }
}

/// The same for targets where code size counts.
#[cfg(any(target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32"))]
#[inline(always)]
pub(crate) fn short(to: &mut [u8], from: &[u8], refused: impl Fn(u8) -> bool + Copy) -> bool {
    long(to, from, refused)
}

/// Copies `from` to `to`, which has the same length, whatever that is; false, with the copy unspecified, when a byte is
/// `refused`.
#[cfg(not(any(target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
pub(crate) fn long(to: &mut [u8], from: &[u8], refused: impl Fn(u8) -> bool + Copy) -> bool {
    for (block, slot) in from.chunks_exact(32).zip(to.chunks_exact_mut(32)) {
        // Leaving at the first hit keeps the loop short; collecting hits made LLVM vectorise across blocks.
        if !ends::<16>(slot, block, refused) {
            return false;
        }
    }
    match (from.last_chunk::<32>(), to.last_chunk_mut::<32>()) {
        (Some(block), Some(slot)) => ends::<16>(slot, block, refused),
        _ => short(to, from, refused),
    }
}

/// The same for targets where code size counts.
#[cfg(any(target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32"))]
#[inline(always)]
pub(crate) fn long(to: &mut [u8], from: &[u8], refused: impl Fn(u8) -> bool + Copy) -> bool {
    for (slot, &byte) in to.iter_mut().zip(from) {
        if refused(byte) {
            return false;
        }
        *slot = byte;
    }
    true
}

/// Copies the first and the last `N` bytes of a text of `N` to `2 * N` bytes.
#[cfg(not(any(target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
fn ends<const N: usize>(to: &mut [u8], from: &[u8], refused: impl Fn(u8) -> bool) -> bool {
    let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) else { return false };
    if any(first, last, refused) {
        return false;
    }
    if let Some(slot) = to.first_chunk_mut::<N>() {
        *slot = *first;
    }
    if let Some(slot) = to.last_chunk_mut::<N>() {
        *slot = *last;
    }
    true
}

/// Copies the second and the last but one block of sixteen of a text of 33 to 64 bytes.
#[cfg(not(any(target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
fn inner_ends(to: &mut [u8], from: &[u8], refused: impl Fn(u8) -> bool) -> bool {
    let at = from.len() - 32;
    let (Some(begin), Some(end)) = (from.first_chunk::<32>(), from.last_chunk::<32>()) else { return false };
    let (Some(second), Some(last_but_one)) = (begin.last_chunk::<16>(), end.first_chunk::<16>()) else { return false };
    if any(second, last_but_one, refused) {
        return false;
    }
    to[16..32].copy_from_slice(second);
    to[at..at + 16].copy_from_slice(last_but_one);
    true
}

/// Up to three bytes.
#[cfg(not(any(target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
fn few(to: &mut [u8], from: &[u8], refused: impl Fn(u8) -> bool) -> bool {
    if let (Some(&first), Some(&last)) = (from.first(), from.last()) {
        let at = from.len() / 2;
        let middle = from[at];
        if refused(first) | refused(middle) | refused(last) {
            return false;
        }
        to[0] = first;
        to[at] = middle;
        to[from.len() - 1] = last;
    }
    true
}

/// Whether a byte of two blocks is `refused`. Without a branch inside it becomes a handful of vector instructions.
#[cfg(not(any(target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
fn any<const N: usize>(one: &[u8; N], other: &[u8; N], refused: impl Fn(u8) -> bool) -> bool {
    let mut any = false;
    for at in 0..N {
        any |= refused(one[at]) | refused(other[at]);
    }
    any
}
