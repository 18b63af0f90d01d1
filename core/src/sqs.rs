//! Messages of SQS: whose trace they belong to.

use crate::fields::Link;
use crate::header::TraceHeader;

/// The trace of a message, by its system attribute `AWSTraceHeader`: for a consumer that reads a batch, in which each
/// message comes from another trace.
///
/// ```
/// use xray_recorder_core::SqsMessage;
///
/// let attribute = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
/// let message = SqsMessage::new(Some(attribute));
/// assert!(message.is_sampled());
/// assert_eq!(message.link().unwrap().id, "53995c3f42cd8ad8".parse()?);
/// # Ok::<(), xray_recorder_core::InvalidId>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SqsMessage<'m> {
    attribute: &'m str,
}

impl<'m> SqsMessage<'m> {
    /// A message with this attribute, if it has one.
    #[must_use]
    pub const fn new(aws_trace_header: Option<&'m str>) -> Self {
        Self {
            attribute: match aws_trace_header {
                Some(text) => text,
                None => "",
            },
        }
    }

    /// Whether its trace is recorded: by a part `Sampled`, in this case, whose value begins with `1`. Without one it is not.
    /// The helpers of the official SDKs look for `Sampled=1` anywhere, also in the value of another part.
    ///
    /// ```
    /// # use xray_recorder_core::SqsMessage;
    /// assert!(!SqsMessage::new(Some("Root=1-a;sampled=1")).is_sampled());
    /// assert!(!SqsMessage::new(None).is_sampled());
    /// ```
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.attribute.split(';').any(|part| part.trim().starts_with("Sampled=1"))
    }

    /// The attribute as a trace header: to begin a segment in the message's own trace.
    #[must_use]
    pub fn header(&self) -> TraceHeader<'m> {
        TraceHeader::parse(self.attribute)
    }

    /// A link to the entity that sent the message, where the attribute names one: for a segment that serves several
    /// messages at once.
    #[must_use]
    pub fn link(&self) -> Option<Link<'static>> {
        let header = self.header();
        Some(Link { trace_id: header.root()?, id: header.parent()?, attributes: &[] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_official_sdks_are_sampled_or_not() {
        for (attribute, sampled) in [
            (Some("Root=1-a;Sampled=1"), true),
            (Some("Root=1-a;Sampled=0"), false),
            (Some("Root=1-a"), false),
            // No attribute, and a message without attributes, which is an error of the official SDKs.
            (None, false),
            (Some("Root=1-a;sampled=1"), false),
            (Some("Root=1-a;Sampled=10"), true),
            (Some("Root=1-a;Note=Sampled=1"), false),
            (Some("Sampled=1;Root=1-a"), true),
            (Some(""), false),
        ] {
            assert_eq!(SqsMessage::new(attribute).is_sampled(), sampled, "{attribute:?}");
        }
    }

    #[test]
    fn a_message_without_a_whole_header_has_no_link() {
        assert!(SqsMessage::new(Some("Root=1-5759e988-bd862e3fe1be46a994272793")).link().is_none());
        assert!(SqsMessage::new(Some("Root=1-a;Parent=53995c3f42cd8ad8")).link().is_none());
        assert!(SqsMessage::new(None).link().is_none());
    }
}
