//! Dialects of SQL, as far as literals go.

/// Which characters begin and end a literal, and which an identifier or a comment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// Not known which: whatever is a literal or a comment in one of them is taken for one. A backslash before a quote
    /// can be read in two ways; everything from there on is left out.
    #[default]
    Generic,
    /// PostgreSQL and what speaks like it: Redshift, CockroachDB.
    PostgreSql,
    /// MySQL and MariaDB, in their default mode: double quotes are strings.
    MySql,
    /// SQLite, where what is in double quotes may be a string.
    Sqlite,
    /// Microsoft SQL Server.
    SqlServer,
    /// Oracle.
    Oracle,
}

impl Dialect {
    /// The dialect of a database by the name that drivers give it, in any case: `PostgreSQL`, `Aurora MySQL`,
    /// `sqlite3`, `MS SQL`; [`Dialect::Generic`] where it is none of these.
    ///
    /// ```
    /// use xray_recorder_core::Dialect;
    ///
    /// assert_eq!(Dialect::of("Aurora PostgreSQL"), Dialect::PostgreSql);
    /// assert_eq!(Dialect::of("mariadb"), Dialect::MySql);
    /// assert_eq!(Dialect::of("FileMaker"), Dialect::Generic);
    /// ```
    #[must_use]
    pub fn of(database_type: &str) -> Self {
        const NAMES: [(&str, Dialect); 11] = [
            ("postgres", Dialect::PostgreSql),
            ("redshift", Dialect::PostgreSql),
            ("cockroach", Dialect::PostgreSql),
            ("mysql", Dialect::MySql),
            ("mariadb", Dialect::MySql),
            ("sqlite", Dialect::Sqlite),
            ("sqlserver", Dialect::SqlServer),
            ("sql server", Dialect::SqlServer),
            ("mssql", Dialect::SqlServer),
            ("ms sql", Dialect::SqlServer),
            ("oracle", Dialect::Oracle),
        ];
        let holds = |name: &str| {
            database_type.as_bytes().windows(name.len()).any(|part| part.eq_ignore_ascii_case(name.as_bytes()))
        };
        NAMES.iter().find(|(name, _)| holds(name)).map_or(Self::Generic, |&(_, dialect)| dialect)
    }

    /// Whether a backslash escapes in every string.
    pub(super) const fn has_backslashes(self) -> bool {
        matches!(self, Self::MySql)
    }

    /// Whether what is in double quotes is, or may be, a string.
    pub(super) const fn has_double_quoted_strings(self) -> bool {
        matches!(self, Self::Generic | Self::MySql | Self::Sqlite)
    }

    /// Whether brackets hold identifiers.
    pub(super) const fn has_bracketed_names(self) -> bool {
        matches!(self, Self::Sqlite | Self::SqlServer)
    }

    /// Whether `#` begins a comment.
    pub(super) const fn has_hash_comments(self) -> bool {
        matches!(self, Self::Generic | Self::MySql)
    }

    pub(super) const fn has_nested_comments(self) -> bool {
        matches!(self, Self::Generic | Self::PostgreSql | Self::SqlServer)
    }

    /// Whether `$tag$` quotes.
    pub(super) const fn has_dollar_quotes(self) -> bool {
        matches!(self, Self::Generic | Self::PostgreSql)
    }

    /// Whether `$1` is a parameter.
    pub(super) const fn has_dollar_parameters(self) -> bool {
        matches!(self, Self::PostgreSql | Self::Sqlite)
    }

    /// Whether `:1` is a parameter.
    pub(super) const fn has_colon_parameters(self) -> bool {
        matches!(self, Self::Oracle | Self::Sqlite)
    }

    /// Whether `?1` is a parameter.
    pub(super) const fn has_question_parameters(self) -> bool {
        matches!(self, Self::Sqlite)
    }

    /// Whether `q'[…]'` quotes.
    pub(super) const fn has_q_quotes(self) -> bool {
        matches!(self, Self::Generic | Self::Oracle)
    }
}
