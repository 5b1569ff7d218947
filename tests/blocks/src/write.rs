//! Making a file.

use crate::{HEADER, MAGIC, WORD};
use alloc::vec::Vec;
use core::num::NonZeroUsize;
use miniz_oxide::deflate::compress_to_vec_zlib;

/// How hard it is tried, of 10.
const LEVEL: u8 = 9;

/// Returns a file of `content`, compressed in blocks of `block_len` bytes.
pub fn write(content: &[u8], block_len: NonZeroUsize) -> Vec<u8> {
    let blocks: Vec<Vec<u8>> =
        content.chunks(block_len.get()).map(|block| compress_to_vec_zlib(block, LEVEL)).collect();
    let table_len = blocks.len().saturating_add(1).saturating_mul(WORD);
    let mut end = HEADER.saturating_add(table_len);
    let mut file = Vec::from(MAGIC);
    let mut push = |number: usize| file.extend((number as u64).to_le_bytes());
    push(content.len());
    push(block_len.get());
    push(end);
    for block in &blocks {
        end = end.saturating_add(block.len());
        push(end);
    }
    file.extend(blocks.concat());
    file
}
