//! What is always true of a handle table that is not locked.

use super::{Content, HandleTable, MAX_GENERATION, Slot, Table};

/// Something that should be.
type Rule = &'static str;

impl HandleTable {
    /// Checks that the queue of free slots has every free slot once, and that generations are in range.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub(crate) fn check_invariants(&self) -> Result<(), Rule> {
        let table = self.0.lock();
        let mut free = 0_u32;
        for slot in table.chunks.iter().flatten() {
            if slot.generation > MAX_GENERATION {
                return Err("a generation fits a handle value");
            }
            if matches!(slot.content, Content::Free(_)) {
                free = free.saturating_add(1);
            }
        }
        table.check_queue(free)
    }
}

impl Table {
    /// Checks that the queue has `count` slots, all free, and ends where it says.
    fn check_queue(&self, count: u32) -> Result<(), Rule> {
        let Some((first, last)) = self.free else {
            return if count == 0 { Ok(()) } else { Err("free slots are in the queue") };
        };
        let mut index = first;
        for left in (0..count).rev() {
            match self.slot(index) {
                Some(Slot { content: Content::Free(Some(next)), .. }) if left > 0 => index = *next,
                Some(Slot { content: Content::Free(None), .. }) if left == 0 && index == last => {
                    return Ok(());
                }
                _ => break,
            }
        }
        Err("the queue has each free slot once, and the last one last")
    }
}
