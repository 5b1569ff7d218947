//! Changing page tables, a range at a time.

use super::entry::{ENTRIES, index, next_entry};
use super::flush::Flush;
use super::{Descent, Entry, ROOT_LEVEL, Table, Tables, Translation};
use crate::Result;
use crate::attr::Perms;
use crate::lock::{self, Guard};
use crate::units::{Frame, PageRange};

/// The right to change one address space's tables.
pub(crate) struct Editor<'a> {
    // The order matters: TLBs are flushed, when this is dropped, before the lock is let go.
    flush: Flush<'a>,
    tables: Guard<'a, Tables, { lock::TABLES }>,
    /// The lowest table that was used last, and the first page it covers.
    last: Option<(u64, Frame)>,
}

impl<'a> Editor<'a> {
    pub(super) fn new(
        translation: &'a Translation,
        tables: Guard<'a, Tables, { lock::TABLES }>,
    ) -> Editor<'a> {
        Editor { flush: Flush::new(translation), tables, last: None }
    }

    /// Stores `entry` for `page`, which is not part of a large page. The last hop of a mapping's
    /// way from ring 3: this is where the processor finds it.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): no frame for a table; nothing has changed.
    pub(crate) fn install(&mut self, page: u64, entry: Entry) -> Result<()> {
        let first = page & !(ENTRIES - 1);
        let lowest = match self.last {
            Some((start, table)) if start == first => table,
            _ => self.tables.table_for(page, 1)?,
        };
        self.last = Some((first, lowest));
        let table = self.tables.view(lowest);
        let old = table.get(index(page, 1));
        table.set(index(page, 1), entry);
        if !old.is_present() {
            self.tables.memory.record(lowest).add(1);
        } else if old.needs_flush(entry) {
            self.flush.page(page);
        }
        Ok(())
    }

    /// Takes away every entry of `range`, and the tables left without any.
    pub(crate) fn unmap(&mut self, range: PageRange) {
        self.each_lowest(range, |flush, tables, path, span| {
            let table = tables.view(path[0]);
            let mut cleared = 0;
            for page in (span.start..span.end).filter(|page| clear(table, *page)) {
                flush.page(page);
                cleared += 1;
            }
            reclaim(flush, tables, path, span.start, cleared);
        });
        self.last = None;
    }

    /// Restricts every entry of `range` to `perms`. None becomes writable by this: the next write
    /// faults, and finds out whether the page may be written.
    pub(crate) fn protect(&mut self, range: PageRange, perms: Perms) {
        if !perms.contains(Perms::READ) {
            return self.unmap(range);
        }
        self.each_lowest(range, |flush, tables, path, span| {
            let table = tables.view(path[0]);
            let stale = (span.start..span.end).filter(|page| restrict(table, *page, perms));
            stale.for_each(|page| flush.page(page));
        });
    }

    /// Makes every entry of `range` read-only.
    pub(crate) fn write_protect(&mut self, range: PageRange) {
        self.each_lowest(range, |flush, tables, path, span| {
            let table = tables.view(path[0]);
            let stale = (span.start..span.end).filter(|page| make_read_only(table, *page));
            stale.for_each(|page| flush.page(page));
        });
    }

    /// Calls `change` for the part of `range` in each lowest table that exists.
    fn each_lowest(
        &mut self,
        range: PageRange,
        mut change: impl FnMut(&mut Flush<'a>, &Tables, [Frame; ROOT_LEVEL as usize], PageRange),
    ) {
        let mut page = range.start;
        while page < range.end {
            let next = match self.tables.descend(page) {
                Descent::Absent(level) | Descent::Large(level) => next_entry(page, level),
                Descent::Lowest(path) => {
                    let next = next_entry(page, 2);
                    let span = PageRange { start: page, end: next.min(range.end) };
                    change(&mut self.flush, &self.tables, path, span);
                    next
                }
            };
            page = next;
        }
    }
}

/// Takes the entry for `page` away; says whether there was one.
fn clear(table: &Table, page: u64) -> bool {
    let was_present = table.get(index(page, 1)).is_present();
    if was_present {
        table.set(index(page, 1), Entry::ABSENT);
    }
    was_present
}

/// Restricts the entry for `page` to `perms`; says whether TLBs must forget the old one.
fn restrict(table: &Table, page: u64, perms: Perms) -> bool {
    let old = table.get(index(page, 1));
    if !old.is_present() {
        return false;
    }
    let new = old.restricted(perms);
    if new != old {
        table.set(index(page, 1), new);
    }
    old.needs_flush(new)
}

/// Makes the entry for `page` read-only; says whether TLBs must forget the old one.
fn make_read_only(table: &Table, page: u64) -> bool {
    let old = table.get(index(page, 1));
    let was_writable = old.is_present() && old.perms().contains(Perms::WRITE);
    if was_writable {
        table.set(index(page, 1), old.read_only());
    }
    was_writable
}

/// Takes `cleared` off the count of the lowest table of `path`, and unlinks the tables that are
/// empty now.
fn reclaim(
    flush: &mut Flush<'_>,
    tables: &Tables,
    path: [Frame; ROOT_LEVEL as usize],
    page: u64,
    cleared: u32,
) {
    if cleared == 0 || tables.memory.record(path[0]).subtract(cleared) != 0 {
        return;
    }
    let mut empty = path[0];
    for (level, parent) in (2u32..).zip(path.into_iter().skip(1)) {
        tables.view(parent).set(index(page, level), Entry::ABSENT);
        flush.table(empty);
        let left = tables.memory.record(parent).subtract(1);
        if left != 0 || level == ROOT_LEVEL {
            return;
        }
        empty = parent;
    }
}
