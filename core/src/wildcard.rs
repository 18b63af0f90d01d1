//! Patterns of sampling rules and of names.

use core::str::Chars;

/// Whether `text` matches `pattern` as a whole: `*` is any run of characters, also none, `?` exactly one, and everything
/// else is itself, in any case. There are no classes and no escapes. An empty pattern matches the empty text alone.
///
/// Cases are compared character by character: `É` matches `é`, `ß` does not match `SS`, as in the official SDKs.
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
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // Where to go on when what follows the last star does not match: one character further. What a star before that
    // one took need not be tried again.
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
    a == b || a.to_lowercase().eq(b.to_lowercase())
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
    fn many_stars_take_no_more_than_pattern_times_text() {
        let pattern = "*a".repeat(200) + "b";
        let text = "a".repeat(2_000);
        assert!(!wildcard_match(&pattern, &text));
        assert!(wildcard_match(&pattern, &(text + "b")));
    }
}
