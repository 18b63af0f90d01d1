//! Hexadecimal, eight digits at a time.

/// The eight lower-case digits of `bits`.
#[inline]
pub(crate) const fn digits8(bits: u32) -> [u8; 8] {
    // Spread the eight nibbles over eight bytes, most significant first in memory.
    let mut x = bits as u64;
    x = (x | (x << 16)) & 0x0000_ffff_0000_ffff;
    x = (x | (x << 8)) & 0x00ff_00ff_00ff_00ff;
    x = (x | (x << 4)) & 0x0f0f_0f0f_0f0f_0f0f;
    // A nibble above 9 carries into bit 4 when 6 is added; such a byte takes 'a' - 10 instead of '0'.
    let letters = ((x + 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101;
    (x + 0x3030_3030_3030_3030 + letters * (b'a' - 10 - b'0') as u64).to_be_bytes()
}

/// The sixteen lower-case digits of `bits`.
#[inline]
pub(crate) const fn digits16(bits: u64) -> [u8; 16] {
    let [a, b, c, d, e, f, g, h] = digits8((bits >> 32) as u32);
    let [i, j, k, l, m, n, o, p] = digits8(bits as u32);
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
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
