//! The table of squares: lines of 32 bytes, the N-th of which has N and its square.

use core::fmt;
use rt::{Mapping, Result, VmOptions, Vmo};

/// Bytes of a line, its end among them.
const LINE: usize = 32;

/// Returns where line `number` is in the file.
pub(crate) fn offset_of(number: u64) -> u64 {
    number.saturating_mul(LINE as u64)
}

/// Reads line `number` by call.
///
/// # Errors
/// Those of `vmo_read`.
pub(crate) fn read_line(vmo: &Vmo, number: u64) -> Result<Line> {
    let mut line = Line([0; LINE]);
    vmo.read(offset_of(number), &mut line.0)?;
    Ok(line)
}

/// The table, mapped.
pub(crate) struct Squares {
    mapping: Mapping,
    len: u64,
}

impl Squares {
    /// Maps the table in `vmo`.
    ///
    /// # Errors
    /// Those of `vmo_get_size` and `vmar_map`.
    pub(crate) fn map(vmo: &Vmo) -> Result<Self> {
        let len = vmo.size()?;
        Ok(Self { mapping: Mapping::new(vmo, len, VmOptions::empty())?, len })
    }

    /// Returns where it is mapped.
    pub(crate) fn address(&self) -> u64 {
        self.mapping.address()
    }

    /// Returns how many bytes it has.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Returns how many lines it has.
    pub(crate) fn lines(&self) -> u64 {
        self.len.div_euclid(LINE as u64)
    }

    /// Returns the address of line `number`, which there is.
    pub(crate) fn address_of(&self, number: u64) -> u64 {
        self.address().saturating_add(offset_of(number))
    }

    /// Loads line `number`, which there is.
    pub(crate) fn line(&self, number: u64) -> Line {
        // SAFETY: the line is inside the mapping, and nobody writes to what the pager supplied.
        let lines = unsafe { self.mapping.as_slice() };
        let start = usize::try_from(offset_of(number)).unwrap_or(usize::MAX);
        let line = lines.get(start..).and_then(|rest| rest.first_chunk());
        Line(line.copied().unwrap_or_default())
    }

    /// Returns how many lines are as they should be.
    pub(crate) fn count_right(&self) -> u64 {
        (0..self.lines()).filter(|number| self.line(*number).is_right(*number)).count() as u64
    }
}

/// A line.
pub(crate) struct Line([u8; LINE]);

impl Line {
    fn text(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default().trim_end()
    }

    /// Says whether it has `number` and its square.
    pub(crate) fn is_right(&self, number: u64) -> bool {
        let words = self.text().split_ascii_whitespace().map(str::parse::<u64>);
        words.eq([Ok(number), Ok(number.saturating_mul(number))])
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = self.text().split_ascii_whitespace();
        let (number, square) = (words.next().unwrap_or("?"), words.next().unwrap_or("?"));
        write!(f, "{number} and {square}")
    }
}
