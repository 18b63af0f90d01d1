//! Hexadecimal, eight digits at a time.

use super::{SMALL, writer};

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

/// The lower-case digits of `bits`, as many as there is room for, of which there are eight or sixteen.
#[inline(never)]
pub(crate) fn write(to: &mut [u8], bits: u64) {
    let mut rest = bits;
    if cfg!(target_arch = "wasm32") {
        // Words of 64 bits are no longer there than others.
        for eight in to.rchunks_exact_mut(8) {
            if let Some(eight) = eight.first_chunk_mut() {
                *eight = digits8(rest as u32);
            }
            rest >>= 32;
        }
        return;
    }
    for digit in to.iter_mut().rev() {
        let nibble = (rest & 15) as u8;
        *digit = nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
        rest >>= 4;
    }
}

/// The number that at most sixteen digits of either case stand for.
#[cfg_attr(target_arch = "wasm32", inline(never))]
pub(crate) fn parse(digits: &[u8]) -> Option<u64> {
    if SMALL {
        return digits.iter().try_fold(0, |bits, &digit| Some(bits << 4 | u64::from(char::from(digit).to_digit(16)?)));
    }
    let mut bits = 0;
    let mut eights = digits.chunks_exact(8);
    for eight in &mut eights {
        bits = (bits << 32) | u64::from(parse8(eight.first_chunk()?)?);
    }
    for &digit in eights.remainder() {
        bits = (bits << 4) | u64::from(char::from(digit).to_digit(16)?);
    }
    Some(bits)
}

writer! {
    fn parse8(digits: &[u8; 8]) -> Option<u32> {
        let no_digit = |byte: u8| (byte.wrapping_sub(b'0') > 9) & ((byte | 0x20).wrapping_sub(b'a') > 5);
        if digits.iter().fold(false, |any, &byte| any | no_digit(byte)) {
            return None;
        }
        // A letter has bit 6 set, and its low four bits are nine less than its value. Then each step joins neighbours.
        let x = u64::from_be_bytes(*digits);
        let x = (x & (ONES * 0x0f)) + ((x >> 6) & ONES) * 9;
        let x = (x | x >> 4) & 0x00ff_00ff_00ff_00ff;
        let x = (x | x >> 8) & 0x0000_ffff_0000_ffff;
        Some((x | x >> 16) as u32)
    }
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
        for byte in 0..=u8::MAX {
            for at in 0..8 {
                let mut digits = *b"12345678";
                digits[at] = byte;
                let expected = core::str::from_utf8(&digits).ok().filter(|_| byte.is_ascii_hexdigit());
                assert_eq!(parse(&digits), expected.map(|text| u64::from_str_radix(text, 16).unwrap()));
            }
        }
    }
}
