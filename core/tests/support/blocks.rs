//! The blocks of the model: what X-Ray's documents hold for each argument, and how many texts were cut for it.

use serde_json::{Map, Value, json};
use xray_recorder_core::{EntityId, Preparation};

use super::arguments::Text;
use super::json;
use super::operation::{CallBlock, ExceptionBlock, LinkBlock, ResourceBlock, Scalar};

/// A text of at most `max` characters; a longer one is cut and ends with the mark.
pub(crate) fn limited(text: &str, max: usize) -> (String, u32) {
    if text.len() <= max || text.chars().nth(max).is_none() {
        return (text.to_owned(), 0);
    }
    (text.chars().take(max - 1).chain(['…']).collect(), 1)
}

/// An object of texts, and its cuts.
#[derive(Default)]
struct Block {
    members: Map<String, Value>,
    cuts: u32,
}

impl Block {
    fn text(&mut self, key: &str, text: Option<&Text>, max: usize) {
        if let Some(text) = text {
            let (text, cut) = limited(text, max);
            self.members.insert(key.to_owned(), text.into());
            self.cuts += cut;
        }
    }

    fn texts(mut self, keys: &[&str], texts: &[Option<Text>], max: usize) -> Self {
        for (key, text) in keys.iter().zip(texts) {
            self.text(key, text.as_ref(), max);
        }
        self
    }

    fn list(&mut self, key: &str, texts: &[Text]) {
        if !texts.is_empty() {
            let (texts, cuts): (Vec<_>, Vec<_>) = texts.iter().map(|text| limited(text, 250)).unzip();
            self.members.insert(key.to_owned(), texts.into());
            self.cuts += cuts.iter().sum::<u32>();
        }
    }

    fn set(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.members.insert(key.to_owned(), value.into());
        }
    }

    fn block(&mut self, key: &str, block: Option<Self>) {
        if let Some(block) = block {
            self.members.insert(key.to_owned(), block.members.into());
            self.cuts += block.cuts;
        }
    }

    fn done(self) -> (Value, u32) {
        (self.members.into(), self.cuts)
    }
}

pub(crate) fn service(texts: &[Option<Text>]) -> (Value, u32) {
    Block::default().texts(&["name", "version", "runtime", "runtime_version"], texts, 250).done()
}

pub(crate) fn request(texts: &[Option<Text>], x_forwarded_for: bool) -> (Value, u32) {
    let mut block = Block::default().texts(&["method", "url", "user_agent", "client_ip"], texts, 250);
    block.set("x_forwarded_for", x_forwarded_for.then_some(true));
    block.done()
}

pub(crate) fn response(status: Option<u16>, content_length: Option<u64>) -> Value {
    let mut block = Block::default();
    block.set("status", status);
    block.set("content_length", content_length);
    block.members.into()
}

/// All of a query but its text.
pub(crate) fn sql(texts: &[Option<Text>], preparation: Option<Preparation>) -> (Map<String, Value>, u32) {
    let keys = ["connection_string", "url", "database_type", "database_version", "driver_version", "user"];
    let mut block = Block::default().texts(&keys, texts, 250);
    block.set("preparation", preparation.map(|preparation| format!("{preparation:?}").to_lowercase()));
    (block.members, block.cuts)
}

pub(crate) fn scalar(value: &Scalar) -> (Value, u32) {
    match value {
        Scalar::Text(text) => {
            let (text, cut) = limited(text, 1_000);
            (text.into(), cut)
        }
        Scalar::Signed(number) => ((*number).into(), 0),
        Scalar::Unsigned(number) => ((*number).into(), 0),
        // `Value` makes null of what is not finite, too.
        Scalar::Float(number) => ((*number).into(), 0),
        Scalar::Bool(value) => ((*value).into(), 0),
    }
}

pub(crate) fn resource(resource: &ResourceBlock) -> (Value, u32) {
    let mut block = Block::default();
    block.text("account_id", resource.account_id.as_ref(), 250);
    block.block(
        "xray",
        resource.xray.as_ref().map(|(texts, auto)| {
            let mut sdk = Block::default().texts(&["sdk", "sdk_version", "package", "sampling_rule_name"], texts, 250);
            sdk.set("auto_instrumentation", auto.then_some(true));
            sdk
        }),
    );
    block.block(
        "ec2",
        resource.ec2.as_ref().map(|texts| {
            Block::default().texts(&["instance_id", "availability_zone", "instance_size", "ami_id"], texts, 250)
        }),
    );
    block.block(
        "ecs",
        resource.ecs.as_ref().map(|texts| {
            let (plain, arns) = texts.split_at(5);
            let keys = ["container", "container_id", "task_family", "launch_type", "availability_zone"];
            Block::default().texts(&keys, plain, 250).texts(&["container_arn", "task_arn", "cluster_arn"], arns, 500)
        }),
    );
    block.block(
        "eks",
        resource.eks.as_ref().map(|texts| Block::default().texts(&["pod", "cluster_name", "container_id"], texts, 250)),
    );
    block.block(
        "elastic_beanstalk",
        resource.elastic_beanstalk.as_ref().map(|(texts, deployment_id)| {
            let mut environment = Block::default().texts(&["environment_name", "version_label"], texts, 250);
            environment.set("deployment_id", *deployment_id);
            environment
        }),
    );
    let mut groups = Vec::new();
    for (log_group, arn) in &resource.cloudwatch_logs {
        let mut group = Block::default();
        group.text("log_group", Some(log_group), 250);
        group.text("arn", arn.as_ref(), 500);
        block.cuts += group.cuts;
        groups.push(Value::Object(group.members));
    }
    block.set("cloudwatch_logs", (!groups.is_empty()).then_some(groups));
    block.done()
}

pub(crate) fn call(call: &CallBlock) -> (Value, u32) {
    let keys =
        ["operation", "region", "request_id", "id_2", "account_id", "queue_url", "table_name", "bucket_name", "key"];
    let mut block = Block::default().texts(&keys, &call.texts, 250);
    block.set("retries", call.retries);
    block.list("table_names", &call.table_names);
    block.list("resource_names", &call.resource_names);
    block.done()
}

/// The members of a cause beside its exceptions.
pub(crate) fn cause(exception: &ExceptionBlock) -> (Map<String, Value>, u32) {
    let mut block = Block::default();
    block.text("working_directory", exception.working_directory.as_ref(), 250);
    block.list("paths", &exception.paths);
    (block.members, block.cuts)
}

/// An exception of which `kept` frames found room, without its message.
pub(crate) fn exception(exception: &ExceptionBlock, id: EntityId, kept: usize) -> (Map<String, Value>, u32) {
    let mut block = Block::default();
    block.set("id", Some(id.to_string()));
    block.text("type", Some(&exception.kind), 250);
    block.set("remote", exception.remote.then_some(true));
    block.set("cause", exception.cause.map(|cause| cause.to_string()));
    block.set("skipped", (exception.skipped > 0).then_some(exception.skipped));
    let mut frames = Vec::new();
    for (path, line, label) in &exception.stack[..kept] {
        let mut frame = Block::default();
        frame.text("path", Some(path), 250);
        frame.set("line", *line);
        frame.text("label", Some(label), 250);
        block.cuts += frame.cuts;
        frames.push(Value::Object(frame.members));
    }
    block.set("stack", (kept > 0).then_some(frames));
    let left_out = exception.stack.len() - kept;
    block.cuts += u32::from(left_out > 0);
    let truncated = u64::from(exception.truncated) + left_out as u64;
    block.set("truncated", (truncated > 0).then_some(truncated));
    (block.members, block.cuts)
}

/// The least an exception needs: without frames, and with a message that is only the mark.
pub(crate) fn smallest_exception(block: &ExceptionBlock) -> Value {
    let id = EntityId::new(1).expect("one is not zero");
    let (mut smallest, _) = exception(block, id, 0);
    smallest.insert("message".to_owned(), shortest(&block.message).into());
    smallest.into()
}

/// The shortest form of a text that is cut to the room there is.
pub(crate) fn shortest(text: &str) -> &str {
    if text.len() <= 3 && json::escaped_len(text) <= 3 { text } else { "…" }
}

pub(crate) fn link(link: &LinkBlock) -> (Value, u32) {
    let mut cuts = 0;
    let mut attributes = Map::new();
    for (at, (key, value)) in link.attributes.iter().enumerate() {
        let (key, key_cut) = limited(key, 500);
        let (value, value_cut) = scalar(value);
        // The last one of a key wins.
        if link.attributes[at + 1..].iter().all(|(later, _)| limited(later, 500).0 != key) {
            cuts += key_cut + value_cut;
            attributes.insert(key, value);
        }
    }
    let mut element = json!({ "trace_id": link.trace_id.to_string(), "id": link.id.to_string() });
    if !link.attributes.is_empty() {
        element["attributes"] = attributes.into();
    }
    (element, cuts)
}
