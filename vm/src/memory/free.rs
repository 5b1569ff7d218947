//! The free frames: a list through their records, so that taking and putting one costs a few loads
//! and stores whatever the size of memory.

use core::ops::Range;

use super::record::Records;
use crate::units::Frame;

/// A last-in first-out list of free frames: the frame freed last is the likeliest to be cached.
pub(super) struct FreeFrames {
    first: Option<Frame>,
    count: u64,
}

impl FreeFrames {
    pub(super) const fn new() -> FreeFrames {
        FreeFrames { first: None, count: 0 }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn take(&mut self, records: &Records) -> Option<Frame> {
        let frame = self.first?;
        self.first = records.of(frame).next();
        self.count = self.count.wrapping_sub(1);
        Some(frame)
    }

    /// Takes `count` frames in a row. One pass marks what is free, one finds a run, one takes it out
    /// of the list.
    pub(super) fn take_run(&mut self, records: &Records, count: u64, align: u64) -> Option<Frame> {
        const FREE: u32 = u32::MAX;
        let each_free =
            |first: Option<Frame>| core::iter::successors(first, |frame| records.of(*frame).next());
        each_free(self.first).for_each(|frame| records.of(frame).set_count(FREE));
        let is_free = |number: u64| {
            number < records.len() && records.of(Frame::from_number(number)).count() == FREE
        };
        let run = find_run(records.len(), count, align, is_free);
        let mut next = self.first.take();
        self.count = 0;
        while let Some(frame) = next {
            next = records.of(frame).next();
            if run.as_ref().is_some_and(|run| run.contains(&frame.number())) {
                records.of(frame).set_count(0);
            } else {
                self.put(records, frame);
            }
        }
        run.map(|run| Frame::from_number(run.start))
    }

    /// Returns a free frame for which `is_wanted` holds.
    #[cfg(any(test, feature = "sim"))]
    pub(super) fn find(
        &self,
        records: &Records,
        mut is_wanted: impl FnMut(Frame) -> bool,
    ) -> Option<Frame> {
        core::iter::successors(self.first, |frame| records.of(*frame).next())
            .find(|frame| is_wanted(*frame))
    }

    /// Returns the first free frame, in the order of the list, that somebody seems to own as well, or
    /// at which the list goes on where it should end; `Err(None)` if it ends too early.
    pub(super) fn check(&self, records: &Records) -> Result<(), Option<Frame>> {
        let mut next = self.first;
        for _ in 0..self.count {
            let frame = next.ok_or(None)?;
            let record = records.of(frame);
            if record.count() != 0 {
                return Err(Some(frame));
            }
            next = record.next();
        }
        next.map_or(Ok(()), |frame| Err(Some(frame)))
    }

    pub(super) fn put(&mut self, records: &Records, frame: Frame) {
        records.of(frame).set_count(0);
        records.of(frame).set_next(self.first);
        self.first = Some(frame);
        self.count = self.count.wrapping_add(1);
    }
}

/// Returns the first `count` numbers in a row below `end`, from a multiple of `align`, that are all
/// free.
fn find_run(end: u64, count: u64, align: u64, is_free: impl Fn(u64) -> bool) -> Option<Range<u64>> {
    let mut start = 0u64;
    loop {
        let stop = start.checked_add(count).filter(|stop| *stop <= end)?;
        match (start..stop).rev().find(|number| !is_free(*number)) {
            None => return Some(start..stop),
            Some(taken) => start = taken.checked_add(1)?.checked_next_multiple_of(align)?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_aligned_run_is_found() {
        let taken = [3, 9, 17];
        let is_free = |number: u64| !taken.contains(&number);
        assert_eq!(find_run(32, 3, 1, is_free), Some(0..3));
        assert_eq!(find_run(32, 4, 1, is_free), Some(4..8));
        assert_eq!(find_run(32, 4, 8, is_free), Some(24..28));
        assert_eq!(find_run(32, 14, 1, is_free), Some(18..32));
        assert_eq!(find_run(32, 15, 1, is_free), None);
        assert_eq!(find_run(32, 1, 1 << 52, |number| number != 0), None);
    }
}
