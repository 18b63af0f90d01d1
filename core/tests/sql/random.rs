//! Random statements: whatever a text is, and statements of which it is known what is a literal.

use xray_recorder_core::testing::SeededRng;
use xray_recorder_core::{Dialect, redact_sql};

use crate::{DIALECTS, redacted};

/// Rounds for each dialect.
const ROUNDS: usize = 4_000;

/// Pieces of any statement, between bars.
const PIECES: &str = concat!(
    "'¦'¦''¦\"¦`¦\\¦\\'¦\\\"¦$¦$$¦$a$¦$1¦@¦@1¦#¦-¦--¦-- ¦/¦/*¦*/¦/*!¦/*M!¦*¦[¦]¦]]¦(¦)¦,¦;¦:¦::¦:1¦?¦?1¦%¦%s¦.¦..¦=¦=>¦",
    " ¦ ¦  ¦\n¦\r¦\r\n¦\t¦E¦e'¦N'¦q'¦q'[¦]'¦nq'!¦!'¦U&'¦x'¦_utf8'¦1¦42¦1e¦0x¦1.¦.5¦e-5¦\\\n¦a¦a1¦größe¦£¦漢¦🙈¦",
    "SELECT ¦IDENTIFIED¦ BY ¦VALUES ¦PASSWORD¦REPLACE ¦COPY ¦ STDIN",
);

/// The same for what may be within quotes.
const INSIDE: &str = "'¦\"¦`¦\\¦[¦]¦$¦$$¦$a$¦--¦-- ¦/*¦*/¦#¦;¦\n¦ ¦,¦(¦=¦a¦1¦E'¦q'[¦]'¦N'¦größe¦🙈¦?¦:1";

struct Random(SeededRng);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        (self.0.next_u64() % bound as u64) as usize
    }

    fn one<'o>(&mut self, of: &[&'o str]) -> &'o str {
        of[self.below(of.len())]
    }

    fn text(&mut self, of: &str, most: usize) -> String {
        let pieces: Vec<&str> = of.split('¦').collect();
        (0..self.below(most + 1)).map(|_| self.one(&pieces)).collect()
    }
}

#[test]
fn whatever_the_text_it_is_redacted_and_once_is_enough() {
    let mut random = Random(SeededRng::new(7));
    for _ in 0..ROUNDS {
        let statement = random.text(PIECES, 24);
        for dialect in DIALECTS {
            redacted(&statement, dialect);
        }
    }
}

#[test]
fn a_text_of_any_bytes_is_redacted() {
    let mut random = Random(SeededRng::new(8));
    for _ in 0..ROUNDS {
        let bytes: Vec<u8> = (0..random.below(60)).map(|_| random.0.next_u64() as u8).collect();
        for dialect in DIALECTS {
            redacted(&String::from_utf8_lossy(&bytes), dialect);
        }
    }
}

/// A token, and what becomes of it.
type Token = (String, String);

/// The dialects, by what the tokens of this test need to know of them.
fn has_backslash(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::MySql | Dialect::Redshift)
}

fn is_postgres(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::PostgreSql | Dialect::Redshift)
}

fn nests(dialect: Dialect) -> bool {
    is_postgres(dialect) || dialect == Dialect::SqlServer
}

fn literal(random: &mut Random, dialect: Dialect) -> Token {
    let inside = format!("{}SECRET{}", random.text(INSIDE, 6), random.text(INSIDE, 6));
    let quoted = |quote: &str, escapes: bool, random: &mut Random| {
        let inside = if escapes { inside.replace('\\', "\\\\") } else { inside.clone() };
        let escaped = if escapes && random.below(2) == 0 { format!("\\{quote}") } else { quote.repeat(2) };
        format!("{quote}{}{quote}", inside.replace(quote, &escaped))
    };
    let escapes = has_backslash(dialect);
    let text = match random.below(8) {
        0 | 1 => quoted("'", escapes, random),
        2 => format!("N{}", quoted("'", escapes, random)),
        3 if is_postgres(dialect) => format!("E{}", quoted("'", true, random)),
        3 | 4 if matches!(dialect, Dialect::MySql | Dialect::Sqlite) => quoted("\"", escapes, random),
        4 if is_postgres(dialect) => {
            let tag = random.one(&["$$", "$b$", "$größe$"]);
            format!("{tag} {} {tag}", inside.replace(tag, "").trim_matches('$'))
        }
        3 | 4 if dialect == Dialect::Oracle => {
            let (opening, closing) = [("[", "]"), ("{", "}"), ("!", "!"), ("漢", "漢"), ("<", ">")][random.below(5)];
            let inside = inside.replace(closing, "");
            format!("q'{opening}{inside}{closing}'")
        }
        5 => random.one(&["42", "4.2", ".42", "42.", "4e2", "4.2E-42", "0x42", "4_2"]).to_owned(),
        6 if dialect == Dialect::SqlServer => random.one(&["$42", "$4.2", "£42", "0x42"]).to_owned(),
        _ => "'SECRET'".to_owned(),
    };
    let becomes = if text.starts_with('£') { "£?" } else { "?" };
    (text, becomes.to_owned())
}

fn name(random: &mut Random, dialect: Dialect) -> Token {
    let inside = format!("x{}", random.text(INSIDE, 8));
    let text = match (random.below(3), dialect) {
        (0, _) => random.one(&["a", "t1", "größe2", "v$x", "_3", "q", "e", "n"]).to_owned(),
        (_, Dialect::MySql) => format!("`{}`", inside.replace('`', "``")),
        (1, Dialect::Sqlite) => format!("`{}`", inside.replace('`', "``")),
        (_, Dialect::Sqlite) => format!("[{}]", inside.replace(']', "")),
        (1, Dialect::SqlServer) => format!("[{}]", inside.replace(']', "]]")),
        _ => format!("\"{}\"", inside.replace('"', "\"\"")),
    };
    (text.clone(), text)
}

fn comment(random: &mut Random, dialect: Dialect) -> Token {
    let inside = format!("{}SECRET{}", random.text(INSIDE, 5), random.text(INSIDE, 5));
    let inside = inside.replace(['*', '/'], "");
    let block = |inside: &str| format!("/* {inside} */");
    let line = inside.replace(['\n', '\r'], "");
    let text = match random.below(5) {
        0 if nests(dialect) => format!("/* {} {} SECRET*/", block(&inside), block(&inside)),
        0 => format!("/* /* {inside} */"),
        1 if dialect == Dialect::MySql => format!("#{line}\n"),
        1 => format!("--{line}\n"),
        2 => format!("-- {line}\n"),
        _ => block(&inside),
    };
    (text, String::new())
}

#[test]
fn in_a_random_statement_of_a_dialect_literals_go_and_all_else_stays() {
    let mut random = Random(SeededRng::new(9));
    for dialect in DIALECTS.into_iter().filter(|dialect| *dialect != Dialect::Generic) {
        for _ in 0..ROUNDS {
            let (mut statement, mut expected) = ("SELECT ".to_owned(), "SELECT ".to_owned());
            for _ in 0..random.below(12) {
                let (text, becomes) = match random.below(4) {
                    0 => comment(&mut random, dialect),
                    1 => name(&mut random, dialect),
                    _ => literal(&mut random, dialect),
                };
                statement += &text;
                statement.push(' ');
                if !becomes.is_empty() {
                    let operator = random.one(&[", ", "= ", "AND ", "|| ", "(", ") ", "f( "]);
                    statement += operator;
                    expected = expected + &becomes + " " + operator;
                    // What goes takes the blanks behind it along only if there is one before.
                    if operator == "(" {
                        statement.push(' ');
                        expected.push(' ');
                    }
                }
            }
            assert_eq!(redacted(&statement, dialect), expected, "{statement:?} as {dialect:?}");
            let generic = redacted(&statement, Dialect::Generic);
            assert!(
                !generic.contains("SECRET") && !generic.contains("42"),
                "{statement:?}, of {dialect:?}: {generic:?}"
            );
        }
    }
}

#[test]
fn a_long_hostile_text_takes_no_more_than_its_length() {
    // Were it quadratic, this would take hours.
    let length = 1 << 18;
    let hostile = concat!(
        "[¦]¦[[]¦/*¦/*!¦$¦$a¦$a$b¦$a$ $b¦'¦''¦\\'¦q'¦q'[¦E'a' ¦`¦\"¦-¦--¦#¦1¦1.¦.1¦1e¦a¦ ¦\n¦;¦; ¦; \n¦IDENTIFIED BY ¦",
        "PASSWORD = ¦COPY STDIN ¦a,¦/**/¦/**/ ¦x/**/¦ESCAPE '\\'¦ESCAPE    ¦:1¦?1¦@1¦漢1¦$$漢¦1 ¦'' \"\" ¦\"\"``",
    );
    for piece in hostile.split('¦') {
        for start in ["", "SELECT ", "CREATE ", "SELECT [", "CREATE USER a IDENTIFIED BY "] {
            let statement = start.to_owned() + &piece.repeat(length / piece.len() / DIALECTS.len());
            for dialect in DIALECTS {
                let pieces: usize = redact_sql(&statement, dialect).map(str::len).sum();
                assert!(pieces <= 2 * statement.len());
            }
        }
    }
}
