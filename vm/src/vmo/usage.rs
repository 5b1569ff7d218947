//! How many frames an object has, and how many of them are its own.
//!
//! A frame that `n` objects see counts as one `n`th for each, so that the sum over all objects is the
//! number of frames in use. Slices and references count nothing: what they show is their parent's.
//! Finding out who shares a frame means asking every relative, which takes time in proportion to how
//! many there are; pages that nobody shares, of objects with relatives or without, are only counted.

use arrayvec::ArrayVec;

use super::{Origin, StoreState, Vmo};
use crate::Result;
use crate::units::{Frame, PAGE_SIZE, PageRange};
use core::ops::ControlFlow;

/// Shared frames that relatives are asked about at a time. No object is locked while another is.
const BATCH: usize = 64;

/// Bits of the fraction of a byte.
const FRACTION_BITS: u32 = 63;

/// How the frames of a range of an object are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Pages that have frames.
    pub pages: u64,
    /// Pages whose frames no other object sees.
    pub private_pages: u64,
    /// Bytes, those of each frame divided by the number of objects that see it; times 2^63.
    scaled: u128,
}

impl Usage {
    /// Returns the bytes of all frames, each divided by the number of objects that see it, in units of
    /// 2^-63 of a byte.
    pub fn scaled(self) -> u128 {
        self.scaled
    }

    /// Returns the bytes of `pages` that nobody shares, in units of 2^-63 of a byte.
    pub fn scale(pages: u64) -> u128 {
        (u128::from(pages) * u128::from(PAGE_SIZE)) << FRACTION_BITS
    }

    /// Splits units of 2^-63 of a byte into whole bytes and those that are left.
    pub fn split(scaled: u128) -> (u64, u64) {
        let fraction = scaled as u64 & ((1 << FRACTION_BITS) - 1);
        ((scaled >> FRACTION_BITS) as u64, fraction)
    }

    /// Returns the whole bytes of [`Usage::scaled`].
    pub fn scaled_bytes(self) -> u64 {
        Usage::split(self.scaled).0
    }

    /// Returns what [`Usage::scaled_bytes`] leaves out, in units of 2^-63 of a byte.
    pub fn scaled_fraction(self) -> u64 {
        Usage::split(self.scaled).1
    }

    fn add(&mut self, sharers: u64) {
        self.pages += 1;
        self.private_pages += u64::from(sharers == 1);
        self.scaled += Usage::scale(1) / u128::from(sharers);
    }
}

/// A frame that may be shared, the key it has in every page tree of the family, and who sees it.
struct Seen {
    key: u64,
    frame: Frame,
    sharers: u64,
}

impl Vmo {
    /// Counts the frames of those pages that the `len` bytes from `offset` touch, as far as the object
    /// goes. Others may change it meanwhile.
    ///
    /// # Source
    /// `handles-rights-errors.md` §7.1, fields of `info_vmo`.
    pub fn usage(&self, offset: u64, len: u64) -> Usage {
        // It is not given up.
        self.usage_with(offset, len, || Ok(())).unwrap_or_default()
    }

    /// Counts as [`Vmo::usage`] does, and calls `pause` now and then, with no lock held: there may be many frames, and many who share them.
    ///
    /// # Errors
    /// Those of `pause`.
    pub fn usage_with(
        &self,
        offset: u64,
        len: u64,
        mut pause: impl FnMut() -> Result<()>,
    ) -> Result<Usage> {
        let mut usage = Usage::default();
        if self.is_physical() || matches!(self.origin, Origin::Slice(..) | Origin::Reference) {
            return Ok(usage);
        }
        let end = offset.saturating_add(len).div_ceil(PAGE_SIZE);
        let mut rest = PageRange { start: offset / PAGE_SIZE, end };
        while !rest.is_empty() {
            let (mut shared, counted) = self.count_own(rest, &mut usage);
            self.count_sharers(&mut shared, &mut pause)?;
            shared.iter().for_each(|seen| usage.add(seen.sharers));
            rest.start = counted;
            if !rest.is_empty() {
                pause()?;
            }
        }
        Ok(usage)
    }

    /// Returns how many bytes of the kernel's heap it takes to know the object's frames: the nodes of its page tree, shared ones
    /// included. An object that has never had a frame takes none.
    pub fn metadata_bytes(&self) -> u64 {
        self.lock().pages.node_bytes()
    }

    /// Counts frames that nobody shares and collects those that somebody may, up to [`BATCH`]; returns
    /// the page it has come to.
    fn count_own(&self, pages: PageRange, usage: &mut Usage) -> (ArrayVec<Seen, BATCH>, u64) {
        let mut shared = ArrayVec::new();
        let mut counted = pages.end;
        let state = self.lock();
        state.pages.each_until(pages, |page, held| {
            if !held.shared {
                usage.add(1);
                return ControlFlow::Continue(());
            }
            let seen = Seen { key: state.pages.key(page), frame: held.frame, sharers: 1 };
            if shared.try_push(seen).is_err() {
                counted = page;
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        (shared, counted)
    }

    /// Asks every relative which of the frames it sees.
    fn count_sharers(
        &self,
        shared: &mut ArrayVec<Seen, BATCH>,
        pause: impl FnMut() -> Result<()>,
    ) -> Result<()> {
        let Some(membership) = self.membership().filter(|_| !shared.is_empty()) else {
            return Ok(());
        };
        let count = |state: &StoreState| {
            for seen in shared.iter_mut() {
                seen.sharers += u64::from(state.pages.holds(seen.key, seen.frame));
            }
        };
        membership.each_relative(count, pause)
    }
}

#[cfg(test)]
mod tests;
