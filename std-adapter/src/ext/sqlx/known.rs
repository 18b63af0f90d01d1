//! A query taken apart.

use std::mem;

use sqlx::error::BoxDynError;
use sqlx::{Database, Execute, SqlStr};

use crate::Preparation;

/// What a driver asks of a query, whose statement can be read only by taking it.
pub(super) struct Known<DB: Database> {
    statement: Option<DB::Statement>,
    arguments: Result<Option<DB::Arguments>, BoxDynError>,
    is_persistent: bool,
    sql: SqlStr,
}

impl<DB: Database> Known<DB> {
    pub(super) fn of<'q>(mut query: impl Execute<'q, DB>) -> Self {
        let statement = query.statement().cloned();
        let arguments = query.take_arguments();
        Self { statement, arguments, is_persistent: query.persistent(), sql: query.sql() }
    }

    pub(super) fn text(&self) -> &str {
        self.sql.as_str()
    }

    pub(super) fn preparation(&self) -> Option<Preparation> {
        // Without arguments, even none, it is text for the database.
        matches!(self.arguments, Ok(None)).then_some(()).map_or(Some(Preparation::Statement), |()| None)
    }
}

impl<DB: Database> Execute<'_, DB> for Known<DB> {
    fn sql(self) -> SqlStr {
        self.sql
    }

    fn statement(&self) -> Option<&DB::Statement> {
        self.statement.as_ref()
    }

    fn take_arguments(&mut self) -> Result<Option<DB::Arguments>, BoxDynError> {
        mem::replace(&mut self.arguments, Ok(None))
    }

    fn persistent(&self) -> bool {
        self.is_persistent
    }
}
