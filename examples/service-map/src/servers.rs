//! What the services need: started if it is to be found, and stopped in the end.

use std::env;
use std::path::PathBuf;

use servers::{Server, Unstarted, moto, postgres};

use crate::Failure;

/// The database and the DynamoDB of the shop.
pub(crate) struct Servers {
    /// The server itself, and the URL of the database in it.
    postgres: Option<(Server, String)>,
    moto: Option<Server>,
    /// Where SQLite is, without PostgreSQL.
    file: PathBuf,
}

/// Which servers are to be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Those that are found.
    Found,
    /// All, or it is a failure.
    All,
    /// None.
    Nothing,
}

impl Wanted {
    /// What the command line asks for.
    pub(crate) fn from_arguments() -> Result<Self, Failure> {
        let mut arguments = env::args().skip(1);
        match (arguments.next().as_deref(), arguments.next()) {
            (None, None) => Ok(Self::Found),
            (Some("--all"), None) => Ok(Self::All),
            (Some("--without-servers"), None) => Ok(Self::Nothing),
            _ => Err("usage: service-map [--all | --without-servers]".into()),
        }
    }
}

impl Servers {
    /// Starts what there is, and says what there is not.
    pub(crate) fn start(wanted: Wanted) -> Result<Self, Failure> {
        let file = env::temp_dir().join(format!("service-map-{}.db", std::process::id()));
        if wanted == Wanted::Nothing {
            return Ok(Self { postgres: None, moto: None, file });
        }
        let postgres = match found(postgres::start(), "SQLite it is", wanted)? {
            Some(server) => {
                let url = postgres::create_database(&server, "books")?;
                Some((server, url))
            }
            None => None,
        };
        let python = env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
        let moto = found(moto::start(python), "the shop knows its carts by heart", wanted)?;
        Ok(Self { postgres, moto, file })
    }

    pub(crate) fn database_url(&self) -> String {
        match &self.postgres {
            Some((_, url)) => url.clone(),
            None => format!("sqlite://{}?mode=rwc", self.file.display()),
        }
    }

    pub(crate) fn dynamodb(&self) -> Option<&str> {
        self.moto.as_ref().map(Server::url)
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // Without PostgreSQL there is one, which nobody else has.
        let _ = std::fs::remove_file(&self.file);
    }
}

fn found(server: Result<Server, Unstarted>, instead: &str, wanted: Wanted) -> Result<Option<Server>, Failure> {
    match server {
        Ok(server) => {
            println!("{}", server.version());
            Ok(Some(server))
        }
        Err(Unstarted::Missing(what)) if wanted == Wanted::Found => {
            println!("{what}: {instead}");
            Ok(None)
        }
        Err(other) => Err(other.into()),
    }
}
