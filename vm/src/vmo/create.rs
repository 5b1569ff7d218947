//! Making objects.

use core::sync::atomic::AtomicU64;

use abi::layout::{MAX_NAME_LEN, MAX_VMO_SIZE};
use abi::{CachePolicy, VmoOptions};
use spin::{Mutex, Once};

use super::store::{Store, StoreKind};
use super::stream::StreamSize;
use super::{Origin, PageTree, Vmo};
use crate::memory::Memory;
use crate::units::{Frame, PAGE_SHIFT, is_page_aligned, page_of, round_up_to_page};
use crate::{Ref, Result, Status, try_box};

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
        let store = Store::new(options, StoreKind::Paged, pages, tree, CachePolicy::Cached)?;
        Vmo::new(store, Origin::New, Ref::try_new(StreamSize::new(size))?)
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
        let store = Store::new(options, kind, page_of(len), PageTree::new(memory), cache)?;
        Vmo::new(store, Origin::New, Ref::try_new(StreamSize::new(0))?)
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
        let (count, align) = Vmo::check_contiguous(size, align_log2)?;
        let mut tree = PageTree::new(memory);
        let first = memory.allocate_run(count, align)?;
        for page in 0..count {
            let frame = first.plus(page);
            if let Err(error) = tree.own_with(page, |_, _| Ok(frame)) {
                // The tree frees what it has.
                (page..count).for_each(|page| memory.free(first.plus(page)));
                return Err(error);
            }
            memory.clear_frame(frame, 0, crate::PAGE_SIZE as usize);
        }
        let options = VmoOptions::empty();
        let store = Store::new(options, StoreKind::Contiguous, count, tree, CachePolicy::Cached)?;
        Vmo::new(store, Origin::New, Ref::try_new(StreamSize::new(0))?)
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

    pub(super) fn new(
        store: Ref<Store>,
        origin: Origin,
        stream: Ref<StreamSize>,
    ) -> Result<Ref<Vmo>> {
        let registration = if store.options.contains(VmoOptions::DISCARDABLE) {
            Some(store.memory.register(try_box(store.clone())?)?)
        } else {
            None
        };
        Ref::try_new(Vmo {
            store,
            origin,
            stream,
            label: AtomicU64::new(0),
            name: Mutex::new([0; MAX_NAME_LEN]),
            attachment: Once::new(),
            _registration: registration,
        })
    }
}
