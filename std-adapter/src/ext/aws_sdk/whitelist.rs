//! Which parameters of which calls go into documents.

use std::sync::LazyLock;

use super::parameter::{Parameter, Place, Side};

/// The parameters of calls that go into documents, by service and operation; nothing else of a request or a response does.
///
/// The default is the union of the lists of the Python and the Node SDK: DynamoDB, SQS, SNS, S3, Lambda and SageMaker. Services go
/// by their id in any case, with or without blanks, `DynamoDB` or `dynamodb`, and operations in any case.
///
/// ```
/// use xray_recorder::ext::aws_sdk::{Parameter, SubsegmentInterceptor, Whitelist};
///
/// // More than the default says:
/// let mut more = Whitelist::default();
/// more.allow("Kinesis", "PutRecord", Parameter::request("StreamName"));
///
/// // Only what is said:
/// let mut only = Whitelist::empty();
/// only.allow("dynamodb", "getItem", Parameter::request("TableName"));
///
/// let interceptor = SubsegmentInterceptor::new().whitelist(only);
/// ```
#[derive(Clone, Debug)]
pub struct Whitelist {
    /// Sorted by hash.
    operations: Vec<Operation>,
}

#[derive(Clone, Debug)]
struct Operation {
    hash: u64,
    service: String,
    operation: String,
    parameters: Vec<Parameter>,
}

impl Default for Whitelist {
    fn default() -> Self {
        built_in().clone()
    }
}

/// The default, made once.
pub(super) fn built_in() -> &'static Whitelist {
    static BUILT_IN: LazyLock<Whitelist> = LazyLock::new(|| Whitelist::of_text(include_str!("whitelist.txt")));
    &BUILT_IN
}

impl Whitelist {
    /// A list that allows nothing.
    #[must_use]
    pub const fn empty() -> Self {
        Self { operations: Vec::new() }
    }

    /// Allows a parameter of an operation, in place of one that has the same key there.
    pub fn allow(&mut self, service: &str, operation: &str, parameter: Parameter) -> &mut Self {
        let (service, operation) = (service_name(service), plain_name(operation));
        let parameter = parameter.placed(&service, &operation);
        let at = self.find(&service, &operation).unwrap_or_else(|| {
            let hash = hash(&service, &operation);
            let at = self.operations.partition_point(|known| known.hash < hash);
            self.operations.insert(at, Operation { hash, service, operation, parameters: Vec::new() });
            at
        });
        let parameters = &mut self.operations[at].parameters;
        parameters.retain(|known| known.key != parameter.key);
        parameters.push(parameter);
        self
    }

    /// Allows what another list does, too.
    pub fn append(&mut self, other: &Self) -> &mut Self {
        for Operation { service, operation, parameters, .. } in &other.operations {
            for parameter in parameters {
                self.allow(service, operation, parameter.clone());
            }
        }
        self
    }

    /// Where an operation is, for [`at`](Self::at).
    pub(super) fn find(&self, service: &str, operation: &str) -> Option<usize> {
        let hash = hash(service, operation);
        let first = self.operations.partition_point(|known| known.hash < hash);
        let is_it =
            |known: &Operation| is_plain_of(&known.service, service) && is_plain_of(&known.operation, operation);
        let found = self.operations[first..].iter().take_while(|known| known.hash == hash).position(is_it)?;
        Some(first + found)
    }

    /// What is allowed of the operation that was found there.
    pub(super) fn at(&self, place: usize) -> Option<Allowed<'_>> {
        let Operation { service, operation, parameters, .. } = self.operations.get(place)?;
        Some(Allowed { service, operation, parameters })
    }

    /// What is allowed of an operation.
    #[cfg(test)]
    pub(super) fn of(&self, service: &str, operation: &str) -> Option<Allowed<'_>> {
        self.at(self.find(service, operation)?)
    }

    /// Reads the format of `whitelist.txt`.
    fn of_text(text: &str) -> Self {
        let mut list = Self::empty();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((service, (operations, parameters))) =
                line.split_once(": ").and_then(|(service, rest)| Some((service, rest.split_once(" | ")?)))
            else {
                continue;
            };
            let (request, response) = parameters.split_once(" > ").unwrap_or((parameters, ""));
            for operation in operations.split(' ') {
                for (side, parameters) in [(Side::Request, request), (Side::Response, response)] {
                    for parameter in parameters.split_ascii_whitespace() {
                        list.allow(service, operation, described(side, parameter));
                    }
                }
            }
        }
        list
    }
}

/// `Name[.keys|.count][=key]`.
fn described(side: Side, text: &str) -> Parameter {
    let (taken, key) = text.split_once('=').map_or((text, None), |(taken, key)| (taken, Some(key)));
    let parameter = match taken.split_once('.') {
        Some((name, "keys")) => Parameter::new(side, name).keys(),
        Some((name, _)) => Parameter::new(side, name).count(),
        None => Parameter::new(side, taken),
    };
    key.map_or(parameter.clone(), |key| parameter.renamed(key))
}

/// What is allowed of an operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowed<'w> {
    pub(super) service: &'w str,
    pub(super) operation: &'w str,
    parameters: &'w [Parameter],
}

impl<'w> Allowed<'w> {
    pub(super) fn parameters(self, side: Side) -> impl Iterator<Item = &'w Parameter> {
        self.parameters.iter().filter(move |parameter| parameter.side == side)
    }

    /// Whether the endpoint says any of them.
    pub(super) fn wants_endpoint(self) -> bool {
        self.parameters(Side::Request).any(|parameter| parameter.place == Some(Place::Bucket))
    }
}

/// The letters and digits by which services and operations are compared.
fn plain(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase())
}

fn plain_name(name: &str) -> String {
    plain(name).map(char::from).collect()
}

fn is_plain_of(known: &str, name: &str) -> bool {
    // As most are, without a blank in between.
    let mut pairs = known.bytes().zip(name.bytes());
    let is_it = known.len() == name.len() && pairs.all(|(known, byte)| known == byte.to_ascii_lowercase());
    is_it || known.bytes().eq(plain(name))
}

/// FNV-1a over both names, which makes of a search a look.
fn hash(service: &str, operation: &str) -> u64 {
    let bytes = plain(service).chain([b'/']).chain(plain(operation));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn service_name(name: &str) -> String {
    let name = plain_name(name);
    // The Python SDK goes by the prefix of the host name, which is another one here.
    if name == "runtimesagemaker" { "sagemakerruntime".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ext::aws_sdk::parameter::Take;

    fn keys(list: &Whitelist, service: &str, operation: &str, side: Side) -> Vec<String> {
        let allowed = list.of(service, operation);
        allowed
            .map(|allowed| allowed.parameters(side).map(|parameter| parameter.key.clone()).collect())
            .unwrap_or_default()
    }

    #[test]
    fn the_default_has_what_the_official_sdks_record() {
        let list = Whitelist::default();
        assert_eq!(list.operations.len(), 13 + 17 + 2 + 2 + 1 + 76);
        let of = |service, operation, side| keys(&list, service, operation, side);
        let get_item = ["consistent_read", "projection_expression", "table_name"];
        assert_eq!(of("DynamoDB", "GetItem", Side::Request), get_item);
        assert_eq!(of("DynamoDB", "GetItem", Side::Response), ["consumed_capacity"]);
        assert_eq!(of("DynamoDB", "BatchGetItem", Side::Request), ["table_names"]);
        assert_eq!(of("SQS", "GetQueueUrl", Side::Request), ["queue_name", "queue_owner_aws_account_id"]);
        assert_eq!(of("S3", "GetObject", Side::Request), ["bucket_name", "key", "version_id"]);
        assert_eq!(of("S3", "ListBuckets", Side::Request), [""; 0]);
        assert_eq!(of("SageMaker Runtime", "InvokeEndpoint", Side::Request), ["endpoint_name"]);
        assert_eq!(of("Secrets Manager", "GetSecretValue", Side::Request), [""; 0]);
        assert_eq!(of("Secrets Manager", "GetSecretValue", Side::Response), [""; 0]);
    }

    #[test]
    fn every_line_of_the_default_is_understood() {
        let lines = include_str!("whitelist.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines {
            assert!(!Whitelist::of_text(line).operations.is_empty(), "{line}");
        }
    }

    #[test]
    fn names_are_the_same_in_any_case_and_by_the_prefix_of_the_host() {
        let mut list = Whitelist::empty();
        list.allow("runtime.sagemaker", "invokeEndpoint", Parameter::request("EndpointName"));
        let allowed = list.of("SageMaker Runtime", "InvokeEndpoint").unwrap();
        let place = allowed.parameters(Side::Request).next().unwrap().place.clone();
        assert_eq!(place, Some(Place::Segment(1)));
    }

    #[test]
    fn a_parameter_replaces_the_one_with_its_key_and_lists_join() {
        let mut list = Whitelist::default();
        list.allow("dynamodb", "listTables", Parameter::response("TableNames").renamed("table_count"));
        let allowed = list.of("DynamoDB", "ListTables").unwrap();
        let taken: Vec<Take> = allowed.parameters(Side::Response).map(|parameter| parameter.take).collect();
        assert_eq!(taken, [Take::Value]);
        let mut other = Whitelist::empty();
        other.allow("kinesis", "PutRecord", Parameter::request("StreamName").in_header("x"));
        list.append(&other);
        let allowed = list.of("Kinesis", "PutRecord").unwrap();
        let place = allowed.parameters(Side::Request).next().unwrap().place.clone();
        assert_eq!(place, Some(Place::Header("x".to_owned())));
        assert_eq!(keys(&list, "DynamoDB", "GetItem", Side::Response), ["consumed_capacity"]);
    }
}
