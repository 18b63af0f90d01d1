//! The `aws` block: of a segment, where it runs; of a subsegment, what it called.

use serde::Serialize;

use super::writer::{MAX_ARN_CHARS, Separator, text, text_limited, texts, unsigned};
use crate::document::DocumentView;
use crate::entity::{Entity, Segment, Subsegment, kind::Kind};
use crate::error::{Full, MetadataError};
use crate::json::{Tail, literal};
use crate::key::bit_of;

/// The AWS resource a segment's service runs on. Texts are at most 250 characters, ARNs 500; a longer one is cut, ends
/// with `…` and is counted.
///
/// ```
/// # use xray_recorder_core::{AwsResource, Document, Ecs, Sdk, Segment, Timestamp, TraceContext};
/// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
/// # let mut document = Document::<1024>::new();
/// # let mut segment = Segment::begin(&mut document, "checkout", context, None, Timestamp::from_secs(1_465_510_280))?;
/// segment.set_aws(&AwsResource {
///     xray: Some(Sdk { sdk: Some("X-Ray for Rust"), sampling_rule_name: Some("checkout"), ..Sdk::default() }),
///     ecs: Some(Ecs { container: Some("ip-10-0-0-1"), ..Ecs::default() }),
///     ..AwsResource::default()
/// })?;
/// assert!(segment.json().ends_with(concat!(
///     r#","aws":{"xray":{"sdk":"X-Ray for Rust","sampling_rule_name":"checkout"},"#,
///     r#""ecs":{"container":"ip-10-0-0-1"}}}"#
/// )));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "users build it; the format is frozen")]
pub struct AwsResource<'a> {
    /// The account.
    pub account_id: Option<&'a str>,
    /// The SDK that made the segment, and the rule that sampled it.
    pub xray: Option<Sdk<'a>>,
    /// The EC2 instance.
    pub ec2: Option<Ec2<'a>>,
    /// The ECS container.
    pub ecs: Option<Ecs<'a>>,
    /// The EKS pod.
    pub eks: Option<Eks<'a>>,
    /// The Elastic Beanstalk environment.
    pub elastic_beanstalk: Option<ElasticBeanstalk<'a>>,
    /// Where the service logs to.
    pub cloudwatch_logs: &'a [LogGroup<'a>],
}

/// The SDK that made a segment.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "users build it; the format is frozen")]
pub struct Sdk<'a> {
    /// Its name: `X-Ray for Rust`.
    pub sdk: Option<&'a str>,
    /// Its version.
    pub sdk_version: Option<&'a str>,
    /// The package it came in, where that has another name.
    pub package: Option<&'a str>,
    /// The rule by which the segment was sampled.
    pub sampling_rule_name: Option<&'a str>,
    /// Whether an agent put it there.
    pub auto_instrumentation: bool,
}

/// An EC2 instance.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "users build it; the format is frozen")]
pub struct Ec2<'a> {
    /// `i-…`
    pub instance_id: Option<&'a str>,
    /// `eu-west-1a`
    pub availability_zone: Option<&'a str>,
    /// `m5.large`
    pub instance_size: Option<&'a str>,
    /// `ami-…`
    pub ami_id: Option<&'a str>,
}

/// An ECS container.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "users build it; the format is frozen")]
pub struct Ecs<'a> {
    /// The host name of the container.
    pub container: Option<&'a str>,
    /// Its id, 64 hex digits.
    pub container_id: Option<&'a str>,
    /// Its ARN.
    pub container_arn: Option<&'a str>,
    /// The ARN of its task.
    pub task_arn: Option<&'a str>,
    /// The family of its task.
    pub task_family: Option<&'a str>,
    /// The ARN of its cluster.
    pub cluster_arn: Option<&'a str>,
    /// `EC2` or `FARGATE`.
    pub launch_type: Option<&'a str>,
    /// `eu-west-1a`
    pub availability_zone: Option<&'a str>,
}

/// An EKS pod.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "users build it; the format is frozen")]
pub struct Eks<'a> {
    /// The name of the pod.
    pub pod: Option<&'a str>,
    /// The name of the cluster.
    pub cluster_name: Option<&'a str>,
    /// The id of the container, 64 hex digits.
    pub container_id: Option<&'a str>,
}

/// An Elastic Beanstalk environment.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "users build it; the format is frozen")]
pub struct ElasticBeanstalk<'a> {
    /// The name of the environment.
    pub environment_name: Option<&'a str>,
    /// The version of the application.
    pub version_label: Option<&'a str>,
    /// The number of the deployment.
    pub deployment_id: Option<u64>,
}

/// A CloudWatch log group.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "users build it; the format is frozen")]
pub struct LogGroup<'a> {
    /// Its name.
    pub log_group: &'a str,
    /// Its ARN.
    pub arn: Option<&'a str>,
}

/// A call of an AWS service, as a subsegment of the namespace `aws` describes it. Texts are at most 250 characters; a
/// longer one is cut, ends with `…` and is counted.
///
/// ```
/// # use xray_recorder_core::{AwsCall, Document, Subsegment, Timestamp, TraceContext};
/// # let context = TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse()?, "53995c3f42cd8ad8".parse()?);
/// # let mut document = Document::<1024>::new();
/// # let mut subsegment = Subsegment::begin(&mut document, "DynamoDB", context, context.id(), Timestamp::from_secs(1_465_510_280))?;
/// subsegment.set_aws(&AwsCall {
///     operation: Some("GetItem"),
///     region: Some("eu-west-1"),
///     table_name: Some("carts"),
///     ..AwsCall::default()
/// })?;
/// subsegment.put_aws("consistent_read", &true)?;
/// assert!(subsegment.json().ends_with(
///     r#","aws":{"operation":"GetItem","region":"eu-west-1","table_name":"carts","consistent_read":true}}"#
/// ));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "users build it; more members go through `put_aws`")]
pub struct AwsCall<'a> {
    /// The operation, `GetItem`.
    pub operation: Option<&'a str>,
    /// The region called.
    pub region: Option<&'a str>,
    /// The id of the request.
    pub request_id: Option<&'a str>,
    /// S3's second id, `x-amz-id-2`.
    pub id_2: Option<&'a str>,
    /// The account called, where it is another one.
    pub account_id: Option<&'a str>,
    /// Retries after the first attempt.
    pub retries: Option<u32>,
    /// SQS: the queue.
    pub queue_url: Option<&'a str>,
    /// DynamoDB: the table.
    pub table_name: Option<&'a str>,
    /// DynamoDB: the tables of a batch.
    pub table_names: &'a [&'a str],
    /// S3: the bucket.
    pub bucket_name: Option<&'a str>,
    /// S3: the object.
    pub key: Option<&'a str>,
    /// Names of other resources.
    pub resource_names: &'a [&'a str],
}

impl Segment<'_> {
    /// Records where the service runs, in place of the whole `aws` block there is.
    ///
    /// # Errors
    ///
    /// [`Full`] when the document has no room for it.
    pub fn set_aws(&mut self, resource: &AwsResource<'_>) -> Result<(), Full> {
        // All bits: of a segment hardly anything is put there later, which may as well be looked for.
        set_block(self.document, u32::MAX, |tail, cut| write_resource(tail, resource, cut))
    }
}

impl Subsegment<'_> {
    /// Records the call, in place of the whole `aws` block there is.
    ///
    /// # Errors
    ///
    /// [`Full`] when the document has no room for it.
    pub fn set_aws(&mut self, call: &AwsCall<'_>) -> Result<(), Full> {
        set_block(self.document, CALL_KEYS, |tail, cut| write_call(tail, call, cut))
    }
}

impl<K: Kind> Entity<'_, K> {
    /// Puts any other member into the `aws` block, in place of one with the same key: a parameter of the call, data of
    /// a plugin.
    ///
    /// # Errors
    ///
    /// [`MetadataError`], as for [`Entity::put_metadata`].
    #[inline]
    pub fn put_aws<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), MetadataError> {
        let result = self.document.put_aws(key, value);
        self.document.counted(result)
    }
}

#[inline(always)]
fn set_block(
    document: &mut DocumentView,
    keys: u32,
    write: impl for<'b> FnOnce(&'b mut [u8], &mut u32) -> Tail<'b>,
) -> Result<(), Full> {
    let mut cut = 0;
    let result = document.replace_aws(keys, |tail| write(tail, &mut cut));
    document.counted(result)?;
    document.count_cuts(cut);
    Ok(())
}

/// The filter of the keys of [`AwsCall`].
const CALL_KEYS: u32 = bit_of(b"operation")
    | bit_of(b"region")
    | bit_of(b"request_id")
    | bit_of(b"id_2")
    | bit_of(b"account_id")
    | bit_of(b"retries")
    | bit_of(b"queue_url")
    | bit_of(b"table_name")
    | bit_of(b"table_names")
    | bit_of(b"bucket_name")
    | bit_of(b"key")
    | bit_of(b"resource_names");

#[inline(always)]
fn write_call<'b>(tail: &'b mut [u8], call: &AwsCall<'_>, cut: &mut u32) -> Tail<'b> {
    let mut members = Separator::brace();

    let tail = text(tail, &mut members, b"\"operation\":\"", call.operation, cut)?;
    let tail = text(tail, &mut members, b"\"region\":\"", call.region, cut)?;
    let tail = text(tail, &mut members, b"\"request_id\":\"", call.request_id, cut)?;
    let tail = text(tail, &mut members, b"\"id_2\":\"", call.id_2, cut)?;
    let tail = text(tail, &mut members, b"\"account_id\":\"", call.account_id, cut)?;
    let tail = unsigned(tail, &mut members, b"\"retries\":", call.retries.map(u64::from))?;
    let tail = text(tail, &mut members, b"\"queue_url\":\"", call.queue_url, cut)?;
    let tail = text(tail, &mut members, b"\"table_name\":\"", call.table_name, cut)?;
    let tail = texts(tail, &mut members, b"\"table_names\":", call.table_names, cut)?;
    let tail = text(tail, &mut members, b"\"bucket_name\":\"", call.bucket_name, cut)?;
    let tail = text(tail, &mut members, b"\"key\":\"", call.key, cut)?;
    let tail = texts(tail, &mut members, b"\"resource_names\":", call.resource_names, cut)?;
    members.close(tail)
}

#[inline(never)]
fn write_resource<'b>(tail: &'b mut [u8], resource: &AwsResource<'_>, cut: &mut u32) -> Tail<'b> {
    let mut members = Separator::brace();
    let mut tail = text(tail, &mut members, b"\"account_id\":\"", resource.account_id, cut)?;
    if let Some(sdk) = &resource.xray {
        tail = members.write(tail)?;
        tail = write_sdk(literal(tail, b"\"xray\":")?, sdk, cut)?;
    }
    if let Some(ec2) = &resource.ec2 {
        tail = members.write(tail)?;
        tail = write_ec2(literal(tail, b"\"ec2\":")?, ec2, cut)?;
    }
    if let Some(ecs) = &resource.ecs {
        tail = members.write(tail)?;
        tail = write_ecs(literal(tail, b"\"ecs\":")?, ecs, cut)?;
    }
    if let Some(eks) = &resource.eks {
        tail = members.write(tail)?;
        tail = write_eks(literal(tail, b"\"eks\":")?, eks, cut)?;
    }
    if let Some(environment) = &resource.elastic_beanstalk {
        tail = members.write(tail)?;
        tail = write_elastic_beanstalk(literal(tail, b"\"elastic_beanstalk\":")?, environment, cut)?;
    }
    if !resource.cloudwatch_logs.is_empty() {
        tail = members.write(tail)?;
        tail = write_log_groups(literal(tail, b"\"cloudwatch_logs\":")?, resource.cloudwatch_logs, cut)?;
    }
    members.close(tail)
}

fn write_log_groups<'b>(tail: &'b mut [u8], groups: &[LogGroup<'_>], cut: &mut u32) -> Tail<'b> {
    let mut tail = tail;
    let mut element = Separator::bracket();
    for group in groups {
        tail = element.write(tail)?;
        let mut members = Separator::brace();
        tail = text(tail, &mut members, b"\"log_group\":\"", Some(group.log_group), cut)?;
        tail = arn(tail, &mut members, b"\"arn\":\"", group.arn, cut)?;
        tail = members.close(tail)?;
    }
    literal(tail, b"]")
}

fn write_sdk<'b>(tail: &'b mut [u8], sdk: &Sdk<'_>, cut: &mut u32) -> Tail<'b> {
    let mut members = Separator::brace();

    let tail = text(tail, &mut members, b"\"sdk\":\"", sdk.sdk, cut)?;
    let tail = text(tail, &mut members, b"\"sdk_version\":\"", sdk.sdk_version, cut)?;
    let tail = text(tail, &mut members, b"\"package\":\"", sdk.package, cut)?;
    // `rule_name`, which Node and Java write, is the wrong key, as the Python SDK's changelog says.
    let tail = text(tail, &mut members, b"\"sampling_rule_name\":\"", sdk.sampling_rule_name, cut)?;
    let tail = if sdk.auto_instrumentation {
        let tail = members.write(tail)?;
        literal(tail, b"\"auto_instrumentation\":true")?
    } else {
        tail
    };
    members.close(tail)
}

fn write_ec2<'b>(tail: &'b mut [u8], ec2: &Ec2<'_>, cut: &mut u32) -> Tail<'b> {
    let mut members = Separator::brace();

    let tail = text(tail, &mut members, b"\"instance_id\":\"", ec2.instance_id, cut)?;
    let tail = text(tail, &mut members, b"\"availability_zone\":\"", ec2.availability_zone, cut)?;
    let tail = text(tail, &mut members, b"\"instance_size\":\"", ec2.instance_size, cut)?;
    let tail = text(tail, &mut members, b"\"ami_id\":\"", ec2.ami_id, cut)?;
    members.close(tail)
}

fn write_ecs<'b>(tail: &'b mut [u8], ecs: &Ecs<'_>, cut: &mut u32) -> Tail<'b> {
    let mut members = Separator::brace();

    let tail = text(tail, &mut members, b"\"container\":\"", ecs.container, cut)?;
    let tail = text(tail, &mut members, b"\"container_id\":\"", ecs.container_id, cut)?;
    let tail = arn(tail, &mut members, b"\"container_arn\":\"", ecs.container_arn, cut)?;
    let tail = arn(tail, &mut members, b"\"task_arn\":\"", ecs.task_arn, cut)?;
    let tail = text(tail, &mut members, b"\"task_family\":\"", ecs.task_family, cut)?;
    let tail = arn(tail, &mut members, b"\"cluster_arn\":\"", ecs.cluster_arn, cut)?;
    let tail = text(tail, &mut members, b"\"launch_type\":\"", ecs.launch_type, cut)?;
    let tail = text(tail, &mut members, b"\"availability_zone\":\"", ecs.availability_zone, cut)?;
    members.close(tail)
}

fn write_eks<'b>(tail: &'b mut [u8], eks: &Eks<'_>, cut: &mut u32) -> Tail<'b> {
    let mut members = Separator::brace();

    let tail = text(tail, &mut members, b"\"pod\":\"", eks.pod, cut)?;
    let tail = text(tail, &mut members, b"\"cluster_name\":\"", eks.cluster_name, cut)?;
    let tail = text(tail, &mut members, b"\"container_id\":\"", eks.container_id, cut)?;
    members.close(tail)
}

fn write_elastic_beanstalk<'b>(tail: &'b mut [u8], environment: &ElasticBeanstalk<'_>, cut: &mut u32) -> Tail<'b> {
    let mut members = Separator::brace();

    let tail = text(tail, &mut members, b"\"environment_name\":\"", environment.environment_name, cut)?;
    let tail = text(tail, &mut members, b"\"version_label\":\"", environment.version_label, cut)?;
    let tail = unsigned(tail, &mut members, b"\"deployment_id\":", environment.deployment_id)?;
    members.close(tail)
}

fn arn<'b>(
    tail: &'b mut [u8],
    separator: &mut Separator,
    label: &[u8],
    value: Option<&str>,
    cut: &mut u32,
) -> Tail<'b> {
    text_limited(tail, separator, label, value, MAX_ARN_CHARS, cut)
}
