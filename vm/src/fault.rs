//! Page faults: giving the processor the entry it did not find, or saying why not.

use core::fmt;

use crate::attr::Access;
use crate::region::Region;
use crate::units::{PageRange, page_base, page_of};
use crate::vmo::{Missing, View};
use crate::{Aspace, Result, Status};

impl Aspace {
    /// Makes the byte at `address` usable for `access`, so that the instruction can be repeated.
    ///
    /// Neighbours of the page that have frames become usable with it. That another CPU was faster is
    /// no error.
    ///
    /// # Errors
    /// 1. [`Status::NOT_FOUND`]: no mapping is there.
    /// 2. [`Status::ACCESS_DENIED`]: the mapping does not allow `access`.
    /// 3. [`Status::OUT_OF_RANGE`]: the page is past the end of the VMO.
    /// 4. [`Status::SHOULD_WAIT`]: the page is [`missing`](Aspace::missing); nothing has changed.
    /// 5. [`Status::NO_MEMORY`]: no frame for the page or a table.
    ///
    /// # Source
    /// `faults.md` §1.
    #[inline]
    pub fn fault(&self, address: u64, access: Access) -> Result<()> {
        let page = page_of(address);
        let mut regions = self.regions();
        loop {
            match regions.last_mapping(page) {
                Some(region) => return self.fault_in(region, page, access),
                // Programs tend to stay.
                None => regions.find_mapping(page)?,
            }
        }
    }

    /// Makes `page` of the mapping `region` usable for `access`.
    ///
    /// # Errors
    /// Those of [`Aspace::fault`].
    #[inline]
    fn fault_in(&self, region: &Region, page: u64, access: Access) -> Result<()> {
        let mapping = region.as_mapping().ok_or(Status::NOT_FOUND)?;
        if !mapping.perms.contains(access.needs()) {
            return Err(Status::ACCESS_DENIED);
        }
        let view = View {
            translation: &self.translation,
            pages: region.pages,
            store_page: mapping.store_page,
            stream_only: mapping.stream_only,
            pattern: self.pattern(mapping.perms),
        };
        mapping.vmo.show(&view, page, access)
    }

    /// Returns the page at `address` that its source has yet to provide, or to agree to `access` to, if so.
    pub fn missing(&self, address: u64, access: Access) -> Option<Missing> {
        let page = page_of(address);
        let regions = self.regions();
        let root = regions.root()?;
        let region = regions.get(regions.mapping_below(root, page)?);
        let mapping = region.as_mapping()?;
        let store_page =
            PageRange::new(page, 1).moved(region.pages.start, mapping.store_page).start;
        mapping.vmo.missing_page(store_page, access).map(|missing| missing.seen_at(page_base(page)))
    }

    /// Writes what lies at `address`: the regions from the root down, a line each.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn explain(&self, address: u64, out: &mut dyn fmt::Write) -> fmt::Result {
        let page = page_of(address);
        let regions = self.regions();
        let Some(root) = regions.root() else {
            return writeln!(out, "  the root VMAR is destroyed");
        };
        let mut slot = root;
        let mut depth = 0u64;
        loop {
            let region = regions.get(slot);
            // A caller can nest VMARs thousands deep; the innermost ones say the most.
            if depth < 16 || region.as_mapping().is_some() {
                writeln!(out, "  {region}")?;
            }
            depth = depth.saturating_add(1);
            if region.as_mapping().is_some() {
                return Ok(());
            }
            match regions.child_from(slot, page) {
                Some(child) if regions.get(child).pages.contains(page) => slot = child,
                _ => return writeln!(out, "  gap at depth {depth}"),
            }
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.parent.is_none() { "root" } else { "useralloc" };
        write!(f, "{:?} ", self.pages)?;
        match self.as_mapping() {
            None => write!(f, "VMAR {name}"),
            Some(mapping) => {
                let offset = mapping.vmo_offset();
                write!(f, "mapping {} of at most {}, ", mapping.perms, mapping.max)?;
                write!(f, "VMO {} at {offset:#x}, ", mapping.vmo.label())?;
                write!(f, "size {:#x}", mapping.vmo.size())?;
                let name = mapping.vmo.name();
                let name = name.split(|byte| *byte == 0).next().unwrap_or(&[]);
                match core::str::from_utf8(name) {
                    Ok("") | Err(_) => Ok(()),
                    Ok(name) => write!(f, ", {name:?}"),
                }
            }
        }
    }
}
