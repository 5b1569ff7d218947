//! Writing records to a program's buffer, which may be too small, and saying how many there are.

use crate::task;
use crate::user::{UserPtr, UserSlice};
use abi::info::Record;
use abi::{Result, Status};

/// Where an answer goes.
#[derive(Clone, Copy)]
pub(super) struct Reply {
    buffer: UserSlice,
    actual: UserPtr<u64>,
    avail: UserPtr<u64>,
}

impl Reply {
    /// Takes a program's word for where records, the number written and the number there are go; the latter two may be null.
    pub(super) const fn new(buffer: UserSlice, actual: UserPtr<u64>, avail: UserPtr<u64>) -> Self {
        Self { buffer, actual, avail }
    }

    /// Answers with the only record there is.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: something cannot be written.
    /// 2. [`Status::BUFFER_TOO_SMALL`]: the record does not fit; `actual` says 0.
    pub(super) fn single<T: Record>(self, record: T) -> Result<()> {
        self.prefix(&record, size_of::<T>())
    }

    /// Answers with the first `len` bytes of the only record there is: an earlier version of it.
    ///
    /// # Errors
    /// Those of [`Reply::single`].
    pub(super) fn prefix<T: Record>(self, record: &T, len: usize) -> Result<()> {
        let mut records = self.records(len);
        records.push(record)?;
        let fits = records.written == 1;
        records.finish()?;
        if fits { Ok(()) } else { Err(Status::BUFFER_TOO_SMALL) }
    }

    /// Begins an answer of any number of records, of each of which `len` bytes are written.
    pub(super) const fn records(self, len: usize) -> Records {
        Records { reply: self, len, written: 0, total: 0 }
    }
}

/// An answer of any number of records: as many as fit are written, all are counted.
#[must_use]
pub(super) struct Records {
    reply: Reply,
    len: usize,
    written: u64,
    total: u64,
}

/// Records after which other threads may run.
const TURN: u64 = 16;

impl Records {
    /// Returns where the next record goes, if there is room.
    fn place(&self) -> Option<u64> {
        let offset = self.written.checked_mul(self.len as u64)?;
        let end = offset.checked_add(self.len as u64)?;
        (end <= self.reply.buffer.len()).then_some(offset)
    }

    /// Adds a record. No lock is held: its way to the program may fault, and other threads may run.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: the buffer cannot be written.
    /// 2. [`Status::CANCELED`]: the calling thread is to end.
    pub(super) fn push<T: Record>(&mut self, record: &T) -> Result<()> {
        self.push_with(|| Ok(*record))
    }

    /// Adds a record that is only made if there is room for it; see [`Records::push`].
    ///
    /// # Errors
    /// 1. Those of `make`.
    /// 2. Those of [`Records::push`].
    pub(super) fn push_with<T: Record>(&mut self, make: impl FnOnce() -> Result<T>) -> Result<()> {
        self.total = self.total.saturating_add(1);
        if let Some(offset) = self.place() {
            let record = make()?;
            let bytes = record.as_bytes().get(..self.len).ok_or(Status::INTERNAL)?;
            let written = self.reply.buffer.write_at(offset, bytes);
            written.map_err(|_| Status::INVALID_ARGS)?;
            self.written = self.written.saturating_add(1);
        }
        if self.total.is_multiple_of(TURN) {
            task::checkpoint()?;
        }
        Ok(())
    }

    /// Says how many records were written and how many there are.
    ///
    /// # Errors
    /// [`Status::INVALID_ARGS`]: that cannot be written.
    pub(super) fn finish(self) -> Result<()> {
        self.reply.actual.write_unless_null(self.written)?;
        self.reply.avail.write_unless_null(self.total)
    }
}
