//! Compressed files that can be read from anywhere: in blocks, each compressed by itself.
//!
//! ```text
//!   0  magic, 8 bytes
//!   8  length of the content, u64
//!  16  length of a block of it, u64; the last block may be shorter
//!  24  where each block begins in the file and where the last one ends, u64 each
//!      the blocks: a zlib stream each, with its check sum
//! ```
//!
//! All numbers are little-endian. A host makes such files, with the feature `write`; anybody reads them ([`BlockFile`]).
#![cfg_attr(not(test), no_std)]

#[cfg(feature = "write")]
extern crate alloc;

mod read;
#[cfg(feature = "write")]
mod write;

pub use read::{BlockFile, Error};
#[cfg(feature = "write")]
pub use write::write;

/// What a file begins with.
const MAGIC: [u8; 8] = *b"BLOCKS1\n";
/// Bytes before the table of blocks.
const HEADER: usize = 24;
/// Bytes of a number.
const WORD: usize = 8;
