//! Reading back what the writers wrote: to find a member that is to be replaced.
//!
//! The walker trusts its input, which is always JSON of this crate's own making; it must still never leave the object
//! it was started in.

use core::ops::Range;

/// A member found: all of it from the quote of its key on, and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) start: usize,
    pub(crate) value: Range<usize>,
}

/// Finds the first member whose key, in its escaped form, is `key` among the members that start at `at`, which is
/// right behind the brace of an object.
#[inline(never)]
pub(crate) fn find(json: &[u8], mut at: usize, key: &[u8]) -> Option<Member> {
    loop {
        // Behind the brace, or behind another member.
        while let b',' | b' ' = *json.get(at)? {
            at += 1;
        }
        // The closing brace of this object: nothing behind it belongs to it.
        if *json.get(at)? != b'"' {
            return None;
        }
        let start = at;
        let key_end = string_end(json, at)?;
        let value = key_end + 1;
        at = value_end(json, value)?;
        if json.get(start + 1..key_end - 1)? == key {
            return Some(Member { start, value: value..at });
        }
    }
}

/// The index behind the string that starts at `at`.
fn string_end(json: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += 1;
        match json.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 1,
            _ => {}
        }
    }
}

/// The index behind the value that starts at `at`: at the comma or bracket that stands behind it.
fn value_end(json: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_u32;
    loop {
        match json.get(at) {
            Some(b'"') => at = string_end(json, at)? - 1,
            Some(b'{' | b'[') => depth += 1,
            Some(b'}' | b']') if depth > 0 => depth -= 1,
            Some(b'}' | b']' | b',') | None if depth == 0 => return Some(at),
            None => return None,
            Some(_) => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<'j>(json: &'j str, key: &str) -> Option<&'j str> {
        find(json.as_bytes(), 1, key.as_bytes()).map(|member| &json[member.value])
    }

    #[test]
    fn members_of_every_kind_are_found() {
        let json = r#"{"a":1,"b":"x","c":{"d":[1,{"e":"}"}]},"f":[true],"g":null, "h":   1.5}"#;
        assert_eq!(value(json, "a"), Some("1"));
        assert_eq!(value(json, "b"), Some("\"x\""));
        assert_eq!(value(json, "c"), Some(r#"{"d":[1,{"e":"}"}]}"#));
        assert_eq!(value(json, "f"), Some("[true]"));
        assert_eq!(value(json, "g"), Some("null"));
        assert_eq!(value(json, "h"), Some("   1.5"));
    }

    #[test]
    fn a_key_of_a_nested_object_is_not_a_member() {
        assert_eq!(value(r#"{"a":{"b":1},"c":"b"}"#, "b"), None);
    }

    #[test]
    fn a_key_behind_the_enclosing_brace_is_not_a_member() {
        assert_eq!(value(r#"{"a":1},"b":2}"#, "b"), None);
        assert_eq!(value(r#"{},"b":2}"#, "b"), None);
    }

    #[test]
    fn keys_are_compared_in_their_escaped_form() {
        let json = r#"{"k\"":1,"k\\":2,"\\\"":3}"#;
        assert_eq!(value(json, r#"k\""#), Some("1"));
        assert_eq!(value(json, r"k\\"), Some("2"));
        assert_eq!(value(json, r#"\\\""#), Some("3"));
        assert_eq!(value(json, "k"), None);
    }
}
