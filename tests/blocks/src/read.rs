//! Reading a file.

use crate::{HEADER, MAGIC, WORD};
use core::fmt;
use core::ops::Range;
use miniz_oxide::inflate::decompress_slice_iter_to_slice;

/// A file that was taken apart. What its header and its table say was checked; what is in a block shows when it is read.
#[derive(Clone, Copy, Debug)]
pub struct BlockFile<'a> {
    bytes: &'a [u8],
    len: usize,
    block_len: usize,
}

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// It is no such file, or its table does not fit.
    Malformed,
    /// There is no such block.
    NoBlock,
    /// The buffer is not as long as the block.
    WrongLength,
    /// What is in the block is not what was written.
    Damaged,
}

impl<'a> BlockFile<'a> {
    /// Takes a file apart.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let word = |at| word(bytes, at).ok_or(Error::Malformed);
        if !bytes.starts_with(&MAGIC) {
            return Err(Error::Malformed);
        }
        let (len, block_len) = (word(WORD)?, word(2 * WORD)?);
        if block_len == 0 {
            return Err(Error::Malformed);
        }
        let file = Self { bytes, len, block_len };
        // The table is in order and inside the file, so there are no more blocks than it has bytes.
        let mut last = 0;
        for index in 0..=file.block_count() {
            let end = word(place(index).ok_or(Error::Malformed)?)?;
            if end < last || end > bytes.len() {
                return Err(Error::Malformed);
            }
            last = end;
        }
        Ok(file)
    }

    /// Returns how many bytes of content there are.
    pub fn content_len(&self) -> usize {
        self.len
    }

    /// Returns how many bytes of content a block has, unless it is the last.
    pub fn block_len(&self) -> usize {
        self.block_len
    }

    /// Returns how many blocks there are.
    pub fn block_count(&self) -> usize {
        self.len.div_ceil(self.block_len)
    }

    /// Returns the content that block `index` has.
    ///
    /// # Errors
    /// [`Error::NoBlock`].
    pub fn content_of(&self, index: usize) -> Result<Range<usize>, Error> {
        let start = index.checked_mul(self.block_len).filter(|start| *start < self.len);
        let start = start.ok_or(Error::NoBlock)?;
        Ok(start..start.saturating_add(self.block_len).min(self.len))
    }

    /// Returns where in the file block `index` is.
    ///
    /// # Errors
    /// [`Error::NoBlock`].
    pub fn place_of(&self, index: usize) -> Result<Range<usize>, Error> {
        self.content_of(index)?;
        let edge = |index| place(index).and_then(|at| word(self.bytes, at)).ok_or(Error::NoBlock);
        Ok(edge(index)?..edge(index.saturating_add(1))?)
    }

    /// Decompresses block `index` into `out`.
    ///
    /// # Errors
    /// 1. [`Error::NoBlock`].
    /// 2. [`Error::WrongLength`]: `out` is longer or shorter than the block's content.
    /// 3. [`Error::Damaged`]: `out` holds anything.
    pub fn read(&self, index: usize, out: &mut [u8]) -> Result<(), Error> {
        if out.len() != self.content_of(index)?.len() {
            return Err(Error::WrongLength);
        }
        let stream = self.bytes.get(self.place_of(index)?).ok_or(Error::NoBlock)?;
        let (has_header, ignores_sum) = (true, false);
        let read =
            decompress_slice_iter_to_slice(out, core::iter::once(stream), has_header, ignores_sum);
        if read == Ok(out.len()) { Ok(()) } else { Err(Error::Damaged) }
    }
}

/// Returns where the table says where block `index` begins.
fn place(index: usize) -> Option<usize> {
    index.checked_mul(WORD)?.checked_add(HEADER)
}

/// Reads the number at `at`.
fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let (word, _) = bytes.get(at..)?.split_first_chunk::<WORD>()?;
    usize::try_from(u64::from_le_bytes(*word)).ok()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a file of compressed blocks",
            Self::NoBlock => "no such block",
            Self::WrongLength => "the block has another length",
            Self::Damaged => "a damaged block",
        })
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use core::num::NonZeroUsize;
    use std::collections::BTreeSet;

    const BLOCK: NonZeroUsize = NonZeroUsize::new(1000).expect("not 0");

    fn content(len: usize) -> Vec<u8> {
        (0_u8..=255).cycle().map(|byte| byte.wrapping_mul(byte) / 7).take(len).collect()
    }

    /// Reads all blocks.
    fn read_all(bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let file = BlockFile::parse(bytes)?;
        let mut content = vec![0; file.content_len()];
        for (index, out) in content.chunks_mut(file.block_len()).enumerate() {
            file.read(index, out)?;
        }
        Ok(content)
    }

    #[test]
    fn what_was_written_is_read() {
        for len in [0, 1, 999, 1000, 1001, 5000, 12_345] {
            let content = content(len);
            let file = crate::write(&content, BLOCK);
            assert_eq!(read_all(&file), Ok(content), "{len} bytes");
        }
    }

    #[test]
    fn a_block_needs_no_other() {
        let mut file = crate::write(&content(5000), BLOCK);
        let place = BlockFile::parse(&file).unwrap().place_of(3).unwrap();
        for byte in file[24 + 6 * 8..place.start].iter_mut() {
            *byte = 0;
        }
        let file = BlockFile::parse(&file).unwrap();
        let mut block = [0; 1000];
        assert_eq!(file.read(3, &mut block), Ok(()));
        assert_eq!(block, content(5000)[3000..4000]);
        assert_eq!(file.read(2, &mut block), Err(Error::Damaged));
    }

    #[test]
    fn every_changed_byte_of_a_block_is_noticed() {
        let good = crate::write(&content(1500), BLOCK);
        let place = BlockFile::parse(&good).unwrap().place_of(1).unwrap();
        let mut unnoticed = 0;
        for at in place {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            match read_all(&bad) {
                Err(error) => assert_eq!(error, Error::Damaged, "byte {at}"),
                Ok(read) => {
                    assert!(read == content(1500), "byte {at}");
                    unnoticed += 1;
                }
            }
        }
        // The last byte before the check sum has bits that mean nothing.
        assert!(unnoticed <= 1, "{unnoticed} bytes");
    }

    #[test]
    fn what_is_cut_or_no_such_file_is_refused() {
        let file = crate::write(&content(3000), BLOCK);
        for len in 0..file.len() {
            assert!(BlockFile::parse(&file[..len]).is_err(), "{len} bytes");
        }
        for at in 0..8 {
            let mut bad = file.clone();
            bad[at] ^= 1;
            assert_eq!(BlockFile::parse(&bad).err(), Some(Error::Malformed));
        }
        let mut without_blocks = file.clone();
        without_blocks[16..24].fill(0);
        assert_eq!(BlockFile::parse(&without_blocks).err(), Some(Error::Malformed));
        let mut endless = file;
        endless[8..16].fill(0xFF);
        assert_eq!(BlockFile::parse(&endless).err(), Some(Error::Malformed));
    }

    #[test]
    fn a_block_is_asked_for_with_its_number_and_length() {
        let bytes = crate::write(&content(2500), BLOCK);
        let file = BlockFile::parse(&bytes).unwrap();
        assert_eq!((file.block_count(), file.block_len(), file.content_len()), (3, 1000, 2500));
        assert_eq!(file.content_of(2), Ok(2000..2500));
        let mut out = [0; 1000];
        assert_eq!(file.read(3, &mut out), Err(Error::NoBlock));
        assert_eq!(file.read(usize::MAX, &mut out), Err(Error::NoBlock));
        assert_eq!(file.read(2, &mut out), Err(Error::WrongLength));
        assert_eq!(file.read(2, &mut out[..500]), Ok(()));
        let bytes = crate::write(&content(2000), BLOCK);
        assert_eq!(BlockFile::parse(&bytes).unwrap().content_of(2), Err(Error::NoBlock));
    }

    #[test]
    fn a_table_is_in_order_and_inside_the_file() {
        let good = crate::write(&content(3000), BLOCK);
        let with_edge = |index: usize, edge: usize| {
            let mut bad = good.clone();
            bad[HEADER + index * WORD..][..WORD].copy_from_slice(&(edge as u64).to_le_bytes());
            bad
        };
        let place = BlockFile::parse(&good).unwrap().place_of(1).unwrap();
        for bad in [with_edge(1, place.end + 1), with_edge(3, good.len() + 1)] {
            assert_eq!(BlockFile::parse(&bad).err(), Some(Error::Malformed));
        }
        // Nothing between two edges is in order too, but it is no stream.
        let empty = with_edge(1, place.end);
        let file = BlockFile::parse(&empty).unwrap();
        assert_eq!(file.read(1, &mut [0; 1000]), Err(Error::Damaged));
    }

    #[test]
    fn errors_are_told_apart() {
        let all = [Error::Malformed, Error::NoBlock, Error::WrongLength, Error::Damaged];
        let told: BTreeSet<String> = all.iter().map(Error::to_string).collect();
        assert_eq!(told.len(), all.len());
        assert!(told.contains("a damaged block"));
    }
}
