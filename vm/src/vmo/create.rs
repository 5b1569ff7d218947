//! Making objects.

use core::sync::atomic::AtomicU64;

use abi::layout::{MAX_NAME_LEN, MAX_VMO_SIZE};
use abi::{CachePolicy, VmoOptions};
use spin::{Mutex, Once};

use super::family::Seat;
use super::store::{Store, StoreKind};
use super::{HandleCount, Origin, PageTree, Vmo};
use crate::memory::{BLOCK_FRAMES, Memory, Registration};
use crate::units::{Frame, PAGE_SHIFT, is_page_aligned, page_of, round_up_to_page};
use crate::{Ref, Result, Status};

/// Frames that are cleared before a pause: those of a large page.
const TURN: u64 = BLOCK_FRAMES;
/// The bits of a physical address, at the most (Intel SDM 3A 4.1.4).
const PHYSICAL_ADDRESS_BITS: u32 = 52;

impl Vmo {
    /// Makes an object of `size` bytes, rounded up to pages, that are all zero.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: resizable and unbounded.
    /// 2. [`Status::OUT_OF_RANGE`]: `size` cannot be rounded up, unless unbounded.
    /// 3. [`Status::INVALID_ARGS`]: other options than `RESIZABLE`, `DISCARDABLE`, `UNBOUNDED`.
    /// 4. [`Status::OUT_OF_RANGE`]: more than [`MAX_VMO_SIZE`].
    /// 5. [`Status::NO_MEMORY`].
    ///
    /// # Source
    /// `vmo.md` §2.
    pub fn create(memory: &'static Memory, size: u64, options: VmoOptions) -> Result<Ref<Vmo>> {
        const KNOWN: VmoOptions =
            VmoOptions::RESIZABLE.union(VmoOptions::DISCARDABLE).union(VmoOptions::UNBOUNDED);
        let unbounded = options.contains(VmoOptions::UNBOUNDED);
        if unbounded && options.contains(VmoOptions::RESIZABLE) {
            return Err(Status::INVALID_ARGS);
        }
        let rounded = match round_up_to_page(size) {
            Some(rounded) => rounded,
            None if unbounded => u64::MAX,
            None => return Err(Status::OUT_OF_RANGE),
        };
        if !KNOWN.contains(options) {
            return Err(Status::INVALID_ARGS);
        }
        if rounded > MAX_VMO_SIZE {
            return Err(Status::OUT_OF_RANGE);
        }
        let pages = page_of(if unbounded { MAX_VMO_SIZE } else { rounded });
        let tree = PageTree::new(memory);
        let store = Store::new(options, StoreKind::Paged, pages, tree, CachePolicy::Cached, size)?;
        Vmo::new(store, Origin::New)
    }

    /// Makes an object that shows `len` bytes of physical memory from `address`: registers of a
    /// device, or memory that is not the allocator's.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: `len` is 0, `address` is not page-aligned, or the range passes
    ///    the physical address space.
    /// 2. [`Status::NO_MEMORY`].
    ///
    /// # Source
    /// `vmo.md` §7.
    pub fn physical(
        memory: &'static Memory,
        address: u64,
        len: u64,
        cache: CachePolicy,
    ) -> Result<Ref<Vmo>> {
        let len = round_up_to_page(len).ok_or(Status::INVALID_ARGS)?;
        let end = address.checked_add(len).ok_or(Status::INVALID_ARGS)?;
        if len == 0 || !is_page_aligned(address) || end > 1 << PHYSICAL_ADDRESS_BITS {
            return Err(Status::INVALID_ARGS);
        }
        let kind = StoreKind::Physical { first: Frame::containing(address) };
        let options = VmoOptions::empty();
        let store = Store::new(options, kind, page_of(len), PageTree::new(memory), cache, 0)?;
        Vmo::new(store, Origin::New)
    }

    /// Makes an object of `size` bytes, rounded up to pages, whose frames are in a row, aligned to
    /// `2^align_log2` bytes (0: a page), all there from the start.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: `size` is 0 or cannot be rounded up; the alignment is below a
    ///    page or not below 2^64.
    /// 2. [`Status::NO_MEMORY`]: there is no such run of free frames.
    ///
    /// # Source
    /// `vmo.md` §7.
    pub fn contiguous(memory: &'static Memory, size: u64, align_log2: u32) -> Result<Ref<Vmo>> {
        Vmo::contiguous_with(memory, size, align_log2, || Ok(()))
    }

    /// Makes an object as [`Vmo::contiguous`] does, and calls `pause` now and then, with no lock held: there may be many frames to clear.
    ///
    /// # Errors
    /// 1. Those of [`Vmo::contiguous`].
    /// 2. Those of `pause`.
    pub fn contiguous_with(
        memory: &'static Memory,
        size: u64,
        align_log2: u32,
        mut pause: impl FnMut() -> Result<()>,
    ) -> Result<Ref<Vmo>> {
        let (count, align) = Vmo::check_contiguous(size, align_log2)?;
        let mut tree = PageTree::new(memory);
        let first = memory.allocate_run(count, align)?;
        for page in 0..count {
            let frame = first.plus(page);
            let begun = if page % TURN == TURN - 1 { pause() } else { Ok(()) };
            let owned = begun.and_then(|()| tree.own_with(page, |_, _| Ok(frame)));
            if let Err(error) = owned {
                // The tree frees what it has.
                (page..count).for_each(|page| memory.free(first.plus(page)));
                return Err(error);
            }
            memory.clear_frame(frame, 0, crate::PAGE_SIZE as usize);
        }
        let (kind, cache) = (StoreKind::Contiguous, CachePolicy::Cached);
        let store = Store::new(VmoOptions::empty(), kind, count, tree, cache, 0)?;
        Vmo::new(store, Origin::New)
    }

    /// Returns how many frames a contiguous object has, and what the number of the first is a multiple of.
    ///
    /// # Errors
    /// The first of [`Vmo::contiguous`].
    pub fn check_contiguous(size: u64, align_log2: u32) -> Result<(u64, u64)> {
        let size = round_up_to_page(size).ok_or(Status::INVALID_ARGS)?;
        let align_log2 = match align_log2 {
            0 => PAGE_SHIFT,
            asked => asked,
        };
        if size == 0 || !(PAGE_SHIFT..u64::BITS).contains(&align_log2) {
            return Err(Status::INVALID_ARGS);
        }
        Ok((page_of(size), 1 << (align_log2 - PAGE_SHIFT)))
    }

    /// Makes an object that shows a store of its own.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    #[inline(always)]
    pub(super) fn new(store: Ref<Store>, origin: Origin) -> Result<Ref<Vmo>> {
        let registration = match store.options.contains(VmoOptions::DISCARDABLE) {
            true => Some(Store::register(&store)?),
            false => None,
        };
        Vmo::of_parts(store, origin, Once::new(), registration)
    }

    /// Makes an object that shows the store of `parent`. Under its lock.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(super) fn sharing(parent: &Vmo, origin: Origin) -> Result<Ref<Vmo>> {
        let seat = Once::initialized(parent.seat()?.clone());
        Vmo::of_parts(parent.store.clone(), origin, seat, None)
    }

    #[inline(always)]
    fn of_parts(
        store: Ref<Store>,
        origin: Origin,
        seat: Once<Ref<Seat>>,
        registration: Option<Registration>,
    ) -> Result<Ref<Vmo>> {
        Ref::try_new_with(|| Vmo {
            store,
            origin,
            seat,
            label: AtomicU64::new(0),
            handles: HandleCount::default(),
            name: Mutex::new([0; MAX_NAME_LEN]),
            attachment: Once::new(),
            _registration: registration,
        })
    }
}
