//! One line of output: columns of fixed width, coloured or not.

use super::text::{fit, width};

/// What a piece of text is, for those who see colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Strong,
    Faint,
    Good,
    Fault,
    Error,
    Throttle,
    Open,
}

impl Style {
    fn sgr(self) -> &'static str {
        match self {
            Self::Plain => "0",
            Self::Strong => "1",
            Self::Faint => "2",
            Self::Good => "32",
            Self::Fault => "31",
            Self::Error => "33",
            Self::Throttle => "35",
            Self::Open => "36",
        }
    }
}

pub(super) struct Line {
    text: String,
    columns: usize,
    colour: bool,
}

impl Line {
    pub(super) fn new(colour: bool) -> Self {
        Self { text: String::new(), columns: 0, colour }
    }

    pub(super) fn push(&mut self, text: &str, style: Style) {
        if self.colour && style != Style::Plain && !text.trim().is_empty() {
            self.text.push_str(&format!("\u{1b}[{}m{text}\u{1b}[0m", style.sgr()));
        } else {
            self.text.push_str(text);
        }
        self.columns += width(text);
    }

    /// Fills up with spaces to a column.
    pub(super) fn pad_to(&mut self, column: usize) {
        let missing = column.saturating_sub(self.columns);
        self.text.extend(std::iter::repeat_n(' ', missing));
        self.columns += missing;
    }

    /// Writes a text so that it ends at a column.
    pub(super) fn push_right(&mut self, text: &str, end: usize, style: Style) {
        self.pad_to(end.saturating_sub(width(text)));
        self.push(text, style);
    }

    /// Writes a text that ends before a column, cut if it must be.
    pub(super) fn push_fitted(&mut self, text: &str, end: usize, style: Style) {
        self.push(&fit(text, end.saturating_sub(self.columns)), style);
    }

    pub(super) fn finish(self, output: &mut String) {
        output.push_str(self.text.trim_end());
        output.push('\n');
    }
}
