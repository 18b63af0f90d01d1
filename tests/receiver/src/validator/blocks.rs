//! The blocks whose members are listed: http, sql, service, aws, links, exceptions.

use super::shape::{ARN_LIMIT, Block, Others, Shape, USUAL_LIMIT};

const TEXT: Shape = Shape::Text(USUAL_LIMIT);
const ARN: Shape = Shape::Text(ARN_LIMIT);

pub(super) const HTTP: Block = Block {
    holder: "`http`",
    members: &[("request", Shape::Object(&HTTP_REQUEST)), ("response", Shape::Object(&HTTP_RESPONSE))],
    required: &[],
    others: Others::Refused,
};

const HTTP_REQUEST: Block = Block {
    holder: "`http.request`",
    members: &[
        ("method", TEXT),
        ("url", TEXT),
        ("user_agent", TEXT),
        ("client_ip", TEXT),
        ("x_forwarded_for", Shape::Bool),
        ("traced", Shape::Bool),
    ],
    required: &[],
    others: Others::Refused,
};

const HTTP_RESPONSE: Block = Block {
    holder: "`http.response`",
    members: &[("status", Shape::Status), ("content_length", Shape::ContentLength)],
    required: &[],
    others: Others::Refused,
};

pub(super) const SQL: Block = Block {
    holder: "`sql`",
    members: &[
        ("connection_string", TEXT),
        ("url", TEXT),
        ("sanitized_query", Shape::FreeText),
        ("database_type", TEXT),
        ("database_version", TEXT),
        ("driver_version", TEXT),
        ("user", TEXT),
        ("preparation", Shape::Preparation),
    ],
    required: &[],
    others: Others::Refused,
};

pub(super) const SERVICE: Block = Block {
    holder: "`service`",
    members: &[("version", TEXT), ("runtime", TEXT), ("runtime_version", TEXT), ("name", TEXT)],
    required: &[],
    others: Others::Leaked(&["compiler", "compiler_version"]),
};

pub(super) const LINK: Block = Block {
    holder: "a link",
    members: &[("trace_id", Shape::TraceId), ("id", Shape::Id), ("attributes", Shape::AnyObject)],
    required: &["trace_id", "id"],
    others: Others::Refused,
};

pub(super) const CAUSE: Block = Block {
    holder: "`cause`",
    members: &[("working_directory", TEXT), ("paths", Shape::Texts), ("exceptions", Shape::List(&EXCEPTION))],
    required: &[],
    // The Node SDK writes the id of a subsegment here.
    others: Others::Leaked(&["id"]),
};

const EXCEPTION: Block = Block {
    holder: "an exception",
    members: &[
        ("id", Shape::Id),
        ("message", Shape::FreeText),
        ("type", TEXT),
        ("remote", Shape::Bool),
        ("truncated", Shape::Count),
        ("skipped", Shape::Count),
        ("cause", Shape::Id),
        ("stack", Shape::List(&STACK_FRAME)),
    ],
    required: &["id"],
    others: Others::Refused,
};

const STACK_FRAME: Block = Block {
    holder: "a stack frame",
    members: &[("path", TEXT), ("line", Shape::Whole), ("label", TEXT)],
    required: &[],
    others: Others::Refused,
};

/// Parameters of AWS calls are copied under names of their own, so others are allowed everywhere in `aws`.
pub(super) const AWS: Block = Block {
    holder: "`aws`",
    members: &[
        ("xray", Shape::Object(&AWS_XRAY)),
        ("ec2", Shape::Object(&AWS_EC2)),
        ("ecs", Shape::Object(&AWS_ECS)),
        ("eks", Shape::Object(&AWS_EKS)),
        ("elastic_beanstalk", Shape::Object(&AWS_ELASTIC_BEANSTALK)),
        ("cloudwatch_logs", Shape::List(&AWS_LOG_GROUP)),
        ("account_id", TEXT),
        ("operation", TEXT),
        ("region", TEXT),
        ("request_id", TEXT),
        ("id_2", TEXT),
        ("retries", Shape::Count),
        ("queue_url", TEXT),
        ("table_name", TEXT),
        ("table_names", Shape::Texts),
        ("bucket_name", TEXT),
        ("key", TEXT),
        ("resource_names", Shape::Texts),
    ],
    required: &[],
    others: Others::Allowed,
};

const AWS_XRAY: Block = Block {
    holder: "`aws.xray`",
    members: &[
        ("sdk", TEXT),
        ("sdk_version", TEXT),
        ("sampling_rule_name", TEXT),
        ("rule_name", TEXT),
        ("auto_instrumentation", Shape::Bool),
        ("package", TEXT),
    ],
    required: &[],
    others: Others::Allowed,
};

const AWS_EC2: Block = Block {
    holder: "`aws.ec2`",
    members: &[
        ("instance_id", TEXT),
        ("availability_zone", TEXT),
        ("instance_size", TEXT),
        ("instance_type", TEXT),
        ("ami_id", TEXT),
    ],
    required: &[],
    others: Others::Allowed,
};

const AWS_ECS: Block = Block {
    holder: "`aws.ecs`",
    members: &[
        ("container", TEXT),
        ("container_id", TEXT),
        ("container_arn", ARN),
        ("task_arn", ARN),
        ("task_family", TEXT),
        ("cluster_arn", ARN),
        ("launch_type", TEXT),
        ("availability_zone", TEXT),
    ],
    required: &[],
    others: Others::Allowed,
};

const AWS_EKS: Block = Block {
    holder: "`aws.eks`",
    members: &[("pod", TEXT), ("cluster_name", TEXT), ("container_id", TEXT)],
    required: &[],
    others: Others::Allowed,
};

const AWS_ELASTIC_BEANSTALK: Block = Block {
    holder: "`aws.elastic_beanstalk`",
    members: &[("environment_name", TEXT), ("version_label", TEXT), ("deployment_id", Shape::Number)],
    required: &[],
    others: Others::Allowed,
};

const AWS_LOG_GROUP: Block = Block {
    holder: "a log group",
    members: &[("log_group", TEXT), ("arn", ARN)],
    required: &[],
    others: Others::Allowed,
};
