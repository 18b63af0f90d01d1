//! The tests of SQL integrations, with databases that are started for them and stopped again.

use servers::{Server, Unstarted, mariadb, postgres};

use crate::process::{self, Done, Stop};
use crate::workspace::Workspace;

/// The tests that want a server, by the files they stand in: there they are ignored.
const OF_POSTGRES: [&str; 4] = ["--test", "postgres", "--test", "beside_tracing"];
const OF_MARIADB: [&str; 2] = ["--test", "mariadb"];

/// Runs the tests that want no server, and, with PostgreSQL and MariaDB started, those that do.
pub(crate) fn step(workspace: &Workspace) -> Done {
    process::run(&mut workspace.cargo(["test", "-p", "sql"]))?;
    let beside = |server: Result<Server, Unstarted>, variable: &str, tests: &[&str]| {
        let server = server?;
        let mut command = workspace.cargo(["test", "-p", "sql"]);
        process::run(command.args(tests).args(["--", "--ignored"]).env(variable, server.url()))?;
        Ok::<_, Stop>(server.version().to_owned())
    };
    let postgres = beside(postgres::start(), "SQL_TEST_POSTGRES", &OF_POSTGRES);
    let mariadb = beside(mariadb::start(), "SQL_TEST_MARIADB", &OF_MARIADB);
    Ok(format!("SQLite, {}, {}", postgres?, mariadb?))
}

impl From<Unstarted> for Stop {
    fn from(unstarted: Unstarted) -> Self {
        match unstarted {
            Unstarted::Missing(what) => Self::Skipped(what),
            other => Self::Failed(other.to_string()),
        }
    }
}
