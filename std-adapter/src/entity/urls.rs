//! Texts that name URLs.

use std::borrow::Cow;
use std::ops::Range;

use xray_recorder_core::redact_url;

/// A text, such as an error's, in which each URL is as [`redact_url`] shows it: without query, fragment, user and password.
///
/// A URL is known by its `://` and ends at the next blank, since all else may belong to its query or its password. Brackets
/// and quotes that close what was opened right before it are kept where nothing but punctuation follows them.
///
/// ```
/// use xray_recorder::redact_urls;
///
/// for (text, redacted) in [
///     ("no answer from https://shop:hunter2@a.example.com/cart?token=4242 yet", "no answer from https://a.example.com/cart yet"),
///     ("error for url (http://a.example.com/?$filter=(id%20eq%207)): timeout", "error for url (http://a.example.com/): timeout"),
///     ("see \"https://a.example.com/#top\", please", "see \"https://a.example.com/\", please"),
/// ] {
///     assert_eq!(redact_urls(text), redacted);
/// }
/// ```
#[must_use]
pub fn redact_urls(text: &str) -> Cow<'_, str> {
    if !text.contains(MARK) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for part in text.split_inclusive(is_blank) {
        let word = part.strip_suffix(is_blank).unwrap_or(part);
        match word.find(MARK).map(|mark| range(word, mark)) {
            Some(Range { start, end }) => {
                shown += &word[..start];
                shown += &redact_url(&word[start..end]).to_string();
                shown += &word[end..];
            }
            None => shown += word,
        }
        shown += &part[word.len()..];
    }
    Cow::Owned(shown)
}

/// What a URL is known by.
const MARK: &str = "://";

/// What no URL has in it: others than these are escaped by nobody for sure.
fn is_blank(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{b}'
}

/// What of a word without blanks is to be redacted as a URL.
fn range(word: &str, mark: usize) -> Range<usize> {
    let before = word[..mark].trim_end_matches(is_of_scheme);
    let opening = before.chars().next_back().and_then(|opening| Some((opening, closing(opening)?)));
    let closed = opening.and_then(|(_, closing)| word.rfind(closing)).filter(|end| {
        // What is closed earlier is a part of the URL.
        *end > before.len() && word[*end..].bytes().all(|byte| byte.is_ascii_punctuation())
    });
    // Of `url="https://…"`, a list of keys and values otherwise, the key stays.
    let key = opening.and_then(|(opening, _)| before.strip_suffix(opening)).unwrap_or(before);
    let is_key = key.strip_suffix('=').is_some_and(|key| key.chars().all(is_of_scheme));
    Range { start: if is_key { before.len() } else { 0 }, end: closed.unwrap_or(word.len()) }
}

fn is_of_scheme(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-' | ':' | '_')
}

/// What closes a bracket or a quote.
fn closing(opening: char) -> Option<char> {
    match opening {
        '(' => Some(')'),
        '[' => Some(']'),
        '{' => Some('}'),
        '<' => Some('>'),
        '"' | '\'' | '`' => Some(opening),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_in_a_text_lose_what_may_be_secret_and_the_rest_stays() {
        for (text, shown) in [
            ("connection refused", "connection refused"),
            (
                "error sending request for url (http://alice:hunter2@127.0.0.1:1/cart?token=4242): refused",
                "error sending request for url (http://127.0.0.1:1/cart): refused",
            ),
            ("from \"https://a/?s=1\" to <https://b/#t>, twice", "from \"https://a/\" to <https://b/>, twice"),
            ("https://example.com/é?ü=1", "https://example.com/é"),
            ("Some(\"https://a/b?c\")\n\t https://a/b", "Some(\"https://a/b\")\n\t https://a/b"),
            ("url=https://a/b?c=1 failed, cause=\"https://a/b?c=1\"", "url=https://a/b failed, cause=\"https://a/b\""),
            ("", ""),
            (" :// ", " :// "),
            ("user=u;password=p;url=https://a/b, twice", " twice"),
        ] {
            assert_eq!(redact_urls(text), shown);
        }
    }

    #[test]
    fn what_a_url_may_have_in_it_does_not_end_it() {
        for text in [
            "(https://h/p?t=(SECRET))",
            "(https://h/p?t=(SECRET)SECRET)",
            "(https://h/p?t=1)SECRET",
            "(http://u:p)SECRET@h/p is wrong",
            "https://h/p?t=a'SECRET",
            "https://h/p?t='SECRET'",
            "'https://h/p?t='SECRET'",
            "http://u:p'SECRET@h/p",
            "http://u:p(SECRET)@h/p",
            "https://h/p?q={\"k\":\"SECRET\"}",
            "Some(https://h/p?q={\"k\":\"SECRET\"})",
            "https://h/p?a=<SECRET>",
            "https://h/p?a=`SECRET`",
            "`https://h/p?a=`SECRET",
            "https://h/p?t=1\u{a0}SECRET",
            "{\"url\":\"https://h/p?t=1\",\"token\":\"SECRET\"}",
            "https://h/p?t=1,https://u:SECRET@h/p",
            "/pay?next=SECRET&url=https://h/p",
        ] {
            let shown = redact_urls(text);
            assert!(!shown.contains("SECRET"), "{text}: {shown}");
        }
    }
}
