//! [`Slab`]: things with small numbers, whose storage grows only where that may fail.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "numbers of places are checked once, when the slab grows"
)]
#![expect(
    clippy::indexing_slicing,
    reason = "slots in use come from this slab, which keeps the chunks they are in"
)]

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::num::NonZeroU32;
use core::ops::{Index, IndexMut};

use crate::{Result, Status, try_box};

/// The number of a thing in a slab. It may name another thing once the first is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(NonZeroU32);

impl Slot {
    /// The first there is.
    #[cfg(test)]
    pub(crate) const FIRST: Slot = Slot(NonZeroU32::MIN);

    /// A number is its position twice, and one, which is not zero without being looked at.
    #[inline(always)]
    fn new(position: u32) -> Slot {
        Slot(NonZeroU32::MIN | position << 1)
    }

    #[inline(always)]
    fn position(self) -> usize {
        (self.0.get() >> 1) as usize
    }
}

/// The most places that have numbers.
const MOST: usize = 1 << 31;

/// Some places, and which of them are free.
struct Chunk<T, const CHUNK: usize> {
    places: [Option<T>; CHUNK],
    /// A bit for each free place.
    free: u32,
    /// Neighbours in the list of chunks that have a free place.
    before: Option<u32>,
    after: Option<u32>,
}

impl<T, const CHUNK: usize> Chunk<T, CHUNK> {
    /// What [`Chunk::free`] is when nothing is in the chunk.
    const ALL_FREE: u32 = u32::MAX >> (u32::BITS - CHUNK as u32);

    fn is_vacant(&self) -> bool {
        self.free == Self::ALL_FREE
    }
}

/// Storage for `T`s in chunks of `CHUNK`, a power of two up to 32: growing never moves what is there.
///
/// A chunk at the end that nothing is in is given back once a place beside it is free, so what a slab
/// takes depends on what is in it; but adding and removing the same again takes and gives nothing.
pub(crate) struct Slab<T, const CHUNK: usize> {
    chunks: Vec<Box<Chunk<T, CHUNK>>>,
    /// The first chunk that has a free place.
    roomy: Option<u32>,
    /// How many places are free beside those promised.
    spare: u32,
    promised: u32,
}

impl<T, const CHUNK: usize> Slab<T, CHUNK> {
    /// A list of chunks is not made shorter than this: where chunks are small, enough for what small things need.
    const SHORTEST: usize = if CHUNK == 1 { 16 } else { 4 };

    pub(crate) const fn new() -> Self {
        const { assert!(CHUNK.is_power_of_two() && CHUNK <= u32::BITS as usize) };
        Slab { chunks: Vec::new(), roomy: None, spare: 0, promised: 0 }
    }

    /// Makes sure that `count` more insertions cannot fail, beside those promised before. Every
    /// promise is redeemed by [`Slab::insert`] or [`Slab::release`].
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    #[inline]
    pub(crate) fn promise(&mut self, count: u32) -> Result<()> {
        if self.spare < count {
            self.make_room(count)?;
        }
        self.spare -= count;
        self.promised += count;
        Ok(())
    }

    /// Takes back `count` promises.
    pub(crate) fn release(&mut self, count: u32) {
        self.promised -= count;
        self.spare += count;
        self.shrink();
    }

    /// Takes back all promises.
    pub(crate) fn settle(&mut self) {
        if self.promised != 0 {
            self.release(self.promised);
        }
    }

    /// Says whether all promises were redeemed.
    pub(crate) fn is_settled(&self) -> bool {
        self.promised == 0
    }

    /// Adds chunks until `count` more places can be promised.
    #[cold]
    fn make_room(&mut self, count: u32) -> Result<()> {
        while self.spare < count {
            if let Err(error) = self.grow() {
                self.shrink();
                return Err(error);
            }
        }
        Ok(())
    }

    fn grow(&mut self) -> Result<()> {
        let index = self.chunks.len() as u32;
        if self.chunks.len() >= MOST / CHUNK {
            return Err(Status::NO_MEMORY);
        }
        let (places, free) = ([const { None }; CHUNK], Chunk::<T, CHUNK>::ALL_FREE);
        let chunk = try_box(Chunk { places, free, before: None, after: None })?;
        // Last: room in the list would stay if there were no chunk for it.
        let room = if index == 0 { Self::SHORTEST } else { 1 };
        self.chunks.try_reserve(room).map_err(|_| Status::NO_MEMORY)?;
        self.chunks.push(chunk);
        self.spare += CHUNK as u32;
        self.link(index);
        Ok(())
    }

    /// Puts `value` into a place that was promised, and returns its number.
    #[inline(always)]
    pub(crate) fn insert(&mut self, value: T) -> Slot {
        let index = self.roomy.expect("an insertion was promised");
        let chunk = &mut *self.chunks[index as usize];
        let within = chunk.free.trailing_zeros();
        let place = &mut chunk.places[within as usize];
        assert!(place.is_none(), "a free place holds nothing");
        *place = Some(value);
        chunk.free &= chunk.free - 1;
        if chunk.free == 0 {
            // It is the first of those that had a free place.
            self.roomy = chunk.after;
            if let Some(after) = self.roomy {
                self.chunks[after as usize].before = None;
            }
        }
        self.promised -= 1;
        Slot::new(index * CHUNK as u32 + within)
    }

    /// Takes out what `slot` names, and returns it.
    #[inline(always)]
    pub(crate) fn remove(&mut self, slot: Slot) -> T {
        self.vacate(slot, |place| place.take().expect("only what is there is removed"))
    }

    /// Takes out what `slot` names, and drops it.
    #[inline(always)]
    pub(crate) fn discard(&mut self, slot: Slot) {
        self.vacate(slot, |place| *place = None);
    }

    /// Has `take` empty the place of `slot`, and notes that it is free.
    #[inline(always)]
    fn vacate<R>(&mut self, slot: Slot, take: impl FnOnce(&mut Option<T>) -> R) -> R {
        let (index, within) = (slot.position() / CHUNK, slot.position() % CHUNK);
        let chunk = &mut *self.chunks[index];
        let taken = take(&mut chunk.places[within]);
        let was_full = chunk.free == 0;
        chunk.free |= 1 << within;
        self.spare += 1;
        if was_full {
            self.link(index as u32);
        }
        if self.has_spare_chunk() {
            self.shrink();
        }
        taken
    }

    /// Gives back every chunk, the last one too, if nothing is in any of them or promised.
    pub(crate) fn give_back_if_empty(&mut self) {
        if self.is_empty() && self.is_settled() {
            *self = Slab::new();
        }
    }

    /// Says whether there are more free places than a chunk has, beside those promised.
    fn has_spare_chunk(&self) -> bool {
        self.spare > CHUNK as u32
    }

    /// Returns how many things are in it.
    fn count(&self) -> usize {
        self.chunks.len() * CHUNK - (self.spare + self.promised) as usize
    }

    /// Gives back the chunks at the end that nothing is in, as far as promises do not need them and
    /// places beside them are free.
    #[inline(never)]
    fn shrink(&mut self) {
        while self.has_spare_chunk() && self.chunks.last().is_some_and(|chunk| chunk.is_vacant()) {
            self.unlink(self.chunks.len() as u32 - 1);
            self.chunks.pop();
            self.spare -= CHUNK as u32;
            self.trim();
        }
    }

    /// Halves the room for chunks when three quarters of it are not needed.
    fn trim(&mut self) {
        let room = self.chunks.capacity();
        if room <= Self::SHORTEST || self.chunks.len() > room / 4 {
            return;
        }
        let mut shorter = Vec::new();
        if shorter.try_reserve_exact((room / 2).max(Self::SHORTEST)).is_ok() {
            shorter.append(&mut self.chunks);
            self.chunks = shorter;
        }
    }

    /// Puts a chunk at the head of the list of those that have a free place.
    #[inline(never)]
    fn link(&mut self, index: u32) {
        let after = self.roomy.replace(index);
        if let Some(after) = after {
            self.chunks[after as usize].before = Some(index);
        }
        let chunk = &mut self.chunks[index as usize];
        (chunk.before, chunk.after) = (None, after);
    }

    /// Takes a chunk out of that list.
    #[inline(never)]
    fn unlink(&mut self, index: u32) {
        let chunk = &self.chunks[index as usize];
        let (before, after) = (chunk.before, chunk.after);
        match before {
            Some(before) => self.chunks[before as usize].after = after,
            None => self.roomy = after,
        }
        if let Some(after) = after {
            self.chunks[after as usize].before = before;
        }
    }

    /// Returns what `slot` names, if there is anything.
    #[inline(always)]
    pub(crate) fn get(&self, slot: Slot) -> Option<&T> {
        let chunk = self.chunks.get(slot.position() / CHUNK)?;
        chunk.places[slot.position() % CHUNK].as_ref()
    }

    /// Says whether exactly one thing is in it.
    pub(crate) fn has_one(&self) -> bool {
        self.count() == 1
    }

    /// Says whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Says whether it takes no memory.
    #[cfg(test)]
    pub(crate) fn takes_nothing(&self) -> bool {
        self.chunks.capacity() == 0
    }

    /// Returns the first number in use after `last`, or of all.
    pub(crate) fn next_used(&self, last: Option<Slot>) -> Option<Slot> {
        let start = last.map_or(0, |last| last.position() as u32 + 1);
        let end = (self.chunks.len() * CHUNK) as u32;
        (start..end).map(Slot::new).find(|slot| self.get(*slot).is_some())
    }

    /// Visits everything, in the order of the numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.places.iter().flatten())
    }
}

impl<T, const CHUNK: usize> Index<Slot> for Slab<T, CHUNK> {
    type Output = T;

    #[inline(always)]
    fn index(&self, slot: Slot) -> &T {
        self.get(slot).expect("a slot that is in use")
    }
}

impl<T, const CHUNK: usize> IndexMut<Slot> for Slab<T, CHUNK> {
    #[inline(always)]
    fn index_mut(&mut self, slot: Slot) -> &mut T {
        let chunk = &mut self.chunks[slot.position() / CHUNK];
        chunk.places[slot.position() % CHUNK].as_mut().expect("a slot that is in use")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_promised_can_be_inserted() {
        let mut slab = Slab::<u32, 4>::new();
        slab.promise(9).expect("memory");
        let slots: Vec<Slot> = (0..9).map(|value| slab.insert(value)).collect();
        for (value, slot) in slots.iter().enumerate() {
            assert_eq!(slab[*slot] as usize, value);
        }
        assert_eq!(slab.iter().count(), 9);
    }

    #[test]
    fn a_removed_place_is_used_again() {
        let mut slab = Slab::<&str, 2>::new();
        slab.promise(2).expect("memory");
        let first = slab.insert("first");
        let second = slab.insert("second");
        assert!(!slab.is_empty());
        assert_eq!(slab.remove(first), "first");
        assert!(slab.get(first).is_none());
        slab.promise(1).expect("memory");
        assert_eq!(slab.insert("third"), first);
        assert_eq!((slab[first], slab[second]), ("third", "second"));
        assert_eq!(slab.chunks.len(), 1);
        slab.remove(first);
        slab.remove(second);
        assert!(slab.is_empty());
    }

    #[test]
    fn chunks_that_are_vacant_at_the_end_are_given_back() {
        let mut slab = Slab::<u32, 4>::new();
        slab.promise(40).expect("memory");
        let mut slots: Vec<Slot> = (0..40).map(|value| slab.insert(value)).collect();
        slots.sort_by_key(|slot| slot.position());
        for slot in &slots[10..] {
            slab.remove(*slot);
        }
        assert_eq!((slab.chunks.len(), slab.chunks.capacity()), (3, 8));
        assert!(slab.get(slots[39]).is_none());
        slab.promise(3).expect("memory");
        assert_eq!(slab.chunks.len(), 4);
        slab.remove(slots[9]);
        assert_eq!(slab.chunks.len(), 4, "a place of the vacant chunk is promised");
        slab.release(2);
        assert_eq!(slab.chunks.len(), 3, "two places are free beside the vacant chunk");
        slab.release(1);
        for slot in &slots[..9] {
            slab.remove(*slot);
        }
        assert!(slab.is_empty());
        assert_eq!(slab.chunks.len(), 1, "one stays");
    }

    #[test]
    fn adding_and_removing_the_same_again_keeps_the_chunks() {
        let mut slab = Slab::<u32, 4>::new();
        slab.promise(4).expect("memory");
        let first = (0..4).map(|value| slab.insert(value)).next().expect("four");
        for _ in 0..3 {
            slab.promise(1).expect("memory");
            let fifth = slab.insert(5);
            assert_eq!(slab.chunks.len(), 2);
            slab.remove(fifth);
            assert_eq!(slab.chunks.len(), 2, "nothing is free beside the vacant chunk");
        }
        slab.remove(first);
        assert_eq!(slab.chunks.len(), 1);
    }
}
