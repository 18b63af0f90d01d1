//! Operations at random.

use serde_json::Value;
use xray_recorder_core::{Embed, Namespace, Preparation};

use super::arguments::{Arguments, Text};
use super::operation::{CallBlock, ExceptionBlock, LinkBlock, Operation, ResourceBlock, Scalar};

/// An operation on an entity, without its beginning.
pub(crate) fn operation(random: &mut Arguments, subsegment: bool, other: usize) -> Operation {
    match random.below(100) {
        0..2 => Operation::End(random.time()),
        2..10 => Operation::Embed(other, embed(random)),
        10..13 => Operation::Settle(other, embed(random)),
        13..35 => Operation::Annotation(random.annotation_key(), scalar(random)),
        35..57 => Operation::Metadata(namespace(random), random.key(), value(random)),
        57..61 => Operation::PutAws(random.key(), value(random)),
        61..66 => Operation::Response(
            if random.once_in(3) { None } else { Some(status(random)) },
            random.once_in(2).then(|| random.bits() >> random.below(64)),
        ),
        66..70 => Operation::Exception(Box::new(exception(random))),
        70..72 => Operation::CauseId(random.entity_id()),
        72 => Operation::Error,
        73 => Operation::Throttle,
        74 => Operation::Fault,
        75 => Operation::Status(status(random)),
        // Now and then an operation of the other kind, which must find no entity.
        _ if subsegment != random.once_in(40) => of_subsegments(random),
        _ => of_segments(random),
    }
}

fn of_segments(random: &mut Arguments) -> Operation {
    match random.below(8) {
        0 => Operation::User(random.text()),
        1 => Operation::Origin(random.text()),
        2 => Operation::ResourceArn(random.text()),
        3 => Operation::Service(Box::new(random.maybe_texts())),
        4 => Operation::Resource(Box::new(resource(random))),
        5 => Operation::Link(link(random)),
        _ => Operation::IncomingRequest(Box::new(random.maybe_texts()), random.once_in(2)),
    }
}

fn of_subsegments(random: &mut Arguments) -> Operation {
    match random.below(8) {
        0 => Operation::Namespace(random.one_of(&[Namespace::Aws, Namespace::Remote])),
        1 => Operation::Traced,
        2 => Operation::Precursor(random.entity_id()),
        3 | 4 => {
            let preparation = random.one_of(&[None, Some(Preparation::Statement), Some(Preparation::Call)]);
            Operation::Sql(Box::new(random.maybe_texts()), random.maybe_text(), preparation)
        }
        5 => Operation::Call(Box::new(call(random))),
        _ => Operation::OutgoingRequest(Box::new(random.maybe_texts())),
    }
}

pub(crate) fn embed(random: &mut Arguments) -> Embed {
    match random.below(5) {
        0 => Embed::Never,
        1 => Embed::AtMost(random.below(5) as u32),
        _ => Embed::IfFits,
    }
}

fn status(random: &mut Arguments) -> u16 {
    match random.below(3) {
        0 => random.bits() as u16,
        _ => random.one_of(&[200, 399, 400, 404, 428, 429, 430, 499, 500, 503, 599, 600]),
    }
}

fn namespace(random: &mut Arguments) -> Option<Text> {
    match random.below(10) {
        0..5 => None,
        5 => Some("AWS.x".into()),
        6 => Some("default".into()),
        _ => Some(random.key()),
    }
}

fn value(random: &mut Arguments) -> Value {
    let depth = random.below(5);
    random.value(depth)
}

fn scalar(random: &mut Arguments) -> Scalar {
    match random.below(8) {
        0 => Scalar::Signed(random.bits() as i64 >> random.below(64)),
        1 => Scalar::Unsigned(random.bits() >> random.below(64)),
        2 => Scalar::Float(random.float()),
        3 => Scalar::Float(random.one_of(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.5])),
        4 => Scalar::Bool(random.once_in(2)),
        _ => Scalar::Text(random.text()),
    }
}

fn resource(random: &mut Arguments) -> ResourceBlock {
    if random.once_in(8) {
        return ResourceBlock::default();
    }
    ResourceBlock {
        account_id: random.maybe_text(),
        xray: random.once_in(3).then(|| (random.maybe_texts(), random.once_in(2))),
        ec2: random.once_in(4).then(|| random.maybe_texts()),
        ecs: random.once_in(4).then(|| random.maybe_texts()),
        eks: random.once_in(4).then(|| random.maybe_texts()),
        elastic_beanstalk: random.once_in(4).then(|| (random.maybe_texts(), random.once_in(2).then(|| random.bits()))),
        cloudwatch_logs: (0..random.below(3)).map(|_| (random.text(), random.maybe_text())).collect(),
    }
}

fn call(random: &mut Arguments) -> CallBlock {
    if random.once_in(8) {
        return CallBlock::default();
    }
    CallBlock {
        texts: random.maybe_texts(),
        retries: random.once_in(3).then(|| random.bits() as u32 >> random.below(32)),
        table_names: random.some_texts(),
        resource_names: random.some_texts(),
    }
}

fn exception(random: &mut Arguments) -> ExceptionBlock {
    let frames = random.one_of(&[0, 0, 1, 2, 3, 10, 60]);
    ExceptionBlock {
        kind: random.text(),
        message: random.text(),
        remote: random.once_in(3),
        cause: random.once_in(3).then(|| random.entity_id()),
        stack: (0..frames)
            .map(|_| {
                (random.text(), random.once_in(2).then(|| random.bits() as u32 >> random.below(32)), random.text())
            })
            .collect(),
        truncated: random.one_of(&[0, 0, 1, 17, u32::MAX]),
        skipped: random.one_of(&[0, 0, 1, u32::MAX]),
        working_directory: random.once_in(3).then(|| random.text()),
        paths: if random.once_in(3) { random.some_texts() } else { Vec::new() },
    }
}

fn link(random: &mut Arguments) -> LinkBlock {
    LinkBlock {
        trace_id: random.trace_id(),
        id: random.entity_id(),
        attributes: (0..random.below(5)).map(|_| (random.key(), scalar(random))).collect(),
    }
}
