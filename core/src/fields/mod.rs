//! The members of a document, a file for each block that X-Ray defines.

mod annotation;
mod aws;
mod cause;
mod dictated;
mod flags;
mod http;
mod identity;
mod link;
mod metadata;
mod service;
mod sql;
mod writer;

pub use annotation::AnnotationValue;
pub use aws::{AwsCall, AwsResource, Ec2, Ecs, Eks, ElasticBeanstalk, LogGroup, Sdk};
pub use cause::{Exception, Frame};
pub use dictated::Field;
pub use http::{HttpResponse, IncomingRequest, OutgoingRequest};
pub use identity::Namespace;
pub use link::Link;
pub use service::Service;
pub use sql::{Preparation, Sql};
