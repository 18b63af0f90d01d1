//! Where a server lives, and as whom it runs.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of its own, which goes with this.
pub(crate) struct Place {
    folder: PathBuf,
    /// Databases do not run as root: then, as whom.
    user: Option<&'static str>,
}

impl Place {
    /// A folder that belongs to the user the server runs as: `user`, if we are root, and else ourselves.
    pub(crate) fn new(name: &str, user: &'static str) -> io::Result<Self> {
        let folder = Self::made(name)?;
        let is_root = is_root(&folder)?;
        let place = Self { folder, user: is_root.then_some(user) };
        if is_root {
            let mut chown = Command::new("chown");
            ran(chown.arg(format!("{user}:")).arg(&place.folder))?;
        }
        Ok(place)
    }

    /// A folder that was not there before, whatever a process of the same number has left.
    fn made(name: &str) -> io::Result<PathBuf> {
        let base = std::env::temp_dir().join(format!("xray-recorder-{name}-{}", std::process::id()));
        let mut folder = base.clone();
        for further in 1..100 {
            match fs::create_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    folder = base.with_extension(further.to_string());
                }
                made => return made.map(|()| folder),
            }
        }
        Err(io::Error::from(io::ErrorKind::AlreadyExists))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A program, as the user the server runs as.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = match self.user {
            Some(user) => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", user, "--regid", user, "--clear-groups", "--"]).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Whether we are root, by whom a folder of ours belongs to.
#[cfg(unix)]
fn is_root(folder: &Path) -> io::Result<bool> {
    Ok(std::os::unix::fs::MetadataExt::uid(&fs::metadata(folder)?) == 0)
}

#[cfg(not(unix))]
fn is_root(_: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Runs a command in silence; what it said is in the error.
pub(crate) fn ran(command: &mut Command) -> io::Result<String> {
    let output = command.stdin(std::process::Stdio::null()).output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(io::Error::other(format!("{:?}: {}", command.get_program(), String::from_utf8_lossy(&said).trim())))
}

/// A port that is free at this moment.
pub(crate) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
