//! An address space: a tree of regions, and the page tables that show it to processors.

use core::fmt;

use abi::VmOptions;
use abi::layout::{KERNEL_VMAR_BASE, KERNEL_VMAR_LEN, USER_BASE, USER_LEN};

use crate::attr::{Attr, Perms};
use crate::lock::{self, Guard, Lock};
use crate::memory::Memory;
use crate::region::{RegionId, Regions};
use crate::table::{Entry, Tables, Translation};
use crate::units::{Frame, PageRange, page_of};
use crate::vmar::Vmar;
use crate::{Ref, Result, Status};

/// One address space.
///
/// That of a process covers the lower half from [`USER_BASE`] and shares the upper half with the
/// kernel; the kernel's own covers the part of the upper half from [`KERNEL_VMAR_BASE`].
pub struct Aspace {
    memory: &'static Memory,
    pub(crate) translation: Ref<Translation>,
    regions: Lock<Regions, { lock::REGIONS }>,
    root: RegionId,
    pages: PageRange,
    flags: VmOptions,
    seed: u64,
    user: bool,
}

/// What the root VMAR of every address space allows.
const ROOT_FLAGS: VmOptions = VmOptions::CAN_MAP_PERMS.union(VmOptions::CAN_MAP_SPECIFIC);

impl Aspace {
    /// Makes the kernel's address space over `tables`, which every CPU is about to use for good.
    /// A given `seed` makes its layout repeatable.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub fn kernel(
        memory: &'static Memory,
        tables: Tables,
        seed: Option<u64>,
    ) -> Result<Ref<Aspace>> {
        let pages = PageRange::new(page_of(KERNEL_VMAR_BASE), page_of(KERNEL_VMAR_LEN));
        let translation = Translation::kernel(tables, pages)?;
        Aspace::new(memory, translation, pages, seed, false)
    }

    /// Makes an empty address space for a process; its upper half is `kernel`'s.
    /// A given `seed` makes its layout repeatable.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub fn user(
        memory: &'static Memory,
        kernel: &Aspace,
        seed: Option<u64>,
    ) -> Result<Ref<Aspace>> {
        let pages = PageRange::new(page_of(USER_BASE), page_of(USER_LEN));
        let translation = Translation::user(memory, &kernel.translation)?;
        Aspace::new(memory, translation, pages, seed, true)
    }

    fn new(
        memory: &'static Memory,
        translation: Ref<Translation>,
        pages: PageRange,
        seed: Option<u64>,
        user: bool,
    ) -> Result<Ref<Aspace>> {
        let seed = seed.unwrap_or_else(|| {
            let [a, b, c, d, e, f, g, h, ..] = memory.machine().entropy();
            u64::from_le_bytes([a, b, c, d, e, f, g, h])
        });
        let regions = Regions::new(pages, ROOT_FLAGS, seed)?;
        let root = regions.root().map(|slot| regions.id(slot)).ok_or(Status::BAD_STATE)?;
        let regions = Lock::new(regions);
        let flags = ROOT_FLAGS;
        Ref::try_new(Aspace { memory, translation, regions, root, pages, flags, seed, user })
    }

    /// Returns the root VMAR.
    pub fn root(this: &Ref<Aspace>) -> Vmar {
        Vmar::new(this.clone(), this.root, this.pages, this.flags)
    }

    /// Returns the frame of the top-level page table, for CR3.
    pub fn table_root(&self) -> Frame {
        self.translation.root()
    }

    /// Notes that CPU number `cpu`, below 64, is about to load the page tables. The address space has to exist until it has left them:
    /// the root table goes with it.
    pub fn enter(&self, cpu: u32) {
        self.translation.enter(cpu);
    }

    /// Notes that CPU number `cpu` has loaded other page tables. The kernel's are part of all others,
    /// so nobody leaves them.
    pub fn leave(&self, cpu: u32) {
        if self.user {
            self.translation.leave(cpu);
        }
    }

    /// Returns the number that this address space's layout was drawn from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Destroys the root VMAR and everything in it. Calls on any of its VMARs then answer
    /// [`Status::BAD_STATE`]; a second time, nothing happens.
    pub fn destroy(&self) {
        while self.destroy_some(usize::MAX) {}
    }

    /// Begins to do what [`Aspace::destroy`] does: nothing in the root VMAR is shown or found any more. Then removes regions, `most` at the
    /// most, not 0; says whether any are left, which are for further calls. Nothing is locked in between.
    pub fn destroy_some(&self, most: usize) -> bool {
        let mut change = self.change();
        change.ruin();
        change.clear_ruin(most)
    }

    pub(crate) fn is_user(&self) -> bool {
        self.user
    }

    pub(crate) fn memory(&self) -> &'static Memory {
        self.memory
    }

    pub(crate) fn pages(&self) -> PageRange {
        self.pages
    }

    /// Returns what the entries of a mapping with `perms` have in common, if its pages are cached; nothing, if nobody may touch them.
    #[inline]
    pub(crate) fn pattern(&self, perms: Perms) -> Entry {
        if perms.is_empty() {
            return Entry::ABSENT;
        }
        Entry::pattern(if self.user { Attr::user(perms) } else { Attr::kernel(perms) })
    }

    pub(crate) fn regions(&self) -> Guard<'_, Regions, { lock::REGIONS }> {
        self.regions.lock()
    }
}

impl Drop for Aspace {
    fn drop(&mut self) {
        self.destroy();
    }
}

impl fmt::Debug for Aspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aspace({:?})", self.pages)
    }
}
