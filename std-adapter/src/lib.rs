//! An AWS X-Ray SDK for servers and Lambda.
#![forbid(unsafe_code)]

mod entity;
pub mod env;
mod host;
mod recorder;
mod slot;
mod sync;

pub use xray_recorder_core as core;
pub use xray_recorder_core::{
    AnnotationValue, AwsCall, AwsResource, Clock, Ec2, Ecs, Eks, ElasticBeanstalk, Embed, EntityId, Exception, Frame,
    HttpResponse, IncomingRequest, IntoKey, InvalidId, Key, Link, LogGroup, Namespace, OutgoingRequest, Preparation,
    Rng, RngFailed, Sampled, Sdk, Service, Sql, Stats, Timestamp, TraceContext, TraceHeader, TraceId, Traceparent,
    Transport, kind,
};

pub use crate::entity::{Entity, OutgoingHeader, Segment, SegmentBuilder, Subsegment};
pub use crate::host::{DaemonAddress, InvalidDaemonAddress, Locked, OsRng, SystemClock, UdpError, UdpTransport};
pub use crate::recorder::{BuildError, Builder, Own, Recorder, ToDaemon};
