//! What the targets have been given before, again.

use std::{fs, path::Path};

/// Calls `check` with each input that is kept for a target.
fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let entries = fs::read_dir(folder).expect("a folder of inputs");
    let paths: Vec<_> = entries.map(|entry| entry.expect("an input").path()).collect();
    assert!(!paths.is_empty(), "nothing is kept for {target}");
    for path in paths {
        let bytes = fs::read(&path).expect("an input");
        let result = std::panic::catch_unwind(|| check(&bytes));
        assert!(result.is_ok(), "for {}", path.display());
    }
}

#[test]
fn archives_that_were_found_before() {
    replay("archive", fuzz_targets::archive::check);
}

#[test]
fn calls_that_were_found_before() {
    replay("calls", fuzz_targets::calls::check);
}

#[test]
fn elf_files_that_were_found_before() {
    replay("elf", fuzz_targets::elf::check);
}
