//! Where a service runs, as a value that owns its texts.

use std::borrow::Cow;

use xray_recorder_core::{AwsResource, Ec2, Ecs, Eks, ElasticBeanstalk, LogGroup};

/// Log groups that are kept: more would take the room of each segment.
const MAX_LOG_GROUPS: usize = 4;

/// Where a service runs: what a [`Plugin`](super::Plugin) has found.
///
/// ```
/// use xray_recorder::plugins::Whereabouts;
/// use xray_recorder::{AwsResource, Ecs};
///
/// let container = Ecs { container: Some("ip-10-0-0-1"), ..Ecs::default() };
/// let found = Whereabouts::new(&AwsResource { ecs: Some(container), ..AwsResource::default() });
/// let found = found.with_origin("AWS::ECS::Container");
/// assert_eq!(found.origin(), Some("AWS::ECS::Container"));
/// let name = found.with_resource(|resource| resource.ecs.and_then(|ecs| ecs.container).map(str::len));
/// assert_eq!(name, Some(11));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whereabouts {
    precedence: Precedence,
    origin: Option<Cow<'static, str>>,
    account_id: Option<String>,
    ec2: Option<OwnedEc2>,
    ecs: Option<OwnedEcs>,
    eks: Option<OwnedEks>,
    elastic_beanstalk: Option<OwnedElasticBeanstalk>,
    log_groups: Vec<OwnedLogGroup>,
}

/// Whose word counts, the first of them most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Precedence {
    /// A plugin of the user's own.
    #[default]
    Own,
    ElasticBeanstalk,
    Eks,
    Ecs,
    Ec2,
}

/// The same as a type of the core's, with texts of its own; an empty one is none.
macro_rules! owned {
    ($owned:ident of $borrowed:ident { $($text:ident),* } $({ $number:ident: $type:ty })?) => {
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        struct $owned {
            $($text: Option<String>,)*
            $($number: Option<$type>,)?
        }

        impl $owned {
            /// None where nothing is known.
            fn of(borrowed: &$borrowed<'_>) -> Option<Self> {
                let owned = Self { $($text: present(borrowed.$text),)* $($number: borrowed.$number,)? };
                Some(owned).filter(|owned| *owned != Self::default())
            }

            fn borrow(&self) -> $borrowed<'_> {
                $borrowed { $($text: self.$text.as_deref(),)* $($number: self.$number,)? }
            }
        }
    };
}

owned!(OwnedEc2 of Ec2 { instance_id, availability_zone, instance_size, ami_id });
owned!(OwnedEcs of Ecs {
    container, container_id, container_arn, task_arn, task_family, cluster_arn, launch_type, availability_zone
});
owned!(OwnedEks of Eks { pod, cluster_name, container_id });
owned!(OwnedElasticBeanstalk of ElasticBeanstalk { environment_name, version_label } { deployment_id: u64 });

#[derive(Clone, Debug, PartialEq, Eq)]
struct OwnedLogGroup {
    log_group: String,
    arn: Option<String>,
}

impl Whereabouts {
    /// Of this resource, the texts of which are copied. Its `xray` is left out: that is the recorder's to say. Of more
    /// than 4 log groups the first are kept: each segment has them.
    #[must_use]
    pub fn new(resource: &AwsResource<'_>) -> Self {
        let mut found = Self {
            precedence: Precedence::Own,
            origin: None,
            account_id: present(resource.account_id),
            ec2: resource.ec2.as_ref().and_then(OwnedEc2::of),
            ecs: resource.ecs.as_ref().and_then(OwnedEcs::of),
            eks: resource.eks.as_ref().and_then(OwnedEks::of),
            elastic_beanstalk: resource.elastic_beanstalk.as_ref().and_then(OwnedElasticBeanstalk::of),
            log_groups: Vec::new(),
        };
        for group in resource.cloudwatch_logs {
            if let Some(log_group) = present(Some(group.log_group)) {
                found.add_log_group(OwnedLogGroup { log_group, arn: present(group.arn) });
            }
        }
        found
    }

    /// With this origin of segments, such as `AWS::EC2::Instance`; an empty one is none.
    #[must_use]
    pub fn with_origin(mut self, origin: impl Into<Cow<'static, str>>) -> Self {
        self.origin = Some(origin.into()).filter(|origin| !origin.is_empty());
        self
    }

    /// As a plugin of this crate's says it.
    pub(super) fn with_precedence(self, precedence: Precedence) -> Self {
        Self { precedence, ..self }
    }

    /// The origin of segments, where it is known.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// What several plugins have found. Each member is of the first of them that has it, and so is the origin: first
    /// those of the user's own in their order, then [`ElasticBeanstalk`](super::ElasticBeanstalk), [`Eks`](super::Eks),
    /// [`Ecs`](super::Ecs) and [`Ec2`](super::Ec2) in whatever order. The log groups are those of all, each name once.
    #[must_use]
    pub fn merge(found: impl IntoIterator<Item = Self>) -> Self {
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_by_key(|found| found.precedence);
        found.into_iter().reduce(Self::or).unwrap_or_default()
    }

    fn or(mut self, other: Self) -> Self {
        for group in other.log_groups {
            self.add_log_group(group);
        }
        Self {
            precedence: self.precedence,
            origin: self.origin.or(other.origin),
            account_id: self.account_id.or(other.account_id),
            ec2: self.ec2.or(other.ec2),
            ecs: self.ecs.or(other.ecs),
            eks: self.eks.or(other.eks),
            elastic_beanstalk: self.elastic_beanstalk.or(other.elastic_beanstalk),
            log_groups: self.log_groups,
        }
    }

    fn add_log_group(&mut self, group: OwnedLogGroup) {
        if let Some(known) = self.log_groups.iter_mut().find(|known| known.log_group == group.log_group) {
            known.arn = known.arn.take().or(group.arn);
        } else if self.log_groups.len() < MAX_LOG_GROUPS {
            self.log_groups.push(group);
        }
    }

    /// Calls `read` with the resource, for [`Segment::set_aws`](crate::Segment). Nothing is copied or allocated.
    pub fn with_resource<R>(&self, read: impl FnOnce(&AwsResource<'_>) -> R) -> R {
        let mut groups = [LogGroup::default(); MAX_LOG_GROUPS];
        for (group, owned) in groups.iter_mut().zip(&self.log_groups) {
            *group = LogGroup { log_group: &owned.log_group, arn: owned.arn.as_deref() };
        }
        read(&AwsResource {
            account_id: self.account_id.as_deref(),
            xray: None,
            ec2: self.ec2.as_ref().map(OwnedEc2::borrow),
            ecs: self.ecs.as_ref().map(OwnedEcs::borrow),
            eks: self.eks.as_ref().map(OwnedEks::borrow),
            elastic_beanstalk: self.elastic_beanstalk.as_ref().map(OwnedElasticBeanstalk::borrow),
            cloudwatch_logs: groups.get(..self.log_groups.len()).unwrap_or_default(),
        })
    }
}

fn present(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests;
