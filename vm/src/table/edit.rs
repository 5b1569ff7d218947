//! Changing page tables, a range at a time.

use super::entry::{ENTRIES, Slot, index, next_entry};
use super::flush::Flush;
use super::{Descent, Entry, Path, ROOT_LEVEL, Table, Tables, Translation};
use crate::Result;
use crate::attr::Perms;
use crate::lock::{self, Guard};
use crate::units::{Frame, PageRange};

/// Room for the entry of a page: its lowest table, which stays for it.
#[must_use = "the table would stay for ever"]
pub(crate) struct Reserved {
    page: u64,
    lowest: Frame,
}

/// The right to change one address space's tables.
pub(crate) struct Editor<'a> {
    // The order matters: TLBs are flushed, when this is dropped, before the lock is let go.
    flush: Flush<'a>,
    tables: Guard<'a, Tables, { lock::TABLES }>,
}

impl<'a> Editor<'a> {
    pub(super) fn new(
        translation: &'a Translation,
        tables: Guard<'a, Tables, { lock::TABLES }>,
    ) -> Editor<'a> {
        Editor { flush: Flush::new(translation), tables }
    }

    /// Stores `entry` for `page`. The last hop of a mapping's
    /// way from ring 3: this is where the processor finds it.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): no frame for a table; nothing has changed.
    #[inline]
    pub(crate) fn install(&mut self, page: u64, entry: Entry) -> Result<()> {
        let lowest = self.lowest(page)?;
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

    /// Stores what `entry_for` makes of each of `items` that there is, for the page `first` and those after it, all in one lowest table.
    /// Where there is none, what is there stays; there is one at least.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): no frame for a table; nothing has changed.
    #[inline]
    pub(crate) fn install_run<T: Copy>(
        &mut self,
        first: u64,
        items: &[Option<T>],
        entry_for: impl Fn(T) -> Entry,
    ) -> Result<()> {
        let lowest = self.lowest(first)?;
        let slots = self.tables.view(lowest).between(PageRange::new(first, items.len() as u64));
        let mut added = 0;
        // One number for both, which an enumerated pair of iterators would not be.
        for index in 0..slots.len().min(items.len()) {
            let (Some(slot), Some(Some(item))) = (slots.get(index), items.get(index)) else {
                continue;
            };
            let entry = entry_for(*item);
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

    /// Stores `entry` for the large page of 2 MiB that `first` is the first page of, in place of what is there.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): no frame for a table; nothing has changed.
    pub(crate) fn install_large(&mut self, first: u64, entry: Entry) -> Result<()> {
        let table = self.tables.table_for(first, 2)?;
        let slot = index(first, 2);
        let old = self.tables.view(table).get(slot);
        self.tables.view(table).set(slot, entry);
        if !old.is_present() {
            self.tables.memory.record(table).add(1);
        } else if !old.is_large() {
            self.tables.forget_lowest();
            self.flush.all();
            self.flush.table(old.frame());
        } else if old.needs_flush(entry) {
            self.flush.all();
        }
        Ok(())
    }

    /// Makes sure that [`Editor::replace`] for `page` cannot fail.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): no frame for a table; nothing has changed.
    #[inline]
    pub(crate) fn reserve(&mut self, page: u64) -> Result<Reserved> {
        let lowest = self.lowest(page)?;
        // As an entry would.
        self.tables.memory.record(lowest).add(1);
        Ok(Reserved { page, lowest })
    }

    /// Stores `entry` where room was reserved. TLBs have forgotten what was there before they can find it:
    /// else one processor could store to the new frame what another does not load from the old one.
    #[inline]
    pub(crate) fn replace(&mut self, place: Reserved, entry: Entry) {
        let Reserved { page, lowest } = place;
        let slot = self.tables.view(lowest).slot(page);
        if slot.get().is_present() {
            slot.set(Entry::ABSENT);
            self.flush.page(page);
            self.flush.now();
            self.tables.memory.record(lowest).subtract(1);
        }
        slot.set(entry);
    }

    /// Returns the lowest table that covers `page`, making what is missing, in place of a large page too.
    #[inline]
    fn lowest(&mut self, page: u64) -> Result<Frame> {
        match self.tables.last_for(page) {
            Some(table) => Ok(table),
            None => self.find_lowest(page),
        }
    }

    fn find_lowest(&mut self, page: u64) -> Result<Frame> {
        if let Descent::Large(2, path) = self.tables.descend(page) {
            self.tables.split(path[1], page)?;
            self.flush.all();
        }
        self.tables.lowest_for(page)
    }

    /// Takes away every entry of `range`, and the tables left without any.
    pub(crate) fn unmap(&mut self, range: PageRange) {
        self.each_lowest(
            range,
            |_| Entry::ABSENT,
            |flush, tables, path, span| {
                let used = tables.memory.record(path[0]).count();
                if span.count() == ENTRIES && flush.takes_all_of(used) {
                    // The whole table goes, and with it what is in it.
                    return reclaim(flush, tables, path, span.start);
                }
                let cleared = sweep(tables.view(path[0]), span, flush, |_| Entry::ABSENT);
                if cleared != 0 && tables.memory.record(path[0]).subtract(cleared) == 0 {
                    reclaim(flush, tables, path, span.start);
                }
            },
        );
    }

    /// Restricts every entry of `range` to `perms`. None becomes writable by this: the next write
    /// faults, and finds out whether the page may be written.
    #[inline]
    pub(crate) fn protect(&mut self, range: PageRange, perms: Perms) {
        if !perms.contains(Perms::READ) {
            return self.unmap(range);
        }
        self.restrict(range, Entry::restriction(perms));
    }

    /// Makes every entry of `range` read-only.
    pub(crate) fn write_protect(&mut self, range: PageRange) {
        self.restrict(range, Entry::read_only);
    }

    /// Changes every entry of `range` to what `change` makes of it; none goes.
    #[inline]
    fn restrict(&mut self, range: PageRange, change: impl Fn(Entry) -> Entry + Copy) {
        match self.tables.last_for(range.start) {
            // The commonest, and the least.
            Some(table) if range.count() == 1 => {
                let slot = self.tables.view(table).slot(range.start);
                change_one(slot, range.start, &mut self.flush, change);
            }
            _ => self.each_lowest(range, change, |flush, tables, path, span| {
                sweep(tables.view(path[0]), span, flush, change);
            }),
        }
    }

    /// Calls `change` for the part of `range` in each lowest table that exists, and makes the entries of large pages in it what `of_large`
    /// makes of them.
    #[inline(never)]
    fn each_lowest(
        &mut self,
        range: PageRange,
        of_large: impl Fn(Entry) -> Entry,
        mut change: impl FnMut(&mut Flush<'a>, &mut Tables, Path, PageRange),
    ) {
        let mut page = range.start;
        while page < range.end {
            let next = match self.tables.descend(page) {
                Descent::Absent(level) => next_entry(page, level),
                Descent::Large(2, path) => match self.change_large(path, page, range, &of_large) {
                    Large::Done => next_entry(page, 2),
                    Large::Split => page,
                },
                // Larger ones are the kernel's own, and stay.
                Descent::Large(level, _) => next_entry(page, level),
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

    /// Makes the entry of the large page that `page` is in what `of_large` makes of it, if all of it is in `range`. Else its pages get
    /// entries of their own; if there is no memory for that, it is taken away: the next fault finds out what is there.
    fn change_large(
        &mut self,
        path: Path,
        page: u64,
        range: PageRange,
        of_large: impl Fn(Entry) -> Entry,
    ) -> Large {
        let all = PageRange::new(page & !(ENTRIES - 1), ENTRIES);
        let slot = index(page, 2);
        let old = self.tables.view(path[1]).get(slot);
        let new = if range.covers(all) {
            of_large(old)
        } else if self.tables.split(path[1], page).is_ok() {
            self.flush.all();
            return Large::Split;
        } else {
            Entry::ABSENT
        };
        if old.needs_flush(new) {
            self.flush.all();
        }
        if new.is_present() {
            self.tables.view(path[1]).set(slot, new);
        } else {
            take_out(&mut self.flush, &self.tables, path, page, 2);
        }
        Large::Done
    }
}

/// What became of a large page.
enum Large {
    /// It was changed, as a whole.
    Done,
    /// Its pages have entries of their own now.
    Split,
}

/// Changes the entry for `page`, if it is present, to what `change` makes of it, and says whether it is absent now.
#[inline]
fn change_one(
    slot: &Slot,
    page: u64,
    flush: &mut Flush<'_>,
    change: impl Fn(Entry) -> Entry,
) -> bool {
    let old = slot.get();
    let new = if old.is_present() { change(old) } else { old };
    if old == new {
        return false;
    }
    slot.set(new);
    flush.replaced(page, old, new);
    !new.is_present()
}

/// Changes the present entries of `span`, all in `table`, to what `change` makes of them, and returns how many are absent now.
#[inline]
fn sweep(
    table: Table<'_>,
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
        gone += u32::from(change_one(slot, page, flush, &change));
        page += 1;
    }
    if page == span.end {
        return gone;
    }
    // Whatever else is stale, everything will be forgotten.
    let rest = slots.get((page - span.start) as usize..).unwrap_or_default();
    let (eights, ones) = rest.as_chunks::<8>();
    let mut change_slot = |slot: &Slot| {
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
    flush.table(path[0]);
    take_out(flush, tables, path, page, 2);
}

/// Takes the entry of `level` for `page` out of its table, and unlinks the tables of `path` that are empty then.
fn take_out(flush: &mut Flush<'_>, tables: &Tables, path: Path, page: u64, level: u32) {
    for (level, table) in (1u32..).zip(path).skip(level as usize - 1) {
        tables.view(table).set(index(page, level), Entry::ABSENT);
        let left = tables.memory.record(table).subtract(1);
        if left != 0 || level == ROOT_LEVEL {
            return;
        }
        flush.table(table);
    }
}

#[cfg(test)]
mod tests;
