//! Finding files in an archive.

use rt::loader::archive;

/// Looks for files, among them the one that the archive seems to begin with.
///
/// # Panics
/// If what is found is no part of the archive, or somebody else's.
pub fn check(bytes: &[u8]) {
    let first = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    let first = std::str::from_utf8(first).unwrap_or("cmdline");
    for name in [first, "bin/init", ""] {
        let Ok(file) = archive::find(bytes, name) else { continue };
        let all = bytes.as_ptr_range();
        let found = file.as_ptr_range();
        let is_inside = all.start <= found.start && found.end <= all.end;
        assert!(is_inside || file.is_empty(), "{name:?} is outside");
    }
}
