//! The tables in the README, written from the figures that are kept: whatever is between a line `<!-- bench: NAME -->` and the next
//! line `<!-- bench -->`.

use super::record::Medians;
use super::yardstick::{FURTHER, TARGETS};
use super::{growth, machine, memory, table};
use crate::workspace;
use anyhow::{Context as _, Result, ensure};
use std::{fs, path::PathBuf};

/// What ends a table.
const END: &str = "<!-- bench -->\n";

/// Returns what begins the table `name`.
fn begin(name: &str) -> String {
    format!("<!-- bench: {name} -->\n")
}

fn path() -> PathBuf {
    workspace::root().join("README.md")
}

/// Writes the tables of `medians` into the README.
pub(super) fn write(medians: &Medians) -> Result<()> {
    let path = path();
    let text = fs::read_to_string(&path).context("cannot read the README")?;
    fs::write(&path, with_tables(&text, medians)?).context("cannot write the README")?;
    eprintln!("boot: wrote the tables in {}", path.display());
    Ok(())
}

/// Returns `text` with the tables of `medians` in place of what was there.
fn with_tables(text: &str, medians: &Medians) -> Result<String> {
    let targets = table::of_instructions(TARGETS, medians, None) + "\n" + &table::summary(medians);
    let tables = [
        ("targets", targets),
        ("further", table::of_instructions(FURTHER, medians, None)),
        ("growth", growth::tables(medians)),
        ("memory", memory::table(medians)),
        ("machine", machine::table(medians)),
    ];
    tables.iter().try_fold(text.to_owned(), |text, (name, table)| replace(&text, name, table))
}

/// Returns `text` with `table` in the place called `name`.
///
/// # Errors
/// There is no such place, or its end is missing.
fn replace(text: &str, name: &str, table: &str) -> Result<String> {
    let begin = begin(name);
    let (before, rest) = text
        .split_once(&begin)
        .with_context(|| format!("the README has no line {}", begin.trim_end()))?;
    let (old, after) = rest.split_once(END).context("a table in the README does not end")?;
    ensure!(!old.contains("<!-- bench:"), "the table {name} in the README does not end");
    Ok(format!("{before}{begin}\n{}\n\n{END}{after}", table.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::super::record;
    use super::*;

    #[test]
    fn what_is_between_the_marks_is_replaced() {
        let text = "a\n<!-- bench: one -->\nold\n<!-- bench -->\nb\n";
        let new = "a\n<!-- bench: one -->\n\nnew\n\n<!-- bench -->\nb\n";
        assert_eq!(replace(text, "one", "new\n").unwrap(), new);
        assert_eq!(replace(new, "one", "new\n").unwrap(), new);
        assert!(replace(text, "two", "new").is_err());
    }

    #[test]
    fn a_mark_without_its_end_is_noticed() {
        let text = "<!-- bench: one -->\n<!-- bench: two -->\n<!-- bench -->\n";
        assert!(replace(text, "one", "").is_err());
        assert!(replace("<!-- bench: one -->\n", "one", "").is_err());
    }

    #[test]
    fn the_readme_shows_the_figures_that_are_kept() {
        let text = fs::read_to_string(path()).unwrap();
        let written = with_tables(&text, &record::load().unwrap()).unwrap();
        assert!(text == written, "`./x bench readme` writes them");
    }
}
