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
}

/// The tables on the way to a page, from level 1 to level 4.
type Path = [Frame; ROOT_LEVEL as usize];

impl<'a> Editor<'a> {
    pub(super) fn new(
        translation: &'a Translation,
        tables: Guard<'a, Tables, { lock::TABLES }>,
    ) -> Editor<'a> {
        Editor { flush: Flush::new(translation), tables }
    }

    /// Stores `entry` for `page`, which is not part of a large page. The last hop of a mapping's
    /// way from ring 3: this is where the processor finds it.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): no frame for a table; nothing has changed.
    #[inline]
    pub(crate) fn install(&mut self, page: u64, entry: Entry) -> Result<()> {
        let lowest = self.tables.lowest_for(page)?;
        let slot = self.tables.view(lowest).slot(page);
        let old = slot.get();
        slot.set(entry);
        if old.is_present() {
            self.flush.replaced(page, old, entry);
        } else {
            self.tables.memory.record(lowest).add(1);
        }
        Ok(())
    }

    /// Stores what `entry_for` makes of each of `items`, for the page `first` and those after it, all in one lowest table. Where that is
    /// [`Entry::ABSENT`], what is there stays; it is not for all of them.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): no frame for a table; nothing has changed.
    #[inline]
    pub(crate) fn install_run<T>(
        &mut self,
        first: u64,
        items: &[T],
        entry_for: impl Fn(&T) -> Entry,
    ) -> Result<()> {
        let lowest = self.tables.lowest_for(first)?;
        let mut added = 0;
        for (index, (slot, item)) in
            self.tables.view(lowest).from(first).iter().zip(items).enumerate()
        {
            let entry = entry_for(item);
            if !entry.is_present() {
                continue;
            }
            let old = slot.get();
            slot.set(entry);
            if old.is_present() {
                self.flush.replaced(first + index as u64, old, entry);
            } else {
                added += 1;
            }
        }
        self.tables.memory.record(lowest).add(added);
        Ok(())
    }

    /// Takes away every entry of `range`, and the tables left without any.
    pub(crate) fn unmap(&mut self, range: PageRange) {
        self.each_lowest(range, |flush, tables, path, span| {
            let used = tables.memory.record(path[0]).count();
            if span.count() == ENTRIES && flush.takes_all_of(used) {
                // The whole table goes, and with it what is in it.
                return reclaim(flush, tables, path, span.start);
            }
            let cleared = sweep(tables.view(path[0]), span, flush, |_| Entry::ABSENT);
            if cleared != 0 && tables.memory.record(path[0]).subtract(cleared) == 0 {
                reclaim(flush, tables, path, span.start);
            }
        });
    }

    /// Restricts every entry of `range` to `perms`. None becomes writable by this: the next write
    /// faults, and finds out whether the page may be written.
    pub(crate) fn protect(&mut self, range: PageRange, perms: Perms) {
        if !perms.contains(Perms::READ) {
            return self.unmap(range);
        }
        let restricted = Entry::restriction(perms);
        self.each_lowest(range, |flush, tables, path, span| {
            sweep(tables.view(path[0]), span, flush, restricted);
        });
    }

    /// Makes every entry of `range` read-only.
    pub(crate) fn write_protect(&mut self, range: PageRange) {
        self.each_lowest(range, |flush, tables, path, span| {
            sweep(tables.view(path[0]), span, flush, Entry::read_only);
        });
    }

    /// Calls `change` for the part of `range` in each lowest table that exists.
    fn each_lowest(
        &mut self,
        range: PageRange,
        mut change: impl FnMut(&mut Flush<'a>, &mut Tables, Path, PageRange),
    ) {
        let mut page = range.start;
        while page < range.end {
            let next = match self.tables.descend(page) {
                Descent::Absent(level) | Descent::Large(level) => next_entry(page, level),
                Descent::Lowest(path) => {
                    let next = next_entry(page, 2);
                    let span = PageRange { start: page, end: next.min(range.end) };
                    change(&mut self.flush, &mut self.tables, path, span);
                    next
                }
            };
            page = next;
        }
    }
}

/// Changes the present entries of `span`, all in `table`, to what `change` makes of them, and returns how many are absent now.
#[inline]
fn sweep(
    table: &Table,
    span: PageRange,
    flush: &mut Flush<'_>,
    change: impl Fn(Entry) -> Entry,
) -> u32 {
    let mut gone = 0;
    let mut page = span.start;
    let slots = table.between(span);
    for slot in slots {
        if flush.is_of_all() {
            break;
        }
        let old = slot.get();
        if old.is_present() {
            let new = change(old);
            if old != new {
                slot.set(new);
            }
            if old.needs_flush(new) {
                flush.page(page);
            }
            gone += u32::from(!new.is_present());
        }
        page += 1;
    }
    // Whatever else is stale, everything will be forgotten.
    let rest = slots.get((page - span.start) as usize..).unwrap_or_default();
    let (eights, ones) = rest.as_chunks::<8>();
    let mut change_slot = |slot: &super::entry::Slot| {
        let old = slot.get();
        if old.is_present() {
            let new = change(old);
            slot.set(new);
            gone += u32::from(!new.is_present());
        }
    };
    eights.iter().for_each(|eight| eight.iter().for_each(&mut change_slot));
    ones.iter().for_each(change_slot);
    gone
}

/// Unlinks the lowest table of `path`, and those above it that are empty then.
fn reclaim(flush: &mut Flush<'_>, tables: &mut Tables, path: Path, page: u64) {
    tables.forget_lowest();
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
