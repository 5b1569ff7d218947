//! What things take of the machine's memory, and the machine itself.

use super::decimal::short;
use super::record::Medians;
use super::table::render;

/// Figures in bytes of kernel memory, and what they are of.
const ROWS: [(&str, &str); 9] = [
    ("bytes_mapping", "mapping of a page, not touched"),
    ("bytes_region", "region"),
    ("bytes_vmo", "memory object without pages"),
    ("bytes_snapshot", "snapshot"),
    ("bytes_handle", "handle"),
    ("bytes_page", "page of an object, beside its 4 096 bytes"),
    ("bytes_page_mapped", "page of an object that is mapped, beside its 4 096 bytes"),
    ("bytes_process", "process that was not started"),
    ("bytes_process_asleep", "process with a page of code whose thread sleeps"),
];

/// Returns the names of the figures.
pub(super) fn names() -> Vec<String> {
    ROWS.map(|(name, _)| name.to_owned()).to_vec()
}

/// Returns the table of those that are known.
pub(super) fn table(medians: &Medians) -> String {
    let mut cells = vec![vec!["each".to_owned(), "bytes".to_owned()]];
    cells.extend(ROWS.iter().filter_map(|(name, title)| {
        let bytes = medians.sum(&[name])?;
        Some(vec![(*title).to_owned(), short(bytes)])
    }));
    if cells.len() > 1 { render(&cells) } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_in_the_table() {
        assert_eq!(table(&Medians::default()), "");
        let medians = Medians::from_iter([("bytes_vmo".to_owned(), 640.5)]);
        let rows: Vec<String> = table(&medians).lines().map(str::to_owned).collect();
        assert_eq!(rows.len(), 3);
        assert!(rows.last().unwrap().ends_with("|   641 |"), "{rows:?}");
    }
}
