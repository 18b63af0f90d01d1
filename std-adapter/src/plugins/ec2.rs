//! EC2.

use std::env;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use xray_recorder_core::{AwsResource, LogGroup};

use super::error::Reason;
use super::whereabouts::Precedence;
use super::{MAX_ANSWER, Plugin, PluginError, TIMEOUT, Whereabouts, file, json};
use crate::host::http::{self, Deadline, HttpError, Request, Response};
use crate::journal;

/// Of the instance metadata service.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);

/// Seconds for which the token is good: as long as two requests may take.
const TOKEN_TTL: (&str, &str) = ("X-aws-ec2-metadata-token-ttl-seconds", "60");

/// Whether the service runs on an EC2 instance, by its metadata service (IMDS): the instance's id, size, image and
/// availability zone, and the account. Its origin is `AWS::EC2::Instance`. The log groups of the CloudWatch agent are
/// told, too, where it runs beside the service.
///
/// IMDSv2 is asked; where that refuses a token, or a token does not come within half a second, IMDSv1 is. (The answer
/// with a token does not reach a container on an instance whose hop limit is 1.) It takes a second at most, and half a
/// second where there is no such service. An instance that does not tell its id has no data.
#[derive(Clone, Debug)]
pub struct Ec2 {
    address: SocketAddr,
    timeout: Duration,
    agent: PathBuf,
}

impl Ec2 {
    /// By the metadata service at `169.254.169.254:80`.
    #[must_use]
    pub fn new() -> Self {
        Self::at(SocketAddr::from((ADDRESS, 80)))
    }

    /// By the metadata service at this address: on an instance that has only IPv6, `[fd00:ec2::254]:80`.
    #[must_use]
    pub fn at(address: SocketAddr) -> Self {
        Self { address, timeout: TIMEOUT, agent: agent(|variable| env::var(variable).ok()) }
    }

    /// A token of IMDSv2; none where IMDSv1 is to be asked without.
    fn token(&self, deadline: &Deadline) -> Result<Option<String>, PluginError> {
        let request =
            Request { method: "PUT", host: None, path: "/latest/api/token", headers: &[TOKEN_TTL], body: b"" };
        let half = deadline.left().unwrap_or_default().min(self.timeout / 2);
        match http::call(self.address, &request, half, MAX_ANSWER) {
            Ok(answer) if answer.status == 200 => Ok(token(&answer.body)),
            Err(error @ HttpError::Unreachable(_)) => Err(error.into()),
            Ok(_) | Err(_) => Ok(None),
        }
    }

    /// The document that tells what the instance is.
    fn identity(&self, token: Option<&str>, deadline: &Deadline) -> Result<Response, HttpError> {
        let header = token.map(|token| ("X-aws-ec2-metadata-token", token));
        let path = "/latest/dynamic/instance-identity/document";
        let request = Request { method: "GET", host: None, path, headers: header.as_slice(), body: b"" };
        http::call(self.address, &request, deadline.left().unwrap_or_default(), MAX_ANSWER)
    }

    /// The names of the log groups that the CloudWatch agent writes.
    fn log_groups(&self) -> Vec<String> {
        let mut groups = Vec::new();
        let read = file::read(&self.agent, MAX_ANSWER as u64).and_then(|content| {
            let Some(content) = content else { return Ok(()) };
            json::scalars(&content, |place, value| {
                if let ["log_configs", "*", "log_group_name"] = place {
                    groups.push(value.to_owned());
                }
            })
            .map_err(|_| Reason::Malformed("the CloudWatch agent's file").into())
        });
        match read {
            Ok(()) => groups,
            // The instance's own data are good all the same.
            Err(error) => {
                journal::warn(format_args!("the log groups are not known: {error}"));
                Vec::new()
            }
        }
    }
}

impl Default for Ec2 {
    fn default() -> Self {
        Self::new()
    }
}

/// What can stand in a header.
fn token(body: &[u8]) -> Option<String> {
    let token = body.trim_ascii();
    let is_token = !token.is_empty() && token.iter().all(u8::is_ascii_graphic);
    is_token.then(|| String::from_utf8_lossy(token).into_owned())
}

/// Where the CloudWatch agent leaves its configuration.
fn agent(variable: impl Fn(&str) -> Option<String>) -> PathBuf {
    if cfg!(windows) {
        let folder = variable("ProgramData").unwrap_or_else(|| r"C:\ProgramData".to_owned());
        [&folder, "Amazon", "AmazonCloudWatchAgent", "log-config.json"].iter().collect()
    } else {
        "/opt/aws/amazon-cloudwatch-agent/etc/log-config.json".into()
    }
}

/// What is read of the document.
#[derive(Default)]
struct Identity {
    account_id: Option<String>,
    instance_id: Option<String>,
    availability_zone: Option<String>,
    instance_size: Option<String>,
    ami_id: Option<String>,
}

impl Identity {
    fn parse(document: &[u8]) -> Result<Self, Reason> {
        let mut identity = Self::default();
        json::scalars(document, |place, value| {
            let member = match place {
                ["accountId"] => &mut identity.account_id,
                ["instanceId"] => &mut identity.instance_id,
                ["availabilityZone"] => &mut identity.availability_zone,
                ["instanceType"] => &mut identity.instance_size,
                ["imageId"] => &mut identity.ami_id,
                _ => return,
            };
            *member = Some(value.to_owned());
        })
        .map_err(|_| Reason::Malformed("the identity document"))?;
        match &identity.instance_id {
            Some(id) if !id.is_empty() => Ok(identity),
            _ => Err(Reason::Missing("instanceId")),
        }
    }
}

impl Plugin for Ec2 {
    fn name(&self) -> &str {
        "EC2"
    }

    fn find(&self) -> Result<Option<Whereabouts>, PluginError> {
        let deadline = Deadline::after(self.timeout);
        let token = match self.token(&deadline) {
            Err(error) if error.is_unreachable() => return Ok(None),
            token => token?,
        };
        let answer = self.identity(token.as_deref(), &deadline)?;
        let identity = match answer.status {
            200 => Identity::parse(&answer.body)?,
            // Other clouds have other services at the same address.
            404 => return Ok(None),
            status => return Err(Reason::Status(status).into()),
        };
        let groups = self.log_groups();
        let groups: Vec<_> = groups.iter().map(|log_group| LogGroup { log_group, arn: None }).collect();
        let resource = AwsResource {
            account_id: identity.account_id.as_deref(),
            ec2: Some(xray_recorder_core::Ec2 {
                instance_id: identity.instance_id.as_deref(),
                availability_zone: identity.availability_zone.as_deref(),
                instance_size: identity.instance_size.as_deref(),
                ami_id: identity.ami_id.as_deref(),
            }),
            cloudwatch_logs: &groups,
            ..AwsResource::default()
        };
        Ok(Some(Whereabouts::new(&resource).with_origin("AWS::EC2::Instance").with_precedence(Precedence::Ec2)))
    }
}

#[cfg(test)]
mod tests;
