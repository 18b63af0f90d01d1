//! ECS.

use std::env;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use xray_recorder_core::{AwsResource, LogGroup};

use super::arn::Arn;
use super::error::Reason;
use super::whereabouts::Precedence;
use super::{MAX_ANSWER, Plugin, PluginError, TIMEOUT, Whereabouts, container, json};
use crate::host::http::{self, Deadline, Request};
use crate::journal;

/// The variables that hold the endpoint, the later version first: both answer what is asked here.
const ENDPOINTS: [&str; 2] = ["ECS_CONTAINER_METADATA_URI_V4", "ECS_CONTAINER_METADATA_URI"];

/// Whether the service runs in a container of ECS, by the variable `ECS_CONTAINER_METADATA_URI_V4` or
/// `ECS_CONTAINER_METADATA_URI`. Its origin is `AWS::ECS::Container`.
///
/// * The container's name is the host's: `HOSTNAME`, or else `/etc/hostname`.
/// * The metadata endpoint tells its id and ARN, those of its task, family and cluster, how it was launched and where,
///   and the account. With the log driver `awslogs` it tells the log group, too.
/// * An endpoint that does not answer, or with nonsense, is logged, and the name is all there is. It has a second for
///   two answers. Its host has to be an IP address or `localhost`, and plain HTTP, as ECS has it.
#[derive(Clone, Debug)]
pub struct Ecs {
    endpoint: Option<String>,
    host_name: Option<String>,
    host_name_file: PathBuf,
    timeout: Duration,
}

impl Ecs {
    /// As the environment is now.
    #[must_use]
    pub fn new() -> Self {
        Self::of(|variable| env::var(variable).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let present = |name: &&str| variable(name).filter(|value| !value.trim().is_empty());
        Self {
            endpoint: ENDPOINTS.iter().find_map(present),
            host_name: variable("HOSTNAME"),
            host_name_file: container::HOST_NAME_FILE.into(),
            timeout: TIMEOUT,
        }
    }

    /// What the endpoint tells, up to the first error.
    fn ask(&self, endpoint: &str, told: &mut Told) -> Result<(), PluginError> {
        let deadline = Deadline::after(self.timeout);
        let (address, path) = read_endpoint(endpoint).ok_or(Reason::Malformed("the metadata endpoint's address"))?;
        let get = |path: &str| {
            let request = Request { method: "GET", host: None, path, headers: &[], body: b"" };
            let answer = http::call(address, &request, deadline.left().unwrap_or_default(), MAX_ANSWER)?;
            match answer.status {
                200 => Ok(answer.body),
                status => Err(PluginError::from(Reason::Status(status))),
            }
        };
        let container = get(&path).and_then(|body| told.read_container(&body));
        let task = get(&format!("{}/task", path.trim_end_matches('/'))).and_then(|body| told.read_task(&body));
        container.and(task)
    }
}

impl Default for Ecs {
    fn default() -> Self {
        Self::new()
    }
}

/// The address and the path of `http://169.254.170.2/v4/…`. Names are not resolved: that could take any time.
fn read_endpoint(endpoint: &str) -> Option<(SocketAddr, String)> {
    let rest = endpoint.trim().strip_prefix("http://")?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let address = host.parse().ok().or_else(|| {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !host.ends_with(']') => (name, port.parse().ok()?),
            _ => (host, 80),
        };
        let ip = match name.strip_prefix('[') {
            Some(v6) => IpAddr::V6(v6.strip_suffix(']')?.parse().ok()?),
            None if name.eq_ignore_ascii_case("localhost") => IpAddr::V4(Ipv4Addr::LOCALHOST),
            None => IpAddr::V4(name.parse().ok()?),
        };
        Some(SocketAddr::new(ip, port))
    })?;
    Some((address, if path.is_empty() { "/".to_owned() } else { path.to_owned() }))
}

/// What the endpoint tells.
#[derive(Default)]
struct Told {
    container: Container,
    task: Task,
}

#[derive(Default)]
struct Container {
    id: Option<String>,
    arn: Option<String>,
    log_group: Option<String>,
    log_region: Option<String>,
}

#[derive(Default)]
struct Task {
    arn: Option<String>,
    family: Option<String>,
    cluster: Option<String>,
    launch_type: Option<String>,
    availability_zone: Option<String>,
}

impl Told {
    fn read_container(&mut self, body: &[u8]) -> Result<(), PluginError> {
        let mut container = Container::default();
        json::scalars(body, |place, value| {
            let member = match place {
                ["DockerId"] => &mut container.id,
                ["ContainerARN"] => &mut container.arn,
                ["LogOptions", "awslogs-group"] => &mut container.log_group,
                ["LogOptions", "awslogs-region"] => &mut container.log_region,
                _ => return,
            };
            *member = Some(value.to_owned());
        })
        .map_err(|_| Reason::Malformed("the container's metadata"))?;
        self.container = container;
        Ok(())
    }

    fn read_task(&mut self, body: &[u8]) -> Result<(), PluginError> {
        let mut task = Task::default();
        json::scalars(body, |place, value| {
            let member = match place {
                ["TaskARN"] => &mut task.arn,
                ["Family"] => &mut task.family,
                ["Cluster"] => &mut task.cluster,
                ["LaunchType"] => &mut task.launch_type,
                ["AvailabilityZone"] => &mut task.availability_zone,
                _ => return,
            };
            *member = Some(value.to_owned());
        })
        .map_err(|_| Reason::Malformed("the task's metadata"))?;
        self.task = task;
        Ok(())
    }

    fn whereabouts(&self, name: Option<&str>) -> Whereabouts {
        let (container, task) = (&self.container, &self.task);
        let arn = [&task.arn, &container.arn].into_iter().flatten().find_map(|arn| Arn::parse(arn));
        // Told by its ARN or by its name, as the agent likes.
        let cluster_arn = task.cluster.as_deref().and_then(|cluster| match Arn::parse(cluster) {
            Some(_) => Some(cluster.to_owned()),
            None => arn.map(|arn| arn.cluster(cluster)),
        });
        let group = container.log_group.as_deref();
        let group_arn = group.and_then(|group| Some(arn?.log_group(container.log_region.as_deref(), group)));
        let group = group.map(|log_group| LogGroup { log_group, arn: group_arn.as_deref() });
        let resource = AwsResource {
            account_id: arn.map(|arn| arn.account),
            ecs: Some(xray_recorder_core::Ecs {
                container: name,
                container_id: container.id.as_deref(),
                container_arn: container.arn.as_deref(),
                task_arn: task.arn.as_deref(),
                task_family: task.family.as_deref(),
                cluster_arn: cluster_arn.as_deref(),
                launch_type: task.launch_type.as_deref(),
                availability_zone: task.availability_zone.as_deref(),
            }),
            cloudwatch_logs: group.as_slice(),
            ..AwsResource::default()
        };
        Whereabouts::new(&resource).with_origin("AWS::ECS::Container").with_precedence(Precedence::Ecs)
    }
}

impl Plugin for Ecs {
    fn name(&self) -> &str {
        "ECS"
    }

    fn find(&self) -> Result<Option<Whereabouts>, PluginError> {
        let Some(endpoint) = &self.endpoint else { return Ok(None) };
        let mut told = Told::default();
        if let Err(error) = self.ask(endpoint, &mut told) {
            journal::warn(format_args!("not all is known of the container: {error}"));
        }
        let name = container::host_name(self.host_name.as_deref(), &self.host_name_file);
        Ok(Some(told.whereabouts(name.as_deref())))
    }
}

#[cfg(test)]
mod tests;
