//! The tables of one address space and the CPUs that use them.

use core::sync::atomic::Ordering;

use super::entry::{index, pages_log2};
use super::{Editor, Entry, KERNEL_HALF, Leaf, ROOT_LEVEL, Tables};
use crate::lock::{self, Lock};
use crate::memory::Memory;
use crate::sync::AtomicU64;
use crate::units::{Frame, PageRange};
use crate::{Ref, Result};

/// What processors translate one address space with. VMOs hold on to it to reach their mappings.
pub(crate) struct Translation {
    memory: &'static Memory,
    root: Frame,
    tables: Lock<Tables, { lock::TABLES }>,
    /// A bit for each CPU that may have entries in its TLB.
    pub(super) active: AtomicU64,
}

impl Translation {
    /// Wraps the kernel's tables, which every CPU always has loaded. The top level of `range` is
    /// filled and pinned, so that address spaces may copy it.
    pub(crate) fn kernel(mut tables: Tables, range: PageRange) -> Result<Ref<Translation>> {
        let slot_pages = 1u64 << pages_log2(ROOT_LEVEL);
        let mut page = range.start & !(slot_pages - 1);
        while page < range.end {
            let table = tables.table_for(page, ROOT_LEVEL - 1)?;
            tables.memory.record(table).add(1);
            page = page.wrapping_add(slot_pages);
        }
        Translation::new(tables, u64::MAX)
    }

    /// Makes tables with an empty user half and the kernel half of `kernel`.
    pub(crate) fn user(memory: &'static Memory, kernel: &Translation) -> Result<Ref<Translation>> {
        let tables = Tables::new(memory)?;
        let kernel = kernel.tables.lock();
        let first = index(KERNEL_HALF, ROOT_LEVEL);
        for (theirs, ours) in kernel.root_slots().iter().zip(tables.root_slots()).skip(first) {
            let entry = theirs.get();
            if entry != Entry::ABSENT {
                ours.set(entry);
            }
        }
        drop(kernel);
        Translation::new(tables, 0)
    }

    fn new(tables: Tables, active: u64) -> Result<Ref<Translation>> {
        Ref::try_new(Translation {
            memory: tables.memory,
            root: tables.root,
            tables: Lock::new(tables),
            active: AtomicU64::new(active),
        })
    }

    pub(crate) fn memory(&self) -> &'static Memory {
        self.memory
    }

    /// Returns the root table, for CR3.
    pub(crate) fn root(&self) -> Frame {
        self.root
    }

    /// Notes that `cpu` is about to load these tables.
    pub(crate) fn enter(&self, cpu: u32) {
        self.active.fetch_or(1u64.wrapping_shl(cpu), Ordering::SeqCst);
    }

    /// Notes that `cpu` has loaded other tables, which made it forget these.
    pub(crate) fn leave(&self, cpu: u32) {
        self.active.fetch_and(!1u64.wrapping_shl(cpu), Ordering::SeqCst);
    }

    /// Returns the leaf that maps `page`.
    pub(crate) fn lookup(&self, page: u64) -> Option<Leaf> {
        self.tables.lock().lookup(page)
    }

    /// Visits the leaves of `range`, in order.
    pub(crate) fn scan(&self, range: PageRange, visit: impl FnMut(Leaf)) {
        self.tables.lock().each_leaf(range, visit);
    }

    /// Says whether every table of the user half counts its entries rightly and has some.
    pub(crate) fn counts_are_right(&self) -> bool {
        self.tables.lock().counts_are_right()
    }

    /// Locks the tables for changing. TLBs are up to date again when the editor is dropped.
    pub(crate) fn edit(&self) -> Editor<'_> {
        Editor::new(self, self.tables.lock())
    }
}
