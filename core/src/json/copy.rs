//! Copying bytes that are short and of unknown length, with a look at each.
//!
//! Blocks are taken from both ends and overlap where they must, so that no length leaves single bytes over; a call of
//! `memcpy` alone costs more than most texts here. On targets where code size counts, a byte loop does the same.

/// Whether a byte cannot stand in a JSON string as it is: a control, the quote, the backslash. `byte ^ 2` moves the
/// quote next to the controls, so that one comparison finds both.
#[inline(always)]
pub(super) const fn needs_escape(byte: u8) -> bool {
    (byte ^ 2) < 0x21 || byte == b'\\'
}

/// Copies `from` to `to`, which has the same length; false, with the copy unspecified, when a byte needs escaping.
#[cfg(not(any(target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
pub(super) fn clean(to: &mut [u8], from: &[u8]) -> bool {
    if from.len() >= 16 {
        ends::<16, true>(to, from) && (from.len() <= 32 || between::<true>(to, from))
    } else if from.len() >= 8 {
        ends::<8, true>(to, from)
    } else if from.len() >= 4 {
        ends::<4, true>(to, from)
    } else {
        few::<true>(to, from)
    }
}

/// Copies `from`, which is known to need no escaping, to `to`, which has the same length.
#[cfg(not(any(target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
pub(super) fn short(to: &mut [u8], from: &[u8]) {
    if from.len() > 32 {
        to.copy_from_slice(from);
    } else if from.len() >= 16 {
        ends::<16, false>(to, from);
    } else if from.len() >= 8 {
        ends::<8, false>(to, from);
    } else if from.len() >= 4 {
        ends::<4, false>(to, from);
    } else {
        few::<false>(to, from);
    }
}

/// Both for targets where code size counts.
#[cfg(any(target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32"))]
#[inline(never)]
pub(super) fn clean(to: &mut [u8], from: &[u8]) -> bool {
    for (slot, &byte) in to.iter_mut().zip(from) {
        if needs_escape(byte) {
            return false;
        }
        *slot = byte;
    }
    true
}

#[cfg(any(target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32"))]
#[inline(always)]
pub(super) fn short(to: &mut [u8], from: &[u8]) {
    to.copy_from_slice(from);
}

/// Copies the first and the last `N` bytes of a text of `N` to `2 * N` bytes.
#[cfg(not(any(target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
fn ends<const N: usize, const CHECKED: bool>(to: &mut [u8], from: &[u8]) -> bool {
    let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) else { return false };
    if CHECKED && any_needs_escape(first, last) {
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

/// Up to three bytes.
#[cfg(not(any(target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
fn few<const CHECKED: bool>(to: &mut [u8], from: &[u8]) -> bool {
    if let (Some(&first), Some(&last)) = (from.first(), from.last()) {
        let at = from.len() / 2;
        let middle = from[at];
        if CHECKED && (needs_escape(first) | needs_escape(middle) | needs_escape(last)) {
            return false;
        }
        to[0] = first;
        to[at] = middle;
        to[from.len() - 1] = last;
    }
    true
}

/// What is between the first and the last sixteen of more than 32 bytes.
#[cfg(not(any(target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
fn between<const CHECKED: bool>(to: &mut [u8], from: &[u8]) -> bool {
    let inner = 16..from.len() - 16;
    let (Some(to), Some(from)) = (to.get_mut(inner.clone()), from.get(inner)) else { return false };
    if from.len() > 32 {
        long(to, from)
    } else if from.len() >= 16 {
        ends::<16, CHECKED>(to, from)
    } else if from.len() >= 8 {
        ends::<8, CHECKED>(to, from)
    } else if from.len() >= 4 {
        ends::<4, CHECKED>(to, from)
    } else {
        few::<CHECKED>(to, from)
    }
}

/// More than 32 bytes.
#[cfg(not(any(target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(never)]
fn long(to: &mut [u8], from: &[u8]) -> bool {
    for (block, slot) in from.chunks_exact(32).zip(to.chunks_exact_mut(32)) {
        // Leaving at the first hit keeps the loop short; collecting hits made LLVM vectorise across blocks.
        if !ends::<16, true>(slot, block) {
            return false;
        }
    }
    let (Some(block), Some(slot)) = (from.last_chunk::<32>(), to.last_chunk_mut::<32>()) else { return false };
    ends::<16, true>(slot, block)
}

/// Whether a byte of two blocks needs escaping. Without a branch inside it becomes a handful of vector instructions.
#[cfg(not(any(target_arch = "wasm32", target_arch = "arm", target_arch = "riscv32")))]
#[inline(always)]
fn any_needs_escape<const N: usize>(one: &[u8; N], other: &[u8; N]) -> bool {
    let mut any = false;
    for at in 0..N {
        any |= ((one[at] ^ 2) < 0x21) | (one[at] == b'\\') | ((other[at] ^ 2) < 0x21) | (other[at] == b'\\');
    }
    any
}
