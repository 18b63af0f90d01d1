//! The documented differences: where the official SDKs disagree with each other, with the format or with themselves,
//! and what was decided here. The only place where a story may differ from its capture.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::compare::{
    Difference,
    Subject::{self, Header, Segment, Subsegment},
};

/// One decision.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Row {
    /// The captures it is seen in, where it would be a mistake in others; empty for all.
    pub only_in: &'static [&'static str],
    /// What it concerns.
    pub subject: Subject,
    /// The member: `*` stands for any key, `[]` for any element. Empty for the entity as a whole.
    pub path: &'static str,
    /// What the official SDK writes.
    pub official: Is,
    /// What we write.
    pub ours: Is,
    /// Why.
    pub why: &'static str,
}

/// What a value is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Is {
    /// Not there.
    Absent,
    /// `null`.
    Null,
    /// `false`.
    False,
    /// This text.
    Text(&'static str),
    /// Any text.
    AnyText,
    /// Any list.
    List,
    /// An object with a member of this key.
    With(&'static str),
    /// An object whose member of this key has this text.
    WithText(&'static str, &'static str),
    /// The other side's text without the characters a name may not have, cut at 200.
    Cleaned,
}

macro_rules! rows {
    ($($subject:ident $path:literal: $official:expr => $ours:expr, $why:expr $(, only $only:expr)?;)*) => {
        /// The table. Every row is used by a capture, or a test fails.
        pub const ROWS: &[Row] = {
            use Is::{Absent, AnyText, Cleaned, False, List, Null, Text, With, WithText};
            &[$(Row {
                only_in: rows!(@only $($only)?),
                subject: $subject,
                path: $path,
                official: $official,
                ours: $ours,
                why: $why,
            }),*]
        };
    };
    (@only) => { &[] };
    (@only $only:expr) => { $only };
}

const ENDED: &str =
    "Python: an entity with an end time is not in progress. Node, Go and Java leave it out, and so do we.";
const IDENTITY: &str = "Python: nesting already says whose child this is. Only what is sent alone needs it.";
const NEEDED: &str = "Node sends a whole segment once its last child has ended. Ours has gone, so the late child is \
                      sent alone, with all that the service needs to find its place.";
const WHO: &str = "It says who made the document, and that was another.";
const UNKNOWN: &str = "Node: `unknown` is what it writes where npm says nothing. What is not known is left out.";
const UNSAMPLED: &str = "Nothing that is not sampled is written. The zero ids and the names of Python's, and the members \
                         of Node's, reach the service only where the segment is sent whole.";
const STREAMED: &[&str] = &["py06_streaming"];
const LATE: &[&str] = &["py07_segment_closed_first", "node11_segment_closed_first"];
const ERROR: &[&str] = &["py04_exception_cause"];
const UNSAMPLED_PARENT: &str =
    "Node: the id of a subsegment nobody will see. We pass on the caller's, which does exist.";
const ZEROED: &str = "Python: the caller's trace is lost where it could be passed on, as Node and Go do.";

rows! {
    // What is written although it says nothing.
    Segment "in_progress": False => Absent, ENDED;
    Subsegment "in_progress": False => Absent, ENDED;
    Subsegment "type": Text("subsegment") => Absent, IDENTITY;
    Subsegment "trace_id": Text("<the trace>") => Absent, IDENTITY;
    Subsegment "parent_id": Text("<the parent>") => Absent, IDENTITY;
    Subsegment "namespace": Text("local") => Absent,
        "Python: the format has `aws` and `remote`; work that calls nobody has no namespace.";
    Subsegment "cause.exceptions[].remote": False => Absent, "Flags and their like are written only when true.";
    Subsegment "cause.exceptions[].stack[].line": Null => Absent,
        "Node: a line is a number. What is not known is left out.";

    // What an error of Rust does not know.
    Subsegment "cause.working_directory": Text("/app") => Absent,
        "Python adds it to every exception. It says where frames were, and there are none.",
        only ERROR;
    Subsegment "cause.exceptions[].stack": List => Absent,
        "An error of Rust carries no frames, and capturing them on each would cost more than the rest of the trace: \
         `add_exception_with_backtrace` and `Builder::capture_backtraces` ask for them.",
        only ERROR;

    // Who wrote it.
    Segment "aws.xray.sdk": Text("X-Ray for Python") => Text("X-Ray for Rust"), WHO;
    Segment "aws.xray.sdk": Text("X-Ray for Node.js") => Text("X-Ray for Rust"), WHO;
    Segment "aws.xray.sdk_version": AnyText => AnyText, WHO;
    Segment "aws.xray.package": Text("aws-xray-sdk-core") => Absent, "Node: this SDK is one package.";
    Segment "service.runtime": Text("CPython") => Text("rust"), WHO;
    Segment "service.runtime": Text("node") => Text("rust"), WHO;
    Segment "service.runtime_version": AnyText => Absent, "A compiled program does not know which compiler made it.";
    Segment "service.version": Text("unknown") => Absent, UNKNOWN;
    Segment "service.name": Text("unknown") => Absent, UNKNOWN;

    // Names and values.
    Segment "name": AnyText => Cleaned,
        "Node leaves names as they are, and Python leaves out eleven characters of those the format does not allow. We \
         leave out all of them, and cut at the 200 characters it allows.";
    Segment "metadata.*.*": Text("<NaN>") => Null, "Python: a bare `NaN` is no JSON, and the whole document is lost.";
    Subsegment "metadata.*.*": Text("") => Null, "Node: null becomes an empty text. JSON has a null.";
    Segment "cause": With("id") => Text("<exception 1>"),
        "Node: an object with the id of the subsegment. The format wants the id of the exception, as a text; Python and \
         Java write that.";

    // What is not sampled.
    Subsegment "": WithText("namespace", "dummy") => Absent, UNSAMPLED;
    Subsegment "": With("notTraced") => Absent, UNSAMPLED;
    Header "Root": Text("1-00000000-000000000000000000000000") => Text("1-5759e988-bd862e3fe1be46a994272793"), ZEROED;
    Header "Parent": Text("0000000000000000") => Text("53995c3f42cd8ad8"), ZEROED;
    Header "Parent": Text("<an entity that was not sent>") => Text("53995c3f42cd8ad8"), UNSAMPLED_PARENT;

    // Packing.
    Subsegment "(sent)": Text("alone") => Text("embedded"),
        "Python: more children than the streaming threshold go ahead of an open segment. Ours go when there is no room; \
         `Embed::AtMost` counts as the threshold does, but keeps what was embedded before.",
        only STREAMED;
    Subsegment "(sent)": Text("embedded") => Text("alone"),
        "A segment that ends before its children waits for them in Python and Node. Ours is sent when it ends, as \
         nobody knows whether they ever will.",
        only LATE;
    Subsegment "type": Absent => Text("subsegment"), NEEDED, only LATE;
    Subsegment "trace_id": Absent => Text("<the trace>"), NEEDED, only LATE;
    Subsegment "parent_id": Absent => Text("<the parent>"), NEEDED, only LATE;
}

impl Row {
    /// Whether this row documents the difference from this capture.
    #[must_use]
    pub fn documents(&self, capture: &str, difference: &Difference) -> bool {
        let Difference { subject, path, official, ours, .. } = difference;
        (self.only_in.is_empty() || self.only_in.contains(&capture))
            && self.subject == *subject
            && same_path(self.path, path)
            && self.official.describes(official.as_ref(), ours.as_ref())
            && self.ours.describes(ours.as_ref(), official.as_ref())
    }
}

impl Is {
    fn describes(self, value: Option<&Value>, other: Option<&Value>) -> bool {
        let member = |key| value.and_then(|value| value.get(key));
        let text = value.and_then(Value::as_str);
        match self {
            Self::Absent => value.is_none(),
            Self::Null => value == Some(&Value::Null),
            Self::False => value == Some(&Value::Bool(false)),
            Self::Text(expected) => text == Some(expected),
            Self::AnyText => text.is_some(),
            Self::List => value.is_some_and(Value::is_array),
            Self::With(key) => member(key).is_some(),
            Self::WithText(key, expected) => member(key).and_then(Value::as_str) == Some(expected),
            Self::Cleaned => text.map(str::to_owned) == other.and_then(Value::as_str).map(cleaned),
        }
    }
}

fn same_path(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('.'), path.split('.'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(expected), Some(key)) if expected == key => {}
            _ => return false,
        }
    }
}

/// The characters the format allows in names, as a class of the `regex` crate.
pub const NAME_CLASS: &str = r"[\p{L}\p{N}\p{Z}_.:/%&#=+\\\-@]";

/// A name as the format allows it.
fn cleaned(name: &str) -> String {
    static ALLOWED: LazyLock<Regex> = LazyLock::new(|| Regex::new(NAME_CLASS).expect("the class is one"));
    ALLOWED.find_iter(name).take(200).map(|character| character.as_str()).collect()
}
