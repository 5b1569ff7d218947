//! The free frames: in lists through their records, one for each block of 512, so that taking and putting a frame costs a few
//! loads and stores whatever the size of memory, and so does taking a whole block for a large page.
//!
//! Single frames are taken from blocks of which some are in use already, as long as there are any: that keeps others whole.
//!
//! ```text
//!   partial --> block <--> block <--> ...        whole --> block <--> ...
//!                 |
//!                 +--> frame --> frame --> ...   through the records
//! ```

use core::ops::Range;

use super::record::Records;
use crate::units::Frame;

/// Frames of a block: those of a 2 MiB page.
pub(crate) const BLOCK_FRAMES: u64 = 512;

/// What is known of the free frames of a block.
#[derive(Clone, Copy, Default)]
pub(super) struct Block {
    /// The frame freed last: the likeliest to be cached.
    first: Option<Frame>,
    free: u64,
    /// Neighbours in the list of blocks that the block is in, if any of its frames is free.
    next: Option<u32>,
    previous: Option<u32>,
}

impl Block {
    /// Says which list the block belongs in.
    fn list(&self) -> Option<List> {
        match self.free {
            0 => None,
            BLOCK_FRAMES => Some(List::Whole),
            _ => Some(List::Partial),
        }
    }
}

/// The lists of blocks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    /// Some frames are free.
    Partial,
    /// All are.
    Whole,
}

/// The free frames.
pub(super) struct FreeFrames {
    blocks: &'static mut [Block],
    partial: Option<u32>,
    whole: Option<u32>,
    count: u64,
}

impl FreeFrames {
    /// Makes a list of no frames, for as many as `blocks` have.
    pub(super) fn new(blocks: &'static mut [Block]) -> FreeFrames {
        FreeFrames { blocks, partial: None, whole: None, count: 0 }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Takes a frame.
    #[inline]
    pub(super) fn take(&mut self, records: &Records) -> Option<Frame> {
        let index = self.partial.or(self.whole)?;
        let block = self.block(index);
        let frame = block.first?;
        block.first = records.of(frame).next();
        self.set_free(index, |free| free.wrapping_sub(1));
        Some(frame)
    }

    /// Takes a whole block, and returns its first frame.
    pub(super) fn take_block(&mut self) -> Option<Frame> {
        let index = self.whole?;
        self.block(index).first = None;
        self.set_free(index, |_| 0);
        Some(Frame::from_number(u64::from(index).wrapping_mul(BLOCK_FRAMES)))
    }

    /// Puts a frame back.
    #[inline]
    pub(super) fn put(&mut self, records: &Records, frame: Frame) {
        let index = block_of(frame);
        let block = self.block(index);
        records.of(frame).set_count(0);
        records.of(frame).set_next(block.first.replace(frame));
        self.set_free(index, |free| free.wrapping_add(1));
    }

    /// Takes `count` frames in a row. One pass marks what is free, one finds a run, one takes it out
    /// of the lists.
    pub(super) fn take_run(&mut self, records: &Records, count: u64, align: u64) -> Option<Frame> {
        const FREE: u32 = u32::MAX;
        self.each(records).for_each(|frame| records.of(frame).set_count(FREE));
        let is_free = |number: u64| {
            number < records.len() && records.of(Frame::from_number(number)).count() == FREE
        };
        let run = find_run(records.len(), count, align, is_free);
        self.each(records).for_each(|frame| records.of(frame).set_count(0));
        let run = run?;
        for index in block_of(Frame::from_number(run.start))
            ..=block_of(Frame::from_number(run.end.wrapping_sub(1)))
        {
            self.take_out(records, index, &run);
        }
        Some(Frame::from_number(run.start))
    }

    /// Takes the frames of `run` out of the list of a block.
    fn take_out(&mut self, records: &Records, index: u32, run: &Range<u64>) {
        let mut next = self.block(index).first.take();
        self.set_free(index, |_| 0);
        while let Some(frame) = next {
            next = records.of(frame).next();
            if !run.contains(&frame.number()) {
                self.put(records, frame);
            }
        }
    }

    /// Returns a free frame for which `is_wanted` holds.
    #[cfg(any(test, feature = "sim"))]
    pub(super) fn find(
        &self,
        records: &Records,
        mut is_wanted: impl FnMut(Frame) -> bool,
    ) -> Option<Frame> {
        self.each(records).find(|frame| is_wanted(*frame))
    }

    /// Returns the first free frame that somebody seems to own as well, that is in a list of another block, or at which a list goes on
    /// where it should end; `Err(None)` if a count is wrong.
    pub(super) fn check(&self, records: &Records) -> Result<(), Option<Frame>> {
        let mut count = 0u64;
        for (block, index) in self.blocks.iter().zip(0..) {
            let mut next = block.first;
            for _ in 0..block.free {
                let frame = next.ok_or(None)?;
                if records.of(frame).count() != 0 || block_of(frame) != index {
                    return Err(Some(frame));
                }
                next = records.of(frame).next();
            }
            if let Some(frame) = next {
                return Err(Some(frame));
            }
            count = count.wrapping_add(block.free);
        }
        if count == self.count && self.lists_are_right() { Ok(()) } else { Err(None) }
    }

    /// Says whether each block is in the list it belongs in, and in no other.
    fn lists_are_right(&self) -> bool {
        let listed = |list| {
            let first = match list {
                List::Partial => self.partial,
                List::Whole => self.whole,
            };
            let after = |index: &u32| self.blocks.get(*index as usize)?.next;
            core::iter::successors(first, after).take(self.blocks.len().saturating_add(1))
        };
        [List::Partial, List::Whole].into_iter().all(|list| {
            let belongs = |block: &&Block| block.list() == Some(list);
            listed(list)
                .all(|index| self.blocks.get(index as usize).is_some_and(|block| belongs(&block)))
                && listed(list).count() == self.blocks.iter().filter(belongs).count()
        })
    }

    /// Visits all free frames.
    fn each<'a>(&'a self, records: &'a Records) -> impl Iterator<Item = Frame> + 'a {
        let in_block =
            |block: &Block| core::iter::successors(block.first, |frame| records.of(*frame).next());
        self.blocks.iter().flat_map(in_block)
    }

    /// Changes how many frames of a block are free, and with it the list that the block is in.
    #[inline]
    fn set_free(&mut self, index: u32, change: impl FnOnce(u64) -> u64) {
        let block = self.block(index);
        let before = *block;
        block.free = change(before.free);
        let (free, list) = (block.free, block.list());
        self.count = self.count.wrapping_sub(before.free).wrapping_add(free);
        if before.list() != list {
            self.unlink(&before);
            self.link(index, list);
        }
    }

    /// Puts a block at the head of a list.
    fn link(&mut self, index: u32, list: Option<List>) {
        let Some(list) = list else { return };
        let next = self.head(list).replace(index);
        if let Some(next) = next {
            self.block(next).previous = Some(index);
        }
        let block = self.block(index);
        (block.next, block.previous) = (next, None);
    }

    /// Takes a block, which was as `before` says, out of the list it is in.
    fn unlink(&mut self, before: &Block) {
        let Some(list) = before.list() else { return };
        match before.previous {
            Some(previous) => self.block(previous).next = before.next,
            None => *self.head(list) = before.next,
        }
        if let Some(next) = before.next {
            self.block(next).previous = before.previous;
        }
    }

    fn head(&mut self, list: List) -> &mut Option<u32> {
        match list {
            List::Partial => &mut self.partial,
            List::Whole => &mut self.whole,
        }
    }

    #[expect(clippy::indexing_slicing, reason = "every frame that has a record is in a block")]
    #[inline]
    fn block(&mut self, index: u32) -> &mut Block {
        &mut self.blocks[index as usize]
    }
}

/// Returns the number of the block that `frame` is in.
#[expect(clippy::cast_possible_truncation, reason = "frames with records have numbers below 2^32")]
fn block_of(frame: Frame) -> u32 {
    (frame.number() / BLOCK_FRAMES) as u32
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
    use crate::sim::SimMachine;

    #[test]
    fn a_block_is_taken_whole_and_comes_back_frame_by_frame() {
        let memory = SimMachine::new(1, 4 * BLOCK_FRAMES).memory();
        let free = memory.free_frames();
        let single = memory.allocate().expect("memory");
        let mut blocks = Vec::new();
        while let Ok(block) = memory.allocate_block() {
            assert!(block.number().is_multiple_of(BLOCK_FRAMES));
            assert_eq!(memory.check_invariants(), Ok(()));
            blocks.push(block);
        }
        assert!(blocks.len() >= 2, "blocks with records and single frames in them are not whole");
        assert_eq!(memory.free_frames(), free - 1 - blocks.len() as u64 * BLOCK_FRAMES);
        // In an order that makes blocks partial in turn.
        for page in 0..BLOCK_FRAMES {
            blocks.iter().for_each(|block| memory.free(block.plus(page)));
            assert_eq!(memory.check_invariants(), Ok(()));
        }
        memory.free(single);
        assert_eq!(memory.free_frames(), free);
        let again = std::iter::from_fn(|| memory.allocate_block().ok()).count();
        assert_eq!(again, blocks.len());
    }

    #[test]
    fn single_frames_leave_whole_blocks_alone() {
        let memory = SimMachine::new(1, 4 * BLOCK_FRAMES).memory();
        let blocks: Vec<_> = std::iter::from_fn(|| memory.allocate_block().ok()).collect();
        let rest = memory.free_frames();
        (0..BLOCK_FRAMES).for_each(|page| memory.free(blocks[0].plus(page)));
        for _ in 0..rest {
            memory.allocate().expect("memory");
        }
        assert_eq!(memory.allocate_block(), Ok(blocks[0]));
        assert!(memory.allocate().is_err());
    }

    #[test]
    fn a_run_may_begin_and_end_inside_blocks() {
        let memory = SimMachine::new(1, 4 * BLOCK_FRAMES).memory();
        let free = memory.free_frames();
        let count = BLOCK_FRAMES + 10;
        let run = memory.allocate_run(count, 16).expect("a run");
        assert_eq!((run.number() % 16, memory.free_frames()), (0, free - count));
        assert_eq!(memory.check_invariants(), Ok(()));
        (0..count).for_each(|page| memory.free(run.plus(page)));
        assert_eq!((memory.check_invariants(), memory.free_frames()), (Ok(()), free));
    }

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
