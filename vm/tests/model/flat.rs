//! The model of an address space: a map from page to what is seen there, and VMARs in VMARs. What
//! it checks, and in which order, is written from the specification (`vmar.md` §5 and §7 to §11).

use std::collections::BTreeMap;
use std::ops::Range;

use abi::{Rights, Status, VmOptions, VmarOp};
use vm::Access;

use crate::common::PAGE;

type Answer<T> = Result<T, Status>;

/// What a page shows.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Shown {
    /// The VMAR whose mapping it is.
    vmar: usize,
    pub(crate) vmo: usize,
    pub(crate) vmo_page: u64,
    /// Accesses past the stream size fault.
    pub(crate) stream_only: bool,
    /// `PERM_*` bits: now, and at the most.
    perms: VmOptions,
    max: VmOptions,
}

impl Shown {
    /// Says whether `next`, the page after this one, is part of the same mapping.
    fn is_continued_by(&self, next: &Shown) -> bool {
        let expected = Shown { vmo_page: self.vmo_page + 1, ..*self };
        *next == expected
    }
}

/// A stretch of pages that one mapping shows.
pub(crate) struct Piece {
    pub(crate) first: Shown,
    pub(crate) pages: u64,
}

/// A VMAR, alive or not.
#[derive(Clone)]
pub(crate) struct Vmar {
    pub(crate) pages: Range<u64>,
    flags: VmOptions,
    parent: Option<usize>,
    is_alive: bool,
}

impl Vmar {
    pub(crate) fn is_alive(&self) -> bool {
        self.is_alive
    }
}

/// The part of an address space in which the model knows everything.
pub(crate) struct Space {
    pub(crate) vmars: Vec<Vmar>,
    shown: BTreeMap<u64, Shown>,
}

/// What is to be placed; in bytes.
pub(crate) struct Place {
    pub(crate) options: VmOptions,
    pub(crate) offset: u64,
    pub(crate) size: u64,
}

/// Where the model lets something be placed: any of these pages may be the first.
pub(crate) type Spots = Vec<u64>;

/// A mapping to be made.
pub(crate) struct Mapping {
    pub(crate) place: Place,
    pub(crate) rights: (Rights, Rights),
    pub(crate) vmo: usize,
    pub(crate) vmo_offset: u64,
}

fn perms_of(rights: Rights) -> VmOptions {
    let mut perms = VmOptions::empty();
    perms.set(VmOptions::PERM_READ, rights.contains(Rights::READ));
    perms.set(VmOptions::PERM_WRITE, rights.contains(Rights::WRITE));
    perms.set(VmOptions::PERM_EXECUTE, rights.contains(Rights::EXECUTE));
    perms
}

fn perms_allowed(flags: VmOptions) -> VmOptions {
    let mut perms = VmOptions::empty();
    perms.set(VmOptions::PERM_READ, flags.contains(VmOptions::CAN_MAP_READ));
    perms.set(VmOptions::PERM_WRITE, flags.contains(VmOptions::CAN_MAP_WRITE));
    perms.set(VmOptions::PERM_EXECUTE, flags.contains(VmOptions::CAN_MAP_EXECUTE));
    perms
}

fn readable_if_more(perms: VmOptions) -> Answer<()> {
    if perms.intersects(VmOptions::PERM_WRITE | VmOptions::PERM_EXECUTE)
        && !perms.contains(VmOptions::PERM_READ)
    {
        return Err(Status::INVALID_ARGS);
    }
    Ok(())
}

fn overlap(a: &Range<u64>, b: &Range<u64>) -> bool {
    a.start < b.end && b.start < a.end
}

fn covers(outer: &Range<u64>, inner: &Range<u64>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

impl Space {
    pub(crate) fn new(pages: Range<u64>, flags: VmOptions) -> Space {
        Space {
            vmars: vec![Vmar { pages, flags, parent: None, is_alive: true }],
            shown: BTreeMap::new(),
        }
    }

    fn children(&self, vmar: usize) -> impl Iterator<Item = &Vmar> {
        self.vmars.iter().filter(move |child| child.is_alive && child.parent == Some(vmar))
    }

    fn alive(&self, vmar: usize) -> Answer<&Vmar> {
        let vmar = &self.vmars[vmar];
        vmar.is_alive.then_some(vmar).ok_or(Status::BAD_STATE)
    }

    fn is_mapped(&self, vmar: usize, range: &Range<u64>) -> bool {
        self.shown.range(range.clone()).any(|(_, shown)| shown.vmar == vmar)
    }

    fn is_free(&self, vmar: usize, range: &Range<u64>) -> bool {
        !self.is_mapped(vmar, range) && !self.children(vmar).any(|c| overlap(&c.pages, range))
    }

    /// Says where something may be placed, or why nowhere.
    fn spots(&self, vmar: usize, place: &Place) -> Answer<Spots> {
        let options = place.options;
        let region = self.alive(vmar)?;
        let bytes = (region.pages.end - region.pages.start) * PAGE;
        let overwrite = options.contains(VmOptions::SPECIFIC_OVERWRITE);
        let specific = overwrite || options.contains(VmOptions::SPECIFIC);
        let limited = options.contains(VmOptions::OFFSET_IS_UPPER_LIMIT);
        if place.size == 0 {
            return Err(Status::INVALID_ARGS);
        }
        if !perms_allowed(region.flags).contains(perms_allowed(options)) {
            return Err(Status::ACCESS_DENIED);
        }
        if specific && limited
            || !specific && !limited && place.offset != 0
            || !place.offset.is_multiple_of(PAGE)
        {
            return Err(Status::INVALID_ARGS);
        }
        if (specific || limited) && !region.flags.contains(VmOptions::CAN_MAP_SPECIFIC) {
            return Err(Status::ACCESS_DENIED);
        }
        let fits = if limited {
            place.offset <= bytes && place.size <= place.offset
        } else {
            place.offset < bytes && place.size <= bytes - place.offset
        };
        if !fits {
            return Err(Status::INVALID_ARGS);
        }
        let align = 1 << (options.align_log2()? - 12);
        let (first, count) = (region.pages.start, place.size / PAGE);
        if specific {
            let at = first + place.offset / PAGE;
            if !at.is_multiple_of(align) {
                return Err(Status::INVALID_ARGS);
            }
            let range = at..at + count;
            if overwrite && self.children(vmar).any(|c| overlap(&c.pages, &range)) {
                return Err(Status::INVALID_ARGS);
            }
            if !overwrite && !self.is_free(vmar, &range) {
                return Err(Status::NO_MEMORY);
            }
            return Ok(vec![at]);
        }
        let end = if limited { first + place.offset / PAGE } else { region.pages.end };
        let spots: Spots = (first..=end - count)
            .filter(|at| at.is_multiple_of(align) && self.is_free(vmar, &(*at..at + count)))
            .collect();
        if spots.is_empty() {
            return Err(Status::NO_MEMORY);
        }
        Ok(spots)
    }

    pub(crate) fn check_allocate(
        &self,
        vmar: usize,
        rights: Rights,
        place: &Place,
    ) -> Answer<Spots> {
        if !perms_of(rights).contains(perms_allowed(place.options)) {
            return Err(Status::ACCESS_DENIED);
        }
        if !place.size.is_multiple_of(PAGE) {
            return Err(Status::INVALID_ARGS);
        }
        self.spots(vmar, place)
    }

    /// Adds a VMAR and returns its number.
    pub(crate) fn allocate(&mut self, parent: usize, pages: Range<u64>, flags: VmOptions) -> usize {
        self.vmars.push(Vmar { pages, flags, parent: Some(parent), is_alive: true });
        self.vmars.len() - 1
    }

    /// Says where a mapping may go; its size is rounded up.
    pub(crate) fn check_map(&self, vmar: usize, mapping: &mut Mapping) -> Answer<Spots> {
        let options = mapping.place.options;
        let perms = options & VmOptions::PERMS;
        if !mapping.rights.1.contains(Rights::MAP) {
            return Err(Status::ACCESS_DENIED);
        }
        readable_if_more(perms)?;
        if options.contains(VmOptions::MAP_RANGE | VmOptions::SPECIFIC_OVERWRITE) {
            return Err(Status::INVALID_ARGS);
        }
        let granted = perms_of(mapping.rights.0 & mapping.rights.1);
        if !granted.contains(perms) || !perms_allowed(self.vmars[vmar].flags).contains(perms) {
            return Err(Status::ACCESS_DENIED);
        }
        mapping.place.size = mapping.place.size.next_multiple_of(PAGE);
        self.spots(vmar, &mapping.place)
    }

    pub(crate) fn map(&mut self, vmar: usize, mapping: &Mapping, first: u64) {
        let granted = perms_of(mapping.rights.0 & mapping.rights.1);
        for number in 0..mapping.place.size / PAGE {
            let shown = Shown {
                vmar,
                vmo: mapping.vmo,
                vmo_page: mapping.vmo_offset / PAGE + number,
                stream_only: (mapping.place.options).contains(VmOptions::FAULT_BEYOND_STREAM_SIZE),
                perms: mapping.place.options & VmOptions::PERMS,
                max: granted & perms_allowed(self.vmars[vmar].flags),
            };
            self.shown.insert(first + number, shown);
        }
    }

    /// Checks the range of an unmap or a protect.
    fn range_in(&self, vmar: usize, page: u64, len: u64) -> Answer<Range<u64>> {
        if len == 0 {
            return Err(Status::INVALID_ARGS);
        }
        let range = page..page + len.div_ceil(PAGE);
        if !covers(&self.alive(vmar)?.pages, &range) {
            return Err(Status::INVALID_ARGS);
        }
        Ok(range)
    }

    pub(crate) fn unmap(&mut self, vmar: usize, rights: Rights, page: u64, len: u64) -> Answer<()> {
        let range = self.range_in(vmar, page, len)?;
        let reaches = rights.contains(Rights::OP_CHILDREN);
        let refused = |child: &Vmar| !reaches || !covers(&range, &child.pages);
        if self.children(vmar).any(|child| overlap(&child.pages, &range) && refused(child)) {
            return Err(Status::INVALID_ARGS);
        }
        self.shown.retain(|page, _| !range.contains(page));
        let inside: Vec<usize> = (0..self.vmars.len())
            .filter(|number| {
                self.is_below(*number, vmar) && covers(&range, &self.vmars[*number].pages)
            })
            .collect();
        for number in inside {
            self.vmars[number].is_alive = false;
        }
        Ok(())
    }

    /// Says whether `vmar` is in `above`, however deep.
    fn is_below(&self, vmar: usize, above: usize) -> bool {
        let mut next = self.vmars[vmar].parent;
        while let Some(parent) = next {
            if parent == above {
                return true;
            }
            next = self.vmars[parent].parent;
        }
        false
    }

    pub(crate) fn protect(
        &mut self,
        vmar: usize,
        rights: Rights,
        perms: VmOptions,
        page: u64,
        len: u64,
    ) -> Answer<()> {
        if !perms_of(rights).contains(perms) {
            return Err(Status::ACCESS_DENIED);
        }
        readable_if_more(perms)?;
        let range = self.range_in(vmar, page, len)?;
        for page in range.clone() {
            let shown = self.shown.get(&page).ok_or(Status::NOT_FOUND)?;
            if !shown.max.contains(perms) {
                return Err(Status::ACCESS_DENIED);
            }
            if shown.vmar != vmar && !rights.contains(Rights::OP_CHILDREN) {
                return Err(Status::INVALID_ARGS);
            }
            if shown.vmar != vmar && !shown.perms.contains(perms) {
                return Err(Status::ACCESS_DENIED);
            }
        }
        for (_, shown) in self.shown.range_mut(range) {
            shown.perms = perms;
        }
        Ok(())
    }

    /// Checks the range of an operation on what is shown.
    pub(crate) fn check_op_range(&self, vmar: usize, page: u64, len: u64) -> Answer<Range<u64>> {
        if len == 0 {
            return Err(Status::INVALID_ARGS);
        }
        let range = page..page + len.div_ceil(PAGE);
        if !covers(&self.vmars[vmar].pages, &range) {
            return Err(Status::OUT_OF_RANGE);
        }
        self.alive(vmar).map(|_| range)
    }

    /// Checks that an operation may be done on a piece, but for the stream size.
    pub(crate) fn check_piece(
        &self,
        vmar: usize,
        rights: Rights,
        op: VmarOp,
        piece: &Piece,
        is_in_stream: bool,
    ) -> Answer<()> {
        let nests = ![VmarOp::Commit, VmarOp::Decommit, VmarOp::Prefetch].contains(&op);
        if piece.first.vmar != vmar && !(nests && rights.contains(Rights::OP_CHILDREN)) {
            return Err(Status::INVALID_ARGS);
        }
        if !is_in_stream {
            return Err(Status::OUT_OF_RANGE);
        }
        let needed = match op {
            VmarOp::Commit | VmarOp::Decommit | VmarOp::Zero => VmOptions::PERM_WRITE,
            VmarOp::Prefetch => VmOptions::PERM_READ,
            _ => VmOptions::empty(),
        };
        if !piece.first.max.contains(needed) {
            return Err(Status::ACCESS_DENIED);
        }
        Ok(())
    }

    /// Returns what one mapping shows from `page` on, up to `end` at the most.
    pub(crate) fn piece(&self, page: u64, end: u64) -> Option<Piece> {
        let first = *self.shown.get(&page)?;
        let mut last = first;
        let mut pages = 1;
        while let Some(next) = self.shown.get(&(page + pages))
            && page + pages < end
            && last.is_continued_by(next)
        {
            last = *next;
            pages += 1;
        }
        Some(Piece { first, pages })
    }

    /// Returns how many mappings there are, if those that continue each other are one.
    pub(crate) fn mappings(&self) -> usize {
        let mut count = 0;
        let mut before: Option<(u64, Shown)> = None;
        for (page, shown) in &self.shown {
            let continues = before.is_some_and(|(last_page, last)| {
                last_page + 1 == *page && last.is_continued_by(shown)
            });
            count += usize::from(!continues);
            before = Some((*page, *shown));
        }
        count
    }

    pub(crate) fn destroy(&mut self, vmar: usize) -> Answer<()> {
        let pages = self.alive(vmar)?.pages.clone();
        self.shown.retain(|page, _| !pages.contains(page));
        for number in 0..self.vmars.len() {
            if number == vmar || self.is_below(number, vmar) {
                self.vmars[number].is_alive = false;
            }
        }
        Ok(())
    }

    /// Says whether any page of the object number `vmo` is mapped.
    pub(crate) fn shows(&self, vmo: usize) -> bool {
        self.shown.values().any(|shown| shown.vmo == vmo)
    }

    /// Says what an access to `page` reaches.
    pub(crate) fn access(&self, page: u64, access: Access) -> Answer<Shown> {
        let shown = self.shown.get(&page).ok_or(Status::NOT_FOUND)?;
        let needed = match access {
            Access::Read => crate::common::READ,
            Access::Write => crate::common::READ_WRITE,
            Access::Execute => crate::common::READ_EXECUTE,
        };
        if !shown.perms.contains(needed) {
            return Err(Status::ACCESS_DENIED);
        }
        Ok(*shown)
    }
}
