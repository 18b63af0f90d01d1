//! Text by the columns it takes on a terminal.

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// Cuts a text to so many columns and marks the cut.
pub(super) fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut fitted = String::new();
    let mut used = 0;
    for character in text.chars() {
        used += char_width(character);
        if used >= columns {
            break;
        }
        fitted.push(character);
    }
    if columns > 0 {
        fitted.push('…');
    }
    fitted
}

/// Replaces what would move the cursor, change colours or reverse the direction: received text must not steer a terminal.
pub(super) fn printable(text: &str) -> String {
    let steers = |character: char| {
        character.is_control()
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|character| if steers(character) { char::REPLACEMENT_CHARACTER } else { character }).collect()
}

/// A number with thousands separated.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and its noun.
pub(super) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// A duration in seconds with the unit a reader wants.
pub(super) fn duration(seconds: f64) -> String {
    // Adding zero takes the sign from a negative zero.
    let micros = (seconds * 1e6).round() + 0.0;
    let magnitude = micros.abs();
    if magnitude < 1e3 {
        format!("{micros} µs")
    } else if magnitude < 999_950.0 {
        format!("{:.1} ms", micros / 1e3)
    } else if magnitude < 59_999_500.0 {
        format!("{:.3} s", micros / 1e6)
    } else if magnitude < 3_599_500_000.0 {
        let seconds = (micros / 1e6).round();
        format!("{} m {:02} s", (seconds / 60.0).trunc(), (seconds % 60.0).abs())
    } else {
        let minutes = (micros / 6e7).round();
        format!("{} h {:02} m", (minutes / 60.0).trunc(), (minutes % 60.0).abs())
    }
}

fn char_width(character: char) -> usize {
    match u32::from(character) {
        // Combining marks, joiners and variation selectors.
        0x0300..=0x036f | 0x0483..=0x0489 | 0x0591..=0x05bd | 0x0610..=0x061a | 0x064b..=0x065f => 0,
        0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x200b..=0x200d | 0x20d0..=0x20ff | 0xfe00..=0xfe0f | 0xfe20..=0xfe2f => 0,
        // East Asian scripts and pictographs.
        0x1100..=0x115f | 0x2e80..=0x303e | 0x3041..=0xa4cf | 0xa960..=0xa97f | 0xac00..=0xd7a3 => 2,
        0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 => 2,
        0x1f300..=0x1f64f | 0x1f680..=0x1f6ff | 0x1f900..=0x1f9ff | 0x1fa70..=0x1faff | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{duration, fit, grouped, printable, width};

    #[test]
    fn wide_characters_take_two_columns_and_combining_ones_none() {
        assert_eq!(width("ab"), 2);
        assert_eq!(width("監査"), 4);
        assert_eq!(width("e\u{301}"), 1);
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_with_a_mark() {
        assert_eq!(fit("checkout", 8), "checkout");
        assert_eq!(fit("checkout", 7), "checko…");
        assert_eq!(fit("監査ログ", 6), "監査…");
        assert_eq!(fit("監査ログ", 1), "…");
        assert_eq!(fit("checkout", 0), "");
    }

    #[test]
    fn a_duration_has_the_unit_a_reader_wants() {
        let cases = [
            (0.0, "0 µs"),
            (-0.0, "0 µs"),
            (0.000_999, "999 µs"),
            (0.001, "1.0 ms"),
            (0.999_949, "999.9 ms"),
            (0.999_951, "1.000 s"),
            (59.999, "59.999 s"),
            (59.999_9, "1 m 00 s"),
            (3_599.0, "59 m 59 s"),
            (3_600.0, "1 h 00 m"),
            (-0.25, "-250.0 ms"),
        ];
        for (seconds, text) in cases {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!([0, 999, 1_000, 65_507, 1_234_567].map(grouped), ["0", "999", "1,000", "65,507", "1,234,567"]);
    }

    #[test]
    fn what_steers_a_terminal_is_replaced() {
        assert_eq!(printable("a\u{1b}[2J\u{202e}b\n"), "a\u{fffd}[2J\u{fffd}b\u{fffd}");
    }
}
