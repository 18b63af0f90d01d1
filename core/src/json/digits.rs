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
    if cfg!(target_arch = "wasm32") {
        let (high, low) = divided(micros, 100_000_000);
        let high = eight(high as u32).to_le_bytes();
        let low = eight(low).to_le_bytes();
        // The point takes the place of the last of two digits that belong before it.
        text[..8].copy_from_slice(&high);
        text[9..].copy_from_slice(&low);
        [text[8], text[9], text[10]] = [low[0], low[1], b'.'];
        blank_zeros(text);
        return;
    }
    // The first seven digits, and the other nine: both have their place in 32 bits.
    let (high, low) = divided(micros, NINE);
    let (seconds, fraction) = text.split_at_mut(10);
    fixed(&mut seconds[..7], high as u32);
    let left = fixed(&mut fraction[1..], low);
    fixed(&mut seconds[7..], left);
    fraction[0] = b'.';
    blank_zeros(text);
}

/// JSON allows no zeros before a number, but blanks.
#[inline(always)]
fn blank_zeros(text: &mut [u8; TIME_LEN]) {
    for digit in &mut text[..9] {
        if *digit != b'0' {
            break;
        }
        *digit = b' ';
    }
}

/// The eight digits of a number, the first in the least significant byte: halves, quarters and single digits side by side.
#[inline(never)]
const fn eight(n: u32) -> u64 {
    let fours = (n / 10_000) as u64 | ((n % 10_000) as u64) << 32;
    let hundreds = ((fours * 5_243) >> 19) & 0x7f_0000_007f;
    let twos = hundreds | (fours - 100 * hundreds) << 16;
    let tens = ((twos * 103) >> 10) & 0x0f_000f_000f_000f;
    (tens | (twos - 10 * tens) << 8) + 0x3030_3030_3030_3030
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
    fn eight_digits_at_once_are_what_the_formatter_prints() {
        for n in (0..100_000_000).step_by(7_919).chain([1, 9_999, 10_000, 99_999_999]) {
            assert_eq!(eight(n).to_le_bytes(), format!("{n:08}").as_bytes());
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
