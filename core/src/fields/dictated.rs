//! Fields by the names of their members: for bindings to other languages, which know the names anyway.
//!
//! A struct of texts is unrolled into a call for each of sixty members; here the names are the caller's, and all fields
//! share one routine. Everything else is as for the fields with types: limits, redaction, replacement, counting.

use crate::document::{Dictation, DocumentView, Member, Room, Section, key_of};
use crate::entity::{Entity, kind::Kind};
use crate::error::Full;

/// What can be dictated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// `user`: who makes the request; of a segment.
    User,
    /// `origin`: what kind of resource the program runs on; of a segment.
    Origin,
    /// `resource_arn`: the resource it runs on; of a segment.
    ResourceArn,
    /// `namespace`: `remote` or `aws`; of a subsegment.
    Namespace,
    /// `sql`: the whole block.
    Sql,
    /// `service`: the whole block; of a segment.
    Service,
    /// `aws`: the whole block, in place of what was there.
    Aws,
    /// `traced`: the service called is traced, too; of a subsegment.
    Traced,
    /// `cause` as the id of an exception that was recorded elsewhere. Nothing where there are exceptions.
    CauseId,
    /// `error`: the caller is to blame.
    Error,
    /// `throttle`: too many requests.
    Throttle,
    /// `fault`: the service is to blame.
    Fault,
    /// `http.request`.
    HttpRequest,
    /// `http.response`.
    HttpResponse,
    /// A member of `aws`, beside those that are there.
    AwsMember,
    /// A member of `annotations`; its name is 1 to 500 letters, digits and underscores.
    Annotation,
    /// One more of `links`.
    Link,
    /// One more of `precursor_ids`.
    Precursor,
    /// One more of `cause.exceptions`.
    Exception,
}

impl<K: Kind> Entity<'_, K> {
    /// Writes a field: `label` is its name in quotes, with the colon, and `write` writes its value, with limits and redaction of
    /// its choice. For bindings to other languages: what they print is trusted to be JSON. Of a value that is refused `write`
    /// may hear nothing.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Field, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let mut document = Document::<1024>::new();
    /// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// segment.dictate(Field::Annotation, r#""tenant":"#, &mut |pen| pen.text("", "acme", 1_000))?;
    /// segment.dictate(Field::HttpRequest, r#""request":"#, &mut |pen| {
    ///     pen.open("", b'{');
    ///     pen.web_url(r#""url":"#, "https://shop.example.com/cart?token=hunter2");
    ///     pen.close(b'}');
    /// })?;
    /// assert!(segment.json().ends_with(concat!(
    ///     r#","annotations":{"tenant":"acme"},"#,
    ///     r#""http":{"request":{"url":"https://shop.example.com/cart"}}}"#
    /// )));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Full`] when the document has no room for it, or the key of an annotation is none.
    pub fn dictate(&mut self, field: Field, label: &str, write: Dictation<'_>) -> Result<(), Full> {
        let result = dictate(self.document, field, label, write);
        self.document.counted(result.map(drop))
    }

    /// Writes a metadata value; both names are in quotes, with the colon.
    ///
    /// ```
    /// # use xray_recorder_core::{Document, Segment, Timestamp, TraceContext};
    /// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
    /// # let mut document = Document::<1024>::new();
    /// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
    /// segment.dictate_metadata(r#""cart":"#, r#""items":"#, &mut |pen| {
    ///     pen.open("", b'[');
    ///     pen.json("", "7");
    ///     pen.text("", "a book", 1_000);
    ///     pen.close(b']');
    /// })?;
    /// assert!(segment.json().ends_with(r#","metadata":{"cart":{"items":[7,"a book"]}}}"#));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Full`] when the document has no room for it, or the namespace is reserved.
    pub fn dictate_metadata(&mut self, namespace: &str, label: &str, write: Dictation<'_>) -> Result<(), Full> {
        let result = if namespace.starts_with("\"AWS.") {
            Err(Full)
        } else {
            self.document.put_metadata_pen(namespace, label, write)
        };
        self.document.counted(result.map(drop))
    }
}

/// What stands before the members of a cause.
const CAUSE: &str = "\"cause\":{";

#[inline(never)]
fn dictate(document: &mut DocumentView, field: Field, label: &str, write: Dictation<'_>) -> Result<usize, Full> {
    let member = match field {
        Field::User => Member::User,
        Field::Origin => Member::Origin,
        Field::ResourceArn => Member::ResourceArn,
        Field::Namespace => Member::Namespace,
        Field::Sql => Member::Sql,
        Field::Service => Member::Service,
        Field::Aws => return document.replace_aws_pen(label, write),
        Field::Traced => Member::Traced,
        Field::CauseId => Member::CauseId,
        Field::Error => Member::Error,
        Field::Throttle => Member::Throttle,
        Field::Fault => Member::Fault,
        Field::HttpRequest => Member::HttpRequest,
        Field::HttpResponse => Member::HttpResponse,
        Field::AwsMember => {
            let may_stand = document.may_have_aws(key_of(label));
            return document.put(Some(Section::Aws), Room::Member, label, may_stand, write);
        }
        Field::Annotation => {
            let is_key = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            let key = key_of(label);
            if !(1..=500).contains(&key.len()) || !key.iter().copied().all(is_key) {
                return Err(Full);
            }
            let may_stand = document.may_have_annotation(key);
            return document.put(Some(Section::Annotations), Room::Member, label, may_stand, write);
        }
        Field::Link | Field::Precursor | Field::Exception => {
            let section = match field {
                Field::Link => Section::Links,
                Field::Precursor => Section::Precursors,
                _ => Section::Exceptions,
            };
            let begins = field == Field::Exception && !document.has_section(section);
            // The section closes it.
            let within = begins.then_some(("\"exceptions\":", b'['));
            let at = document.append_pen(Some(section), Room::Member, within, "", write)?;
            if field == Field::Exception {
                document.remove_older_member(document.section_start(section) - CAUSE.len(), "cause".len());
                document.forget(Member::CauseId);
            }
            return Ok(at);
        }
    };
    let section = match field {
        Field::HttpRequest | Field::HttpResponse => Some(Section::Http),
        _ => None,
    };
    let room = match field {
        Field::CauseId if document.has_section(Section::Exceptions) => return Ok(0),
        Field::Error | Field::Throttle | Field::Fault if document.has(member) => return Ok(0),
        Field::CauseId | Field::Error | Field::Throttle | Field::Fault => Room::Final,
        _ => Room::Member,
    };
    document.put_member(section, room, member, label, write)
}
