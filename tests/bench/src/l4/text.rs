//! JSON strings: copied and scanned in one pass, escaped only when there is something to escape.

/// Whether a byte cannot stand in a JSON string as it is: a control, a quote or a backslash.
///
/// Flipping one bit puts the quote next to the controls, so one comparison finds both; the space moves out of the way.
#[inline(always)]
fn special(byte: u8) -> bool {
    ((byte ^ 2) < 0x21) | (byte == b'\\')
}

/// Whether any byte of two blocks is [`special`]. Without a branch inside, it becomes a handful of vector instructions.
#[inline(always)]
fn any_special<const N: usize>(one: &[u8; N], other: &[u8; N]) -> bool {
    let mut any = false;
    for at in 0..N {
        any |= special(one[at]) | special(other[at]);
    }
    any
}

/// Writes `value` and then `after`, and returns the tail behind them.
#[inline(always)]
pub(crate) fn text<'a, const N: usize>(tail: &'a mut [u8], value: &str, after: &[u8; N]) -> Option<&'a mut [u8]> {
    let (_, tail) = text_then(tail, value, after)?;
    Some(tail)
}

/// Writes `value` and then a template, and returns the template's copy and the tail behind it.
#[inline(always)]
pub(crate) fn text_then<'a, const N: usize>(
    tail: &'a mut [u8],
    value: &str,
    template: &[u8; N],
) -> Option<(&'a mut [u8; N], &'a mut [u8])> {
    let bytes = value.as_bytes();
    let copy = tail.get_mut(..bytes.len())?;
    let behind = if copy_clean(copy, bytes) { &mut tail[bytes.len()..] } else { escaped(tail, bytes)? };
    fixed(behind, template)
}

/// Writes a template, and returns its copy and the tail behind it.
#[inline(always)]
pub(crate) fn fixed<'a, const N: usize>(
    tail: &'a mut [u8],
    template: &[u8; N],
) -> Option<(&'a mut [u8; N], &'a mut [u8])> {
    let (room, tail) = tail.split_first_chunk_mut::<N>()?;
    *room = *template;
    Some((room, tail))
}

/// Copies until it meets a special byte, and says whether it met none.
///
/// Blocks are taken from both ends and overlap where they must, so that no length leaves single bytes over; the two of a
/// pair are tested at once.
#[inline(always)]
fn copy_clean(to: &mut [u8], from: &[u8]) -> bool {
    if from.len() >= 16 {
        if !copy_ends::<16>(to, from) {
            return false;
        }
        if from.len() <= 32 {
            return true;
        }
        copy_second_ends(to, from) && (from.len() <= 64 || copy_middle(to, from))
    } else if from.len() >= 8 {
        copy_ends::<8>(to, from)
    } else if from.len() >= 4 {
        copy_ends::<4>(to, from)
    } else if let (Some(&first), Some(&last)) = (from.first(), from.last()) {
        let middle = from[from.len() / 2];
        to[0] = first;
        to[from.len() / 2] = middle;
        to[from.len() - 1] = last;
        !(special(first) | special(middle) | special(last))
    } else {
        true
    }
}

/// Copies the blocks next to the first and the last one of a text of more than 32 bytes.
#[inline(always)]
fn copy_second_ends(to: &mut [u8], from: &[u8]) -> bool {
    let (Some(begin), Some(end)) = (from.first_chunk::<32>(), from.last_chunk::<32>()) else {
        return false;
    };
    let (Some(second), Some(last_but_one)) = (begin.last_chunk::<16>(), end.first_chunk::<16>()) else {
        return false;
    };
    if any_special(second, last_but_one) {
        return false;
    }
    to[16..32].copy_from_slice(second);
    let at = from.len() - 32;
    to[at..at + 16].copy_from_slice(last_but_one);
    true
}

/// Copies what is between 32 bytes at each end.
#[inline(never)]
fn copy_middle(to: &mut [u8], from: &[u8]) -> bool {
    let inner = from.len() - 32;
    let blocks = from[32..inner + 15].chunks_exact(16);
    for (block, to) in blocks.zip(to[32..inner + 15].chunks_exact_mut(16)) {
        if block.iter().fold(false, |any, &byte| any | special(byte)) {
            return false;
        }
        to.copy_from_slice(block);
    }
    true
}

/// Copies the first and the last `N` bytes of a text of `N` to `2 * N` bytes.
#[inline(always)]
fn copy_ends<const N: usize>(to: &mut [u8], from: &[u8]) -> bool {
    let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) else {
        return false;
    };
    if any_special(first, last) {
        return false;
    }
    to[..N].copy_from_slice(first);
    to[from.len() - N..].copy_from_slice(last);
    true
}

#[cold]
#[inline(never)]
fn escaped<'a>(mut tail: &'a mut [u8], value: &[u8]) -> Option<&'a mut [u8]> {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for &byte in value {
        let control = [b'\\', b'u', b'0', b'0', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
        let piece: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..0x20 => &control,
            _ => std::slice::from_ref(&byte),
        };
        tail = plain(tail, piece)?;
    }
    Some(tail)
}

/// Writes bytes as they are.
#[inline(always)]
pub(crate) fn plain<'a>(tail: &'a mut [u8], bytes: &[u8]) -> Option<&'a mut [u8]> {
    let (room, rest) = tail.split_at_mut_checked(bytes.len())?;
    room.copy_from_slice(bytes);
    Some(rest)
}
