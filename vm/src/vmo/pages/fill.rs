//! Giving many pages frames at once, and finding those that have them in a row.

use core::ops::ControlFlow;

use super::PageTree;
use super::node::{ENTRIES, LeafFrame, index};
use crate::Result;
use crate::memory::{BLOCK_FRAMES, FrameRecord, Memory};
use crate::units::{Frame, PageRange};

impl PageTree {
    /// Gives the first of `pages` and those after it, in one leaf, that have no frame what `make` returns, up to the first that has one.
    /// Returns how many have one now, and why there are no more if `make` failed.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): no node; every page is as it was.
    pub(crate) fn fill_run(
        &mut self,
        pages: PageRange,
        mut make: impl FnMut(&'static Memory) -> Result<Frame>,
    ) -> Result<(u64, Result<()>)> {
        let memory = self.memory;
        let records = memory.records();
        let key = self.origin + pages.start;
        let leaf = match self.leaf_of(key) {
            Ok(leaf) => leaf,
            Err(status) => {
                self.prune(key);
                return Err(status);
            }
        };
        let count = pages.count().min(ENTRIES as u64) as usize;
        let mut filled = 0;
        let mut result = Ok(());
        for place in
            leaf.iter_mut().skip(index(key, 1)).take(count).take_while(|place| place.is_none())
        {
            match make(memory) {
                Ok(frame) => {
                    records.of(frame).begin_page();
                    *place = Some(LeafFrame::new(frame));
                    filled += 1;
                }
                Err(status) => {
                    result = Err(status);
                    break;
                }
            }
        }
        if result.is_err() {
            self.prune(key);
        }
        Ok((filled, result))
    }

    /// Gives the [`BLOCK_FRAMES`] pages from `first` on, none of which has a frame, the frames from `block` on.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): no node; every page is as it was.
    pub(crate) fn fill_block(&mut self, first: u64, block: Frame) -> Result<()> {
        let keys = PageRange::new(self.origin + first, BLOCK_FRAMES);
        // First all that can fail; the leaves stay, empty, where they are.
        for key in leaf_starts(keys) {
            if let Err(status) = self.leaf_of(key).map(drop) {
                leaf_starts(keys).for_each(|key| self.prune(key));
                return Err(status);
            }
        }
        let records = self.memory.records();
        for key in leaf_starts(keys) {
            let first = block.plus(key - keys.start);
            let places = &mut self.leaf_of(key)?[index(key, 1)..];
            let left = places.len().min((keys.end - key) as usize);
            fill(&mut places[..left], records.run(first, left), first);
        }
        Ok(())
    }

    /// Returns the first frame of the [`BLOCK_FRAMES`] pages from `first` on, if they have frames in a row that make up a block, and no
    /// other tree has any of them.
    pub(crate) fn block_at(&self, first: u64) -> Option<Frame> {
        let block = self.get(first).filter(|held| !held.shared)?.frame;
        if !block.number().is_multiple_of(BLOCK_FRAMES) {
            return None;
        }
        let records = self.memory.records();
        let mut left = BLOCK_FRAMES;
        self.each_run(PageRange::new(first, BLOCK_FRAMES), |page, run| {
            let here = block.plus(page - first);
            let records = records.run(here, run.frames.len());
            let mut pairs = run.frames.iter().zip(records).enumerate();
            // Every frame of a tree has an owner, so there is one for each only if none has more.
            let mut owners = 0;
            let is_in_a_row = pairs.all(|(index, (frame, record))| {
                owners += u64::from(record.count());
                LeafFrame::is(*frame, here.plus(index as u64))
            });
            if run.shared || !is_in_a_row || owners != run.frames.len() as u64 {
                return ControlFlow::Break(());
            }
            left -= run.frames.len() as u64;
            ControlFlow::Continue(())
        });
        (left == 0).then_some(block)
    }
}

/// Puts the frames from `first` on, whose records are `records`, into `places`.
#[inline]
fn fill(places: &mut [Option<LeafFrame>], records: &[FrameRecord], first: Frame) {
    const STRIDE: usize = 8;
    let mut next = first;
    let mut fill_one = |(place, record): (&mut Option<LeafFrame>, &FrameRecord)| {
        record.begin_page();
        *place = Some(LeafFrame::new(next));
        next = next.plus(1);
    };
    // Eight at a time, as there are many.
    let (places, last_places) = places.as_chunks_mut::<STRIDE>();
    let (records, last_records) = records.as_chunks::<STRIDE>();
    for (places, records) in places.iter_mut().zip(records) {
        places.iter_mut().zip(records).for_each(&mut fill_one);
    }
    last_places.iter_mut().zip(last_records).for_each(fill_one);
}

/// Returns the first key of `keys`, and the first of every leaf after it that they reach into.
fn leaf_starts(keys: PageRange) -> impl Iterator<Item = u64> {
    let after = move |key: &u64| {
        let next = (key | (ENTRIES as u64 - 1)) + 1;
        (next < keys.end).then_some(next)
    };
    core::iter::successors(Some(keys.start), after)
}
