//! The figures of the main branch, kept in the repository so that a change shows what it did.

use super::figures::Figures;
use crate::workspace;
use anyhow::{Context as _, Result};
use std::{collections::BTreeMap, fs, path::PathBuf};

/// Medians by name.
pub(super) type Record = BTreeMap<String, f64>;

/// Returns where they are kept.
fn path() -> PathBuf {
    workspace::root().join("tests/bench/results.json")
}

/// Returns what is kept; nothing if nothing is.
pub(super) fn load() -> Result<Record> {
    let path = path();
    if !path.exists() {
        return Ok(Record::new());
    }
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} makes no sense", path.display()))
}

/// Keeps `figures` in place of what was kept.
pub(super) fn save(figures: &Figures) -> Result<()> {
    let path = path();
    let record: Record =
        figures.iter().map(|(name, figure)| (name.to_owned(), figure.median)).collect();
    let text = serde_json::to_string_pretty(&record).context("cannot write JSON")? + "\n";
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("boot: kept {} figures in {}", record.len(), path.display());
    Ok(())
}
