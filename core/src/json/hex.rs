//! Hexadecimal, eight digits at a time.

const ONES: u64 = 0x0101_0101_0101_0101;

/// The eight lower-case digits of `bits`.
#[inline]
pub(crate) const fn digits8(bits: u32) -> [u8; 8] {
    digits(bits.swap_bytes() as u64).to_le_bytes()
}

/// The sixteen lower-case digits of `bits`.
#[inline]
pub(crate) const fn digits16(bits: u64) -> [u8; 16] {
    // Both halves take the same steps, so that they take them in one vector.
    let swapped = bits.swap_bytes();
    let [a, b, c, d, e, f, g, h] = digits(swapped & 0xffff_ffff).to_le_bytes();
    let [i, j, k, l, m, n, o, p] = digits(swapped >> 32).to_le_bytes();
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}

/// The digits of four bytes, of which the least significant comes first, and so do its digits.
#[inline(always)]
const fn digits(bytes: u64) -> u64 {
    let x = (bytes | bytes << 16) & 0x0000_ffff_0000_ffff;
    let x = (x | x << 8) & 0x00ff_00ff_00ff_00ff;
    let nibbles = (x >> 4 | x << 8) & (ONES * 0x0f);
    // A nibble above 9 carries into the highest bit of its byte, which becomes the distance of the letters.
    let letters = (nibbles + ONES * (0x80 - 10)) & (ONES * 0x80);
    let gaps = (letters - (letters >> 7)) & (ONES * (b'a' - 10 - b'0') as u64);
    nibbles + gaps + ONES * b'0' as u64
}

/// The number that at most sixteen digits of either case stand for.
#[inline]
pub(crate) fn parse(digits: &[u8]) -> Option<u64> {
    let mut bits = 0;
    for &digit in digits {
        let nibble = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            b'A'..=b'F' => digit - b'A' + 10,
            _ => return None,
        };
        bits = (bits << 4) | u64::from(nibble);
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_what_the_formatter_prints() {
        for bits in [0, 1, 9, 10, 15, 16, 0xdead_beef_0123_4567, 0xa9a9_9a9a_f0f0_0f0f, u64::MAX] {
            assert_eq!(core::str::from_utf8(&digits16(bits)).unwrap(), format!("{bits:016x}"));
            assert_eq!(parse(&digits16(bits)), Some(bits));
        }
    }

    #[test]
    fn what_is_not_hex_is_not_read() {
        assert_eq!(parse(b"12g4"), None);
        assert_eq!(parse(b"AbC"), Some(0xabc));
    }
}
