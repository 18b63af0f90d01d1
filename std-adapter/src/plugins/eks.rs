//! EKS.

use std::env;
use std::path::PathBuf;

use xray_recorder_core::{AwsResource, LogGroup};

use super::whereabouts::Precedence;
use super::{Plugin, PluginError, Whereabouts, container};

const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// Whether the service runs in a pod of Kubernetes, by the token of its service account: the pod's name, the
/// container's id, and the cluster's name. Its origin is `AWS::EKS::Container`.
///
/// * A pod without a token (`automountServiceAccountToken: false`) is not recognized.
/// * The pod's name is the host's: `HOSTNAME`, or else `/etc/hostname`.
/// * The cluster's name is the one that [`Eks::cluster_name`] gives, or else that of the variable `CLUSTER_NAME`. The
///   API server, which the Java SDK asks for it, is not asked: that takes TLS, which this crate has not.
/// * With the cluster's name goes the log group of Container Insights,
///   `/aws/containerinsights/<cluster>/application`.
/// * The container's id is that of its control group. Where groups have a namespace of their own, as with version 2 of
///   them, a container does not see its id, and none is told.
#[derive(Clone, Debug)]
pub struct Eks {
    cluster_name: Option<String>,
    host_name: Option<String>,
    token: PathBuf,
    host_name_file: PathBuf,
    groups: PathBuf,
    mounts: PathBuf,
}

impl Eks {
    /// As the environment is now.
    #[must_use]
    pub fn new() -> Self {
        Self::of(|variable| env::var(variable).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            cluster_name: variable("CLUSTER_NAME"),
            host_name: variable("HOSTNAME"),
            token: TOKEN.into(),
            host_name_file: container::HOST_NAME_FILE.into(),
            groups: container::GROUPS.into(),
            mounts: container::MOUNTS.into(),
        }
    }

    /// In the cluster of this name, whatever `CLUSTER_NAME` says.
    #[must_use]
    pub fn cluster_name(self, name: impl Into<String>) -> Self {
        Self { cluster_name: Some(name.into()), ..self }
    }
}

impl Default for Eks {
    fn default() -> Self {
        Self::new()
    }
}

impl Plugin for Eks {
    fn name(&self) -> &str {
        "EKS"
    }

    fn find(&self) -> Result<Option<Whereabouts>, PluginError> {
        if !self.token.exists() {
            return Ok(None);
        }
        let pod = container::host_name(self.host_name.as_deref(), &self.host_name_file);
        let container_id = container::id(&self.groups, &self.mounts);
        let cluster = self.cluster_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let log_group = cluster.map(|cluster| format!("/aws/containerinsights/{cluster}/application"));
        let log_group = log_group.as_deref().map(|log_group| LogGroup { log_group, arn: None });
        let resource = AwsResource {
            eks: Some(xray_recorder_core::Eks {
                pod: pod.as_deref(),
                cluster_name: cluster,
                container_id: container_id.as_deref(),
            }),
            cloudwatch_logs: log_group.as_slice(),
            ..AwsResource::default()
        };
        Ok(Some(Whereabouts::new(&resource).with_origin("AWS::EKS::Container").with_precedence(Precedence::Eks)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::temporary::Folder;
    use super::*;

    const ID: &str = "1386c43a1bbaab84be4a9d0b2e3a9d5ac2e8d3b3a7ab2d65fc0ba5e92d3a58f7";

    /// A pod of which every file is in this folder.
    fn pod(folder: &Folder, variable: impl Fn(&str) -> Option<String>) -> Eks {
        Eks {
            token: folder.path("token"),
            host_name_file: folder.path("hostname"),
            groups: folder.path("cgroup"),
            mounts: folder.path("mountinfo"),
            ..Eks::of(variable)
        }
    }

    fn described(plugin: &Eks) -> String {
        let found = plugin.find().unwrap().expect("a pod");
        assert_eq!(found.origin(), Some("AWS::EKS::Container"));
        found.with_resource(|resource| {
            let eks = resource.eks.unwrap_or_default();
            let groups: Vec<_> = resource.cloudwatch_logs.iter().map(|group| (group.log_group, group.arn)).collect();
            format!("{:?} {:?} {:?} {groups:?}", eks.pod, eks.cluster_name, eks.container_id)
        })
    }

    #[test]
    fn a_pod_tells_its_name_its_cluster_and_its_container() {
        let folder = Folder::new();
        folder.file("token", "");
        folder.file("cgroup", format!("1:cpu:/kubepods/pod1/{ID}\n"));
        let plugin = pod(&folder, |name| match name {
            "HOSTNAME" => Some("checkout-5d9".to_owned()),
            "CLUSTER_NAME" => Some("shop".to_owned()),
            _ => None,
        });
        assert_eq!(
            described(&plugin),
            format!(
                "Some(\"checkout-5d9\") Some(\"shop\") Some({ID:?}) \
                 [(\"/aws/containerinsights/shop/application\", None)]"
            )
        );
        let plugin = plugin.cluster_name("other");
        assert!(described(&plugin).contains("/aws/containerinsights/other/application"));
    }

    #[test]
    fn a_pod_that_can_tell_nothing_is_one_all_the_same() {
        let folder = Folder::new();
        folder.file("token", "");
        assert_eq!(described(&pod(&folder, |_| None)), "None None None []");
        folder.file("hostname", "checkout-5d9\n");
        folder.file("cgroup", "0::/\n");
        folder.file("mountinfo", b"\xff\xfe garbage\n");
        assert_eq!(described(&pod(&folder, |_| Some(" ".to_owned()))), "Some(\"checkout-5d9\") None None []");
    }

    #[test]
    fn without_a_token_the_service_runs_elsewhere() {
        let folder = Folder::new();
        folder.file("cgroup", format!("1:cpu:/kubepods/pod1/{ID}\n"));
        assert!(pod(&folder, |_| Some("shop".to_owned())).find().unwrap().is_none());
    }
}
