//! Why a program cannot be loaded.

use abi::Status;
use core::fmt;
use elf::ParseError;
use tar_no_std::CorruptDataError;

/// Why a program cannot be loaded.
#[derive(Debug)]
pub enum LoadError {
    /// A call failed.
    Call(Status),
    /// The program was given no archive.
    NoArchive,
    /// The archive is malformed.
    Archive(CorruptDataError),
    /// The archive has no file of that name.
    NoFile,
    /// The file is no ELF file, or a header or table of it is malformed.
    Elf(ParseError),
    /// The file is for another processor, or not 64-bit.
    WrongMachine,
    /// The file is no executable program.
    NotExecutable,
    /// The program wants a dynamic linker or libraries.
    NotStatic,
    /// The program has no segment to load.
    Empty,
    /// A segment reaches past the file, past the address space, or holds more in the file than in memory.
    SegmentRange {
        /// Address of the segment in the file's numbering.
        address: u64,
    },
    /// A segment shares a page with the one before, or comes before it.
    SegmentOrder {
        /// Address of the segment in the file's numbering.
        address: u64,
    },
    /// A segment would be writable and executable.
    WriteExecute {
        /// Address of the segment in the file's numbering.
        address: u64,
    },
    /// The first instruction lies in no executable segment.
    Entry,
    /// The relocation table lies outside the file's contents.
    RelocationTable,
    /// A relocation is of a kind that only a linker can apply.
    RelocationKind(u32),
    /// A relocation lies outside what the file's segments hold.
    RelocationRange {
        /// Address in the file's numbering.
        address: u64,
    },
}

impl From<Status> for LoadError {
    fn from(status: Status) -> Self {
        Self::Call(status)
    }
}

impl From<ParseError> for LoadError {
    fn from(error: ParseError) -> Self {
        Self::Elf(error)
    }
}

impl From<CorruptDataError> for LoadError {
    fn from(error: CorruptDataError) -> Self {
        Self::Archive(error)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(status) => write!(f, "a call failed: {status}"),
            Self::NoArchive => write!(f, "no archive was given"),
            Self::Archive(error) => write!(f, "malformed archive: {error}"),
            Self::NoFile => write!(f, "no such file in the archive"),
            Self::Elf(error) => write!(f, "malformed ELF file: {error}"),
            Self::WrongMachine => write!(f, "not a 64-bit x86-64 ELF file"),
            Self::NotExecutable => {
                write!(f, "neither an executable nor a position-independent one")
            }
            Self::NotStatic => write!(f, "not static: it wants a dynamic linker"),
            Self::Empty => write!(f, "no segment to load"),
            Self::SegmentRange { address } => {
                write!(f, "segment at {address:#x}: impossible range")
            }
            Self::SegmentOrder { address } => {
                write!(f, "segment at {address:#x}: shares a page, or out of order")
            }
            Self::WriteExecute { address } => {
                write!(f, "segment at {address:#x}: writable and executable")
            }
            Self::Entry => write!(f, "the entry point lies in no executable segment"),
            Self::RelocationTable => write!(f, "the relocation table lies outside the file"),
            Self::RelocationKind(kind) => write!(f, "relocation kind {kind} needs a linker"),
            Self::RelocationRange { address } => {
                write!(f, "relocation at {address:#x}: outside the segments")
            }
        }
    }
}

impl core::error::Error for LoadError {}
