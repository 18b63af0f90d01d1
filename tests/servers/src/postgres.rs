//! A PostgreSQL cluster of its own, as Debian has the programs.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::place::{Place, free_port, ran};
use crate::{Server, Unstarted};

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
    let mut createdb = std::process::Command::new(programs.join("createdb"));
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

fn run(programs: &std::path::Path) -> io::Result<Server> {
    let place = Place::new("postgres", "postgres")?;
    let data = place.join("data");
    let mut initdb = place.command(&programs.join("initdb"));
    ran(initdb.args(["--username=app", "--auth=trust", "--encoding=UTF8", "--no-sync", "-D"]).arg(&data))?;
    let port = free_port()?;
    let folder = place.path().display();
    let options = format!("-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=50");
    let log = place.join("log");
    let mut start = place.command(&programs.join("pg_ctl"));
    // It waits until the server takes connections.
    start.args(["start", "--wait", "--timeout=60", "-o", &options, "-D"]).arg(&data).arg("-l").arg(&log);
    start.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let status = start.stdin(std::process::Stdio::null()).status()?;
    let mut stop = place.command(&programs.join("pg_ctl"));
    stop.args(["stop", "--mode=immediate", "-D"]).arg(&data);
    let mut server = Server {
        url: format!("postgres://app:s3cr3t-password@127.0.0.1:{port}"),
        version: String::new(),
        stop: Box::new(move || {
            let _ = ran(&mut stop);
        }),
        _place: Some(place),
    };
    if !status.success() {
        return Err(io::Error::other(fs::read_to_string(log).unwrap_or_default()));
    }
    let version = ran(std::process::Command::new(programs.join("postgres")).arg("--version"))?;
    server.version = version.replace("postgres (PostgreSQL)", "PostgreSQL");
    Ok(server)
}
