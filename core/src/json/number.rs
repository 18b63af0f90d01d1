//! Numbers: integers, times as fixed point, floats.

use core::fmt::Write;

use super::{SMALL, Tail, digits, literal, raw, writer};
use crate::time::Timestamp;

/// Width of a time: ten digits of seconds, the point, six of microseconds.
pub(crate) const TIME_LEN: usize = 17;

/// A time in its slot. Times before 2001 have fewer than ten digits; JSON allows no leading zero, so blanks, which it
/// allows before a value, keep the width.
#[inline]
pub(crate) fn time(text: &mut [u8; TIME_LEN], at: Timestamp) {
    let micros = at.as_micros();
    if SMALL {
        return digits::time(text, micros);
    }
    let seconds = micros / 1_000_000;
    let (high, low) = ((seconds / 100_000_000) as u32, (seconds % 100_000_000) as u32);
    let (upper, lower) = (low / 10_000, low % 10_000);
    text[0..2].copy_from_slice(&pair(high));
    text[2..4].copy_from_slice(&pair(upper / 100));
    text[4..6].copy_from_slice(&pair(upper % 100));
    text[6..8].copy_from_slice(&pair(lower / 100));
    text[8..10].copy_from_slice(&pair(lower % 100));
    text[10] = b'.';
    if let Some(six) = text.last_chunk_mut() {
        fraction(six, (micros % 1_000_000) as u32);
    }
    if text[0] == b'0' {
        blank_leading_zeros(text);
    }
}

/// The six digits behind the point.
#[inline]
pub(crate) fn fraction(text: &mut [u8; 6], micros: u32) {
    if SMALL {
        digits::fixed(text, micros);
        return;
    }
    // Fixed point with 32 bits: two digits are before the point, and each multiplication brings the next two there.
    // Rounded up, so that the last of them is right for all six-digit numbers.
    const PER_TEN_THOUSAND: u64 = (1 << 32) / 10_000 + 1;
    let mut rest = u64::from(micros) * PER_TEN_THOUSAND;
    for digits in text.chunks_exact_mut(2) {
        digits.copy_from_slice(&pair((rest >> 32) as u32));
        rest = (rest & 0xffff_ffff) * 100;
    }
}

#[cold]
fn blank_leading_zeros(text: &mut [u8; TIME_LEN]) {
    for digit in &mut text[..9] {
        if *digit != b'0' {
            break;
        }
        *digit = b' ';
    }
}

/// The two digits of a number below 100.
#[inline(always)]
fn pair(n: u32) -> [u8; 2] {
    // The table has a power of two of places, so that the mask spares a check of its bound.
    PAIRS[(n & 127) as usize]
}

static PAIRS: [[u8; 2]; 128] = {
    let mut pairs = [*b"00"; 128];
    let mut n = 0;
    while n < 100 {
        pairs[n] = [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
        n += 1;
    }
    pairs
};

writer! {
    /// `first` and `label`, and a natural number.
    pub(crate) fn labelled<'b>(tail: &'b mut [u8], first: u8, label: &[u8], n: u64) -> Tail<'b> {
        let start = 1 + label.len();
        // One look at the room. Statuses, lines and counts are mostly small.
        if !SMALL && n < 10_000 && tail.len() >= start + 4 {
            tail[0] = first;
            tail[1..start].copy_from_slice(label);
            let length = four_digits(&mut tail[start..start + 4], n as u32);
            return Some(&mut tail[start + length..]);
        }
        let tail = literal(tail, &[first])?;
        unsigned(raw(tail, label)?, n)
    }
}

/// Writes the digits of a number below 10,000 and returns how many there are; `None` for any other number.
#[inline(always)]
pub(crate) fn short(to: &mut [u8], n: u64) -> Option<usize> {
    (n < 10_000).then(|| four_digits(to, n as u32))
}

/// The digits of a number below 10,000; returns how many there are.
#[inline(always)]
fn four_digits(to: &mut [u8], n: u32) -> usize {
    if n < 10 {
        to[0] = b'0' + n as u8;
        1
    } else if n < 100 {
        to[..2].copy_from_slice(&pair(n));
        2
    } else if n < 1_000 {
        to[0] = b'0' + (n / 100) as u8;
        to[1..3].copy_from_slice(&pair(n % 100));
        3
    } else {
        to[..2].copy_from_slice(&pair(n / 100));
        to[2..4].copy_from_slice(&pair(n % 100));
        4
    }
}

/// A natural number.
#[inline(never)]
pub(crate) fn unsigned(tail: &mut [u8], n: u64) -> Tail<'_> {
    let mut text = [0; 20];
    let mut at = text.len();
    let mut rest = n;
    if SMALL {
        return raw(tail, digits::shortest(&mut text, n));
    }
    while rest >= 10 {
        at -= 2;
        text[at..at + 2].copy_from_slice(&pair((rest % 100) as u32));
        rest /= 100;
    }
    // One digit is left, or the leading zero of two.
    if rest > 0 || at == text.len() {
        at -= 1;
        text[at] = b'0' + rest as u8;
    }
    raw(tail, &text[at..])
}

writer! {
    /// An integer.
    pub(crate) fn signed(tail: &mut [u8], n: i64) -> Tail<'_> {
        let tail = if n < 0 { literal(tail, b"-")? } else { tail };
        unsigned(tail, n.unsigned_abs())
    }
}

/// A float in the shortest form that reads back the same, or `null` when it is not finite, as JSON has no NaN.
#[inline(never)]
pub(crate) fn float(tail: &mut [u8], x: f64) -> Tail<'_> {
    if !x.is_finite() {
        return literal(tail, b"null");
    }
    display(tail, format_args!("{x:?}"))
}

/// A single-precision float, by its own shortest form.
#[inline(never)]
pub(crate) fn float32(tail: &mut [u8], x: f32) -> Tail<'_> {
    if !x.is_finite() {
        return literal(tail, b"null");
    }
    display(tail, format_args!("{x:?}"))
}

/// What `core::fmt` prints, verbatim: for numbers only.
#[inline(never)]
pub(crate) fn display<'b>(tail: &'b mut [u8], text: core::fmt::Arguments<'_>) -> Tail<'b> {
    struct Verbatim<'b>(Tail<'b>);
    impl Write for Verbatim<'_> {
        fn write_str(&mut self, text: &str) -> core::fmt::Result {
            self.0 = self.0.take().and_then(|tail| raw(tail, text.as_bytes()));
            if self.0.is_some() { Ok(()) } else { Err(core::fmt::Error) }
        }
    }
    let mut out = Verbatim(Some(tail));
    out.write_fmt(text).ok()?;
    out.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut [u8]) -> Tail<'_>) -> String {
        let mut buffer = [0; 400];
        let rest = write(&mut buffer).expect("400 bytes are enough").len();
        String::from_utf8(buffer[..400 - rest].to_vec()).unwrap()
    }

    #[test]
    fn a_time_is_fixed_point_in_seventeen_characters() {
        let written = |micros| {
            let mut text = [0; TIME_LEN];
            time(&mut text, Timestamp::from_micros(micros));
            String::from_utf8(text.to_vec()).unwrap()
        };
        assert_eq!(written(1_795_173_996_989_913), "1795173996.989913");
        assert_eq!(written(1_000_000_000_000_000), "1000000000.000000");
        assert_eq!(written(999_999_999_999_999), " 999999999.999999");
        assert_eq!(written(1_500_000), "         1.500000");
        assert_eq!(written(0), "         0.000000");
        assert_eq!(written(u64::MAX), "9999999999.999999");
        for step in 0..91 {
            let micros = 1_000_000_000_000_000 + step * 98_765_432_123_457;
            assert_eq!(written(micros), Timestamp::from_micros(micros).to_string());
        }
    }

    #[test]
    fn every_fraction_of_a_second_has_its_digits() {
        let mut text = [0; 6];
        for micros in 0..1_000_000 {
            fraction(&mut text, micros);
            let read = text.iter().fold(0, |n, &digit| 10 * n + u32::from(digit - b'0'));
            assert_eq!(read, micros);
        }
    }

    #[test]
    fn integers_are_what_the_formatter_prints() {
        for n in [0, 1, 9, 10, 42, 99, 100, 429, 999, 1_000, 5_123, u64::MAX] {
            assert_eq!(text(|tail| unsigned(tail, n)), n.to_string());
        }
        for n in [0, -1, -10, 7, i64::MIN, i64::MAX] {
            assert_eq!(text(|tail| signed(tail, n)), n.to_string());
        }
    }

    #[test]
    fn floats_read_back_the_same_and_non_finite_ones_are_null() {
        for x in [0.0, -0.0, 0.1, 1.0, 1e16, 1e300, 5e-324, f64::MAX, -1.5] {
            let read: f64 = serde_json::from_str(&text(|tail| float(tail, x))).unwrap();
            assert_eq!(read.to_bits(), x.to_bits());
        }
        assert_eq!(text(|tail| float(tail, f64::NAN)), "null");
        assert_eq!(text(|tail| float32(tail, f32::NEG_INFINITY)), "null");
        assert_eq!(text(|tail| float32(tail, 0.1)), "0.1");
    }

    #[test]
    fn a_number_that_does_not_fit_is_refused() {
        assert!(unsigned(&mut [0; 2], 429).is_none());
        assert!(signed(&mut [0; 3], -429).is_none());
        assert!(float(&mut [0; 2], 0.25).is_none());
    }
}
