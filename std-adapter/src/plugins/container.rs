//! What a container can tell of itself: its host name, and its id.

use std::path::Path;

use super::file;

/// Where the host name stands.
pub(super) const HOST_NAME_FILE: &str = "/etc/hostname";

/// Where the control groups stand.
pub(super) const GROUPS: &str = "/proc/self/cgroup";

/// Where the mounts stand.
pub(super) const MOUNTS: &str = "/proc/self/mountinfo";

/// Bytes of the longest host name.
const MAX_HOST_NAME: u64 = 1024;

/// Bytes that are read of what the kernel says: a node has many mounts.
const MAX_PROC: u64 = 512 * 1024;

/// Hexadecimal digits of an id.
const ID_LENGTH: usize = 64;

/// The host name: what the environment says, or else the file.
pub(super) fn host_name(environment: Option<&str>, file: &Path) -> Option<String> {
    let present = |name: &str| Some(name.trim()).filter(|name| !name.is_empty()).map(str::to_owned);
    environment.and_then(present).or_else(|| present(&file::text(file, MAX_HOST_NAME)?))
}

/// The id of the container by the control group it is in, as the file of the groups or that of the mounts tells.
pub(super) fn id(cgroup: &Path, mounts: &Path) -> Option<String> {
    let by_group = file::text(cgroup, MAX_PROC).and_then(|text| id_of_groups(&text).map(str::to_owned));
    by_group.or_else(|| file::text(mounts, MAX_PROC).and_then(|text| id_of_mounts(&text).map(str::to_owned)))
}

/// Lines are `hierarchy:controllers:path`.
fn id_of_groups(text: &str) -> Option<&str> {
    text.lines().find_map(|line| id_of_path(line.splitn(3, ':').nth(2)?))
}

/// Lines are `id parent device root mount-point options … - type source options`.
///
/// Only control groups count: paths of files that are mounted, such as `/etc/hostname`, have in Kubernetes the id of the
/// pod's sandbox, which is another container.
fn id_of_mounts(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        let (mount, filesystem) = line.split_once(" - ")?;
        if !filesystem.starts_with("cgroup") {
            return None;
        }
        id_of_path(mount.split(' ').nth(3)?)
    })
}

/// The innermost id: that of the container itself, where containers run in others.
fn id_of_path(path: &str) -> Option<&str> {
    let is_id =
        |part: &&str| part.len() == ID_LENGTH && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    path.rsplit(|character: char| !character.is_ascii_alphanumeric()).find(is_id)
}

#[cfg(test)]
mod tests {
    use super::super::file::temporary::Folder;
    use super::*;

    const ID: &str = "1386c43a1bbaab84be4a9d0b2e3a9d5ac2e8d3b3a7ab2d65fc0ba5e92d3a58f7";
    const OTHER: &str = "ffffc43a1bbaab84be4a9d0b2e3a9d5ac2e8d3b3a7ab2d65fc0ba5e92d3a58f7";

    #[test]
    fn an_id_is_read_of_the_groups_of_each_runtime() {
        for line in [
            format!("12:memory:/kubepods/burstable/pod0e08e3c5-8d6c-4ac7-8d9b-8c7b55d22f11/{ID}"),
            format!(
                "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0e08.slice/cri-containerd-{ID}.scope"
            ),
            format!("11:cpu:/system.slice/containerd.service/kubepods-burstable-pod0e08.slice:cri-containerd:{ID}"),
            format!("9:devices:/ecs/8f03e41243824aea923aca126495f665/{ID}"),
            format!("1:name=systemd:/docker/{OTHER}/kubepods/pod1/{ID}"),
            format!("0::/system.slice/docker-{ID}.scope/init.scope"),
        ] {
            assert_eq!(id_of_groups(&format!("13:pids:/\nnonsense\n{line}\n")), Some(ID), "{line}");
        }
    }

    #[test]
    fn what_is_not_64_digits_is_no_id() {
        let (short, upper) = (&ID[1..], ID.to_uppercase());
        for path in ["/", "", "/user.slice", &format!("/{short}"), &format!("/{ID}0"), &format!("/{upper}")] {
            assert_eq!(id_of_groups(&format!("0::{path}")), None, "{path}");
        }
        assert_eq!(id_of_groups(&format!("/{ID}")), None, "not of a group");
    }

    #[test]
    fn of_the_mounts_only_groups_tell_the_id() {
        let sandbox =
            format!("660 659 0:1 /var/lib/containerd/sandboxes/{OTHER}/hostname /etc/hostname rw - ext4 /dev/a rw");
        let docker =
            format!("661 659 0:1 /var/lib/docker/containers/{OTHER}/hostname /etc/hostname rw - ext4 /dev/a rw");
        let group = format!("664 663 0:31 /../cri-containerd-{ID}.scope /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw");
        let namespaced = "664 663 0:31 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw";
        assert_eq!(id_of_mounts(&[&*sandbox, &*docker, "- -", namespaced, &*group].join("\n")), Some(ID));
        assert_eq!(id_of_mounts(&[&*sandbox, &*docker, namespaced].join("\n")), None);
    }

    #[test]
    fn the_mounts_are_asked_where_the_groups_say_nothing() {
        let folder = Folder::new();
        let mounts = folder.file("mounts", format!("1 2 0:3 /{ID} /sys/fs/cgroup rw - cgroup2 cgroup rw\n"));
        let namespaced = folder.file("namespaced", "0::/\n");
        let groups = folder.file("groups", format!("0::/{OTHER}\n"));
        assert_eq!(id(&namespaced, &mounts).as_deref(), Some(ID));
        assert_eq!(id(&folder.path("missing"), &mounts).as_deref(), Some(ID));
        assert_eq!(id(&groups, &mounts).as_deref(), Some(OTHER));
        assert_eq!(id(&namespaced, &folder.path("missing")), None);
    }

    #[test]
    fn the_environment_tells_the_host_name_or_else_the_file_does() {
        let folder = Folder::new();
        let file = folder.file("hostname", "ip-10-0-0-1\n");
        assert_eq!(host_name(Some("pod-1"), &file).as_deref(), Some("pod-1"));
        for absent in [None, Some(""), Some(" ")] {
            assert_eq!(host_name(absent, &file).as_deref(), Some("ip-10-0-0-1"));
        }
        assert_eq!(host_name(None, &folder.file("empty", "\n")), None);
        assert_eq!(host_name(None, &folder.path("missing")), None);
    }
}
