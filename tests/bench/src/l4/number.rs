//! Ids, times and integers.

use super::text::plain;

/// Sixteen lower-case hexadecimal digits.
///
/// Both halves take the same steps, so that they can take them in one vector.
#[inline(always)]
pub(crate) fn hex16(value: u64) -> [u8; 16] {
    let reversed = value.swap_bytes();
    let halves = [reversed & 0xffff_ffff, reversed >> 32];
    let halves = halves.map(|x| (x | x << 16) & 0x0000_ffff_0000_ffff);
    let halves = halves.map(|x| (x | x << 8) & 0x00ff_00ff_00ff_00ff);
    let digits = halves.map(|x| (x >> 4 | x << 8) & (ONES * 0x0f));
    let letters = digits.map(|x| (x + ONES * (0x80 - 10)) & (ONES * 0x80));
    let gaps = letters.map(|x| (x - (x >> 7)) & (ONES * LETTER_GAP));
    let [high, low] = [0, 1].map(|half| digits[half] + gaps[half] + ZEROS);
    let mut text = [0; 16];
    text[..8].copy_from_slice(&high.to_le_bytes());
    text[8..].copy_from_slice(&low.to_le_bytes());
    text
}

/// Eight lower-case hexadecimal digits.
#[inline(always)]
pub(crate) fn hex8(value: u32) -> [u8; 8] {
    let x = u64::from(value.swap_bytes());
    let x = (x | x << 16) & 0x0000_ffff_0000_ffff;
    let x = (x | x << 8) & 0x00ff_00ff_00ff_00ff;
    let digits = (x >> 4 | x << 8) & (ONES * 0x0f);
    let letters = (digits + ONES * (0x80 - 10)) & (ONES * 0x80);
    let gaps = (letters - (letters >> 7)) & (ONES * LETTER_GAP);
    (digits + gaps + ZEROS).to_le_bytes()
}

const ONES: u64 = 0x0101_0101_0101_0101;
const ZEROS: u64 = ONES * b'0' as u64;
/// How far the letters are behind where they would be if they followed the digits.
const LETTER_GAP: u64 = (b'a' - b'0' - 10) as u64;

/// The two digits of every number below 100.
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

#[inline(always)]
fn pair(number: u32) -> [u8; 2] {
    PAIRS[number as usize]
}

/// Writes `value` and then `after`, and returns the tail behind them.
#[inline(always)]
pub(crate) fn integer<'a, const N: usize>(tail: &'a mut [u8], value: u64, after: &[u8; N]) -> Option<&'a mut [u8]> {
    if value >= 10_000 {
        return plain(long_integer(tail, value)?, after);
    }
    let value = value as u32;
    let room = tail.get_mut(..4 + N)?;
    let length = if value < 10 {
        room[0] = b'0' + value as u8;
        1
    } else if value < 100 {
        room[..2].copy_from_slice(&pair(value));
        2
    } else if value < 1_000 {
        room[0] = b'0' + (value / 100) as u8;
        room[1..3].copy_from_slice(&pair(value % 100));
        3
    } else {
        room[..2].copy_from_slice(&pair(value / 100));
        room[2..4].copy_from_slice(&pair(value % 100));
        4
    };
    room[length..length + N].copy_from_slice(after);
    Some(&mut tail[length + N..])
}

#[cold]
#[inline(never)]
fn long_integer(tail: &mut [u8], value: u64) -> Option<&mut [u8]> {
    let mut digits = [0; 20];
    let mut rest = value;
    let mut at = digits.len();
    while rest > 0 {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    plain(tail, &digits[at..])
}

/// Times as fixed-point seconds. The times of a trace lie in few seconds, so the second's digits are kept.
#[derive(Debug, Default)]
pub(crate) struct Times {
    second: u64,
    digits: [u8; 10],
}

/// How long a time is: ten digits, a point, six digits. True from 2001 to 2286.
pub(crate) const TIME: usize = 17;

impl Times {
    /// Writes a time in microseconds.
    #[inline(always)]
    pub(crate) fn write(&mut self, to: &mut [u8], time: u64) {
        let mut micros = time.wrapping_sub(self.second);
        if micros >= 1_000_000 {
            micros = self.turn(time) % 1_000_000;
        }
        let micros = micros as u32;
        to[..10].copy_from_slice(&self.digits);
        to[10] = b'.';
        let rest = micros % 10_000;
        to[11..13].copy_from_slice(&pair(micros / 10_000));
        to[13..15].copy_from_slice(&pair(rest / 100));
        to[15..17].copy_from_slice(&pair(rest % 100));
    }

    #[cold]
    #[inline(never)]
    fn turn(&mut self, time: u64) -> u64 {
        let mut rest = time / 1_000_000;
        self.second = rest * 1_000_000;
        for digit in self.digits.iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        time - self.second
    }
}
