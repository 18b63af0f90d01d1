//! Patterns of sampling rules and of names.

use core::str::Chars;

/// Whether `text` matches `pattern` as a whole: `*` is any run of characters, also none, `?` exactly one, and everything
/// else is itself, in any case. There are no classes and no escapes. An empty pattern matches the empty text alone.
///
/// Cases are compared character by character: `É` matches `é`, `ß` does not match `SS`, as in the official SDKs. That is so
/// for the letters of Latin, Greek and Cyrillic up to U+045F; other letters are themselves alone, since the table of all
/// would take a chip 12 KiB, and hosts and paths of requests are ASCII.
///
/// ```
/// use xray_recorder_core::wildcard_match;
///
/// assert!(wildcard_match("*.example.com", "www.EXAMPLE.com"));
/// assert!(!wildcard_match("*.example.com", "www.example.com:8080"));
/// assert!(wildcard_match("/api/?", "/api/x"));
/// ```
#[must_use]
pub fn wildcard_match(pattern: &str, text: &str) -> bool {
    matches(pattern.as_bytes(), text.as_bytes())
}

/// The same of UTF-8; what is not matches nothing.
pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    if pattern == b"*" {
        return true;
    }
    // JavaScript has folded the case of other letters, so that bytes will do.
    if cfg!(target_arch = "wasm32") || (pattern.is_ascii() && text.is_ascii()) {
        return matches_ascii(pattern, text);
    }
    match (core::str::from_utf8(pattern), core::str::from_utf8(text)) {
        (Ok(pattern), Ok(text)) => matches_chars(pattern.chars(), text.chars()),
        _ => false,
    }
}

/// What nearly all are, at a byte a step.
fn matches_ascii(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut text_at) = (0, 0);
    // Where to go on when what follows the last star does not match: one byte further. What a star before that one took
    // need not be tried again.
    let mut retry = None;
    loop {
        let wanted = pattern.get(at).copied();
        if wanted == Some(b'*') {
            at += 1;
            if at == pattern.len() {
                return true;
            }
            retry = Some((at, text_at));
            continue;
        }
        let matches = match (wanted, text.get(text_at)) {
            (None, None) => return true,
            (Some(wanted), Some(found)) => wanted == b'?' || wanted.eq_ignore_ascii_case(found),
            (None, Some(_)) | (Some(_), None) => false,
        };
        if matches {
            at += 1;
            text_at += 1;
            // `?` is a character, however long.
            while cfg!(target_arch = "wasm32") && wanted == Some(b'?') && is_continued(text.get(text_at)) {
                text_at += 1;
            }
            continue;
        }
        let Some((behind_star, taken)) = &mut retry else { return false };
        *taken += 1;
        if *taken > text.len() {
            return false;
        }
        (at, text_at) = (*behind_star, *taken);
    }
}

/// Whether a byte belongs to the character of the one before.
const fn is_continued(byte: Option<&u8>) -> bool {
    matches!(byte, Some(0x80..0xc0))
}

/// As [`matches_ascii`], by characters.
fn matches_chars(mut pattern: Chars<'_>, mut text: Chars<'_>) -> bool {
    let mut retry: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let matches = match (pattern.next(), text.clone().next()) {
            (Some('*'), _) => {
                retry = Some((pattern.clone(), text.clone()));
                continue;
            }
            (None, None) => return true,
            (Some(wanted), Some(found)) => wanted == '?' || same(wanted, found),
            (None, Some(_)) | (Some(_), None) => false,
        };
        if matches {
            text.next();
            continue;
        }
        let Some((behind_star, taken)) = &mut retry else { return false };
        if taken.next().is_none() {
            return false;
        }
        pattern = behind_star.clone();
        text = taken.clone();
    }
}

fn same(a: char, b: char) -> bool {
    a == b || lower(a) == lower(b)
}

/// The small letter of a capital one, as far as that follows a rule.
fn lower(letter: char) -> char {
    let code = u32::from(letter);
    let small = match code {
        0x41..=0x5a | 0xc0..=0xd6 | 0xd8..=0xde | 0x391..=0x3a1 | 0x3a3..=0x3ab | 0x410..=0x42f => code + 32,
        // Capitals and small letters by turns; I with a dot and i without are no pair.
        0x130 | 0x131 => code,
        0x100..=0x137 | 0x14a..=0x177 => code | 1,
        0x139..=0x148 | 0x179..=0x17e => code + (code & 1),
        0x178 => 0xff,
        0x386 => 0x3ac,
        0x388..=0x38a => code + 37,
        0x38c => 0x3cc,
        0x38e | 0x38f => code + 63,
        0x400..=0x40f => code + 80,
        _ => code,
    };
    char::from_u32(small).unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_official_sdks_match_or_do_not() {
        for (pattern, text, expected) in [
            ("*", "x", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a", "", false),
            ("?", "", false),
            ("?", "a", true),
            ("a*", "A", true),
            ("a*", "abc", true),
            ("*a", "ba", true),
            ("*a*b", "xaxxb", true),
            ("a?c", "ABC", true),
            ("a?c", "ac", false),
            ("*.example.com", "www.EXAMPLE.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "www.example.com:8080", false),
            ("/api/*", "/api/x/y", true),
            ("/api/*", "/api", false),
            ("**", "x", true),
            ("***", "", true),
            ("a**b", "ab", true),
            ("*?", "a", true),
            ("*?", "", false),
            ("?*?", "ab", true),
            ("?*?", "a", false),
            ("a.c", "abc", false),
            ("[ab]", "a", false),
            ("*bit", "rabbit", true),
            ("?abbi?", "rabbit", true),
            ("J*Schm?d", "JSchmid", true),
            ("J*Schm?d", "JonSchmid", true),
            ("ß", "SS", false),
            ("É", "é", true),
        ] {
            assert_eq!(wildcard_match(pattern, text), expected, "{pattern:?} {text:?}");
        }
    }

    #[test]
    fn cases_are_those_of_unicode_in_latin_greek_and_cyrillic() {
        for letter in '\0'..='\u{45f}' {
            // Letters of languages that are not written in these alphabets' plain forms, and the one that becomes two.
            let is_left_out = matches!(letter, '\u{130}' | '\u{180}'..='\u{37f}' | '\u{3cf}'..='\u{3ff}');
            let expected = letter.to_lowercase().next().filter(|_| !is_left_out).unwrap_or(letter);
            assert_eq!(lower(letter), expected, "{letter}");
        }
        assert_eq!(['\u{460}', '\u{212a}', 'Ａ', '\u{10ffff}'].map(lower), ['\u{460}', '\u{212a}', 'Ａ', '\u{10ffff}']);
    }

    #[test]
    fn many_stars_take_no_more_than_pattern_times_text() {
        let pattern = "*a".repeat(200) + "b";
        let text = "a".repeat(2_000);
        assert!(!wildcard_match(&pattern, &text));
        assert!(wildcard_match(&pattern, &(text + "b")));
    }

    #[test]
    fn bytes_and_characters_are_matched_alike() {
        // All patterns and texts of up to five of three letters.
        let words = |letters: [u8; 3]| {
            (0..6_u32).flat_map(move |length| {
                (0..3_usize.pow(length))
                    .map(move |number| (0..length).map(|at| letters[number / 3_usize.pow(at) % 3]).collect::<Vec<u8>>())
            })
        };
        for pattern in words(*b"a*?") {
            for text in words(*b"aAb") {
                let (by_bytes, wanted) = (matches_ascii(&pattern, &text), core::str::from_utf8(&pattern).unwrap());
                let by_chars = matches_chars(wanted.chars(), core::str::from_utf8(&text).unwrap().chars());
                assert_eq!(by_bytes, by_chars, "{wanted} {text:?}");
            }
            if cfg!(miri) && pattern.len() > 2 {
                break;
            }
        }
    }
}
