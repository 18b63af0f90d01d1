//! A parameter of a call that goes into its document.

use super::snake_case::snake_case;

/// A parameter of requests or responses that goes into the `aws` block of the subsegment, under its name in snake case.
///
/// It is read from the body, where that is JSON or the form of the AWS query protocol, under its name. Of REST services it
/// is known where these are: `Bucket`, `Key`, `VersionId`, `Prefix` and `CopySource` of S3; those of Lambda's `Invoke`
/// and `InvokeAsync` and of SageMaker's `InvokeEndpoint` that the official SDKs record. Of others, it can be said.
///
/// ```
/// use xray_recorder::ext::aws_sdk::{Parameter, Whitelist};
///
/// let mut whitelist = Whitelist::default();
/// whitelist
///     .allow("DynamoDB", "Query", Parameter::request("ReturnConsumedCapacity"))
///     .allow("DynamoDB", "Query", Parameter::response("Items").count().renamed("item_count"))
///     .allow("S3", "PutObject", Parameter::request("StorageClass").in_header("x-amz-storage-class"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub(super) side: Side,
    pub(super) name: String,
    pub(super) take: Take,
    pub(super) key: String,
    /// Where it is, if that was said.
    pub(super) place: Option<Place>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    Response,
}

/// What is taken of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Take {
    Value,
    Keys,
    Count,
}

/// Where a parameter is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the body, if that is one that holds the parameters.
    Body,
    Header(String),
    Query(String),
    /// The path's segment of this number, from 0.
    Segment(usize),
    /// The whole path.
    Path,
    /// The bucket of S3, in the host name or before the path.
    Bucket,
    Status,
}

impl Parameter {
    /// A parameter of requests, by its name in the API: `TableName`.
    #[must_use]
    pub fn request(name: &str) -> Self {
        Self::new(Side::Request, name)
    }

    /// A parameter of responses, by its name in the API: `ConsumedCapacity`.
    #[must_use]
    pub fn response(name: &str) -> Self {
        Self::new(Side::Response, name)
    }

    pub(super) fn new(side: Side, name: &str) -> Self {
        Self { side, name: name.to_owned(), take: Take::Value, key: snake_case(name), place: None }
    }

    /// Takes the names of its members, not its value.
    #[must_use]
    pub fn keys(self) -> Self {
        Self { take: Take::Keys, ..self }
    }

    /// Takes the number of its elements or members, not its value.
    #[must_use]
    pub fn count(self) -> Self {
        Self { take: Take::Count, ..self }
    }

    /// Puts it under this key.
    #[must_use]
    pub fn renamed(self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self }
    }

    /// Reads it from this header.
    #[must_use]
    pub fn in_header(self, header: &str) -> Self {
        Self { place: Some(Place::Header(header.to_ascii_lowercase())), ..self }
    }

    /// Reads it from this parameter of the URL's query. Responses have none.
    #[must_use]
    pub fn in_query(self, parameter: &str) -> Self {
        Self { place: Some(Place::Query(parameter.to_owned())), ..self }
    }

    /// Reads it from the segment of the URL's path with this number, from 0: `FunctionName` is the segment 2 of
    /// `/2015-03-31/functions/checkout/invocations`. Responses have none.
    #[must_use]
    pub fn in_path(self, segment: usize) -> Self {
        Self { place: Some(Place::Segment(segment)), ..self }
    }

    /// Says where it is, of an operation whose service is known here by this name.
    pub(super) fn placed(mut self, service: &str, operation: &str) -> Self {
        if self.place.is_none() {
            self.place = Some(known_place(service, operation, self.side, &self.name));
        }
        self
    }
}

/// Whether the body holds parameters, and not what the user sends or gets. Names as [`Whitelist`](super::Whitelist)
/// has them.
pub(super) fn has_parameters_in_body(service: &str, operation: &str) -> bool {
    !matches!((service, operation), ("s3", _) | ("lambda", "invoke" | "invokeasync") | ("sagemakerruntime", _))
}

fn known_place(service: &str, operation: &str, side: Side, name: &str) -> Place {
    let header = |name: &str| Place::Header(name.to_owned());
    let query = |name: &str| Place::Query(name.to_owned());
    match (service, operation, side, name) {
        ("s3", _, Side::Request, "Bucket") => Place::Bucket,
        ("s3", _, Side::Request, "Key") => Place::Path,
        ("s3", _, Side::Request, "VersionId") => query("versionId"),
        ("s3", _, Side::Request, "Prefix") => query("prefix"),
        ("s3", _, Side::Request, "CopySource") => header("x-amz-copy-source"),
        ("lambda", "invoke" | "invokeasync", Side::Request, "FunctionName") => Place::Segment(2),
        ("lambda", "invoke", Side::Request, "InvocationType") => header("x-amz-invocation-type"),
        ("lambda", "invoke", Side::Request, "LogType") => header("x-amz-log-type"),
        ("lambda", "invoke", Side::Request, "Qualifier") => query("Qualifier"),
        ("lambda", "invoke", Side::Response, "FunctionError") => header("x-amz-function-error"),
        ("lambda", "invoke", Side::Response, "StatusCode") => Place::Status,
        ("lambda", "invokeasync", Side::Response, "Status") => Place::Status,
        ("sagemakerruntime", _, Side::Request, "EndpointName") => Place::Segment(1),
        _ => Place::Body,
    }
}
