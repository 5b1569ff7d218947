//! [`Slab`]: things with small numbers, whose storage grows only where that may fail.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "numbers of places are checked once, when the slab grows"
)]

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::num::NonZeroU32;
use core::ops::{Index, IndexMut};

use crate::{Result, Status};

/// The number of a thing in a slab. It may name another thing once the first is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(NonZeroU32);

impl Slot {
    fn new(position: u32) -> Slot {
        Slot(NonZeroU32::MIN.saturating_add(position))
    }

    fn position(self) -> usize {
        self.0.get().wrapping_sub(1) as usize
    }
}

enum Place<T> {
    Free(Option<Slot>),
    Used(T),
}

/// Storage for `T`s in chunks of `CHUNK`, a power of two: growing never moves what is there.
pub(crate) struct Slab<T, const CHUNK: usize> {
    chunks: Vec<Box<[Place<T>; CHUNK]>>,
    free: Option<Slot>,
    free_count: u32,
    promised: u32,
}

impl<T, const CHUNK: usize> Slab<T, CHUNK> {
    pub(crate) const fn new() -> Self {
        const { assert!(CHUNK.is_power_of_two()) };
        Slab {
            chunks: Vec::new(),
            free: None,
            free_count: 0,
            promised: 0,
        }
    }

    /// Makes sure that `count` more insertions cannot fail, beside those promised before. Every
    /// promise is redeemed by [`Slab::insert`] or [`Slab::release`].
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    pub(crate) fn promise(&mut self, count: u32) -> Result<()> {
        while self.free_count < self.promised.saturating_add(count) {
            self.grow()?;
        }
        self.promised += count;
        Ok(())
    }

    /// Takes back `count` promises.
    pub(crate) fn release(&mut self, count: u32) {
        self.promised -= count;
    }

    fn grow(&mut self) -> Result<()> {
        let base = u32::try_from(self.chunks.len() * CHUNK).map_err(|_| Status::NO_MEMORY)?;
        self.chunks.try_reserve(1).map_err(|_| Status::NO_MEMORY)?;
        let mut places = Vec::new();
        places
            .try_reserve_exact(CHUNK)
            .map_err(|_| Status::NO_MEMORY)?;
        for position in (base + 1..).take(CHUNK - 1) {
            places.push(Place::Free(Some(Slot::new(position))));
        }
        places.push(Place::Free(self.free));
        // A vector that is exactly full becomes a box where it is, without allocating.
        let chunk = places
            .into_boxed_slice()
            .try_into()
            .map_err(|_| Status::NO_MEMORY)?;
        self.chunks.push(chunk);
        self.free = Some(Slot::new(base));
        self.free_count += CHUNK as u32;
        Ok(())
    }

    /// Puts `value` into a place that was promised, and returns its number.
    pub(crate) fn insert(&mut self, value: T) -> Slot {
        let slot = self.free.expect("an insertion was promised");
        let Place::Free(next) = core::mem::replace(self.place_mut(slot), Place::Used(value)) else {
            unreachable!("a free place holds nothing");
        };
        self.free = next;
        self.free_count -= 1;
        self.promised -= 1;
        slot
    }

    /// Takes out what `slot` names.
    pub(crate) fn remove(&mut self, slot: Slot) -> T {
        let next = self.free;
        let Place::Used(value) = core::mem::replace(self.place_mut(slot), Place::Free(next)) else {
            unreachable!("only what is there is removed");
        };
        self.free = Some(slot);
        self.free_count += 1;
        self.shrink();
        value
    }

    /// Gives the chunks at the end back that nothing is in, as far as promises do not need them; the
    /// first one stays. So a slab that was once large is not so for ever.
    fn shrink(&mut self) {
        let is_vacant = |chunk: &&Box<[Place<T>; CHUNK]>| {
            chunk.iter().all(|place| matches!(place, Place::Free(_)))
        };
        let vacant = self.chunks.iter().skip(1).rev().take_while(is_vacant);
        let spare = (self.free_count - self.promised) as usize / CHUNK;
        let count = vacant.count().min(spare);
        if count == 0 {
            return;
        }
        self.chunks.truncate(self.chunks.len() - count);
        self.free_count -= (count * CHUNK) as u32;
        self.relink();
        self.trim();
    }

    /// Chains the free places anew, the lowest first.
    fn relink(&mut self) {
        self.free = None;
        let places = self.chunks.iter_mut().flat_map(|chunk| chunk.iter_mut());
        let mut end = None;
        for (position, place) in (0..).zip(places) {
            let Place::Free(next) = place else {
                continue;
            };
            *next = None;
            let here = Some(Slot::new(position));
            match core::mem::replace(&mut end, Some(next)) {
                Some(before) => *before = here,
                None => self.free = here,
            }
        }
    }

    /// Makes the list of chunks as long as growing to its length would have made it, if there is memory
    /// for a shorter one: what a slab takes depends on what is in it, not on what was.
    fn trim(&mut self) {
        const SHORTEST: usize = 4;
        let needed = self.chunks.len().next_power_of_two().max(SHORTEST);
        let mut shorter = Vec::new();
        if needed < self.chunks.capacity() && shorter.try_reserve_exact(needed).is_ok() {
            shorter.append(&mut self.chunks);
            self.chunks = shorter;
        }
    }

    /// Returns what `slot` names, if there is anything.
    pub(crate) fn get(&self, slot: Slot) -> Option<&T> {
        match self
            .chunks
            .get(slot.position() / CHUNK)?
            .get(slot.position() % CHUNK)?
        {
            Place::Used(value) => Some(value),
            Place::Free(_) => None,
        }
    }

    /// Says whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.free_count as usize == self.chunks.len() * CHUNK
    }

    /// Returns the first number in use after `last`, or of all.
    pub(crate) fn next_used(&self, last: Option<Slot>) -> Option<Slot> {
        let start = last.map_or(0, |last| last.0.get());
        let end = u32::try_from(self.chunks.len() * CHUNK).ok()?;
        (start..end)
            .map(Slot::new)
            .find(|slot| self.get(*slot).is_some())
    }

    /// Visits everything, in the order of the numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks
            .iter()
            .flat_map(|chunk| chunk.iter())
            .filter_map(|place| match place {
                Place::Used(value) => Some(value),
                Place::Free(_) => None,
            })
    }

    fn place_mut(&mut self, slot: Slot) -> &mut Place<T> {
        #[expect(
            clippy::indexing_slicing,
            reason = "slots in use come from this slab, which keeps the chunks they are in"
        )]
        &mut self.chunks[slot.position() / CHUNK][slot.position() % CHUNK]
    }
}

impl<T, const CHUNK: usize> Index<Slot> for Slab<T, CHUNK> {
    type Output = T;

    fn index(&self, slot: Slot) -> &T {
        self.get(slot).expect("a slot that is in use")
    }
}

impl<T, const CHUNK: usize> IndexMut<Slot> for Slab<T, CHUNK> {
    fn index_mut(&mut self, slot: Slot) -> &mut T {
        match self.place_mut(slot) {
            Place::Used(value) => value,
            Place::Free(_) => unreachable!("a slot that is in use"),
        }
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
        assert_eq!((slab.chunks.len(), slab.chunks.capacity()), (3, 4));
        assert!(slab.get(slots[39]).is_none());
        slab.promise(3).expect("memory");
        assert_eq!(slab.chunks.len(), 4);
        slab.remove(slots[9]);
        assert_eq!(
            slab.chunks.len(),
            3,
            "two places are free, and one of a vacant chunk is promised"
        );
        let more: Vec<Slot> = (0..3).map(|value| slab.insert(value)).collect();
        for slot in slots[..9].iter().chain(&more) {
            slab.remove(*slot);
        }
        assert!(slab.is_empty());
        assert_eq!(slab.chunks.len(), 1, "the first stays");
    }
}
