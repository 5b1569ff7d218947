//! Wired memory: mappings that the kernel itself lives in, which never fault.

use abi::{Rights, VmOptions, VmoOptions};

use super::{MapRequest, Mapped, Vmar};
use crate::units::{PAGE_SIZE, PageRange, page_of};
use crate::vmo::View;
use crate::{Ref, Result, Status, Vmo};

/// A mapping whose pages get frames and entries when they are asked for, not when they are touched.
/// It is unmapped when this is dropped.
#[derive(Debug)]
pub struct Wired {
    vmar: Vmar,
    mapped: Mapped,
    vmo: Ref<Vmo>,
}

impl Vmar {
    /// Maps `len` bytes of new memory, readable and writable and without frames yet, at `offset`
    /// from this VMAR's base if `options` has `SPECIFIC`.
    ///
    /// # Errors
    /// Those of [`Vmo::create`] and [`Vmar::map`].
    pub fn wire(&self, options: VmOptions, offset: u64, len: u64) -> Result<Wired> {
        let vmo = Vmo::create(self.aspace.memory(), len, VmoOptions::empty())?;
        let rights = Rights::READ | Rights::WRITE | Rights::MAP;
        let mapped = self.map(&MapRequest {
            vmar_rights: rights,
            options: options | VmOptions::PERM_READ | VmOptions::PERM_WRITE,
            vmar_offset: offset,
            vmo: &vmo,
            vmo_rights: rights,
            vmo_offset: 0,
            len,
        })?;
        // Its entries come and go without the lock that this is noted under.
        let mut change = self.aspace.change();
        let slot = change.regions.find(mapped.id)?;
        if let Some(mapping) = change.regions.mapping_mut(slot) {
            mapping.in_tables = true;
        }
        drop(change);
        Ok(Wired { vmar: self.clone(), mapped, vmo })
    }
}

impl Wired {
    /// Returns the address of the first byte.
    pub fn base(&self) -> u64 {
        self.mapped.address
    }

    /// Returns the size in bytes.
    #[expect(clippy::len_without_is_empty, reason = "nothing is mapped with size 0")]
    pub fn len(&self) -> u64 {
        self.vmo.size()
    }

    /// Gives frames and entries to the `len` bytes from `offset`, both whole pages.
    ///
    /// It takes only locks below that of regions, so a heap can grow by it while an address space is
    /// being changed.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: not whole pages.
    /// 2. [`Status::OUT_OF_RANGE`]: not inside.
    /// 3. [`Status::NO_MEMORY`]: the first pages may be usable, but need not be.
    pub fn commit(&self, offset: u64, len: u64) -> Result<()> {
        if !offset.is_multiple_of(PAGE_SIZE) || !len.is_multiple_of(PAGE_SIZE) {
            return Err(Status::INVALID_ARGS);
        }
        self.vmo.commit(offset, len)?;
        let aspace = &self.vmar.aspace;
        self.vmo.show_present(&View {
            translation: &aspace.translation,
            pages: PageRange::new(page_of(offset), page_of(len)).moved(0, page_of(self.base())),
            store_page: page_of(offset),
            stream_only: false,
            pattern: aspace.pattern(crate::Perms::READ | crate::Perms::WRITE),
        })
    }

    /// Takes back frames and entries of the `len` bytes from `offset`, both whole pages, whether they
    /// have any or not.
    ///
    /// It takes the same locks as [`Wired::commit`].
    pub fn decommit(&self, offset: u64, len: u64) {
        // Nothing is shared, so nothing has to be copied, and it cannot fail.
        let decommitted = self.vmo.decommit(offset, len);
        debug_assert!(decommitted.is_ok(), "{decommitted:?}");
    }
}

impl Drop for Wired {
    fn drop(&mut self) {
        self.vmar.discard(self.mapped);
    }
}
