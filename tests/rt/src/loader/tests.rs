//! Malformed and well-formed files, on the host.

use super::image::{Image, Relocation};
use super::{LoadError, archive};
use abi::layout::USER_END;
use alloc::vec::Vec;
use elf::abi::{
    ET_DYN, ET_EXEC, PT_DYNAMIC, PT_GNU_RELRO, PT_INTERP, PT_LOAD, PT_TLS, R_X86_64_GLOB_DAT,
};

const PAGE: u64 = 4096;

/// A program header as it is written into a test file.
#[derive(Clone, Copy)]
struct Header {
    kind: u32,
    flags: u32,
    offset: u64,
    address: u64,
    in_file: u64,
    in_memory: u64,
}

const READ: u32 = 4;
const WRITE: u32 = 2;
const EXECUTE: u32 = 1;

const TEXT: Header = Header {
    kind: PT_LOAD,
    flags: READ | EXECUTE,
    offset: 0,
    address: 0,
    in_file: 0x800,
    in_memory: 0x800,
};
const DATA: Header = Header {
    kind: PT_LOAD,
    flags: READ | WRITE,
    offset: 0x800,
    address: 0x1800,
    in_file: 0x200,
    in_memory: 0x3000,
};

/// Writes an ELF file of 0xA00 bytes with these program headers.
fn file(kind: u16, entry: u64, headers: &[Header]) -> Vec<u8> {
    let mut file = Vec::from(*b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    file.extend(kind.to_le_bytes());
    file.extend(62_u16.to_le_bytes());
    file.extend(1_u32.to_le_bytes());
    for word in [entry, 64, 0] {
        file.extend(word.to_le_bytes());
    }
    file.extend(0_u32.to_le_bytes());
    for half in [64, 56, u16::try_from(headers.len()).unwrap(), 0, 0, 0] {
        file.extend(half.to_le_bytes());
    }
    for header in headers {
        file.extend(header.kind.to_le_bytes());
        file.extend(header.flags.to_le_bytes());
        for word in
            [header.offset, header.address, header.address, header.in_file, header.in_memory, PAGE]
        {
            file.extend(word.to_le_bytes());
        }
    }
    file.resize(0xA00, 0);
    file
}

/// Adds a dynamic section at 0x800 and one relocation at 0x900 of the file.
fn with_relocation(mut file: Vec<u8>, address: u64, kind: u32) -> Vec<u8> {
    let dynamic: [(u64, u64); 4] = [(7, 0x1900), (8, 24), (9, 24), (0, 0)];
    for (place, word) in
        file[0x800..].chunks_exact_mut(8).zip(dynamic.iter().flat_map(|(tag, value)| [tag, value]))
    {
        place.copy_from_slice(&word.to_le_bytes());
    }
    for (place, word) in file[0x900..].chunks_exact_mut(8).zip([address, u64::from(kind), 0x123]) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    file
}

const DYNAMIC: Header = Header {
    kind: PT_DYNAMIC,
    flags: READ,
    offset: 0x800,
    address: 0x1800,
    in_file: 64,
    in_memory: 64,
};

/// Asserts that parsing fails in one way.
macro_rules! assert_refused {
    ($file:expr, $error:pat) => {
        let file = $file;
        let result = Image::parse(&file);
        assert!(matches!(result, Err($error)), "{result:?}");
    };
}

#[test]
fn a_program_is_taken_apart() {
    let relro = Header { kind: PT_GNU_RELRO, flags: READ, in_memory: 0x900, ..DATA };
    let file = file(ET_DYN, 0x700, &[TEXT, DATA, relro]);
    let image = Image::parse(&file).unwrap();
    assert!(!image.is_fixed);
    assert_eq!(image.span(), 0..0x5000);
    assert_eq!(image.relro, 0x1000..0x2000);
    assert_eq!(image.segments[1].pages(), 0x1000..0x5000);
    assert_eq!(image.segments[1].bytes.len(), 0x200);
    assert!(image.segments[0].is_executable && !image.segments[0].is_writable);
    assert_eq!(image.relocations().count(), 0);
}

#[test]
fn relocations_are_found() {
    let file = with_relocation(file(ET_DYN, 0x700, &[TEXT, DATA, DYNAMIC]), 0x1900, 8);
    let image = Image::parse(&file).unwrap();
    let found: Vec<_> = image.relocations().map(Result::unwrap).collect();
    assert_eq!(found, [Relocation { address: 0x1900, addend: 0x123 }]);
}

#[test]
fn relocations_for_a_linker_are_refused() {
    let file =
        with_relocation(file(ET_DYN, 0x700, &[TEXT, DATA, DYNAMIC]), 0x1900, R_X86_64_GLOB_DAT);
    let image = Image::parse(&file).unwrap();
    assert!(matches!(
        image.relocations().next(),
        Some(Err(LoadError::RelocationKind(R_X86_64_GLOB_DAT)))
    ));
}

#[test]
fn a_relocation_table_outside_the_file_is_refused() {
    let mut file = with_relocation(file(ET_DYN, 0x700, &[TEXT, DATA, DYNAMIC]), 0x1900, 8);
    file[0x818..0x820].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_refused!(file, LoadError::RelocationTable);
}

#[test]
fn a_fixed_program_must_lie_in_the_root_vmar() {
    let low = file(ET_EXEC, 0x700, &[TEXT, DATA]);
    assert!(matches!(
        Image::parse(&low).unwrap().fixed_offset(),
        Err(LoadError::SegmentRange { .. })
    ));
    let high = Header { address: 0x40_0000, ..TEXT };
    let high = file(ET_EXEC, 0x40_0700, &[high]);
    assert_eq!(Image::parse(&high).unwrap().fixed_offset().unwrap(), 0x20_0000);
}

#[test]
fn no_truncated_file_is_accepted_or_panics() {
    let whole = with_relocation(file(ET_DYN, 0x700, &[TEXT, DATA, DYNAMIC]), 0x1900, 8);
    for len in 0..whole.len() {
        assert!(Image::parse(&whole[..len]).is_err(), "{len} bytes");
    }
}

#[test]
fn no_changed_byte_panics() {
    let whole = with_relocation(file(ET_DYN, 0x700, &[TEXT, DATA, DYNAMIC]), 0x1900, 8);
    for at in (0..0x120).chain(0x800..0x918) {
        for value in [0, 1, 0x7F, 0x80, 0xFF] {
            let mut changed = whole.clone();
            changed[at] = value;
            if let Ok(image) = Image::parse(&changed) {
                let _count = image.relocations().count();
            }
        }
    }
}

#[test]
fn impossible_segments_are_refused() {
    let broken = |header| file(ET_DYN, 0x700, &[TEXT, header]);
    assert_refused!(broken(Header { in_file: 0x201, ..DATA }), LoadError::SegmentRange { .. });
    assert_refused!(broken(Header { in_memory: 0x100, ..DATA }), LoadError::SegmentRange { .. });
    assert_refused!(
        broken(Header { address: u64::MAX - 0x10, ..DATA }),
        LoadError::SegmentRange { .. }
    );
    assert_refused!(broken(Header { address: USER_END, ..DATA }), LoadError::SegmentRange { .. });
    assert_refused!(broken(Header { offset: u64::MAX, ..DATA }), LoadError::SegmentRange { .. });
    assert_refused!(
        broken(Header { flags: READ | WRITE | EXECUTE, ..DATA }),
        LoadError::WriteExecute { .. }
    );
    assert_refused!(broken(Header { address: 0x900, ..DATA }), LoadError::SegmentOrder { .. });
    assert_refused!(file(ET_DYN, 0x1900, &[DATA, TEXT]), LoadError::SegmentOrder { .. });
}

#[test]
fn other_files_are_refused() {
    assert_refused!(Vec::from(*b"#!/bin/sh\n"), LoadError::Elf(_));
    assert_refused!(file(1, 0x700, &[TEXT]), LoadError::NotExecutable);
    assert_refused!(
        file(ET_DYN, 0x700, &[TEXT, Header { kind: PT_INTERP, ..DATA }]),
        LoadError::NotStatic
    );
    assert!(Image::parse(&file(ET_DYN, 0x700, &[TEXT, Header { kind: PT_TLS, ..DATA }])).is_ok());
    assert_refused!(
        file(ET_DYN, 0x700, &[Header { kind: PT_TLS, in_memory: 0, ..DATA }]),
        LoadError::Empty
    );
    assert_refused!(file(ET_DYN, 0x1900, &[TEXT, DATA]), LoadError::Entry);
    let mut other_machine = file(ET_DYN, 0x700, &[TEXT]);
    other_machine[18] = 183;
    assert_refused!(other_machine, LoadError::WrongMachine);
}

/// Writes an archive of one file.
fn tar(name: &str, contents: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..136].copy_from_slice(alloc::format!("{:011o}\0", contents.len()).as_bytes());
    header[148..156].fill(b' ');
    header[156] = b'0';
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().copied().map(u32::from).sum();
    header[148..156].copy_from_slice(alloc::format!("{sum:06o}\0 ").as_bytes());
    let mut archive = Vec::from(header);
    archive.extend(contents);
    archive.resize(archive.len().next_multiple_of(512), 0);
    archive.extend([0; 1024]);
    archive
}

#[test]
fn files_are_found_in_an_archive() {
    let archive = tar("bin/init", b"contents");
    assert_eq!(archive::find(&archive, "bin/init").unwrap(), b"contents");
    assert!(matches!(archive::find(&archive, "bin/other"), Err(LoadError::NoFile)));
}

#[test]
fn no_truncated_or_changed_archive_panics() {
    let archive = tar("bin/init", &[7; 700]);
    for len in 0..archive.len() - 512 {
        assert!(
            matches!(archive::find(&archive[..len], "bin/init"), Err(LoadError::Archive(_))),
            "{len} bytes"
        );
    }
    for at in (0..148).chain(156..512) {
        let mut changed = archive.clone();
        changed[at] ^= 0x81;
        assert!(
            matches!(archive::find(&changed, "bin/init"), Err(LoadError::Archive(_))),
            "byte {at}"
        );
    }
}
