//! The handle table of a process.
//!
//! A handle value names a slot and how often that slot has been used, so that a value which was closed stays invalid when its
//! slot is used again; a secret of the process makes values of one process meaningless in another:
//!
//! ```text
//!          31        20 19                  2 1 0
//!         +------------+---------------------+---+
//!  value =| generation |     slot index      |1 1|  XOR  secret << 2
//!         +------------+---------------------+---+
//! ```
//!
//! Slots live in chunks that are allocated as needed and never move. Free slots wait in a queue: the longer a slot rests, the
//! later its generation comes round again. Insert, lookup and remove take a lock and touch one slot.
//!
//! # Source
//! `handles-rights-errors.md` §3.

mod check;
mod entries;

use super::{Handle, Kind, Object, Source, try_push, try_vec};
use abi::object::HANDLE_FIXED_BITS;
use abi::{Koid, RawHandle, Result, Rights, Status};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;
use spin::Mutex;
use vm::Ref;

/// First bit of the slot index.
const INDEX_SHIFT: u32 = 2;
/// First bit of the generation.
const GENERATION_SHIFT: u32 = 20;
/// Most slots of a table.
const MAX_SLOTS: u32 = 1 << (GENERATION_SHIFT - INDEX_SHIFT);
/// Largest generation, after which a slot's first one follows.
const MAX_GENERATION: u32 = u32::MAX >> GENERATION_SHIFT;
/// Slots of a chunk: about a page of them.
const CHUNK_SLOTS: u32 = 128;

/// Slots that are emptied before a pause.
const TURN: usize = 64;

/// What no slot has as its index.
const NONE: u32 = u32::MAX;

/// The handles of a process.
pub(crate) struct HandleTable(Mutex<Table>);

struct Table {
    /// XORed to every value; its two low bits are 0.
    secret: u32,
    chunks: Vec<Chunk>,
    /// First and last of the queue of free slots; the first is [`NONE`] if there are none.
    first_free: u32,
    last_free: u32,
    /// Slots that are not free.
    count: u32,
    /// Whether the process has ended: whatever is inserted now is closed at once.
    closed: bool,
}

type Chunk = Box<[Slot; CHUNK_SLOTS as usize]>;

struct Slot {
    /// None if it is free, or promised to a call that is about to fill it.
    handle: Option<Handle>,
    generation: u32,
    /// The one behind it in the queue of free slots, if it is in it.
    next: u32,
}

/// A slot that waits for its handle, so that giving a program its value can come before, and filling it cannot fail.
///
/// Dropping it unfilled gives the slot back.
#[must_use]
pub(crate) struct Reservation<'a> {
    table: &'a HandleTable,
    index: u32,
    value: RawHandle,
}

impl HandleTable {
    /// Makes an empty table with values that depend on `secret`.
    pub(crate) const fn new(secret: u32) -> Self {
        Self(Mutex::new(Table {
            secret: secret & !HANDLE_FIXED_BITS,
            chunks: Vec::new(),
            first_free: NONE,
            last_free: NONE,
            count: 0,
            closed: false,
        }))
    }

    /// Returns the object that `value` names, if it is a `K` and the handle has all of `rights`.
    ///
    /// # Errors
    /// 1. [`Status::BAD_HANDLE`]: `value` names nothing.
    /// 2. [`Status::WRONG_TYPE`]: the object is of another type.
    /// 3. [`Status::ACCESS_DENIED`]: a right is missing.
    pub(crate) fn get<K: Kind>(&self, value: RawHandle, rights: Rights) -> Result<Ref<K>> {
        self.0.lock().find(value)?.check::<K>(rights).cloned()
    }

    /// Returns the object that `value` names, if it is a `K`, and what the handle allows.
    ///
    /// # Errors
    /// 1. [`Status::BAD_HANDLE`]: `value` names nothing.
    /// 2. [`Status::WRONG_TYPE`]: the object is of another type.
    pub(crate) fn get_with_rights<K: Kind>(&self, value: RawHandle) -> Result<(Ref<K>, Rights)> {
        let table = self.0.lock();
        let handle = table.find(value)?;
        Ok((handle.check::<K>(Rights::empty())?.clone(), handle.rights()))
    }

    /// Returns the object that `value` names, of any type, and what the handle allows.
    ///
    /// # Errors
    /// [`Status::BAD_HANDLE`]: `value` names nothing.
    pub(crate) fn get_any(&self, value: RawHandle) -> Result<(Object, Rights)> {
        let table = self.0.lock();
        let handle = table.find(value)?;
        Ok((handle.object().clone(), handle.rights()))
    }

    /// Calls `check` with the handle that `value` names, and returns what it returns.
    ///
    /// # Errors
    /// 1. [`Status::BAD_HANDLE`]: `value` names nothing.
    /// 2. Those of `check`.
    pub(crate) fn inspect<T>(
        &self,
        value: RawHandle,
        check: impl FnOnce(&Handle) -> Result<T>,
    ) -> Result<T> {
        check(self.0.lock().find(value)?)
    }

    /// Takes the handle that `value` names out of the table.
    ///
    /// # Errors
    /// [`Status::BAD_HANDLE`]: `value` names nothing.
    #[inline]
    pub(crate) fn remove(&self, value: RawHandle) -> Result<Handle> {
        self.0.lock().remove(value)
    }

    /// Sets a slot aside.
    ///
    /// # Errors
    /// 1. [`Status::BAD_STATE`]: the process has ended.
    /// 2. [`Status::NO_RESOURCES`]: the process has as many handles as there can be.
    /// 3. [`Status::NO_MEMORY`].
    #[inline]
    pub(crate) fn reserve(&self) -> Result<Reservation<'_>> {
        let mut table = self.0.lock();
        let (index, value) = table.reserve()?;
        Ok(Reservation { table: self, index, value })
    }

    /// Returns how many handles there are, or are promised.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().count as usize
    }

    /// Closes every handle of process `owner`, whose table this is, and every one that is inserted later. Calls `pause` now and then, with
    /// no lock held: there may be many.
    pub(crate) fn close(&self, owner: Koid, mut pause: impl FnMut()) {
        let mut table = self.0.lock();
        table.closed = true;
        (table.first_free, table.count) = (NONE, 0);
        let secret = table.secret;
        let chunks = mem::take(&mut table.chunks);
        drop(table);
        // As vectors, which are not moved to the stack to be gone through.
        let slots = chunks.into_iter().flat_map(|chunk| (chunk as Box<[Slot]>).into_vec());
        for ((slot, index), turn) in slots.zip(0..).zip((0..TURN).cycle()) {
            if let Some(handle) = slot.handle {
                let value = encode(secret, index, slot.generation);
                handle.cancel_waits(Source { process: owner, handle: value });
            }
            if turn == TURN - 1 {
                pause();
            }
        }
    }
}

impl Reservation<'_> {
    /// Returns the value that will name the handle.
    pub(crate) fn value(&self) -> RawHandle {
        self.value
    }

    /// Puts the handle into the slot.
    #[inline]
    pub(crate) fn fill(self, handle: Handle) {
        let mut table = self.table.0.lock();
        // A table that was closed meanwhile has no slots: the handle is dropped, below, without the lock.
        let refused = match table.slot_mut(self.index) {
            Some(slot) => slot.handle.replace(handle),
            None => Some(handle),
        };
        drop(table);
        drop(refused);
        mem::forget(self);
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.table.0.lock().release(self.index);
    }
}

impl Table {
    /// Returns the handle that `value` names.
    fn find(&self, value: RawHandle) -> Result<&Handle> {
        let (index, generation) = self.decode(value)?;
        let slot = self.slot(index).filter(|slot| slot.generation == generation);
        slot.and_then(|slot| slot.handle.as_ref()).ok_or(Status::BAD_HANDLE)
    }

    /// Takes the handle that `value` names and frees its slot.
    #[inline]
    fn remove(&mut self, value: RawHandle) -> Result<Handle> {
        let (index, generation) = self.decode(value)?;
        let slot = self.slot_mut(index).filter(|slot| slot.generation == generation);
        let handle = slot.and_then(|slot| slot.handle.take()).ok_or(Status::BAD_HANDLE)?;
        self.release(index);
        Ok(handle)
    }

    /// Takes the first free slot; returns its index and the value that names it.
    #[inline]
    fn reserve(&mut self) -> Result<(u32, RawHandle)> {
        if self.first_free == NONE {
            self.grow()?;
        }
        let index = self.first_free;
        let slot = self.slot(index).ok_or(Status::INTERNAL)?;
        let (generation, next) = (slot.generation, slot.next);
        self.first_free = next;
        self.count = self.count.wrapping_add(1);
        Ok((index, encode(self.secret, index, generation)))
    }

    /// Makes the slot's old value invalid and appends the slot to the free ones. There is no handle in it.
    #[inline]
    fn release(&mut self, index: u32) {
        let Some(slot) = self.slot_mut(index) else {
            return;
        };
        slot.generation = slot.generation.wrapping_add(1) & MAX_GENERATION;
        slot.next = NONE;
        let (first, last) = (self.first_free, mem::replace(&mut self.last_free, index));
        match self.slot_mut(last) {
            Some(last) if first != NONE => last.next = index,
            _ => self.first_free = index,
        }
        self.count = self.count.wrapping_sub(1);
    }

    /// Adds a chunk of free slots to a table that has none.
    ///
    /// # Errors
    /// 1. [`Status::BAD_STATE`]: the table is closed.
    /// 2. [`Status::NO_RESOURCES`]: it has as many slots as it can have.
    /// 3. [`Status::NO_MEMORY`].
    #[cold]
    fn grow(&mut self) -> Result<()> {
        if self.closed {
            return Err(Status::BAD_STATE);
        }
        let first = u32::try_from(self.chunks.len())
            .ok()
            .and_then(|chunks| chunks.checked_mul(CHUNK_SLOTS))
            .filter(|&slots| slots < MAX_SLOTS)
            .ok_or(Status::NO_RESOURCES)?;
        let last = first.saturating_add(CHUNK_SLOTS - 1);
        let mut chunk = try_vec(CHUNK_SLOTS as usize)?;
        for index in first..=last {
            let next = if index == last { NONE } else { index.saturating_add(1) };
            chunk.push(Slot { handle: None, generation: 0, next });
        }
        let chunk: Chunk = chunk.into_boxed_slice().try_into().map_err(|_| Status::INTERNAL)?;
        try_push(&mut self.chunks, chunk)?;
        (self.first_free, self.last_free) = (first, last);
        Ok(())
    }

    #[inline]
    fn slot(&self, index: u32) -> Option<&Slot> {
        self.chunks.get(chunk_of(index)).and_then(|chunk| chunk.get(place_of(index)))
    }

    #[inline]
    fn slot_mut(&mut self, index: u32) -> Option<&mut Slot> {
        self.chunks.get_mut(chunk_of(index)).and_then(|chunk| chunk.get_mut(place_of(index)))
    }

    /// Splits a value into slot index and generation.
    fn decode(&self, value: RawHandle) -> Result<(u32, u32)> {
        if value & HANDLE_FIXED_BITS != HANDLE_FIXED_BITS {
            return Err(Status::BAD_HANDLE);
        }
        let plain = value ^ self.secret;
        Ok(((plain >> INDEX_SHIFT) & (MAX_SLOTS - 1), plain >> GENERATION_SHIFT))
    }
}

/// Joins slot index and generation to a value.
const fn encode(secret: u32, index: u32, generation: u32) -> RawHandle {
    (generation << GENERATION_SHIFT | index << INDEX_SHIFT | HANDLE_FIXED_BITS) ^ secret
}

/// Returns which chunk the slot is in.
const fn chunk_of(index: u32) -> usize {
    (index / CHUNK_SLOTS) as usize
}

/// Returns the slot's place in its chunk.
const fn place_of(index: u32) -> usize {
    (index % CHUNK_SLOTS) as usize
}

#[cfg(test)]
mod tests;
