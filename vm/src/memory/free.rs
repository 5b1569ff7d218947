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

use core::num::NonZeroU32;
use core::ops::Range;

use super::record::{FrameLink, Records};
use crate::units::Frame;

/// Frames of a block: those of a 2 MiB page.
pub(crate) const BLOCK_FRAMES: u64 = 512;

/// How many frames of a block are free if all are.
const ALL_FREE: u32 = BLOCK_FRAMES as u32;
/// How many are when the first one has just been taken.
const ONE_TAKEN: u32 = ALL_FREE - 1;

/// What is known of the free frames of a block.
#[derive(Clone, Copy, Default)]
pub(super) struct Block {
    /// The frame freed last: the likeliest to be cached.
    first: Option<FrameLink>,
    free: u32,
    /// Neighbours in the list of blocks that the block is in, if any of its frames is free.
    next: Option<BlockId>,
    previous: Option<BlockId>,
}

/// The number of a block, plus one, so that none takes no more room.
#[derive(Clone, Copy, PartialEq, Eq)]
struct BlockId(NonZeroU32);

impl BlockId {
    /// Returns the block that `frame` is in.
    #[inline]
    fn of(frame: Frame) -> BlockId {
        // Frames with records have numbers below 2^32.
        BlockId(NonZeroU32::MIN.saturating_add((frame.number() / BLOCK_FRAMES) as u32))
    }

    fn index(self) -> usize {
        self.0.get().wrapping_sub(1) as usize
    }

    fn first_frame(self) -> Frame {
        Frame::from_number((self.index() as u64).wrapping_mul(BLOCK_FRAMES))
    }
}

impl Block {
    /// Says which list the block belongs in.
    fn list(&self) -> Option<List> {
        match self.free {
            0 => None,
            ALL_FREE => Some(List::Whole),
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
    partial: Option<BlockId>,
    whole: Option<BlockId>,
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
    pub(super) fn take(&mut self, records: Records) -> Option<Frame> {
        let id = self.partial.or(self.whole)?;
        let block = self.block(id);
        let frame = block.first?.frame();
        block.first = records.of(frame).link();
        block.free = block.free.wrapping_sub(1);
        self.count = self.count.wrapping_sub(1);
        match self.block(id).free {
            0 => self.relist(id, Some(List::Partial), None),
            ONE_TAKEN => self.relist(id, Some(List::Whole), Some(List::Partial)),
            _ => {}
        }
        Some(frame)
    }

    /// Takes a whole block, and returns its first frame.
    pub(super) fn take_block(&mut self) -> Option<Frame> {
        let id = self.whole?;
        self.empty(id);
        Some(id.first_frame())
    }

    /// Puts a frame back.
    #[inline]
    pub(super) fn put(&mut self, records: Records, frame: Frame) {
        let id = BlockId::of(frame);
        let block = self.block(id);
        records.of(frame).begin_free(block.first.replace(FrameLink::to(frame)));
        block.free = block.free.wrapping_add(1);
        self.count = self.count.wrapping_add(1);
        match self.block(id).free {
            1 => self.relist(id, None, Some(List::Partial)),
            ALL_FREE => self.relist(id, Some(List::Partial), Some(List::Whole)),
            _ => {}
        }
    }

    /// Takes `count` frames in a row. One pass marks what is free, one finds a run, one takes it out
    /// of the lists.
    pub(super) fn take_run(&mut self, records: Records, count: u64, align: u64) -> Option<Frame> {
        const FREE: u32 = u32::MAX;
        self.each(records).for_each(|frame| records.of(frame).set_count(FREE));
        let is_free = |number: u64| {
            number < records.len() && records.of(Frame::from_number(number)).count() == FREE
        };
        let run = find_run(records.len(), count, align, is_free);
        self.each(records).for_each(|frame| records.of(frame).set_count(0));
        let run = run?;
        let firsts = (run.start & !(BLOCK_FRAMES - 1)..run.end).step_by(BLOCK_FRAMES as usize);
        firsts.for_each(|first| self.take_out(records, Frame::from_number(first), &run));
        Some(Frame::from_number(run.start))
    }

    /// Takes the frames of `run` out of the list of the block that `first` is in.
    fn take_out(&mut self, records: Records, first: Frame, run: &Range<u64>) {
        let id = BlockId::of(first);
        let mut next = self.block(id).first;
        self.empty(id);
        while let Some(frame) = next.map(FrameLink::frame) {
            next = records.of(frame).link();
            if !run.contains(&frame.number()) {
                self.put(records, frame);
            }
        }
    }

    /// Returns the first free frame that somebody seems to own as well, that is in a list of another block, or at which a list goes on
    /// where it should end; `Err(None)` if a count is wrong.
    pub(super) fn check(&self, records: Records) -> Result<(), Option<Frame>> {
        let mut count = 0u64;
        for (block, index) in self.blocks.iter().zip(0..) {
            let mut next = block.first;
            for _ in 0..block.free {
                let frame = next.ok_or(None)?.frame();
                let is_right =
                    records.of(frame).count() == 0 && BlockId::of(frame).index() == index;
                is_right.then_some(()).ok_or(Some(frame))?;
                next = records.of(frame).link();
            }
            if let Some(link) = next {
                return Err(Some(link.frame()));
            }
            count = count.wrapping_add(u64::from(block.free));
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
            let after = |id: &BlockId| self.blocks.get(id.index())?.next;
            core::iter::successors(first, after).take(self.blocks.len().saturating_add(1))
        };
        [List::Partial, List::Whole].into_iter().all(|list| {
            let belongs = |block: &&Block| block.list() == Some(list);
            listed(list).all(|id| self.blocks.get(id.index()).is_some_and(|block| belongs(&block)))
                && listed(list).count() == self.blocks.iter().filter(belongs).count()
        })
    }

    /// Visits all free frames.
    fn each(&self, records: Records) -> impl Iterator<Item = Frame> {
        let after = move |link: &FrameLink| records.of(link.frame()).link();
        let in_block = move |block: &Block| core::iter::successors(block.first, after);
        self.blocks.iter().flat_map(in_block).map(FrameLink::frame)
    }

    /// Takes all frames of a block.
    fn empty(&mut self, id: BlockId) {
        let block = self.block(id);
        let list = block.list();
        block.first = None;
        let free = core::mem::take(&mut block.free);
        self.count = self.count.wrapping_sub(u64::from(free));
        self.relist(id, list, None);
    }

    /// Moves a block from one list to another.
    #[cold]
    fn relist(&mut self, id: BlockId, from: Option<List>, to: Option<List>) {
        if let Some(from) = from {
            self.unlink(id, from);
        }
        if let Some(to) = to {
            self.link(id, to);
        }
    }

    /// Puts a block at the head of a list.
    fn link(&mut self, id: BlockId, list: List) {
        let next = self.head(list).replace(id);
        if let Some(next) = next {
            self.block(next).previous = Some(id);
        }
        let block = self.block(id);
        (block.next, block.previous) = (next, None);
    }

    /// Takes a block out of a list.
    fn unlink(&mut self, id: BlockId, list: List) {
        let Block { next, previous, .. } = *self.block(id);
        match previous {
            Some(previous) => self.block(previous).next = next,
            None => *self.head(list) = next,
        }
        if let Some(next) = next {
            self.block(next).previous = previous;
        }
    }

    fn head(&mut self, list: List) -> &mut Option<BlockId> {
        match list {
            List::Partial => &mut self.partial,
            List::Whole => &mut self.whole,
        }
    }

    #[expect(clippy::indexing_slicing, reason = "every frame that has a record is in a block")]
    #[inline]
    fn block(&mut self, id: BlockId) -> &mut Block {
        &mut self.blocks[id.index()]
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
            if !cfg!(miri) || page.is_multiple_of(128) {
                assert_eq!(memory.check_invariants(), Ok(()));
            }
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
