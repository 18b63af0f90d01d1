//! The command line.

use std::path::PathBuf;

use crate::{ambient_peer, core_peer, std_peer};

/// How the program is used.
pub(crate) const USAGE: &str = "\
usage: bench [--quick] [--json FILE] [--only core|std|limits] [--without-valgrind]

  --quick             leave out times; count instructions, allocations, datagrams and bytes
  --json FILE         write the figures of core and std, with the limits beside them, to FILE
  --only PEER         measure this peer and the limits, or the limits alone
  --without-valgrind  do not fail when instructions cannot be counted because valgrind is missing";

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// No times.
    pub(crate) quick: bool,
    /// Where the figures go.
    pub(crate) json: Option<PathBuf>,
    /// Which peers are measured.
    pub(crate) only: Option<Only>,
    /// Whether counting may be left out.
    pub(crate) without_valgrind: bool,
}

/// A part of the peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Only {
    /// The core and the limits.
    Core,
    /// The std adapter and the limits.
    Std,
    /// The limits.
    Limits,
}

impl Only {
    /// Whether the peer of this name, which is no limit, takes part.
    pub(crate) fn wants(self, peer: &str) -> bool {
        match self {
            Self::Core => peer == core_peer::NAME,
            Self::Std => peer == std_peer::NAME || peer == ambient_peer::NAME,
            Self::Limits => false,
        }
    }
}

impl Options {
    /// Reads the arguments behind the program's name.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => options.quick = true,
                "--without-valgrind" => options.without_valgrind = true,
                "--json" => {
                    let file = arguments.next().ok_or("--json wants a file")?;
                    options.json = Some(file.into());
                }
                "--only" => {
                    options.only = Some(match arguments.next().as_deref() {
                        Some("core") => Only::Core,
                        Some("std") => Only::Std,
                        Some("limits") => Only::Limits,
                        _ => return Err("--only wants core, std or limits".into()),
                    });
                }
                _ => return Err(format!("unknown argument {argument}")),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options, String> {
        Options::parse(arguments.iter().map(ToString::to_string))
    }

    #[test]
    fn all_options_are_read() {
        let options = parse(&["--quick", "--json", "figures.json", "--only", "std", "--without-valgrind"]);
        let expected =
            Options { quick: true, json: Some("figures.json".into()), only: Some(Only::Std), without_valgrind: true };
        assert_eq!(options, Ok(expected));
        assert_eq!(parse(&[]), Ok(Options::default()));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(parse(&["--only", "go"]).is_err());
        assert!(parse(&["--json"]).is_err());
        assert!(parse(&["--fast"]).is_err());
    }
}
