//! The operations of the invariant: with arguments of their own, made at random, carried out on a document.

use serde_json::Value;
use xray_recorder_core::{
    AnnotationError, AnnotationValue, AwsCall, AwsResource, DocumentView, Ec2, Ecs, Eks, ElasticBeanstalk, Embed,
    EntityId, Exception, Frame, Full, HttpResponse, IncomingRequest, Link, LinkError, LogGroup, MetadataError,
    Namespace, OutgoingRequest, Preparation, Sdk, Segment, Service, Sql, Subsegment, Timestamp, TraceContext, TraceId,
};

use super::arguments::Text;

/// An annotation value of the test's own.
#[derive(Clone, Debug)]
pub(crate) enum Scalar {
    Text(Text),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Bool(bool),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct ResourceBlock {
    pub(crate) account_id: Option<Text>,
    pub(crate) xray: Option<([Option<Text>; 4], bool)>,
    pub(crate) ec2: Option<[Option<Text>; 4]>,
    pub(crate) ecs: Option<[Option<Text>; 8]>,
    pub(crate) eks: Option<[Option<Text>; 3]>,
    pub(crate) elastic_beanstalk: Option<([Option<Text>; 2], Option<u64>)>,
    pub(crate) cloudwatch_logs: Vec<(Text, Option<Text>)>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct CallBlock {
    pub(crate) texts: [Option<Text>; 9],
    pub(crate) retries: Option<u32>,
    pub(crate) table_names: Vec<Text>,
    pub(crate) resource_names: Vec<Text>,
}

#[derive(Clone, Debug)]
pub(crate) struct ExceptionBlock {
    pub(crate) kind: Text,
    pub(crate) message: Text,
    pub(crate) remote: bool,
    pub(crate) cause: Option<EntityId>,
    pub(crate) stack: Vec<(Text, Option<u32>, Text)>,
    pub(crate) truncated: u32,
    pub(crate) skipped: u32,
    pub(crate) working_directory: Option<Text>,
    pub(crate) paths: Vec<Text>,
}

#[derive(Clone, Debug)]
pub(crate) struct LinkBlock {
    pub(crate) trace_id: TraceId,
    pub(crate) id: EntityId,
    pub(crate) attributes: Vec<(Text, Scalar)>,
}

#[derive(Clone, Debug)]
pub(crate) struct BeginBlock {
    pub(crate) subsegment: bool,
    pub(crate) name: Text,
    pub(crate) context: TraceContext,
    pub(crate) parent: Option<EntityId>,
    pub(crate) start: Timestamp,
}

/// Every call that changes a document. The large ones are boxed, as the log keeps some.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Begin(Box<BeginBlock>),
    End(Timestamp),
    /// The child is another document.
    Embed(usize, Embed),
    /// The same, or counted as sent alone.
    Settle(usize, Embed),
    User(Text),
    Origin(Text),
    ResourceArn(Text),
    Service(Box<[Option<Text>; 4]>),
    Namespace(Namespace),
    Traced,
    Precursor(EntityId),
    Sql(Box<[Option<Text>; 6]>, Option<Text>, Option<Preparation>),
    IncomingRequest(Box<[Option<Text>; 4]>, bool),
    OutgoingRequest(Box<[Option<Text>; 4]>),
    Response(Option<u16>, Option<u64>),
    Annotation(Text, Scalar),
    Metadata(Option<Text>, Text, Value),
    Resource(Box<ResourceBlock>),
    Call(Box<CallBlock>),
    PutAws(Text, Value),
    Exception(Box<ExceptionBlock>),
    CauseId(EntityId),
    Error,
    Throttle,
    Fault,
    Status(u16),
    Link(LinkBlock),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Full,
    /// The argument itself was refused.
    Argument,
}

/// What became of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// An exception was recorded under this id.
    Recorded(EntityId),
    Refused(Refusal),
    /// The document holds no open entity of the kind that has this operation.
    NoEntity,
}

impl From<Full> for Refusal {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

macro_rules! refusals {
    ($($error:ident),*) => {$(
        impl From<$error> for Refusal {
            fn from(error: $error) -> Self {
                if error == $error::Full { Self::Full } else { Self::Argument }
            }
        }
    )*};
}
refusals!(AnnotationError, MetadataError, LinkError);

fn outcome<E: Into<Refusal>>(result: Result<(), E>) -> Outcome {
    result.map_or_else(|error| Outcome::Refused(error.into()), |()| Outcome::Done)
}

/// Calls a method on the open entity in a document, of one kind or of either.
macro_rules! on {
    ($kind:ident in $document:expr, $entity:ident => $call:expr) => {
        match $kind::resume($document) {
            Some(mut $entity) => outcome($call),
            None => Outcome::NoEntity,
        }
    };
    ($document:expr, $entity:ident => $call:expr) => {
        match Segment::resume($document) {
            Some(mut $entity) => outcome($call),
            None => on!(Subsegment in $document, $entity => $call),
        }
    };
}

/// The same for a method that cannot fail.
macro_rules! flag {
    ($document:expr, $entity:ident => $call:expr) => {
        on!($document, $entity => {
            $call;
            Ok::<(), Full>(())
        })
    };
}

/// Carries out all but [`Operation::Embed`] and [`Operation::Settle`], which need two documents.
pub(crate) fn perform(document: &mut DocumentView, operation: &Operation) -> Outcome {
    match operation {
        Operation::Begin(arguments) => begin(document, arguments),
        Operation::End(at) => end(document, *at),
        Operation::Embed(..) | Operation::Settle(..) => unreachable!("needs two documents"),
        Operation::User(text) => on!(Segment in document, segment => segment.set_user(text)),
        Operation::Origin(text) => on!(Segment in document, segment => segment.set_origin(text)),
        Operation::ResourceArn(text) => on!(Segment in document, segment => segment.set_resource_arn(text)),
        Operation::Service(texts) => {
            let [name, version, runtime, runtime_version] = each(texts);
            on!(Segment in document, segment => segment.set_service(&Service { name, version, runtime, runtime_version }))
        }
        Operation::Namespace(namespace) => on!(Subsegment in document, entity => entity.set_namespace(*namespace)),
        Operation::Traced => on!(Subsegment in document, entity => entity.set_traced()),
        Operation::Precursor(id) => on!(Subsegment in document, entity => entity.add_precursor(*id)),
        Operation::Sql(texts, query, preparation) => {
            let [connection_string, url, database_type, database_version, driver_version, user] = each(texts);
            let sanitized_query = query.as_deref();
            let preparation = *preparation;
            on!(Subsegment in document, entity => entity.set_sql(&Sql {
                // The model writes what it is given; what is left out has tests of its own.
                verbatim: true,
                connection_string, url, sanitized_query, database_type, database_version, driver_version, user, preparation,
            }))
        }
        Operation::IncomingRequest(texts, x_forwarded_for) => {
            let [method, url, user_agent, client_ip] = each(texts);
            let x_forwarded_for = *x_forwarded_for;
            let request = IncomingRequest { method, url, user_agent, client_ip, x_forwarded_for, verbatim: true };
            on!(Segment in document, segment => segment.set_http_request(&request))
        }
        Operation::OutgoingRequest(texts) => {
            let [method, url, user_agent, client_ip] = each(texts);
            let request = OutgoingRequest { method, url, user_agent, client_ip, verbatim: true };
            on!(Subsegment in document, entity => entity.set_http_request(&request))
        }
        &Operation::Response(status, content_length) => {
            on!(document, entity => entity.set_http_response(&HttpResponse { status, content_length }))
        }
        Operation::Annotation(key, value) => on!(document, entity => entity.put_annotation(&**key, scalar(value))),
        Operation::Metadata(None, key, value) => on!(document, entity => entity.put_metadata(key, value)),
        Operation::Metadata(Some(namespace), key, value) => {
            on!(document, entity => entity.put_metadata_in(namespace, key, value))
        }
        Operation::Resource(block) => set_resource(document, block),
        Operation::Call(block) => set_call(document, block),
        Operation::PutAws(key, value) => on!(document, entity => entity.put_aws(key, value)),
        Operation::Exception(block) => add_exception(document, block),
        Operation::CauseId(id) => on!(document, entity => entity.set_cause_id(*id)),
        Operation::Error => flag!(document, entity => entity.set_error()),
        Operation::Throttle => flag!(document, entity => entity.set_throttle()),
        Operation::Fault => flag!(document, entity => entity.set_fault()),
        Operation::Status(status) => flag!(document, entity => entity.apply_status(*status)),
        Operation::Link(LinkBlock { trace_id, id, attributes }) => {
            let attributes: Vec<_> = attributes.iter().map(|(key, value)| (&**key, scalar(value))).collect();
            let link = Link { trace_id: *trace_id, id: *id, attributes: &attributes };
            on!(Segment in document, segment => segment.add_link(&link))
        }
    }
}

fn each<const N: usize>(texts: &[Option<Text>; N]) -> [Option<&str>; N] {
    texts.each_ref().map(Option::as_deref)
}

fn strs(texts: &[Text]) -> Vec<&str> {
    texts.iter().map(|text| &**text).collect()
}

fn scalar(value: &Scalar) -> AnnotationValue<'_> {
    match value {
        Scalar::Text(text) => AnnotationValue::Text(text),
        Scalar::Signed(number) => AnnotationValue::Signed(*number),
        Scalar::Unsigned(number) => AnnotationValue::Unsigned(*number),
        Scalar::Float(number) => AnnotationValue::Float(*number),
        Scalar::Bool(value) => AnnotationValue::Bool(*value),
    }
}

fn begin(document: &mut DocumentView, arguments: &BeginBlock) -> Outcome {
    let &BeginBlock { subsegment, ref name, context, parent, start } = arguments;
    match parent {
        Some(parent) if subsegment => outcome(Subsegment::begin(document, name, context, parent, start).map(drop)),
        _ => outcome(Segment::begin(document, name, context, parent, start).map(drop)),
    }
}

fn end(document: &mut DocumentView, at: Timestamp) -> Outcome {
    if let Some(segment) = Segment::resume(document) {
        drop(segment.end(at));
    } else if let Some(subsegment) = Subsegment::resume(document) {
        drop(subsegment.end(at));
    } else {
        return Outcome::NoEntity;
    }
    Outcome::Done
}

fn set_resource(document: &mut DocumentView, block: &ResourceBlock) -> Outcome {
    let cloudwatch_logs: Vec<_> =
        block.cloudwatch_logs.iter().map(|(log_group, arn)| LogGroup { log_group, arn: arn.as_deref() }).collect();
    let resource = AwsResource {
        account_id: block.account_id.as_deref(),
        xray: block.xray.as_ref().map(|(texts, auto_instrumentation)| {
            let [sdk, sdk_version, package, sampling_rule_name] = each(texts);
            Sdk { sdk, sdk_version, package, sampling_rule_name, auto_instrumentation: *auto_instrumentation }
        }),
        ec2: block.ec2.as_ref().map(|texts| {
            let [instance_id, availability_zone, instance_size, ami_id] = each(texts);
            Ec2 { instance_id, availability_zone, instance_size, ami_id }
        }),
        ecs: block.ecs.as_ref().map(|texts| {
            let [
                container,
                container_id,
                task_family,
                launch_type,
                availability_zone,
                container_arn,
                task_arn,
                cluster_arn,
            ] = each(texts);
            Ecs {
                container,
                container_id,
                container_arn,
                task_arn,
                task_family,
                cluster_arn,
                launch_type,
                availability_zone,
            }
        }),
        eks: block.eks.as_ref().map(|texts| {
            let [pod, cluster_name, container_id] = each(texts);
            Eks { pod, cluster_name, container_id }
        }),
        elastic_beanstalk: block.elastic_beanstalk.as_ref().map(|(texts, deployment_id)| {
            let [environment_name, version_label] = each(texts);
            ElasticBeanstalk { environment_name, version_label, deployment_id: *deployment_id }
        }),
        cloudwatch_logs: &cloudwatch_logs,
    };
    on!(Segment in document, segment => segment.set_aws(&resource))
}

fn set_call(document: &mut DocumentView, block: &CallBlock) -> Outcome {
    let (table_names, resource_names) = (strs(&block.table_names), strs(&block.resource_names));
    let [operation, region, request_id, id_2, account_id, queue_url, table_name, bucket_name, key] = each(&block.texts);
    let call = AwsCall {
        operation,
        region,
        request_id,
        id_2,
        account_id,
        retries: block.retries,
        queue_url,
        table_name,
        table_names: &table_names,
        bucket_name,
        key,
        resource_names: &resource_names,
    };
    on!(Subsegment in document, entity => entity.set_aws(&call))
}

fn add_exception(document: &mut DocumentView, block: &ExceptionBlock) -> Outcome {
    let stack: Vec<_> = block.stack.iter().map(|(path, line, label)| Frame { path, line: *line, label }).collect();
    let paths = strs(&block.paths);
    let exception = Exception {
        kind: &block.kind,
        message: &block.message,
        remote: block.remote,
        cause: block.cause,
        stack: &stack,
        truncated: block.truncated,
        skipped: block.skipped,
        working_directory: block.working_directory.as_deref(),
        paths: &paths,
    };
    let mut id = None;
    let outcome = on!(document, entity => entity.add_exception(&exception).map(|new| id = Some(new)));
    id.map_or(outcome, Outcome::Recorded)
}
