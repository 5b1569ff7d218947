//! Making and naming objects.

use core::sync::atomic::AtomicU64;

use abi::layout::{MAX_NAME_LEN, MAX_VMO_SIZE};
use abi::{CachePolicy, VmoOptions};

use super::{PageTree, Vmo, VmoKind, VmoState};
use crate::lock::Lock;
use crate::memory::Memory;
use crate::slab::Slab;
use crate::units::{Frame, is_page_aligned, page_of, round_up_to_page};
use crate::{Ref, Result, Status};

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
        const KNOWN: VmoOptions = VmoOptions::RESIZABLE
            .union(VmoOptions::DISCARDABLE)
            .union(VmoOptions::UNBOUNDED);
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
        let bytes = if unbounded { MAX_VMO_SIZE } else { rounded };
        Vmo::new(memory, options, VmoKind::Paged, page_of(bytes), size)
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
        let kind = VmoKind::Physical {
            first: Frame::containing(address),
            cache,
        };
        Vmo::new(memory, VmoOptions::empty(), kind, page_of(len), 0)
    }

    fn new(
        memory: &'static Memory,
        options: VmoOptions,
        kind: VmoKind,
        size: u64,
        stream_size: u64,
    ) -> Result<Ref<Vmo>> {
        let state = VmoState {
            size,
            stream_size,
            pages: PageTree::new(memory),
            mappings: Slab::new(),
            name: [0; MAX_NAME_LEN],
        };
        let (label, state) = (AtomicU64::new(0), Lock::new(state));
        Ref::try_new(Vmo {
            memory,
            options,
            kind,
            label,
            state,
        })
    }
}
