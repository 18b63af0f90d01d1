//! Decimal digits, one by one: for targets where code size counts. Chips have the division of 32 bits in an instruction or
//! a short call; that of 64 bits is long, so that there is one for each nine digits.

use super::number::TIME_LEN;
use crate::division::divided;

/// Divides off nine digits, the most that have their place in 32 bits.
const NINE: u32 = 1_000_000_000;

/// The digits of a number in all of `text`, with zeros before it; what is left of the number.
#[inline(never)]
pub(super) fn fixed(text: &mut [u8], n: u32) -> u32 {
    let mut rest = n;
    for digit in text.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    rest
}

/// A time in its slot; see [`number::time`](super::number::time).
#[inline(never)]
pub(super) fn time(text: &mut [u8; TIME_LEN], micros: u64) {
    // The first seven digits, and the other nine: both have their place in 32 bits.
    let (high, low) = divided(micros, NINE);
    let (seconds, fraction) = text.split_at_mut(10);
    fixed(&mut seconds[..7], high as u32);
    let left = fixed(&mut fraction[1..], low);
    fixed(&mut seconds[7..], left);
    fraction[0] = b'.';
    let zeros = seconds[..9].iter().take_while(|digit| **digit == b'0').count();
    seconds[..zeros].fill(b' ');
}

/// The digits of a number without zeros before it, at the end of `text`.
pub(super) fn shortest(text: &mut [u8; 20], n: u64) -> &[u8] {
    let (rest, low) = divided(n, NINE);
    let (high, middle) = divided(rest, NINE);
    fixed(&mut text[..2], high as u32);
    fixed(&mut text[2..11], middle);
    fixed(&mut text[11..], low);
    let zeros = text[..19].iter().take_while(|digit| **digit == b'0').count();
    &text[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_what_the_formatter_prints() {
        for n in [0, 1, 9, 10, 99_999, 100_000, 9_999_999_999, 10_000_000_000, u64::MAX / 3, u64::MAX - 1, u64::MAX] {
            assert_eq!(shortest(&mut [0; 20], n), n.to_string().as_bytes());
        }
    }

    #[test]
    fn a_time_is_fixed_point_in_its_slot() {
        for micros in [0, 1, 1_500_000, 999_999_999_999_999, 1_000_000_000_000_000, 9_999_999_999_999_999] {
            let mut text = [0; TIME_LEN];
            time(&mut text, micros);
            let expected = format!("{:>10}.{:06}", micros / 1_000_000, micros % 1_000_000);
            assert_eq!(core::str::from_utf8(&text), Ok(expected.as_str()));
        }
    }
}
