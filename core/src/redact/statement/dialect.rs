//! The languages that databases take for SQL, and what they differ in here.

/// Whose SQL a statement is: it decides where a string ends and what is a comment.
///
/// Only what is known should be named: [`Generic`](Self::Generic) redacts most, and is safe for all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// Not known: wherever databases differ, the reading that shows least.
    #[default]
    Generic,
    /// PostgreSQL and what speaks its language, Aurora and RDS among them.
    PostgreSql,
    /// Amazon Redshift: as PostgreSQL, with backslash escapes in every string.
    Redshift,
    /// MySQL and MariaDB.
    MySql,
    /// SQLite.
    Sqlite,
    /// Microsoft SQL Server and Azure SQL.
    SqlServer,
    /// Oracle Database.
    Oracle,
}

impl Dialect {
    /// The dialect of a database by its name, as in [`Sql::database_type`](crate::Sql::database_type), in any case. The
    /// name may stand within a longer text. One that is not known, or a text with two, is
    /// [`Generic`](Self::Generic).
    ///
    /// ```
    /// use xray_recorder_core::Dialect;
    ///
    /// assert_eq!(Dialect::of("Aurora PostgreSQL"), Dialect::PostgreSql);
    /// assert_eq!(Dialect::of("MariaDB"), Dialect::MySql);
    /// assert_eq!(Dialect::of("sqlite3"), Dialect::Sqlite);
    /// assert_eq!(Dialect::of("MS SQL"), Dialect::SqlServer);
    /// assert_eq!(Dialect::of("Db2"), Dialect::Generic);
    /// ```
    #[must_use]
    pub fn of(database_type: &str) -> Self {
        // Names, each with the digit of its dialect behind it: a table of texts is longer than the texts.
        const NAMES: &[u8] =
            b"postgres1pgsql1redshift2mysql3mariadb3mssql5ms sql5sqlite4sql server5sqlserver5sql_server5oracle6";
        let mut found = 0;
        let mut rest = database_type.as_bytes();
        while !rest.is_empty() {
            // Most letters begin none of the names.
            let first = rest.first().map(u8::to_ascii_lowercase);
            let names = if matches!(first, Some(b'm' | b'o' | b'p' | b'r' | b's')) { NAMES } else { &[] };
            let mut length = 1;
            for name in names.split_inclusive(u8::is_ascii_digit) {
                let Some((dialect, name)) = name.split_last() else { continue };
                if rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
                    if found != 0 && found != *dialect {
                        return Self::Generic;
                    }
                    found = *dialect;
                    // So that what is left of `MySQL Server` does not name another.
                    length = name.len();
                }
            }
            rest = rest.get(length..).unwrap_or_default();
        }
        match found {
            b'1' => Self::PostgreSql,
            b'2' => Self::Redshift,
            b'3' => Self::MySql,
            b'4' => Self::Sqlite,
            b'5' => Self::SqlServer,
            b'6' => Self::Oracle,
            _ => Self::Generic,
        }
    }

    pub(super) const fn rules(self) -> Rules {
        use Rules as R;
        const BOTH_QUOTED: u16 = R::DOUBLE_QUOTED_STRINGS | R::BACKTICK_NAMES;
        const POSTGRES: u16 = R::NESTED_COMMENTS | R::DOLLAR_QUOTES | R::RETURN_ENDS_LINE;
        const MYSQL: u16 = R::BACKSLASH_ESCAPES | R::DASHES_NEED_BLANK | R::HASH_COMMENTS | R::CODE_IN_COMMENTS;
        const SQL_SERVER: u16 = R::DOUBLED_BRACKETS | R::HASH_IN_NAMES | R::NESTED_COMMENTS | R::AMOUNTS;
        let rules = match self {
            Self::Generic => BOTH_QUOTED | R::IN_DOUBT | R::CODE_IN_COMMENTS | R::DOLLAR_QUOTES | R::AMOUNTS,
            Self::PostgreSql => POSTGRES,
            Self::Redshift => POSTGRES | R::BACKSLASH_ESCAPES,
            Self::MySql => BOTH_QUOTED | MYSQL | R::DOLLAR_QUOTES | R::NUMBERED_VARIABLES,
            Self::Sqlite => BOTH_QUOTED | R::BRACKET_NAMES | R::DOLLAR_QUOTES | R::NUMBERED_VARIABLES,
            Self::SqlServer => SQL_SERVER | R::BRACKET_NAMES | R::DOLLAR_QUOTES | R::NUMBERED_VARIABLES,
            Self::Oracle => R::HASH_IN_NAMES,
        };
        Rules { rules, name_quote: if rules & R::BACKTICK_NAMES != 0 { b'`' } else { b'"' } }
    }
}

/// What a dialect has of all that differs.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    rules: u16,
    name_quote: u8,
}

impl Rules {
    /// It is not known which dialect it is.
    pub(super) const IN_DOUBT: u16 = 1;
    /// `"…"` is or may be a string.
    pub(super) const DOUBLE_QUOTED_STRINGS: u16 = 1 << 1;
    /// `` `…` `` is a name.
    pub(super) const BACKTICK_NAMES: u16 = 1 << 2;
    /// `[…]` is a name.
    pub(super) const BRACKET_NAMES: u16 = 1 << 3;
    /// `]]` stands for a bracket in such a name.
    pub(super) const DOUBLED_BRACKETS: u16 = 1 << 4;
    /// In every string, and not only in `E'…'`.
    pub(super) const BACKSLASH_ESCAPES: u16 = 1 << 5;
    /// `#` begins a comment.
    pub(super) const HASH_COMMENTS: u16 = 1 << 6;
    /// `#` is part of a name.
    pub(super) const HASH_IN_NAMES: u16 = 1 << 7;
    /// `--` begins a comment only before white space, a control character or the end.
    pub(super) const DASHES_NEED_BLANK: u16 = 1 << 8;
    /// A comment may stand within a comment.
    pub(super) const NESTED_COMMENTS: u16 = 1 << 9;
    /// `/*!…*/` is or may be code.
    pub(super) const CODE_IN_COMMENTS: u16 = 1 << 10;
    /// `$$…$$` and `$tag$…$tag$` are strings, or mean nothing. Oracle has `$$name`.
    pub(super) const DOLLAR_QUOTES: u16 = 1 << 11;
    /// `$5` is or may be an amount, and not a placeholder.
    pub(super) const AMOUNTS: u16 = 1 << 12;
    /// `@1` is a variable, and not an operator before a number.
    pub(super) const NUMBERED_VARIABLES: u16 = 1 << 13;
    /// A carriage return ends a line.
    pub(super) const RETURN_ENDS_LINE: u16 = 1 << 14;

    #[inline(always)]
    pub(super) const fn has(self, rule: u16) -> bool {
        self.rules & rule != 0
    }

    /// What stands around names.
    #[inline(always)]
    pub(super) const fn name_quote(self) -> u8 {
        self.name_quote
    }
}

#[cfg(test)]
mod tests {
    use super::Dialect::{self, Generic, MySql, Oracle, PostgreSql, Redshift, SqlServer, Sqlite};

    #[test]
    fn a_dialect_is_known_by_the_names_that_drivers_and_sdks_give() {
        for (name, expected) in [
            ("PostgreSQL", PostgreSql),
            ("postgresql", PostgreSql),
            ("Postgres", PostgreSql),
            ("POSTGRES", PostgreSql),
            ("Aurora PostgreSQL", PostgreSql),
            ("pgsql", PostgreSql),
            ("Redshift", Redshift),
            ("Amazon Redshift", Redshift),
            ("MySQL", MySql),
            ("mysql", MySql),
            ("MySQL Server", MySql),
            ("Aurora MySQL", MySql),
            ("MariaDB", MySql),
            ("SQLite", Sqlite),
            ("sqlite3", Sqlite),
            ("MS SQL", SqlServer),
            ("mssql", SqlServer),
            ("SQL Server", SqlServer),
            ("Microsoft SQL Server", SqlServer),
            ("microsoft.sql_server", SqlServer),
            ("sqlserver", SqlServer),
            ("Oracle", Oracle),
            ("oracle.db", Oracle),
            ("Oracle Database 19c", Oracle),
            ("", Generic),
            ("Unknown", Generic),
            ("SQL", Generic),
            ("H2", Generic),
            ("Db2", Generic),
            ("ClickHouse", Generic),
            ("Snowflake", Generic),
            ("Ora", Generic),
            ("Postgre", Generic),
        ] {
            assert_eq!(Dialect::of(name), expected, "{name}");
        }
    }

    #[test]
    fn a_text_that_names_two_dialects_names_none() {
        assert_eq!(Dialect::of("Oracle MySQL"), Generic);
        assert_eq!(Dialect::of("PostgreSQL 8.0.2, Redshift"), Generic);
        assert_eq!(Dialect::of("MySQL or MariaDB"), MySql);
    }
}
