//! Medians by name; those of the main branch are kept in the repository, so that a change shows what it did.

use crate::workspace;
use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fs, path::PathBuf};

/// Medians by name; a name that ends in `@N` belongs to a series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Medians(BTreeMap<String, f64>);

impl Medians {
    /// Returns the sum of those of `names`, if all are there.
    pub(super) fn sum(&self, names: &[impl AsRef<str>]) -> Option<f64> {
        names.iter().map(|name| self.0.get(name.as_ref())).sum()
    }

    /// Returns the sizes of the series `stem`, in order.
    pub(super) fn sizes(&self, stem: &str) -> Vec<u64> {
        let parts = self.0.keys().filter_map(|name| name.split_once('@'));
        let sizes = parts.filter(|(name, _)| *name == stem);
        let mut sizes: Vec<u64> = sizes.filter_map(|(_, size)| size.parse().ok()).collect();
        sizes.sort_unstable();
        sizes
    }

    /// Drops those whose names `is_kept` does not hold for.
    pub(super) fn retain(&mut self, is_kept: fn(&str) -> bool) {
        self.0.retain(|name, _| is_kept(name));
    }

    /// Puts in those of `other`, in place of what was there under their names.
    pub(super) fn update(&mut self, other: &Self) {
        self.0.extend(other.0.iter().map(|(name, median)| (name.clone(), *median)));
    }
}

impl FromIterator<(String, f64)> for Medians {
    fn from_iter<I: IntoIterator<Item = (String, f64)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// Returns where they are kept.
fn path() -> PathBuf {
    workspace::root().join("tests/bench/results.json")
}

/// Returns what is kept; nothing if nothing is.
pub(super) fn load() -> Result<Medians> {
    let path = path();
    if !path.exists() {
        return Ok(Medians::default());
    }
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} makes no sense", path.display()))
}

/// Keeps `medians` in place of what was kept.
pub(super) fn save(medians: &Medians) -> Result<()> {
    let path = path();
    let text = serde_json::to_string_pretty(medians).context("cannot write JSON")? + "\n";
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("boot: kept {} figures in {}", medians.0.len(), path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn medians(pairs: &[(&str, f64)]) -> Medians {
        pairs.iter().map(|(name, median)| ((*name).to_owned(), *median)).collect()
    }

    #[test]
    fn sums_need_all_their_parts() {
        let medians = medians(&[("map", 2.0), ("unmap", 3.0)]);
        assert_eq!(medians.sum(&["map", "unmap"]), Some(5.0));
        assert_eq!(medians.sum(&["map", "protect"]), None);
    }

    #[test]
    fn sizes_are_those_of_one_series_in_order() {
        let names = [("map@1000", 0.0), ("map@9", 0.0), ("map", 0.0), ("map_chosen@5", 0.0)];
        assert_eq!(medians(&names).sizes("map"), [9, 1000]);
    }

    #[test]
    fn an_update_leaves_the_others() {
        let mut kept = medians(&[("map", 2.0), ("unmap", 3.0)]);
        kept.update(&medians(&[("unmap", 4.0), ("protect", 5.0)]));
        assert_eq!(kept, medians(&[("map", 2.0), ("protect", 5.0), ("unmap", 4.0)]));
        kept.retain(|name| name != "unmap");
        assert_eq!(kept, medians(&[("map", 2.0), ("protect", 5.0)]));
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(text, r#"{"map":2.0,"protect":5.0}"#);
    }
}
