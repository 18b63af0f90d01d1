//! The tests of SQL integrations, with databases that are started for them and stopped again.

use servers::{Server, Unstarted, mariadb, postgres};

use crate::process::{self, Done, Stop};
use crate::workspace::Workspace;

/// Starts PostgreSQL and MariaDB, runs the tests, which find them by variables, and stops them.
pub(crate) fn step(workspace: &Workspace) -> Done {
    let postgres = postgres::start().map_err(Stop::from);
    let mariadb = mariadb::start().map_err(Stop::from);
    let mut command = workspace.cargo(["test", "-p", "sql"]);
    for (variable, server) in [("SQL_TEST_POSTGRES", &postgres), ("SQL_TEST_MARIADB", &mariadb)] {
        match server {
            Ok(server) => _ = command.env(variable, server.url()),
            Err(Stop::Skipped(_)) => _ = command.env_remove(variable),
            Err(failed) => return Err(failed.clone()),
        }
    }
    process::run(&mut command)?;
    let versions: Vec<String> =
        [postgres?, mariadb?].iter().map(|server: &Server| server.version().to_owned()).collect();
    Ok(format!("SQLite, {}", versions.join(", ")))
}

impl From<Unstarted> for Stop {
    fn from(unstarted: Unstarted) -> Self {
        match unstarted {
            Unstarted::Missing(what) => Self::Skipped(what),
            other => Self::Failed(other.to_string()),
        }
    }
}
