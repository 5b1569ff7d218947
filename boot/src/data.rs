//! Files for demonstrations to look at.

use std::num::NonZeroUsize;

/// A file of the ramdisk's `data`.
pub(crate) struct Data {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// Lines of the table of squares.
const LINES: u64 = 16_384;

/// Bytes that are compressed together: eight pages.
const BLOCK: NonZeroUsize = NonZeroUsize::new(32 << 10).expect("not 0");

/// Makes the table of squares, 32 bytes a line, compressed so that each block can be read by itself.
pub(crate) fn squares() -> Data {
    let table: String = (0..LINES).map(square_line).collect();
    Data { name: "squares", bytes: blocks::write(table.as_bytes(), BLOCK) }
}

/// Returns a line of the table: a number and its square.
fn square_line(number: u64) -> String {
    format!("{number:>12} {:>18}\n", number * number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_lines_of_32_bytes() {
        for number in [0, 9, 12_345, LINES - 1] {
            assert_eq!(square_line(number).len(), 32);
        }
        let file = blocks::BlockFile::parse(&squares().bytes).map(|file| file.content_len());
        assert_eq!(file, Ok(512 << 10));
    }
}
