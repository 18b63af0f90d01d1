//! Single members that say who or what an entity belongs to.

use super::writer::{MAX_ARN_CHARS, MAX_CHARS};
use crate::document::{Member, Room, Section};
use crate::entity::{Segment, Subsegment};
use crate::error::Full;
use crate::id::EntityId;
use crate::json::{literal, string};

/// What kind of service a subsegment calls. Local work has none.
///
/// ```
/// # use xray_recorder_core::{Document, Namespace, Subsegment, Timestamp, TraceContext};
/// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
/// # let mut document = Document::<512>::new();
/// # let mut subsegment = Subsegment::begin(&mut document, "s3", context, context.id(), Timestamp::from_secs(1_465_510_280))?;
/// subsegment.set_namespace(Namespace::Aws)?;
/// assert!(subsegment.json().ends_with(r#","namespace":"aws"}"#));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "X-Ray knows these two")]
pub enum Namespace {
    /// An AWS service, called through its SDK.
    Aws,
    /// Any other service, database or queue.
    Remote,
}

impl Segment<'_> {
    /// Records the user who made the request, in place of an earlier one: indexed, at most 250 characters; a longer
    /// one is cut, ends with `…` and is counted.
    ///
    /// # Errors
    ///
    /// [`Full`] when the document has no room for it.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let mut document = Document::<512>::new();
    /// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// segment.set_user("u-17")?;
    /// assert!(segment.json().ends_with(r#","user":"u-17"}"#));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn set_user(&mut self, user: &str) -> Result<(), Full> {
        self.set_text(Member::User, b"\"user\":\"", user, MAX_CHARS)
    }

    /// Records the kind of AWS resource the service runs on, in place of an earlier one: `AWS::EC2::Instance`,
    /// `AWS::ECS::Container`, `AWS::EKS::Container`, `AWS::ElasticBeanstalk::Environment` and the like.
    ///
    /// # Errors
    ///
    /// [`Full`] when the document has no room for it.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let mut document = Document::<512>::new();
    /// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// segment.set_origin("AWS::EC2::Instance")?;
    /// assert!(segment.json().ends_with(r#","origin":"AWS::EC2::Instance"}"#));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn set_origin(&mut self, origin: &str) -> Result<(), Full> {
        self.set_text(Member::Origin, b"\"origin\":\"", origin, MAX_CHARS)
    }

    /// Records the ARN of the resource the service runs on, in place of an earlier one: at most 500 characters.
    ///
    /// # Errors
    ///
    /// [`Full`] when the document has no room for it.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let mut document = Document::<512>::new();
    /// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// segment.set_resource_arn("arn:aws:ec2:eu-west-1:123456789012:instance/i-0b")?;
    /// assert!(segment.json().ends_with(r#","resource_arn":"arn:aws:ec2:eu-west-1:123456789012:instance/i-0b"}"#));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn set_resource_arn(&mut self, arn: &str) -> Result<(), Full> {
        self.set_text(Member::ResourceArn, b"\"resource_arn\":\"", arn, MAX_ARN_CHARS)
    }

    /// `label` is all up to the opening quote of the text: `"key":"`.
    #[inline(always)]
    fn set_text<const L: usize>(
        &mut self,
        member: Member,
        label: &[u8; L],
        text: &str,
        max_chars: usize,
    ) -> Result<(), Full> {
        let mut cut = 0;
        let key_length = L - "\"\":\"".len();
        let result = self.document.set_member(member, key_length, Room::Member, |tail| {
            string::labelled(tail, b',', label, text, max_chars, &mut cut)
        });
        self.document.counted(result)?;
        self.document.count_cuts(cut);
        Ok(())
    }
}

impl Subsegment<'_> {
    /// Says what kind of service is called, in place of what was said before.
    ///
    /// # Errors
    ///
    /// [`Full`] when the document has no room for it.
    #[inline]
    pub fn set_namespace(&mut self, namespace: Namespace) -> Result<(), Full> {
        let result =
            self.document.set_member(Member::Namespace, "namespace".len(), Room::Member, |tail| match namespace {
                Namespace::Aws => literal(tail, b",\"namespace\":\"aws\""),
                Namespace::Remote => literal(tail, b",\"namespace\":\"remote\""),
            });
        self.document.counted(result)
    }

    /// Says that the service called is traced too, so that X-Ray waits for its segment.
    ///
    /// # Errors
    ///
    /// [`Full`] when the document has no room for it.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Subsegment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let mut document = Document::<512>::new();
    /// # let mut subsegment = Subsegment::begin(&mut document, "api", context, context.id(), Timestamp::from_secs(1_465_510_280))?;
    /// subsegment.set_traced()?;
    /// assert!(subsegment.json().ends_with(r#","traced":true}"#));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn set_traced(&mut self) -> Result<(), Full> {
        if self.document.has(Member::Traced) {
            return Ok(());
        }
        let result =
            self.document.set_member(Member::Traced, 0, Room::Member, |tail| literal(tail, b",\"traced\":true"));
        self.document.counted(result)
    }

    /// Names a sibling that had ended before this subsegment started.
    ///
    /// # Errors
    ///
    /// [`Full`] when the document has no room for it.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Subsegment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let mut document = Document::<512>::new();
    /// # let mut subsegment = Subsegment::begin(&mut document, "second", context, context.id(), Timestamp::from_secs(1_465_510_280))?;
    /// subsegment.add_precursor("70de5b6f19ff9a0a".parse()?)?;
    /// assert!(subsegment.json().ends_with(r#","precursor_ids":["70de5b6f19ff9a0a"]}"#));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn add_precursor(&mut self, id: EntityId) -> Result<(), Full> {
        let result = self.document.append(Section::Precursors, Room::Member, |tail| {
            let tail = literal(tail, b",\"")?;
            let tail = literal(tail, &id.text())?;
            literal(tail, b"\"")
        });
        self.document.counted(result.map(drop))
    }
}
