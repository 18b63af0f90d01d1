//! A PostgreSQL cluster of its own, as Debian has the programs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::place::{Place, free_port, ran};
use crate::said::{DEADLINE, heard};
use crate::{Server, Unstarted};

/// What it says when it takes connections, in the language `C`.
const READY: &str = "database system is ready to accept connections";

const MISSING: &str = "there is no PostgreSQL; install postgresql";

/// Whether it is installed; otherwise, what to do about it.
///
/// # Errors
///
/// Where it is not.
pub fn check() -> Result<(), Unstarted> {
    programs().map(drop).ok_or_else(|| Unstarted::Missing(MISSING.into()))
}

/// Starts one, in which the user `app` may do everything.
///
/// # Errors
///
/// Where it is not installed, or does not start.
pub fn start() -> Result<Server, Unstarted> {
    let Some(programs) = programs() else { return Err(Unstarted::Missing(MISSING.into())) };
    run(&programs).map_err(|error| Unstarted::Failed(format!("PostgreSQL does not start: {error}")))
}

/// Makes a database in it, and gives the URL of that.
///
/// # Errors
///
/// What the server says.
pub fn create_database(server: &Server, name: &str) -> io::Result<String> {
    let programs = programs().ok_or_else(|| io::Error::other(MISSING))?;
    let mut createdb = Command::new(programs.join("createdb"));
    ran(createdb.arg(format!("--maintenance-db={}/postgres", server.url())).arg(name))?;
    Ok(format!("{}/{name}", server.url()))
}

/// The folder of the newest version's programs.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let versions = versions.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let newest = versions.max()?;
    let programs = PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin"));
    programs.join("initdb").exists().then_some(programs)
}

fn run(programs: &Path) -> io::Result<Server> {
    let place = Place::new("postgres", "postgres")?;
    let data = place.join("data");
    let mut initdb = place.command(&programs.join("initdb"));
    ran(initdb.args(["--username=app", "--auth=trust", "--encoding=UTF8", "--no-sync", "-D"]).arg(&data))?;
    let port = free_port()?;
    // Our child, so that whoever interrupts us interrupts it.
    let mut postgres = place.command(&programs.join("postgres"));
    postgres.arg("-D").arg(&data).arg("-k").arg(place.path());
    postgres.args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]);
    postgres.args(["-c", "max_connections=50"]).env("LC_MESSAGES", "C");
    let mut child = postgres.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let said = child.stderr.take().map(|errors| heard(errors, |line| line.contains(READY).then(String::new)));
    let mut stop = place.command(&programs.join("pg_ctl"));
    stop.args(["stop", "--mode=immediate", "-D"]).arg(&data);
    let mut server = Server {
        url: format!("postgres://app:s3cr3t-password@127.0.0.1:{port}"),
        version: String::new(),
        stop: Box::new(move || {
            if ran(&mut stop).is_err() {
                let _ = child.kill();
            }
            let _ = child.wait();
        }),
        _place: Some(place),
    };
    said.and_then(|said| said.recv_timeout(DEADLINE).ok()).ok_or_else(|| io::Error::other("it is never ready"))?;
    let version = ran(Command::new(programs.join("postgres")).arg("--version"))?;
    server.version = version.replace("postgres (PostgreSQL)", "PostgreSQL");
    Ok(server)
}
