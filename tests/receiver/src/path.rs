//! Where something stands in a document: `subsegments[0].annotations["two words"]`.

use std::fmt::Write;

/// One step from a value into a value it holds.
#[derive(Clone, Copy)]
pub(crate) enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// A place as a chain of steps on the call stack: nothing is allocated unless there is something to report.
#[derive(Clone, Copy)]
pub(crate) struct Path<'a> {
    outer: Option<&'a Self>,
    step: Option<Step<'a>>,
}

impl Path<'_> {
    /// The entity itself.
    pub(crate) const HERE: Path<'static> = Path { outer: None, step: None };
}

impl<'a> Path<'a> {
    pub(crate) fn key<'b>(&'b self, key: &'b str) -> Path<'b>
    where
        'a: 'b,
    {
        Path { outer: Some(self), step: Some(Step::Key(key)) }
    }

    pub(crate) fn index<'b>(&'b self, index: usize) -> Path<'b>
    where
        'a: 'b,
    {
        Path { outer: Some(self), step: Some(Step::Index(index)) }
    }

    /// The steps from the outermost to the innermost.
    pub(crate) fn steps(&self) -> Vec<Step<'_>> {
        let mut steps = Vec::new();
        let mut place = Some(self);
        while let Some(path) = place {
            steps.extend(path.step);
            place = path.outer;
        }
        steps.reverse();
        steps
    }

    /// The innermost key, for a sentence.
    pub(crate) fn name(&self) -> &str {
        match (self.step, self.outer) {
            (Some(Step::Key(key)), _) => key,
            (_, Some(outer)) => outer.name(),
            (_, None) => "document",
        }
    }
}

/// Writes steps as one text.
pub(crate) fn write_path<'a>(steps: impl IntoIterator<Item = Step<'a>>) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Index(index) => {
                let _ = write!(text, "[{index}]");
            }
            Step::Key(key) if is_plain(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
            Step::Key(key) => {
                let _ = write!(text, "[{key:?}]");
            }
        }
    }
    text
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
