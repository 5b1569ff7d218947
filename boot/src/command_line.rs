//! The words handed to the kernel and to init in the ramdisk's `cmdline` file.
//!
//! Words are separated by spaces, so a space inside a word travels as `%20`, and `%` itself as `%25`; line breaks, which would end
//! the file's one line, likewise. Words that the kernel knows (`log=`, `seed=`, `test=`, …) it keeps, the others are init's arguments.

use crate::cli::Options;

/// What is booted, as far as init has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Every demo program.
    Demo,
    /// One program from outside, which is `bin/program` in the ramdisk.
    Program,
    /// The tests of the kernel and of ring 3.
    Tests,
}

/// Returns the one line that tells kernel and init what to do.
pub(crate) fn words(purpose: Purpose, options: &Options) -> String {
    let seed = options.seed.map(|seed| format!("seed={seed}"));
    let rest = options.rest.iter().map(|word| encode(word));
    // A NUL is dropped on the way in, so that this is the word of no bytes.
    let arguments =
        rest.clone().skip(1).map(|word| if word.is_empty() { "%00".into() } else { word });
    let purpose: Vec<String> = match (&options.cmdline, purpose) {
        (Some(words), _) => vec![words.clone()],
        (None, Purpose::Demo) => vec!["init demo".into()],
        (None, Purpose::Program) => {
            std::iter::once("log=warn init run program".into()).chain(arguments).collect()
        }
        (None, Purpose::Tests) => {
            let filter = encode(&options.filter());
            let words = format!("test={filter} debug-calls=on init suite {filter}");
            vec![words.trim_end().to_owned()]
        }
    };
    seed.into_iter().chain(purpose).collect::<Vec<_>>().join(" ")
}

/// Replaces what would end a word, or the line.
fn encode(word: &str) -> String {
    let mut encoded = String::with_capacity(word.len());
    for character in word.chars() {
        match character {
            '%' | ' ' | '\t' | '\n' | '\r' => {
                encoded.push_str(&format!("%{:02X}", u32::from(character)))
            }
            other => encoded.push(other),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use clap::Parser as _;

    fn words_of(purpose: Purpose, arguments: &[&str]) -> String {
        match Cli::parse_from(["boot", "run"].iter().chain(arguments)).command {
            Command::Run { options, .. } => words(purpose, &options),
            _ => unreachable!("asked for run"),
        }
    }

    #[test]
    fn each_purpose_has_its_words() {
        assert_eq!(words_of(Purpose::Demo, &[]), "init demo");
        assert_eq!(words_of(Purpose::Tests, &[]), "test= debug-calls=on init suite");
        assert_eq!(words_of(Purpose::Tests, &["vmar"]), "test=vmar debug-calls=on init suite vmar");
        assert_eq!(words_of(Purpose::Program, &["a.elf"]), "log=warn init run program");
    }

    #[test]
    fn an_empty_argument_is_one() {
        assert_eq!(
            words_of(Purpose::Program, &["a.elf", "", "x"]),
            "log=warn init run program %00 x"
        );
    }

    #[test]
    fn arguments_keep_their_spaces() {
        assert_eq!(
            words_of(Purpose::Program, &["a.elf", "two words", "100%"]),
            "log=warn init run program two%20words 100%25"
        );
    }

    #[test]
    fn a_given_line_stands_alone_but_for_the_seed() {
        assert_eq!(
            words_of(Purpose::Demo, &["--seed", "7", "--cmdline", "canary=panic"]),
            "seed=7 canary=panic"
        );
    }
}
