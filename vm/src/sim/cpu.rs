//! A processor's memory of page tables: the TLB and the paging-structure caches.

use core::fmt;
use std::collections::BTreeMap;

use super::walk::{self, Leaf, Next, Step};
use crate::units::page_base;
use crate::{Access, Aspace, Frame, Invalidation, Memory, Ref};

/// A processor. What it has once read from page tables it remembers, until it is told to forget.
#[derive(Default)]
pub(super) struct Cpu {
    loaded: Option<Ref<Aspace>>,
    /// By page.
    tlb: BTreeMap<u64, Leaf>,
    /// By level and by the pages that the table covers, counted in its own size.
    tables: BTreeMap<(u32, u64), Step>,
}

/// Something that a processor should have been told to forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The processor.
    pub cpu: u32,
    /// An address that it would translate wrongly.
    pub address: u64,
    /// What it remembers.
    pub what: &'static str,
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stale { cpu, address, what } = self;
        write!(f, "CPU {cpu} remembers {what} at {address:#x}")
    }
}

impl Cpu {
    pub(super) fn loaded(&self) -> Option<&Ref<Aspace>> {
        self.loaded.as_ref()
    }

    /// Loads CR3, which forgets all that is not global, and returns what was loaded before.
    pub(super) fn load(&mut self, aspace: Ref<Aspace>) -> Option<Ref<Aspace>> {
        self.tlb.retain(|_, leaf| leaf.global);
        if self.tlb.is_empty() {
            // Its memory, too: tests count it.
            self.tlb = BTreeMap::new();
        }
        self.tables.clear();
        self.loaded.replace(aspace)
    }

    /// Forgets what it is told to. INVLPG drops one page and, whatever the page, all cached tables
    /// (Intel SDM 3A 4.10.4.1); a toggle of CR4.PGE drops everything.
    pub(super) fn invalidate(&mut self, what: Invalidation<'_>) {
        match what {
            Invalidation::Pages(pages) => pages.iter().for_each(|page| self.forget(*page)),
            Invalidation::All => self.tlb.clear(),
        }
        self.tables.clear();
    }

    fn forget(&mut self, page: u64) {
        let number = |page, leaf: &Leaf| walk::entry_number(page, leaf.level);
        let same_leaf = |other: u64, leaf: &Leaf| number(other, leaf) == number(page, leaf);
        self.tlb.retain(|other, leaf| !same_leaf(*other, leaf));
    }

    /// Translates `page` for `access`; none is a page fault, which has forgotten all that was
    /// remembered of this page (Intel SDM 3A 4.10.4.1), so that repeating the access reads memory.
    pub(super) fn translate(
        &mut self,
        memory: &Memory,
        page: u64,
        access: Access,
        from_user: bool,
    ) -> Option<Frame> {
        let leaf = match self.tlb.get(&page) {
            Some(leaf) => Some(*leaf),
            None => self.walk(memory, page),
        };
        let permitted = leaf.filter(|leaf| leaf.allowed.permits(access, from_user));
        match permitted {
            Some(leaf) => {
                self.tlb.insert(page, leaf);
                Some(leaf.frame)
            }
            None => {
                self.forget(page);
                self.tables.retain(|key, _| *key != key_of(key.0, page));
                None
            }
        }
    }

    /// Reads the page tables, beginning at the lowest table that is cached.
    fn walk(&mut self, memory: &Memory, page: u64) -> Option<Leaf> {
        let root = self.loaded.as_ref()?.table_root();
        let cached = (1..walk::ROOT_LEVEL).find_map(|level| self.tables.get(&key_of(level, page)));
        let mut step = cached.copied().unwrap_or(Step::root(root));
        loop {
            step = match step.next(memory, page) {
                Next::Nothing => return None,
                Next::Page(leaf) => return Some(leaf),
                Next::Table(step) => step,
            };
            self.tables.insert(key_of(step.level, page), step);
        }
    }

    /// Visits the pages that it remembers.
    pub(super) fn pages(&self) -> impl Iterator<Item = (&u64, &Leaf)> {
        self.tlb.iter()
    }

    /// Says whether it remembers `frame`, as a page or as a table.
    pub(super) fn remembers(&self, frame: Frame) -> bool {
        self.tlb.values().any(|leaf| leaf.frame == frame)
            || self.tables.values().any(|step| step.table == frame)
    }

    /// Compares everything remembered with the tables in memory.
    pub(super) fn check(&self, cpu: u32, memory: &Memory) -> Result<(), Stale> {
        let Some(root) = self.loaded.as_ref().map(|aspace| aspace.table_root()) else {
            return Ok(());
        };
        let stale = |page, what| Stale { cpu, address: page_base(page), what };
        for (page, leaf) in &self.tlb {
            match walk::leaf(memory, root, *page) {
                None => return Err(stale(*page, "a page that is gone")),
                Some(now) if now.frame != leaf.frame => {
                    return Err(stale(*page, "a frame that was replaced"));
                }
                Some(now) if !leaf.allowed.is_within(now.allowed) => {
                    return Err(stale(*page, "a permission that was taken away"));
                }
                Some(_) => {}
            }
        }
        for ((level, number), step) in &self.tables {
            let page = number.wrapping_mul(walk::pages(level.wrapping_add(1)));
            if walk::table(memory, root, page, *level) != Some(step.table) {
                return Err(stale(page, "a table that is gone"));
            }
        }
        Ok(())
    }
}

fn key_of(level: u32, page: u64) -> (u32, u64) {
    (level, walk::entry_number(page, level.wrapping_add(1)))
}
