//! Checks of everything an address space should be at any moment between two operations.

use core::fmt;

use abi::VmOptions;

use crate::attr::Perms;
use crate::region::{Region, Regions};
use crate::slab::Slot;
use crate::table::Leaf;
use crate::units::{PageRange, page_base};
use crate::vmo::StoreGuard;
use crate::{Aspace, Vmo};

/// Something that should never be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What should be.
    pub rule: &'static str,
    /// Where it is not.
    pub address: u64,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {:#x}: not true that {}", self.address, self.rule)
    }
}

/// Collects the first violation.
struct Findings(Option<Violation>);

impl Findings {
    fn expect(&mut self, holds: bool, rule: &'static str, page: u64) {
        if !holds && self.0.is_none() {
            self.0 = Some(Violation { rule, address: page_base(page) });
        }
    }
}

impl Aspace {
    /// Checks the tree of regions, what it says of gaps and permissions, every page-table entry
    /// against the mapping it belongs to, and the counts of table entries.
    ///
    /// The address space is locked meanwhile; it takes time in proportion to what is mapped.
    ///
    /// # Errors
    /// The first [`Violation`] found.
    pub fn check_invariants(&self) -> Result<(), Violation> {
        let regions = self.regions();
        let mut findings = Findings(None);
        findings.expect(regions.is_settled(), "no promise outlasts its operation", 0);
        regions.walk(|slot, region, _| check_region(&regions, slot, region, &mut findings));
        let mut end = self.pages().start;
        regions.walk(|_, region, _| {
            if region.as_mapping().is_some() {
                self.check_unmapped(
                    PageRange { start: end, end: region.pages.start },
                    &mut findings,
                );
                self.check_entries(region, &mut findings);
                end = region.pages.end;
            }
        });
        self.check_unmapped(PageRange { start: end, end: self.pages().end }, &mut findings);
        self.check_tables(&mut findings);
        findings.0.map_or(Ok(()), Err)
    }

    /// Checks that nothing of the kernel's own image, in a range without mappings, is judged: only
    /// address spaces of processes have all their entries from mappings.
    fn check_unmapped(&self, gap: PageRange, findings: &mut Findings) {
        if !self.is_user() {
            return;
        }
        self.translation.scan(gap, |leaf| {
            findings.expect(false, "a page outside every mapping has no entry", leaf.pages.start);
        });
    }

    fn check_entries(&self, region: &Region, findings: &mut Findings) {
        let Some(mapping) = region.as_mapping() else {
            return;
        };
        let vmo = &mapping.vmo;
        // Locked before the tables, as everywhere.
        let state = vmo.lock();
        self.translation.scan(region.pages, |leaf| {
            let page = leaf.pages.start;
            let store_page = leaf.pages.moved(region.pages.start, mapping.store_page).start;
            let allowed = mapping.perms.contains(leaf.perms);
            findings.expect(allowed, "an entry allows no more than its mapping", page);
            let for_ring_3 = leaf.user == self.is_user();
            findings.expect(for_ring_3, "ring 3 may use its own pages and no others", page);
            findings.expect(mapping.in_tables, "a mapping knows that it has entries", page);
            let inside = region.pages.covers(leaf.pages);
            findings.expect(inside, "an entry is for pages of its mapping only", page);
            for index in 0..leaf.pages.count() {
                let small = Leaf {
                    pages: PageRange::new(page.wrapping_add(index), 1),
                    frame: leaf.frame.plus(index),
                    ..leaf
                };
                check_frame(vmo, &state, store_page.wrapping_add(index), &small, findings);
            }
        });
    }

    fn check_tables(&self, findings: &mut Findings) {
        let right = self.translation.counts_are_right();
        findings.expect(right, "a table counts its entries and is not empty", self.pages().start);
    }
}

fn check_frame(
    vmo: &Vmo,
    state: &StoreGuard<'_>,
    store_page: u64,
    leaf: &Leaf,
    findings: &mut Findings,
) {
    let page = leaf.pages.start;
    let writable = leaf.perms.contains(Perms::WRITE);
    let holds = match vmo.frame_shown(state, store_page) {
        Ok(Some(held)) => {
            leaf.frame == held.frame && !(writable && held.shared) && vmo.owns(held.frame)
        }
        Ok(None) => vmo.is_zero_frame(leaf.frame) && !writable,
        Err(_) => false,
    };
    findings.expect(
        holds,
        "an entry shows the VMO's page, writable only if nobody shares it",
        page,
    );
    findings.expect(vmo.shows(state, store_page), "an entry is inside the VMO", page);
}

fn check_region(regions: &Regions, slot: Slot, region: &Region, findings: &mut Findings) {
    let page = region.pages.start;
    findings.expect(!region.pages.is_empty(), "a region has a page", page);
    if let Some(parent) = region.parent {
        let parent = regions.get(parent);
        findings.expect(parent.pages.covers(region.pages), "a region is inside its parent", page);
        let flags = parent.as_vmar().map_or(VmOptions::empty(), |vmar| vmar.flags);
        let allowed = Perms::allowed(flags);
        let most = match (region.as_mapping(), region.as_vmar()) {
            (Some(mapping), _) => mapping.max,
            (_, Some(vmar)) => Perms::allowed(vmar.flags),
            _ => Perms::empty(),
        };
        findings.expect(allowed.contains(most), "permissions only shrink down the tree", page);
    }
    let Some(mapping) = region.as_mapping() else {
        findings.expect(
            regions.tree_is_right(slot),
            "siblings are ordered, and branches know them",
            page,
        );
        return;
    };
    findings.expect(mapping.max.contains(mapping.perms), "a mapping keeps to its maximum", page);
    let state = mapping.vmo.lock();
    let record = state.mappings.get(mapping.record);
    let noted = record.pages == region.pages && record.store_page == mapping.store_page;
    findings.expect(noted, "the VMO knows where it is mapped", page);
    let next = regions.next_sibling(slot).map(|next| regions.get(next));
    let is_joined = next.is_none_or(|next| !region.is_continued_by(next));
    findings.expect(is_joined, "mappings that continue each other are one", page);
}
