//! A MariaDB server of its own.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::place::{Place, free_port, ran};
use crate::{Server, Unstarted};

const MISSING: &str = "there is no MariaDB; install mariadb-server";

const SERVER: &str = "/usr/sbin/mariadbd";

/// Starts one, in which the user `app` may do everything in a database `shop`.
///
/// # Errors
///
/// Where it is not installed, or does not start.
pub fn start() -> Result<Server, Unstarted> {
    if !Path::new(SERVER).exists() {
        return Err(Unstarted::Missing(MISSING.into()));
    }
    run().map_err(|error| Unstarted::Failed(format!("MariaDB does not start: {error}")))
}

fn run() -> io::Result<Server> {
    let place = Place::new("mariadb", "mysql")?;
    let (data, socket) = (place.join("data"), place.join("socket"));
    let mut install = place.command(&PathBuf::from("mariadb-install-db"));
    install.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
    ran(install.arg(format!("--datadir={}", data.display())))?;
    let port = free_port()?;
    let mut command = place.command(&PathBuf::from(SERVER));
    command.args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-log-bin"]).arg(format!("--port={port}"));
    command.arg(format!("--datadir={}", data.display())).arg(format!("--socket={}", socket.display()));
    let log = File::create(place.join("log"))?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let mut child = command.spawn()?;
    let at = format!("--socket={}", socket.display());
    let admin = move |arguments: &[&str]| {
        let mut admin = std::process::Command::new("mariadb-admin");
        ran(admin.args(["--no-defaults", "--user=root", &at]).args(arguments))
    };
    let stopping = admin.clone();
    let mut server = Server {
        url: format!("mysql://app:s3cr3t-password@127.0.0.1:{port}"),
        version: String::new(),
        stop: Box::new(move || {
            if stopping(&["shutdown"]).is_err() {
                let _ = child.kill();
            }
            let _ = child.wait();
        }),
        _place: Some(place),
    };
    // It tries again, once a second.
    admin(&["--wait=60", "--connect-timeout=5", "ping"])?;
    let mut client = std::process::Command::new("mariadb");
    client.args(["--no-defaults", "--user=root", "-e"]);
    client.arg(
        "CREATE DATABASE shop; CREATE USER app@'%' IDENTIFIED BY 's3cr3t-password'; GRANT ALL ON shop.* TO app@'%'",
    );
    ran(client.arg(format!("--socket={}", socket.display())))?;
    let version = ran(std::process::Command::new(SERVER).arg("--version"))?;
    let number = version.split_whitespace().nth(2).unwrap_or_default();
    server.version = format!("MariaDB {}", number.split('-').next().unwrap_or_default());
    Ok(server)
}
