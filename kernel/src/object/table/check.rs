//! What is always true of a handle table that is not locked.

use super::{HandleTable, MAX_GENERATION, NONE, Slot, Table};

/// Something that should be.
type Rule = &'static str;

impl HandleTable {
    /// Checks that the queue of free slots has every free slot once, and that generations are in range.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub(crate) fn check_invariants(&self) -> Result<(), Rule> {
        let table = self.0.lock();
        let mut slots = 0_u32;
        for slot in table.chunks.iter().flat_map(|chunk| chunk.iter()) {
            if slot.generation > MAX_GENERATION {
                return Err("a generation fits a handle value");
            }
            slots = slots.saturating_add(1);
        }
        table.check_queue(slots.saturating_sub(table.count))
    }
}

impl Table {
    /// Checks that the queue has `count` slots, all without a handle, and ends where it says.
    fn check_queue(&self, count: u32) -> Result<(), Rule> {
        let (mut index, mut last) = (self.first_free, NONE);
        for _ in 0..count {
            let Some(Slot { handle: None, next, .. }) = self.slot(index) else {
                return Err("each free slot is in the queue");
            };
            (last, index) = (index, *next);
        }
        if index != NONE {
            return Err("nothing else is in the queue");
        }
        if last != NONE && last != self.last_free {
            return Err("the last one of the queue is known");
        }
        Ok(())
    }
}
