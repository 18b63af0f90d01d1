//! W5 by hand: a trace header parsed into numbers and written again.

use super::number::{hex8, hex16};
use super::text::{fixed, plain};

/// What a trace header says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Header<'h> {
    root: Option<Root>,
    parent: Option<u64>,
    sampled: Option<u8>,
    lineage: &'h [u8],
}

/// A trace id: a time and 96 random bits.
#[derive(Debug, PartialEq, Eq)]
struct Root {
    time: u32,
    high: u32,
    low: u64,
}

/// Parses `text`, writes it again and returns it.
#[inline(always)]
pub(crate) fn round_trip<'t>(text: &str, to: &'t mut [u8]) -> Option<&'t [u8]> {
    let header = parse(text.as_bytes())?;
    let room = to.len();
    let length = room - format(&header, to)?.len();
    // Every member brings the semicolon in front of it; the first has none.
    to.get(1..length)
}

/// The members may come in any order; those that are not known are left out.
#[inline(always)]
fn parse(mut rest: &[u8]) -> Option<Header<'_>> {
    let mut header = Header::default();
    loop {
        if let Some(value) = rest.strip_prefix(b"Root=1-") {
            let (root, behind) = value.split_first_chunk::<33>()?;
            let time = root.first_chunk::<8>()?;
            let first = root[9..].first_chunk::<16>()?;
            let last = root.last_chunk::<16>()?;
            if root[8] != b'-' || !is_hexadecimal(time) || !is_hexadecimal(first) || !is_hexadecimal(last) {
                return None;
            }
            header.root = Some(Root { time: number8(time), high: number8(first.first_chunk()?), low: number16(last) });
            rest = behind;
        } else if let Some(value) = rest.strip_prefix(b"Parent=") {
            let (parent, behind) = value.split_first_chunk::<16>()?;
            if !is_hexadecimal(parent) {
                return None;
            }
            header.parent = Some(number16(parent));
            rest = behind;
        } else if let Some(value) = rest.strip_prefix(b"Sampled=") {
            let (&sampled, behind) = value.split_first()?;
            header.sampled = matches!(sampled, b'0' | b'1' | b'?').then_some(sampled);
            rest = behind;
        } else if let Some(value) = rest.strip_prefix(b"Lineage=") {
            (header.lineage, rest) = value.split_at(member_length(value));
        } else {
            rest = &rest[member_length(rest)..];
        }
        match rest {
            [] => return Some(header),
            [b';', behind @ ..] => rest = behind,
            _ => return None,
        }
    }
}

/// How far it is to the next semicolon, or to the end.
#[inline(always)]
fn member_length(text: &[u8]) -> usize {
    let mut blocks = text;
    while let Some((block, behind)) = blocks.split_first_chunk::<16>() {
        if has_semicolon(block) {
            break;
        }
        blocks = behind;
    }
    // The last block overlaps with those before, so that a member without a semicolon is never read by single bytes.
    if blocks.len() < 16 && text.last_chunk::<16>().is_some_and(|last| !has_semicolon(last)) {
        return text.len();
    }
    let passed = text.len() - blocks.len();
    let left = blocks.iter().position(|&byte| byte == b';');
    passed + left.unwrap_or(blocks.len())
}

#[inline(always)]
fn has_semicolon(block: &[u8; 16]) -> bool {
    block.iter().fold(false, |any, &byte| any | (byte == b';'))
}

#[inline(always)]
fn is_hexadecimal<const N: usize>(text: &[u8; N]) -> bool {
    !text.iter().fold(false, |any, &byte| {
        let no_digit = byte.wrapping_sub(b'0') > 9;
        let no_letter = (byte | 0x20).wrapping_sub(b'a') > 5;
        any | (no_digit & no_letter)
    })
}

/// The number of eight hexadecimal digits: every step joins neighbours.
#[inline(always)]
fn number8(text: &[u8; 8]) -> u32 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let word = u64::from_le_bytes(*text);
    let digits = (word & (ONES * 0x0f)) + ((word >> 6) & ONES) * 9;
    let pairs = ((digits | digits << 12) >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | pairs << 24) >> 16;
    (fours as u32) << 16 | (fours >> 32) as u32 & 0xffff
}

/// The number of sixteen hexadecimal digits.
#[inline(always)]
fn number16(text: &[u8; 16]) -> u64 {
    let mut halves = [[0; 8]; 2];
    halves[0].copy_from_slice(&text[..8]);
    halves[1].copy_from_slice(&text[8..]);
    let [high, low] = halves.map(|half| u64::from(number8(&half)));
    high << 32 | low
}

#[inline(always)]
fn format<'t>(header: &Header<'_>, mut tail: &'t mut [u8]) -> Option<&'t mut [u8]> {
    if let Some(root) = &header.root {
        let (copy, behind) = fixed(tail, b";Root=1-00000000-000000000000000000000000")?;
        copy[8..16].copy_from_slice(&hex8(root.time));
        copy[17..25].copy_from_slice(&hex8(root.high));
        copy[25..41].copy_from_slice(&hex16(root.low));
        tail = behind;
    }
    if let Some(parent) = header.parent {
        let (copy, behind) = fixed(tail, b";Parent=0000000000000000")?;
        copy[8..24].copy_from_slice(&hex16(parent));
        tail = behind;
    }
    if let Some(sampled) = header.sampled {
        let (copy, behind) = fixed(tail, b";Sampled=0")?;
        copy[9] = sampled;
        tail = behind;
    }
    if !header.lineage.is_empty() {
        let (_, behind) = fixed(tail, b";Lineage=")?;
        tail = plain(behind, header.lineage)?;
    }
    Some(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(text: &str) -> Option<String> {
        let mut buffer = [0; 512];
        let text = round_trip(text, &mut buffer)?;
        Some(String::from_utf8(text.to_vec()).unwrap())
    }

    const ROOT: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";
    const PARENT: &str = "Parent=53995c3f42cd8ad8";

    #[test]
    fn the_header_of_the_workload_stays_the_same() {
        let header = crate::workload::STORY.header;
        assert_eq!(again(header).as_deref(), Some(header));
    }

    #[test]
    fn members_come_in_any_order_and_may_be_missing() {
        let all = format!("{ROOT};{PARENT};Sampled=0;Lineage=a:1|b:2");
        let mixed = format!("Self=1-2-3;Sampled=0;Lineage=a:1|b:2;{PARENT};{ROOT}");
        assert_eq!(again(&mixed).as_deref(), Some(all.as_str()));
        assert_eq!(again(ROOT).as_deref(), Some(ROOT));
        assert_eq!(again(&format!("{ROOT};{PARENT}")), Some(format!("{ROOT};{PARENT}")));
        let long = format!("{ROOT};Lineage={}", "0123456789abcdef".repeat(5) + "x");
        assert_eq!(again(&long), Some(long.clone()));
        assert_eq!(again(&format!("{long};Self=1")), Some(long));
    }

    #[test]
    fn letters_may_be_large() {
        assert_eq!(again(&PARENT.replace('c', "C")).as_deref(), Some(PARENT));
    }

    #[test]
    fn what_is_not_hexadecimal_is_refused() {
        for wrong in 0..=127_u8 {
            let wrong = char::from(wrong);
            if !wrong.is_ascii_hexdigit() {
                let header = PARENT.replace('f', &wrong.to_string());
                assert_eq!(again(&header), None, "{wrong:?}");
            }
        }
        assert_eq!(again("Root=1-5759e988:bd862e3fe1be46a994272793"), None);
        assert_eq!(again("Parent=53995c3f"), None);
    }
}
