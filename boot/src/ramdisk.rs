//! The ramdisk: a tar archive of the command line and the programs.
//!
//! ```text
//! cmdline        one line: what kernel and init are to do
//! bin/init       the program that the kernel starts
//! bin/NAME       the programs that init can start
//! data/NAME      what they look at
//! ```

use crate::data::Data;
use crate::programs::Program;
use anyhow::{Context as _, Result, ensure};
use std::{collections::BTreeSet, fs, io::Write, path::Path};

/// Writes the archive to `path`. The same contents give the same bytes.
pub(crate) fn write(path: &Path, cmdline: &str, programs: &[Program], data: &[Data]) -> Result<()> {
    let file =
        fs::File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
    let mut archive = tar::Builder::new(file);
    append(&mut archive, "cmdline", cmdline.as_bytes())?;
    let mut names = BTreeSet::new();
    for program in programs {
        ensure!(names.insert(&program.name), "two programs are called {}", program.name);
        let bytes = program.load()?;
        append(&mut archive, &format!("bin/{}", program.name), &bytes)?;
    }
    for data in data {
        append(&mut archive, &format!("data/{}", data.name), &data.bytes)?;
    }
    archive.finish().context("cannot finish the ramdisk")
}

/// Appends one file.
fn append(archive: &mut tar::Builder<impl Write>, name: &str, bytes: &[u8]) -> Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o555);
    archive
        .append_data(&mut header, name, bytes)
        .with_context(|| format!("cannot add {name} to the ramdisk"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn the_archive_holds_the_line_the_programs_and_their_data() {
        let folder = tempfile::tempdir().unwrap();
        let (source, archive) = (folder.path().join("source"), folder.path().join("archive"));
        fs::write(&source, b"not an ELF file").unwrap();
        let programs = [Program::from_outside("program", &source)];
        let data = [Data { name: "numbers", bytes: b"1 2 3".into() }];
        write(&archive, "init demo", &programs, &data).unwrap();

        let mut read = tar::Archive::new(fs::File::open(&archive).unwrap());
        let contents: Vec<(String, String)> = read
            .entries()
            .unwrap()
            .map(|entry| {
                let mut entry = entry.unwrap();
                let mut text = String::new();
                entry.read_to_string(&mut text).unwrap();
                (entry.path().unwrap().display().to_string(), text)
            })
            .collect();
        let expected = [
            ("cmdline", "init demo"),
            ("bin/program", "not an ELF file"),
            ("data/numbers", "1 2 3"),
        ];
        assert_eq!(contents, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }

    #[test]
    fn two_programs_of_one_name_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("source");
        fs::write(&source, b"").unwrap();
        let programs =
            [Program::from_outside("twin", &source), Program::from_outside("twin", &source)];
        let error = write(&folder.path().join("archive"), "", &programs, &[]).unwrap_err();
        assert!(error.to_string().contains("twin"), "{error}");
    }
}
