//! Whitelists in the format of the official SDKs.

use std::fmt;

use super::json::{Member, elements, members, unescaped};
use super::parameter::{Parameter, Side};
use super::whitelist::Whitelist;

/// A document is no whitelist. It says where it is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidWhitelist(String);

impl fmt::Display for InvalidWhitelist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this is no whitelist of parameters: {}", self.0)
    }
}

impl std::error::Error for InvalidWhitelist {}

impl Whitelist {
    /// Reads a whitelist as the Python, Node and Java SDKs have them.
    ///
    /// # Errors
    ///
    /// [`InvalidWhitelist`], where the text is something else, or has a member that those do not have.
    ///
    /// ```
    /// use xray_recorder::ext::aws_sdk::{SubsegmentInterceptor, Whitelist};
    ///
    /// let mine = Whitelist::from_json(r#"{"services": {"s3": {"operations": {"getObject": {
    ///     "request_parameters": ["Key"],
    ///     "request_descriptors": {"Bucket": {"rename_to": "bucket_name"}}
    /// }}}}}"#)?;
    /// let replaced = SubsegmentInterceptor::new().whitelist(mine.clone());
    ///
    /// let mut appended = Whitelist::default();
    /// appended.append(&mine);
    /// # Ok::<(), xray_recorder::ext::aws_sdk::InvalidWhitelist>(())
    /// ```
    pub fn from_json(json: &str) -> Result<Self, InvalidWhitelist> {
        let mut list = Self::empty();
        for (key, services) in object(json, "the document")? {
            expect(key == "services", key)?;
            for (service, described) in object(services, "services")? {
                for (key, operations) in object(described, service)? {
                    expect(key == "operations", key)?;
                    for (operation, lists) in object(operations, service)? {
                        for (key, parameters) in object(lists, operation)? {
                            for parameter in described_by(key, parameters)? {
                                list.allow(service, operation, parameter);
                            }
                        }
                    }
                }
            }
        }
        Ok(list)
    }
}

fn described_by(key: &str, parameters: &str) -> Result<Vec<Parameter>, InvalidWhitelist> {
    let side = if key.starts_with("request_") { Side::Request } else { Side::Response };
    match key {
        "request_parameters" | "response_parameters" => {
            let mut names = elements(parameters.as_bytes());
            let read: Option<Vec<Parameter>> =
                names.by_ref().map(|name| unescaped(name).map(|name| Parameter::new(side, &name))).collect();
            read.filter(|_| names.is_complete()).ok_or_else(|| invalid(format_args!("{key} is no list of texts")))
        }
        "request_descriptors" | "response_descriptors" => object(parameters, key)?
            .into_iter()
            .map(|(name, descriptor)| described_one(Parameter::new(side, name), object(descriptor, name)?))
            .collect(),
        other => Err(invalid(format_args!("it has no member {other}"))),
    }
}

fn described_one(parameter: Parameter, descriptor: Vec<Member<'_>>) -> Result<Parameter, InvalidWhitelist> {
    descriptor.into_iter().try_fold(parameter, |parameter, (key, value)| match (key, value) {
        ("get_keys", "true") => Ok(parameter.keys()),
        ("get_count", "true") => Ok(parameter.count()),
        // What kind of thing it is, is seen.
        ("map" | "list" | "get_keys" | "get_count", "true" | "false") => Ok(parameter),
        ("rename_to", name) => match unescaped(name) {
            Some(name) => Ok(parameter.renamed(&name)),
            None => Err(invalid(format_args!("rename_to is no text"))),
        },
        (other, _) => Err(invalid(format_args!("a descriptor has no member {other}"))),
    })
}

fn object<'j>(json: &'j str, what: &str) -> Result<Vec<Member<'j>>, InvalidWhitelist> {
    let mut members = members(json.as_bytes());
    let read = members.by_ref().collect();
    if members.is_complete() { Ok(read) } else { Err(invalid(format_args!("{what} is no object of JSON"))) }
}

fn expect(holds: bool, key: &str) -> Result<(), InvalidWhitelist> {
    if holds { Ok(()) } else { Err(invalid(format_args!("it has no member {key}"))) }
}

/// What is wrong, at most 200 characters of it: what it quotes is somebody else's text.
fn invalid(what: fmt::Arguments<'_>) -> InvalidWhitelist {
    InvalidWhitelist(what.to_string().chars().take(200).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A part of the Python SDK's list.
    const PYTHON: &str = r#"{"services": {
        "dynamodb": {"operations": {
            "BatchGetItem": {
                "request_descriptors": {"RequestItems": {"map": true, "get_keys": true, "rename_to": "table_names"}},
                "response_parameters": ["ConsumedCapacity"]
            },
            "ListTables": {
                "request_parameters": ["ExclusiveStartTableName", "Limit"],
                "response_descriptors": {"TableNames": {"list": true, "get_count": true, "rename_to": "table_count"}}
            }
        }},
        "runtime.sagemaker": {"operations": {"InvokeEndpoint": {"request_parameters": ["EndpointName"]}}}
    }}"#;

    #[test]
    fn lists_of_the_official_sdks_say_the_same_as_the_default() {
        let (read, default) = (Whitelist::from_json(PYTHON).unwrap(), Whitelist::default());
        let calls = [("DynamoDB", "BatchGetItem"), ("DynamoDB", "ListTables"), ("SageMaker Runtime", "InvokeEndpoint")];
        for (service, operation) in calls {
            for side in [Side::Request, Side::Response] {
                let of = |list: &Whitelist| {
                    let allowed = list.of(service, operation).unwrap();
                    allowed.parameters(side).cloned().collect::<Vec<Parameter>>()
                };
                assert_eq!(of(&read), of(&default), "{service} {operation}");
            }
        }
        assert!(read.of("DynamoDB", "GetItem").is_none());
    }

    #[test]
    fn a_text_that_is_something_else_is_refused_and_said_why() {
        let wrong = [
            ("", "the document is no object of JSON"),
            (r#"{"services": []}"#, "services is no object of JSON"),
            (r#"{"services": {"s3": {"operations": {"getObject": {"request_parameters": ["Key"}}}}}"#, "is no"),
            (r#"{"service": {}}"#, "it has no member service"),
            (r#"{"services": {"s3": {"operations": {"getObject": {"request_parameters": [1]}}}}}"#, "no list of texts"),
            (r#"{"services": {"s3": {"operations": {"getObject": {"parameters": []}}}}}"#, "no member parameters"),
        ];
        for (json, why) in wrong {
            let error = Whitelist::from_json(json).unwrap_err().to_string();
            assert!(error.contains(why), "{json}: {error}");
        }
        assert!(Whitelist::from_json("{}").is_ok());
    }
}
