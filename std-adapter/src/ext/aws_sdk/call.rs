//! A call that is under way: what hooks leave for those that come later.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use aws_types::region::Region;

use super::failure;
use super::kept::Kept;
use super::parameter::Parameter;
use super::value::Value;
use super::whitelist::{Allowed, Whitelist, built_in};
use crate::{AwsCall, EntityHandle, Subsegment};

/// A call, in the bag that goes from hook to hook. Dropped before its end, it was cancelled.
pub(super) struct Call {
    /// None of one that is not recorded by intent, or has ended.
    pub(super) open: Option<Open>,
}

/// A call's subsegment, which may be none that is recorded.
pub(super) struct Open {
    pub(super) subsegment: Subsegment,
    /// What is known of one that is recorded, until it ends.
    pub(super) told: Option<Box<Told>>,
}

/// What is known of a call. It gets into the document in one go, at the end.
pub(super) struct Told {
    metadata: Metadata,
    region: Option<Region>,
    /// The built-in one, if none.
    whitelist: Option<Arc<Whitelist>>,
    /// Where its list has the operation.
    place: Option<usize>,
    parameters: Kept,
    pub(super) retries: Option<u32>,
    /// Whether the request was put together.
    pub(super) is_serialized: bool,
    /// The length of the path before the endpoint was known, until it is.
    pub(super) path: Option<usize>,
    /// When the time for the whole call is up, if there is a limit.
    deadline: Option<Instant>,
}

/// The ids that a service answers with.
#[derive(Clone, Copy, Default)]
pub(super) struct Ids<'a> {
    pub(super) request_id: Option<&'a str>,
    pub(super) id_2: Option<&'a str>,
}

/// The parent that was given by hand for one call.
#[derive(Debug)]
pub(super) struct Parent(pub(super) EntityHandle);

impl Storable for Call {
    type Storer = StoreReplace<Self>;
}

impl Storable for Parent {
    type Storer = StoreReplace<Self>;
}

/// Timers may be this early, by the time that passes until a call begins here.
const EARLY: Duration = Duration::from_millis(5);

/// The longest text that stands whole where [`AwsCall`] has a member for it.
const MAX_TEXT: usize = 250;

impl Call {
    /// A call that is not to be recorded.
    pub(super) const fn unseen() -> Self {
        Self { open: None }
    }

    pub(super) const fn begun(subsegment: Subsegment, told: Option<Box<Told>>) -> Self {
        Self { open: Some(Open { subsegment, told }) }
    }
}

impl Told {
    pub(super) fn new(
        metadata: &Metadata,
        region: Option<&Region>,
        whitelist: Option<Arc<Whitelist>>,
        at_most: Option<Duration>,
    ) -> Box<Self> {
        let list = whitelist.as_deref().unwrap_or_else(|| built_in());
        Box::new(Self {
            place: list.find(metadata.service(), metadata.name()),
            metadata: metadata.clone(),
            region: region.cloned(),
            whitelist,
            parameters: Kept::default(),
            retries: None,
            is_serialized: false,
            path: None,
            deadline: at_most.and_then(|limit| Instant::now().checked_add(limit.saturating_sub(EARLY))),
        })
    }

    /// What is allowed of the operation, if anything is.
    pub(super) fn allowed(&self) -> Option<Allowed<'_>> {
        self.whitelist.as_deref().unwrap_or_else(|| built_in()).at(self.place?)
    }

    /// Keeps each parameter that `read` finds of those that are allowed.
    pub(super) fn keep(&mut self, read: impl FnOnce(Allowed<'_>, &mut dyn FnMut(&Parameter, Value<'_>))) {
        let list = self.whitelist.as_deref().unwrap_or_else(|| built_in());
        if let Some(allowed) = self.place.and_then(|place| list.at(place)) {
            read(allowed, &mut |parameter, value| self.parameters.push(&parameter.key, &value));
        }
    }

    /// Writes what is known, and what was ids.
    pub(super) fn write(&self, subsegment: &mut Subsegment, ids: Ids<'_>) {
        let mut call = AwsCall {
            operation: Some(self.metadata.name()),
            region: self.region.as_ref().map(Region::as_ref),
            request_id: ids.request_id,
            id_2: ids.id_2,
            retries: self.retries,
            ..AwsCall::default()
        };
        for (key, value) in self.parameters.iter() {
            if let (Some(member), Value::Text(Cow::Borrowed(text))) = (member(&mut call, key), value) {
                *member = Some(text).filter(|text| text.len() <= MAX_TEXT);
            }
        }
        subsegment.set_aws(&call);
        for (key, value) in self.parameters.iter() {
            if member(&mut call, key).is_none() || value.short_text(MAX_TEXT).is_none() {
                subsegment.put_aws(key, &value);
            }
        }
    }
}

/// The member that [`AwsCall`] has for a parameter with this key, if it has one.
fn member<'c, 'a>(call: &'c mut AwsCall<'a>, key: &str) -> Option<&'c mut Option<&'a str>> {
    match key {
        "table_name" => Some(&mut call.table_name),
        "queue_url" => Some(&mut call.queue_url),
        "bucket_name" => Some(&mut call.bucket_name),
        "key" => Some(&mut call.key),
        _ => None,
    }
}

impl Drop for Open {
    /// What is known is taken from a call that has ended: this one was not waited for.
    fn drop(&mut self) {
        let Some(told) = self.told.take() else { return };
        told.write(&mut self.subsegment, Ids::default());
        if std::thread::panicking() {
            return;
        }
        if told.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            failure::record_timeout(&mut self.subsegment);
        } else {
            self.subsegment.put_annotation("cancelled", true);
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let context = self.open.as_ref().and_then(|open| open.subsegment.context());
        f.debug_struct("Call").field("subsegment", &context.map(|context| context.id())).finish_non_exhaustive()
    }
}
