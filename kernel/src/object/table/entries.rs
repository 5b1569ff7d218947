//! Looking at all handles of a process.

use super::{HandleTable, Table, chunk_of, encode, place_of};
use crate::object::Object;
use abi::{RawHandle, Rights};

/// A handle of a table, as it was when it was looked at.
pub(crate) struct Entry {
    index: u32,
    /// What the program knows it by.
    pub(crate) value: RawHandle,
    /// What it names.
    pub(crate) object: Object,
    /// What it allows.
    pub(crate) rights: Rights,
}

impl HandleTable {
    /// Looks at all handles in turn. The table is not locked in between: what comes and goes meanwhile may be missed.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        let mut next = 0;
        core::iter::from_fn(move || {
            let entry = self.0.lock().entry_from(next)?;
            next = entry.index.saturating_add(1);
            Some(entry)
        })
    }
}

impl Table {
    /// Returns the first handle in a slot of at least this index.
    fn entry_from(&self, index: u32) -> Option<Entry> {
        let chunks = self.chunks.iter().skip(chunk_of(index)).map(|chunk| chunk.iter());
        let slots = chunks.flatten().skip(place_of(index)).zip(index..);
        let mut found = slots.filter_map(|(slot, index)| {
            let handle = slot.handle.as_ref()?;
            Some((index, slot.generation, handle))
        });
        let (index, generation, handle) = found.next()?;
        Some(Entry {
            index,
            value: encode(self.secret, index, generation),
            object: handle.object().clone(),
            rights: handle.rights(),
        })
    }
}
