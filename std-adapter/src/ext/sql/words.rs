//! What a database says of an error, without the values that it may tell.
//!
//! Databases quote what they were given: `Duplicate entry 'alice@example.com' for key`, `invalid input syntax for type integer:
//! "hunter2"`, and what a function raises may be anything. They quote it in ways that cannot be told from the rest. So a
//! word is shown only if it is known to be none of the values.

/// The words that messages are made of.
const KNOWN: &str = "
    a abort aborted access acquire active administrator after aggregate allowed already ambiguous an and any
    argument arguments array as at attempt attempted attempting authentication background be before begin begin_with
    bigint bind blob block boolean bounds broken busy but by bytea bytes call can cancel canceled canceling
    cancelled cannot cast changed char character check child clause clauses close closed collation column columns
    command commands commit communicate communicating compiled concurrent concurrently configuration conflict
    conflicting connect connection connections constraint constraints conversion convert corresponds corrupt could
    count crashed create current cursor data database datatype date deadlock decimal decode decoding default delete
    deleted denied dependencies depth detected did different directory disk division do does doesn't double driver
    due duplicate encode encoding encountered end entry enum error establish exceeded execute exist existing exists
    expected expression expressions fail failed fails failure fatal field file float for foreign format found from
    full function functions given got group has have host id identifier ignored image in incomplete incorrect index
    input insert inserted insufficient integer interrupted interval into invalid is isn't it join json jsonb key
    keys least len length limit line list lock locked logic long lost malformed manual many mapping mariadb match
    matching maximum mean memory mismatch missing modify more multiple must mysql name named names near needed new
    no non-zero not null number numeric object occurred of offset on one only open operation operator option or
    order os out overflow panic parameter parameters parent parser passed password path permission permitted pool
    precision prepare prepared primary privilege privileges procedure provided queries query quoted range reached
    read read-only reading readonly real recovery reference referenced references refused regular relation release
    reset resource restarting results returned returns right role rollback row rows savepoint schema select sequence
    serialize server set shutdown single single-threaded size smallint specified sql stack start started statement
    statements status still store string such syntax system table tables terminated terminating text than that the
    there this time timed timeout timestamp tls to token too transaction trigger truncated try trying type types
    unable unclosed undefined unexpected union unique unknown unrecognized unsupported unterminated until unwinding
    update updated use used user using utf-8 uuid valid value values varchar varying version view violates violation
    wait waiting was were when where while with within without worker write writing wrong you your zero";

/// What stands around words without being part of one.
const AROUND: &[char] =
    &['"', '\'', '`', ',', ';', ':', '.', '(', ')', '[', ']', '«', '»', '„', '“', '”', '‘', '’', '!', '?'];

/// No message is longer than this many bytes.
const MOST: usize = 1_000;

/// The message with `?` in place of each word that may be a value. Those stay that messages are made of, that `shown` has, which
/// is recorded beside the message, and those of `names`.
pub(super) fn without_values(message: &str, shown: &str, names: &[&str]) -> String {
    let mut told = String::new();
    let mut hides = false;
    for word in message.split_whitespace() {
        let core = word.trim_matches(AROUND);
        let is_told = core.is_empty() || is_known(core) || names.contains(&core) || is_shown(core, shown, names);
        if is_told || !hides {
            if !told.is_empty() {
                told.push(' ');
            }
            told += if is_told { word } else { "?" };
        }
        hides = !is_told;
        if told.len() > MOST {
            break;
        }
    }
    told
}

fn is_known(word: &str) -> bool {
    let is_sign = matches!(word, "=" | "<" | ">" | "-" | "--");
    is_sign || KNOWN.split_ascii_whitespace().any(|known| known.eq_ignore_ascii_case(word))
}

/// Whether what is told beside has the name, or all parts of it: `orders.id`.
fn is_shown(name: &str, shown: &str, names: &[&str]) -> bool {
    name.split('.').all(|part| has_word(shown, part) || names.iter().any(|name| has_word(name, part)))
}

/// Whether the text has the word, with neither a letter nor a digit beside it.
fn has_word(text: &str, word: &str) -> bool {
    let is_inner = |c: char| c.is_alphanumeric() || c == '_';
    let is_name = word.starts_with(|c: char| c.is_alphabetic() || c == '_') && word.chars().all(is_inner);
    is_name
        && text.match_indices(word).any(|(at, _)| {
            let (before, behind) =
                (text.get(..at).unwrap_or_default(), text.get(at + word.len()..).unwrap_or_default());
            !before.ends_with(is_inner) && !behind.starts_with(is_inner)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: &str = r#"{"sql":{"sanitized_query":"INSERT INTO users (email, age) VALUES (?, ?)"}}"#;

    #[test]
    fn what_a_database_says_is_told_without_the_values_it_quotes() {
        for (said, told) in [
            // PostgreSQL.
            (
                r#"duplicate key value violates unique constraint "users_email_key""#,
                r#"duplicate key value violates unique constraint "users_email_key""#,
            ),
            (r#"invalid input syntax for type integer: "hunter2""#, "invalid input syntax for type integer: ?"),
            (r#"invalid input syntax for type date: "4 of hunter 2""#, "invalid input syntax for type date: ? of ?"),
            (
                r#"column "email" of relation "users" does not exist"#,
                r#"column "email" of relation "users" does not exist"#,
            ),
            (r#"syntax error at or near "'hunter2'""#, "syntax error at or near ?"),
            ("canceling statement due to statement timeout", "canceling statement due to statement timeout"),
            ("value too long for type character varying(5)", "value too long for type character ?"),
            ("card 4242 of alice@example.com declined", "? of ?"),
            // MySQL.
            ("Duplicate entry 'alice@example.com' for key 'users.email'", "Duplicate entry ? for key 'users.email'"),
            ("Table 'shop.users' doesn't exist", "Table ? doesn't exist"),
            (
                "check the manual that corresponds to your version for the right syntax to use near ''hunter2' OR 1' at line 1",
                "check the manual that corresponds to your version for the right syntax to use near ? OR ? at line ?",
            ),
            // SQLite.
            ("UNIQUE constraint failed: users.email, users.age", "UNIQUE constraint failed: users.email, users.age"),
            ("no such column: hunter2", "no such column: ?"),
            (r#"unrecognized token: "'hunter2"#, "unrecognized token: ?"),
            (r#"near "SELEKT": syntax error"#, "near ? syntax error"),
            // The libraries themselves.
            (
                "Execute returned results - did you mean to call query?",
                "Execute returned results - did you mean to call query?",
            ),
            ("Query is not read-only", "Query is not read-only"),
            (
                "attempted to acquire a connection on a closed pool",
                "attempted to acquire a connection on a closed pool",
            ),
            ("error with configuration: hunter2", "error with configuration: ?"),
            (
                "attempted to communicate with a crashed background worker",
                "attempted to communicate with a crashed background worker",
            ),
            (
                "got unexpected connection status after attempting to begin transaction",
                "got unexpected connection status after attempting to begin transaction",
            ),
            ("unexpected null; try decoding as an `Option`", "unexpected null; try decoding as an `Option`"),
            ("", ""),
        ] {
            assert_eq!(without_values(said, SHOWN, &["users_email_key", "users"]), told);
        }
    }

    #[test]
    fn a_part_of_a_word_is_no_word() {
        assert_eq!(without_values("use mail: ser", SHOWN, &[]), "use ?");
        assert_eq!(without_values("near é", "é", &[]), "near é");
        assert_eq!(without_values("near 1", "v1 1", &[]), "near ?");
    }

    #[test]
    fn a_message_has_an_end() {
        assert!(without_values(&"error ".repeat(10_000), "", &[]).len() <= MOST + 10);
    }
}
