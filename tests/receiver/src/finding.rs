//! What the judges report: a stable code, the place and a sentence.

use std::fmt;

/// One broken rule at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule that is broken.
    pub code: Code,
    /// Where: `subsegments[0].http.response.status`; empty for the document or the datagram as a whole.
    ///
    /// When several datagrams are judged together the place starts with the datagram, counted from 1: `#2 parent_id`.
    pub path: String,
    /// What is wrong and what is allowed, as a sentence.
    pub message: String,
}

impl Finding {
    pub(crate) fn new(code: Code, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, path: path.into(), message: message.into() }
    }

    pub(crate) fn in_datagram(mut self, index: usize) -> Self {
        let number = index + 1;
        self.path = if self.path.is_empty() { format!("#{number}") } else { format!("#{number} {}", self.path) };
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "{}: {}", self.code, self.message)
        } else {
            write!(f, "{} at {}: {}", self.code, self.path, self.message)
        }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident => $text:literal,)+) => {
        /// The rules; each displays as a stable kebab-case name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// Every rule, in the order in which they are documented.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The stable kebab-case name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

codes! {
    /// The datagram is longer than the 65,507 bytes that UDP over IPv4 carries.
    DatagramTooLarge => "datagram-too-large",
    /// There is no newline, so the daemon finds no header line.
    HeaderMissing => "header-missing",
    /// The header line is not a JSON object.
    HeaderNotJson => "header-not-json",
    /// The header's `format` is not `json`.
    HeaderFormat => "header-format",
    /// The header's `version` is not the integer 1.
    HeaderVersion => "header-version",
    /// Nothing follows the header line.
    BodyMissing => "body-missing",

    /// The body is not UTF-8.
    InvalidUtf8 => "invalid-utf8",
    /// The body breaks the grammar of JSON.
    InvalidJson => "invalid-json",
    /// Something follows the document.
    TrailingData => "trailing-data",
    /// A bare `NaN` or `Infinity`, which is no JSON.
    NotANumber => "not-a-number",
    /// A `\u` escape is half of a surrogate pair.
    LoneSurrogate => "lone-surrogate",
    /// An object holds the same key twice.
    DuplicateKey => "duplicate-key",
    /// The document is not an object.
    DocumentNotObject => "document-not-object",

    /// A member that must be there is not.
    MemberMissing => "member-missing",
    /// A value has another JSON type than the member takes.
    WrongType => "wrong-type",
    /// A key that this place does not know.
    UnknownKey => "unknown-key",
    /// A member that only the service itself writes.
    ServiceOnlyMember => "service-only-member",
    /// A member of segments stands in a subsegment.
    SegmentOnlyMember => "segment-only-member",
    /// A member of subsegments stands in a segment.
    SubsegmentOnlyMember => "subsegment-only-member",
    /// An embedded subsegment carries `type`, `trace_id` or `parent_id`.
    EmbeddedIdentity => "embedded-identity",
    /// The document's `type` is not `subsegment`.
    DocumentType => "document-type",

    /// A name is empty or longer than 200 characters.
    NameLength => "name-length",
    /// A name holds a character outside the allowed ones.
    NameCharacter => "name-character",
    /// An id is not 16 lower-case hexadecimal digits, or is all zeros.
    IdFormat => "id-format",
    /// A trace id is not `1-`, 8 digits, `-`, 24 digits in lower-case hexadecimal.
    TraceIdFormat => "trace-id-format",
    /// A string is longer than its member allows.
    StringTooLong => "string-too-long",
    /// A number that counts something is negative or not whole.
    CountRange => "count-range",

    /// Neither `end_time` nor `in_progress`.
    EndMissing => "end-missing",
    /// Both `end_time` and `in_progress`.
    EndAndInProgress => "end-and-in-progress",
    /// `in_progress` is written as `false` instead of being left out.
    InProgressFalse => "in-progress-false",
    /// The end is before the start.
    EndBeforeStart => "end-before-start",
    /// A time is not in seconds since the epoch.
    TimestampRange => "timestamp-range",

    /// A namespace other than `aws` and `remote`.
    NamespaceValue => "namespace-value",
    /// An HTTP status outside 100 to 599.
    StatusRange => "status-range",
    /// `sql.preparation` is neither `statement` nor `call`.
    PreparationValue => "preparation-value",
    /// A flag is written with another value than `true`.
    FlagNotTrue => "flag-not-true",
    /// `throttle` without `error`.
    ThrottleWithoutError => "throttle-without-error",

    /// An annotation key is not 1 to 500 of `A-Z`, `a-z`, `0-9`, `_`.
    AnnotationKey => "annotation-key",
    /// An annotation value is not a string, a number or a boolean.
    AnnotationValue => "annotation-value",
    /// An annotation value is longer than 1,000 characters.
    AnnotationTooLong => "annotation-too-long",
    /// A metadata namespace starts with the reserved `AWS.`.
    MetadataNamespaceReserved => "metadata-namespace-reserved",

    /// Two exceptions of a cause have the same id.
    ExceptionIdRepeated => "exception-id-repeated",
    /// An exception's `cause` names no exception of the same cause object.
    ExceptionCauseUnknown => "exception-cause-unknown",
    /// A segment has more than 20 links.
    TooManyLinks => "too-many-links",

    /// Two different entities of a trace have the same id.
    IdRepeated => "id-repeated",
    /// An entity was sent more than once as complete.
    CompleteRepeated => "complete-repeated",
    /// An entity was sent more than once as in progress.
    InProgressRepeated => "in-progress-repeated",
    /// A parent is neither in the trace nor named as upstream.
    ParentUnknown => "parent-unknown",
    /// A precursor is no sibling.
    PrecursorUnknown => "precursor-unknown",
    /// A cause names an exception that no entity of the trace recorded.
    CauseUnknown => "cause-unknown",
    /// The trace has more than 100 links.
    TooManyLinksInTrace => "too-many-links-in-trace",
    /// The trace has more than 50 different annotation keys, and no more are indexed.
    TooManyAnnotations => "too-many-annotations",
    /// The trace's documents are larger than the 500 kB that the service keeps.
    TraceTooLarge => "trace-too-large",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
